"""Questions and orders of OICP 2.3, their answers, and ours.

A question names a card or a contract, as ours does.  An order to stop names a session only, so
that its contract is supplied beside it.  For leave to stop, which OICP asks for too, ours has
no message.

Rules: XWK-2, XWK-6, XWK-10, and those of messages and identifiers.
"""

from typing import Final

from refimpl.crosswalk.carrying import Giving, Taking
from refimpl.crosswalk.kinds import Kind
from refimpl.crosswalk.oicp_2_3 import checks
from refimpl.crosswalk.oicp_2_3.fields import IC2, fields_of
from refimpl.crosswalk.oicp_2_3.identifying import (
    ENERGY_TRANSFER,
    IDENTIFICATION_LEFTOVERS,
    IDENTIFICATION_PAIRS,
    PLUG,
    REMOTE,
    SESSION_LEFTOVERS,
    compose_code,
    compose_identification,
    hold_service,
    refuse,
    spread_code,
    spread_evse_id,
    spread_identification,
    spread_nothing,
    spread_party,
    spread_session_id,
)
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import Leftover, Pair

GRANTED: Final = "Authorized"
START: Final = "oicp: 2.3 eRoamingAuthorizeStart"
ANSWER: Final = "oicp: 2.3 eRoamingAuthorizationStart"
REMOTE_START: Final = "oicp: 2.3 eRoamingAuthorizeRemoteStart"
REMOTE_STOP: Final = "oicp: 2.3 eRoamingAuthorizeRemoteStop"
ACKNOWLEDGEMENT: Final = "oicp: 2.3 eRoamingAcknowledgement"


def compose_question(taking: Taking) -> None:
    """Carry a question for a contract."""
    ours = taking.ours
    if taking.value("/EvseID") is None:
        ours["evse_id"] = taking.need("evse-id", "/evse_id")
    else:
        ours["evse_id"] = taking.read("/EvseID", "/evse_id", "evse-id")
    ours["visited_cso"] = taking.supplied("visited-cso") or taking.read(
        "/OperatorID", "/visited_cso", "name"
    )
    compose_identification(taking, PLUG)
    ours["kind"] = "authorization-request"
    ours["service"] = ENERGY_TRANSFER


def spread_question(giving: Giving) -> None:
    """Write a question for a contract."""
    hold_service(giving)
    spread_evse_id(giving, "/EvseID", giving.ours["evse_id"], "/evse_id")
    spread_party(giving, "/OperatorID", "visited_cso", "*")
    spread_identification(giving, PLUG, card_alone=True)


def compose_answer(taking: Taking) -> None:
    """Carry the answer to a question."""
    ours = taking.ours
    status = taking.read("/AuthorizationStatus", "/granted", "meant")
    granted = status == GRANTED
    ours["granted"] = granted
    if not granted and status != "NotAuthorized":
        raise Refused("XWK-11", "/AuthorizationStatus", "no word of the list")
    ours["from_list"] = False
    ours["kind"] = "authorization-answer"
    if taking.value("/SessionID") is not None:
        ours["authorization_id"] = taking.read("/SessionID", "/authorization_id", "id")
    if home_csp := taking.supplied("home-csp"):
        ours["home_csp"] = home_csp
    elif taking.value("/ProviderID") is not None:
        ours["home_csp"] = taking.read("/ProviderID", "/home_csp", "name")
    compose_code(taking, granted)


def spread_answer(giving: Giving) -> None:
    """Write the answer to a question."""
    granted = giving.ours["granted"] is True
    giving.held.add("/kind")
    giving.write("/AuthorizationStatus", GRANTED if granted else "NotAuthorized", "/granted")
    spread_session_id(giving, "authorization_id")
    spread_party(giving, "/ProviderID", "home_csp", "-")
    spread_code(giving, granted)
    if giving.ours.get("from_list") is False:
        giving.held.add("/from_list")


