"""The detail records of an endpoint: which count, and which wait because their service is not
known.

Rules: REC-7, REC-8, REC-10.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from rpds import HashTrieMap

from refimpl.edition import Edition
from refimpl.errors import Violation
from refimpl.records import ChargingDetailRecord, DetailRecord
from refimpl.session import ServiceKey
from refimpl.shapes import replace

MOST_UNMATCHED: Final = 100
"""How many records of each partner wait for reconciliation (REC-10)."""
MOST_STAYS: Final = 1000
"""How many stays of each EVSE are remembered."""


class Stay(NamedTuple):
    """From when to when an EVSE served, and which service."""

    started_at: datetime
    ended_at: datetime
    service: ServiceKey


class Unmatched(NamedTuple):
    """A record whose service is not known, and the service it was told of."""

    service: ServiceKey
    record: DetailRecord


def _is_of_energy(record: DetailRecord) -> bool:
    return isinstance(record, ChargingDetailRecord) or record.unit == "Wh"


@dataclass(frozen=True)
class Ledger:
    """The service of each record by its visited-CSO and id, the stays at each EVSE, and the
    records of each partner that wait.
    """

    ids: HashTrieMap[tuple[str, str], ServiceKey] = field(default_factory=HashTrieMap)
    stays: HashTrieMap[str, tuple[Stay, ...]] = field(default_factory=HashTrieMap)
    unmatched: HashTrieMap[str, tuple[Unmatched, ...]] = field(default_factory=HashTrieMap)

    def check(
        self, visited_cso: str, service: ServiceKey, record: DetailRecord, edition: Edition
    ) -> None:
        """That a record is counted once; raises `Violation` REC-7 for an id under another
        service, REC-8 for energy at an EVSE that had some other charging then.
        """
        known = self.ids.get((visited_cso, record.record_id))
        if known is not None and known != service:
            edition.refuse("REC-7", f"record {record.record_id} of {visited_cso}")
        if not _is_of_energy(record):
            return
        for stay in self.stays.get(record.evse_id, ()):
            apart = record.ended_at <= stay.started_at or stay.ended_at <= record.started_at
            if not apart and stay.service != service:
                edition.refuse("REC-8", f"record {record.record_id} at {record.evse_id}")

    def count(self, visited_cso: str, service: ServiceKey, record: DetailRecord) -> Ledger:
        """Count a record, in the place of an earlier one of its service."""
        ids = self.ids.insert((visited_cso, record.record_id), service)
        ledger = replace(self, ids=ids)
        if not _is_of_energy(record):
            return ledger
        stay = Stay(record.started_at, record.ended_at, service)
        others = [s for s in self.stays.get(record.evse_id, ()) if s.service != service]
        stays = tuple(sorted((*others, stay)))[-MOST_STAYS:]
        return replace(ledger, stays=self.stays.insert(record.evse_id, stays))

    def hold(self, partner: str, service: ServiceKey, record: DetailRecord) -> Ledger:
        """Let a record of a service that is not known wait; raises `Violation` REP-8 where as
        many of that partner wait as may.
        """
        waiting = self.unmatched.get(partner, ())
        waiting = tuple(one for one in waiting if one.service != service)
        if len(waiting) >= MOST_UNMATCHED:
            raise Violation("REP-8", f"{MOST_UNMATCHED} records of {partner} wait")
        unmatched = self.unmatched.insert(partner, (*waiting, Unmatched(service, record)))
        return replace(self.count(partner, service, record), unmatched=unmatched)

    def match(self, partner: str, service: ServiceKey) -> Ledger:
        """Let a service that is known now no longer wait."""
        waiting = self.unmatched.get(partner, ())
        others = tuple(one for one in waiting if one.service != service)
        if len(others) == len(waiting):
            return self
        return replace(self, unmatched=self.unmatched.insert(partner, others))

    def withdraw(self, evse_id: str, service: ServiceKey) -> Ledger:
        """Let the record of a service that was taken back no longer count for its EVSE."""
        others = tuple(s for s in self.stays.get(evse_id, ()) if s.service != service)
        return replace(self, stays=self.stays.insert(evse_id, others))
