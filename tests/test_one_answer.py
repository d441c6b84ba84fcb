"""A chain has one answer, whether it opens a channel or signs a message.

On a channel OpenSSL looks first, by its own reading of RFC 5280, and the model then; for a
message the model looks alone.  Every defect, and hundreds of certificates and CRLs that an
authority of ours has signed with one thing changed, are shown on both paths.  The clock is the
real one, because OpenSSL looks at no other.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from refimpl.errors import Misuse, RoamingError
from refimpl.play.example import NETWORK
from refimpl.security.certificates import Purpose
from refimpl.security.defects import DEFECTS, defective_pki
from refimpl.security.pki import Algorithm, Authority, Pki, roaming_pki, sign
from refimpl.security.pki_plan import ListDraft, Plan, authority, plan
from refimpl.tls.channel import Channel, Credentials
from refimpl.tls.verdicts import VERDICTS
from tests.der import (
    Edit,
    added,
    at,
    both,
    dropped,
    extension,
    extensions,
    marked,
    oid,
    parts,
    replaced,
    sequence,
    signed_again,
    tlv,
    unchanged,
    without,
)
from tests.live import NOW, SEED, credentials
from tests.test_certificates import BROKEN
from tests.test_channel import exchange

pytestmark = pytest.mark.slow

Crls = tuple[x509.CertificateRevocationList, ...]
Chain = tuple[x509.Certificate, ...]


def on_a_channel(bearer: Credentials, reader: Credentials, purpose: Purpose) -> str | None:
    """The rule for which the other side of a channel turns a bearer away, if it does."""
    serves = purpose is Purpose.SERVER
    shown = Channel(bearer, accepting=serves, expected=None if serves else "cso-elm")
    looking = Channel(reader, accepting=not serves, expected="csp-alba" if serves else None)
    faults = exchange(looking, shown) if serves else exchange(shown, looking)
    fault = faults.get(looking)
    assert looking.admitted == (fault is None)
    return fault.rule_id if fault else None


def in_a_message(bearer: Credentials, reader: Credentials, purpose: Purpose) -> str | None:
    """The same for a message, which the reader takes for one by csp-alba."""
    chain = [each.public_bytes(Encoding.DER) for each in bearer.leaf.chain]
    try:
        reader.admit_peer(tuple(chain), purpose, NOW, called="csp-alba")
    except RoamingError as error:
        return error.rule_id
    return None


# --- what is wrong in one thing ---------------------------------------------------------------


# A leaf for one side of a channel is no defect on that side.
FITS: Final = {("client-only", Purpose.CLIENT), ("server-only", Purpose.SERVER)}


@pytest.mark.parametrize("purpose", [Purpose.CLIENT, Purpose.SERVER])
@pytest.mark.parametrize("algorithm", ["P-256", "Ed25519"])
@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_has_one_answer(defect: str, algorithm: Algorithm, purpose: Purpose) -> None:
    good = roaming_pki(NETWORK, seed=SEED, now=NOW, algorithm=algorithm)
    pki = defective_pki(NETWORK, defect, "csp-alba", seed=SEED, now=NOW, algorithm=algorithm)
    bearer = replace(credentials("csp-alba", pki=pki), crls=good.crls)
    reader = replace(credentials("cso-elm", pki=good), crls=pki.crls)
    answers = {path(bearer, reader, purpose) for path in (on_a_channel, in_a_message)}
    # Who the network does not have is seen before whether it is who was expected.
    unknown = defect in {"somebody-else", "other-kind"}
    expected = "TLS-13" if unknown else BROKEN[defect][0]
    assert answers == {None if (defect, purpose) in FITS else expected}


# --- what an authority has signed with one thing changed ------------------------------------


ALBA: Final = "csp-alba"


@cache
def good() -> Pki:
    return roaming_pki(NETWORK, seed=SEED, now=NOW, algorithm="Ed25519")


@cache
def issuer() -> Authority:
    (found,) = (ca for ca in good().issuers if ca.certificate == good().leaf(ALBA).chain[1])
    return found


def certificate(place: str, edit: Edit) -> x509.Certificate:
    """One certificate of the chain of csp-alba, its root among them, signed with an edit."""
    root = good().root
    (leaf, above), signer = good().leaf(ALBA).chain, root.key
    one = {"leaf": leaf, "issuer": above, "root": root.certificate}[place]
    if place == "leaf":
        signer = issuer().key
    der = signed_again(one.public_bytes(Encoding.DER), signer, edit)
    return x509.load_der_x509_certificate(der)


def crl(edit: Edit, by: Authority | None = None) -> x509.CertificateRevocationList:
    """The CRL of the issuer of csp-alba, or of another authority, signed with an edit."""
    signer = by or issuer()
    assert signer.crl is not None
    der = signer.crl.public_bytes(Encoding.DER)
    return x509.load_der_x509_crl(signed_again(der, signer.key, edit))


def answers(chain: Chain, roots: Chain, crls: Crls) -> tuple[str | None, str | None]:
    """What a chain is answered on a channel and in a message; `UNSHOWN` if OpenSSL does not
    even let its holder show it.
    """
    mine = credentials("csp-alba", pki=good())
    bearer = replace(mine, leaf=replace(mine.leaf, chain=chain))
    reader = replace(credentials("cso-elm", pki=good()), roots=roots, crls=crls)
    told = in_a_message(bearer, reader, Purpose.CLIENT)
    try:
        return on_a_channel(bearer, reader, Purpose.CLIENT), told
    except Misuse as error:
        return error.rule_id, told


UNSHOWN: Final = "TLS-4"

# fmt: off
SKI, AKI, BASIC, USAGE = "2.5.29.14", "2.5.29.35", "2.5.29.19", "2.5.29.15"
NAMES, PURPOSES, POINTS = "2.5.29.17", "2.5.29.37", "2.5.29.31"
CONSTRAINTS, NETSCAPE = "2.5.29.30", "2.16.840.1.113730.1.1"
SERVER, CLIENT, ANY = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"
STRANGE, NULL, TRUE = "2.999.7", b"\5\0", tlv(1, b"\xff")
# fmt: on


def number(value: int) -> bytes:
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def utc(moment: datetime) -> bytes:
    return tlv(0x17, f"{moment:%y%m%d%H%M%SZ}".encode())


def validity(start: int, end: int) -> bytes:
    """A validity in days from now."""
    return sequence(utc(NOW + timedelta(start)), utc(NOW + timedelta(end)))


def hosts(name: bytes) -> bytes:
    """Name constraints that permit one host name."""
    return sequence(tlv(0xA0, sequence(tlv(0x82, name))))


def point(*members: bytes) -> bytes:
    """CRL distribution points, one."""
    return sequence(sequence(*members))


def bits(octet: int) -> bytes:
    return tlv(3, bytes([0, octet]))


def of_the_issuer(serial: bytes) -> bytes:
    """An authority key identifier by issuer and serial number."""
    return sequence(tlv(0xA1, tlv(0xA4, DISTINGUISHED)), tlv(0x82, serial))


ROOT_FIELDS: Final = parts(parts(good().root.certificate.public_bytes(Encoding.DER))[0])
DISTINGUISHED: Final = ROOT_FIELDS[3]
SOMEWHERE: Final = tlv(0xA0, tlv(0xA0, tlv(0x86, b"http://crl.example/all")))
ADDRESSES: Final = sequence(sequence(tlv(4, b"\0\1"), sequence(bits(10))))
PROXY: Final = sequence(sequence(oid("1.3.6.1.5.5.7.21.1")))

# fmt: off
CERTIFICATES: Final[dict[str, Edit]] = {
    "unchanged":                unchanged,
    "no AKI":                   dropped(AKI),
    "AKI critical":             marked(AKI, True),
    "AKI empty":                replaced(AKI, sequence()),
    "AKI of another":           replaced(AKI, sequence(tlv(0x80, bytes(20)))),
    "AKI of no octets":         replaced(AKI, sequence(tlv(0x80))),
    "AKI of another serial":    replaced(AKI, of_the_issuer(b"\5")),
    "AKI without a serial": replaced(
        AKI, sequence(tlv(0x80, bytes(20)), tlv(0xA1, tlv(0xA4, DISTINGUISHED)))
    ),
    "AKI broken":               replaced(AKI, NULL),
    "no SKI":                   dropped(SKI),
    "SKI critical":             marked(SKI, True),
    "SKI of another":           replaced(SKI, tlv(4, bytes(20))),
    "SKI of no octets":         replaced(SKI, tlv(4)),
    "no basic":                 dropped(BASIC),
    "basic not critical":       marked(BASIC, False),
    "basic of an authority":    replaced(BASIC, sequence(TRUE), True),
    "basic says no":            replaced(BASIC, sequence(tlv(1, b"\0")), True),
    "basic no, with length":    replaced(BASIC, sequence(number(0)), True),
    "basic below zero":         replaced(BASIC, sequence(TRUE, number(-1)), True),
    "basic of a great length":  replaced(BASIC, sequence(TRUE, number(1 << 60)), True),
    "basic broken":             replaced(BASIC, NULL, True),
    "no usage":                 dropped(USAGE),
    "usage not critical":       marked(USAGE, False),
    "usage of no bits":         replaced(USAGE, tlv(3, b"\0"), True),
    "usage of zeros":           replaced(USAGE, bits(0), True),
    **{f"usage {bit:08b}":      replaced(USAGE, bits(bit), True) for bit in (1, 2, 4, 8, 128)},
    **{f"usage {bit:08b} more": replaced(USAGE, bits(bit | 134), True) for bit in (8, 32, 64)},
    "names critical":           marked(NAMES, True),
    "names empty":              replaced(NAMES, sequence()),
    "names of no entity":       replaced(NAMES, sequence(tlv(0x82, b"localhost"))),
    "purposes critical":        marked(PURPOSES, True),
    "purposes empty":           replaced(PURPOSES, sequence()),
    "purpose server":           replaced(PURPOSES, sequence(oid(SERVER))),
    "purpose client":           replaced(PURPOSES, sequence(oid(CLIENT))),
    "purpose any":              replaced(PURPOSES, sequence(oid(ANY))),
    "purpose any and client":   replaced(PURPOSES, sequence(oid(ANY), oid(CLIENT))),
    "purpose of Netscape":      added(NETSCAPE, bits(255)),
    "other of Netscape":        added(NETSCAPE, bits(32)),
    "Netscape critical":        added(NETSCAPE, bits(255), True),
    "Netscape broken":          added(NETSCAPE, b"\2"),
    "hosts kept":               added(CONSTRAINTS, hosts(b"localhost")),
    "hosts kept, critical":     added(CONSTRAINTS, hosts(b"localhost"), True),
    "hosts broken":             added(CONSTRAINTS, hosts(b"elsewhere")),
    "hosts broken, critical":   added(CONSTRAINTS, hosts(b"elsewhere"), True),
    "URIs of a host":           added(CONSTRAINTS, sequence(tlv(0xA0, sequence(tlv(0x86, b"x.example"))))),
    "no constraints in it":     added(CONSTRAINTS, sequence()),
    "policies required":        added("2.5.29.36", sequence(tlv(0x80, b"\0"))),
    "policies required, crit":  added("2.5.29.36", sequence(tlv(0x80, b"\0")), True),
    "any policy inhibited":     added("2.5.29.54", number(0)),
    "policies mapped":          added("2.5.29.33", sequence(sequence(oid("2.999.1"), oid("2.999.2")))),
    "policies":                 added("2.5.29.32", sequence(sequence(oid("2.999.1")))),
    "policies critical":        added("2.5.29.32", sequence(sequence(oid("2.999.1"))), True),
    "addresses":                added("1.3.6.1.5.5.7.1.7", ADDRESSES),
    "addresses inherited":      added("1.3.6.1.5.5.7.1.7", sequence(sequence(tlv(4, b"\0\1"), NULL))),
    "systems":                  added("1.3.6.1.5.5.7.1.8", sequence(tlv(0xA0, sequence(number(5))))),
    "proxy":                    added("1.3.6.1.5.5.7.1.14", PROXY),
    "points":                   added(POINTS, point(SOMEWHERE)),
    "points critical":          added(POINTS, point(SOMEWHERE), True),
    "points of some reasons":   added(POINTS, point(SOMEWHERE, tlv(0x81, b"\5\x60"))),
    "points of another":        added(POINTS, point(SOMEWHERE, tlv(0xA2, tlv(0xA4, DISTINGUISHED)))),
    "points broken":            added(POINTS, NULL),
    "freshest CRL":             added("2.5.29.46", point(SOMEWHERE)),
    "must staple":              added("1.3.6.1.5.5.7.1.24", sequence(number(5))),
    "must staple, critical":    added("1.3.6.1.5.5.7.1.24", sequence(number(5)), True),
    "responder":                added("1.3.6.1.5.5.7.1.1", sequence(sequence(oid("1.3.6.1.5.5.7.48.1"), tlv(0x86, b"http://ocsp.example")))),
    "issuer of another name":   added("2.5.29.18", sequence(tlv(0x82, b"ca.example"))),
    "strange":                  added(STRANGE, NULL),
    "strange, critical":        added(STRANGE, NULL, True),
    "said twice":               extensions(lambda all_of_them: [*all_of_them, all_of_them[0]]),
    "strange, twice":           extensions(lambda known: [*known, *[extension(STRANGE, NULL)] * 2]),
    "serial 0":                 at(1, number(0)),
    "serial -1":                at(1, number(-1)),
    "serial of 20 octets":      at(1, number((1 << 159) - 1)),
    "serial of 21 octets":      at(1, number(1 << 159)),
    "serial of 40 octets":      at(1, number(1 << 319)),
    "version 1":                without(0, 7),
    "version 1, extensions":    without(0),
    "unique ids":               lambda fields: [*fields[:7], tlv(0x81, b"\0\1"), tlv(0x82, b"\0\1"), *fields[7:]],
    "no extensions":            without(7),
    "issuer empty":             at(3, sequence()),
    "subject empty":            at(5, sequence()),
    "subject in the names":     both(at(5, sequence()), marked(NAMES, True)),
    "over":                     at(4, validity(-3, -1)),
    "not yet":                  at(4, validity(1, 3)),
    "over before it begins":    at(4, validity(1, -1)),
    "for ever":                 at(4, sequence(utc(NOW - timedelta(1)), tlv(0x18, b"99991231235959Z"))),
    "another algorithm inside": at(2, sequence(b"\x06\x03\x2b\x65\x71")),
}
# Where one thing that was changed is wrong in two ways, or cannot be read at all, each path
# names what it sees first: on a channel, in a message.
OTHERWISE: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("leaf", "usage of no bits"):        (UNSHOWN,  "CRT-9"),
    ("leaf", "usage of zeros"):          (UNSHOWN,  "CRT-9"),
    ("leaf", "usage 00000001"):          ("CRT-9",  "CRT-1"),
    ("leaf", "usage 00000010"):          ("CRT-9",  "CRT-8"),
    ("leaf", "basic of a great length"): ("CRT-6", "CRT-8"),
    ("leaf", "basic below zero"):        (UNSHOWN,  "CRT-1"),
    ("leaf", "basic broken"):            (UNSHOWN,  "CRT-1"),
    ("leaf", "AKI broken"):              (UNSHOWN,  "CRT-1"),
    ("leaf", "points broken"):           (UNSHOWN,  "CRT-1"),
    ("leaf", "purposes empty"):          ("CRT-9",  "CRT-1"),
    ("leaf", "Netscape broken"):         (UNSHOWN,  "CRT-9"),
    ("leaf", "proxy"):                   (UNSHOWN,  "CRT-3"),
    ("leaf", "said twice"):              (UNSHOWN,  "CRT-1"),
    **{(place, "AKI without a serial"): ("CRT-4", "CRT-1") for place in ("leaf", "issuer", "root")},
    **{(place, name): rules for place in ("issuer", "root") for name, rules in {
        "usage of no bits":      ("CRT-4", "CRT-6"),
        "usage of zeros":        ("CRT-4", "CRT-6"),
        "usage 00000001":        ("CRT-6", "CRT-1"),
        "basic says no":         ("CRT-6", "CRT-1"),
        "basic no, with length": ("CRT-6", "CRT-1"),
        "basic below zero":      ("CRT-4", "CRT-1"),
        "basic broken":          ("CRT-4", "CRT-1"),
        "AKI broken":            ("CRT-4", "CRT-1"),
        "points broken":         ("CRT-4", "CRT-1"),
        "purposes empty":        ("CRT-9", "CRT-1"),
        "Netscape broken":       ("CRT-4", "CRT-9"),
        "proxy":                 ("CRT-4", "CRT-3"),
        "said twice":            ("CRT-4", "CRT-1"),
        "version 1":             ("CRT-6", "CRT-1"),
    }.items()},
}
# fmt: on


# What RFC 5280 and this profile leave free, by the places that may have it; the rest is refused.
EVERYWHERE: Final = ("leaf", "issuer", "root")
FREE: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        (
            *("unchanged", "usage not critical", "names critical", "purposes critical"),
            *("purpose client", "purpose any and client", "policies", "policies mapped"),
            *("points", "freshest CRL", "must staple", "responder", "issuer of another name"),
            *("strange", "serial of 20 octets", "unique ids", "for ever"),
        ),
        EVERYWHERE,
    ),
    **dict.fromkeys(
        (
            *("no SKI", "SKI of another", "SKI of no octets", "no basic"),
            *("basic not critical", "usage 10000000", "subject in the names"),
        ),
        ("leaf",),
    ),
    **dict.fromkeys(
        (
            *("basic of an authority", "basic of a great length"),
            *("usage 00001000 more", "usage 00100000 more", "usage 01000000 more"),
        ),
        ("issuer", "root"),
    ),
    **dict.fromkeys(("no AKI", "AKI empty", "names of no entity"), ("root",)),
}


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize("name", CERTIFICATES)
@pytest.mark.parametrize("place", ["leaf", "issuer", "root"])
def test_a_certificate_has_one_answer(place: str, name: str) -> None:
    places = ("leaf", "issuer", "root")
    leaf, above, root = (
        certificate(each, CERTIFICATES[name] if each == place else unchanged) for each in places
    )
    channel, message = answers((leaf, above), (root,), good().crls)
    assert (message is None) == (place in FREE.get(name, ()))
    if (place, name) in OTHERWISE:
        assert (channel, message) == OTHERWISE[place, name]
    else:
        assert channel == message


# fmt: off
NUMBER, SCOPE, DELTA = "2.5.29.20", "2.5.29.28", "2.5.29.27"
# fmt: on


def serial_of(one: x509.Certificate) -> bytes:
    return number(one.serial_number)


def listing(serial: bytes, *more: bytes) -> Edit:
    """A CRL with one entry, and extensions of it."""
    entry = sequence(serial, utc(NOW - timedelta(1)), sequence(*more) if more else b"")
    return lambda fields: [*fields[:5], sequence(entry), fields[-1]]


def dates(start: int, end: int) -> Edit:
    """A CRL of one day whose successor is due on another."""
    last, due = utc(NOW + timedelta(start)), utc(NOW + timedelta(end))
    return lambda fields: [*fields[:3], last, due, *fields[5:]]


LEAF_SERIAL: Final = serial_of(good().leaf(ALBA).chain[0])
ANOTHER: Final = sequence(
    tlv(0xA4, sequence(tlv(0x31, sequence(oid("2.5.4.3"), tlv(12, b"x")))))
)
# fmt: off
CRLS: Final[dict[str, Edit]] = {
    "unchanged":              unchanged,
    "no number":              dropped(NUMBER),
    "number critical":        marked(NUMBER, True),
    "number -1":              replaced(NUMBER, number(-1)),
    "number of 20 octets":    replaced(NUMBER, number((1 << 159) - 1)),
    "number of 21 octets":    replaced(NUMBER, number(1 << 159)),
    "number broken":          replaced(NUMBER, NULL),
    "no AKI":                 dropped(AKI),
    "AKI critical":           marked(AKI, True),
    "AKI empty":              replaced(AKI, sequence()),
    "AKI of another":         replaced(AKI, sequence(tlv(0x80, bytes(20)))),
    "AKI of another serial":  replaced(AKI, of_the_issuer(b"\5")),
    "no extensions":          lambda fields: fields[:-1],
    "version 1":              lambda fields: fields[1:-1],
    "no next":                without(4),
    "full scope":             added(SCOPE, sequence(SOMEWHERE)),
    "full scope, critical":   added(SCOPE, sequence(SOMEWHERE), True),
    "scope of users":         added(SCOPE, sequence(tlv(0x81, b"\xff"))),
    "scope of authorities":   added(SCOPE, sequence(tlv(0x82, b"\xff"))),
    "scope of reasons":       added(SCOPE, sequence(tlv(0x83, b"\5\x60")), True),
    "indirect":               added(SCOPE, sequence(tlv(0x84, b"\xff"))),
    "indirect, critical":     added(SCOPE, sequence(tlv(0x84, b"\xff")), True),
    "scope of attributes":    added(SCOPE, sequence(tlv(0x85, b"\xff"))),
    "delta":                  added(DELTA, number(1)),
    "delta, critical":        added(DELTA, number(1), True),
    "freshest CRL":           added("2.5.29.46", point(SOMEWHERE)),
    "strange":                added(STRANGE, NULL),
    "strange, critical":      added(STRANGE, NULL, True),
    "said twice":             extensions(lambda all_of_them: [*all_of_them, all_of_them[0]]),
    "issuer empty":           at(2, sequence()),
    "stale":                  dates(-3, -1),
    "not yet":                dates(1, 3),
    "lists another":          listing(number(5)),
    "lists the leaf":         listing(LEAF_SERIAL),
    "lists the root":         listing(serial_of(good().root.certificate)),
    "leaf on hold":           listing(LEAF_SERIAL, extension("2.5.29.21", tlv(10, b"\6"))),
    "leaf taken off":         listing(LEAF_SERIAL, extension("2.5.29.21", tlv(10, b"\x08"))),
    "leaf of another":        listing(LEAF_SERIAL, extension("2.5.29.29", ANOTHER)),
    "leaf of another, crit":  listing(LEAF_SERIAL, extension("2.5.29.29", ANOTHER, True)),
    "another of another":     listing(number(5), extension("2.5.29.29", ANOTHER)),
    "no such reason":         listing(number(5), extension("2.5.29.21", tlv(10, b"\x63"))),
    "reason critical":        listing(number(5), extension("2.5.29.21", tlv(10, b"\1"), True)),
    "reason twice":           listing(number(5), *[extension("2.5.29.21", tlv(10, b"\1"))] * 2),
    "strange entry":          listing(number(5), extension(STRANGE, NULL)),
    "strange entry, crit":    listing(number(5), extension(STRANGE, NULL, True)),
    "lists -1":               listing(number(-1)),
    "lists 30 octets":        listing(number(1 << 239)),
}
# fmt: on


# What is wrong with a CRL, by the rule; whom it lists depends on whose list it is.
WRONG: Final = {
    "CRT-14": """number -1; number broken; no AKI; AKI empty; AKI of another;
        AKI of another serial; no extensions; version 1; full scope; full scope, critical;
        scope of users; scope of authorities; scope of reasons; indirect; indirect, critical;
        scope of attributes; delta; delta, critical; said twice; issuer empty; leaf of another;
        leaf of another, crit; another of another; no such reason; reason twice""",
    "CRT-15": """number critical; AKI critical; strange, critical; reason critical;
        strange entry, crit""",
    "CRT-16": "no next; stale; not yet",
    "CRT-20": "no number; number of 21 octets",
}
RULES: Final = {
    name.strip(): rule for rule, names in WRONG.items() for name in names.split(";")
}
LISTED: Final = {
    False: {"lists the leaf", "leaf on hold", "leaf taken off"},
    True: {"lists the root"},
}


@pytest.mark.parametrize("name", CRLS)
@pytest.mark.parametrize("by_the_root", [False, True], ids=["issuer", "root"])
def test_a_crl_has_one_answer(name: str, by_the_root: bool) -> None:
    root = good().root
    by_root = crl(CRLS[name] if by_the_root else unchanged, root)
    by_issuer = crl(unchanged if by_the_root else CRLS[name])
    chain = good().leaf(ALBA).chain
    rule = "CRT-17" if name in LISTED[by_the_root] else RULES.get(name)
    assert answers(chain, (root.certificate,), (by_root, by_issuer)) == (rule, rule)


# --- chains, roots and CRLs together ----------------------------------------------------------


def numbered(value: int) -> Edit:
    return replaced(NUMBER, number(value))


def made_of(*edits: Edit) -> Edit:
    edited: Edit = unchanged
    for edit in edits:
        edited = both(edited, edit)
    return edited


def revoking(start: int, value: int) -> x509.CertificateRevocationList:
    """A CRL of a day and with a number, on which csp-alba is."""
    return crl(made_of(listing(LEAF_SERIAL), dates(start, 9), numbered(value)))


def empty(start: int, value: int, *more: Edit) -> x509.CertificateRevocationList:
    return crl(made_of(dates(start, 9), numbered(value), *more))


def in_capitals(fields: list[bytes]) -> list[bytes]:
    """A CRL whose issuer is written in other letters."""
    return at(2, fields[2].replace(b"ca-parties", b"CA-PARTIES"))(fields)


def beside(*crls: x509.CertificateRevocationList) -> Crls:
    """The CRL of the root, and others."""
    return (crl(unchanged, good().root), *crls)


def stranger() -> Pki:
    return roaming_pki(NETWORK, seed=b"another", now=NOW, algorithm="Ed25519")


def forged(value: int, *more: Edit) -> x509.CertificateRevocationList:
    """A CRL in the name of the issuer by another key, on which csp-alba is."""
    by = replace(issuer(), key=good().root.key)
    return crl(made_of(listing(LEAF_SERIAL), numbered(value), *more), by)


HIGH: Final = 10**12
OTHER_KEY: Final = replaced(AKI, sequence(tlv(0x80, bytes(20))))
SETS: Final[dict[str, tuple[Callable[[], Crls], str | None]]] = {
    "a newer one revokes": (lambda: beside(empty(-2, 5), revoking(-1, 9)), "CRT-17"),
    "an older one revokes": (lambda: beside(empty(-1, 9), revoking(-2, 5)), None),
    "the number counts": (lambda: beside(empty(-1, 5), revoking(-2, 9)), "CRT-17"),
    "and not the date": (lambda: beside(empty(-2, 9), revoking(-1, 5)), None),
    "then the date": (lambda: beside(empty(-2, 9), revoking(-1, 9)), "CRT-17"),
    "a delta beside": (
        lambda: beside(empty(-2, 5), empty(-1, 9, added(DELTA, number(5), True))),
        None,
    ),
    "a part beside": (
        lambda: beside(
            revoking(-2, 5), empty(-1, 9, added(SCOPE, sequence(tlv(0x82, b"\xff")), True))
        ),
        "CRT-17",
    ),
    "one of the future": (lambda: beside(empty(-2, 5), crl(dates(1, 9))), "CRT-16"),
    "a stale one": (lambda: beside(empty(-8, 5), crl(dates(-3, -1))), "CRT-16"),
    "no number": (lambda: beside(empty(-2, 5), empty(-1, 9, dropped(NUMBER))), "CRT-20"),
    "unreadable beside": (lambda: beside(empty(-2, 5), crl(replaced(NUMBER, NULL))), None),
    "forged and higher": (lambda: beside(empty(-2, 5), forged(HIGH)), "CRT-15"),
    "forged and lower": (lambda: beside(empty(-2, 5), forged(1)), None),
    "by another key": (lambda: beside(empty(-2, 5), forged(HIGH, OTHER_KEY)), None),
    "in capitals": (lambda: beside(crl(in_capitals)), "CRT-14"),
    "the root's alone": (beside, "CRT-14"),
    "the issuer's alone": (lambda: (empty(-2, 5),), "CRT-14"),
    "none": (lambda: (), "CRT-14"),
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", SETS)
def test_which_crl_counts(name: str, turned: bool) -> None:
    made, rule = SETS[name]
    crls = made()[::-1] if turned else made()
    root = good().root.certificate
    assert answers(good().leaf(ALBA).chain, (root,), crls) == (rule, rule)


def deeper(root_length: int) -> Pki:
    """A PKI with one more authority between csp-alba and the root."""
    made = plan(NETWORK)
    drafts, leaf = dict(made.drafts), f"entity-{ALBA}"
    drafts["ca-root"] = replace(drafts["ca-root"], path_length=root_length)
    drafts["ca-parties"] = replace(drafts["ca-parties"], path_length=1)
    drafts["ca-below"] = authority("ca-below", "ca-parties", 1, drafts["ca-parties"].kinds, 0)
    drafts[leaf] = replace(drafts[leaf], issuer="ca-below")
    lists = {**made.lists, "ca-below": ListDraft()}
    chains = {**made.chains, ALBA: (leaf, "ca-below", "ca-parties")}
    return sign(Plan(drafts, lists, chains), seed=SEED, now=NOW, algorithm="Ed25519")


def shown(chain: Iterable[int], roots: Iterable[int]) -> tuple[Chain, Chain, Crls]:
    """A chain and roots by their heights: 0 the leaf, 1 its issuer, 2 the root."""
    all_of_it = (*good().leaf(ALBA).chain, good().root.certificate)
    chosen = [tuple(all_of_it[height] for height in heights) for heights in (chain, roots)]
    return chosen[0], chosen[1], good().crls


def deep(root_length: int) -> tuple[Chain, Chain, Crls]:
    pki = deeper(root_length)
    return pki.leaf(ALBA).chain, (pki.root.certificate,), pki.crls


def two_roots(first: Pki, second: Pki) -> tuple[Chain, Chain, Crls]:
    roots = (first.root.certificate, second.root.certificate)
    return good().leaf(ALBA).chain, roots, (*first.crls, *second.crls)


SHAPES: Final[dict[str, tuple[Callable[[], tuple[Chain, Chain, Crls]], str | None]]] = {
    "as it should be": (lambda: shown((0, 1), (2,)), None),
    "with its root": (lambda: shown((0, 1, 2), (2,)), None),
    "issuer twice": (lambda: shown((0, 1, 1), (2,)), "CRT-4"),
    "root in between": (lambda: shown((0, 2, 1), (2,)), "CRT-4"),
    "no issuer": (lambda: shown((0,), (2,)), "CRT-4"),
    "issuer for a root": (lambda: shown((0,), (1,)), "CRT-4"),
    "issuer for a root, shown": (lambda: shown((0, 1), (1,)), "CRT-4"),
    "issuer among the roots": (lambda: shown((0, 1), (1, 2)), None),
    "leaf for a root": (lambda: shown((0,), (0,)), "CRT-4"),
    "four of a chain": (lambda: deep(2), None),
    "one too many": (lambda: deep(1), "CRT-7"),
    "two roots of one name": (lambda: two_roots(good(), stranger()), None),
    "the other one first": (lambda: two_roots(stranger(), good()), None),
    "the other one alone": (lambda: two_roots(stranger(), stranger()), "CRT-4"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_have_one_answer(name: str) -> None:
    made, rule = SHAPES[name]
    assert answers(*made()) == (rule, rule)


def test_verdicts_are_rules_of_certificates() -> None:
    """What OpenSSL finds is named by a rule that the model checks as well."""
    assert VERDICTS.keys() <= {rule for rule, _ in BROKEN.values()}
    codes = [code for codes in VERDICTS.values() for code in codes]
    assert len(codes) == len(set(codes))
