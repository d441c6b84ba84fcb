"""The interfaces, the modes and the session of two editions side by side, with a mark on what
is added, removed or altered.

What differs is told apart by a sign and a word in its label, by the sort of its line, and last
by colour; what is the same is thin and grey.  Each picture is drawn twice: of the edition
before with what goes, of the edition after with what comes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final, Literal

from refimpl.edition import Edition, ModeRow
from refimpl.lab.amended_rows import RowChange, changed_rows
from refimpl.lab.amendment_told import MARKS
from refimpl.session import Step, table_of
from refimpl.views.kit.figure import KIND_LOOK, Figure, digraph
from refimpl.views.kit.labels import label, lines, term
from refimpl.views.kit.palette import ACCENT, ALARM, BROWN, FAINT, MUTED
from refimpl.vocabulary import Phase

Side = Literal["before", "after"]
SAME: Final = "same"

# fmt: off
LOOK: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({
    "added":   {"color": ACCENT, "fontcolor": ACCENT, "style": "bold",   "penwidth": "2.6"},
    "removed": {"color": ALARM,  "fontcolor": ALARM,  "style": "dashed", "penwidth": "2.2"},
    "altered": {"color": BROWN,  "fontcolor": BROWN,  "style": "dotted", "penwidth": "2.6"},
    SAME:      {"color": FAINT,  "fontcolor": MUTED,  "style": "solid",  "penwidth": "1"},
})
"""How a line looks by what becomes of it."""
KEY: Final = "bold +: added. dashed −: removed. dotted ≠: altered. thin and grey: the same."
# fmt: on


@dataclass(frozen=True, slots=True)
class Marks:
    """What becomes of the rows of one table, as one side shows it."""

    how_of: Mapping[str, str]

    @classmethod
    def of(cls, rows: Iterable[RowChange], table: str) -> "Marks":
        """Take the rows of a table together."""
        return cls({one.id: one.how for one in rows if one.table == table})

    def how(self, row_id: str) -> str:
        """What becomes of a row: `added`, `removed`, `altered` or `same`."""
        return self.how_of.get(row_id, SAME)

    def named(self, row_id: str, text: str) -> str:
        """A text led by the sign of what becomes of a row, and followed by the word."""
        how = self.how(row_id)
        return text if how == SAME else f"{MARKS[how]} {text}, {how}"


def pictures(before: Edition, after: Edition) -> dict[str, tuple[Figure, Figure]]:
    """Every picture of two editions by its name, the edition before and the one after; those in
    which something differs come first.

    >>> from refimpl.edition import load
    >>> list(pictures(load("2019"), load("2025")))
    ['interfaces', 'modes', 'session']
    """
    rows = changed_rows(before, after)
    differing: dict[str, tuple[Figure, Figure]] = {}
    same: dict[str, tuple[Figure, Figure]] = {}
    for name, (table, draw) in DRAWN.items():
        marks = Marks.of(rows, table)
        kept = differing if marks.how_of else same
        kept[name] = draw(before, marks, "before"), draw(after, marks, "after")
    return differing | same


def differing_pictures(before: Edition, after: Edition) -> tuple[str, ...]:
    """The names of the pictures in which something differs.

    >>> from refimpl.edition import load
    >>> differing_pictures(load("2019"), load("2025"))
    ('interfaces',)
    """
    tables = {one.table for one in changed_rows(before, after)}
    return tuple(name for name, (table, _) in DRAWN.items() if table in tables)


def _figure(
    name: str, edition: Edition, side: Side, marks: Marks, graph: Any, told: Iterable[str]
) -> Figure:
    graph.attr(label=f"<{lines(KEY, width=90)}>", labelloc="b", fontsize="10")
    words = [*told]
    if not marks.how_of:
        words = [f"Nothing differs in the {name}."]
    elif not words:
        words = ["Nothing is marked on this side; what differs is marked on the other."]
    when = "as it is" if side == "before" else "as amended"
    return Figure(f"{name.capitalize()}, {edition.id} {when}", graph.source, "\n".join(words))


# --- Interfaces -------------------------------------------------------------------------------


def _draw_interfaces(edition: Edition, marks: Marks, side: Side) -> Figure:
    """Draw the interfaces of an edition between the kinds of entity, each with its scope."""
    graph = digraph("interfaces", rankdir="LR", nodesep="0.45", ranksep="1.1")
    graph.attr("edge", dir="none")
    ends = {kind for row in edition.interfaces.values() for kind in row.between}
    for kind in sorted(ends):
        look = KIND_LOOK.get(kind, KIND_LOOK["cs"])
        graph.node(kind, label(*term(edition, kind).split(", ", 1)), **look)
    told = []
    for row in edition.interfaces.values():
        how = marks.how(row.id)
        words = f"{row.id}, {row.scope}"
        graph.edge(*row.between, label=label(marks.named(row.id, words)), **LOOK[how])
        if how != SAME:
            told.append(
                f"{marks.named(row.id, words)}: {' and '.join(row.between)}. {row.says}"
            )
    return _figure("interfaces", edition, side, marks, graph, told)


# --- Modes ------------------------------------------------------------------------------------


def _draw_modes(edition: Edition, marks: Marks, side: Side) -> Figure:
    """Draw the path of each roaming mode, and of what is brokered in it where that differs."""
    graph = digraph("modes", rankdir="LR", nodesep="0.15", ranksep="0.5")
    told = []
    for row in reversed([*edition.modes.values()]):  # the first is to stand at the top
        how = marks.how(row.id)
        standing = "extension" if row.extension else "in scope"
        words = marks.named(row.id, f"{row.label} ({standing})")
        with graph.subgraph(name=f"cluster_{row.id}") as cluster:
            cluster.attr(label=label(words, width=60), labeljust="l", margin="8")
            look = LOOK[how]
            cluster.attr(color=look["color"], fontcolor=look["fontcolor"])
            cluster.attr(style=f"rounded,{look['style']}", penwidth=look["penwidth"])
            _draw_paths(cluster, row, look)
        if how != SAME:
            told.append(f"{words}: {' to '.join(row.path)}. {row.says}")
    return _figure("modes", edition, side, marks, graph, told)


def _draw_paths(cluster: Any, row: ModeRow, look: Mapping[str, str]) -> None:
    paths = {"": row.path}
    if row.brokered_path:
        paths = {"for one user": row.path, "for many": row.brokered_path}
    for number, (what, path) in enumerate(paths.items()):
        names = [f"{row.id}-{number}-{place}" for place in range(len(path))]
        for name, node in zip(names, path, strict=True):
            shape = "hexagon" if node == "clearing-house" else "box"
            cluster.node(name, node, shape=shape, fontsize="10", margin="0.1,0.04", color=MUTED)
        for one, other in pairwise(names):
            words = what if one == names[0] else ""
            cluster.edge(one, other, label=words, color=look["color"], fontcolor=MUTED)


# --- The session ------------------------------------------------------------------------------


def _draw_session(edition: Edition, marks: Marks, side: Side) -> Figure:
    """Draw the phases of a service, with the words of those rows of the session table that
    differ; what is the same is a thin arrow.
    """
    steps = table_of(edition).steps
    graph = digraph("session", rankdir="TB", ranksep="0.4", nodesep="0.25")
    for phase in _phases(steps.values()):
        graph.node(phase, phase, style="rounded", color=MUTED, margin="0.1,0.04")
    for start, end in _unchanged(steps, marks):
        graph.edge(start, end, arrowsize="0.5", **LOOK[SAME])
    told = []
    for row_id, step in steps.items():
        how = marks.how(row_id)
        if how != SAME:
            words = marks.named(row_id, f"{step.message.shape_name()} {_condition(step)}")
            rule = f"from {step.by}, {step.rule}"
            graph.edge(step.phase, step.to, label=label(words, rule), **LOOK[how])
            told.append(f"{marks.named(row_id, row_id)}: to {step.to}. {step.rule}")
    return _figure("session", edition, side, marks, graph, told)


def _phases(steps: Iterable[Step]) -> Iterator[Phase]:
    reached = {phase for step in steps for phase in (step.phase, step.to)}
    yield from (phase for phase in Phase if phase in reached)


def _unchanged(steps: Mapping[str, Step], marks: Marks) -> dict[tuple[Phase, Phase], None]:
    """The ways between two phases on which nothing differs; what leads nowhere is left out."""
    ways: dict[tuple[Phase, Phase], None] = {}
    for row_id, step in steps.items():
        if marks.how(row_id) == SAME and step.phase is not step.to:
            ways[step.phase, step.to] = None
    return ways


def _condition(step: Step) -> str:
    name = step.when.name.replace("_", " ")
    return "" if name == "always" else f"({name})"


DRAWN: Final = MappingProxyType(
    {
        "interfaces": ("interface", _draw_interfaces),
        "modes": ("mode", _draw_modes),
        "session": ("step", _draw_session),
    }
)
"""Each picture: the table it is of, and how one side is drawn."""