def compose_order(taking: Taking) -> None:
    """Carry an order to start."""
    ours = taking.ours
    ours["authorization_id"] = taking.read("/SessionID", "/authorization_id", "id")
    ours["command"] = "start"
    ours["evse_id"] = taking.read("/EvseID", "/evse_id", "evse-id")
    compose_identification(taking, REMOTE)
    ours["kind"] = "remote-control-request"
    ours["service"] = ENERGY_TRANSFER


def spread_order(giving: Giving) -> None:
    """Write an order to start."""
    hold_service(giving)
    if giving.ours["command"] == "start":
        giving.held.add("/command")
    spread_session_id(giving, "authorization_id")
    spread_evse_id(giving, "/EvseID", giving.ours["evse_id"], "/evse_id")
    spread_identification(giving, REMOTE)


def compose_stop(taking: Taking) -> None:
    """Carry an order to stop; it names a session, so that its contract is supplied."""
    ours = taking.ours
    ours["emaid"] = taking.need("emaid", "/emaid")
    ours["authorization_id"] = taking.read("/SessionID", "/authorization_id", "id")
    ours["command"] = "stop"
    ours["evse_id"] = taking.read("/EvseID", "/evse_id", "evse-id")
    ours["kind"] = "remote-control-request"
    ours["service"] = ENERGY_TRANSFER


def spread_stop(giving: Giving) -> None:
    """Write an order to stop, by its session."""
    hold_service(giving)
    if giving.ours["command"] == "stop":
        giving.held.add("/command")
    spread_session_id(giving, "authorization_id")
    spread_evse_id(giving, "/EvseID", giving.ours["evse_id"], "/evse_id")


def compose_acknowledgement(taking: Taking) -> None:
    """Carry an acknowledgement as the answer to an order."""
    result = taking.value("/Result")
    if not isinstance(result, bool):
        raise Refused("XWK-11", "/Result", "neither true nor false")
    taking.ours["accepted"] = taking.read("/Result", "/accepted", "meant")
    taking.ours["kind"] = "remote-control-answer"
    compose_code(taking, result)


def spread_acknowledgement(giving: Giving) -> None:
    """Write the answer to an order as an acknowledgement."""
    accepted = giving.ours["accepted"] is True
    giving.held.add("/kind")
    giving.write("/Result", accepted, "/accepted")
    spread_code(giving, accepted)


