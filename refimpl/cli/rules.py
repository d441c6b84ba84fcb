"""`iec63119 rules`: every rule with its basis, its clause, the code that cites it, the vectors
for it, the tests and the notebooks that name it; and what has no counterpart.
"""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from refimpl.cli.inputs import Json, edition_of, nearest
from refimpl.cli.output import Table, as_data, show
from refimpl.crosswalk.rules import RULES as OUTSIDE
from refimpl.edition import Edition, load, published
from refimpl.trace import Matrix, Trace, notebooks_folder, trace
from refimpl.vectors.suite import suite_folder

HEADS: Final = ("id", "level", "basis", "editions", "code", "vectors", "tests", "notebooks")

app = typer.Typer()


@app.command()
def rules(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RULE]...",
            help="Only these, and all about them; a group of rules as EMA or XWK.",
            autocompletion=lambda: [*load(published()[-1]).rules, *OUTSIDE],
        ),
    ] = None,
    edition: Annotated[
        str, typer.Option(metavar="E", help="Only the rules of this edition.")
    ] = "",
    orphans: Annotated[
        bool, typer.Option("--orphans", help="Only what has no counterpart.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show every rule, what code cites it and its vectors.

    A rule's basis says how sure the model is of it: a public text states it, it is implied by
    one, or the model chose.
    """
    if ids and all(text.upper().partition("-")[0] == "XWK" for text in ids):
        _show_outside([text.upper() for text in ids], as_json)
        return
    editions = [edition_of(edition)] if edition else [load(name) for name in published()]
    matrix = trace(editions, suite_folder(), notebooks_folder())
    if orphans:
        _show_orphans(matrix, as_json)
        return
    wanted = [text.upper() for text in ids or ()]
    asked = [name for text in wanted for name in _rules_named(text, matrix)]
    groups = {name.partition("-")[0] for name in matrix.rules}
    whole = bool(asked) and not groups & {*wanted}
    tolerances = _tolerances(editions)
    cards, tables = [], []
    for name in asked or matrix.rules:
        one = matrix.rules[name]
        card = _card_of_rule(one, matrix.has_tests) | tolerances.get(name, {})
        if whole:
            tables.append(Table(name, (), [*_lines_of_rule(one, card)]))
            card |= _places_of_rule(one)
        cards.append(card)
    if not whole:
        rows = [[card[head] for head in HEADS] for card in cards]
        tables.append(Table(f"{len(cards)} rules", HEADS, rows))
    show(as_json, cards, *tables)


def _show_outside(wanted: list[str], as_json: bool) -> None:
    """Show rules of the crosswalk, which are in no edition."""
    asked = [name for name in OUTSIDE if name in wanted or "XWK" in wanted]
    if unknown := [text for text in wanted if text not in {"XWK", *asked}]:
        raise typer.BadParameter(
            f"there is no rule {unknown[0]!r}; there are {', '.join(OUTSIDE)}"
        )
    cards = [{"id": name, **OUTSIDE[name]._asdict()} for name in asked]
    tables = [Table(name, (), [*OUTSIDE[name]._asdict().items()]) for name in asked]
    show(as_json, cards, *tables)


def _show_orphans(matrix: Matrix, as_json: bool) -> None:
    found = matrix.orphans()
    rows = [(one.kind, str(len(one.ids)), [*one.ids], one.meaning) for one in found]
    data = {one.kind: [*one.ids] for one in found}
    heads = ("what", "how many", "which", "why that may be so")
    show(as_json, data, Table("What has no counterpart", heads, rows))


def _rules_named(text: str, matrix: Matrix) -> list[str]:
    """The rule of that id, or every rule of that group."""
    if text in matrix.rules:
        return [text]
    group = [name for name in matrix.rules if name.startswith(f"{text}-")]
    if group:
        return group
    names = {*matrix.rules, *(name.partition("-")[0] for name in matrix.rules)}
    there_are = "there are groups as EMA, NET and SES"
    raise typer.BadParameter(f"there is no rule {text!r}; {nearest(text, names) or there_are}")


def _tolerances(editions: list[Edition]) -> dict[str, dict[str, object]]:
    """How far what is told may be off, by the rule that it is about."""
    found: dict[str, dict[str, object]] = {}
    for edition in editions:
        for name, row in edition.checks.items():
            found[name] = {"tolerance": f"{row.tolerance} {row.unit}"}
    return found


def _card_of_rule(one: Trace, has_tests: bool) -> dict[str, object]:
    """All about a rule, as a program reads it, what belongs to it counted."""
    rule = one.rule
    counts = {family: len(ids) for family, ids in one.vectors.items()}
    return {
        **as_data(rule),
        "editions": list(one.editions),
        "code": list(one.rooms) if rule.modelled else "not modelled",
        "vectors": counts if rule.exercised == "vectors" else "tests instead",
        "tests": len(one.tests) if has_tests else "not installed",
        "notebooks": [name[:2] for name in one.notebooks],
    }


def _places_of_rule(one: Trace) -> dict[str, object]:
    """Name each place of a rule, as a program reads it."""
    return {
        "code_places": [str(place) for place in one.code],
        "vector_ids": [vector for ids in one.vectors.values() for vector in ids],
        "test_places": [str(place) for place in one.tests],
        "notebook_names": list(one.notebooks),
    }


def _lines_of_rule(one: Trace, card: dict[str, object]) -> Iterator[tuple[str, object]]:
    """Tell all about a rule line by line, for a person."""
    said = {name: value for name, value in card.items() if name not in HEADS[4:]}
    yield from said.items()
    for name, lines in one.places().items():
        known = lines or [str(card[name] or "-")]
        for number, line in enumerate(known):
            yield "" if number else name, line
