"""A handshake byte by byte: each record as the line sees it, and what an encrypted one holds,
which only the two ends can read.

Of a handshake that is held now all random numbers and keys are new.  So that a page shows the
same bytes every time, one handshake of each version of TLS is kept in `handshakes.json`; it was
held by `lab.handshake`, and `python -m tests.sample_handshakes` keeps another one.

What lies within an encrypted record is told by the TLS library that wrote it, and the empty
frame by TLS-8; no key is asked for or kept.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple, TypedDict

from refimpl.edition import Edition
from refimpl.lab.der_layout import LEAF, der_ranges
from refimpl.lab.entities import NAMES
from refimpl.lab.handshake import Record, shake_hands
from refimpl.lab.layout import Annotated, annotate
from refimpl.lab.tls_layouts import (
    APPLICATION_DATA,
    TYPES,
    inner_parts,
    record_parts,
)
from refimpl.tls.framing import framed

SAMPLE: Final = Path(__file__).with_name("handshakes.json")


class Sent(NamedTuple):
    """A record of a handshake: in which flight, by whom, and the record."""

    flight: int
    sender: str
    record: Record


class Kept(TypedDict):
    """A record as `handshakes.json` keeps it; bytes in hexadecimal digits."""

    flight: int
    sender: str
    message: str
    open: bool
    content: int
    raw: str
    inner: str


def records_now(edition: Edition) -> tuple[Sent, ...]:
    """Hold a handshake in the lowest version of TLS of an edition, and list its records."""
    found = []
    for number, flight in enumerate(shake_hands(edition), 1):
        found += [Sent(number, flight.sender, record) for record in flight.records]
    return tuple(found)


def kept_form(sent: Sent) -> Kept:
    """A record as it is kept."""
    record = sent.record
    return {
        "flight": sent.flight,
        "sender": sent.sender,
        "message": record.message,
        "open": record.open,
        "content": record.content,
        "raw": record.raw.hex(),
        "inner": record.inner.hex(),
    }


def _sent(kept: Kept) -> Sent:
    raw, inner = bytes.fromhex(kept["raw"]), bytes.fromhex(kept["inner"])
    head = (TYPES[raw[0]], raw[1:3].hex(), len(raw) - 5)
    record = Record(*head, kept["message"], kept["open"], kept["content"], raw, inner)
    return Sent(kept["flight"], kept["sender"], record)


@cache
def sample_records() -> Mapping[str, tuple[Sent, ...]]:
    """The records of the handshakes that are kept, by their version of TLS.

    >>> [sent.record.message for sent in sample_records()["1.3"]][:2]
    ['ClientHello', 'ServerHello']
    """
    kept = json.loads(SAMPLE.read_text("utf-8"))
    return {version: tuple(map(_sent, records)) for version, records in kept.items()}


def handshake_bytes(edition: Edition, *, held_now: bool = False) -> tuple[Annotated, ...]:
    """Each record of a handshake in the lowest version of TLS of an edition, with its ranges;
    behind an encrypted one stands what it holds, and behind a chain its leaf.

    Raises `Misuse` TLS-1 for an edition without a version.

    >>> from refimpl.edition import load
    >>> first, *_ = handshake_bytes(load("2025"))
    >>> first.ranges[0].name, first.ranges[0].value
    ('type of the record', 'handshake (0x16)')
    """
    version, kept = edition.minimum_tls or "", sample_records()
    sent = kept.get(version)
    if held_now or sent is None:
        sent = records_now(edition)
    found = []
    for number, one in enumerate(sent, 1):
        found += _annotated(version, number, one)
    return tuple(found)


def _annotated(version: str, number: int, sent: Sent) -> list[Annotated]:
    record = sent.record
    link = f"record-{number}-tls{version.replace('.', '')}"
    told = f"Flight {sent.flight}, from {NAMES[sent.sender]}."
    parts = record_parts(version, record.raw[0], record.length, record.open)
    outer = annotate(record.raw, parts)
    if record.open:
        title, open_to = f"{number}. {record.message}", f"{told} All on the way can read it."
        whole = Annotated(link, title, record.raw, outer, open_to)
        return [whole, *_leaf_in(whole)]
    hidden = f"{told} Encrypted: those on the way see a head and a length."
    title = f"{number}. {record.message}, encrypted"
    inner = _plain_content(version, record)
    inside = Annotated(
        f"{link}-inside",
        f"{number}. {record.message}, what it holds",
        inner,
        annotate(inner, inner_parts(version, record.content)),
        f"{told} Only the two ends can read it.",
    )
    return [Annotated(link, title, record.raw, outer, hidden), inside, *_leaf_in(inside)]


def _leaf_in(message: Annotated) -> Iterator[Annotated]:
    """The first certificate of a message, value by value; nothing where there is none."""
    for found in message.ranges:
        if found.name == "certificate in DER":
            der = message.raw[found.start : found.end]
            title = f"{message.title.partition(',')[0]}: the first one, value by value"
            told = f"Bytes {found.start} to {found.end - 1} of it, in DER."
            yield Annotated(f"{message.id}-leaf", title, der, der_ranges(der, LEAF), told)
            return


def _plain_content(version: str, record: Record) -> bytes:
    """What an encrypted record holds; in TLS 1.3 the type of the content comes last."""
    content = framed(b"") if record.content == APPLICATION_DATA else record.inner
    if version == "1.2":
        return content
    return content + bytes([record.content])
