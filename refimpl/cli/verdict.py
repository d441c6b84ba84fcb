"""What is said of an identifier: what each profile reads in it, and what is wrong with it.

Nothing slow is loaded here, because a check is asked often and alone.
"""

import re
import textwrap
from collections.abc import Mapping
from typing import Final, NamedTuple

from refimpl import identifiers
from refimpl.cli.ending import plain, print_json, sentence, width
from refimpl.errors import Malformed
from refimpl.identifiers import FREE_PROFILE, Emaid, EvseId, FreeContractId

USUAL: Final = "emi3"
WRONG_CHECK: Final = "EMA-9"
NO_EVSE_ID: Final = "ZZ00000"
NO_EVSE_ID_MEANS: Final = "a charging station sends this to a vehicle where it has no EVSE ID"
SHOWN: Final = 40, 20  # how many characters before a fault are shown, and from it on
NO_EMAID: Final = (
    "No EMAID profile reads it. As a free contract id it may stand, as any 1 to 36 printable "
    "characters may: that is no check of it."
)
KINDS: Final = {
    Emaid: "EMAID",
    EvseId: "EVSE ID",
    FreeContractId: "free contract id",
    "EMA": "EMAID",
    "EVS": "EVSE ID",
    "IDP": "free contract id",
    "CRD": "uid",
}
"""What a text is read as, by what was made of it or by the group of the rule it breaks."""


class Fault(NamedTuple):
    """Which rule a text breaks under a profile, and at which character, counted from 1."""

    rule: str
    where: str
    position: int

    def __str__(self) -> str:
        return f"{self.rule} at {self.where}"


Verdict = Emaid | EvseId | FreeContractId | Fault


def check(text: str, profile: str = "", as_json: bool = False) -> int:
    """Print what each profile makes of a text; 0 if the profile reads it, or any where none is
    named, else 1.

    The profile `free` reads almost any text, so it counts only where it is named.  Raises
    `Misuse` IDP-1 for an unknown profile.
    """
    if profile:
        _verdict(text, profile)
    published = {name: _verdict(text, name) for name in identifiers.PROFILES}
    found = {**published, FREE_PROFILE: _verdict(text, FREE_PROFILE)}
    read_by = [name for name, verdict in published.items() if not isinstance(verdict, Fault)]
    shown = profile or (read_by or [_most_like(published)])[0]
    verdict = found[shown]
    valid = not isinstance(verdict, Fault)
    if as_json:
        told = {"valid": valid, "profile": shown, **_facts_about(text, verdict)}
        every = {name: _facts_about(text, one) for name, one in found.items()}
        print_json({**told, "valid_as": read_by, "profiles": every})
        return int(not valid)
    _print_verdict(text, verdict)
    _print_side_by_side(found)
    if _is_free_at_best(found, shown):
        print("\n" + textwrap.fill(NO_EMAID, width()))
    return int(not valid)


def check_medium(text: str, medium: str, as_json: bool = False) -> int:
    """Print whether a text is written as the uid of that type of medium; 0 if so, else 1."""
    try:
        identifiers.check_uid(medium, text)
    except Malformed as error:
        fault = _fault_of(error)
        if as_json:
            print_json({"valid": False, "medium": medium, **_facts_about(text, fault)})
        else:
            _print_fault(text, fault)
        return 1
    if as_json:
        print_json({"valid": True, "medium": medium, "kind": KINDS["CRD"], "canonical": text})
    else:
        print(f"uid of a medium of type {medium}, well written")
    return 0


def _verdict(text: str, profile: str) -> Verdict:
    try:
        if profile == FREE_PROFILE:
            return identifiers.parse_free_contract_id(text)
        return identifiers.parse(text, profile)
    except Malformed as error:
        return _fault_of(error)


def _fault_of(error: Malformed) -> Fault:
    place = re.match(r"character (\d+)", error.where)
    return Fault(error.rule_id, error.where, int(place[1]) if place else 1)


