"""One step of a story in detail: where both ends stand, the row of the session table, what was
noted, and every member of the message with the rule that speaks most of it.
"""

import json
from collections.abc import Iterator
from html import escape

from refimpl.messages import Refusal
from refimpl.play.player import Story
from refimpl.session import Step, table_of
from refimpl.shapes import Sorted
from refimpl.views.film import sequence
from refimpl.views.kit.labels import rule
from refimpl.views.kit.rule_links import linked
from refimpl.views.kit.table import Table
from refimpl.vocabulary import Phase


def panel_of(story: Story, step: sequence.Shown) -> str:
    """Lay out a step in detail as HTML: where both ends stand, the row of the session table,
    what was noted, and every member.
    """
    edition, envelope = story.setting.edition, step.envelope
    names = sequence.names_in(story)
    stand = []
    for name, before, after in _ends(step):
        moved = str(after)
        if before != after:
            moved = f"{before} → <b>{after}</b>"
        stand.append(f"{escape(names[name])}: {moved}")
    row = _row(step)
    message = envelope.message
    rule_id = message.sort.rule
    if isinstance(message, Refusal):
        rule_id = message.rule
    leads = "no row of the session table"
    if row:
        rule_id = row.rule
        leads = f"{row.phase} → {row.to}, said by the {edition.roles[row.by].label}"
    lines = []
    if step.behind:
        happened = "; ".join(sequence.told(story, one) for one in step.behind)
        lines.append(f"<b>Before it.</b> {linked(happened)}.")
    lines.append(f"<b>Phases.</b> {'; '.join(stand)}.")
    lines.append(f"<b>Rule.</b> {leads}; {linked(rule(edition, rule_id))}")
    for note in step.frame.notes:
        noted = f"<b>Noted by {escape(names[step.frame.receiver])}.</b>"
        lines.append(f"{noted} {linked(edition.explain(note))}")
    rows = []
    for member, value, of_member in _members(envelope):
        rows.append((member, value, rule(edition, of_member)))
    title = f"Message {step.label}, member by member"
    table = Table(title, ("member", "value", "rule"), tuple(rows))
    return f"<p>{'<br>'.join(lines)}</p>\n{table.html()}"


def _ends(step: sequence.Shown) -> Iterator[tuple[str, Phase, Phase]]:
    """Name each end of the service, with its phase before and after a step."""
    ends = (step.setting.home_csp, step.setting.visited_cso)
    yield from zip(ends, step.before, step.after, strict=True)


def _row(step: sequence.Shown) -> Step | None:
    """Find the row of the session table that the message is for: of the phase its receiver is
    in, or else the first.
    """
    message, addressee = step.envelope.message, step.envelope.receiver
    table = table_of(step.setting.edition)
    rows = [row for row in table.steps.values() if row.message is type(message)]
    fitting = [row for row in rows if row.when(message)]
    for name, before, _ in _ends(step):
        for row in fitting:
            if name == addressee and row.phase is before:
                return row
    return next(iter(fitting), None)


def _members(said: Sorted, place: str = "") -> Iterator[tuple[str, str, str]]:
    """Every member with its value and its rule, what lies inside it spelt with dots.

    A refusal's rule has for its rule the one that it names.
    """
    told = type(said).members()
    for name, value in said.model_dump(mode="json", exclude_none=True).items():
        member = f"{place}.{name}" if place else name
        inner = getattr(said, name)
        if isinstance(inner, Sorted):
            yield from _members(inner, member)
        elif name not in told:
            for number, part in enumerate(inner):
                yield from _members(part, f"{member}.{number}")
        else:
            text = _as_text(value)
            names_rule = isinstance(said, Refusal) and name == "rule"
            yield member, text, text if names_rule else told[name].rule


def _as_text(value: object) -> str:
    match value:
        case list():
            return ", ".join(value)
        case bool():
            return str(value).lower()
        case dict():
            return json.dumps(value)
    return str(value)
