"""Bytes as a reader meets them in notebook 07: chosen by the mouse, by the keyboard, by a link,
on a small screen and in the dark.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import CHROMIUM, Explorer, settled

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("IEC63119_REQUIRE_BROWSER") != "1",
        reason="no Chromium on this machine (IEC63119_REQUIRE_BROWSER=1 makes that a failure)",
    ),
]


@pytest.fixture(scope="module")
def lab(started_explorer: Explorer) -> Iterator[Explorer]:
    """Notebook 07, which has been run."""
    with started_explorer.another_page() as running:
        running.open("07-secure-exchange.ipynb")
        running.run_all()
        yield running
        assert running.outside == []
        assert running.complaints == []


@pytest.fixture
def handshake(lab: Explorer) -> Locator:
    """The bytes of the handshake of 2025 that is kept, at the first record."""
    view = lab.page.locator(".iec63119-bytes", has=lab.page.get_by_label("record", exact=True))
    view.scroll_into_view_if_needed()
    view.get_by_label("edition", exact=True).select_option("2025")
    view.get_by_label("held", exact=True).select_option("once, and kept")
    lab.wait_until_answered()  # its first record has the name of that of 2019
    view.get_by_label("record", exact=True).select_option("1. ClientHello")
    expect(view.get_by_role("listbox")).to_have_attribute(
        "aria-label", "Bytes of 1. ClientHello"
    )
    return view


def ranges(view: Locator) -> Locator:
    return view.get_by_role("listbox").get_by_role("option")


def chosen(view: Locator) -> Locator:
    return view.locator(".bytes [aria-selected=true]")


def test_the_first_range_is_told_at_once(lab: Explorer) -> None:
    """In every view, before a reader has touched anything."""
    views = lab.page.locator(".iec63119-bytes")
    expect(views).to_have_count(4)
    for view in views.all():
        expect(view.locator(".words")).to_contain_text("What")
        expect(chosen(view)).to_have_count(1)


def test_a_click_chooses_a_range(handshake: Locator, lab: Explorer, tmp_path: Path) -> None:
    words = handshake.get_by_role("status")
    expect(words).to_contain_text("handshake (0x16)")
    ranges(handshake).and_(lab.page.get_by_role("option", name="version: TLS 1.3")).click()
    expect(words).to_contain_text("bytes 171 to 172")
    expect(words).to_contain_text("TLS-1 (implied)")
    expect(chosen(handshake)).to_have_text("03 04")
    lab.page.screenshot(path=tmp_path / "handshake.png")


def test_arrow_keys_go_from_range_to_range(handshake: Locator, lab: Explorer) -> None:
    words = handshake.get_by_role("status")
    handshake.get_by_role("listbox").focus()
    for key, place in {
        "ArrowRight": "bytes 1 to 2",
        "ArrowDown": "bytes 3 to 4",
        "ArrowLeft": "bytes 1 to 2",
        "End": "bytes 189 to 220",
        "Home": "byte 0",
    }.items():
        lab.page.keyboard.press(key)
        expect(words).to_contain_text(place)
    listbox = handshake.get_by_role("listbox")
    active = listbox.get_attribute("aria-activedescendant")
    assert chosen(handshake).get_attribute("id") == active


def test_another_version_has_other_records(handshake: Locator, lab: Explorer) -> None:
    handshake.get_by_label("edition", exact=True).select_option("2019")
    handshake.get_by_label("record", exact=True).select_option("3. Certificate")
    expect(handshake.get_by_role("listbox")).to_have_attribute(
        "aria-label", "Bytes of 3. Certificate"
    )
    handshake.get_by_label("edition", exact=True).select_option("2025")
    expect(handshake.get_by_label("record", exact=True)).to_contain_text("what it holds")


def test_a_handshake_held_now(handshake: Locator, lab: Explorer) -> None:
    """Its random number is new; its ranges are the same."""
    random, before = ranges(handshake).nth(6), ranges(handshake).nth(6).text_content()
    count = ranges(handshake).count()
    handshake.get_by_label("held", exact=True).select_option("just now")
    expect(random).not_to_have_text(before or "")
    expect(ranges(handshake)).to_have_count(count)
    handshake.get_by_label("held", exact=True).select_option("once, and kept")
    expect(random).to_have_text(before or "")


def test_a_link_leads_to_a_range(handshake: Locator, lab: Explorer) -> None:
    """A link to another version of TLS chooses that first."""
    lab.page.evaluate("() => { location.hash = 'record-4-tls12@10'; }")
    words = handshake.get_by_role("status")
    expect(words).to_contain_text("x25519 (0x001d)")
    expect(handshake.get_by_label("edition", exact=True)).to_have_value("2019")
    expect(handshake.get_by_role("link")).to_have_attribute("href", "#record-4-tls12@10")
    handshake.get_by_label("edition", exact=True).select_option("2025")
    expect(words).not_to_contain_text("x25519 (0x001d)")


def test_a_link_while_another_answer_is_under_way(handshake: Locator) -> None:
    """What was chosen before the link is answered first, and does not take its place."""
    handshake.get_by_label("held", exact=True).evaluate(
        """select => {
            select.value = "just now";
            select.dispatchEvent(new Event("change"));
            location.hash = "record-5-tls12@10";
        }"""
    )
    listbox = handshake.get_by_role("listbox")
    expect(listbox).to_have_attribute("aria-label", re.compile(r"^Bytes of 5\."))
    expect(handshake.get_by_label("edition", exact=True)).to_have_value("2019")


def test_the_bytes_of_an_attack(lab: Explorer, tmp_path: Path) -> None:
    """What is chosen in the attack lab is chosen here: one byte of the ciphertext is inverted."""
    view = lab.page.locator(".iec63119-bytes", has=lab.page.get_by_label("piece", exact=True))
    lab.menu("attack").select_option("One bit of the ciphertext flipped")
    expect(view.get_by_label("attack", exact=True)).to_have_value(
        "One bit of the ciphertext flipped"
    )
    lab.wait_until_answered()  # the pieces of another attack have the same names
    view.scroll_into_view_if_needed()
    view.get_by_label("piece", exact=True).select_option("The sealed text: its ciphertext")
    expect(view.locator(".bytes .changed")).to_have_text("c9")
    expect(view.get_by_role("status")).to_contain_text("34 0e d9 c8")
    expect(view.get_by_role("status")).to_contain_text("Changedbyte 536")
    lab.page.screenshot(path=tmp_path / "attack.png")
    view.get_by_label("attack", exact=True).select_option("Sent again")
    expect(view).to_contain_text("No byte is different.")
    expect(view.get_by_role("listbox")).to_be_hidden()


def test_a_link_leads_to_the_bytes_of_an_attack(lab: Explorer) -> None:
    view = lab.page.locator(".iec63119-bytes", has=lab.page.get_by_label("piece", exact=True))
    lab.page.evaluate("() => { location.hash = 'routing-message-sealed-header@215'; }")
    expect(view.get_by_label("attack", exact=True)).to_have_value("The readable header altered")
    words = view.get_by_role("status")
    expect(words).to_contain_text("member receiver")
    expect(words).to_contain_text('Before"csp-alba"')
    view.get_by_label("attack", exact=True).select_option("Signed for later use")
    expect(words).to_contain_text("member iat")


def test_a_message_in_plain(lab: Explorer, tmp_path: Path) -> None:
    """A member of a message is told with its class of privacy."""
    view = lab.page.locator(".iec63119-bytes").filter(has_text="The message in plain")
    view.scroll_into_view_if_needed()
    ranges(view).nth(5).click()
    expect(view.get_by_role("status")).to_contain_text("Class of privacy: identifier.")
    expect(view.get_by_role("status")).to_contain_text("EMA-4")
    lab.page.screenshot(path=tmp_path / "message.png")


def test_a_small_screen_scrolls_its_bytes(
    handshake: Locator, lab: Explorer, tmp_path: Path
) -> None:
    """The page itself does not scroll sideways, and the digits stay as large as they are."""
    lab.page.set_viewport_size({"width": 400, "height": 900})
    handshake.scroll_into_view_if_needed()
    rows = handshake.locator(".rows")
    wider, fits = (f"it => it.scrollWidth {than} it.clientWidth" for than in (">", "<="))
    assert settled(lambda: rows.evaluate(wider))
    assert settled(lambda: handshake.evaluate(fits))
    assert (
        rows.locator(".bytes").evaluate("it => parseFloat(getComputedStyle(it).fontSize)") >= 11
    )
    lab.page.screenshot(path=tmp_path / "small.png")
    lab.page.set_viewport_size({"width": 1280, "height": 1000})


def test_sixteen_bytes_to_a_row(handshake: Locator) -> None:
    """The first byte of each row stands at the left, beside its number."""
    differ = """view => {
        const [left, right] = [".offsets", ".bytes"].map((part) => view.querySelector(part).offsetHeight);
        return Math.abs(left - right);
    }"""
    assert settled(lambda: handshake.evaluate(differ), lambda seen: seen <= 2) <= 2


def test_the_dark_theme_turns_the_bytes_dark(
    handshake: Locator, lab: Explorer, tmp_path: Path
) -> None:
    light = handshake.evaluate("view => getComputedStyle(view).backgroundColor")
    lab.page.evaluate("() => { document.body.dataset.jpThemeLight = 'false'; }")
    look = "view => getComputedStyle(view).backgroundColor"
    dark = settled(lambda: handshake.evaluate(look), lambda seen: seen != light)
    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(28, 28, 28)")
    lab.page.screenshot(path=tmp_path / "dark.png")
    lab.page.evaluate("() => { document.body.dataset.jpThemeLight = 'true'; }")
