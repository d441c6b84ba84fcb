"""`iec63119 vectors find`: vectors by family, outcome, rule, edition and words."""

from typing import Annotated

import typer

from refimpl.cli.inputs import nearest
from refimpl.cli.output import Table, show
from refimpl.cli.vectors import AsJson, Dir, app, readable_suite
from refimpl.vectors.suite import Suite, read_suite

OUTCOMES = ("accept", "reject", "by edition")


@app.command()
def find(
    folder: Dir,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORD]...", help="Words of its id, title, reason or rules."),
    ] = None,
    family: Annotated[str, typer.Option(help="Only of this family.")] = "",
    outcome: Annotated[str, typer.Option(help="accept, reject or 'by edition'.")] = "",
    rule: Annotated[str, typer.Option(help="Only those that exercise this rule.")] = "",
    edition: Annotated[str, typer.Option(help="Only those of this edition.")] = "",
    as_json: AsJson = False,
) -> None:
    """Find vectors by family, outcome, rule, edition and words.

    Exit code 1 where there is none.  iec63119 conform explain ID tells one whole.
    """
    with readable_suite(folder):
        from refimpl.vectors.finding import Query, outcome_of
        from refimpl.vectors.finding import find as found_by

        suite = read_suite(folder)
        _check_names(suite, family, outcome, rule.upper(), edition)
        query = Query(family, outcome, rule.upper(), edition, tuple(words or ()))
        found = [*found_by(suite, query)]
    rows = [(one["id"], outcome_of(one), one["editions"], one["title"]) for one in found]
    title = f"{len(rows)} of {len(suite.tests)} vectors"
    show(as_json, found, Table(title, ("vector", "outcome", "editions", "title"), rows))
    raise typer.Exit(0 if found else 1)


def _check_names(suite: Suite, family: str, outcome: str, rule: str, edition: str) -> None:
    """Refuse a name that no vector could have."""
    known = {
        "family": (family, suite.families),
        "outcome": (outcome, OUTCOMES),
        "rule": (rule, {rule for test in suite.tests for rule in test["rules"]}),
        "edition": (edition, {name for test in suite.tests for name in test["editions"]}),
    }
    for what, (name, names) in known.items():
        if name and name not in names:
            there_are = f"there are {', '.join(sorted(names)[:3])} and others"
            way_out = nearest(name, names) or there_are
            raise typer.BadParameter(f"no vector has the {what} {name!r}; {way_out}")
