"""What an entity decides by itself: its answers to questions and orders, and what it keeps of
news outside services.

Rules: AUT-1.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from refimpl.endpoint.permission import check_list
from refimpl.endpoint.state import RoamingEndpoint
from refimpl.messages import (
    AuthorizationAnswer,
    AuthorizationListNotice,
    AuthorizationRequest,
    CorrectionAnswer,
    CorrectionRequest,
    RemoteControlAnswer,
    RemoteControlRequest,
    ReservationAnswer,
    ReservationRequest,
    Said,
    StationInformationNotice,
    StationStatusNotice,
)
from refimpl.session import Session
from refimpl.vocabulary import Phase


def _answer_authorization(
    rep: RoamingEndpoint, session: Session, message: AuthorizationRequest
) -> AuthorizationAnswer:
    valid = rep.contracts.get(message.emaid, False)
    return AuthorizationAnswer(granted=valid, home_csp=rep.entity_id)


def _answer_order(
    rep: RoamingEndpoint, session: Session, message: RemoteControlRequest
) -> RemoteControlAnswer:
    if message.command == "start":
        return RemoteControlAnswer(accepted=_can_serve(rep, session, message))
    return RemoteControlAnswer(accepted=session.phase is Phase.STOPPING)


def _answer_reservation(
    rep: RoamingEndpoint, session: Session, message: ReservationRequest
) -> ReservationAnswer:
    return ReservationAnswer(granted=_can_serve(rep, session, message))


def _can_serve(
    rep: RoamingEndpoint, session: Session, message: RemoteControlRequest | ReservationRequest
) -> bool:
    """Say whether the EVSE is free and the contract may be that of the home-CSP, whose order is
    its yes (AUT-1).
    """
    free = rep.evses.get(message.evse_id) == "available"
    return free and rep.network.issuer(message.emaid) in (None, session.home_csp)


def _answer_correction(
    rep: RoamingEndpoint, session: Session, message: CorrectionRequest
) -> CorrectionAnswer:
    record = session.record
    return CorrectionAnswer(agreed=record is not None and record.record_id == message.record_id)


# The message is of the type that its key names, which no type of a mapping can say.
Decision = Callable[[RoamingEndpoint, Session, Any], Said]
DECISIONS: Final[Mapping[type[Said], Decision]] = MappingProxyType(
    {
        AuthorizationRequest: _answer_authorization,
        RemoteControlRequest: _answer_order,
        ReservationRequest: _answer_reservation,
        CorrectionRequest: _answer_correction,
    }
)
"""How each question and order about a service is answered; everything else gets a receipt."""


def _keep_stations(
    rep: RoamingEndpoint, sender: str, message: StationInformationNotice
) -> RoamingEndpoint:
    stations = {station.evse_id: station for station in message.stations}
    return replace(rep, stations=rep.stations.update(stations))


def _keep_statuses(
    rep: RoamingEndpoint, sender: str, message: StationStatusNotice
) -> RoamingEndpoint:
    statuses = {each.evse_id: each.status for each in message.statuses}
    return replace(rep, statuses=rep.statuses.update(statuses))


def _keep_list(
    rep: RoamingEndpoint, sender: str, message: AuthorizationListNotice
) -> RoamingEndpoint:
    check_list(rep, message, sender)
    return replace(rep, lists=rep.lists.insert(message.home_csp, frozenset(message.emaids)))


Keeping = Callable[[RoamingEndpoint, str, Any], RoamingEndpoint]
KEEPING: Final[Mapping[type[Said], Keeping]] = MappingProxyType(
    {
        StationInformationNotice: _keep_stations,
        StationStatusNotice: _keep_statuses,
        AuthorizationListNotice: _keep_list,
    }
)
"""What is kept of each kind of news that belongs to no service; raises as `check_list` does."""
