"""The page of faults in published examples: written from its data by
`python -m tests.published`.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

DOCS: Final = Path(__file__).parents[1] / "docs"
PAGE: Final = DOCS / "published-examples.md"
HEAD: Final = """# Faults in published examples

Converters are tried on the examples that the owners of the protocols publish, and so find their
faults. Here is what does not keep its own text, found by programs that read the tables of the
specifications: facts, each with its place. They are told so that a converter is not blamed for
them, and so that they can be mended.

*Known* names who told of a fault before; where nothing stands, it is told here first as far as we
know. *Found* is where the crosswalk reports it of the object, or refuses the object for it.

No example is in this project. What the page shows of them are single values; the tests read these
again in the published objects where they are at hand (`IEC63119_OBJECTS` names their folder), hold
the crosswalk against each, and work each check character out again.

This page is written from `published-examples.toml` by `python -m tests.published`.
"""
TABLE: Final = "\n| where | what | known | found |\n|---|---|---|---|\n"


def faults() -> list[dict[str, Any]]:
    """Every fault, in the order of the file."""
    found: list[dict[str, Any]] = _data()["fault"]
    return found


def page() -> str:
    """The page as it should stand."""
    return HEAD + "".join(_sections()) + "".join(_sources())


def _data() -> dict[str, Any]:
    return tomllib.loads((DOCS / "published-examples.toml").read_text("utf-8"))


def _sections() -> Iterator[str]:
    heading = ""
    for fault in faults():
        of = "Open projects" if "project" in fault else fault["protocol"]
        if of != heading:
            yield f"\n## {of}\n{TABLE}"
            heading = of
        yield _row(fault)


def _row(fault: dict[str, Any]) -> str:
    where = fault.get("project") or ", ".join(fault["sources"])
    if "project" in fault:
        where = f"{where} ({fault['protocol']})"
    found = ", ".join(
        f"`{at}`" for at in dict.fromkeys(at for _, at, *_ in fault.get("found", []))
    )
    known = fault.get("known", "")
    return f"| {where}: {fault['place']} | {fault['fault']} | {known} | {found} |\n"


def _sources() -> Iterator[str]:
    yield "\n## Sources\n\n| name | repository and commit |\n|---|---|\n"
    for name, source in _data()["sources"].items():
        yield f"| {name} | {source} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
