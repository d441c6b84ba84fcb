"""Rules, identifiers and vectors as a reader meets them in JupyterLab: filtered, typed, searched,
and every rule id leads to its rule.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from refimpl.edition import load, published
from refimpl.vectors.finding import Query, find
from refimpl.vectors.suite import read_suite, suite_folder
from tests.browser import CHROMIUM, Explorer, settled

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("IEC63119_REQUIRE_BROWSER") != "1",
        reason="no Chromium on this machine (IEC63119_REQUIRE_BROWSER=1 makes that a failure)",
    ),
]
RULES = load(published()[-1]).rules


@pytest.fixture(scope="module")
def lab(started_explorer: Explorer) -> Iterator[Explorer]:
    """One explorer for all, with every address outside of this machine that its page asks for."""
    with started_explorer.another_page() as running:
        yield running
        assert running.outside == []


def widget(lab: Explorer, notebook: str, name: str) -> Locator:
    """The widget of that name in a notebook that has run."""
    lab.open(notebook)
    lab.run_all()
    found = lab.page.locator(f".iec63119-{name}").first
    found.scroll_into_view_if_needed()
    return found


@pytest.fixture
def rules(lab: Explorer) -> Locator:
    shown = widget(lab, "11-traceability.ipynb", "traceability")
    shown.get_by_role("button", name="Show all").click()
    return shown


def test_filtering_rules(rules: Locator, lab: Explorer, tmp_path: Path) -> None:
    """Clause, basis and words leave those rules that have them all."""
    wanted = [one.id for one in RULES.values() if (one.clause, one.basis) == ("8", "chosen")]
    rules.get_by_label("clause", exact=True).select_option("8")
    rules.get_by_label("basis", exact=True).select_option("chosen")
    expect(rules.get_by_role("status")).to_have_text(f"{len(wanted)} of {len(RULES)} rules.")
    shown = rules.locator("tbody").first.locator("tr:visible th")
    assert sorted(shown.all_inner_texts()) == sorted(wanted)
    rules.get_by_label("words", exact=True).fill("pseudonym")
    with_words = [name for name in wanted if "pseudonym" in RULES[name].says.lower()]
    assert {*with_words} <= {*shown.all_inner_texts()} < {*wanted}
    lab.page.screenshot(path=tmp_path / "rules.png")


def test_what_is_missing(rules: Locator) -> None:
    """Rules of no clause can be chosen, and those that lack something are listed."""
    without = [one.id for one in RULES.values() if not one.clause]
    lacking = rules.get_by_label("what is missing", exact=True)
    lacking.select_option("rules of no clause")
    expect(rules.get_by_role("status")).to_have_text(f"{len(without)} of {len(RULES)} rules.")
    listed = rules.get_by_role("region", name="What has no counterpart")
    expect(listed.locator("tr", has_text="clauses with no rule")).to_contain_text("table-1")


def test_a_rule_opens_in_place(rules: Locator, lab: Explorer, tmp_path: Path) -> None:
    """By keyboard: the panel says what the rule asks and where it is, and gives way."""
    rules.get_by_label("words", exact=True).fill("SES-4")
    opener = rules.locator(".iec63119-rule", has_text="SES-4").first
    opener.focus()
    lab.page.keyboard.press("Enter")
    panel = lab.page.get_by_role("dialog", name="Rule SES-4")
    expect(panel).to_contain_text(RULES["SES-4"].says)
    expect(panel).to_contain_text(RULES["SES-4"].because or "")
    expect(panel).to_contain_text("2019, 2025")
    expect(panel).to_contain_text("refimpl/session/steps.py:")
    expect(panel).to_contain_text("session/accept-new")
    lab.page.screenshot(path=tmp_path / "panel.png")
    lab.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(opener).to_be_focused()


def test_its_place_is_found(lab: Explorer) -> None:
    """From another notebook, a rule's panel leads to its line among all rules."""
    lab.open("06-vectors.ipynb")
    line = lab.page.locator(".iec63119-vectors .iec63119-rule", has_text="ACC-1").first
    line.click()
    panel = lab.page.get_by_role("dialog", name="Rule ACC-1")
    panel.get_by_role("link").click()
    place = lab.page.locator(".iec63119-traceability tr", has=lab.page.get_by_text("ACC-1"))
    expect(place.first).to_be_focused()
    expect(place.first).to_be_in_viewport()
    lab.shown = ("", True)  # the page has gone elsewhere


def test_typing_an_identifier(lab: Explorer, tmp_path: Path) -> None:
    """What is typed is told apart, and the rule that it breaks leads to what it asks."""
    field = widget(lab, "05-identifiers.ipynb", "identifier")
    typed = field.get_by_label("identifier", exact=True)
    expect(field.get_by_role("status")).to_contain_text("3 of 6 profiles accept")
    typed.focus()
    lab.page.keyboard.press("End")
    lab.page.keyboard.press("Backspace")
    lab.page.keyboard.type("N")
    expect(field.get_by_role("status")).to_have_text("No profile accepts 'DE-8AA-CA2B3C4D5-N'.")
    row = field.locator("tr", has_text="emi3")
    expect(row.locator("td.broken")).to_have_text("✗ EMA-9")
    expect(row.locator("td").first).to_have_text("country")
    expect(field).to_contain_text("N is given, and wrong: L belongs to it")
    lab.page.screenshot(path=tmp_path / "identifier.png")
    row.locator("td.broken a").click()
    panel = lab.page.get_by_role("dialog", name="Rule EMA-9")
    expect(panel).to_contain_text(RULES["EMA-9"].says)
    panel.get_by_role("button", name="Close").click()


