"""The session as a machine: its phases, and the messages that lead from one to the next, drawn
from the session table of an edition.

Rows that lead the same way are one arrow with a line for each message; what changes no phase
stands within the phase, and of that what only comes too late is one line.  The picture can be
narrowed to what one role says, because the whole of it is large; the table is the same.
"""

from collections.abc import Iterable
from html import escape
from typing import Any, Final

from refimpl.edition import Edition
from refimpl.session import FINAL, Step, always, table_of
from refimpl.views.kit.figure import KIND_LOOK, Figure, digraph
from refimpl.views.kit.palette import INK, MUTED, WASH
from refimpl.vocabulary import Phase, Role

ROLE_COLOUR: Final = {
    Role.HOME_CSP: KIND_LOOK["csp"]["color"],
    Role.VISITED_CSO: KIND_LOOK["cso"]["color"],
}
ROLE_MARK: Final = {Role.HOME_CSP: "●", Role.VISITED_CSO: "■"}
"""Round and square, as the boxes of a CSP and a CSO are in every picture."""
TOO_LATE: Final = "SES-9"
"""The rule of what crossed news on its way and changes nothing."""


def session_machine(
    edition: Edition, says: str = "both", steps: Iterable[Step] | None = None
) -> Figure:
    """Draw the machine of an edition, or of other steps, narrowed to the messages of one role
    unless `says` is `both`.

    >>> from refimpl.edition import load
    >>> print(session_machine(load("2025"), "home-csp").text.splitlines()[1])
    asked, authorization-answer (positive) from home-CSP: granted. SES-2
    """
    every = table_of(edition).steps.values() if steps is None else steps
    rows = [step for step in every if says in ("both", step.by)]
    arrows: dict[tuple[Phase, Phase], list[Step]] = {}
    for step in rows:
        arrows.setdefault((step.phase, step.to), []).append(step)
    graph = digraph("machine", rankdir="TB", ranksep="0.3", nodesep="0.03")
    graph.attr("node", margin="0.1,0.06")
    reached = {phase for ends in arrows for phase in ends}
    for phase in Phase:
        if phase in reached:
            _draw_phase(graph, phase, arrows.pop((phase, phase), []))
    for (start, end), along in arrows.items():
        colours = {ROLE_COLOUR[step.by] for step in along}
        colour = colours.pop() if len(colours) == 1 else INK
        label = "<br/>".join(_coloured(along))
        graph.edge(start, end, label=f"<{label}>", color=colour)
    graph.attr(label=_key(edition), labelloc="b")
    whose = "" if says == "both" else f", what the {edition.roles[says].label} says"
    told = [f"{len(rows)} rows: phase, message, next phase, rule."]
    for step in rows:
        said = f"{step.phase}, {_message_of(step)} from {edition.roles[step.by].label}"
        told.append(f"{said}: {step.to}. {step.rule}")
    return Figure(f"A session, edition {edition.id}{whose}", graph.source, "\n".join(told))


# A graph of graphviz has no types.
def _draw_phase(graph: Any, phase: Phase, staying: list[Step]) -> None:
    look = {"style": "rounded,filled", "fillcolor": WASH}
    border = "2" if phase in FINAL else "1"
    in_time = [one for one in staying if one.rule != TOO_LATE]
    lines = [f"<b>{phase}</b>", *_coloured(in_time)]
    if len(in_time) < len(staying):
        lines.append(f'<font color="{MUTED}">what is too<br/>late ({TOO_LATE})</font>')
    first, *others = lines
    label = "<br/>".join([first, *(f'<font point-size="10">{line}</font>' for line in others)])
    graph.node(phase, f"<{label}>", peripheries=border, **look)


def _key(edition: Edition) -> str:
    roles = []
    for role, colour in ROLE_COLOUR.items():
        label = f"{ROLE_MARK[role]} {escape(edition.roles[role].label)}"
        roles.append(f'<font color="{colour}">{label}</font>')
    said = " or the ".join(roles)
    told = "Within a phase: what leaves it as it is. A double border: nothing follows."
    return f"<<br/>Said by the {said}.<br/>{told}>"


def _coloured(steps: Iterable[Step]) -> list[str]:
    """A line for each message, and one for its conditions, in the colour and with the mark of
    the role that says it; narrow, so that the whole machine fits a page.
    """
    conditions: dict[tuple[str, Role], list[str]] = {}
    for step in steps:
        said = conditions.setdefault((step.message.shape_name(), step.by), [])
        if step.when is not always:
            said.append(step.when.name.replace("_", " "))
    lines = []
    for (kind, role), when in conditions.items():
        what, hyphen, sort = kind.rpartition("-")
        words = f"{what}{hyphen}<br/>{sort}" if what else kind
        if when:
            words += f"<br/>({', '.join(when)})"
        lines.append(
            f'<font color="{ROLE_COLOUR[role]}">&#160;{ROLE_MARK[role]} {words}</font>'
        )
    return lines


def _message_of(step: Step) -> str:
    kind = step.message.shape_name()
    if step.when is always:
        return kind
    return f"{kind} ({step.when.name.replace('_', ' ')})"
