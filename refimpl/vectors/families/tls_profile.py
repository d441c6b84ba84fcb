"""The family `tls-profile`: which version and suites a server chooses, whom it takes on, and
which bytes are frames.

A corpus says of which parts a ClientHello is.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Final

from refimpl.edition import Edition
from refimpl.errors import RoamingError, Untrusted
from refimpl.tls import client_hello
from refimpl.tls.channel import recognise
from refimpl.tls.framing import Frames, framed
from refimpl.vectors.corpus import Corpus
from refimpl.vectors.edits import Edit, set_each
from refimpl.vectors.families.routing import network_of
from refimpl.vectors.operation import Operation, accepted, refused
from refimpl.vectors.suite import Expect, Json
from refimpl.vocabulary import Kind

HELLO_RANDOM: Final = sha256(b"iec63119-refimpl TEST ONLY vectors hello").digest()


# --- hello.answer -----------------------------------------------------------------------------


def _answer_hello(edition: Edition, context: Json, given: Json) -> Expect:
    keys = frozenset(given["keys"])
    try:
        said = client_hello.read_client_hello(bytes.fromhex(given["hello"]))
        version, suites = client_hello.negotiate(said, edition, keys)
    except RoamingError as error:
        return refused(error, {"alert": _alerts(error)})
    return accepted({"version": version, "suites": list(suites)})


def _alerts(error: RoamingError) -> list[int] | None:
    """The alerts that may go with a refusal; None where they are not compared."""
    alerts = client_hello.ALERTS.get(error.rule_id)
    return None if alerts is None else list(alerts)


def _write_hello(context: Json, described: Json) -> Json:
    shown = described["hello"]
    if isinstance(shown, str):
        return described
    return {**described, "hello": _hello(shown).hex()}


def _hello(plan: Json) -> bytes:
    """The records of a ClientHello, without the bytes that are left out at its end."""
    extensions = _extensions(plan)
    body = b"".join(
        (
            bytes.fromhex(plan["legacy_version"]) + HELLO_RANDOM,
            _counted(1, bytes.fromhex(plan["session"])),
            _counted(2, *map(bytes.fromhex, plan["suites"])),
            _counted(1, b"\0"),  # no compression
            extensions and _counted(2, extensions),
        )
    )
    message = bytes.fromhex(plan["type"]) + _counted(3, body)
    records = b""
    for start, end in pairwise([0, *plan["splits"], len(message)]):
        records += bytes.fromhex(plan["record"]) + _counted(2, message[start:end])
    return records[: len(records) - plan["left_out"]]


def _extensions(plan: Json) -> bytes:
    whole = b""
    for number, value in plan["extensions"]:
        whole += bytes.fromhex(number) + _counted(2, bytes.fromhex(value))
    if plan["versions"]:
        versions = _counted(1, *map(bytes.fromhex, plan["versions"]))
        whole += b"\x00\x2b" + _counted(2, versions)
    return whole


def _counted(head: int, *parts: bytes) -> bytes:
    whole = b"".join(parts)
    return len(whole).to_bytes(head, "big") + whole


def _trace_hello(context: Json, given: Json) -> Json:
    """The versions and suites that are offered, by their numbers in hexadecimal."""
    try:
        said = client_hello.read_client_hello(bytes.fromhex(given["hello"]))
    except RoamingError:
        return {}
    offers = {}
    for name, numbers in said._asdict().items():
        offers[name] = [f"{number:04x}" for number in numbers]
    return offers


# --- peer.admit -------------------------------------------------------------------------------


def _admit_peer(edition: Edition, context: Json, given: Json) -> Expect:
    shown = given["shown"]
    if shown is None:
        if not given["accepting"]:
            raise ValueError("a server always shows a certificate")
        alerts = list(client_hello.NO_CERTIFICATE[given["version"]])
        return refused(Untrusted("TLS-3", "no certificate"), {"alert": alerts, "says": ""})
    kind = Kind(shown["kind"])
    try:
        recognise(network_of(context), shown["entity"], kind, given["called"])
    except Untrusted as error:
        last_word = framed(error.rule_id.encode()).hex()
        return refused(error, {"alert": None, "says": last_word})
    return accepted({"says": framed(b"").hex() if given["accepting"] else ""})


# --- frames.read ------------------------------------------------------------------------------


def _read_frames(edition: Edition, context: Json, given: Json) -> Expect:
    heard, number = Frames(), 0
    heard.admitted = given["admitted"]
    try:
        for chunk in given["chunks"]:
            number += 1
            heard.add_bytes(_bytes_of(chunk))
        number += 1  # the end counts as one more
        if given["ends"]:
            heard.end_of_bytes(orderly={"said": True, "cut": False}[given["ends"]])
    except RoamingError as error:
        return refused(error, {"chunk": number, "frames": _digests(heard)})
    return accepted(
        {"admitted": heard.admitted, "closed": heard.closed, "frames": _digests(heard)}
    )


def _bytes_of(chunk: str) -> bytes:
    """What a chunk stands for: bytes in hexadecimal, some repeated, as in `0a0b 78*65536`."""
    whole = b""
    for run in chunk.split():
        raw, _, times = run.partition("*")
        whole += bytes.fromhex(raw) * int(times or 1)
    return whole


def _digests(heard: Frames) -> list[Json]:
    return [
        {"bytes": len(frame), "sha256": sha256(frame).hexdigest()} for frame in heard.frames
    ]


# --- What discovery may put where -------------------------------------------------------------

NAMES: Final = ("csp-alba", "csp-birch", "cso-elm", "house-north")
FRAMES: Final = (
    *("00000000", "00000001", "000000", "00010001"),
    "00000001 78",
    f"00000005 {b'TLS-7'.hex()}",
)
Values = dict[str, Sequence[object]]

HELLOS: Final[Values] = {
    "input.hello.versions": [None, ["0302"], ["0303"], ["0304"]],
    "input.hello.legacy_version": ["0301", "0302", "0304"],
    "input.hello.suites": [[], ["002f"], ["1301"], ["c02b"], ["c02f"]],
    "input.hello.type": ["02"],
    "input.hello.left_out": [1, 100],
    "input.keys": [["Ed25519"], ["RSA"]],
}
PEERS: Final[Values] = {
    "input.shown": [
        None,
        *({"entity": name, "kind": kind} for name in NAMES for kind in ("csp", "cso")),
    ],
    "input.called": [None, *NAMES],
}
CHUNKS: Final[Values] = {
    "input.admitted": [False, True],
    "input.chunks": [
        [],
        *([one] for one in FRAMES),
        *([one, other] for one in FRAMES for other in FRAMES),
    ],
    "input.ends": [None, "said", "cut"],
}


def _edits_of_hello(corpus: Corpus, given: Json) -> Iterator[list[Edit]]:
    yield set_each(HELLOS)


def _edits_of_peer(corpus: Corpus, given: Json) -> Iterator[list[Edit]]:
    yield set_each(PEERS)


def _edits_of_chunks(corpus: Corpus, given: Json) -> Iterator[list[Edit]]:
    yield set_each(CHUNKS)


OPERATIONS: Final = {
    "hello.answer": Operation(
        answer=_answer_hello,
        write=_write_hello,
        trace=_trace_hello,
        codes="TLS-1 TLS-2 TLS-6",
        one_goal_per_base=True,
        edits=_edits_of_hello,
    ),
    "peer.admit": Operation(
        answer=_admit_peer,
        by_edition=False,
        codes="TLS-3 TLS-13",
        one_goal_per_base=True,
        edits=_edits_of_peer,
    ),
    "frames.read": Operation(
        answer=_read_frames,
        by_edition=False,
        codes="TLS-6 TLS-7 TLS-8 TLS-9",
        edits=_edits_of_chunks,
    ),
}
