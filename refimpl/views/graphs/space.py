"""The space of states that a small network can reach: as a graph folded by the phases that both
ends see, and as counts.

An arrow says what leads from one group of states to another; what leads nowhere else stands in
the words alone.  A double border is a group with quiet states: nothing is under way there.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from refimpl.edition import Edition
from refimpl.play.folding import Folded, Group, Phases, folded
from refimpl.play.opening import REPERTOIRES, opening
from refimpl.play.properties import EVERY
from refimpl.play.states import Search
from refimpl.play.world import FAULTS, NO_FAULTS, Bounds
from refimpl.views.kit.figure import Figure, digraph
from refimpl.views.kit.palette import ACCENT_FILL, ALARM, INK, MUTED, WASH
from refimpl.views.kit.table import Table
from refimpl.vocabulary import Mode

SPACES: Final = (
    (Mode.DIRECT, NO_FAULTS),
    (Mode.DIRECT, Bounds(lose=1)),
    (Mode.CLEARING_HOUSE, NO_FAULTS),
    (Mode.CLEARING_HOUSE, Bounds(lose=1)),
)
"""The spaces that are counted of each repertoire: a mode, and the faults."""

KEY: Final = (
    "\nA double border: some of its states are quiet. Coloured: both ends see one phase.\n"
    "A dashed arrow: only a fault leads there."
)


def state_graph(
    edition: Edition, story: str = "charging", mode: str = Mode.DIRECT, lose: int = 0
) -> Figure:
    """Draw the states of one service of a repertoire, folded by the phases of both ends; raises
    as `opening`.

    >>> from refimpl.edition import load
    >>> print(state_graph(load("2025")).text.splitlines()[0])
    24 states in 13 groups; every property holds.
    """
    search = Search(opening(story, edition, mode), Bounds(lose=lose), links=True)
    search.run()
    space = folded(search)
    graph = digraph("space", rankdir="TB", ranksep="0.4", nodesep="0.3")
    for phases, group in space.groups.items():
        graph.node(
            _name(phases),
            _label(edition, phases, group),
            peripheries="2" if group.quiet else "1",
            fillcolor=ACCENT_FILL if phases.home == phases.visited else WASH,
            style="rounded,filled",
        )
    for (source, target), verbs in space.edges.items():
        if source != target:
            faults = set(verbs) & set(FAULTS)
            only_faults = len(faults) == len(verbs)
            graph.edge(
                _name(source),
                _name(target),
                label=f" {', '.join(sorted(verbs))} ",
                color=ALARM if only_faults else INK,
                fontcolor=ALARM if only_faults else MUTED,
                style="dashed" if only_faults else "solid",
            )
    graph.attr(label=KEY, labelloc="b")
    label = edition.modes[mode].label
    title = f"States of one service, {story}, {label}, edition {edition.id}"
    return Figure(title, graph.source, "\n".join(_told(edition, search, space)))


def _name(phases: Phases) -> str:
    return f"{phases.home}-{phases.visited}"


def _label(edition: Edition, phases: Phases, group: Group) -> str:
    home, visited = edition.roles["home-csp"].label, edition.roles["visited-cso"].label
    ends = f"{home}: {phases.home}\n{visited}: {phases.visited}"
    return f"{ends}\n{_counted(group)}"


def _counted(group: Group) -> str:
    states = "1 state" if group.states == 1 else f"{group.states:,} states"
    return f"{states}, {group.quiet:,} quiet" if group.quiet else states


def _told(edition: Edition, search: Search, space: Folded) -> list[str]:
    if search.broken is None:
        outcome = "every property holds"
    else:
        outcome = f"{search.broken.id} does not hold: {search.broken.says}"
    told = [f"{search.count:,} states in {len(space.groups)} groups; {outcome}."]
    leads: dict[Phases, list[str]] = {}
    for (source, target), verbs in space.edges.items():
        where = "within it" if source == target else f"to {target.home} and {target.visited}"
        leads.setdefault(source, []).append(f"{_verbs(verbs)} {where}")
    for phases, group in space.groups.items():
        onward = "; ".join(leads.get(phases, ["nothing"]))
        ends = f"Home {phases.home}, visited {phases.visited}"
        told.append(f"{ends}, {_counted(group)}. What leads on: {onward}.")
    return told


def _verbs(verbs: Counter[str]) -> str:
    return ", ".join(f"{verb} {count:,}" for verb, count in sorted(verbs.items()))


def state_counts(edition: Edition, stories: Sequence[str] = tuple(REPERTOIRES)) -> Table:
    """Count the states of one service of each repertoire that an edition has, without faults
    and with one loss, and say whether all properties hold.

    >>> from refimpl.edition import load
    >>> state_counts(load("2025"), ["charging"]).rows
    (('charging', '24', '74', '42', '137', 'all hold'),)
    """
    known = [one for one in stories if REPERTOIRES[one].service in edition.services]
    rows = [_counts(edition, story) for story in known]
    columns = ["repertoire"]
    for mode, bounds in SPACES:
        faults = "one loss" if bounds.lose else "no faults"
        columns.append(f"{mode}, {faults}")
    caption = f"States of one service, edition {edition.id}"
    return Table(caption, (*columns, "properties"), tuple(rows))


def _counts(edition: Edition, story: str) -> tuple[str, ...]:
    counts = []
    broken = set()
    for mode, bounds in SPACES:
        search = Search(opening(story, edition, mode), bounds)
        search.run()
        counts.append(f"{search.count:,}")
        if search.broken is not None:
            broken.add(search.broken.id)
    return (story, *counts, " and ".join(sorted(broken)) + " breaks" if broken else "all hold")


def properties(edition: Edition) -> Table:
    """List what is looked at in every state, each with the rule that it rests on most.

    >>> from refimpl.edition import load
    >>> properties(load("2025")).rows[1][0]
    'once'
    """
    rows = [(one.id, one.says, f"{one.rule} {edition.sentence(one.rule)}") for one in EVERY]
    columns = ("property", "what holds", "rests on")
    return Table(f"Properties of every state, edition {edition.id}", columns, tuple(rows))
