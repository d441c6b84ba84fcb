"""What a visited-CSO tells of its stations.

Rules: WIR-3, REP-10, EVS-*.
"""

from typing import Annotated, Literal

from pydantic import Field

from refimpl.identifiers.wire import EvseIdText
from refimpl.messages.said import KIND, TECHNICAL, TO_INFORM, News, SequenceNumber
from refimpl.shapes import Member, Name, Sorted, Text


class Station(Sorted):
    """One EVSE as its visited-CSO publishes it; power in watts."""

    sort = TO_INFORM._replace(name="station")

    evse_id: Annotated[EvseIdText, Member(TECHNICAL, "EVS-4")]
    name: Annotated[Text, Member(TECHNICAL, "WIR-3")]
    power_w: Annotated[int, Field(ge=0, le=10_000_000), Member(TECHNICAL, "WIR-3")]
    services: Annotated[
        tuple[Name, ...], Field(min_length=1, max_length=20), Member(TECHNICAL, "WIR-3")
    ]


class StationStatus(Sorted):
    """Whether one EVSE can be used now."""

    sort = TO_INFORM._replace(name="station-status")

    evse_id: Annotated[EvseIdText, Member(TECHNICAL, "EVS-4")]
    status: Annotated[
        Literal[
            "available",
            "blocked",
            "occupied",
            "out-of-service",
            "removed",
            "reserved",
            "unknown",
        ],
        Member(TECHNICAL, "WIR-3"),
    ]


class StationInformationNotice(News):
    """The visited-CSO tells which stations it offers."""

    sort = TO_INFORM

    kind: Annotated[Literal["station-information-notice"], KIND] = "station-information-notice"
    sequence: SequenceNumber = None
    stations: Annotated[tuple[Station, ...], Field(min_length=1, max_length=100)]

    @property
    def evse_ids(self) -> tuple[str, ...]:
        """The EVSEs that it speaks of."""
        return tuple(station.evse_id for station in self.stations)


class StationStatusNotice(News):
    """The visited-CSO tells which stations can be used now."""

    sort = TO_INFORM

    kind: Annotated[Literal["station-status-notice"], KIND] = "station-status-notice"
    sequence: SequenceNumber = None
    statuses: Annotated[tuple[StationStatus, ...], Field(min_length=1, max_length=100)]

    @property
    def evse_ids(self) -> tuple[str, ...]:
        """The EVSEs that it speaks of."""
        return tuple(status.evse_id for status in self.statuses)
