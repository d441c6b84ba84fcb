"""What has to follow when something is added, and who says so: for each kind of thing, one
function names what was forgotten.

Today it names nothing; and with a thing that is added in one place only, it names all the others.
"""

import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from refimpl.vectors.families import FAMILIES, OPERATIONS
from refimpl.vectors.suite import PACKAGE, families_in, suite_folder

# --- A family of vectors ----------------------------------------------------------------------


def forgotten_of_family(family: str, operations: Iterable[str], folder: Path) -> Iterator[str]:
    """Name what a family of vectors lacks: corpus, schema, vectors, or a word about it."""
    if family not in families_in(folder):
        yield f"corpus/{family}.json: bases and witnesses"
    if not (folder / "schemas" / "v1" / f"{family}.schema.json").exists():
        yield f"schemas/v1/{family}.schema.json: the shape of its vectors"
    if not (folder / "v1" / f"{family}.json").exists():
        yield f"v1/{family}.json: run iec63119 vectors fill"
    index = json.loads((folder / "index.json").read_bytes())
    if family not in index["families"]:
        yield f"index.json: has no {family}; run iec63119 vectors fill"
    readme = (folder / "README.md").read_text("utf-8")
    if f"| `v1/{family}.json` |" not in readme:
        yield f"README.md: a row for v1/{family}.json under Files"
    if f"\n## Family `{family}`\n" not in readme:
        yield f"README.md: a section for the family {family}"
    for operation in operations:
        if f"`{operation}`" not in readme:
            yield f"README.md: what {operation} asks"


def operations_of(family: str) -> set[str]:
    """The operations that the vectors of a family ask."""
    file = json.loads((suite_folder() / "v1" / f"{family}.json").read_bytes())
    return {test["operation"] for test in file["tests"]}


@pytest.mark.parametrize("family", FAMILIES)
def test_no_family_lacks_anything(family: str) -> None:
    assert not list(forgotten_of_family(family, operations_of(family), suite_folder()))


def test_a_new_family_is_told_what_it_lacks() -> None:
    told = list(forgotten_of_family("weather", ["weather.ask"], suite_folder()))
    assert [line.partition(":")[0] for line in told] == [
        "corpus/weather.json",
        "schemas/v1/weather.schema.json",
        "v1/weather.json",
        "index.json",
        "README.md",
        "README.md",
        "README.md",
    ]


def test_the_files_of_the_families_are_those_of_the_suite() -> None:
    files = {path.stem for path in (PACKAGE / "vectors" / "families").glob("[!_]*.py")}
    assert tuple(sorted(name.replace("_", "-") for name in files)) == FAMILIES
    assert families_in(suite_folder()) == FAMILIES
    asked = {operation for family in FAMILIES for operation in operations_of(family)}
    assert asked == set(OPERATIONS)


def test_a_family_with_a_file_and_a_corpus_alone_is_refused(tmp_path: Path) -> None:
    """Without a schema lint says so, whatever else is there."""
    from refimpl.vectors.lint import schema_faults
    from refimpl.vectors.suite import Suite

    folder = shutil.copytree(suite_folder() / "schemas", tmp_path / "schemas").parent
    files: dict[str, Any] = {"v1/weather.json": {}, "corpus/weather.json": {}}
    told = list(schema_faults(Suite(folder, ("weather",), files)))
    assert told[0].startswith("v1/weather.json: no schema urn:")
    assert any(line.startswith("corpus/weather.json") for line in told[1:])
