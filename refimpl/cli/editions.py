"""`iec63119 diff`: what changed between two editions, change by change."""

import json
from typing import Annotated

import typer

from refimpl.cli.inputs import Json, edition_of
from refimpl.cli.output import Table, as_data, show, table_of
from refimpl.edition import Difference, Edition, compare

app = typer.Typer()

EditionArgument = Annotated[
    str, typer.Argument(help="An edition by name, or an edition file of your own.")
]


Fact = dict[str, object]


@app.command()
def diff(before: EditionArgument, after: EditionArgument, as_json: Json = False) -> None:
    """Compare two editions, change by change."""
    old, new = edition_of(before), edition_of(after)
    groups: dict[str | None, list[Fact]] = {
        key: [] for key in new.changes if key not in old.changes
    }
    for one in compare(old, new):
        if one.table not in {"change", "source"}:
            groups.setdefault(one.change, []).append(_changed_facts(old, new, one))
    changes: list[Fact] = []
    tables: list[Table] = []
    for key, facts in groups.items():
        row = new.changes.get(key or "") or old.changes.get(key or "")
        says, basis = (row.says, str(row.basis)) if row else ("No change is named.", "")
        changes.append({"id": key, "says": says, "basis": basis, "differences": facts})
        tables.append(table_of(f"{key or '-'}  {says}  {basis}", facts))
    if not (changes or as_json):
        return print(f"no difference between {old.id} and {new.id}")
    return show(as_json, {"before": old.id, "after": new.id, "changes": changes}, *tables)


def _changed_facts(old: Edition, new: Edition, one: Difference) -> Fact:
    row = new.table(one.table).get(one.id) or old.table(one.table)[one.id]
    return {
        "table": one.table,
        "id": one.id,
        "field": one.field,
        "before": _plain_data(one.before),
        "after": _plain_data(one.after),
        "basis": str(getattr(row, "basis", "")),
    }


def _plain_data(side: object) -> object:
    """What stands on one side of a difference, as JSON has it."""
    return json.loads(json.dumps(side, default=as_data))
