"""How the sessions, tokens and authorizations of OCPI are carried, whatever their edition.

A session names its EVSE by a technical id; the EVSE ID is supplied beside it.  A token is one
line of an authorization list; which list, and whose, is supplied too.

Rules: XWK-2, XWK-5, XWK-8.
"""

from typing import Final

from refimpl.crosswalk.carrying import Giving, Members, Taking
from refimpl.crosswalk.ocpi_contracts import (
    EMI3,
    ENERGY_TRANSFER,
    TOKENS,
    TokenNames,
    read_contract,
    supplied_place,
    write_contract,
    write_party,
)
from refimpl.crosswalk.ocpi_records import check_sum, energy_of
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import Leftover, Pair, by_hand
from refimpl.crosswalk.words import ours_of, theirs_of

SESSIONS: Final = "ocpi: Sessions"

# fmt: off
SESSION_TOKEN: Final = TokenNames("/cdr_token")
LISTED: Final = TokenNames(emaid_to="/emaids/0", medium_to="/media/0")
SESSION_PAIRS: Final = (
    Pair("country_code", "evse_id",       "party",               EMI3, "implied"),
    Pair("party_id",     "evse_id",       "party",               EMI3, "implied"),
    Pair("kwh",          "energy_wh",     "kWh",                 SESSIONS),
    Pair("auth_method",  "authorization", "ocpi-auth-method",    SESSIONS),
    Pair("status",       "event",         "ocpi-session-status", SESSIONS),
    Pair("last_updated", "at",            "utc",                 SESSIONS),
    *SESSION_TOKEN.pairs(),
)
SESSION_LEFTOVERS: Final = (
    Leftover("country_code",            "correlation"),
    Leftover("party_id",                "correlation"),
    Leftover("id",                      "correlation"),
    Leftover("start_date_time",         "correlation"),
    Leftover("end_date_time",           "correlation"),
    Leftover("authorization_reference", "correlation"),
    Leftover("cdr_token",               "token"),
    Leftover("location_id",             "place"),
    Leftover("evse_uid",                "place"),
    Leftover("connector_id",            "place"),
    Leftover("meter_id",                "meter"),
    Leftover("charging_periods[]",      "meter"),
    Leftover("charging_periods[].tariff_id", "tariff"),
    Leftover("currency",                "money"),
    Leftover("total_cost",              "money"),
)
TOKEN_PAIRS: Final = (
    *LISTED.pairs(),
    *by_hand(Pair("valid", "part.action", "meant", TOKENS)),
)
TOKEN_LEFTOVERS: Final = tuple(
    Leftover(name, "token")
    for name in ("country_code", "party_id", "uid", "type", "contract_id", "visual_number",
                 "issuer", "group_id", "valid", "whitelist", "language",
                 "default_profile_type", "energy_contract", "last_updated")
)
ANSWER_PAIRS: Final = (
    Pair("authorization_reference", "authorization_id", "id", TOKENS),
    *by_hand(Pair("allowed", "reason", "ocpi-allowed", TOKENS)),
)
ANSWER_LEFTOVERS: Final = (
    Leftover("token",    "token"),
    Leftover("location", "place"),
    Leftover("info",     "text"),
    Leftover("authorization_reference", "correlation"),
)
REQUEST_LEFTOVERS: Final = (
    Leftover("location_id", "place"),
    Leftover("evse_uids[]", "place"),
)
# fmt: on


# --- Sessions ---------------------------------------------------------------------------------


def compose_session(taking: Taking) -> None:
    """Carry what a session says by more than one leaf; its EVSE ID is supplied."""
    compose_progress(taking, SESSION_TOKEN)
    taking.ours["evse_id"] = supplied_place(taking)


def compose_progress(taking: Taking, token: TokenNames) -> None:
    """Carry what the sessions of all editions have in common."""
    ours = taking.ours
    ours |= read_contract(taking, token)
    energy = energy_of(taking)
    if energy is not None:
        check_sum(taking, energy, "/kwh")
    ours["kind"] = "session-progress-notice"
    ours["service"] = ENERGY_TRANSFER


def spread_session(giving: Giving) -> None:
    """Write what a notice of ours says in more than one leaf of a session."""
    write_party(giving, "", giving.ours["evse_id"])
    spread_progress(giving, SESSION_TOKEN)


def spread_progress(giving: Giving, token: TokenNames) -> None:
    """Write what the sessions of all editions have in common."""
    giving.held.add("/kind")
    if giving.ours.get("service") == ENERGY_TRANSFER:
        giving.held.add("/service")
    write_contract(giving, token, giving.ours)


