"""`iec63119 modes`: what each way of roaming costs in a market of one size."""

from fractions import Fraction
from typing import Annotated

import typer

from refimpl.cli.inputs import LATEST, EditionOption, Json, edition_of
from refimpl.cli.output import show, table_of
from refimpl.lab.exposure import ways_of
from refimpl.lab.market import MOST
from refimpl.lab.mode_costs import Costs, costs

app = typer.Typer()


@app.command("modes")
def compare_modes(
    edition: EditionOption = LATEST,
    csps: Annotated[
        int, typer.Option(metavar="N", help="How many CSPs.", min=1, max=MOST)
    ] = 1000,
    csos: Annotated[
        int, typer.Option(metavar="N", help="How many CSOs.", min=1, max=MOST)
    ] = 5000,
    as_json: Json = False,
) -> None:
    """Compare what each way of roaming costs.

    Each figure is exact, over all pairs of a CSP and a CSO, for one service in which a vehicle
    is charged: links between endpoints, hops of its question, transmissions, clearing houses
    whose outage alone cuts off pairs, and who besides the two learns something of the user.
    """
    asked = edition_of(edition)
    facts = [_facts(costs(asked, way, csps, csos)) for way in ways_of(asked)]
    title = f"{csps:,} CSPs and {csos:,} CSOs, edition {asked.id}"
    show(as_json, facts, table_of(title, facts))


def _facts(found: Costs) -> dict[str, object]:
    return {
        "way of roaming": found.way,
        "links": found.links,
        "hops": _number(found.hops),
        "transmissions": _number(found.messages),
        "single points": found.single_points,
        "pairs cut off": _number(found.cut_off),
        "learners": _number(found.learners),
        "discloses": list(found.discloses),
    }


def _number(exact: Fraction) -> int | float:
    """A figure as JSON has it: a whole number where it is one."""
    return exact.numerator if exact.denominator == 1 else float(exact)
