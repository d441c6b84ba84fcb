"""What of an edition is reached while endpoints speak and hear: which rows of its session table
their services take, and by which rules they refuse.

It is read off each call: what the endpoint was before, what came of it, and what was said.  A
row is taken where a service is another value than before.

Rules: SES-*.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from refimpl.endpoint import Outcome, RoamingEndpoint
from refimpl.messages import ANSWER_KINDS, Said
from refimpl.session import Step, table_of
from refimpl.vocabulary import Phase, Role


class Spoken(NamedTuple):
    """What is said about a service: by which entity, and under which correlation id."""

    sender: str
    correlation_id: str
    message: Said


class Reached:
    """The rows of the session table that were taken so far, and the rules that were refused
    by.

    >>> from refimpl.edition import load
    >>> from refimpl.play.player import play
    >>> reached = play("charge", load("2025")).reached
    >>> len(reached.steps), sorted(reached.rules)
    (6, [])
    """

    def __init__(self) -> None:
        self.steps: set[Step] = set()
        self.rules: set[str] = set()

    def note(self, before: RoamingEndpoint, outcome: Outcome, spoken: Spoken) -> None:
        """Keep what a call of an endpoint has reached, which was said or heard."""
        self.rules.update(note.rule_id for note in outcome.notes)
        self.steps.update(_steps_taken(before, outcome, spoken))

    def add(self, other: Reached) -> None:
        """Keep what was reached elsewhere, too."""
        self.steps |= other.steps
        self.rules |= other.rules


def _steps_taken(before: RoamingEndpoint, outcome: Outcome, spoken: Spoken) -> Iterator[Step]:
    """Find the rows that lead from how a service stood to how it stands: that of what was said
    about it, and that of the answer it was given at once.
    """
    after = outcome.rep
    for key, session in after.sessions.items():
        known = before.sessions.get(key)
        if session is known or session.correlation_id != spoken.correlation_id:
            continue
        is_home = session.home_csp == after.entity_id
        own, other = Role.VISITED_CSO, Role.HOME_CSP
        if is_home:
            own, other = other, own
        said = [(own if spoken.sender == after.entity_id else other, spoken.message)]
        said += [(own, answer) for answer in _answers(outcome, spoken)]
        phase = known.phase if known else Phase.NEW
        for role, message in said:
            step = table_of(after.edition).step(phase, message, role)
            if step is not None:
                yield step
                phase = step.to


def _answers(outcome: Outcome, spoken: Spoken) -> Iterator[Said]:
    for one in outcome.sends:
        answer = one.envelope
        if (
            answer.message.kind in ANSWER_KINDS
            and answer.correlation_id == spoken.correlation_id
        ):
            yield answer.message
