"""Certificates and CRLs byte by byte: DER (X.690) read value by value, each with its name, what
it says, and the rule of the profile that asks for it.

A value that holds others is told by its head, and then they are; any other is one range, head
and all.  `NAMES` says what stands where (RFC 5280, 4.1 and 5.1), and `EXTENSIONS` what each
extension is for.  Nothing is checked here: that is for `security.certificates`.

Rules: CRT-1 to CRT-6, CRT-8 to CRT-20.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.errors import Malformed
from refimpl.lab.layout import Range
from refimpl.security.certificates import ENCRYPTION_KEY, ENTITY, KIND

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID = 1, 2, 3, 4, 6
SEQUENCE, DNS_NAME, URI, IP_ADDRESS = 0x30, 0x82, 0x86, 0x87
CONSTRUCTED: Final = 0x20
SHORT: Final = 127
"""The longest length that is told in one byte."""


class Named(NamedTuple):
    """What a value is, and the rule that asks for it."""

    name: str
    rule: str = ""


Path = tuple[int, ...]

# fmt: off
CERTIFICATE: Final[Mapping[Path, Named]] = MappingProxyType({
    ():           Named("certificate", "CRT-1"),
    (0,):         Named("what is signed"),
    (0, 0):       Named("version", "CRT-1"),
    (0, 1):       Named("serial number", "CRT-1"),
    (0, 2):       Named("algorithm of the signature", "CRT-2"),
    (0, 3):       Named("issuer", "CRT-4"),
    (0, 4):       Named("validity", "CRT-5"),
    (0, 4, 0):    Named("not before", "CRT-5"),
    (0, 4, 1):    Named("not after", "CRT-5"),
    (0, 5):       Named("subject", "CRT-18"),
    (0, 6):       Named("public key", "CRT-2"),
    (0, 7):       Named("extensions"),
    (1,):         Named("algorithm of the signature", "CRT-2"),
    (2,):         Named("signature", "CRT-4"),
})
CRL: Final[Mapping[Path, Named]] = MappingProxyType({
    ():           Named("CRL", "CRT-14"),
    (0,):         Named("what is signed"),
    (0, 0):       Named("version"),
    (0, 1):       Named("algorithm of the signature", "CRT-15"),
    (0, 2):       Named("issuer", "CRT-14"),
    (0, 3):       Named("issued", "CRT-16"),
    (0, 4):       Named("next one due", "CRT-16"),
    (0, 5):       Named("revoked certificates", "CRT-17"),
    (0, 6):       Named("extensions"),
    (1,):         Named("algorithm of the signature", "CRT-15"),
    (2,):         Named("signature", "CRT-15"),
})
EXTENSIONS: Final[Mapping[str, Named]] = MappingProxyType({
    "2.5.29.14":  Named("subject key identifier", "CRT-19"),
    "2.5.29.15":  Named("key usage", "CRT-9"),
    "2.5.29.17":  Named("subject alternative name", "CRT-10"),
    "2.5.29.19":  Named("basic constraints", "CRT-8"),
    "2.5.29.20":  Named("CRL number", "CRT-20"),
    "2.5.29.35":  Named("authority key identifier", "CRT-19"),
    "2.5.29.21":  Named("reason", "CRT-17"),
    "2.5.29.28":  Named("issuing distribution point", "CRT-14"),
    "2.5.29.37":  Named("extended key usage", "CRT-9"),
})
OF_AUTHORITIES: Final[Mapping[str, Named]] = MappingProxyType({
    "2.5.29.15":  Named("key usage", "CRT-6"),
    "2.5.29.17":  Named("subject alternative name", "CRT-12"),
    "2.5.29.19":  Named("basic constraints", "CRT-6"),
})
OIDS: Final[Mapping[str, str]] = MappingProxyType({
    **{dotted: named.name for dotted, named in EXTENSIONS.items()},
    "1.3.101.112":         "Ed25519",
    "1.2.840.10045.2.1":   "a key on an elliptic curve",
    "1.2.840.10045.3.1.7": "P-256",
    "1.2.840.10045.4.3.2": "ECDSA with SHA-256",
    "2.5.4.3":             "common name",
    "2.5.4.10":            "organization",
    "1.3.6.1.5.5.7.3.1":   "server of a channel",
    "1.3.6.1.5.5.7.3.2":   "client of a channel",
})
USAGES: Final = (
    "digital signature", "content commitment", "key encipherment", "data encipherment",
    "key agreement", "signing certificates", "signing CRLs", "encipher only", "decipher only",
)
URI_RULES: Final = ((ENTITY, "CRT-10"), (KIND, "CRT-11"), (ENCRYPTION_KEY, "CRT-13"))
# fmt: on


class Profile(NamedTuple):
    """What stands where, and what each extension is for."""

    names: Mapping[Path, Named]
    extensions: Mapping[str, Named]


LEAF: Final = Profile(CERTIFICATE, EXTENSIONS)
AUTHORITY: Final = Profile(CERTIFICATE, MappingProxyType({**EXTENSIONS, **OF_AUTHORITIES}))
REVOCATION: Final = Profile(CRL, EXTENSIONS)


class Value(NamedTuple):
    """A value in DER: from where on it stands, and where the one that holds it ends."""

    raw: bytes
    at: int
    limit: int

    @property
    def tag(self) -> int:
        """Of which type it is."""
        return self.raw[self.at]

    @property
    def inside(self) -> tuple[int, int]:
        """Where its content begins and ends; raises `Malformed` CRT-1 where that is outside."""
        start = self.at + 2
        size = int.from_bytes(self.raw[self.at + 1 : start], "big")
        if size > SHORT:  # so many bytes of length follow
            start += size - SHORT - 1
            size = int.from_bytes(self.raw[self.at + 2 : start], "big")
        if start + size > self.limit:
            raise Malformed("CRT-1", f"byte {self.at}")
        return start, start + size

    @property
    def content(self) -> bytes:
        """What it holds, in bytes."""
        start, end = self.inside
        return self.raw[start:end]

    def values(self) -> Iterator["Value"]:
        """What it holds, in values."""
        at, end = self.inside
        while at < end:
            found = Value(self.raw, at, end)
            yield found
            _, at = found.inside


def der_ranges(der: bytes, profile: Profile) -> tuple[Range, ...]:
    """The ranges of a certificate or CRL in DER; raises `Malformed` CRT-1 for what is none."""
    whole = Value(der, 0, len(der))
    if whole.inside[1] != len(der):
        raise Malformed("CRT-1", f"{len(der)} bytes")
    return tuple(_read(whole, (), profile))


def _read(value: Value, path: Path, profile: Profile) -> Iterator[Range]:
    """Read a value by its place, an extension by its identifier."""
    if profile.names is CRL and path == (0, 5) and value.tag != SEQUENCE:
        path = (0, 6)  # without a revoked certificate there is no list of them
    extension = _extension_of(value, profile)
    if extension is not None:
        yield from _read_extension(value, extension)
        return
    named = _name_at(path, profile.names)
    if not value.tag & CONSTRUCTED:
        yield _leaf(value, named)
        return
    yield _head(value, named)
    for number, inner in enumerate(value.values()):
        yield from _read(inner, (*path, number), profile)


def _extension_of(value: Value, profile: Profile) -> Named | None:
    """What an extension is for, if the value is one: its identifier stands first."""
    first = next(value.values(), None) if value.tag == SEQUENCE else None
    if first is None or first.tag != OID:
        return None
    return profile.extensions.get(_dotted(first.content))


def _read_extension(value: Value, named: Named) -> Iterator[Range]:
    """Read an extension: all of it goes by one name, and its content is in DER again."""
    yield _head(value, named)
    for part in value.values():
        if part.tag == OCTET_STRING:
            yield _head(part, named)
            for inner in part.values():
                yield from _read_by_name(inner, named)
        else:
            yield _leaf(part, named)


def _read_by_name(value: Value, named: Named) -> Iterator[Range]:
    """Read a value and all that it holds by one name."""
    if not value.tag & CONSTRUCTED:
        yield _leaf(value, named)
        return
    yield _head(value, named)
    for inner in value.values():
        yield from _read_by_name(inner, named)


def _head(value: Value, named: Named) -> Range:
    start, end = value.inside
    told = f"{end - start} bytes follow"
    return Range(value.at, start, f"{named.name}, its head", told, named.rule)


def _leaf(value: Value, named: Named) -> Range:
    _, end = value.inside
    rule = named.rule
    if value.tag == BOOLEAN:
        rule = "CRT-3"
    if value.tag in (DNS_NAME, IP_ADDRESS):
        rule = ""
    if value.tag == URI:
        text = value.content.decode("ascii", "replace")
        rule = next((rule for start, rule in URI_RULES if text.startswith(start)), rule)
    return Range(value.at, end, named.name, in_words(value), rule)


def _name_at(path: Path, names: Mapping[Path, Named]) -> Named:
    """The name of what stands at a path: its own, or that of what it stands in."""
    while path not in names:
        path = path[:-1]
    return names[path]


# --- What a value says ------------------------------------------------------------------------


def in_words(value: Value) -> str:
    """What a value says that holds no others."""
    return WORDS.get(value.tag, _digits)(value.content)


def _digits(content: bytes) -> str:
    return f"{len(content)} bytes"


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _boolean(content: bytes) -> str:
    return "critical" if any(content) else "not critical"


def _integer(content: bytes) -> str:
    if len(content) > 4:
        return f"a number of {len(content)} bytes"
    return str(int.from_bytes(content, "big", signed=True))


def _bits(content: bytes) -> str:
    """Bits: the usages of a key if there are few, else so many bytes."""
    unused, *bits = content
    if len(bits) > 2:
        return f"{len(bits)} bytes"
    written = "".join(f"{byte:08b}" for byte in bits)[: 8 * len(bits) - unused]
    return ", ".join(name for name, bit in zip(USAGES, written, strict=False) if bit == "1")


def _identifier(content: bytes) -> str:
    dotted = _dotted(content)
    return f"{OIDS[dotted]} ({dotted})" if dotted in OIDS else dotted


def _dotted(content: bytes) -> str:
    """An object identifier as numbers (X.690, 8.19)."""
    numbers, number = [0], 0
    for byte in content:
        number = number << 7 | byte & 127
        if byte < 128:
            numbers.append(number)
            number = 0
    first = min(numbers[1] // 40, 2) if len(numbers) > 1 else 0
    numbers[:2] = [first, numbers[1] - 40 * first] if len(numbers) > 1 else [0]
    return ".".join(map(str, numbers))


def _moment(content: bytes) -> str:
    """A time in UTC, its year in two digits or in four."""
    text = content.decode("ascii", "replace")
    if len(text) == 13:
        text = f"20{text}"  # before 1950 there are none
    day = f"{text[:4]}-{text[4:6]}-{text[6:8]}"
    return f"{day} {text[8:10]}:{text[10:12]}:{text[12:14]} UTC"


def _address(content: bytes) -> str:
    return f"address {'.'.join(map(str, content))}"


# fmt: off
WORDS: Final[Mapping[int, Callable[[bytes], str]]] = MappingProxyType({
    BOOLEAN: _boolean, INTEGER: _integer, 10: _integer, BIT_STRING: _bits, OID: _identifier,
    5: lambda _: "nothing", 12: _text, 19: _text, 23: _moment, 24: _moment,
    DNS_NAME: _text, URI: _text, IP_ADDRESS: _address,
})
"""How the content of a value is told, by its tag; any other is so many bytes."""
# fmt: on
