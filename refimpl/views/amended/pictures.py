"""The interfaces, the modes and the session of two editions side by side, with a mark on what
is added, removed or altered.

What differs is told apart by a sign and a word in its label, by the sort of its line, and last
by colour; what is the same is thin and grey.  Each picture is drawn twice: of the edition
before with what goes, of the edition after with what comes.  Both are laid out as one, so that
what stays has the same place in both.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from refimpl.edition import Edition, ModeRow
from refimpl.lab.amended_rows import RowChange, changed_rows
from refimpl.lab.amendment_told import MARKS
from refimpl.session import Step, table_of
from refimpl.views.kit.figure import KIND_LOOK, Figure, digraph
from refimpl.views.kit.labels import label, lines, term
from refimpl.views.kit.palette import ACCENT, ALARM, BROWN, FAINT, MUTED
from refimpl.vocabulary import Phase

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


Look = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sketch:
    """What one side shows: frames by their id, nodes by frame and name, lines by frame, ends
    and label, each with its look; and what is told of it.

    What is in no frame has `""` for one.
    """

    frames: dict[str, Look] = field(default_factory=dict)
    nodes: dict[tuple[str, str], Look] = field(default_factory=dict)
    lines: dict[tuple[str, str, str, str], Look] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)


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
    for name, picture in DRAWN.items():
        marks = Marks.of(rows, picture.table)
        kept = differing if marks.how_of else same
        kept[name] = _both_sides(name, before, after, marks)
    return differing | same


def differing_pictures(before: Edition, after: Edition) -> tuple[str, ...]:
    """The names of the pictures in which something differs.

    >>> from refimpl.edition import load
    >>> differing_pictures(load("2019"), load("2025"))
    ('interfaces',)
    """
    tables = {one.table for one in changed_rows(before, after)}
    return tuple(name for name, picture in DRAWN.items() if picture.table in tables)


def _both_sides(
    name: str, before: Edition, after: Edition, marks: Marks
) -> tuple[Figure, Figure]:
    picture = DRAWN[name]
    was, comes = picture.sketch(before, marks), picture.sketch(after, marks)
    whole = Sketch(was.frames | comes.frames, was.nodes | comes.nodes, was.lines | comes.lines)
    sides = []
    for shown, title in (
        (was, f"{name.capitalize()}, {before.id} as it is"),
        (comes, f"{name.capitalize()}, {after.id} as amended"),
    ):
        graph = digraph(name, **picture.layout)
        graph.attr("edge", fontsize="11")
        _draw(graph, whole, shown)
        graph.attr(label=f"<<br/>{lines(KEY, width=60)}>", labelloc="b")
        sides.append(Figure(title, graph.source, "\n".join(_words(name, shown, marks))))
    return sides[0], sides[1]


def _words(name: str, shown: Sketch, marks: Marks) -> list[str]:
    if not marks.how_of:
        return [f"Nothing differs in the {name}."]
    if not shown.told:
        return ["Nothing is marked on this side; what differs is marked on the other."]
    return shown.told


# A graph of graphviz has no types.
def _draw(graph: Any, whole: Sketch, shown: Sketch) -> None:
    """Lay out both sides together, and leave unseen what one of them has not."""
    for frame, look in reversed(whole.frames.items()):  # the first is to stand at the top
        with graph.subgraph(name=f"cluster_{frame}") as cluster:
            cluster.attr(**shown.frames.get(frame, {**look, **UNSEEN}))
            _draw_frame(cluster, frame, whole, shown)
    _draw_frame(graph, "", whole, shown)


def _draw_frame(graph: Any, within: str, whole: Sketch, shown: Sketch) -> None:
    for (frame, name), look in whole.nodes.items():
        if frame == within:
            graph.node(name, **shown.nodes.get((frame, name), {**look, **UNSEEN}))
    for line, look in whole.lines.items():
        frame, start, end, words = line
        if frame == within:
            graph.edge(start, end, label=words, **shown.lines.get(line, {**look, **UNSEEN}))


UNSEEN: Final = MappingProxyType({"style": "invis"})


# --- Interfaces -------------------------------------------------------------------------------


def _sketch_interfaces(edition: Edition, marks: Marks) -> Sketch:
    """The interfaces of an edition between the kinds of entity, each with its scope."""
    sketch = Sketch()
    ends = {kind for row in edition.interfaces.values() for kind in row.between}
    for kind in sorted(ends):
        words = label(*term(edition, kind).split(", ", 1))
        sketch.nodes["", kind] = {"label": words, **KIND_LOOK.get(kind, KIND_LOOK["cs"])}
    for row in edition.interfaces.values():
        how = marks.how(row.id)
        words = marks.named(row.id, f"{row.id}, {row.scope}")
        one, other = row.between
        sketch.lines["", one, other, label(words)] = {"dir": "none", **LOOK[how]}
        if how != SAME:
            sketch.told.append(f"{words}: {' and '.join(row.between)}. {row.says}")
    return sketch


# --- Modes ------------------------------------------------------------------------------------


def _sketch_modes(edition: Edition, marks: Marks) -> Sketch:
    """The path of each roaming mode, and of what is brokered in it where that differs."""
    sketch = Sketch()
    for row in edition.modes.values():
        how = marks.how(row.id)
        standing = "extension" if row.extension else "in scope"
        words = marks.named(row.id, f"{row.label} ({standing})")
        look = LOOK[how]
        sketch.frames[row.id] = {
            "label": label(words, width=60),
            "labeljust": "l",
            "margin": "8",
            "color": look["color"],
            "fontcolor": look["fontcolor"],
            "style": f"rounded,{look['style']}",
            "penwidth": look["penwidth"],
        }
        _sketch_paths(sketch, row, look["color"])
        if how != SAME:
            sketch.told.append(f"{words}: {' to '.join(row.path)}. {row.says}")
    return sketch


def _sketch_paths(sketch: Sketch, row: ModeRow, colour: str) -> None:
    paths = {"": row.path}
    if row.brokered_path:
        paths = {"for one user": row.path, "for many": row.brokered_path}
    for number, (what, path) in enumerate(paths.items()):
        names = [f"{row.id}-{number}-{place}-{kind}" for place, kind in enumerate(path)]
        for name, kind in zip(names, path, strict=True):
            shape = "hexagon" if kind == "clearing-house" else "box"
            look = {"shape": shape, "margin": "0.1,0.04", "color": MUTED}
            sketch.nodes[row.id, name] = {"label": kind, **look}
        for one, other in pairwise(names):
            words = what if one == names[0] else ""
            sketch.lines[row.id, one, other, words] = {"color": colour, "fontcolor": MUTED}


# --- The session ------------------------------------------------------------------------------


def _sketch_session(edition: Edition, marks: Marks) -> Sketch:
    """The phases of a service, with the words of those rows of the session table that differ;
    what is the same is a thin arrow.
    """
    sketch = Sketch()
    steps = table_of(edition).steps
    for phase in _phases(steps.values()):
        look = {"style": "rounded", "color": MUTED, "margin": "0.1,0.04"}
        sketch.nodes["", phase] = {"label": phase, **look}
    for start, end in _unchanged(steps, marks):
        sketch.lines["", start, end, ""] = {"arrowsize": "0.5", **LOOK[SAME]}
    for row_id, step in steps.items():
        how = marks.how(row_id)
        if how != SAME:
            words = marks.named(row_id, f"{step.message.shape_name()} {_condition(step)}")
            told = lines(words, f"from {step.by}, {step.rule}")
            sketch.lines["", step.phase, step.to, _apart(told)] = LOOK[how]
            sketch.told.append(f"{marks.named(row_id, row_id)}: to {step.to}. {step.rule}")
    return sketch


def _apart(told: str) -> str:
    """A label that keeps away from its own line."""
    return f'<<table border="0" cellpadding="6"><tr><td>{told}</td></tr></table>>'


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


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of an edition: the table it is of, what one side shows of it, and how it is
    laid out.
    """

    table: str
    sketch: Callable[[Edition, Marks], Sketch]
    layout: Look


DRAWN: Final = MappingProxyType(
    {
        "interfaces": Picture(
            "interface",
            _sketch_interfaces,
            {"rankdir": "LR", "nodesep": "0.45", "ranksep": "0.9"},
        ),
        "modes": Picture(
            "mode", _sketch_modes, {"rankdir": "LR", "nodesep": "0.15", "ranksep": "0.3"}
        ),
        "session": Picture("step", _sketch_session, {"rankdir": "TB", "ranksep": "0.4"}),
    }
)
"""Each picture by its name."""
