"""The session as a machine: its phases, and the messages that lead from one to the next, drawn
from `session.STEPS`.

Rows that lead the same way are one arrow with a line for each message.  The picture can be
narrowed to what one role says, because the whole of it is large; the table is the same.
"""

from collections.abc import Iterable
from html import escape
from typing import Final

from refimpl.edition import load
from refimpl.session import FINAL, STEPS, Step, always
from refimpl.views.figure import INK, KIND_LOOK, Figure, digraph
from refimpl.vocabulary import Phase, Role

ROLE_COLOUR: Final = {
    Role.HOME_CSP: KIND_LOOK["csp"]["color"],
    Role.VISITED_CSO: KIND_LOOK["cso"]["color"],
}


def draw(edition: str = "2025", says: str = "both", steps: Iterable[Step] = STEPS) -> Figure:
    """The machine, narrowed to the messages of one role unless `says` is `both`.

    >>> print(draw("2025", "home-csp").text.splitlines()[1])
    asked, authorization-answer (positive) from home-CSP: granted. SES-2
    """
    roles = load(edition).roles
    rows = tuple(step for step in steps if says in ("both", step.by))
    graph = digraph("machine", rankdir="TB", ranksep="0.45", nodesep="0.2")
    for phase in Phase:
        if any(phase in (step.phase, step.to) for step in rows):
            graph.node(
                phase,
                f"<<b>{phase}</b>>",
                style="rounded,filled",
                fillcolor="#f4f4f4",
                peripheries="2" if phase in FINAL else "1",
            )
    for ends in dict.fromkeys((step.phase, step.to) for step in rows):
        met = [step for step in rows if (step.phase, step.to) == ends]
        lines = dict.fromkeys(_coloured(step) for step in met)
        colours = {ROLE_COLOUR[step.by] for step in met}
        graph.edge(
            *ends,
            label=f"<{'<br/>'.join(lines)}>",
            color=colours.pop() if len(colours) == 1 else INK,
        )
    key = (
        f'<font color="{colour}">{escape(roles[role].label)}</font>'
        for role, colour in ROLE_COLOUR.items()
    )
    graph.attr(
        label=f"<<br/>Said by the {' or the '.join(key)}. A double border: nothing follows.>",
        labelloc="b",
    )
    whose = "" if says == "both" else f", what the {roles[says].label} says"
    told = (
        f"{step.phase}, {_words(step)} from {roles[step.by].label}: {step.to}. {step.rule}"
        for step in rows
    )
    text = "\n".join([f"{len(rows)} rows: phase, message, next phase, rule.", *told])
    return Figure(f"A session, edition {edition}{whose}", graph.source, text)


def _coloured(step: Step) -> str:
    words = escape(_words(step)).replace(" (", "<br/>(")
    return f'<font color="{ROLE_COLOUR[step.by]}">  {words}</font>'


def _words(step: Step) -> str:
    kind = step.message.shape_name()
    return kind if step.when is always else f"{kind} ({step.when.name.replace('_', ' ')})"
