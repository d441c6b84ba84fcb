"""What many kinds of OICP 2.3 share: which of five ways identifies, ids, and what a code means.

Rules: XWK-2, XWK-6, and EMA-*, CRD-2 of what is read.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from refimpl.crosswalk.carrying import Giving, Members, Taking
from refimpl.crosswalk.oicp_2_3.checks import LONG, WAYS, fault_of
from refimpl.crosswalk.oicp_2_3.written import CHOICES, WRITTEN
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import Leftover, Pair
from refimpl.crosswalk.words import ours_of, theirs_of
from refimpl.errors import Malformed
from refimpl.identifiers import check_character, check_uid

ENERGY_TRANSFER: Final = "energy-transfer"
SUCCESS: Final = "000"
MIFARE, RFID, QR, PLUG, REMOTE = WAYS

MEDIUM: Final[tuple[str, ...]] = ("/medium/type", "/medium/uid")
CODES: Final = "oicp-code"
NO_REASON: Final = "106"
"""There was no positive answer."""
REASONS: Final = tuple(sorted(CHOICES["Code"] - {SUCCESS}))
"""What no yes has."""


# --- Identifications --------------------------------------------------------------------------


def compose_identification(taking: Taking, contract_way: str) -> None:
    """Read whichever of five ways identifies: a contract, a card, or both.

    `contract_way` is how a contract that is shown without a card is written back; that it was
    shown in another way is lost.
    """
    identification = taking.object.get("Identification")
    taking.ours |= read_shown(taking, identification, "/Identification", contract_way)


def read_shown(
    taking: Taking,
    identification: Json,
    at: str,
    contract_way: str,
    places: tuple[str, str] = ("/emaid", "/medium"),
) -> Members:
    """Read an identification at a place: the EMAID and the medium that it names, which go to
    two places in ours.
    """
    if not isinstance(identification, dict):
        raise Refused("XWK-2", at, "ours requires a contract or a medium")
    ways = [way for way in WAYS if way in identification]
    if len(ways) != 1:
        says = f"{len(ways)} ways to identify, where one is asked for"
        raise Refused("XWK-6", at, says)
    shown: Members = {}
    contract, uid = f"{at}/{ways[0]}/EvcoID", f"{at}/{ways[0]}/UID"
    if taking.value(contract) is not None:
        shown = _read_contract(taking, contract, places)
        if ways[0] not in {contract_way, RFID}:
            taking.forced[contract] = "rounded"
    if not shown:
        _check_uid(taking.value(uid), uid)
    if "medium" not in shown and _is_uid(taking.value(uid)):
        found = str(taking.read(uid, f"{places[1]}/uid", "capitals")).upper()
        shown["medium"] = {"type": "rfid", "uid": found}
    return shown


def _read_contract(taking: Taking, at: str, places: tuple[str, str]) -> Members:
    """Read a contract id: as an EMAID, or one of DIN SPEC 91286 as a free contract id."""
    try:
        return {"emaid": taking.read(at, places[0], "evco-id")}
    except Refused as refusal:
        rules = {refusal.rule_id, fault_of(taking.value(at), "din91286")}
        if "" in rules:
            uid = taking.read(at, f"{places[1]}/uid", "exact")
            return {"medium": {"type": "contract", "uid": uid}}
        if "EMA-9" in rules:
            raise Refused("EMA-9", at, "another check character belongs to it") from None
        raise


def _check_uid(uid: Json, at: str) -> None:
    if not isinstance(uid, str):
        raise Refused("XWK-2", at, "ours requires a contract or a medium")
    if not _is_uid(uid):
        raise Refused("CRD-2", at, f"{len(uid)} characters, or none of 0-9 and A-F")


def _is_uid(uid: Json) -> bool:
    if not isinstance(uid, str):
        return False
    try:
        check_uid("rfid", uid.upper())
    except Malformed:
        return False
    return True


def spread_identification(giving: Giving, contract_way: str, card_alone: bool = False) -> None:
    """Write how a contract was shown, where OICP has room for it.

    With `card_alone` a card is written without its contract, as in a question.
    """
    contract, places = evco_id_of(giving.ours)
    uid = rfid_uid_of(giving.ours)
    if uid and contract and not card_alone:
        giving.write(f"/Identification/{RFID}/UID", uid, *MEDIUM)
        giving.write(f"/Identification/{RFID}/EvcoID", contract, *places)
    elif uid:
        giving.write(f"/Identification/{MIFARE}/UID", uid, *MEDIUM)
    elif contract:
        giving.write(f"/Identification/{contract_way}/EvcoID", contract, *places)


def evco_id_of(ours: Mapping[str, Json]) -> tuple[str, tuple[str, ...]]:
    """The contract id that OICP has room for, and its places in ours; its check character is
    worked out where ours has none.
    """
    emaid, medium = ours.get("emaid"), ours.get("medium")
    text, places = "", MEDIUM
    if isinstance(emaid, str):
        text = emaid if len(emaid) == LONG else emaid + check_character(emaid)
        places = ("/emaid",)
    elif isinstance(medium, dict) and medium["type"] == "contract" and "hash" not in medium:
        text = str(medium["uid"])
    return (text, places) if WRITTEN["EvcoID"].fullmatch(text) else ("", ())


def rfid_uid_of(ours: Mapping[str, Json]) -> str:
    """The uid of a card that is not hashed; empty where none is shown."""
    medium = ours.get("medium")
    if not isinstance(medium, dict) or medium["type"] != "rfid" or "hash" in medium:
        return ""
    return str(medium["uid"])


# --- What many kinds share --------------------------------------------------------------------


def spread_evse_id(giving: Giving, at: str, evse_id: Json, place: str) -> None:
    """Write an EVSE ID, unless its outlet is longer than OICP allows."""
    if isinstance(evse_id, str) and WRITTEN["EvseID"].fullmatch(evse_id):
        giving.write(at, evse_id, place)


def spread_session_id(giving: Giving, name: str) -> None:
    """Write an id of ours as the SessionID, where it is a GUID."""
    found = giving.ours.get(name)
    if isinstance(found, str) and WRITTEN["SessionID"].fullmatch(found):
        giving.write("/SessionID", found, f"/{name}")


def spread_party(giving: Giving, at: str, name: str, between: str) -> None:
    """Write the name of an entity as the id of an operator or provider, where it is made of
    one.
    """
    words = re.fullmatch("([a-z]{2})-([a-z0-9]{3})", str(giving.ours.get(name)))
    if words:
        giving.write(at, f"{words[1]}{between}{words[2]}".upper(), f"/{name}")


def compose_code(taking: Taking, yes: bool) -> None:
    """Read the code of an answer: the reason of a no, and that a yes has none.

    Raises `Refused` XWK-12 for a yes that has one.
    """
    at = "/StatusCode/Code"
    code = taking.value(at)
    reason = ours_of(CODES, code)
    if yes and code in REASONS:
        raise Refused("XWK-12", at, "a yes, with a code that says why not")
    if code == (SUCCESS if yes else NO_REASON):
        taking.read(at, "/granted" if "granted" in taking.ours else "/accepted", "meant")
    elif not yes and reason:
        taking.read(at, "/reason", "meant")
        taking.ours["reason"] = reason
        if code != theirs_of(CODES, reason):
            taking.forced[at] = "rounded"


def spread_code(giving: Giving, yes: bool) -> None:
    """Write the code of an answer; a reason that has no code of its own is lost."""
    code = theirs_of(CODES, giving.ours.get("reason"))
    if yes:
        giving.write("/StatusCode/Code", SUCCESS)
    elif code:
        giving.write("/StatusCode/Code", code, "/reason")
    else:
        giving.write("/StatusCode/Code", NO_REASON)


def hold_service(giving: Giving) -> None:
    """Note that what OICP carries is a charging service without its saying so."""
    giving.held.add("/kind")
    if giving.ours.get("service") == ENERGY_TRANSFER:
        giving.held.add("/service")


def refuse(says: str) -> Callable[[Taking], None]:
    """Make the `compose` of a kind that has no counterpart in ours."""

    def compose(_taking: Taking) -> None:
        raise Refused("XWK-10", "", says)

    return compose


def spread_nothing(_giving: Giving) -> None:
    """Write nothing: a kind that is never made of ours."""


TOKEN: Final = "oicp: 2.3 IdentificationType"
# fmt: off
IDENTIFICATION_PAIRS: Final = (
    Pair(f"Identification.{MIFARE}.UID",    "medium.uid", "capitals", TOKEN, by_hand=True),
    Pair(f"Identification.{RFID}.UID",      "medium.uid", "capitals", TOKEN, by_hand=True),
    Pair(f"Identification.{RFID}.EvcoID",   "emaid",      "evco-id",  TOKEN, by_hand=True),
    Pair(f"Identification.{QR}.EvcoID",     "emaid",      "evco-id",  TOKEN, by_hand=True,
         remark="that a code was shown is lost"),
    Pair(f"Identification.{PLUG}.EvcoID",   "emaid",      "evco-id",  TOKEN, by_hand=True,
         remark="that the vehicle showed it is lost"),
    Pair(f"Identification.{REMOTE}.EvcoID", "emaid",      "evco-id",  TOKEN, by_hand=True,
         remark="one of DIN SPEC 91286 is a medium of type contract"),
)
IDENTIFICATION_LEFTOVERS: Final = (
    Leftover("Identification",                "token"),
    Leftover(f"Identification.{QR}.PIN",       "privacy"),
    Leftover(f"Identification.{QR}.HashedPIN", "privacy"),
)
SESSION_LEFTOVERS: Final = (
    Leftover("SessionID",           "correlation"),
    Leftover("CPOPartnerSessionID", "correlation"),
    Leftover("EMPPartnerSessionID", "correlation"),
)
# fmt: on
