"""The crosswalk as a reader meets it in JupyterLab: an object is changed in its field, its fault
stands beside the line, and all three objects follow.
"""

import os
import re
from collections.abc import Iterator

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
    """One explorer for all, with every address outside of this machine that its page asks for."""
    with started_explorer.another_page() as running:
        yield running
        assert running.outside == []


@pytest.fixture
def converter(lab: Explorer) -> Locator:
    lab.open("13-crosswalk.ipynb")
    lab.run_all()
    found = lab.page.locator(".iec63119-crosswalk").first
    found.scroll_into_view_if_needed()
    return found


def test_a_fault_is_mended_in_its_line(converter: Locator, lab: Explorer) -> None:
    status = converter.get_by_role("status")
    field = converter.get_by_label("object, in JSON")
    converter.get_by_label("example").select_option("ocpi-2.2.1/cdr-in-wh")
    expect(status).to_contain_text("refused, XWK-5 at /total_energy")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(converter.locator(".wrong")).to_have_count(1)
    converter.get_by_role("button", name="line ").last.click()
    expect(field).to_be_focused()
    expect(field).to_have_value(re.compile("12000"))
    field.fill(field.input_value().replace("12000", "12.0"))
    expect(status).to_contain_text("lossy, 31 leaves")
    expect(field).to_have_attribute("aria-invalid", "false")
    expect(converter.locator(".ours")).to_contain_text('"energy_wh": 12000')
    expect(converter.locator(".theirs")).to_contain_text('"ConsumedEnergy": 12')
    converter.get_by_label("to", exact=True).select_option("ocpi-2.2.1")
    expect(converter.locator(".theirs")).to_contain_text('"total_energy"')
    lab.page.set_viewport_size({"width": 400, "height": 900})
    expect(converter.locator(".theirs")).to_be_visible()
    wider = "one => one.scrollWidth > one.clientWidth + 1"
    assert not settled(lambda: converter.evaluate(wider), lambda seen: not seen)
    lab.page.set_viewport_size({"width": 1280, "height": 1000})
