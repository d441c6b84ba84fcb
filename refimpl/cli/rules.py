"""`iec63119 rules`: every rule with its basis, its clause, the rooms whose code cites it, the
vectors for it and the notebooks that name it.
"""

from typing import Annotated

import typer

from refimpl.cli.inputs import Json, edition_of, nearest
from refimpl.cli.output import Table, as_data, show
from refimpl.edition import load, published
from refimpl.site.folder import notebooks_folder
from refimpl.trace import Trace, trace
from refimpl.vectors.suite import suite_folder

HEADS = ("id", "level", "basis", "editions", "code", "vectors", "notebooks")

app = typer.Typer()


@app.command()
def rules(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RULE]...",
            help="Only these, and all about them; a group of rules as EMA.",
            autocompletion=lambda: [*load(published()[-1]).rules],
        ),
    ] = None,
    edition: Annotated[
        str, typer.Option(metavar="E", help="Only the rules of this edition.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Show every rule, what code cites it and its vectors.

    A rule's basis says how sure the model is of it: a public text states it, it is implied by
    one, or the model chose.
    """
    editions = [edition_of(edition)] if edition else [load(name) for name in published()]
    known = trace(editions, suite_folder(), notebooks_folder())
    checks = {name: row for one in editions for name, row in one.checks.items()}
    cards = {}
    for name, one in known.items():
        cards[name] = _card_of_rule(one)
        if name in checks:
            row = checks[name]
            cards[name]["tolerance"] = f"{row.tolerance} {row.unit}"
    wanted = [text.upper() for text in ids or ()]
    asked = [name for text in wanted for name in _rules_named(text, cards)]
    groups = {name.partition("-")[0] for name in known}
    if asked and not groups & {*wanted}:
        tables = [Table(name, (), list(cards[name].items())) for name in asked]
    else:
        chosen = [cards[name] for name in asked or cards]
        matrix = [[card[head] for head in HEADS] for card in chosen]
        tables = [Table(f"{len(chosen)} rules", HEADS, matrix)]
    show(as_json, [cards[name] for name in asked or cards], *tables)


def _rules_named(text: str, known: dict[str, dict[str, object]]) -> list[str]:
    """The rule of that id, or every rule of that group."""
    if text in known:
        return [text]
    group = [name for name in known if name.startswith(f"{text}-")]
    if group:
        return group
    names = {*known, *(name.partition("-")[0] for name in known)}
    there_are = "there are groups as EMA, NET and SES"
    raise typer.BadParameter(f"there is no rule {text!r}; {nearest(text, names) or there_are}")


def _card_of_rule(one: Trace) -> dict[str, object]:
    """All about a rule, as a program reads it."""
    rule = one.rule
    return {
        **as_data(rule),
        "editions": list(one.editions),
        "code": list(one.code) if rule.modelled else "not modelled",
        "vectors": one.vectors if rule.exercised == "vectors" else "tests instead",
        "notebooks": list(one.notebooks),
    }
