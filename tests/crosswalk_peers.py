"""What packages of PyPI that model OCPI 2.2.1 make of objects written by hand, beside ours.

The tables are what was measured with the versions of `PEERS`; `test_crosswalk_peers` measures
again in `make soak`.  `python -m tests.crosswalk_peers` writes `docs/crosswalk-peers.md` from
them, and with `measure` prints what is measured now.
"""

import json
import os
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.crosswalk import protocol_of
from refimpl.crosswalk.converting import take
from refimpl.crosswalk.reading import Json, leaves_of
from refimpl.crosswalk.report import Report
from tests.crosswalk_examples import CDR_2_2_1, SESSION_2_2_1, TOKEN_2_2_1
from tests.jose_libraries import table

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "crosswalk-peers.md"
GOOD: Final = {"cdr": CDR_2_2_1, "session": SESSION_2_2_1, "token": TOKEN_2_2_1}

ASSUMED: Final = {
    "cdr": (),
    "session": ("evse-id=DEAB7E8406487",),
    "token": ("home-csp=csp-alba", "list-number=7"),
}
"""What ours needs of an object and OCPI has no member for."""
# --- the objects ------------------------------------------------------------------------------


class Case(NamedTuple):
    """An object that is a good one but for one text, and the place that is looked at."""

    says: str
    kind: str
    at: str
    old: str
    new: str

    @property
    def text(self) -> str:
        """The object as JSON."""
        assert self.old in GOOD[self.kind], self.says
        return GOOD[self.kind].replace(self.old, self.new)


SIGNED: Final = """"meter_id": "meter-9", "signed_data": {"encoding_method": "OCMF",
  "signed_values": [{"nature": "Start", "plain_data": "p", "signed_data": "s"}]}"""
METER: Final = '"meter_id": "meter-9"'
TOTAL: Final = '"total_energy": 21.500'
ENDED: Final = '"end_date_time": "2025-07-08T14:30:00Z"'
STARTED: Final = '"start_date_time": "2025-07-08T12:00:00Z",\n  "end'
# fmt: off
CASES: Final = (
    Case("contract_id in capitals", "cdr", "/cdr_token/contract_id", METER, METER),
    Case("contract_id whose check character is wrong", "cdr", "/cdr_token/contract_id",
         "C4D5-L", "C4D5-X"),
    Case("evse_id in capitals", "cdr", "/cdr_location/evse_id", METER, METER),
    Case("evse_id is `#NA`", "cdr", "/cdr_location/evse_id", "DE*AB7*E840*6487", "#NA"),
    Case("evse_uid, which OCPI requires", "cdr", "/cdr_location/evse_uid", METER, METER),
    Case("energy with zeros at its end", "cdr", "/total_energy", "21.500", "21.5000"),
    Case("energy of 20 digits", "cdr", "/total_energy", "21.5", "21.5000000000000000012"),
    Case("energy as a text", "cdr", "/total_energy", TOTAL, '"total_energy": "21.500"'),
    Case("energy that the periods do not add up to", "cdr", "/total_energy",
         TOTAL, '"total_energy": 22.5'),
    Case("energy that stands twice", "cdr", "/total_energy", TOTAL,
         f'"total_energy": 99, {TOTAL}'),
    Case("a member that OCPI does not have", "cdr", "/x_note", METER, f'{METER}, "x_note": "n"'),
    Case("a member that is null", "cdr", "/meter_id", METER, '"meter_id": null'),
    Case("no charging period", "cdr", "/charging_periods", CDR_2_2_1[
        CDR_2_2_1.index('"charging_periods"'):CDR_2_2_1.index('"total_cost"')],
         '"charging_periods": [], '),
    Case("a time without Z", "cdr", "/start_date_time", STARTED, STARTED.replace("Z", "")),
    Case("a time of +02:00", "cdr", "/start_date_time", STARTED, STARTED.replace("Z", "+02:00")),
    Case("no end", "cdr", "/end_date_time", f"{ENDED},", ""),
    Case("a credit alone", "cdr", "/credit", METER,
         f'{METER}, "credit": true, "credit_reference_id": "c-1"'),
    Case("signed data", "cdr", "/signed_data/signed_values/0/signed_data", METER, SIGNED),
    Case("a time with a fraction", "session", "/last_updated", "00.5Z", "00.5Z"),
    Case("a status that OCPI does not have", "session", "/status", "ACTIVE", "PAUSED"),
    Case("negative energy", "session", "/kwh", "20.25", "-20.25"),
    Case("contract_id that is no eMAID", "token", "/contract_id", "Fleet", "Fleet"),
    Case("a type in small letters", "token", "/type", "RFID", "rfid"),
)
# fmt: on
# --- what was measured ------------------------------------------------------------------------