def test_searching_vectors(lab: Explorer, tmp_path: Path) -> None:
    """The page finds what the command finds, and opens one as given, when, then."""
    search = widget(lab, "06-vectors.ipynb", "vectors")
    suite = read_suite(suite_folder())
    query = Query("session", "reject", "SES-4", "2019", ("updated",))
    wanted = [test["id"] for test in find(suite, query)]
    for name in ("family", "outcome", "rule", "edition"):
        search.get_by_label(name, exact=True).select_option(getattr(query, name))
    search.get_by_label("words", exact=True).fill("updated")
    expect(search.get_by_role("status")).to_have_text(
        f"{len(wanted)} of {len(suite.tests)} vectors."
    )
    lines = search.locator("tbody button.opens")
    assert lines.all_inner_texts() == wanted
    lines.first.focus()
    lab.page.keyboard.press("Enter")
    opened = search.locator("tr.opened")
    for said in ("Given", "When session.follow is asked", "Then, 2019 reject"):
        expect(opened).to_contain_text(said)
    expect(opened).to_contain_text(f"iec63119 conform explain {wanted[0]}")
    lab.page.screenshot(path=tmp_path / "vectors.png")
    lab.page.keyboard.press("Enter")
    expect(opened).to_have_count(0)


def test_without_a_kernel(lab: Explorer) -> None:
    """What is stored has what lacks a counterpart, and every rule folded by clause."""
    lab.open("11-traceability.ipynb", run=False)
    table = lab.page.get_by_role("table", name="What has no counterpart")
    expect(table).to_contain_text("clauses with no rule")
    clause = lab.page.locator("details", has_text="8 Privacy mechanisms").first
    rule = clause.locator("h4", has_text="PRV-1").first
    expect(rule).to_be_hidden()
    clause.locator("summary").click()
    expect(rule).to_be_visible()
    expect(clause).to_contain_text(RULES["PRV-1"].says)
    assert lab.complaints == []


@pytest.mark.parametrize(
    ("notebook", "name"),
    [
        ("11-traceability.ipynb", "traceability"),
        ("05-identifiers.ipynb", "identifier"),
        ("06-vectors.ipynb", "vectors"),
    ],
)
def test_narrow(lab: Explorer, notebook: str, name: str, tmp_path: Path) -> None:
    """In 400 pixels what is wide scrolls in its own box."""
    shown = widget(lab, notebook, name)
    lab.page.set_viewport_size({"width": 400, "height": 800})
    try:
        shown.scroll_into_view_if_needed()
        box = shown.locator(".box").first
        wider, fits = (
            "box => box.scrollWidth > box.clientWidth",
            "all => all.scrollWidth <= all.clientWidth + 1",
        )
        assert settled(lambda: box.evaluate(wider))
        assert settled(lambda: shown.evaluate(fits))
        lab.page.screenshot(path=tmp_path / f"{name}-400.png")
    finally:
        lab.page.set_viewport_size({"width": 1280, "height": 1000})


def test_a_rule_of_the_film(lab: Explorer, tmp_path: Path) -> None:
    """A rule beside a member of a message opens over the film, which stays at its step."""
    film = widget(lab, "04-a-session-step-by-step.ipynb", "stepper")
    status = film.get_by_role("status").first
    before = status.inner_text()  # which nothing changes any more
    link = film.locator("table a", has_text="REP-6").first
    link.scroll_into_view_if_needed()
    link.focus()
    lab.page.keyboard.press("Enter")
    panel = lab.page.get_by_role("dialog", name="Rule REP-6")
    expect(panel).to_contain_text(RULES["REP-6"].says)
    expect(panel).to_contain_text("refimpl/")
    lab.page.screenshot(path=tmp_path / "film.png")
    lab.page.keyboard.press("Escape")
    expect(link).to_be_focused()
    expect(status).to_have_text(before)


def test_a_rule_in_prose_and_drawing(lab: Explorer, tmp_path: Path) -> None:
    """An id in prose is pressed, and one in a drawing clicked."""
    menus = widget(lab, "07-secure-exchange.ipynb", "menus")
    drawn = lab.page.locator("svg .iec63119-rule-text").first
    drawn.scroll_into_view_if_needed()
    drawn.click()
    panel = lab.page.locator("dialog.iec63119-rule-panel")
    expect(panel).to_contain_text("editions")
    lab.page.screenshot(path=tmp_path / "drawing.png")
    panel.get_by_role("button", name="Close").click()
    prose = lab.page.locator(".jp-MarkdownOutput .iec63119-rule").first
    prose.scroll_into_view_if_needed()
    name = prose.inner_text()
    prose.click()
    expect(panel).to_contain_text(RULES[name].says)
    panel.get_by_role("button", name="Close").click()
    expect(menus).to_be_attached()


def test_a_rule_of_a_table(lab: Explorer) -> None:
    """A link of a table that is no widget opens its rule in place, too."""
    lab.open("01-vocabulary-and-editions.ipynb")
    lab.run_all()
    link = lab.page.locator(".jp-RenderedHTMLCommon td a", has_text="AUT-5").first
    link.scroll_into_view_if_needed()
    link.focus()
    lab.page.keyboard.press("Enter")
    panel = lab.page.get_by_role("dialog", name="Rule AUT-5")
    expect(panel).to_contain_text(RULES["AUT-5"].says)
    lab.page.keyboard.press("Escape")
    expect(link).to_be_focused()
    expect(lab.page.locator(".jp-NotebookPanel")).to_have_count(1)
