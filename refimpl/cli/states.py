"""`iec63119 states`: all states that a small network can reach, and whether every property
holds in them.

An interruption tells what was found until then.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from refimpl.cli.ending import Refusal, ended_in_order
from refimpl.cli.inputs import (
    LATEST,
    EditionOption,
    Json,
    ModeOption,
    StrategyOption,
    did_you_mean,
    edition_of,
    require_known,
)
from refimpl.cli.output import Table, progress_bar, show
from refimpl.edition import Edition
from refimpl.lab.amendment_told import counted
from refimpl.play.journeys import JOURNEYS
from refimpl.play.lacking import lacking, lacks
from refimpl.play.opening import MOST_SERVICES, REPERTOIRES, opening, stories_of
from refimpl.play.properties import EVERY
from refimpl.play.states import Search
from refimpl.play.traces import Step, steps_of, token_of
from refimpl.play.trials import Trial, session_rules, try_without
from refimpl.play.world import Bounds, World
from refimpl.vocabulary import Mode, Strategy

app = typer.Typer()

INTERRUPTED = 130
STEPS = ("", "action", "which is", "found wrong")


Losses = Annotated[int, typer.Option(min=0, max=9, metavar="N", help="How many losses.")]
Doubles = Annotated[int, typer.Option(min=0, max=9, metavar="N", help="How many repetitions.")]
Delays = Annotated[int, typer.Option(min=0, max=9, metavar="N", help="How many delays.")]
Restarts = Annotated[int, typer.Option(min=0, max=9, metavar="N", help="How many restarts.")]
Forgets = Annotated[
    int,
    typer.Option(min=0, max=9, metavar="N", help="How many endpoints lose everything."),
]


class Spent(NamedTuple):
    """How long a search took, and for how long of that a processor was at work."""

    seconds: float
    processor_seconds: float


@app.command("states")
def list_states(  # noqa: PLR0913, PLR0917 - every option is an argument
    context: typer.Context,
    story: Annotated[
        str,
        typer.Argument(
            help=f"What may be said: {', '.join(REPERTOIRES)}, or a journey.",
            autocompletion=lambda: [*REPERTOIRES, *JOURNEYS],
        ),
    ] = "charging",
    services: Annotated[
        int, typer.Option(min=1, max=MOST_SERVICES, metavar="N", help="How many services.")
    ] = 1,
    lose: Losses = 0,
    double: Doubles = 0,
    delay: Delays = 0,
    restart: Restarts = 0,
    forget: Forgets = 0,
    edition: EditionOption = LATEST,
    mode: ModeOption = Mode.CLEARING_HOUSE,
    strategy: StrategyOption = Strategy.FORWARD,
    blocked: Annotated[
        bool, typer.Option("--blocked", help="The home-CSP does not honour the contract.")
    ] = False,
    off: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="Switch a rule off; repeatable."),
    ] = None,
    each: Annotated[
        bool,
        typer.Option("--each", help="Switch each SES rule off in turn, in spaces of its own."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Explore all states of a small network, and check them.

    Messages arrive in any order, and each side says what its endpoint lets it say.  Exit code 1
    where a property does not hold: then the shortest way there is shown, with a token that
    opens it in notebook 12.
    """
    asked = edition_of(edition)
    with did_you_mean(*((rule, asked.rules) for rule in off or ())):
        asked = lacking(asked, off or ())
    if each:
        _check_alone(context)
        _try_each(asked, as_json)
        return
    require_known("story", story, {**REPERTOIRES, **JOURNEYS, **stories_of(asked)})
    with did_you_mean((mode, asked.modes), (strategy, asked.strategies)):
        begun = opening(story, asked, mode, strategy, services=services, valid=not blocked)
    _search(Search(begun, Bounds(lose, double, delay, restart, forget)), as_json)


def _search(search: Search, as_json: bool) -> None:
    """Search until the end, or until an interruption, and tell what there is."""
    began, computed = time.perf_counter(), time.process_time()
    interrupted = False
    with ended_in_order(), progress_bar() as bar:
        task = bar.add_task("0 states", total=None)
        try:
            search.run(lambda count: bar.update(task, description=f"{count:,} states"))
        except KeyboardInterrupt:
            interrupted = True
    spent = Spent(time.perf_counter() - began, time.process_time() - computed)
    world = search.broken.world if search.broken else None
    steps = list(steps_of(world)) if world else []
    told = {**_as_json(search, spent), "token": token_of(world) if world else None}
    told["steps"] = [step._asdict() for step in steps]
    tables = [_summary(search, spent)]
    if world:
        tables.append(_way(search, world, steps))
    show(as_json, told, *tables)
    if interrupted:
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(1 if search.broken else 0)


