"""`iec63119 diff`: what changed between two editions, change by change."""

import json
from typing import Annotated, Any

import typer

from refimpl.cli.inputs import Json, edition_of
from refimpl.cli.output import as_data, show, values
from refimpl.edition import Difference, Edition, compare

app = typer.Typer()

EditionArgument = Annotated[
    str, typer.Argument(help="An edition by name, or an edition file of your own.")
]


@app.command()
def diff(before: EditionArgument, after: EditionArgument, as_json: Json = False) -> None:
    """Compare two editions, change by change."""
    old, new = edition_of(before), edition_of(after)
    groups: dict[str | None, list[dict[str, Any]]] = {
        key: [] for key in new.changes if key not in old.changes
    }
    for one in compare(old, new):
        if one.table not in {"change", "source"}:
            groups.setdefault(one.change, []).append(_facts(old, new, one))
    known = {
        key: (row.says, str(row.basis)) for key, row in {**old.changes, **new.changes}.items()
    }
    told = [
        (key, *known.get(key or "", ("No change is named.", "")), rows)
        for key, rows in groups.items()
    ]
    heads = ("id", "says", "basis", "differences")
    if not (told or as_json):
        return print(f"no difference between {old.id} and {new.id}")
    return show(
        as_json,
        {
            "before": old.id,
            "after": new.id,
            "changes": [dict(zip(heads, one, strict=True)) for one in told],
        },
        *(
            (f"{key or '-'}  {says}  {basis}", rows[0] if rows else (), values(rows))
            for key, says, basis, rows in told
        ),
    )


def _facts(old: Edition, new: Edition, one: Difference) -> dict[str, Any]:
    row = new.table(one.table).get(one.id) or old.table(one.table)[one.id]
    before, after = (
        json.loads(json.dumps(side, default=as_data)) for side in (one.before, one.after)
    )
    basis = str(getattr(row, "basis", ""))
    return {
        "table": one.table,
        "id": one.id,
        "field": one.field,
        "before": before,
        "after": after,
        "basis": basis,
    }
