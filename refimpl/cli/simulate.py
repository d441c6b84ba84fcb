"""`iec63119 simulate`: many services of a day at once, with transmissions that are lost.

An interruption leaves the totals of the sessions that were simulated until then.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Annotated

import typer

from refimpl.cli.ending import Refusal, ended_in_order
from refimpl.cli.inputs import LATEST, EditionOption, Json, ModeOption, did_you_mean, edition_of
from refimpl.cli.output import Table, progress_bar, show
from refimpl.lab.market import MOST, Market
from refimpl.lab.simulation import Engine, Plan, Totals, simulate
from refimpl.lab.simulation.plan import MOST_LOST
from refimpl.lab.simulation.totals import nothing_counted, totals_of
from refimpl.vocabulary import Mode

app = typer.Typer()

INTERRUPTED = 130
MOST_SESSIONS = 100_000_000
MOST_HOUSES = 16


@app.command("simulate")
def simulate_sessions(  # noqa: PLR0913, PLR0917 - every option is an argument
    sessions: Annotated[
        int, typer.Option(metavar="N", help="How many services.", min=1, max=MOST_SESSIONS)
    ] = 100_000,
    edition: EditionOption = LATEST,
    mode: ModeOption = Mode.CLEARING_HOUSE,
    csps: Annotated[
        int, typer.Option(metavar="N", help="How many CSPs.", min=1, max=MOST)
    ] = 1000,
    csos: Annotated[
        int, typer.Option(metavar="N", help="How many CSOs.", min=1, max=MOST)
    ] = 5000,
    houses: Annotated[
        int, typer.Option(metavar="N", help="How many clearing houses.", min=1, max=MOST_HOUSES)
    ] = 2,
    lose: Annotated[
        float,
        typer.Option(
            metavar="SHARE", help="Share of transmissions lost.", min=0, max=MOST_LOST
        ),
    ] = 0.0,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the dice.", min=0)] = 0,
    events: Annotated[
        bool, typer.Option("--events", help="Event by event, without numpy; slower.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Simulate services of a day, many at once.

    Each session follows the session table of the edition.  What is lost is said again after
    five seconds.  The same seed gives the same totals, in arrays and event by event.  Which
    journeys are made, and how often, is this model's choice: most charge, some are refused,
    ordered, booked, cancelled, corrected or taken back.
    """
    if not events and find_spec("numpy") is None:
        raise Refusal("arrays need numpy", "add --events, or install the extra explorer", 2)
    asked = edition_of(edition)
    with did_you_mean((mode, asked.modes)):
        plan = Plan(Market(asked, mode, csps, csos, houses=houses), lose=lose, seed=seed)
    totals = _simulated(plan, sessions, "events" if events else "arrays")
    complete = totals.sessions == sessions
    how = {"lose": lose, "seed": seed, "complete": complete}
    show(
        as_json, {**_market(plan), **how, **_as_json(totals)}, *_tables(plan, totals, sessions)
    )
    if not complete:
        raise typer.Exit(INTERRUPTED)


def _simulated(plan: Plan, sessions: int, engine: Engine) -> Totals:
    """Simulate until the end, or until an interruption: then what there is."""
    totals = totals_of(plan, nothing_counted(plan))
    with ended_in_order(), progress_bar() as bar:
        task = bar.add_task("sessions", total=sessions)
        try:
            for totals in simulate(plan, sessions, engine):
                bar.update(task, completed=totals.sessions)
        except KeyboardInterrupt:
            if not totals.sessions:
                raise
    return totals


def _market(plan: Plan) -> dict[str, object]:
    market = plan.market
    return {
        "edition": market.edition.id,
        "mode": market.mode,
        "csps": market.csps,
        "csos": market.csos,
        "houses": market.houses,
    }


def _as_json(totals: Totals) -> dict[str, object]:
    phases = []
    for (home, visited), count in totals.phases.items():
        phases.append({"home-csp": home, "visited-cso": visited, "sessions": count})
    return {
        "sessions": totals.sessions,
        "transmissions": totals.transmissions,
        "lost": totals.lost,
        "repeated": totals.repeated,
        "messages": _by_kind(totals),
        "phases": phases,
        "heard by clearing houses": dict(totals.houses),
        "first question said again": {
            str(times): count for times, count in totals.asked_again.items()
        },
    }


def _by_kind(totals: Totals) -> dict[str, dict[str, int]]:
    """The transmissions of each kind of message, and those of them that were lost."""
    found = {}
    for kind, count in totals.kinds.items():
        found[kind] = {"transmissions": count, "lost": totals.lost_kinds.get(kind, 0)}
    return found


def _tables(plan: Plan, totals: Totals, sessions: int) -> list[Table]:
    market = plan.market
    title = (
        f"{totals.sessions:,} sessions, {market.mode}, edition {market.edition.id}, "
        f"{market.csps:,} CSPs and {market.csos:,} CSOs: {totals.transmissions:,} "
        f"transmissions, {totals.lost:,} lost, {totals.repeated:,} said again"
    )
    if totals.sessions < sessions:
        title += f" (interrupted: {sessions - totals.sessions:,} sessions are missing)"
    kinds = [("all", f"{totals.transmissions:,}", f"{totals.lost:,}")]
    for kind, of_kind in _by_kind(totals).items():
        kinds.append((kind, f"{of_kind['transmissions']:,}", f"{of_kind['lost']:,}"))
    ends = []
    for (home, visited), count in totals.phases.items():
        ends.append((home, visited, f"{count:,}", f"{count / totals.sessions:.2%}"))
    tables = [
        Table(title, ("message", "transmissions", "lost"), kinds),
        Table("at the end", ("home-csp", "visited-cso", "sessions", "share"), ends),
        Table(
            "first question said again, 5 seconds apart",
            ("times", "sessions"),
            _counts(totals.asked_again),
        ),
    ]
    if totals.houses:
        tables.append(
            Table("heard by clearing houses", ("house", "messages"), _counts(totals.houses))
        )
    return tables


def _counts(counts: Mapping[str, int] | Mapping[int, int]) -> list[tuple[str, str]]:
    return [(str(name), f"{count:,}") for name, count in counts.items()]