def _as_json(search: Search, spent: Spent) -> dict[str, object]:
    begun = search.opening
    return {
        "story": begun.story,
        "edition": begun.edition.id,
        "off": list(lacks(begun.edition)),
        "mode": begun.mode,
        "strategy": begun.strategy,
        "services": begun.services,
        "bounds": search.bounds._asdict(),
        "states": search.count,
        "edges": search.followed,
        "depth": search.depth,
        "complete": search.complete,
        "seconds": round(spent.seconds, 1),
        "processor_seconds": round(spent.processor_seconds, 1),
        "peak_megabytes": peak_megabytes(),
        "broken": search.broken.id if search.broken else None,
    }


def _summary(search: Search, spent: Spent) -> Table:
    begun = search.opening
    title = f"{search.count:,} states"
    if not search.complete:
        title += " so far" if search.broken is None else " until a property broke"
    title += f" of {begun.services} x {begun.story}, {begun.mode}, edition {begun.edition.id}"
    if lacks(begun.edition):
        title += f" without {', '.join(lacks(begun.edition))}"
    title += f": {spent.seconds:.1f} s ({spent.processor_seconds:.1f} s of a processor)"
    title += f", at most {peak_megabytes():,} MB"
    rows = [(one.id, _verdict(search, one.id), one.says) for one in EVERY]
    return Table(title, ("property", "holds", "says"), rows)


def _verdict(search: Search, name: str) -> str:
    if search.broken is not None:
        return "no" if search.broken.id == name else "-"
    return "yes" if search.complete else "so far"


def _way(search: Search, world: World, steps: list[Step]) -> Table:
    assert search.broken is not None
    title = f"{search.broken.id} does not hold after {len(steps)} actions: {token_of(world)}"
    return Table(title, STEPS, [(number, *step) for number, step in enumerate(steps, 1)])


def peak_megabytes() -> int:
    """The most memory that this process has had, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    import resource  # not on Windows, which has no /proc either

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most // (2**20 if sys.platform == "darwin" else 2**10))


# --- Each rule in turn ------------------------------------------------------------------------


BESIDE_EACH = ("as_json", "each", "edition", "off")
"""What may be said along with `--each`."""


def _check_alone(context: typer.Context) -> None:
    """Refuse what trials of each rule would take no notice of."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if source and source.name == "COMMANDLINE" and name not in BESIDE_EACH:
            said = f"--each has stories, a mode and faults of its own, and no {name}"
            raise Refusal(said, f"leave out {name}, or --each", 2)


def _try_each(edition: Edition, as_json: bool) -> None:
    trials: list[Trial] = []
    interrupted = False
    rules = session_rules(edition)
    with ended_in_order(), progress_bar() as bar:
        task = bar.add_task("rules", total=len(rules))
        try:
            for trial in _trials(edition, rules):
                trials.append(trial)
                bar.advance(task)
        except KeyboardInterrupt:
            interrupted = True
    title = f"{counted(len(trials), 'rule')} of a service, edition {edition.id}"
    title += ", each switched off in turn"
    rows = [(one.rule, one.says, came_of(one), _length_of(one)) for one in trials]
    table = Table(title, ("rule", "says", "without it", "actions"), rows)
    show(as_json, [_trial_as_json(one) for one in trials], table)
    if interrupted:
        raise typer.Exit(INTERRUPTED)


def _trials(edition: Edition, rules: tuple[str, ...]) -> Iterator[Trial]:
    for rule in rules:
        yield try_without(edition, rule)


def came_of(trial: Trial) -> str:
    """Say in short what came of a rule that was switched off."""
    if trial.broken is None:
        return "no property breaks"
    return f"{trial.broken.id} breaks"


def _length_of(trial: Trial) -> int | None:
    return len(trial.broken.world.trace) if trial.broken else None


def _trial_as_json(trial: Trial) -> dict[str, object]:
    return {
        "rule": trial.rule,
        "states": trial.states,
        "broken": trial.broken.id if trial.broken else None,
        "token": token_of(trial.broken.world) if trial.broken else None,
    }
