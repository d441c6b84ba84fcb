"""The session as a machine: its phases, and the messages that lead from one to the next, drawn
from `session.STEPS`.

Rows that lead the same way are one arrow with a line for each message.  The picture can be
narrowed to what one role says, because the whole of it is large; the table is the same.
"""

from collections.abc import Iterable
from html import escape
from typing import Any, Final

from refimpl.edition import Edition
from refimpl.session import FINAL, STEPS, Step, always
from refimpl.views.kit.figure import INK, KIND_LOOK, Figure, digraph
from refimpl.vocabulary import Phase, Role

ROLE_COLOUR: Final = {
    Role.HOME_CSP: KIND_LOOK["csp"]["color"],
    Role.VISITED_CSO: KIND_LOOK["cso"]["color"],
}


def session_machine(
    edition: Edition, says: str = "both", steps: Iterable[Step] = STEPS
) -> Figure:
    """Draw the machine, narrowed to the messages of one role unless `says` is `both`.

    >>> from refimpl.edition import load
    >>> print(session_machine(load("2025"), "home-csp").text.splitlines()[1])
    asked, authorization-answer (positive) from home-CSP: granted. SES-2
    """
    rows = [step for step in steps if says in ("both", step.by)]
    arrows: dict[tuple[Phase, Phase], list[Step]] = {}
    for step in rows:
        arrows.setdefault((step.phase, step.to), []).append(step)
    graph = digraph("machine", rankdir="TB", ranksep="0.45", nodesep="0.2")
    reached = {phase for ends in arrows for phase in ends}
    for phase in Phase:
        if phase in reached:
            _draw_phase(graph, phase)
    for (start, end), along in arrows.items():
        lines = dict.fromkeys(map(_coloured, along))
        colours = {ROLE_COLOUR[step.by] for step in along}
        colour = colours.pop() if len(colours) == 1 else INK
        graph.edge(start, end, label=f"<{'<br/>'.join(lines)}>", color=colour)
    graph.attr(label=_key(edition), labelloc="b")
    whose = "" if says == "both" else f", what the {edition.roles[says].label} says"
    told = [f"{len(rows)} rows: phase, message, next phase, rule."]
    for step in rows:
        said = f"{step.phase}, {_message_of(step)} from {edition.roles[step.by].label}"
        told.append(f"{said}: {step.to}. {step.rule}")
    return Figure(f"A session, edition {edition.id}{whose}", graph.source, "\n".join(told))


# A graph of graphviz has no types.
def _draw_phase(graph: Any, phase: Phase) -> None:
    look = {"style": "rounded,filled", "fillcolor": "#f4f4f4"}
    border = "2" if phase in FINAL else "1"
    graph.node(phase, f"<<b>{phase}</b>>", peripheries=border, **look)


def _key(edition: Edition) -> str:
    roles = []
    for role, colour in ROLE_COLOUR.items():
        roles.append(f'<font color="{colour}">{escape(edition.roles[role].label)}</font>')
    said = " or the ".join(roles)
    return f"<<br/>Said by the {said}. A double border: nothing follows.>"


def _coloured(step: Step) -> str:
    words = escape(_message_of(step)).replace(" (", "<br/>(")
    return f'<font color="{ROLE_COLOUR[step.by]}">  {words}</font>'


def _message_of(step: Step) -> str:
    kind = step.message.shape_name()
    if step.when is always:
        return kind
    return f"{kind} ({step.when.name.replace('_', ' ')})"
