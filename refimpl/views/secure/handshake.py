"""Mutual TLS between two roaming endpoints, flight by flight: who sends which records, and what
is known by then.

The handshake is held by `lab.handshake` in the lowest version of TLS that the edition takes.
Keys, random numbers and lengths differ from run to run, so no picture shows them.
"""

from collections.abc import Iterator
from html import escape
from typing import Any, Final

from refimpl.edition import Edition
from refimpl.lab.entities import NAMES
from refimpl.lab.handshake import ACCEPTER, OPENER, Flight, Record, shake_hands
from refimpl.lab.handshake_bytes import handshake_bytes
from refimpl.views.kit.figure import KIND_LOOK, Figure, digraph
from refimpl.views.kit.labels import rule
from refimpl.views.kit.palette import ACCENT, ALARM, FAINT, GREY, MUTED, PAPER
from refimpl.views.kit.table import Table
from refimpl.views.secure.byte_view import Sheets

WIDTH, ROW = 6.6, 0.23  # inches between the lifelines, and for each record

# What is proven once a record has arrived, by the message in it.
# fmt: off
PROVES: Final = {
    "ClientHello":
        "Nothing. Somebody offers versions, suites and half of a key exchange.",
    "ServerHello":
        "Nothing about who. In TLS 1.3 both now share a secret, and all that follows is "
        "encrypted.",
    "EncryptedExtensions": "Nothing. Settings that nobody else needs to see.",
    "CertificateRequest":
        "Nothing. The accepting side wants a certificate as well; that makes TLS mutual "
        "(TLS-3).",
    "Certificate":
        "A name is claimed. Certificates are public, so anybody can show one.",
    "ServerKeyExchange":
        "The sender holds the key of its certificate: it has signed its half of the exchange.",
    "ServerHelloDone":     "Nothing. The other side's turn.",
    "ClientKeyExchange":   "Nothing about who. Both now share a secret.",
    "CertificateVerify":
        "The sender holds the key of its certificate: it has signed what was said so far.",
    "change cipher spec":
        "Nothing. In TLS 1.2 the sender encrypts from here on; in TLS 1.3 it means nothing.",
    "Finished":
        "Both have heard the same so far: nobody on the way has changed a byte.",
    "frame":
        "The accepting side has looked: empty, it takes the opener on (TLS-8); a rule does "
        "not.",
    "close notify":
        "The sender has no more to say. An end without it may be anybody's doing (TLS-6).",
}
# fmt: on
KEPT, JUST_NOW = HELD = ("once, and kept", "just now")
"""When a handshake was held."""
REFUSES: Final = "The sender turns the other away, and says why (TLS-7)."


def handshake(edition: Edition, certificate: str = "") -> Figure:
    """Draw the flights of a handshake between two lifelines; `certificate` is what is wrong
    with that of the opener.
    """
    flights = shake_hands(edition, certificate)
    title = f"{_version(edition)} between {NAMES[OPENER]} and {NAMES[ACCEPTER]}"
    title = f"{title}, {_certificates(certificate)}"
    graph = digraph(
        "handshake", layout="neato", splines="line", outputorder="edgesfirst", labelloc="t"
    )
    key = "grey: encrypted; what stands in brackets only the two can read"
    graph.attr(label=f"<<b>{escape(title)}</b><br/>{key}<br/> >")
    ends = {OPENER: (0.0, "opens", "cso"), ACCEPTER: (WIDTH, "accepts", "clearing-house")}
    size = {"width": "2.2", "height": "0.5", "fixedsize": "true"}
    for name, (across, does, kind) in ends.items():
        words = f"<<b>{escape(NAMES[name])}</b><br/>{does}>"
        graph.node(name, words, pos=f"{across},0!", **size, **KIND_LOOK[kind])
    down = 0.55
    for number, flight in enumerate(flights, 1):
        down += ROW * (len(flight.records) + 0.4)
        _draw_flight(graph, number, flight, -down)
        down += 0.55
    for name, (across, *_) in ends.items():
        graph.node(f"end {name}", "", shape="point", width="0.01", pos=f"{across},{-down}!")
        graph.edge(name, f"end {name}", dir="none", color=FAINT)
    return Figure(title, str(graph.source), "\n".join(_lines(flights)))


def _version(edition: Edition) -> str:
    return f"TLS {edition.minimum_tls}, edition {edition.id},"


def _certificates(defect: str) -> str:
    if defect:
        return f"the opener's certificate: {defect.replace('-', ' ')}"
    return "both certificates good"


