"""The pages of the site in a browser, opened from files: what lives there without a kernel."""

import json
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Locator, Page, expect

from refimpl.edition import load, published
from refimpl.lab.attacks import ATTACKS
from refimpl.lab.drafts import worked_texts
from refimpl.play.world import World
from refimpl.site.chapters.writing import for_site
from refimpl.vectors.finding import Query, find
from refimpl.vectors.suite import Vector, read_suite, suite_folder
from refimpl.views.amended.lab import AmendmentLab
from refimpl.views.crosswalk.converter import Converter
from refimpl.views.film.branching import BranchingStepper
from refimpl.views.film.holdings import changes
from refimpl.views.film.stepper import Stepper
from refimpl.views.markets.day import Day
from refimpl.views.markets.outage import Outages
from refimpl.views.secure.defences import attack_outcome
from refimpl.views.tables.identifier_field import IdentifierField
from refimpl.views.tables.traceability import Traceability
from tests.browser import CHROMIUM, PATIENCE_MS, chromium, settled
from tests.built_site import built_site

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("IEC63119_REQUIRE_BROWSER") != "1",
        reason="no Chromium on this machine (IEC63119_REQUIRE_BROWSER=1 makes that a failure)",
    ),
]

INTERFACES: Final = "02-architecture-and-interfaces", "71e23dc1"
ATTACK: Final = "07-secure-exchange", "c07bd43b"
ATTACKED_BYTES: Final = "ac18351f"
BRANCHES: Final = "04-a-session-step-by-step", "ae2db94c"
WALKS: Final = (
    ("2025", "say 1.1, double 1, deliver 1, lose 3, delay 2, remind cso-elm, deliver 4"),
    ("2019", "say 1.1, restart csp-alba, deliver 1, forget cso-elm, deliver 2"),
    ("2025", "say 1.1, deliver 1, deliver 2, say 1.2, restart cso-elm, say 1.3, deliver 4"),
    (
        "2025",
        "say 1.1, deliver 1, lose 2, remind cso-elm, deliver 3, deliver 4",
        "clearing-house",
    ),
)
STEPS: Final = "04-a-session-step-by-step", "cd4f1473"
OUTAGES: Final = "03-roaming-modes", "2e7ed061"
DAY: Final = "03-roaming-modes", "743a0fe3"
RULES: Final = "11-traceability", "e671a8f9"
DRAFTS: Final = "10-amendment-lab", "95574a67"
CONVERTER: Final = "13-crosswalk", "af4992fb"
IDENTIFIER: Final = "05-identifiers", "ba2c0ac0"
SEARCH: Final = "06-vectors", "42648f8e"
FETCHED: Final = """async () => {
    for (const { src } of document.querySelectorAll("head script[src*='/data/']"))
        await iec63119.load(src.match(/data.(.*).js$/)[1]);
}"""
"""Waits for all that a page has asked for."""


@pytest.fixture(scope="module")
def site() -> Path:
    return built_site()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """One page for all; what it complains of fails the test that looks."""
    with chromium() as browser:
        page = browser.new_page(permissions=["clipboard-read", "clipboard-write"])
        page.set_default_timeout(PATIENCE_MS)
        yield page
        page.close()


@pytest.fixture(autouse=True)
def complaints(page: Page) -> Iterator[None]:
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    yield
    assert not said
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)


def opened(page: Page, site: Path, notebook: str, place: str = "") -> None:
    page.goto("about:blank")
    page.goto(f"{site.as_uri()}/notebooks/{notebook}.html{place}")


def living(page: Page, cell: str) -> Locator:
    """The picture of a cell, once it lives."""
    box = page.locator(f"#cell-{cell}")
    box.scroll_into_view_if_needed()
    expect(box).to_have_class(re.compile("lives"))
    return box


def status(box: Locator) -> Locator:
    return box.get_by_role("status").first


def menu(box: Locator, name: str) -> Locator:
    return box.get_by_role("combobox", name=name, exact=True)


def test_menus_and_their_link(page: Page, site: Path) -> None:
    notebook, cell = INTERFACES
    opened(page, site, notebook)
    box = living(page, cell)
    first = box.locator(".title").inner_text()
    menu(box, "edition").select_option("2019")
    expect(box.locator(".title")).not_to_have_text(first)
    expect(box.locator(".title")).to_contain_text("2019")
    shown = box.locator(".title").inner_text()
    expect(page).to_have_url(re.compile("edition=2019"))
    link = page.url
    page.go_back()
    expect(box.locator(".title")).to_have_text(first)
    page.go_forward()
    expect(box.locator(".title")).to_have_text(shown)
    opened(page, site, notebook, link.partition(".html")[2])
    expect(living(page, cell).locator(".title")).to_have_text(shown)