# fmt: off
# What each peer writes otherwise of the good objects, then what it makes of each case's place.
REWRITES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "extrawest-ocpi": (
        "14 added, 8 in small letters, 1 lost, 3 other spellings of a number",
        "5 added, 5 in small letters, 1 other spellings of a time",
        "5 added, 4 in small letters",
    ),
    "py-ocpi": (
        "14 added, 8 in small letters, 1 lost, 3 other spellings of a number, 5 other spellings of a time",
        "5 added, 5 in small letters, 3 other spellings of a time",
        "5 added, 4 in small letters, 1 other spellings of a time",
    ),
    "ocpi-types": (
        "3 other spellings of a number",
        "",
        "",
    ),
})
PLACES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "extrawest-ocpi": (
        "`de-8aa-ca2b3c4d5-l`",
        "`de-8aa-ca2b3c4d5-x`",
        "`de*ab7*e840*6487`",
        "`#na`",
        "lost",
        "`21.5`",
        "`21.5`",
        "`21.5`",
        "kept",
        "`21.5`",
        "lost",
        "kept",
        "kept",
        "kept",
        "kept",
        "refused, `ValidationError`",
        "kept",
        "kept",
        "`2025-07-08T13:00:00Z`",
        "refused, `ValidationError`",
        "kept",
        "`fleet 7/anna`",
        "refused, `ValidationError`",
    ),
    "py-ocpi": (
        "`de-8aa-ca2b3c4d5-l`",
        "`de-8aa-ca2b3c4d5-x`",
        "`de*ab7*e840*6487`",
        "`#na`",
        "lost",
        "`21.5`",
        "`21.5`",
        "`21.5`",
        "kept",
        "`21.5`",
        "lost",
        "kept",
        "kept",
        "`2025-07-08 12:00:00`",
        "`2025-07-08 12:00:00+02:00`",
        "refused, `ValidationError`",
        "kept",
        "refused, `ValidationError`",
        "`2025-07-08 13:00:00.500000+00:00`",
        "refused, `ValidationError`",
        "kept",
        "`fleet 7/anna`",
        "refused, `ValidationError`",
    ),
    "ocpi-types": (
        "kept",
        "kept",
        "kept",
        "kept",
        "kept",
        "`21.5`",
        "`21.5`",
        "refused, `AssertionError`",
        "kept",
        "`21.5`",
        "lost",
        "lost",
        "kept",
        "kept",
        "kept",
        "refused, `AssertionError`",
        "kept",
        "kept",
        "kept",
        "refused, `ValueError`",
        "kept",
        "kept",
        "refused, `ValueError`",
    ),
})
# fmt: on
# --- measuring --------------------------------------------------------------------------------


class Peer(NamedTuple):
    """A package of PyPI, its version, and how it reads and writes an object again."""

    version: str
    called: str
    program: str


