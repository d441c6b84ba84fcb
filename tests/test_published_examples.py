"""What `docs/published-examples.md` tells of published examples: shown again in the objects
themselves, where they are at hand.
"""

import json
import os
import re
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from refimpl.crosswalk import take
from refimpl.identifiers import check_character, din_check_digit
from tests.published import DOCS, PAGE, faults, page

FOLDER: Final = os.environ.get("IEC63119_OBJECTS")
ISO: Final = 14
FAULTS: Final = {fault["id"]: fault for fault in faults()}


def value_at(folder: str, name: str, pointer: str) -> Any:
    """What an object holds at a pointer, numbers as they are spelled; raises LookupError."""
    text = (Path(folder) / name).read_text("utf-8")
    held = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    for step in pointer.split("/")[1:]:
        held = held[int(step)] if isinstance(held, list) else held[step]
    return held


def spelled(value: Any, asked: str) -> str:
    """A value as the data writes it: a text that could be a number stands in quotes."""
    return f'"{value}"' if isinstance(value, str) and asked.startswith('"') else str(value)


def right_character(text: str) -> str:
    """The check character of a printed identifier, without the one that stands there."""
    bare = re.sub(r"[-*]", "", text.upper())[:-1]
    return check_character(bare) if len(bare) == ISO else din_check_digit(bare)


def test_the_page_is_written_from_its_data() -> None:
    assert PAGE.read_text("utf-8") == page()
    assert f"({PAGE.name})" in (DOCS / "README.md").read_text("utf-8")


def test_each_fault_has_an_id_and_a_place() -> None:
    assert len(FAULTS) == len(faults())
    for fault in faults():
        assert fault["place"]
        assert fault["fault"].endswith(".")
        assert ("project" in fault) != ("sources" in fault), fault["id"]


@pytest.mark.parametrize("name", [name for name, one in FAULTS.items() if "check" in one])
def test_check_characters(name: str) -> None:
    for text, right in FAULTS[name]["check"]:
        assert right_character(text) == right != text[-1].upper()


@pytest.mark.skipif(FOLDER is None, reason="IEC63119_OBJECTS names no folder of objects")
@pytest.mark.parametrize("name", [name for name, one in FAULTS.items() if "found" in one])
def test_the_crosswalk_finds_it(name: str) -> None:
    for place, pointer, *kind in FAULTS[name]["found"]:
        text = (Path(FOLDER or "") / place).read_bytes()
        report = take(place.partition("/")[0], text, *kind)
        told = {finding.at for finding in report.findings}
        if report.refusal is not None:
            told.add(report.refusal.at)
        assert pointer in told, place


@pytest.mark.skipif(FOLDER is None, reason="IEC63119_OBJECTS names no folder of objects")
@pytest.mark.parametrize(
    "name", [name for name, one in FAULTS.items() if "shows" in one or "lacks" in one]
)
def test_objects_show_it(name: str) -> None:
    folder = FOLDER or ""
    for place, pointer, asked in FAULTS[name].get("shows", []):
        assert spelled(value_at(folder, place, pointer), asked) == asked, pointer
    for place, pointer in FAULTS[name].get("lacks", []):
        with pytest.raises(LookupError):
            value_at(folder, place, pointer)
