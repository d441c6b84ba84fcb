"""What an endpoint of a world holds, as a reader asks for it: where each service stands, its
record, what waits to be said, and what it knows; and what of it has changed.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from refimpl.endpoint import RoamingEndpoint
from refimpl.play.player import phase_at
from refimpl.play.telling import kind_in_short, record_in_short
from refimpl.play.world import World
from refimpl.session import Session
from refimpl.views.film.history import name_of, role_of
from refimpl.views.kit.table import Table

NOTHING: Final = "–"


class Held(NamedTuple):
    """One thing that an endpoint holds: what it is about, and what it says."""

    about: str
    says: str


def held_by(rep: RoamingEndpoint) -> Iterator[Held]:
    """List what an endpoint holds, in the order of a reader's questions."""
    for key in sorted(rep.sessions):
        yield from _of_service(rep.sessions[key])
    for pending in rep.outbox:
        said = "waits behind that"
        if pending.due is not None:
            said = f"said {_times(pending.tries)}, waits for its answer"
        yield Held(f"to {pending.peer}: {kind_in_short(pending.envelope.message)}", said)
    yield from _known(rep)
    for about, memory in (("answered", rep.seen), ("passed on", rep.relays)):
        many = len(memory.latest) + len(memory.before)
        if many:
            yield Held(f"requests it has {about}", str(many))


def _known(rep: RoamingEndpoint) -> Iterator[Held]:
    """What it was told of lists, EVSEs and records."""
    for csp, held in sorted(rep.lists.items()):
        yield Held(f"list of {csp}", f"{len(held.keys)} contracts, number {held.number}")
    for receiver, held in sorted(rep.listed.items()):
        yield Held(f"list for {receiver}", f"{len(held.keys)} contracts")
    for evse_id, status in sorted(rep.statuses.items()):
        yield Held(f"status of {evse_id}", status)
    for partner, unmatched in sorted(rep.ledger.unmatched.items()):
        yield Held(f"records of {partner} without a service", str(len(unmatched)))
    for partner, found in sorted(rep.differences.items()):
        counts = f"{len(found.besides)} more there, {len(found.lacks)} lacking there"
        yield Held(f"records compared with {partner}", counts)
    for asked, poll in sorted(rep.polls.items()):
        yield Held(f"asks many for {asked.peer}", f"{poll.waiting} answers are out")


def _of_service(session: Session) -> Iterator[Held]:
    of = session.correlation_id
    yield Held(f"{of}: phase", session.phase)
    if session.ground:
        yield Held(f"{of}: rests on", session.ground)
    if session.energy_wh:
        yield Held(f"{of}: energy told", f"{session.energy_wh:,} Wh")
    if session.record:
        yield Held(f"{of}: record", record_in_short(session.record))


def _times(many: int) -> str:
    return "once" if many == 1 else f"{many} times"


def changes(before: World, after: World) -> Iterator[Table]:
    """Table what each endpoint holds, and beside what has changed what it was before."""
    for name, rep in after.reps.items():
        was = dict(held_by(before.reps[name]))
        now = dict(held_by(rep))
        rows = []
        for about in dict.fromkeys((*now, *was)):
            old, new = was.get(about, NOTHING), now.get(about, NOTHING)
            change = _changed(old, new)
            rows.append((about, change, new, change and old))
        rows = rows or [("nothing yet", "", "", "")]
        columns = ("what", "changed", "now", "before")
        title = f"{name_of(after, name)}, {role_of(after, name)}"
        yield Table(title, columns, tuple(rows))


def _changed(old: str, new: str) -> str:
    """Tell what has become of something, in one word."""
    if old == new:
        return ""
    if old == NOTHING:
        return "new"
    if new == NOTHING:
        return "gone"
    return "changed"


def phases_in(world: World) -> Mapping[str, str]:
    """Tell where each end stands in each of its services, in the order of the services."""
    standing: dict[str, list[str]] = {}
    for part in world.opening.parts:
        setting = part.setting
        for name in (setting.home_csp, setting.visited_cso):
            phase = phase_at(world.reps[name], setting)
            standing.setdefault(name, []).append(phase)
    return {name: ", ".join(found) for name, found in standing.items()}