PYDANTIC: Final = """
import json, sys
from py_ocpi.modules.cdrs.v_2_2_1.schemas import Cdr
from py_ocpi.modules.sessions.v_2_2_1.schemas import Session
from py_ocpi.modules.tokens.v_2_2_1.schemas import Token
MODELS = {"cdr": Cdr, "session": Session, "token": Token}
def again(kind, text):
    return MODELS[kind].parse_raw(text).json()
"""
DATACLASSES: Final = """
import json, sys
from ocpi_types.v2_2_1 import Cdr, Session, Token
MODELS = {"cdr": Cdr, "session": Session, "token": Token}
def again(kind, text):
    return json.dumps(MODELS[kind].from_dict(json.loads(text)).to_dict())
"""
ASK: Final = """
told = []
for kind, text in json.load(sys.stdin):
    try:
        told.append([again(kind, text), ""])
    except Exception as error:
        told.append(["", type(error).__name__])
print(json.dumps(told))
"""
PEERS: Final[Mapping[str, Peer]] = MappingProxyType(
    {
        "extrawest-ocpi": Peer("2025.7.16", "`Cdr.parse_raw`, `.json()`", PYDANTIC),
        "py-ocpi": Peer("0.3.1", "`Cdr.parse_raw`, `.json()`", PYDANTIC),
        "ocpi-types": Peer("0.3.0", "`Cdr.from_dict`, `.to_dict()`", DATACLASSES),
    }
)


class Told(NamedTuple):
    """What a peer wrote again, or the exception by which it refused."""

    text: str
    raised: str


def python_of(name: str) -> str | None:
    """The interpreter of a peer's own environment under .bench, which is made where it is
    missing; None where the peer does not install.
    """
    home = ROOT / ".bench" / f"{name}-{PEERS[name].version}"
    python = str(home / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    pinned = f"{name}=={PEERS[name].version}"
    found = f"from importlib.metadata import version; assert version({name!r})"
    with suppress(OSError, subprocess.SubprocessError):
        _run([python, "-c", found])
        return python
    with suppress(OSError, subprocess.SubprocessError):
        venv.create(home, clear=True, with_pip=True)
        _run([python, "-m", "pip", "install", "--quiet", pinned])
        return python
    return None


def _run(command: list[str], given: str = "") -> str:
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, check=True, timeout=180
    )
    return done.stdout


def told_by(name: str, python: str) -> list[Told]:
    """What a peer makes of the good objects, and then of the cases."""
    asked = [[kind, text] for kind, text in GOOD.items()]
    asked += [[case.kind, case.text] for case in CASES]
    program = PEERS[name].program + ASK
    return [Told(*one) for one in json.loads(_run([python, "-c", program], json.dumps(asked)))]


