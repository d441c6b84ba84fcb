"""One protected message from inside: what is signed, what is sealed, and what each step rests
on.

Every step is done again by `lab.sample` and shows its bytes.  Of a secret only the SHA-256 is
shown: enough to see that both sides hold the same, too little to use.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from textwrap import wrap
from types import MappingProxyType
from typing import Final

from refimpl.edition import Edition
from refimpl.lab.entities import NAMES
from refimpl.lab.message_bytes import MEMBERS, message_bytes
from refimpl.lab.sample import (
    RECEIVER,
    SENDER,
    intermediate_values,
    sealed_text,
    signed_text,
)
from refimpl.security import compact
from refimpl.views.kit.figure import Figure, digraph
from refimpl.views.kit.labels import rule
from refimpl.views.kit.palette import ACCENT, ACCENT_FILL, FAINT, MUTED, PAPER
from refimpl.views.kit.table import Table
from refimpl.views.secure.byte_view import Sheets

TEXTS: Final = MappingProxyType({"signed": signed_text, "sealed": sealed_text})


def _as_text(raw: bytes) -> str:
    return raw.decode()


def _both_ends(raw: bytes) -> str:
    return f"{raw[:40].decode()} … {raw[-40:].decode()}"


def _as_hex(raw: bytes) -> str:
    return raw.hex(" ") if len(raw) <= 32 else f"{raw[:16].hex(' ')} … {raw[-8:].hex(' ')}"


def _escaped(raw: bytes) -> str:
    return repr(raw)[2:-1]


def _hash_of(secret: bytes) -> str:
    return f"secret; its SHA-256 begins with {sha256(secret).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Step:
    """What a step makes, of which cells of the picture, under which rule, how its bytes are
    shown, how it is done.
    """

    makes: str
    cells: tuple[str, ...]
    rule: str
    show: Callable[[bytes], str]
    how: str


SIGNED_PARTS: Final = ("signed header", "payload", "signature")
SEALED_PARTS: Final = ("sealed header", "no key", "iv", "ciphertext", "tag")
SECRETS: Final = ("ephemeral key", "shared secret", "content key")
BANDS: Final = MappingProxyType(
    {"sealed text": SEALED_PARTS, "secrets": SECRETS, "signed text": SIGNED_PARTS}
)
"""The picture: what a text is made of, from the outside in.  The ciphertext is the signed text.
"""

# fmt: off
STEPS: Final = (
    Step("canonical message",    SIGNED_PARTS[1:2],  "MSG-9",  _as_text,
         "One message, one byte form; members in their order."),
    Step("header to sign",       SIGNED_PARTS[:1],   "JOS-11", _as_text,
         "What belongs to the message is signed along with it."),
    Step("signing input",        SIGNED_PARTS[:2],   "JOS-3",  _both_ends,
         "Header and message in base64url, joined by a dot."),
    Step("signature",            SIGNED_PARTS[2:],   "JOS-15", _as_hex,
         "By the sender's key, over the signing input."),
    Step("signed text",          SIGNED_PARTS,       "JOS-2",  _both_ends,
         "Three parts joined by dots."),
    Step("ephemeral key",        SECRETS[:1],        "JOS-16", _as_text,
         "A key pair for this message alone; the public half."),
    Step("shared secret",        SECRETS[1:2],       "JOS-17", _hash_of,
         "Made of one's private and the other's public half."),
    Step("what the key is for",  SECRETS[2:],        "MSG-3",  _escaped,
         "The encryption, the parties, the length in bits."),
    Step("content key",          SECRETS[2:],        "JOS-12", _hash_of,
         "Derived from the two (Concat KDF with SHA-256)."),
    Step("header in the open",   SEALED_PARTS[:1],   "MSG-3",  _as_text,
         "All that a clearing house reads; it is guarded."),
    Step("iv",                   SEALED_PARTS[2:3],  "JOS-5",  _as_hex,
         "Twelve bytes for this message alone."),
    Step("ciphertext",           SEALED_PARTS[3:4],  "JOS-18", _as_hex,
         "The signed text, encrypted by AES-256 in GCM."),
    Step("tag",                  SEALED_PARTS[4:],   "JOS-18", _as_hex,
         "Fits this header, content and key, and no others."),
    Step("sealed text",          SEALED_PARTS,       "JOS-2",  _both_ends,
         "Five parts joined by dots; the second is empty."),
)
# fmt: on


def message_step(edition: Edition, step: int = 1) -> Figure:
    """Draw one step: where it is in the whole, how it is done, and what comes of it; steps
    count from one.
    """
    here = STEPS[step - 1]
    raw = intermediate_values(edition)[here.makes]
    title = f"Step {step} of {len(STEPS)}: {here.makes}, edition {edition.id}"
    told = (here.how, rule(edition, here.rule), f"{len(raw)} bytes:")
    rows = [_band(name, cells, here.cells) for name, cells in BANDS.items()]
    for text in told:
        rows += [_line(line) for line in wrap(text, 105)]
    for line in wrap(here.show(raw), 84, break_on_hyphens=False):
        rows.append(_line(line, ' face="Courier New"'))
    whole = f'<<table border="0" cellspacing="4" cellpadding="5">{"".join(rows)}</table>>'
    graph = digraph("steps")
    graph.node("whole", whole, shape="plaintext")
    where = f"Part of the whole: {', '.join(here.cells)}."
    text = "\n".join((where, *told, here.show(raw)))
    same = "This step makes the same bytes in every edition."
    return Figure(title, str(graph.source), text, {"edition": same})


def _band(name: str, cells: tuple[str, ...], here: tuple[str, ...]) -> str:
    """Write one row of the picture; the cells of the step are bold and have a thick border."""
    filled = [f'<td align="left"><font color="{MUTED}">{name}:</font></td>']
    for cell in cells:
        if cell in here:
            look, words = (
                f'border="3" color="{ACCENT}" bgcolor="{ACCENT_FILL}"',
                f"<b>{cell}</b>",
            )
        else:
            look = f'border="1" color="{FAINT}" bgcolor="{PAPER}"'
            words = f'<font color="{MUTED}">{cell}</font>'
        filled.append(f"<td {look}>{words}</td>")
    rest = len(SEALED_PARTS) - len(cells)
    if rest:
        filled.append(f'<td colspan="{rest}"></td>')
    return f"<tr>{''.join(filled)}</tr>"


def _line(text: str, face: str = "") -> str:
    across = f'align="left" colspan="{len(SEALED_PARTS) + 1}" cellpadding="1"'
    return f"<tr><td {across}><font{face}>{escape(text)}</font></td></tr>"


def message_steps(edition: Edition) -> Table:
    """Table all steps with what comes of them.

    >>> from refimpl.edition import load
    >>> [row[2] for row in message_steps(load("2025")).rows if row[1] == "signature"]
    ['64']
    """
    values, rows = intermediate_values(edition), []
    for number, step in enumerate(STEPS, 1):
        raw, row = values[step.makes], edition.rules.get(step.rule)
        basis = str(row.basis) if row else ""
        told = (str(len(raw)), _shorten(step.show(raw)), step.how, step.rule, basis)
        rows.append((str(number), step.makes, *told))
    columns = ("step", "what", "bytes", "which", "how", "rule", "basis")
    ends = f"from {NAMES[SENDER]} to {NAMES[RECEIVER]}"
    return Table(f"A message {ends}, step by step, {edition.id}", columns, tuple(rows))


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:28]} … {text[-28:]}"


def header_members(edition: Edition, which: str) -> Table:
    """Table a header member by member: `signed` is the sender's, `sealed` is what a clearing
    house may read.

    >>> from refimpl.edition import load
    >>> [row[0] for row in header_members(load("2025"), "sealed").rows][:6]
    ['alg', 'apu', 'apv', 'correlation_id', 'enc', 'epk']
    """
    text = TEXTS[which](edition)
    members, rows = json.loads(compact.parts_of(text)["header"]), []
    for name, value in members.items():
        rule_id, says = MEMBERS[which][name]
        shown = value if isinstance(value, str) else json.dumps(value)
        rows.append((name, shown, says, rule(edition, rule_id)))
    columns = ("member", "value", "what it says", "rule")
    return Table(f"The header of the {which} text, {edition.id}", columns, tuple(rows))


def message_sheets(edition: Edition) -> Sheets:
    """The sample byte by byte: as it is said in plain, signed, and sealed.

    >>> from refimpl.edition import load
    >>> [sheet.title for sheet in message_sheets(load("2025")).sheets][:2]
    ['The message in plain, as a frame', 'The signed text']
    """
    ends = f"from {NAMES[SENDER]} to {NAMES[RECEIVER]}"
    title = f"A message {ends}, byte by byte, {edition.id}"
    return Sheets(title, edition, message_bytes(edition))
