"""What an entity decides by itself: its answers to questions and orders, and what it keeps of
news outside services.

Rules: AUT-1.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from refimpl.endpoint.contract_list import ContractList
from refimpl.endpoint.permission import check_list, check_own_contracts
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
from refimpl.shapes import replace
from refimpl.vocabulary import Phase, Reason

CARRYING_OUT: Final = (Phase.CANCELLING, Phase.RELEASING, Phase.STOPPING)
"""The phases in which an order to stop or cancel is in time."""


def _answer_authorization(
    rep: RoamingEndpoint, session: Session, message: AuthorizationRequest
) -> AuthorizationAnswer:
    reason = _why_not(rep, message.keys)
    granted = reason is None
    return AuthorizationAnswer(granted=granted, home_csp=rep.entity_id, reason=reason)


def _why_not(rep: RoamingEndpoint, keys: tuple[str, ...]) -> Reason | None:
    """Say why a contract that goes by these keys is not served, or None: each has to be known
    and valid (AUT-1).
    """
    if not rep.edition.asks("AUT-1"):
        return None
    for key in keys:
        if key not in rep.contracts:
            return Reason.UNKNOWN
        if not rep.contracts[key]:
            return Reason.BLOCKED
    return None


def _answer_order(
    rep: RoamingEndpoint, session: Session, message: RemoteControlRequest
) -> RemoteControlAnswer:
    if message.command == "start":
        reason = _why_not_here(rep, session, message)
        return RemoteControlAnswer(accepted=reason is None, reason=reason)
    return RemoteControlAnswer(accepted=session.phase in CARRYING_OUT)


def _answer_reservation(
    rep: RoamingEndpoint, session: Session, message: ReservationRequest
) -> ReservationAnswer:
    reason = _why_not_here(rep, session, message)
    return ReservationAnswer(granted=reason is None, reason=reason)


# fmt: off
NOT_FREE: Final[Mapping[str, Reason | None]] = MappingProxyType({
    "available":      None,
    "blocked":        Reason.BUSY,
    "occupied":       Reason.BUSY,
    "out-of-service": Reason.UNREACHABLE,
    "removed":        Reason.NOT_HERE,
    "reserved":       Reason.BUSY,
    "unknown":        Reason.UNREACHABLE,
})
"""Why an EVSE of this status serves nobody now."""
# fmt: on


def _why_not_here(
    rep: RoamingEndpoint, session: Session, message: RemoteControlRequest | ReservationRequest
) -> Reason | None:
    """Say why an EVSE does not serve, or None; the home-CSP's order is its yes to a contract
    that may be its own (AUT-1).
    """
    named = message.emaid if rep.edition.asks("AUT-1") else None
    issuer = rep.network.provider(named) if named else None
    if issuer not in (None, session.home_csp):
        return Reason.UNKNOWN
    return NOT_FREE[rep.evses.get(message.evse_id, "removed")]


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
    rep: RoamingEndpoint,
    speaker: str,
    message: StationInformationNotice,
    now: datetime,
    receiver: str,
) -> RoamingEndpoint:
    stations = {station.evse_id: station for station in message.stations}
    return replace(rep, stations=rep.stations.update(stations))


def _keep_statuses(
    rep: RoamingEndpoint,
    speaker: str,
    message: StationStatusNotice,
    now: datetime,
    receiver: str,
) -> RoamingEndpoint:
    statuses = {each.evse_id: each.status for each in message.statuses}
    return replace(rep, statuses=rep.statuses.update(statuses))


def _keep_list(
    rep: RoamingEndpoint,
    speaker: str,
    message: AuthorizationListNotice,
    now: datetime,
    receiver: str,
) -> RoamingEndpoint:
    check_list(rep, message, speaker)
    if receiver:
        if message.part is None or message.part.action != "remove":
            check_own_contracts(rep, message.keys)
        said = rep.listed.get(receiver, ContractList()).after(message, now)
        return replace(rep, listed=rep.listed.insert(receiver, said))
    held = rep.lists.get(message.home_csp, ContractList()).after(message, now)
    return replace(rep, lists=rep.lists.insert(message.home_csp, held))


Keeping = Callable[[RoamingEndpoint, str, Any, datetime, str], RoamingEndpoint]
KEEPING: Final[Mapping[type[Said], Keeping]] = MappingProxyType(
    {
        StationInformationNotice: _keep_stations,
        StationStatusNotice: _keep_statuses,
        AuthorizationListNotice: _keep_list,
    }
)
"""What is kept of each kind of news that belongs to no service: who says it, what, when, and to
whom if this endpoint says it itself; raises as `check_list` and `ContractList.after` do.
"""