# fmt: off
QUESTION_LEFTOVERS: Final = (
    *SESSION_LEFTOVERS,
    *IDENTIFICATION_LEFTOVERS,
    Leftover("OperatorID", "correlation"),
    Leftover("EvseID",     "place"),
)
ANSWER_LEFTOVERS: Final = (
    *SESSION_LEFTOVERS,
    Leftover("ProviderID", "correlation"),
)
STOP_IDENTIFICATIONS: Final = "AuthorizationStopIdentifications[]"
KINDS: Final = (
    Kind("remote-start", "eRoamingAuthorizeRemoteStart", "remote-control",
         "remote-control-request",
         ("SessionID", "ProviderID", "EvseID", "Identification", "!Duration"),
         fields_of("AuthorizeRemoteStart", f"{IC2} eRoamingAuthorizeRemoteStart"),
         (
             Pair("SessionID", "authorization_id", "id",      REMOTE_START, by_hand=True),
             Pair("EvseID",    "evse_id",          "evse-id", REMOTE_START, by_hand=True),
             *IDENTIFICATION_PAIRS,
         ),
         (
             *SESSION_LEFTOVERS, *IDENTIFICATION_LEFTOVERS,
             Leftover("ProviderID", "correlation"), Leftover("PartnerProductID", "tariff"),
         ),
         (checks.ONE_WAY, checks.CHECK_CHARACTER, checks.REMOTE_ONLY, checks.NO_HASH),
         compose_order, spread_order, "command=start"),
    Kind("remote-stop", "eRoamingAuthorizeRemoteStop", "remote-control",
         "remote-control-request", ("SessionID", "ProviderID", "EvseID", "!Identification"),
         fields_of("AuthorizeRemoteStop", f"{IC2} eRoamingAuthorizeRemoteStop"),
         (
             Pair("SessionID", "authorization_id", "id",      REMOTE_STOP, by_hand=True),
             Pair("EvseID",    "evse_id",          "evse-id", REMOTE_STOP, by_hand=True),
         ),
         (*SESSION_LEFTOVERS, Leftover("ProviderID", "correlation")),
         (), compose_stop, spread_stop, "command=stop"),
    Kind("authorization", "eRoamingAuthorizeStart", "authorization",
         "authorization-request", ("OperatorID", "Identification", "!Type"),
         fields_of("AuthorizeStart", f"{IC2} eRoamingAuthorizeStart"),
         (
             Pair("EvseID",     "evse_id",     "evse-id", START, by_hand=True,
                  remark="optional there"),
             Pair("OperatorID", "visited_cso", "name",    START, by_hand=True),
             *IDENTIFICATION_PAIRS,
         ),
         (*QUESTION_LEFTOVERS, Leftover("PartnerProductID", "tariff")),
         (checks.ONE_WAY, checks.CHECK_CHARACTER, checks.NO_RFID, checks.NO_HASH),
         compose_question, spread_question),
    Kind("authorization-answer", "eRoamingAuthorizationStart", "authorization",
         "authorization-answer", ("AuthorizationStatus",),
         fields_of("AuthorizationStart", f"{IC2} eRoamingAuthorizationStart"),
         (
             Pair("AuthorizationStatus", "granted",          "meant", ANSWER, by_hand=True),
             Pair("SessionID",           "authorization_id", "id",    ANSWER, by_hand=True),
             Pair("ProviderID",          "home_csp",         "name",  ANSWER, by_hand=True),
             Pair("StatusCode.Code",     "reason",           "meant", ANSWER, by_hand=True),
         ),
         (*ANSWER_LEFTOVERS, Leftover(STOP_IDENTIFICATIONS, "token")),
         (checks.ONE_WAY, checks.CHECK_CHARACTER, checks.NO_SUCCESS),
         compose_answer, spread_answer),
    Kind("acknowledgement", "eRoamingAcknowledgement", "remote-control",
         "remote-control-answer", ("Result", "StatusCode"),
         fields_of("Acknowledgement", f"{IC2} eRoamingAcknowledgement"),
         (
             Pair("Result",          "accepted", "meant", ACKNOWLEDGEMENT, by_hand=True),
             Pair("StatusCode.Code", "reason",   "meant", ACKNOWLEDGEMENT, by_hand=True),
         ),
         SESSION_LEFTOVERS, (checks.NO_SUCCESS,),
         compose_acknowledgement, spread_acknowledgement),
    # These two are written as the start and its answer may be: then the kind has to be named,
    # as for a remote start, which a reservation without a duration looks like.  A
    # published stop has PartnerProductID, so that this member tells nothing.
    Kind("authorization-stop", "eRoamingAuthorizeStop", "authorization",
         "authorization-request",
         ("SessionID", "OperatorID", "Identification", "!Type"),
         fields_of("AuthorizeStop", f"{IC2} eRoamingAuthorizeStop"),
         (), QUESTION_LEFTOVERS,
         (checks.ONE_WAY, checks.CHECK_CHARACTER, checks.NO_RFID, checks.NO_HASH),
         refuse("ours asks for no leave to stop"), spread_nothing),
    Kind("authorization-stop-answer", "eRoamingAuthorizationStop", "authorization",
         "authorization-answer",
         ("AuthorizationStatus", "!AuthorizationStopIdentifications"),
         fields_of("AuthorizationStop", f"{IC2} eRoamingAuthorizationStop"),
         (), ANSWER_LEFTOVERS, (),
         refuse("ours asks for no leave to stop"), spread_nothing),
)
# fmt: on
