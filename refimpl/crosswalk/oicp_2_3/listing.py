"""Authentication data of OICP 2.3, and our lists of the contracts that may be served.

A full load is a whole list of ours.  What is inserted, updated or deleted is a part of one, and
the number of that list is supplied beside it: `list-number`.

Rules: XWK-2, XWK-6, XWK-11, and those of lists and identifiers.
"""

from typing import Final

from refimpl.crosswalk.carrying import Giving, Taking
from refimpl.crosswalk.kinds import Kind
from refimpl.crosswalk.oicp_2_3 import checks
from refimpl.crosswalk.oicp_2_3.fields import IE2, fields_of
from refimpl.crosswalk.oicp_2_3.identifying import (
    MIFARE,
    PLUG,
    QR,
    REMOTE,
    RFID,
    evco_id_of,
    read_shown,
    rfid_uid_of,
    spread_party,
)
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import Leftover, Pair

PUSH: Final = "oicp: 2.3 eRoamingPushAuthenticationData"
RECORDS: Final = "ProviderAuthenticationData.AuthenticationDataRecord"
AT: Final = "/ProviderAuthenticationData/AuthenticationDataRecord"
FULL_LOAD: Final = "fullLoad"
# fmt: off
ACTIONS: Final = {"insert": "add", "delete": "remove"}
WRITTEN: Final = {"add": "insert", "remove": "delete"}
# fmt: on
MOST_DIGITS: Final = 15


def compose_list(taking: Taking) -> None:
    """Carry authentication data as a list of contracts, or a part of one."""
    emaids: list[Json] = []
    media: list[Json] = []
    for at, record in checks.listed(taking.object):
        places = (f"/emaids/{len(emaids)}", f"/media/{len(media)}")
        shown = record.get("Identification")
        found = read_shown(taking, shown, f"{at}/Identification", REMOTE, places)
        if "emaid" in found:
            emaids.append(found["emaid"])
        if "medium" in found:
            media.append(found["medium"])
    ours = taking.ours
    ours["emaids"] = emaids
    if media:
        ours["media"] = media
    place = "/ProviderAuthenticationData/ProviderID"
    ours["home_csp"] = taking.supplied("home-csp") or taking.read(place, "/home_csp", "name")
    ours["kind"] = "authorization-list-notice"
    _note_order(taking, len(emaids))
    _compose_action(taking)


def _note_order(taking: Taking, contracts: int) -> None:
    """Note that what comes back at another place is the same, though another stands there."""
    for at, carried in taking.carried.items():
        _, name, index, *_ = f"{carried.to}///".split("/")
        if name not in {"emaids", "media"}:
            continue
        place = int(index)
        if name == "media":
            place += contracts
        here = f"{AT}/{place}/Identification"
        if at not in (f"{here}/{REMOTE}/EvcoID", f"{here}/{MIFARE}/UID"):
            taking.forced.setdefault(at, "form")


def _compose_action(taking: Taking) -> None:
    action = taking.read("/ActionType", "/part/action", "meant")
    if action == FULL_LOAD:
        return
    if action not in ("insert", "update", "delete"):
        raise Refused("XWK-11", "/ActionType", "not a word of its list")
    if action == "update":
        taking.forced["/ActionType"] = "rounded"
    number = taking.need("list-number", "/part/number")
    if not number.isdecimal() or not number.isascii() or len(number) > MOST_DIGITS:
        raise Refused("XWK-11", "", "list-number is no number")
    word = ACTIONS.get(str(action), "add")
    taking.ours["part"] = {"action": word, "number": int(number), "of": 1, "part": 1}


def spread_list(giving: Giving) -> None:
    """Write a list of contracts as authentication data: contracts first, then media."""
    ours = giving.ours
    giving.held.add("/kind")
    spread_party(giving, "/ProviderAuthenticationData/ProviderID", "home_csp", "-")
    _spread_action(giving)
    emaids, media = _rows(ours.get("emaids")), _rows(ours.get("media"))
    if not emaids:
        giving.held.add("/emaids")
    record = 0  # what has no room leaves no gap
    for index, emaid in enumerate(emaids):
        record += _spread_contract(giving, {"emaid": emaid}, record, (f"/emaids/{index}",))
    for index, medium in enumerate(media):
        places = (f"/media/{index}/type", f"/media/{index}/uid")
        record += _spread_contract(giving, {"medium": medium}, record, places)


def _spread_contract(
    giving: Giving, shown: dict[str, Json], record: int, places: tuple[str, ...]
) -> bool:
    """Write a contract or a card as a record of a number, and tell whether there is room."""
    at = f"{AT}/{record}/Identification"
    contract, _ = evco_id_of(shown)
    uid = rfid_uid_of(shown)
    if contract:
        giving.write(f"{at}/{REMOTE}/EvcoID", contract, *places)
    elif uid:
        giving.write(f"{at}/{MIFARE}/UID", uid, *places)
    return bool(contract or uid)


def _spread_action(giving: Giving) -> None:
    """Write what is done with the list; a part of a list that replaces another is none."""
    part = giving.ours.get("part")
    if not isinstance(part, dict):
        giving.write("/ActionType", FULL_LOAD)
        return
    if (part["part"], part["of"]) == (1, 1):
        giving.held |= {"/part/of", "/part/part"}
    word = WRITTEN.get(str(part["action"]))
    if word:
        giving.write("/ActionType", word, "/part/action")


def _rows(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


# fmt: off
ID: Final = f"{RECORDS}[].Identification"
KINDS: Final = (
    Kind("authentication-data", "eRoamingPushAuthenticationData", "authorization-list",
         "authorization-list-notice", ("ProviderAuthenticationData",),
         fields_of("PushAuthenticationData", f"{IE2} eRoamingPushAuthenticationData"),
         (
             Pair("ActionType", "part.action", "meant", PUSH, by_hand=True,
                  remark="a full load is a whole list"),
             Pair("ProviderAuthenticationData.ProviderID", "home_csp", "name", PUSH,
                  by_hand=True),
             *(Pair(f"{ID}.{way}.EvcoID", "emaids[]", "evco-id", PUSH, by_hand=True)
               for way in (RFID, QR, PLUG, REMOTE)),
             *(Pair(f"{ID}.{way}.UID", "media[].uid", "capitals", PUSH, by_hand=True)
               for way in (MIFARE, RFID)),
         ),
         (
             Leftover("ActionType",                            "correlation"),
             Leftover("ProviderAuthenticationData.ProviderID", "correlation"),
             Leftover(f"{RECORDS}[]",                          "token"),
             Leftover(f"{ID}.{QR}.PIN",                        "privacy"),
             Leftover(f"{ID}.{QR}.HashedPIN",                  "privacy"),
         ),
         (checks.ONE_WAY, checks.CHECK_CHARACTER), compose_list, spread_list),
)
# fmt: on
