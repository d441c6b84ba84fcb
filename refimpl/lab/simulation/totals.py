"""What is counted of simulated sessions: by place and script while they run, then in words."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from refimpl.lab.simulation.plan import Plan


@dataclass(slots=True)
class Counts:
    """What was counted: transmissions and losses by place, sessions by script, and sessions by
    how often their first question was said again.
    """

    sent: list[int]
    lost: list[int]
    sessions: list[int]
    asked_again: Counter[int] = field(default_factory=Counter)

    def add(self, other: "Counts") -> None:
        """Count in what was counted of other sessions."""
        for mine, theirs in (
            (self.sent, other.sent),
            (self.lost, other.lost),
            (self.sessions, other.sessions),
        ):
            mine[:] = [one + another for one, another in zip(mine, theirs, strict=True)]
        self.asked_again.update(other.asked_again)


def nothing_counted(plan: Plan) -> Counts:
    """Counts of a plan in which nothing has been counted yet."""
    *_, places = plan.firsts
    return Counts([0] * places, [0] * places, [0] * len(plan.scripts))


@dataclass(frozen=True, slots=True)
class Totals:
    """What came of many sessions: their transmissions, those that were lost and those that
    repeat one before, in all and by kind; how many each clearing house heard; where the home
    and the visited side stood at the end; and how often first questions were said again.
    """

    sessions: int
    transmissions: int
    lost: int
    repeated: int
    kinds: Mapping[str, int]
    lost_kinds: Mapping[str, int]
    houses: Mapping[str, int]
    phases: Mapping[tuple[str, str], int]
    asked_again: Mapping[int, int]


def totals_of(plan: Plan, counts: Counts) -> Totals:
    """Tell in words what was counted."""
    kinds, lost_kinds = Counter[str](), Counter[str]()
    houses = Counter(dict.fromkeys(plan.market.names_of_houses, 0))
    phases = Counter[tuple[str, str]]()
    for (kind, receiver), sent, lost in zip(
        plan.places(), counts.sent, counts.lost, strict=True
    ):
        kinds[kind] += sent
        lost_kinds[kind] += lost
        if receiver in houses:
            houses[receiver] += sent - lost
    needed = 0
    for script, sessions in zip(plan.scripts, counts.sessions, strict=True):
        needed += sessions * len(script.transmissions)
        phases[str(script.home), str(script.visited)] += sessions
    return Totals(
        sessions=sum(counts.sessions),
        transmissions=sum(counts.sent),
        lost=sum(counts.lost),
        repeated=sum(counts.sent) - needed,
        kinds=dict(sorted((+kinds).items())),
        lost_kinds=dict(sorted((+lost_kinds).items())),
        houses=dict(houses),
        phases=dict(sorted((+phases).items())),
        asked_again=dict(sorted(counts.asked_again.items())),
    )