def test_copied_link_is_the_address(page: Page, site: Path) -> None:
    notebook, cell = INTERFACES
    opened(page, site, notebook)
    box = living(page, cell)
    menu(box, "mode").select_option("direct")
    box.get_by_text("Copy link").click()
    expect(box.get_by_text("Copied.")).to_be_visible()
    expect(page).to_have_url(page.evaluate("navigator.clipboard.readText()"))


def test_attack_lab(page: Page, site: Path) -> None:
    notebook, cell = ATTACK
    opened(page, site, notebook)
    box, marked = living(page, cell), living(page, ATTACKED_BYTES)
    attacks = menu(box, "attack")
    expect(attacks.locator("option")).to_have_count(len(ATTACKS))
    for attack in ("replayed", "resealed"):
        title = attack_outcome(load("2025"), attack).title
        attacks.select_option(ATTACKS[attack].what)
        expect(box.locator(".title")).to_have_text(title)
        expect(marked.locator(".notes")).to_contain_text(title)


def test_byte_view_and_its_link(page: Page, site: Path) -> None:
    notebook, cell = ATTACK[0], "59f08f22"
    opened(page, site, notebook)
    box = living(page, cell)
    menu(box, "record").select_option(index=2)
    box.locator("[role=option]").nth(2).click()
    words = box.locator(".words").inner_text()
    box.get_by_text("Copy link").click()
    expect(box.get_by_text("Copied.")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    opened(page, site, notebook, link.partition(".html")[2])
    expect(living(page, cell).locator(".words")).to_have_text(words, use_inner_text=True)


def test_stored_without_a_script(site: Path) -> None:
    text = (site / "notebooks" / f"{INTERFACES[0]}.html").read_text("utf-8")
    boxes = text.split('<div class="live" ')[1:]
    assert all("<img alt=" in box.partition("cell docutils")[0] for box in boxes)
    assert text.count('class="live"') == 4


def test_each_live_picture_has_its_data(site: Path) -> None:
    named = set()
    for path in (site / "notebooks").glob("*.html"):
        text = path.read_text("utf-8")
        named |= set(re.findall(r'data-name="([^"]+)"', text))
        named |= {f"face.{face}" for face in re.findall(r'data-face="([^"]+)"', text)}
    assert len(named) > 10
    for name in named:
        script = (site / "_static" / "data" / f"{name}.js").read_text("utf-8")
        assert script.startswith(f"iec63119.receive({json.dumps(name)},")


def test_stepper_tells_what_python_tells(page: Page, site: Path) -> None:
    notebook, cell = STEPS
    opened(page, site, notebook)
    box = living(page, cell)
    told = Stepper(load("2025"), "charge", "clearing-house", faults={3: "lost"}, at=4)
    expect(status(box)).to_contain_text(told.captions[3])
    box.get_by_role("button", name="Undo all faults").click()
    menu(box, "Journey").select_option("offline")
    expect(box.get_by_role("list").first).not_to_contain_text(told.captions[3])
    menu(box, "Show").select_option("visited-cso")
    told = Stepper(load("2025"), "offline", "clearing-house", show="visited-cso", at=5)
    expect(box.get_by_role("list").first.get_by_role("button")).to_have_text(told.captions)
    box.get_by_role("button", name="Forward one step").click()
    expect(status(box)).to_contain_text("Step 5 of")
    expect(page).to_have_url(re.compile("show=visited-cso.*step=5$"))
    opened(page, site, notebook, page.url.partition(".html")[2])
    expect(status(living(page, cell))).to_contain_text(told.captions[4])


@pytest.mark.parametrize(("notebook", "cell"), [STEPS, BRANCHES])
def test_last_choice_is_shown(page: Page, site: Path, notebook: str, cell: str) -> None:
    """Though what was chosen first has to be fetched, and comes last."""
    opened(page, site, notebook)
    edition = menu(living(page, cell), "Edition")
    edition.evaluate(
        """select => {
            for (const edition of ["2019", "2025"]) {
                select.value = edition;
                select.dispatchEvent(new Event("change"));
            }
        }"""
    )
    page.evaluate(FETCHED)
    expect(edition).to_have_value("2025")


def walked(edition: str, actions: str, mode: str = "direct") -> BranchingStepper:
    return BranchingStepper(load(edition), mode=mode, trace=actions.split(", "))


@pytest.mark.parametrize("walk", WALKS)
def test_token_opens_the_same_moment(page: Page, site: Path, walk: tuple[str, ...]) -> None:
    notebook, cell = BRANCHES
    told = walked(*walk)
    opened(page, site, notebook, f"#cell-{cell}?trace={told.token}")
    box = living(page, cell)
    token = box.get_by_role("textbox", name="Token", exact=True)
    expect(token).to_have_value(told.token)
    assert history(box) == told.captions
    offered = box.locator(".actions button")
    assert offered.evaluate_all("all => all.map((one) => one.dataset.action)") == [
        choice["action"] for group in told.groups for choice in group["choices"]
    ]
    holds = box.locator(".changed table")
    tables = [table.text() for table in changes(*told_worlds(told))]
    assert [words(one) for one in holds.all_inner_texts()] == [words(one) for one in tables]
    box.locator(".actions button[data-action^=forget]").first.click()
    expect(token).not_to_have_value(told.token)
    again = BranchingStepper.from_token(token.input_value(), load("2025"))
    assert history(box) == again.captions
    assert len(again.captions) == len(told.captions) + 1


def told_worlds(stepper: BranchingStepper) -> tuple[World, World]:
    """The world that is looked at, behind the one before it."""
    before, opening = (
        [str(action) for action in stepper.world.trace[:-1]],
        stepper.world.opening,
    )
    told = BranchingStepper(opening.edition, mode=opening.mode, trace=before)
    return told.world, stepper.world


def history(box: Locator) -> list[str]:
    """All that has happened, in words."""
    return box.get_by_role("list").first.get_by_role("button").all_inner_texts()[1:]


def words(text: str) -> list[str]:
    return text.split()


def test_a_token_that_is_none(page: Page, site: Path) -> None:
    notebook, cell = BRANCHES
    opened(page, site, notebook)
    box = living(page, cell)
    token = box.get_by_role("textbox", name="Token", exact=True)
    for wrong, says in (("abc", "no token"), (token.input_value()[:-1], "not whole")):
        token.fill(wrong)
        token.press("Enter")
        expect(box.get_by_role("alert")).to_contain_text(says)


def test_other_worlds_may_be_begun(page: Page, site: Path) -> None:
    notebook, cell = BRANCHES
    opened(page, site, notebook)
    box = living(page, cell)
    menu(box, "Edition").select_option("2019")
    token = box.get_by_role("textbox", name="Token", exact=True)
    expect(token).to_have_value(BranchingStepper(load("2019")).token)
    menu(box, "Mode").select_option("clearing-house")
    expect(token).to_have_value(BranchingStepper(load("2019"), mode="clearing-house").token)


def test_vectors_are_searched(page: Page, site: Path) -> None:
    page.goto("about:blank")
    page.goto(f"{site.as_uri()}/vectors.html")
    box = page.locator("#vector-browser")
    box.scroll_into_view_if_needed()
    expect(box).to_have_class(re.compile("lives"))
    found = {"family": "session", "outcome": "reject", "rule": "SES-4", "edition": "2019"}
    for name, value in found.items():
        menu(box, name).select_option(value)
    suite = read_suite(suite_folder())
    asked = Query("session", "reject", "SES-4", "2019")
    wanted = [test["id"] for test in find(suite, asked)]
    expect(status(box)).to_have_text(re.compile(f"^{len(wanted)} of "))
    expect(box.locator(".opens")).to_have_text(wanted)
    box.locator(".opens").first.click()
    box.get_by_role("button", name="Copy the vector").click()
    expect(box.get_by_text("Copied.")).to_be_visible()
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    whole = suite.by_id[wanted[0]]
    assert copied == whole | (
        {"context": suite.context_of(whole)} if "context" in whole else {}
    )
    expect(page).to_have_url(re.compile("edition=2019"))
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    expect(status(box)).to_have_text(re.compile(f"^{len(wanted)} of "))


# --- Views of which every answer was worked out before ---


def shows(box: Locator, html: str) -> None:
    """Hold that a box shows what HTML of a view says, whichever way its links lead."""
    wanted = box.page.evaluate(
        "html => new DOMParser().parseFromString(html, 'text/html').body.textContent", html
    )
    seen = settled(lambda: words(box.text_content() or ""), lambda seen: seen == words(wanted))
    assert seen == words(wanted)


def linked_to(page: Page, site: Path, place: tuple[str, str], box: Locator) -> Locator:
    """The picture again, as the link to it opens it."""
    box.get_by_role("button", name="Copy link").click()
    expect(box.get_by_text("Copied.")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    opened(page, site, place[0], link.partition(".html")[2])
    return living(page, place[1])


def test_outages(page: Page, site: Path) -> None:
    opened(page, site, OUTAGES[0])
    box = living(page, OUTAGES[1])
    box.get_by_role("checkbox", name="Clearing house 3 is down").check()
    told = Outages(load("2025"), down=[1, 3])
    expect(status(box)).to_have_text(told.summary)
    slider = box.get_by_role("slider", name="Outage")
    expect(slider).to_have_attribute("aria-valuetext", "Clearing houses 1 and 3 are down")
    slider.press("ArrowRight")
    menu(box, "Each is at").select_option("2")
    told = Outages(load("2025"), down=[2, 3], at=2)
    expect(status(box)).to_have_text(told.summary)
    titles = [one["title"] for one in told.modes]
    expect(box.locator("figcaption b")).to_have_text(titles, use_inner_text=True)
    box = linked_to(page, site, OUTAGES, box)
    expect(status(box)).to_have_text(told.summary)
    expect(box.get_by_role("checkbox", name="Clearing house 1 is down")).not_to_be_checked()


def test_a_day(page: Page, site: Path) -> None:
    opened(page, site, DAY[0])
    box = living(page, DAY[1])
    menu(box, "Mode").select_option("hybrid")
    menu(box, "Sessions").select_option("100000")
    menu(box, "Transmissions lost").select_option("0.05")
    box.get_by_role("button", name="Simulate").click()
    told = Day(load("2025"), "hybrid", lose=0.05, sessions=100_000)
    expect(box.get_by_text("100,000 of 100,000 sessions, done")).to_be_visible()
    shows(box.locator(".iec63119-day > div").last, told.shown)
    box = linked_to(page, site, DAY, box)
    expect(menu(box, "Mode")).to_have_value("hybrid")
    shows(box.locator(".iec63119-day > div").last, told.shown)


def test_rules_are_sifted(page: Page, site: Path) -> None:
    opened(page, site, RULES[0])
    box = living(page, RULES[1])
    view = Traceability(map(load, published()))
    menu(box, "basis").select_option("implied")
    menu(box, "edition").select_option("2019")
    wanted = [
        row["id"]
        for row in view.rows
        if row["basis"] == "implied" and "2019" in row["editions"]
    ]
    assert 0 < len(wanted) < len(view.rows)
    expect(status(box)).to_have_text(f"{len(wanted)} of {len(view.rows)} rules.")
    box = linked_to(page, site, RULES, box)
    expect(status(box)).to_have_text(f"{len(wanted)} of {len(view.rows)} rules.")
    rules = box.get_by_role("region", name="Rules and where they are")
    expect(rules.locator("tbody tr:visible th")).to_have_text(wanted)
    box.get_by_role("button", name="Show all").click()
    lonely = next(one for one in view.matrix.orphans() if one.kind.startswith("rules of no"))
    menu(box, "what is missing").select_option(lonely.kind)
    expect(status(box)).to_have_text(f"{len(lonely.ids)} of {len(view.rows)} rules.")


def test_a_place_in_a_picture_that_lives(page: Page, site: Path) -> None:
    opened(page, site, RULES[0], "#TLS-3")
    living(page, RULES[1])
    expect(page.locator("tr#TLS-3")).to_be_in_viewport()


def test_worked_drafts(page: Page, site: Path) -> None:
    opened(page, site, DRAFTS[0])
    box = living(page, DRAFTS[1])
    menu(box, "begin with").select_option("house-to-house")
    lab = AmendmentLab(worked_texts(), "house-to-house")
    expect(box.locator(".summary")).to_have_text(lab.summary)
    lab.ask()
    shows(box.locator(".asked"), lab.asked)
    shows(box.locator(".rows"), lab.rows)
    menu(box, "picture").select_option("modes")
    lab.picture = "modes"
    expect(box.locator(".drawn b").last).to_have_text(re.compile("^Modes, house-to-house"))
    expect(box.get_by_role("textbox")).to_have_value(lab.text)
    expect(box.get_by_role("textbox")).not_to_be_editable()
    expect(box.get_by_text("make explore")).to_be_visible()
    box = linked_to(page, site, DRAFTS, box)
    expect(box.locator(".summary")).to_have_text(lab.summary)
    shows(box.locator(".drawn"), lab.pictures)


def test_examples_are_carried_over(page: Page, site: Path) -> None:
    opened(page, site, CONVERTER[0])
    box = living(page, CONVERTER[1])
    menu(box, "example").select_option("oicp-2.3/cdr-rfid")
    menu(box, "to").select_option("ocpi-2.3.0")
    told = Converter(load("2025"), "oicp-2.3/cdr-rfid", to="ocpi-2.3.0")
    expect(box.locator(".summary")).to_have_text(told.summary)
    box = linked_to(page, site, CONVERTER, box)
    expect(box.locator(".summary")).to_have_text(told.summary)
    expect(menu(box, "from")).to_have_value("oicp-2.3")
    expect(box.get_by_role("textbox")).to_have_value(told.text)
    shows(box.locator(".theirs"), told.theirs)
    shows(box.locator(".lost"), told.lost)
    menu(box, "from").select_option("ocpi-2.1.1")
    told.origin = "ocpi-2.1.1"
    expect(box.locator(".summary")).to_have_text(told.summary)
    assert "refused" in told.summary


def test_vectors_are_searched_in_their_notebook(page: Page, site: Path) -> None:
    opened(page, site, SEARCH[0])
    box = living(page, SEARCH[1])
    menu(box, "rule").select_option("SES-4")
    wanted = [test["id"] for test in find(read_suite(suite_folder()), Query(rule="SES-4"))]
    expect(status(box)).to_have_text(re.compile(f"^{len(wanted)} of "))
    box.locator(".opens").first.click()
    link = box.locator(".opened dd a").last
    family, name = wanted[0].split("/")
    assert str(link.get_attribute("href")).endswith(f"../vectors/{family}.html#{name}")


def test_identifier_is_read(page: Page, site: Path) -> None:
    opened(page, site, IDENTIFIER[0])
    box = living(page, IDENTIFIER[1])
    box.get_by_role("textbox", name="identifier").fill("+49*810*000*438")
    field = IdentifierField("+49*810*000*438", load("2025"))
    expect(status(box)).to_have_text(field.summary)
    box = linked_to(page, site, IDENTIFIER, box)
    expect(status(box)).to_have_text(field.summary)
    shows(box.locator(".iec63119-identifier > div").last, field.shown)
    link = box.get_by_role("link", name="EVS-2", exact=True).first
    expect(link).to_have_attribute("href", "../rules.html#EVS-2")


READ = """async (texts) => {
    const face = iec63119.faces.identifier(await iec63119.load("05-identifiers.ba2c0ac0"));
    const laid = (html) => new DOMParser().parseFromString(html, "text/html").body.innerHTML;
    return texts.map(([text, wanted]) => {
        let told;
        face.changed({ get: () => text, tell: (one) => { told = one; } });
        return laid(told.shown) === laid(wanted) ? told.summary : [told.shown, wanted];
    });
}"""


def test_identifiers_are_read_as_python_reads_them(page: Page, site: Path) -> None:
    """Every text that a vector asks of, each of them damaged, and what no keyboard has."""
    asked = [one["input"] for one in read_suite(suite_folder()).tests if is_of_identifiers(one)]
    texts = {value for one in asked for value in one.values() if isinstance(value, str)}
    dice = random.Random(63119)
    for text in sorted(texts):
        at, other = dice.randrange(len(text) + 1), dice.choice("A9z-*+ 'ß\"\\")
        texts |= {text[:at] + other + text[at:], text[:at] + text[at + 1 :], text.lower()}
    texts |= {"", "😀" * 70, "DE*AB7*E\u0660", "\t<b>&amp;\x7f", "x" * 65, "'\"'"}
    assert len(texts) > 600
    edition = load("2025")
    fields = [IdentifierField(text, edition) for text in sorted(texts)]
    pairs = [[field.text, for_site(field.shown, "../")] for field in fields]
    opened(page, site, IDENTIFIER[0])
    living(page, IDENTIFIER[1])
    assert page.evaluate(READ, pairs) == [field.summary for field in fields]


def is_of_identifiers(test: Vector) -> bool:
    return test["id"].startswith("identifiers/")
