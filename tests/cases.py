"""The page of what real roaming asks: written from its data by `python -m tests.cases`."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

DOCS: Final = Path(__file__).parents[1] / "docs"
PAGE: Final = DOCS / "roaming-cases.md"
HEAD: Final = """# What real roaming asks

Kinds of situations from public reports of people who run roaming, and where the model answers
each: its rules, test vectors, journeys (`iec63119 play NAME`) and notebooks. W is what the model
once answered wrongly, B what it could not say. The sources tell what happens, not what IEC 63119
says; the answers are choices of this model.

This page is written from `roaming-cases.toml` by `python -m tests.cases`.
"""


def cases() -> list[dict[str, Any]]:
    """Every kind, in the order of the file."""
    data = tomllib.loads((DOCS / "roaming-cases.toml").read_text("utf-8"))
    found: list[dict[str, Any]] = data["case"]
    return found


def page() -> str:
    """The page as it should stand."""
    return HEAD + "".join(section for case in cases() for section in _section(case))


def _section(case: dict[str, Any]) -> Iterator[str]:
    yield f"\n## {case['id']}\n\n{case['kind']} *({case['source']})*\n\n{case['answer']}\n\n"
    for name, plural in (
        ("rules", "Rules"),
        ("vectors", "Vectors"),
        ("journeys", "Journeys"),
        ("notebooks", "Notebooks"),
    ):
        if named := case.get(name):
            yield f"* {plural}: {', '.join(f'`{one}`' for one in named)}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
