"""How OCPI names a contract and a charging place, in all of its objects.

Rules: XWK-2, XWK-4, XWK-11, EMA-9, EVS-*.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from refimpl.crosswalk.carrying import Giving, Members, Taking
from refimpl.crosswalk.measures import Unreadable
from refimpl.crosswalk.naming import is_spoilt_emaid, read_emaid
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


class TokenNames(NamedTuple):
    """Where an object has a token: the pointer before its members, what its contract id is
    called, whether it has the medium and the party too, and where it goes in ours.
    """

    at: str = ""
    contract: str = "contract_id"
    has_medium: bool = True
    has_party: bool = True
    emaid_to: str = "/emaid"
    medium_to: str = "/medium"

    def pairs(self) -> tuple[Pair, ...]:
        """The pairs of the token."""
        path = f"{_path_of(self.at)}." if self.at else ""
        emaid, medium = _path_of(self.emaid_to), _path_of(self.medium_to)
        remark = "an id that is no EMAID is a medium of type contract"
        contract = f"{path}{self.contract}"
        found = by_hand(Pair(contract, emaid, "emaid", TOKENS, "stated", remark))
        if self.has_medium:
            found += by_hand(
                Pair(f"{path}uid", f"{medium}.uid", "capitals", TOKENS),
                Pair(f"{path}type", f"{medium}.type", "ocpi-token-type", TOKENS),
            )
        if self.has_party:
            found += (
                Pair(f"{path}country_code", emaid, "party", EMI3, "implied"),
                Pair(f"{path}party_id", emaid, "party", EMI3, "implied"),
            )
        return found


def _path_of(pointer: str) -> str:
    """The path of a pointer in ours.

    >>> _path_of("/media/0")
    'media[]'
    """
    return pointer[1:].replace("/0", "[]").replace("/", ".")


def read_contract(taking: Taking, names: TokenNames) -> Members:
    """Read a token: the contract as an EMAID with its medium, or as a contract id of its
    issuer's own making.

    Raises `Refused` EMA-9 for an EMAID with another check character than its own, XWK-11 for
    one with strange signs between its parts.
    """
    at, place = names.at, f"{names.at}/{names.contract}"
    try:
        read_emaid(taking.value(place))
    except Unreadable as error:
        if error.rule_id in {"EMA-9", "XWK-11"}:
            if taking.value(place) is None:
                raise Refused("XWK-2", place, "ours requires a contract") from None
            raise Refused(error.rule_id, place, error.says) from None
        if is_spoilt_emaid(taking.value(place)):
            says = "an EMAID but for the signs between its parts, which are hyphens or none"
            raise Refused("XWK-11", place, says) from None
        return {"medium": _medium(taking, place, "contract", "exact", names)}
    found: Members = {"emaid": taking.read(place, names.emaid_to, "emaid")}
    kind = ours_of("ocpi-token-type", taking.value(f"{at}/type"))
    uid = taking.value(f"{at}/uid")
    if names.has_medium and kind and isinstance(uid, str) and _is_uid(kind, uid):
        taking.read(f"{at}/type", f"{names.medium_to}/type", "ocpi-token-type")
        how = "capitals" if kind == "rfid" else "exact"
        found["medium"] = _medium(taking, f"{at}/uid", kind, how, names)
    return found


def _is_uid(kind: str, uid: str) -> bool:
    try:
        check_uid(kind, uid.upper() if kind == "rfid" else uid)
    except Malformed:
        return False
    return True


def _medium(taking: Taking, at: str, kind: str, how: str, names: TokenNames) -> Json:
    uid = str(taking.read(at, f"{names.medium_to}/uid", how))
    return {"type": kind, "uid": uid.upper() if how == "capitals" else uid}


def write_contract(giving: Giving, names: TokenNames, named: Mapping[str, Json]) -> None:
    """Write the contract id, and the medium where it is named and is no hash."""
    at = names.at
    emaid, medium = named.get("emaid"), named.get("medium")
    if isinstance(emaid, str):
        giving.write(f"{at}/{names.contract}", emaid, names.emaid_to)
        if names.has_party:
            write_party(giving, at, emaid)
    if not isinstance(medium, dict) or "hash" in medium:
        return
    kind, uid = str(medium["type"]), medium["uid"]
    places = (f"{names.medium_to}/uid", f"{names.medium_to}/type")
    if kind == "contract" and emaid is None:
        giving.write(f"{at}/{names.contract}", uid, *places)
    elif kind != "contract" and emaid is not None and names.has_medium:
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


def sole_place(taking: Taking, location: str) -> Json:
    """Read the EVSE ID of a location that holds one EVSE and no other.

    Raises `Refused` XWK-2 where there is none, XWK-11 where there are several.
    """
    holder = taking.object.get(location)
    evses = holder.get("evses") if isinstance(holder, dict) else None
    if isinstance(evses, list) and len(evses) > 1:
        raise Refused("XWK-11", f"/{location}/evses", "several EVSEs where one was used")
    return read_place(taking, f"/{location}/evses/0/evse_id")


def write_place(giving: Giving, at: str, evse_id: Json, to: str = "/evse_id") -> None:
    """Write the EVSE ID."""
    giving.write(at, evse_id, to)


def supplied_place(taking: Taking) -> Json:
    """The EVSE ID that is supplied beside an object that names an EVSE by a technical id alone.

    Raises `Refused` XWK-2.
    """
    return taking.need("evse-id", "/evse_id")