def _is_free_at_best(found: Mapping[str, Verdict], shown: str) -> bool:
    """Whether a text is a free contract id and no EMAID, and is not shown as an EVSE ID."""
    if isinstance(found[FREE_PROFILE], Fault) or isinstance(found[shown], EvseId):
        return False
    return not any(isinstance(verdict, Emaid) for verdict in found.values())


def _most_like(found: Mapping[str, Verdict]) -> str:
    """The profile that comes farthest: one that misses the check character alone, else one that
    sees the kind of identifier that the usual profile sees.
    """
    kind = _kind_of(found[USUAL])

    def how_far(profile: str) -> tuple[bool, bool, int, int, bool]:
        fault = found[profile]
        assert isinstance(fault, Fault)
        number = int(fault.rule.partition("-")[2])
        of_kind = _kind_of(fault) == kind
        return fault.rule == WRONG_CHECK, of_kind, number, fault.position, profile == USUAL

    return max(found, key=how_far)


def _kind_of(verdict: Verdict) -> str:
    if isinstance(verdict, Fault):
        return KINDS[verdict.rule.partition("-")[0]]
    return KINDS[type(verdict)]


def _facts_about(text: str, verdict: Verdict) -> dict[str, object]:
    """What is said of a text to a program."""
    kind = _kind_of(verdict)
    if not isinstance(verdict, Fault):
        return {"kind": kind, "canonical": str(verdict), "parts": _parts_of(verdict)}
    says = sentence(verdict.rule)
    told = {"kind": kind, "rule": verdict.rule, "says": says, "where": verdict.where}
    right = _right_check(text, verdict)
    return {**told, "position": verdict.position, **({"right_check": right} if right else {})}


def _parts_of(identifier: Emaid | EvseId | FreeContractId) -> dict[str, str]:
    parts = {name: getattr(identifier, name) for name in type(identifier).__slots__}
    return {name: part for name, part in parts.items() if part}


def _right_check(text: str, fault: Fault) -> str:
    """The check character that belongs to the others, where the one that is there does not."""
    if fault.rule != WRONG_CHECK:
        return ""
    letters = re.sub("[-*]", "", text)[:-1]
    return identifiers.METHODS[len(letters)](letters)


def _print_verdict(text: str, verdict: Verdict) -> None:
    if not isinstance(verdict, Fault):
        print(f"{_kind_of(verdict)}, well written")
        for name, part in {"canonical": str(verdict), **_parts_of(verdict)}.items():
            print(f"  {name:<9}  {part}")
    else:
        _print_fault(text, verdict)


def _print_fault(text: str, fault: Fault) -> None:
    """Print a text with a caret under the fault, and the rule that it breaks."""
    first = max(0, fault.position - 1 - SHOWN[0])
    last = fault.position - 1 + SHOWN[1]
    before = plain(text[first : fault.position - 1])
    after = plain(text[fault.position - 1 : last])
    if first:
        before = f"…{before}"
    if text[last:]:
        after = f"{after}…"
    where = fault.where
    if right := _right_check(text, fault):
        where = f"{where}, the right one is {right!r}"
    print(f"{before}{after}\n{' ' * _cells_taken(before)}^ {where}")
    print(textwrap.fill(f"{fault.rule}: {sentence(fault.rule)}", width()))
    if text == NO_EVSE_ID:
        print(textwrap.fill(f"{text}: {NO_EVSE_ID_MEANS}.", width()))


def _print_side_by_side(found: Mapping[str, Verdict]) -> None:
    print()
    margin = max(map(len, found)) + 2
    for name, verdict in found.items():
        said = f"{_kind_of(verdict)}, {verdict}"
        if isinstance(verdict, FreeContractId):
            said = f"{_kind_of(verdict)}, as any short text is"
        room = max(width() - margin, 20)
        print(name.ljust(margin) + textwrap.fill(said, room).replace("\n", "\n" + " " * margin))


def _cells_taken(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