# A graph of graphviz has no types.
def _draw_flight(graph: Any, number: int, flight: Flight, at: float) -> None:
    """One arrow with its records above it, and what both know by then beneath."""
    start, end = (0.0, WIDTH) if flight.sender == OPENER else (WIDTH, 0.0)
    for name, across in ((f"from {number}", start), (f"to {number}", end)):
        graph.node(name, "", shape="point", width="0.01", pos=f"{across},{at}!")
    colour = ALARM if "turned away" in "".join(_marks(flight)) else ACCENT
    graph.edge(f"from {number}", f"to {number}", color=colour, penwidth="2")
    rows = "".join(map(_record_row, flight.records))
    table = f'<<table border="0" cellspacing="1" cellpadding="1">{rows}</table>>'
    middle = at + ROW * (len(flight.records) + 0.3) / 2
    graph.node(
        f"records {number}", table, shape="plaintext", margin="0", pos=f"{WIDTH / 2},{middle}!"
    )
    look = {"shape": "plaintext", "margin": "0"}
    for across, stands in zip((1.05, WIDTH - 1.05), flight.stands, strict=True):
        words, pos = stands.replace(", ", "\\n"), f"{across},{at - 0.22}!"
        graph.node(f"{number} {across}", words, pos=pos, fontsize="10", fontcolor=MUTED, **look)
    for mark in _marks(flight):
        pos = f"{WIDTH / 2},{at - 0.2}!"
        graph.node(f"mark {number}", mark, pos=pos, fontcolor=ALARM, **look)


def _record_row(record: Record) -> str:
    fill = PAPER if record.open else GREY
    words = escape(_record_words(record))
    return f'<tr><td align="left" bgcolor="{fill}">{words}</td></tr>'


def _record_words(record: Record) -> str:
    if record.message == record.type:
        return record.type
    return f"{record.type}: {record.message if record.open else f'({record.message})'}"


def _marks(flight: Flight) -> Iterator[str]:
    """Put a fault in a few words; a side that was turned away has found none itself."""
    if flight.fault is None:
        return
    if flight.fault.rule_id == "TLS-7":
        yield f"turned away: {flight.fault.where}"
    else:
        yield f"refused: {flight.fault.rule_id}"


def _lines(flights: tuple[Flight, ...]) -> Iterator[str]:
    for number, flight in enumerate(flights, 1):
        messages = ", ".join(
            one.message if one.open else f"{one.message} (encrypted)" for one in flight.records
        )
        yield f"{number}. {NAMES[flight.sender]} sends {messages}."
        for name, stands in zip((OPENER, ACCEPTER), flight.stands, strict=True):
            yield f"{NAMES[name]} then {stands}."
        yield from (f"{mark[0].upper()}{mark[1:]}." for mark in _marks(flight))


def handshake_records(edition: Edition, defect: str = "") -> Table:
    """Table every record: what its header says to all, what lies in it, and what is proven once
    it has arrived.

    >>> from refimpl.edition import load
    >>> handshake_records(load("2025")).rows[1][:4]
    ('2', 'house-north', 'handshake, 0303', 'ServerHello')
    """
    rows = []
    for number, flight in enumerate(shake_hands(edition, defect), 1):
        for record in flight.records:
            head = f"{record.type}, {record.version}"
            readers = "everybody" if record.open else "the other side"
            proven = PROVES.get(record.message, REFUSES)
            row = (str(number), flight.sender, head, record.message, readers, proven)
            rows.append(row)
    columns = (
        "flight",
        "sender",
        "header of the record",
        "message",
        "who can read it",
        "what is proven",
    )
    title = f"{_version(edition)} record by record, {_certificates(defect)}"
    return Table(title, columns, tuple(rows))


def handshake_refusal(edition: Edition, defect: str) -> str:
    """Tell in a sentence the rule under which the accepting side turns away an opener with a
    defect.
    """
    faults = (flight.fault for flight in shake_hands(edition, defect))
    fault = next(fault for fault in faults if fault is not None)
    return f"{rule(edition, fault.rule_id)} Place: {fault.where}."


def handshake_sheets(edition: Edition, held: str = KEPT) -> Sheets:
    """The records of a handshake byte by byte: of the one that is kept, or of one held now.

    >>> from refimpl.edition import load
    >>> handshake_sheets(load("2025")).sheets[1].title
    '2. ServerHello'
    """
    title = f"{_version(edition)} byte by byte"
    return Sheets(title, edition, handshake_bytes(edition, held_now=held == JUST_NOW))
