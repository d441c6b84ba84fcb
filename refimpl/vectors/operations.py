"""What the reference answers: every operation a vector may ask for, from JSON to JSON.

An answer is what stands under `expect` in a vector: accepted with an output, or refused with
the rule that decides.  A sequence tells besides how far it came.

Nothing here knows about recipes, files or the other vectors.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from itertools import count
from types import MappingProxyType
from typing import Any, Final

from pydantic import TypeAdapter
from rpds import HashTrieMap

from refimpl import identifiers, network, wire
from refimpl.edition import Edition
from refimpl.endpoint import Outcome, RoamingEndpoint, receive, send
from refimpl.errors import RoamingError, Untrusted
from refimpl.messages import Envelope, Message, Refusal
from refimpl.network import Network, route
from refimpl.records import Shape
from refimpl.session import STEPS, Session, Step, follow
from refimpl.tls import client_hello
from refimpl.tls.channel import recognise
from refimpl.tls.framing import Frames, framed
from refimpl.vectors import secured
from refimpl.vectors.edits import wire_json
from refimpl.vocabulary import Kind, Role

Json = dict[str, Any]
Operation = Callable[[Edition, Any, Json], Json]

EMAID: Final = "country provider instance check"
NOW: Final = datetime(2025, 7, 8, 12, tzinfo=UTC)
"""The moment at which everything in an exchange vector happens."""

_message: Final[TypeAdapter[Shape]] = TypeAdapter(Message)


def answer(operation: str, edition: Edition, context: Any, given: Json) -> Json:
    """What the reference answers to one input in one edition, as it stands under `expect`."""
    try:
        return OPERATIONS[operation](edition, context, given)
    except RoamingError as error:
        return _refused(error)


def accepted(output: Json) -> Json:
    """The answer that accepts."""
    return {"outcome": "accept", "output": output}


def _refused(error: RoamingError, **how_far: Any) -> Json:
    return {"outcome": "reject", "error": error.rule_id, **how_far}


def _parse_emaid(edition: Edition, context: Any, given: Json) -> Json:
    return accepted(_shown(identifiers.parse_emaid(given["text"], given["profile"]), EMAID))


def _parse_evse_id(edition: Edition, context: Any, given: Json) -> Json:
    return accepted(
        _shown(
            identifiers.parse_evse_id(given["text"], given["profile"]),
            "country operator outlet",
        )
    )


def _check_character(edition: Edition, context: Any, given: Json) -> Json:
    return accepted({"check": identifiers.check_character(given["text"])})


def _din_check_digit(edition: Edition, context: Any, given: Json) -> Json:
    return accepted({"check": identifiers.din_check_digit(given["text"])})


def _migrate_din(edition: Edition, context: Any, given: Json) -> Json:
    emaid = identifiers.parse_emaid(given["text"], given["profile"])
    return accepted(_shown(identifiers.migrate_din(emaid, given["convention"]), EMAID))


def _shown(identifier: object, names: str) -> Json:
    return {
        **{name: getattr(identifier, name) for name in names.split()},
        "canonical": str(identifier),
    }


def _read_network(edition: Edition, context: Any, given: Json) -> Json:
    read = network.read(given["text"], edition)
    return accepted({"entities": [entity.id for entity in read.entities]})


def _route(edition: Edition, context: Any, given: Json) -> Json:
    hops = route(
        _network(wire_json(context)),
        edition,
        *(given[name] for name in ("mode", "sender", "receiver", "exchange")),
    )
    return accepted({"hops": [[hop.sender, hop.receiver, hop.interface] for hop in hops]})


@cache
def _network(raw: bytes) -> Network:
    return Network.model_validate_json(raw)


def _follow(edition: Edition, context: Any, given: Json) -> Json:
    phases: list[str] = []
    try:
        for session, _ in _sessions(edition, given):
            phases.append(session.phase.value)
    except RoamingError as error:
        return _refused(error, step=len(phases) + 1, phases=phases)
    return accepted({"phases": phases})


def _sessions(edition: Edition, given: Json) -> Iterator[tuple[Session, Step]]:
    """The session after each message, and the row of the table that led there."""
    session = Session("service-1", given["home_csp"], given["visited_cso"])
    for step in given["steps"]:
        message, by = _message.validate_json(wire_json(step["message"])), Role(step["by"])
        before, session = session, follow(session, message, by, edition)
        yield (
            session,
            next(
                row
                for row in STEPS
                if (row.phase, row.message, row.by) == (before.phase, type(message), by)
                and row.when(message)
            ),
        )


def rows(operation: str, edition: Edition, given: Json) -> Iterator[Step]:
    """The rows of the session table that a sequence takes, as far as it goes."""
    try:
        for _, row in _sessions(edition, given) if operation == "session.follow" else ():
            yield row
    except RoamingError:
        return


def row_name(row: Step) -> str:
    """How a goal names a row of the session table, as `asked > refusal > refused`."""
    return f"{row.phase} > {row.message.model_fields['kind'].default} > {row.to}"


def _decode(edition: Edition, context: Any, given: Json) -> Json:
    raw = urlsafe_b64decode(given["base64url"] + "==")
    tail = given.get("then", {"byte": 0, "times": 0})
    return accepted(
        {
            "canonical": wire.encode(
                wire.decode(raw + bytes([tail["byte"]]) * tail["times"])
            ).decode()
        }
    )


def _play(edition: Edition, context: Any, given: Json) -> Json:
    ids = count(1)
    rep = RoamingEndpoint(
        given["entity"],
        _network(wire_json(context)),
        edition,
        given["mode"],
        given["strategy"],
        HashTrieMap(given["contracts"]),
        HashTrieMap(given["evses"]),
    )
    sends: list[list[Json]] = []
    for number, step in enumerate(given["steps"], 1):
        try:
            outcome = _one(rep, step, lambda: f"m-{next(ids)}")
        except RoamingError as error:
            return _refused(error, step=number, sends=[*sends, []])
        rep = outcome.rep
        sends.append([_sent(one.peer, one.envelope) for one in outcome.sends])
        if outcome.notes:
            return _refused(outcome.notes[0], step=number, sends=sends)
    return accepted({"sends": sends})


def _one(rep: RoamingEndpoint, step: Json, new_id: Callable[[], str]) -> Outcome:
    if "say" in step:
        message = _message.validate_json(wire_json(step["say"]))
        return send(
            rep,
            message,
            step["to"],
            correlation_id=step["correlation_id"],
            now=NOW,
            new_id=new_id,
        )
    envelope = {"edition": rep.edition.id, "sent_at": "2025-07-08T12:00:00Z", **step["hear"]}
    return receive(
        rep,
        Envelope.model_validate_json(wire_json(envelope)),
        peer=step["from"],
        now=NOW,
        new_id=new_id,
    )


def _sent(peer: str, envelope: Envelope) -> Json:
    told = envelope.model_dump(mode="json", exclude_none=True, exclude={"edition", "sent_at"})
    if isinstance(envelope.message, Refusal):
        del told["message"]["where"]
    return {"peer": peer, **told}


def _answer_hello(edition: Edition, context: Any, given: Json) -> Json:
    try:
        version, suites = client_hello.negotiate(
            client_hello.read_client_hello(bytes.fromhex(given["hello"])),
            edition,
            frozenset(given["keys"]),
        )
    except RoamingError as error:
        return _refused(error, alert=client_hello.ALERTS.get(error.rule_id))
    return accepted({"version": version, "suites": list(suites)})


def _admit_peer(edition: Edition, context: Any, given: Json) -> Json:
    shown = given["shown"]
    if shown is None:
        if not given["accepting"]:
            raise ValueError("a server always shows a certificate")
        return _refused(
            Untrusted("TLS-3", "no certificate"),
            alert=client_hello.NO_CERTIFICATE[given["version"]],
            says="",
        )
    try:
        recognise(
            _network(wire_json(context)), shown["entity"], Kind(shown["kind"]), given["called"]
        )
    except Untrusted as error:
        return _refused(error, alert=None, says=framed(error.rule_id.encode()).hex())
    return accepted({"says": framed(b"").hex() if given["accepting"] else ""})


def _read_frames(edition: Edition, context: Any, given: Json) -> Json:
    heard, number = Frames(), 0
    heard.admitted = given["admitted"]
    try:
        for chunk in given["chunks"]:
            number += 1
            heard.add_bytes(_bytes(chunk))
        number += 1  # the end counts as one more
        if given["ends"]:
            heard.end_of_bytes(orderly={"said": True, "cut": False}[given["ends"]])
    except RoamingError as error:
        return _refused(error, chunk=number, frames=_digests(heard))
    return accepted(
        {"admitted": heard.admitted, "closed": heard.closed, "frames": _digests(heard)}
    )


def _bytes(chunk: str) -> bytes:
    """What a chunk stands for: bytes in hexadecimal, some of them repeated, as `0a0b 78*65536`."""
    runs = (run.partition("*") for run in chunk.split())
    return b"".join(bytes.fromhex(raw) * int(times or 1) for raw, _, times in runs)


def _digests(heard: Frames) -> list[Json]:
    return [
        {"bytes": len(frame), "sha256": sha256(frame).hexdigest()} for frame in heard.frames
    ]


def _secured(operation: str) -> Operation:
    return lambda edition, context, given: accepted(
        secured.ANSWERS[operation](edition, context, given)
    )


OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        "emaid.parse": _parse_emaid,
        "evse-id.parse": _parse_evse_id,
        "emaid.check-character": _check_character,
        "emaid.din-check-digit": _din_check_digit,
        "emaid.migrate-din": _migrate_din,
        "network.read": _read_network,
        "network.route": _route,
        "session.follow": _follow,
        "message.decode": _decode,
        "endpoint.play": _play,
        "hello.answer": _answer_hello,
        "peer.admit": _admit_peer,
        "frames.read": _read_frames,
        **{name: _secured(name) for name in secured.ANSWERS},
    }
)


def as_published(operation: str, context: Any, given: Json) -> Json:
    """An input as a vector shows it: bytes in base64url, beside them as text where they are
    one; what is secured, made.

    Raises LookupError, TypeError, ValueError or `RoamingError` for what cannot be made.
    """
    if operation in secured.WRITERS:
        return secured.WRITERS[operation](context, given)
    if operation != "message.decode":
        return given
    raw = given["text"].encode("utf-8", "surrogateescape")
    shown = {**given, "base64url": urlsafe_b64encode(raw).decode().rstrip("=")}
    if raw.decode("utf-8", "replace") != given["text"]:
        del shown["text"]
    return shown
