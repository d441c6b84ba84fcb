"""One protected message from inside: what is signed, what is sealed, and what each step rests
on.

Every step is done again with `security.jws` and `jwe` and shows its bytes.  Of a secret only
the SHA-256 is shown: enough to see that both sides hold the same, too little to use.  The keys
are those of `trust`, and the dice of this one message fell long ago, so that it is the same
bytes every time.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from textwrap import wrap
from types import MappingProxyType
from typing import Any, Final

from refimpl.edition import load
from refimpl.messages import Envelope
from refimpl.play.example import NETWORK, START
from refimpl.play.player import play
from refimpl.security import compact, jwe
from refimpl.security.pki import roaming_pki
from refimpl.security.protection import KeyRing, RoutingHeader, Sealing, protect
from refimpl.views.figure import ACCENT, FAINT, MUTED, Figure, digraph
from refimpl.views.tables import Table
from refimpl.views.trust import FOUR, NAMES, SEED, pki
from refimpl.views.words import rule

SENDER, RECEIVER = "cso-elm", "csp-alba"

# fmt: off
MEMBERS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = MappingProxyType({
    "signed": {
        "alg":            ("how it is signed; the key decides, this may only agree",        "JOS-14"),
        "correlation_id": ("in which service",                                              "MSG-3"),
        "edition":        ("in which edition's terms",                                      "REP-3"),
        "exp":            ("when it no longer counts, in seconds since 1970",               "MSG-6"),
        "iat":            ("when it was signed",                                            "MSG-5"),
        "jti":            ("which message of this sender; a second one is a replay",        "MSG-7"),
        "kid":            ("with which key; the reader has it already",                     "JOS-13"),
        "receiver":       ("for whom",                                                      "MSG-2"),
        "sender":         ("from whom; the key must be that entity's",                      "MSG-1"),
        "typ":            ("which kind of message",                                         "MSG-8"),
    },
    "sealed": {
        "alg":            ("how the two come to a content key",                             "JOS-12"),
        "apu":            ("the sender, bound into the content key",                        "MSG-3"),
        "apv":            ("the receiver, bound into the content key",                      "MSG-3"),
        "correlation_id": ("in which service; a clearing house may read it",                "MSG-3"),
        "enc":            ("how the content is encrypted and guarded",                      "JOS-12"),
        "epk":            ("the public half of a key made for this one message",            "JOS-16"),
        "kid":            ("which of the receiver's keys opens it",                         "JOS-13"),
        "receiver":       ("where to; a clearing house may read it",                        "MSG-3"),
        "sender":         ("where from; a clearing house may read it",                      "MSG-3"),
        "typ":            ("which kind of message; a clearing house may read it",           "MSG-3"),
    },
})
"""What each member of a header says, and the rule that speaks most of it."""
# fmt: on


def signs(entity_id: str) -> str:
    """The id of the key that an entity signs with."""
    return f"{entity_id}-signs"


def opens(entity_id: str) -> str:
    """The id of the key that an entity opens seals with."""
    return f"{entity_id}-opens"


def ring(entity_id: str) -> KeyRing:
    """Collect the keys that one of the four goes by: those of all to verify with, its own to
    open seals with.
    """
    trusted: Any = {
        signs(name): (name, leaf.key.public_key()) for name, leaf in pki().leaves.items()
    }
    return KeyRing(trusted, {opens(entity_id): pki().leaf(entity_id).encryption_key})


def sealing(receiver: str = RECEIVER) -> Sealing:
    """What seals the message for one of the four; its dice have fallen already, which is right
    for an example only.
    """
    once = (
        roaming_pki(FOUR, seed=SEED + b", one message", now=START, algorithm="Ed25519")
        .leaf(SENDER)
        .encryption_key
    )
    receiver_key: Any = pki().leaf(receiver).encryption_key.public_key()
    return Sealing(opens(receiver), receiver_key, once, sha256(SEED + b", iv").digest()[:12])


def envelope(edition: str = "2025") -> Envelope:
    """The first word of a journey: may a contract be charged with at a station?"""
    return play("charge", load(edition), network=NETWORK).frames[0].envelope


@cache
def signed(edition: str = "2025") -> str:
    """The message, signed by its sender."""
    return protect(envelope(edition), signs(SENDER), pki().leaf(SENDER).key)


@cache
def sealed(edition: str = "2025") -> str:
    """The message, signed by its sender and sealed for its receiver."""
    return protect(envelope(edition), signs(SENDER), pki().leaf(SENDER).key, sealing())


def _words(raw: bytes) -> str:
    return raw.decode()


def _ends(raw: bytes) -> str:
    return f"{raw[:40].decode()} … {raw[-40:].decode()}"


def _hex(raw: bytes) -> str:
    return raw.hex(" ") if len(raw) <= 32 else f"{raw[:16].hex(' ')} … {raw[-8:].hex(' ')}"


def _mixed(raw: bytes) -> str:
    return repr(raw)[2:-1]


def _hash(secret: bytes) -> str:
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


JWS: Final = ("signed header", "payload", "signature")
JWE: Final = ("sealed header", "no key", "iv", "ciphertext", "tag")
SECRETS: Final = ("ephemeral key", "shared secret", "content key")
BANDS: Final = MappingProxyType({"sealed text": JWE, "secrets": SECRETS, "signed text": JWS})
"""The picture: what a text is made of, from the outside in.  The ciphertext is the signed text.
"""

# fmt: off
STEPS: Final = (
    Step("canonical message",   JWS[1:2],     "MSG-9",  _words, "One message, one byte form; members in their order."),
    Step("header to sign",      JWS[:1],      "JOS-11", _words, "What belongs to the message is signed along with it."),
    Step("signing input",       JWS[:2],      "JOS-3",  _ends,  "Header and message in base64url, joined by a dot."),
    Step("signature",           JWS[2:],      "JOS-15", _hex,   "By the sender's key, over the signing input."),
    Step("signed text",         JWS,          "JOS-2",  _ends,  "Three parts joined by dots."),
    Step("ephemeral key",       SECRETS[:1],  "JOS-16", _words, "A key pair for this message alone; the public half."),
    Step("shared secret",       SECRETS[1:2], "JOS-17", _hash,  "Made of one's private and the other's public half."),
    Step("what the key is for", SECRETS[2:],  "MSG-3",  _mixed, "The encryption, the parties, the length in bits."),
    Step("content key",         SECRETS[2:],  "JOS-12", _hash,  "Derived from the two (Concat KDF with SHA-256)."),
    Step("header in the open",  JWE[:1],      "MSG-3",  _words, "All that a clearing house reads; it is guarded."),
    Step("iv",                  JWE[2:3],     "JOS-5",  _hex,   "Twelve bytes for this message alone."),
    Step("ciphertext",          JWE[3:4],     "JOS-18", _hex,   "The signed text, encrypted by AES-256 in GCM."),
    Step("tag",                 JWE[4:],      "JOS-18", _hex,   "Fits this header, content and key, and no others."),
    Step("sealed text",         JWE,          "JOS-2",  _ends,  "Five parts joined by dots; the second is empty."),
)
# fmt: on


@cache
def made(edition: str = "2025") -> Mapping[str, bytes]:
    """What each step makes, in bytes.  Secrets are among them: they are for the eyes of tests."""
    inner, outer, dice = (
        compact.parts_of(signed(edition)),
        compact.parts_of(sealed(edition)),
        sealing(),
    )
    routing = compact.header_of(sealed(edition), RoutingHeader)
    agreed = jwe.agree(
        dice.ephemeral, dice.receiver_key, routing.enc, SENDER.encode(), RECEIVER.encode()
    )
    return MappingProxyType(
        {
            "canonical message": inner["payload"],
            "header to sign": inner["header"],
            "signing input": inner["signing input"],
            "signature": inner["signature"],
            "signed text": signed(edition).encode(),
            "ephemeral key": routing.epk.model_dump_json(exclude_none=True).encode(),
            "shared secret": agreed.shared_secret,
            "what the key is for": agreed.other_info,
            "content key": agreed.content_key,
            "header in the open": outer["header"],
            "iv": outer["iv"],
            "ciphertext": outer["ciphertext"],
            "tag": outer["tag"],
            "sealed text": sealed(edition).encode(),
        }
    )


def draw(step: int = 1, edition: str = "2025") -> Figure:
    """One step: where it is in the whole, how it is done, and what comes of it; steps count
    from one.
    """
    one, known, raw = STEPS[step - 1], load(edition), made(edition)[STEPS[step - 1].makes]
    title = f"Step {step} of {len(STEPS)}: {one.makes}"
    told = (one.how, rule(known, one.rule), f"{len(raw)} bytes:")
    bands = "".join(_band(name, cells, one.cells) for name, cells in BANDS.items())
    lines = "".join(_line(line) for text in told for line in wrap(text, 105))
    shown = "".join(
        _line(line, ' face="Courier New"')
        for line in wrap(one.show(raw), 84, break_on_hyphens=False)
    )
    whole = f'<<table border="0" cellspacing="4" cellpadding="5">{bands}{lines}{shown}</table>>'
    graph = digraph("layers", label=f"<<b>{escape(title)}</b><br/> >", labelloc="t")
    graph.node("whole", whole, shape="plaintext")
    where = f"Part of the whole: {', '.join(one.cells)}."
    return Figure(title, str(graph.source), "\n".join((where, *told, one.show(raw))))


def _band(name: str, cells: tuple[str, ...], here: tuple[str, ...]) -> str:
    """One row of the picture; the cells of the step are bold and have a thick border."""
    filled = [f'<td align="left"><font color="{MUTED}">{name}:</font></td>']
    for cell in cells:
        border, colour, fill = (3, ACCENT, "#e3edf9") if cell in here else (1, FAINT, "white")
        words = f"<b>{cell}</b>" if cell in here else f'<font color="{MUTED}">{cell}</font>'
        filled.append(f'<td border="{border}" color="{colour}" bgcolor="{fill}">{words}</td>')
    rest = len(JWE) - len(cells)
    filled += [f'<td colspan="{rest}"></td>'] if rest else []
    return f"<tr>{''.join(filled)}</tr>"


def _line(text: str, face: str = "") -> str:
    return f'<tr><td align="left" colspan="{len(JWE) + 1}" cellpadding="1"><font{face}>{escape(text)}</font></td></tr>'


def table(edition: str = "2025") -> Table:
    """All steps with what comes of them.

    >>> [row[2] for row in table().rows if row[1] == "signature"]
    ['64']
    """
    rules, raw = load(edition).rules, made(edition)
    rows = (
        (
            str(number),
            one.makes,
            str(len(raw[one.makes])),
            _brief(one.show(raw[one.makes])),
            one.how,
            one.rule,
            basis,
        )
        for number, one in enumerate(STEPS, 1)
        for basis in (rules[one.rule].basis,)
    )
    columns = ("step", "what", "bytes", "which", "how", "rule", "basis")
    return Table(
        f"A message from {NAMES[SENDER]} to {NAMES[RECEIVER]}, step by step",
        columns,
        tuple(rows),
    )


def _brief(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:28]} … {text[-28:]}"


def header(which: str, edition: str = "2025") -> Table:
    """A header member by member: `signed` is the sender's, `sealed` is what a clearing house
    may read.

    >>> [row[0] for row in header("sealed").rows]
    ['alg', 'apu', 'apv', 'correlation_id', 'enc', 'epk', 'kid', 'receiver', 'sender', 'typ']
    """
    known, text = load(edition), {"signed": signed, "sealed": sealed}[which](edition)
    rows = (
        (
            name,
            value if isinstance(value, str) else json.dumps(value),
            says,
            rule(known, rule_id),
        )
        for name, value in json.loads(compact.parts_of(text)["header"]).items()
        for says, rule_id in (MEMBERS[which][name],)
    )
    return Table(
        f"The header of the {which} text",
        ("member", "value", "what it says", "rule"),
        tuple(rows),
    )
