"""The field for identifiers shows each character's part, the rule that one breaks, and the sums."""

import re

import pytest

from refimpl.edition import load
from refimpl.identifiers import PROFILES
from refimpl.views.tables.identifier_field import IdentifierField
from refimpl.views.tables.identifiers import worked_din


@pytest.fixture
def field() -> IdentifierField:
    return IdentifierField("DE-8AA-CA2B3C4D5-L", load("2025"))


def row(field: IdentifierField, profile: str) -> list[str]:
    """The cells of a profile, each as often as it is wide."""
    line = next(one for one in field.shown.splitlines() if f'"row">{profile}<' in one)
    cells = []
    for width, text in re.findall(r'<td(?: colspan="(\d+)")?[^>]*>(.*?)</td>', line):
        cells += [re.sub("<[^>]*>", "", text)] * int(width or 1)
    return cells


def test_a_part_for_each_character(field: IdentifierField) -> None:
    *cells, end, verdict = row(field, "emi3")
    assert cells[:4] == ["country", "country", "·", "provider"]
    assert cells[7:9] == ["type", "instance"]
    assert cells[-1] == "check"
    assert (end, verdict) == ("", "EMAID DE8AACA2B3C4D5L")


def test_the_rule_that_breaks(field: IdentifierField) -> None:
    cells = row(field, "canonical")
    assert cells[:4] == ["country", "country", "✗ EMA-3", ""]
    assert cells[-1].startswith("EMA-3: ")
    assert "(character 3: '-')" in cells[-1].replace("&#x27;", "'")


@pytest.mark.parametrize("text", ["", "x" * 80, "DE-8AA-CA2B3C4D5-N", "+49*810*000*438", "É\0"])
def test_rows_are_of_one_width(field: IdentifierField, text: str) -> None:
    field.text = text
    widths = {len(row(field, profile)) for profile in PROFILES}
    assert widths == {len(text[:65]) + 2}


def test_typing_another_text(field: IdentifierField) -> None:
    assert field.summary.startswith("3 of 6 profiles accept ")
    field.text = "<b>"
    assert field.summary == "No profile accepts '<b>'."
    assert "&lt;b&gt;" in field.shown
    assert "<b>" not in field.shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("DE-8AA-CA2B3C4D5-L", "L is given, and right"),
        ("DE-8AA-CA2B3C4D5-N", "N is given, and wrong: L belongs to it"),
        ("DE8AACA2B3C4D5", "none is given; L would belong to it"),
        ("NL-TNM-012204-5", "5 is given, and right"),
        ("NL-TNM-012204", "none is given; 5 would belong to it"),
        ("DE*AB7*E840*6487", "An EVSE ID has no check character"),
        ("DE8AACA2B3C4D\u0660L", "of 15 characters, separators aside"),
        ("DE8", "of 3 characters, separators aside"),
    ],
)
def test_check_character(field: IdentifierField, text: str, said: str) -> None:
    field.text = text
    assert said in field.shown
    assert ("is L</caption>" in field.shown or "is 5</caption>" in field.shown) == (
        "belong" in said or "right" in said
    )


def test_digit_by_hand() -> None:
    """1*2^0 + 0*2^1 for A, then 0, nine times: 1, and so the digit."""
    assert worked_din("A0000000000").rows[0] == ("1", "A", "10", "2^0 = 1, 2^1 = 2", "1", "1")
    assert worked_din("A0000000000").rows[-1][-1] == "1, modulo 11: 1"


def test_stored_words(field: IdentifierField) -> None:
    stored = field._repr_mimebundle_()[0]
    assert (
        "emi3: country DE from character 1; provider 8AA from character 4"
        in (stored["text/plain"])
    )
    assert '<a href="11-traceability.ipynb#EMA-3">EMA-3</a>' in stored["text/html"]
