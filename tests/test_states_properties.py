"""That a property may be found not to hold: `answered`, which no search of the tests breaks, and
each half of `once` by itself, in scenes that were made by hand.
"""

from datetime import UTC, datetime

import pytest

from refimpl.edition import load
from refimpl.play.opening import opening
from refimpl.play.properties import PROPERTIES, Billed, Facts, Scene, Standing
from refimpl.vocabulary import Phase, Role

[ANSWERED] = [one for one in PROPERTIES if one.id == "answered"]
[ONCE] = [one for one in PROPERTIES if one.id == "once"]
BEGUN = opening("ordering", load("2025"))
# fmt: off
WAITS = [  # read off the session table: who asked for what an answer leads on
    (Phase.ASKED,      Role.VISITED_CSO),
    (Phase.COMMANDED,  Role.HOME_CSP),
    (Phase.BOOKING,    Role.HOME_CSP),
    (Phase.CANCELLING, Role.HOME_CSP),
    (Phase.RELEASING,  Role.HOME_CSP),
    (Phase.DISPUTED,   Role.HOME_CSP),
]
# fmt: on


def scene(
    phase: Phase, at: Role, *, quiet: bool = True, lost: bool = False, forgot: bool = False
) -> Scene:
    """A scene in which one end sees the service in a phase, and the other knows nothing of it."""
    setting = BEGUN.parts[0].setting
    facts = {setting.home_csp: Facts((Standing(),)), setting.visited_cso: Facts((Standing(),))}
    waits = setting.home_csp if at is Role.HOME_CSP else setting.visited_cso
    facts[waits] = Facts((Standing(phase=phase),))
    return Scene(BEGUN, facts, quiet, lost, forgot)


@pytest.mark.parametrize(("phase", "role"), WAITS)
def test_an_end_that_waits(phase: Phase, role: Role) -> None:
    other = Role.VISITED_CSO if role is Role.HOME_CSP else Role.HOME_CSP
    assert not ANSWERED.holds(scene(phase, role))
    assert ANSWERED.holds(scene(phase, other))


@pytest.mark.parametrize(("phase", "role"), WAITS)
def test_nothing_is_said_before_all_is_quiet(phase: Phase, role: Role) -> None:
    assert ANSWERED.holds(scene(phase, role, quiet=False))
    assert ANSWERED.holds(scene(phase, role, lost=True))


def test_no_other_phase_waits() -> None:
    waiting = {phase for phase, _ in WAITS}
    for phase in {*Phase} - waiting:
        for role in (Role.HOME_CSP, Role.VISITED_CSO):
            assert ANSWERED.holds(scene(phase, role)), phase


# --- Once -------------------------------------------------------------------------------------


def billed(record_id: str, start: int, end: int, **others: object) -> Billed:
    """A record of energy from one hour to another at an EVSE."""
    told = {"evse_id": "DEAB7E8406487", "energy": True, **others}
    hours = {"started_at": datetime(2025, 7, 8, start, tzinfo=UTC)}
    hours["ended_at"] = datetime(2025, 7, 8, end, tzinfo=UTC)
    return Billed(record_id=record_id, **hours, **told)  # type: ignore[arg-type] # by its name


FIRST = billed("r-1", 12, 14)
# fmt: off
OTHERS = [
    (billed("r-2", 14, 15),                          True),
    (billed("r-2", 11, 12),                          True),
    (billed("r-2", 13, 15),                          False),
    (billed("r-2", 11, 13),                          False),
    (billed("r-2", 12, 14),                          False),
    (billed("r-2", 13, 15, evse_id="DEAB7E8406499"), True),
    (billed("r-2", 13, 15, energy=False),            True),
    (billed("r-1", 16, 17),                          False),
    (billed("r-1", 16, 17, energy=False),            False),
]
# fmt: on


@pytest.mark.parametrize(("other", "holds"), OTHERS)
@pytest.mark.parametrize("waits", [False, True])
def test_once(other: Billed, holds: bool, waits: bool) -> None:
    """Two records at the home-CSP, both counted, or one that waits for its service."""
    begun = opening("charging", load("2025"), services=2)
    setting = begun.parts[0].setting
    first, second = Standing(billed=FIRST), Standing(billed=None if waits else other)
    waiting = (other,) if waits else ()
    facts = {setting.home_csp: Facts((first, second), waiting)}
    facts[setting.visited_cso] = Facts((Standing(), Standing()))
    assert ONCE.holds(Scene(begun, facts, False, False, False)) is holds