def measure(name: str, python: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a peer rewrites in each good object, and what it makes of the place of each case."""
    told = told_by(name, python)
    goods = [rewritten(text, one) for text, one in zip(GOOD.values(), told, strict=False)]
    cases = [at_place(case, one) for case, one in zip(CASES, told[len(GOOD) :], strict=True)]
    return tuple(goods), tuple(cases)


def _leaves(text: str) -> dict[str, Json]:
    """The leaves of a JSON text, each number with its spelling; the last of two members."""
    return dict(leaves_of(json.loads(text, parse_float=Decimal)))


def _spelled(value: Json) -> str:
    return str(value) if isinstance(value, str | Decimal) else json.dumps(value)


def rewritten(text: str, told: Told) -> str:
    """How many leaves a peer writes otherwise, by how."""
    if told.raised:
        return f"refused, `{told.raised}`"
    before, after = _leaves(text), _leaves(told.text)
    found = Counter(_how(before[at], after.get(at, "")) for at in before if at in after)
    found["lost"] = len(before.keys() - after.keys())
    found["added"] = len(after.keys() - before.keys())
    del found["kept"]
    return ", ".join(f"{count} {how}" for how, count in sorted(found.items()) if count)


def _how(before: Json, after: Json) -> str:
    """How a leaf was written again."""
    if _spelled(before) == _spelled(after):
        return "kept"
    if isinstance(before, str) and isinstance(after, str):
        if before.lower() == after:
            return "in small letters"
        return "other spellings of a time" if before[10:11] == "T" else "other texts"
    return "other spellings of a number"


def at_place(case: Case, told: Told) -> str:
    """What a peer makes of the place of a case."""
    if told.raised:
        return f"refused, `{told.raised}`"
    before, after = _leaves(case.text), _leaves(told.text)
    if case.at not in after:
        return "lost" if case.at in before else "taken without"
    if case.at not in before:
        return f"`{_spelled(after[case.at])}` added"
    if _how(before[case.at], after[case.at]) == "kept":
        return "kept"
    return f"`{_spelled(after[case.at])}`"


def _taken(text: str, kind: str) -> Report:
    return take(protocol_of("ocpi-2.2.1"), text, kind, ASSUMED[kind])


def ours(case: Case) -> str:
    """What ours makes of the place of a case: the rule that refuses, or the leaf's class."""
    report = _taken(case.text, case.kind)
    if report.rule:
        return f"refused, `{report.rule}`"
    classes = [entry.settled for entry in report.entries if entry.at == case.at]
    told = any(finding.at == case.at for finding in report.findings)
    return f"{classes[0] if classes else 'taken without'}{', reported' if told else ''}"


def ours_good(kind: str) -> str:
    """How many leaves of a good object ended in each class of ours."""
    report = _taken(GOOD[kind], kind)
    return ", ".join(f"{count} {name}" for name, count in report.counts.items() if count)


# --- the page ---------------------------------------------------------------------------------

HEAD: Final = """# What OCPI packages of PyPI make of an object

A converter is often put behind the models of a package that reads OCPI. These tables show what
three of them do with objects of OCPI 2.2.1 that were written by hand, and what ours does with
the same text. Each object was read and written again as the package comes, and the two texts
were compared leaf by leaf. `make soak` measures them again (`tests/test_crosswalk_peers.py`).
A package that models OCPI is asked for less than a converter: what it takes or writes otherwise
is no fault by that alone. `CiString` of OCPI has no case, so small letters mean the same.

This page is written from `tests/crosswalk_peers.py` by `python -m tests.crosswalk_peers`.

## The packages

"""
GOOD_HEAD: Final = """
## Good objects

How many leaves are written otherwise, lost or added; nothing where all stand as they were.
What is added is null, or an empty list. Of ours: how many leaves ended in each class; residue
stands word for word in the report.

"""
CASES_HEAD: Final = """
## One place

Each object is a good one in which one thing was changed, or looked at. Shown is what stands at
that place afterwards: *kept* as it was, as written again, *lost*, or the exception by which the
object was refused. Of ours: the class of that leaf, or the rule by which the object was
refused. Ours was told what OCPI has no member for: the EVSE of a session, and the home-CSP and
list number of a token.

"""
NOTES: Final = """
## What may surprise

* extrawest-ocpi and py-ocpi have no `evse_uid` in the location of a CDR, which OCPI 2.2.1
  requires: it is lost without a word (`findings/ocpi-models-lose-evse-uid.sh` shows it without
  this model).
* py-ocpi spells two members of signed data otherwise than OCPI, `signed_value` and
  `singed_data`, so that a CDR with signed data is refused
  (`findings/py-ocpi-refuses-signed-data.sh`).
* py-ocpi writes a time with a space for the `T` and `+00:00` for the `Z`. extrawest-ocpi drops
  the fraction of a second.
* All three read a number as a binary float: zeros at its end and digits beyond the 17th go.
* Of two members with one name all three take the last; none refuses, and none adds up energy.
* No package here knows the check character of a contract, nor that a credit belongs to a CDR.
"""


def page() -> str:
    """The page as it should stand."""
    packages = [[name, peer.version, peer.called] for name, peer in PEERS.items()]
    return "".join(
        (
            HEAD,
            table(["package", "version", "called"], packages),
            GOOD_HEAD,
            table(["object", *PEERS, "ours"], good_rows()),
            CASES_HEAD,
            table(["object", "what is looked at", *PEERS, "ours"], case_rows()),
            NOTES,
        )
    )


def good_rows() -> Iterator[list[str]]:
    """The good objects, one a row."""
    for place, kind in enumerate(GOOD):
        yield [kind, *(REWRITES[name][place] for name in PEERS), ours_good(kind)]


def case_rows() -> Iterator[list[str]]:
    """The cases, one a row."""
    for place, case in enumerate(CASES):
        yield [case.kind, case.says, *(PLACES[name][place] for name in PEERS), ours(case)]


if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        for peer in PEERS:
            python = python_of(peer)
            print(peer, measure(peer, python) if python else "does not install here")
    else:
        PAGE.write_text(page(), "utf-8")
