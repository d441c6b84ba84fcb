"""The crosswalk as it is seen: lines and their places, the three objects, the matrix and the
round trip; and the tables of the protocols held against the words of the editions.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refimpl.crosswalk import PROTOCOLS
from refimpl.crosswalk.examples import examples, protocol_of
from refimpl.crosswalk.kinds import Kind, Protocol
from refimpl.crosswalk.reading import leaves_of
from refimpl.edition import load
from refimpl.views.crosswalk import matrix
from refimpl.views.crosswalk.converter import Converter
from refimpl.views.crosswalk.lines import MEANINGS, SIGNS, lines_of, places_of, tidy
from refimpl.views.crosswalk.trip import round_trip

EDITION: Final = load("2025")
KINDS: Final = [(one, kind) for one in PROTOCOLS.values() for kind in one.kinds.values()]
NAMES: Final = [f"{one.id}/{kind.name}" for one, kind in KINDS]
VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
SMALLEST: Final = "ocpi-2.2.1/cdr-smallest"


# --- Lines ------------------------------------------------------------------------------------


@given(VALUES)
def test_each_leaf_has_a_line(value: Any) -> None:
    lines = lines_of(value, {})
    assert [line.at for line in lines if line.at] == [at for at, _ in leaves_of(value) if at]
    assert json.loads(tidy(value)) == value
    numbered = {line.at: number for number, line in enumerate(lines, 1) if line.at}
    found = places_of(tidy(value))
    assert {at: line for at, line in found.items() if at} == numbered


@given(VALUES)
def test_places_in_any_layout(value: Any) -> None:
    for indent in (None, 0, 3):
        found = places_of(json.dumps(value, indent=indent))
        assert [*found] == [at for at, _ in leaves_of(value)]


def test_each_class_has_a_sign_and_a_meaning() -> None:
    assert SIGNS.keys() == MEANINGS.keys()
    assert len(set(SIGNS.values())) == len(SIGNS)


# --- Three objects ----------------------------------------------------------------------------


@pytest.fixture
def converter() -> Converter:
    return Converter(EDITION, SMALLEST, to="ocpi-2.2.1")


def test_a_fault_stands_beside_its_line(converter: Converter) -> None:
    lines = converter.text.splitlines()
    [number] = [at for at, line in enumerate(lines, 1) if '"total_energy"' in line]
    converter.text = converter.text.replace('"volume": 12', '"volume": 12000')
    *_, fault = converter.faults
    assert (fault["line"], fault["refuses"]) == (number, True)
    assert fault["says"].startswith("XWK-5 at /total_energy: ")
    assert converter.summary.startswith("OCPI 2.2.1 to ours: refused, XWK-5")
    converter.text = "{\n,"
    assert [fault["line"] for fault in converter.faults] == [2]


def test_what_is_reported_stands_beside_its_line(converter: Converter) -> None:
    converter.text = converter.text.replace('"id": "815",', '"id": "815", "mood": 1,')
    [fault] = converter.faults
    assert (fault["line"], fault["refuses"]) == (4, False)
    assert fault["says"].startswith("/mood: ")


def test_a_line_has_the_class_of_its_leaf(converter: Converter) -> None:
    lines = converter.text.split("\n")
    marks = dict(zip((line.strip() for line in lines), converter.marks, strict=True))
    assert marks['"id": "815",'] == "exact"
    assert marks['"party_id": "AB7",'] == "derived"
    assert marks['"currency": "EUR",'] == "residue"
    assert marks['"cdr_token": {'] == ""


def test_another_example_brings_its_protocol(converter: Converter) -> None:
    for name in examples():
        converter.chosen = name
        assert converter.text == examples()[name]
        assert converter.origin == protocol_of(name)
        assert converter.summary.startswith(f"{PROTOCOLS[converter.origin].title} to ours: ")


def test_text_is_never_markup(converter: Converter) -> None:
    evil = "<img src=x onerror=alert(1)>"
    converter.text = converter.text.replace('"id": "815",', f'"id": "{evil}", "{evil}": 1,')
    whole = converter.html() + converter.ours + converter.theirs + converter.lost
    assert evil not in whole
    assert "&lt;img" in whole


def test_anything_may_be_pasted(converter: Converter) -> None:
    for text in ("", "[]", "1", '"', "{}", "[" * 9000, '{"a": {"b": []}}', "nul", "{\u2028}"):
        converter.text = text
        assert converter.faults
        assert converter.html()


def test_the_totals_are_those_of_the_report(converter: Converter) -> None:
    classes, lost = converter.losses()
    assert sum(int(row[1]) for row in classes.rows) == 31
    assert {row[0]: row[1] for row in lost.rows if row[0] in ("place", "money")} == {
        "place": "11",
        "money": "2",
    }


# --- There and back, and the matrix -----------------------------------------------------------


def test_with_the_report_all_comes_back() -> None:
    for name, text in examples().items():
        table = round_trip(EDITION, protocol_of(name), text)
        if len(table.columns) > 1:
            assert {row[4] for row in table.rows} == {"the same"}, name


def test_without_it_just_the_residue_is_gone() -> None:
    for row in round_trip(EDITION, "ocpi-2.2.1", examples()["ocpi-2.2.1/cdr"]).rows:
        assert (row[3] == "gone") == row[1].endswith("residue"), row[0]


def test_every_member_is_in_the_matrix() -> None:
    for protocol, kind in KINDS:
        rows = matrix.fields(EDITION, protocol.id, kind.name).rows
        told = {row[0] for row in rows}
        assert told == {field.path for field in kind.fields if field.type != "object"} | {
            pair.theirs for pair in kind.pairs
        }


# --- The words of the editions ----------------------------------------------------------------


def stems_of(cell: str) -> Iterator[str]:
    """The words of a cell, without what tells only which way they go or how many there are."""
    for word in re.findall(r"\w+", cell):
        yield re.sub(r"^(Push|Pull|Get)|_|s$", "", word).lower()


@pytest.mark.parametrize(("protocol", "kind"), KINDS, ids=NAMES)
def test_the_words_are_those_of_the_edition(protocol: Protocol, kind: Kind) -> None:
    """A kind belongs to an exchange for which the edition has a word of the protocol; what asks
    or tells bears that word.
    """
    exchange = EDITION.exchanges[kind.exchange]
    row = EDITION.crosswalk[kind.exchange]
    cell = getattr(row, protocol.column)
    assert cell is not None
    assert f"{protocol.column}:" in row.source
    if kind.makes not in exchange.returned:
        assert any(stem in kind.word.lower() for stem in stems_of(cell)), (kind.word, cell)


@pytest.mark.parametrize(("protocol", "kind"), KINDS, ids=NAMES)
def test_what_it_makes_is_said_in_its_exchange(protocol: Protocol, kind: Kind) -> None:
    exchange = EDITION.exchanges[kind.exchange]
    said = {*exchange.messages, *exchange.returned}
    if kind.makes in ("cdr", "sdr"):
        assert "detail-record-notice" in said
    else:
        assert kind.makes in said


@pytest.mark.parametrize(("protocol", "kind"), KINDS, ids=NAMES)
def test_each_pair_has_a_source_of_the_edition(protocol: Protocol, kind: Kind) -> None:
    for pair in kind.pairs:
        assert pair.source.partition(":")[0] in EDITION.sources, pair.theirs
