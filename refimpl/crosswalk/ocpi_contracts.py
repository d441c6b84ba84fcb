"""How OCPI names a contract and a charging place, in all of its objects.

Rules: XWK-2, XWK-4, XWK-11, EMA-9, EVS-*.
"""

from collections.abc import Mapping
from typing import Final

from refimpl.crosswalk.carrying import Giving, Members, Taking
from refimpl.crosswalk.codecs import Unreadable, read_emaid
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import Field, Pair, by_hand
from refimpl.crosswalk.words import ours_of, theirs_of
from refimpl.errors import Malformed
from refimpl.identifiers import check_uid

ENERGY_TRANSFER: Final = "energy-transfer"
EMI3: Final = "emi3: Part 2"
TOKENS: Final = "ocpi: Tokens"

# fmt: off
ENERGY_CONTRACT: Final = (
    Field("supplier_name", "string(64)", "1"),
    Field("contract_id",   "string(64)", "?"),
)
# fmt: on


def contract_pairs(at: str, emaid: str = "emaid", medium: str = "medium") -> tuple[Pair, ...]:
    """The pairs of a token at a path, which ends with a dot unless it is the whole object."""
    return (
        Pair(f"{at}country_code", emaid, "party", EMI3, "implied"),
        Pair(f"{at}party_id", emaid, "party", EMI3, "implied"),
        *by_hand(
            Pair(
                f"{at}contract_id",
                emaid,
                "emaid",
                TOKENS,
                remark="an id that is no EMAID is a medium of type contract",
            ),
            Pair(f"{at}uid", f"{medium}.uid", "capitals", TOKENS),
            Pair(f"{at}type", f"{medium}.type", "ocpi-token-type", TOKENS),
        ),
    )


def read_contract(
    taking: Taking, at: str, emaid_to: str = "/emaid", medium_to: str = "/medium"
) -> Members:
    """Read a token: the contract as an EMAID with its medium, or as a contract id of its
    issuer's own making.

    Raises `Refused` EMA-9 for an EMAID with another check character than its own.
    """
    place = f"{at}/contract_id"
    try:
        read_emaid(taking.value(place))
    except Unreadable as error:
        if error.rule_id in {"EMA-9", "XWK-11"}:
            if taking.value(place) is None:
                raise Refused("XWK-2", place, "ours requires a contract") from None
            raise Refused(error.rule_id, place, error.says) from None
        return {"medium": _medium(taking, place, "contract", "exact", medium_to)}
    found: Members = {"emaid": taking.read(place, emaid_to, "emaid")}
    kind = ours_of("ocpi-token-type", taking.value(f"{at}/type"))
    uid = taking.value(f"{at}/uid")
    if kind and isinstance(uid, str) and _is_uid(kind, uid):
        taking.read(f"{at}/type", f"{medium_to}/type", "ocpi-token-type")
        how = "capitals" if kind == "rfid" else "exact"
        found["medium"] = _medium(taking, f"{at}/uid", kind, how, medium_to)
    return found


def _is_uid(kind: str, uid: str) -> bool:
    try:
        check_uid(kind, uid.upper() if kind == "rfid" else uid)
    except Malformed:
        return False
    return True


def _medium(taking: Taking, at: str, kind: str, how: str, to: str) -> Json:
    uid = str(taking.read(at, f"{to}/uid", how))
    return {"type": kind, "uid": uid.upper() if how == "capitals" else uid}


def write_contract(
    giving: Giving,
    at: str,
    named: Mapping[str, Json],
    emaid_to: str = "/emaid",
    medium_to: str = "/medium",
) -> None:
    """Write the contract id, and the medium where it is named and is no hash."""
    emaid, medium = named.get("emaid"), named.get("medium")
    if isinstance(emaid, str):
        giving.write(f"{at}/contract_id", emaid, emaid_to)
        write_party(giving, at, emaid)
    if not isinstance(medium, dict) or "hash" in medium:
        return
    kind, uid = str(medium["type"]), medium["uid"]
    places = (f"{medium_to}/uid", f"{medium_to}/type")
    if kind == "contract" and emaid is None:
        giving.write(f"{at}/contract_id", uid, *places)
    elif kind != "contract" and emaid is not None:
        giving.write(f"{at}/type", theirs_of("ocpi-token-type", kind), places[1])
        giving.write(f"{at}/uid", uid, places[0])


def write_party(giving: Giving, at: str, identifier: Json) -> None:
    """Write the party that an identifier names, where it is none of DIN's."""
    text = str(identifier)
    if not text.startswith("+"):
        giving.write(f"{at}/country_code", text[:2])
        giving.write(f"{at}/party_id", text[2:5])


def read_place(taking: Taking, at: str, to: str = "/evse_id") -> Json:
    """Read the EVSE ID; with `evse-hyphens` assumed, a hyphen is taken for an asterisk.

    Raises `Refused` XWK-4 for #NA and EVS-* for what is no EVSE ID.
    """
    leaves = taking.held.leaves
    value = leaves.get(at)
    if not isinstance(value, str) or "-" not in value or not taking.assume("evse-hyphens"):
        return taking.read(at, to, "evse-id")
    leaves[at] = value.replace("-", "*")
    try:
        return taking.read(at, to, "evse-id")
    finally:
        leaves[at] = value


def write_place(giving: Giving, at: str, evse_id: Json, to: str = "/evse_id") -> None:
    """Write the EVSE ID."""
    giving.write(at, evse_id, to)


def supplied_place(taking: Taking) -> Json:
    """The EVSE ID that is supplied beside an object that names an EVSE by a technical id alone.

    Raises `Refused` XWK-2.
    """
    return taking.need("evse-id", "/evse_id")
