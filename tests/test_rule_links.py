"""Rule ids lead to their rules: as links in what is stored, as panels where a kernel runs."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from refimpl.crosswalk.rules import RULES as OUTSIDE
from refimpl.edition import Edition, load, parse_edition, published
from refimpl.trace import CITATION
from refimpl.views.crosswalk.converter import Converter
from refimpl.views.kit import rule_links
from refimpl.views.kit.rule_links import RuleLinks, lead_to_rules, linked

DRAFT = """
edition = "draft"
title = "A draft"
extends = "2025"
change = [{ id = "A1", says = "Reworded.", basis = "chosen", source = "model: a test" }]
rule = [{ id = "SES-4", says = "Progress is told of any service.", change = "A1" }]
"""


@pytest.fixture
def draft() -> Edition:
    return parse_edition(DRAFT, Path("draft.toml"))


class Texts(HTMLParser):
    """The text of a page, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.leads: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.leads += [value or "" for name, value in attrs if name == "href"]


@pytest.mark.parametrize(
    "text", ["SES-4: so & <so>", "'NET-1', NET-99 and SHA-256", "xSES-4 SES-40 ses-4", ""]
)
def test_text_stays_the_same(text: str) -> None:
    page = Texts(linked(text))
    assert page.text == text
    known = [name for name in CITATION.findall(text) if name in load("2025").rules]
    assert page.leads == [f"11-traceability.ipynb#{name}" for name in known]


def test_rules_of_the_crosswalk() -> None:
    """Each leads to its place in the notebook of the crosswalk, and says what it asks."""
    page = Texts(linked("XWK-5 at /total_energy, XWK-99"))
    assert page.text == "XWK-5 at /total_energy, XWK-99"
    assert page.leads == ["13-crosswalk.ipynb#XWK-5"]
    stored = (Path(__file__).parents[1] / "notebooks" / "13-crosswalk.ipynb").read_text("utf-8")
    for name, rule in OUTSIDE.items():
        assert f'<span data-jupyter-id=\\"{name}\\"></span>' in stored
        [wording] = RuleLinks().rules[name]
        assert (wording["says"], wording["basis"]) == (rule.says, "chosen")


def test_a_converter_leads_to_its_rules() -> None:
    shown = Converter(load("2025"), "ocpi-2.2.1/cdr-in-wh", to="oicp-2.3").html()
    assert "13-crosswalk.ipynb#XWK-5" in Texts(shown).leads


def test_each_wording_once(draft: Edition) -> None:
    links = RuleLinks()
    of_editions = {rule for name in published() for rule in load(name).rules}
    assert {*links.rules} == of_editions | {*OUTSIDE}
    assert len(links.rules["SES-4"]) == 1
    links.know(draft)
    old, new = links.rules["SES-4"]
    assert old["says"] == load("2025").rules["SES-4"].says
    assert (new["says"], new["editions"]) == ("Progress is told of any service.", ["draft"])
    assert links.rules["SES-5"][0]["editions"] == [*published(), "draft"]


def test_places_on_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[dict[str, dict[str, list[str]]]] = []
    monkeypatch.setattr(RuleLinks, "send", lambda _, content: said.append(content))
    links = RuleLinks()
    links._tell_places(links, {"rule": "SES-4"}, [])
    links._tell_places(links, {"rule": "SES-99"}, [])
    first, second = (one["places"] for one in said)
    assert any(place.startswith("refimpl/session/steps.py:") for place in first["code"])
    assert first["vectors"][0].startswith("session ")
    assert second == {}


def test_sent_once(monkeypatch: pytest.MonkeyPatch, draft: Edition) -> None:
    """However many widgets a page has, what the panels say is there once."""
    rule_links._on_this_page.cache_clear()
    spare = [RuleLinks()]
    monkeypatch.setattr(rule_links, "RuleLinks", spare.pop)  # a second one would be an error
    (only,) = spare
    lead_to_rules()
    lead_to_rules(draft, load("2025"))
    lead_to_rules(draft)
    assert len(only.rules["SES-4"]) == 2
    rule_links._on_this_page.cache_clear()
