"""What docs/amendments.md says of drafts holds: its examples are sound, its tables and ids are
those of the model.
"""

import re
from pathlib import Path
from typing import Final

import pytest

from refimpl.edition import TABLES
from refimpl.lab.amended_rows import changed_rows
from refimpl.lab.drafts import base_of, read_draft_text
from refimpl.session.table import BY_ID

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = (ROOT / "docs" / "amendments.md").read_text("utf-8")
HEAD, *EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
OF_ALL: Final = {"id", "basis", "source", "because", "clause", "change"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_sound(example: str) -> None:
    draft = read_draft_text(f"{HEAD}\n{example}", Path("mine.toml"))
    assert draft.faults == ()
    edition = draft.sound()
    told = {one.table for one in changed_rows(base_of(edition), edition)}
    written = set(re.findall(r"\[\[(\w+)\]\]", example))
    assert written <= told | {"record"}  # whose words alone are altered, in a row beside


def test_every_table_and_field_is_told() -> None:
    for table in TABLES.values():
        assert f"`{table.name}`" in PAGE or f"[[{table.name}]]" in PAGE
        for field in table.shape.model_fields.keys() - OF_ALL:
            assert f"`{field}`" in PAGE, (table.name, field)


def test_every_table_has_an_example() -> None:
    written = set(re.findall(r"^\[\[(\w+)\]\]", PAGE, re.MULTILINE))
    assert written == set(TABLES)


def test_the_ids_are_those_of_the_table() -> None:
    listed = PAGE.rpartition("```text\n")[2].partition("```")[0].splitlines()
    assert listed == list(BY_ID)
