"""Mutual TLS between two roaming endpoints, flight by flight: who sends which records, and what
is known by then.

The two sides are real `tls.channel.Channel`s that hand each other bytes in memory.  Type,
version and length of a record are read off its five bytes of header, as anybody on the way
could; which message lies in it the sender's TLS library tells.  Keys, random numbers and
lengths differ from run to run, so no picture shows them.

The TLS library looks at the clock of the machine and at no other, so the certificates are made
for the moment.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from ssl import TLSVersion
from typing import Any, Final

from refimpl.edition import load
from refimpl.errors import RoamingError
from refimpl.security.defects import defective_pki
from refimpl.security.pki import Pki, roaming_pki
from refimpl.tls.channel import Channel, Credentials
from refimpl.views.figure import ACCENT, ALARM, FAINT, KIND_LOOK, MUTED, Figure, digraph
from refimpl.views.tables import Table
from refimpl.views.trust import FOUR, NAMES, SEED
from refimpl.views.words import rule

OPENER, ACCEPTER = "cso-elm", "house-north"
WIDTH, ROW = 6.6, 0.23  # inches between the lifelines, and for each record
EDITIONS: Final = {"1.3": "2025", "1.2": "2019"}
"""The edition that asks for a version at least."""

# fmt: off
TYPES: Final = {20: "change cipher spec", 21: "alert", 22: "handshake", 23: "application data"}
MESSAGES: Final = {
    1: "ClientHello", 2: "ServerHello", 8: "EncryptedExtensions", 11: "Certificate", 12: "ServerKeyExchange",
    13: "CertificateRequest", 14: "ServerHelloDone", 15: "CertificateVerify", 16: "ClientKeyExchange", 20: "Finished",
}
ALERTS: Final = {0: "close notify", 44: "certificate revoked", 45: "certificate expired", 48: "unknown CA"}
PROVES: Final = {
    "ClientHello":         "Nothing. Somebody offers versions, suites and half of a key exchange.",
    "ServerHello":         "Nothing about who. In TLS 1.3 both now share a secret, and all that follows is encrypted.",
    "EncryptedExtensions": "Nothing. Settings that nobody else needs to see.",
    "CertificateRequest":  "Nothing. The accepting side wants a certificate as well; that makes TLS mutual (TLS-3).",
    "Certificate":         "A name is claimed. Certificates are public, so anybody can show one.",
    "ServerKeyExchange":   "The sender holds the key of its certificate: it has signed its half of the exchange.",
    "ServerHelloDone":     "Nothing. The other side's turn.",
    "ClientKeyExchange":   "Nothing about who. Both now share a secret.",
    "CertificateVerify":   "The sender holds the key of its certificate: it has signed what was said so far.",
    "change cipher spec":  "Nothing. In TLS 1.2 the sender encrypts from here on; in TLS 1.3 it means nothing.",
    "Finished":            "Both have heard the same so far: nobody on the way has changed a byte.",
    "frame":               "The accepting side has looked: empty, it takes the opener on (TLS-8); a rule does not.",
    "close notify":        "The sender has no more to say. An end without it may be anybody's doing (TLS-6).",
}
# fmt: on
REFUSES: Final = "The sender turns the other away, and says why (TLS-7)."


@dataclass(frozen=True, slots=True)
class Record:
    """A TLS record: type and version from its header, bytes behind it, the message in it, and
    whether all may read.
    """

    type: str
    version: str
    length: int
    message: str
    open: bool


@dataclass(frozen=True, slots=True)
class Flight:
    """What one side sends in one go, where both stand when it has arrived, and the fault its
    receiver has found.
    """

    sender: str
    records: tuple[Record, ...]
    stands: tuple[str, str]
    fault: RoamingError | None


def run(version: str = "1.3", defect: str = "") -> tuple[Flight, ...]:
    """A handshake in memory under the edition of a version; `defect` is what is wrong with the
    opener's certificate.

    >>> [flight.sender for flight in run("1.3")]
    ['cso-elm', 'house-north', 'cso-elm', 'house-north']
    """
    now, edition = datetime.now(UTC), load(EDITIONS[version])
    pki = _pki(defect, now)
    opener, accepter = (
        Credentials.from_pki(pki, name, FOUR, edition) for name in (OPENER, ACCEPTER)
    )
    told: list[str] = []
    settings: Any = opener.opening
    answering: Any = accepter.accepting
    settings.maximum_version = TLSVersion(
        0x301 + int(version[-1])
    )  # two that have TLS 1.3 would use it
    for context in (settings, answering):
        context._msg_callback = _listener(told)
    sides = {
        OPENER: Channel(opener, accepting=False, expected=ACCEPTER),
        ACCEPTER: Channel(accepter, accepting=True),
    }
    return tuple(_flights(sides, told, now))


def _pki(defect: str, now: datetime) -> Pki:
    if defect:
        return defective_pki(FOUR, defect, OPENER, seed=SEED, now=now, algorithm="Ed25519")
    return roaming_pki(FOUR, seed=SEED, now=now, algorithm="Ed25519")


def _listener(told: list[str]) -> Callable[..., None]:
    """What the library calls when it has written: for each record its header, and then the
    message in it, if any.
    """

    def listen(
        _tls: object, direction: str, _version: object, kind: int, _message: object, data: bytes
    ) -> None:
        if direction != "write":
            return
        if (
            kind == 256
        ):  # a header: a new record begins, and unless another word follows it holds a frame
            told.append("frame")
        elif kind in TYPES:
            names = {20: {1: TYPES[20]}, 21: ALERTS, 22: MESSAGES}[kind]
            told[-1] = names.get(data[1 if kind == 21 else 0], TYPES[kind])

    return listen


def _flights(sides: dict[str, Channel], told: list[str], now: datetime) -> Iterator[Flight]:
    turn, encrypted, refused = [OPENER, ACCEPTER], set[str](), False
    while raw := sides[turn[0]].data_to_send():
        sender, receiver = turn
        records = tuple(_records(raw, told, sender, encrypted))
        told.clear()
        fault = None
        try:
            sides[receiver].receive_data(raw, now)
        except RoamingError as error:
            fault = error
            if not refused:  # whoever was turned away has nothing to add
                sides[receiver].close(error)
        yield Flight(sender, records, (_stands(sides[OPENER]), _stands(sides[ACCEPTER])), fault)
        if refused:
            return
        refused, turn = fault is not None, turn[::-1]


def _records(raw: bytes, told: list[str], sender: str, encrypted: set[str]) -> Iterator[Record]:
    """The records in what was sent: one byte of type, two of version, two of length, and so
    many bytes.
    """
    for message in told:
        kind, version, length = raw[0], raw[1:3].hex(), int.from_bytes(raw[3:5], "big")
        yield Record(
            TYPES[kind], version, length, message, kind != 23 and sender not in encrypted
        )
        if kind == 20:
            encrypted.add(sender)
        raw = raw[5 + length :]
    assert not raw  # the library has told of every record


def _stands(side: Channel) -> str:
    if side.peer is None:
        return "knows nobody"
    return f"knows {side.peer.entity_id}, {'admitted' if side.admitted else 'not admitted'}"


def draw(version: str = "1.3", certificate: str = "") -> Figure:
    """The flights of a handshake between two lifelines; `certificate` is what is wrong with
    that of the opener.
    """
    flights = run(version, certificate)
    title = (
        f"TLS {version} between {NAMES[OPENER]} and {NAMES[ACCEPTER]}, {_shown(certificate)}"
    )
    graph = digraph(
        "handshake", layout="neato", splines="line", outputorder="edgesfirst", labelloc="t"
    )
    graph.attr(
        label=f"<<b>{escape(title)}</b><br/>grey: encrypted; what stands in brackets only the two can read<br/> >"
    )
    ends = {OPENER: (0.0, "opens", "cso"), ACCEPTER: (WIDTH, "accepts", "clearing-house")}
    for name, (across, does, kind) in ends.items():
        words = f"<<b>{escape(NAMES[name])}</b><br/>{does}>"
        graph.node(
            name,
            words,
            pos=f"{across},0!",
            width="2.2",
            height="0.5",
            fixedsize="true",
            **KIND_LOOK[kind],
        )
    down = 0.55
    for number, flight in enumerate(flights, 1):
        down += ROW * (len(flight.records) + 0.4)
        _flight(graph, number, flight, -down)
        down += 0.55
    for name, (across, *_) in ends.items():
        graph.node(f"end {name}", "", shape="point", width="0.01", pos=f"{across},{-down}!")
        graph.edge(name, f"end {name}", dir="none", color=FAINT)
    return Figure(title, str(graph.source), "\n".join(_lines(flights)))


def _shown(defect: str) -> str:
    return (
        f"the opener's certificate: {defect.replace('-', ' ')}"
        if defect
        else "both certificates good"
    )


def _flight(graph: Any, number: int, flight: Flight, at: float) -> None:
    """One arrow with its records above it, and what both know by then beneath."""
    start, end = (0.0, WIDTH) if flight.sender == OPENER else (WIDTH, 0.0)
    for name, across in ((f"from {number}", start), (f"to {number}", end)):
        graph.node(name, "", shape="point", width="0.01", pos=f"{across},{at}!")
    colour = ALARM if "turned away" in "".join(_marks(flight)) else ACCENT
    graph.edge(f"from {number}", f"to {number}", color=colour, penwidth="2")
    rows = "".join(
        f'<tr><td align="left" bgcolor="{"white" if one.open else "#e4e4e4"}">{escape(_words(one))}</td></tr>'
        for one in flight.records
    )
    table = f'<<table border="0" cellspacing="1" cellpadding="1">{rows}</table>>'
    middle = at + ROW * (len(flight.records) + 0.3) / 2
    graph.node(
        f"records {number}", table, shape="plaintext", margin="0", pos=f"{WIDTH / 2},{middle}!"
    )
    for across, stands in zip((1.05, WIDTH - 1.05), flight.stands, strict=True):
        look = {"shape": "plaintext", "fontsize": "10", "margin": "0", "fontcolor": MUTED}
        graph.node(
            f"{number} {across}",
            stands.replace(", ", "\\n"),
            pos=f"{across},{at - 0.22}!",
            **look,
        )
    for mark in _marks(flight):
        graph.node(
            f"mark {number}",
            mark,
            shape="plaintext",
            fontcolor=ALARM,
            margin="0",
            pos=f"{WIDTH / 2},{at - 0.2}!",
        )


def _words(record: Record) -> str:
    if record.message == record.type:
        return record.type
    return f"{record.type}: {record.message if record.open else f'({record.message})'}"


def _marks(flight: Flight) -> Iterator[str]:
    """A fault in a few words; whoever hears that it was turned away has found none of its own."""
    if flight.fault is not None:
        own = flight.fault.rule_id != "TLS-7"
        yield (
            f"refused: {flight.fault.rule_id}" if own else f"turned away: {flight.fault.where}"
        )


def _lines(flights: tuple[Flight, ...]) -> Iterator[str]:
    for number, flight in enumerate(flights, 1):
        messages = ", ".join(
            one.message if one.open else f"{one.message} (encrypted)" for one in flight.records
        )
        yield f"{number}. {NAMES[flight.sender]} sends {messages}."
        for name, stands in zip((OPENER, ACCEPTER), flight.stands, strict=True):
            yield f"{NAMES[name]} then {stands}."
        yield from (f"{mark[0].upper()}{mark[1:]}." for mark in _marks(flight))


def table(version: str = "1.3", defect: str = "") -> Table:
    """Every record: what its header says to all, what lies in it, and what is proven once it
    has arrived.

    >>> table("1.3").rows[1]
    ('2', 'house-north', 'handshake, 0303', 'ServerHello', 'everybody', 'Nothing about who. In TLS 1.3 both ...
    """
    rows = (
        (
            str(number),
            flight.sender,
            f"{one.type}, {one.version}",
            one.message,
            "everybody" if one.open else "the other side",
            PROVES.get(one.message, REFUSES),
        )
        for number, flight in enumerate(run(version, defect), 1)
        for one in flight.records
    )
    columns = (
        "flight",
        "sender",
        "header of the record",
        "message",
        "who can read it",
        "what is proven",
    )
    return Table(f"TLS {version}, record by record, {_shown(defect)}", columns, tuple(rows))


def refusal(version: str, defect: str, edition: str = "2025") -> str:
    """The rule under which the accepting side turns away an opener with a defect, in a sentence."""
    fault = next(flight.fault for flight in run(version, defect) if flight.fault is not None)
    return f"{rule(load(edition), fault.rule_id)} Place: {fault.where}."