# --- Tokens -----------------------------------------------------------------------------------


def compose_token(taking: Taking) -> None:
    """Carry a token as one line of an authorization list, added or removed.

    `home-csp` and `list-number` are supplied.
    """
    compose_listed(taking, LISTED)


def compose_listed(taking: Taking, token: TokenNames) -> None:
    """Carry what the tokens of all editions have in common."""
    found = read_contract(taking, token)
    valid, whitelist = taking.value("/valid"), taking.value("/whitelist")
    if not isinstance(valid, bool):
        raise Refused("XWK-2", "/valid", "ours requires whether the contract may be served")
    taking.read("/valid", "/part/action", "meant")
    if valid and whitelist == "NEVER":
        taking.forced["/valid"] = "rounded"
    ours = taking.ours
    ours["emaids"] = [found["emaid"]] if "emaid" in found else []
    if "medium" in found:
        ours["media"] = [found["medium"]]
    ours["home_csp"] = taking.need("home-csp", "/home_csp")
    ours["kind"] = "authorization-list-notice"
    action = "add" if valid and whitelist != "NEVER" else "remove"
    number = taking.need("list-number", "/part/number")
    if not number.isdecimal() or len(number) > 15:
        raise Refused("XWK-11", "", "list-number is no number")
    ours["part"] = {"action": action, "number": int(number), "of": 1, "part": 1}


def spread_token(giving: Giving) -> None:
    """Write a list of one contract as a token."""
    spread_listed(giving, LISTED)


def spread_listed(giving: Giving, token: TokenNames) -> None:
    """Write what the tokens of all editions have in common."""
    ours = giving.ours
    giving.held.add("/kind")
    emaids, media = _rows(ours.get("emaids")), _rows(ours.get("media"))
    part = ours.get("part")
    if not emaids:
        giving.held.add("/emaids")
    if len(emaids) > 1 or len(media) > 1 or not isinstance(part, dict):
        return
    named: Members = {}
    if emaids:
        named["emaid"] = emaids[0]
    if media:
        named["medium"] = media[0]
    write_contract(giving, token, named)
    if part["action"] != "replace":
        giving.write("/valid", part["action"] == "add", "/part/action")


def _rows(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


# --- Authorization ----------------------------------------------------------------------------


def compose_answer(taking: Taking) -> None:
    """Carry an answer to a question whether a token may be served."""
    ours = taking.ours
    word = taking.value("/allowed")
    reason = ours_of("ocpi-allowed", word)
    if word == "ALLOWED":
        if taking.value("/token/valid") is False:
            raise Refused("XWK-12", "/token/valid", "allowed, with a token that is not valid")
        ours["granted"] = True
    elif reason:
        ours["granted"], ours["reason"] = False, reason
    else:
        raise Refused("XWK-11", "/allowed", "not a word of its list")
    taking.read("/allowed", "/granted", "meant")
    ours["from_list"] = False
    ours["kind"] = "authorization-answer"
    if home_csp := taking.supplied("home-csp"):
        ours["home_csp"] = home_csp


def spread_answer(giving: Giving) -> None:
    """Write whether a contract may be served; a reason without a word of theirs is lost."""
    ours = giving.ours
    giving.held.add("/kind")
    if not ours.get("from_list"):
        giving.held.add("/from_list")
    if ours.get("granted"):
        giving.write("/allowed", "ALLOWED", "/granted")
    elif word := theirs_of("ocpi-allowed", ours.get("reason")):
        giving.write("/allowed", word, "/granted", "/reason")


def compose_question(taking: Taking) -> None:
    """Carry the question whether a token may be served at a location.

    The token stands in the address of the question, not in the object: `token-uid`,
    `token-type`, `evse-id` and `visited-cso` are supplied.
    """
    ours = taking.ours
    kind = ours_of("ocpi-token-type", taking.supplied("token-type") or "RFID")
    if not kind:
        raise Refused("XWK-8", "", "a type of token without a counterpart")
    ours["evse_id"] = supplied_place(taking)
    ours["kind"] = "authorization-request"
    ours["medium"] = {"type": kind, "uid": taking.need("token-uid", "/medium/uid")}
    ours["service"] = ENERGY_TRANSFER
    ours["visited_cso"] = taking.need("visited-cso", "/visited_cso")


def spread_question(giving: Giving) -> None:
    """Write nothing: what ours says of a question stands in its address at theirs."""
    giving.held.update({"/kind", "/medium/type", "/medium/uid"})
    if giving.ours.get("service") == ENERGY_TRANSFER:
        giving.held.add("/service")
