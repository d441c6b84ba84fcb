"""`iec63119 rules`: every rule with its basis, the rooms whose code cites it and the vectors
for it.
"""

import ast
import json
import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Final

import typer

from refimpl.cli.inputs import Json, edition_of
from refimpl.cli.output import as_data, show
from refimpl.edition import load, published
from refimpl.vectors.suite import suite_folder

PACKAGE: Final = Path(__file__).parents[1]

Places = dict[str, list[str]]

app = typer.Typer()


@app.command()
def rules(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RULE]...", help="Only these, and all about them."),
    ] = None,
    edition: Annotated[
        str, typer.Option(metavar="E", help="Only the rules of this edition.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Show every rule, the code that cites it and the vectors for it.

    A rule's basis says how sure the model is of it: a public text states it, it is implied by
    one, or the model chose.
    """
    editions = [edition_of(edition)] if edition else [load(name) for name in published()]
    known = {rule.id: rule for one in editions for rule in one.rules.values()}
    if unknown := [name for name in ids or () if name not in known]:
        raise typer.BadParameter(f"there is no rule {unknown[0]!r}")
    code, vectors = _citations(), _exercised()
    cards = [
        {
            **as_data(rule),
            "editions": [one.id for one in editions if rule.id in one.rules],
            "code": code.get(rule.id, []) if rule.modelled else "not modelled",
            "vectors": vectors.get(rule.id, {})
            if rule.exercised == "vectors"
            else "tests instead",
        }
        for rule in (known[name] for name in ids or known)
    ]
    heads = ("id", "level", "basis", "editions", "code", "vectors")
    matrix = (f"{len(cards)} rules", heads, ([card[head] for head in heads] for card in cards))
    show(
        as_json,
        cards,
        *((((card["id"], (), card.items()) for card in cards)) if ids else (matrix,)),
    )


def _citations() -> Places:
    """The rooms whose code cites a rule, docstrings aside."""
    rooms: Places = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_bytes())))
        prose = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        texts = [
            node.value
            for node in nodes
            if isinstance(node, ast.Constant) and id(node) not in prose
        ]
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for cited in {
            one
            for text in texts
            if isinstance(text, str)
            for one in re.findall(r"\b[A-Z]{3}-\d+\b", text)
        }:
            rooms[cited] = sorted({*rooms.get(cited, ()), room})
    return rooms


def _exercised() -> dict[str, Counter[str]]:
    """How many vectors of each family name a rule; none where no vectors lie beside the
    package.
    """
    families: dict[str, Counter[str]] = {}
    for path in sorted(suite_folder().glob("v*/*.json")):
        for test in json.loads(path.read_bytes())["tests"]:
            for named in test["rules"]:
                families.setdefault(named, Counter())[path.stem] += 1
    return families
