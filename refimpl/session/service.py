"""One roaming service as both ends see it: a value.

Rules: SES-12.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from refimpl.credential import Medium
from refimpl.messages import (
    Limits,
)
from refimpl.records import ChargingDetailRecord, ServiceDetailRecord
from refimpl.vocabulary import Ground, Phase


class ServiceKey(NamedTuple):
    """What tells a service from all others: who opened it, and under which correlation id."""

    opener: str
    correlation_id: str


@dataclass(frozen=True)
class Session:
    """One service as both ends see it: who, for which contract, where it stands, and the record
    it left.

    The `opener` is the one of the two that said its first message.

    `service`, `emaid`, `medium` and `evse_id` are empty until a message fills them.
    `ground` is what it rests on, once that is settled; `limits`, `expires_at` and
    `authorization_id` came with the yes.  `started_at`, `last_at` and `energy_wh` are what was
    told last of its course; `record` is the one that counts now, `opened_at` when this end
    first heard of it; `fetched` says that it was taken over from the other end.
    """

    opener: str
    correlation_id: str
    home_csp: str
    visited_cso: str
    service: str = ""
    emaid: str = ""
    medium: Medium | None = None
    evse_id: str = ""
    phase: Phase = Phase.NEW
    ground: Ground | None = None
    limits: Limits | None = None
    authorization_id: str | None = None
    opened_at: datetime | None = None
    expires_at: datetime | None = None
    started_at: datetime | None = None
    last_at: datetime | None = None
    energy_wh: int = 0
    record: ServiceDetailRecord | ChargingDetailRecord | None = None
    fetched: bool = False

    @property
    def key(self) -> ServiceKey:
        """What tells it from all others."""
        return ServiceKey(self.opener, self.correlation_id)
