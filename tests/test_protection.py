"""A protected message arrives as it was sent or not at all, whatever a clearing house does on
the way.

Which rule refuses what is written by hand.
"""

import json
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise, product
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from refimpl.errors import Malformed, Misuse, RoamingError, Untrusted
from refimpl.messages import KINDS, Envelope, Receipt
from refimpl.security import compact, jwe, jws, protection
from refimpl.security.protection import (
    LIFETIME,
    SKEW,
    KeyRing,
    MessageHeader,
    Opened,
    PassageHeader,
    RoutingHeader,
    Sealing,
    check_countersignatures,
    countersign,
    protect,
    unprotect,
)
from tests.strategies import MESSAGES, envelopes
from tests.world import EMAID, EVSE_ID, NOON, envelope

SECOND: Final = timedelta(seconds=1)
P256: Final = ec.SECP256R1()

ELM: Final[dict[str, Any]] = {
    "elm-ed": Ed25519PrivateKey.from_private_bytes(b"\x01" * 32),
    "elm-ec": ec.derive_private_key(2, P256),
}
ALBA: Final[dict[str, Any]] = {
    "alba-x": X25519PrivateKey.from_private_bytes(b"\x03" * 32),
    "alba-p": ec.derive_private_key(4, P256),
}
ONCE: Final[dict[str, Any]] = {
    "alba-x": X25519PrivateKey.from_private_bytes(b"\x05" * 32),
    "alba-p": ec.derive_private_key(6, P256),
}
BIRCH: Final = X25519PrivateKey.from_private_bytes(b"\x07" * 32)
NORTH, SOUTH = (Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)) for n in (8, 9))
IV: Final = bytes(12)

TRUSTED: Final[dict[str, tuple[str, Any]]] = {
    **{kid: ("cso-elm", key.public_key()) for kid, key in ELM.items()},
    "north-1": ("house-north", NORTH.public_key()),
    "south-1": ("house-south", SOUTH.public_key()),
}
KEYS: Final = KeyRing(TRUSTED, ALBA)
ASKED: Final = envelope()
PAYLOAD: Final = (
    b'{"emaid":"DE8AA0012345670","evse_id":"DEAB7E8406487","kind":"authorization-request",'
    b'"service":"energy-transfer","visited_cso":"cso-elm"}'
)
HEADER: Final[dict[str, Any]] = {
    "alg": "EdDSA",
    "correlation_id": "service-1",
    "edition": "2025",
    "exp": 1751976300,
    "iat": 1751976000,
    "jti": "m-1",
    "kid": "elm-ed",
    "receiver": "csp-alba",
    "sender": "cso-elm",
    "typ": "authorization-request",
}
ROUTING: Final = {
    "alg": "ECDH-ES",
    "apu": "Y3NvLWVsbQ",
    "apv": "Y3NwLWFsYmE",
    "correlation_id": "service-1",
    "enc": "A256GCM",
    "kid": "alba-x",
    "receiver": "csp-alba",
    "sender": "cso-elm",
    "typ": "authorization-request",
}


def sealing(kid: str = "alba-x") -> Sealing:
    return Sealing(kid, ALBA[kid].public_key(), ONCE[kid], IV)


def opened(text: str, now: datetime = NOON, receiver: str = "csp-alba", **given: Any) -> Opened:
    return unprotect(
        text, given.get("keys", KEYS), receiver=receiver, now=now, seen=given.get("seen", set())
    )


def refused(text: str, **given: Any) -> RoamingError:
    """Why a text is refused."""
    with pytest.raises(RoamingError) as caught:
        opened(text, **given)
    assert len(caught.value.where) < 120
    assert isinstance(caught.value, {**compact.ORDER, **protection.ORDER}[caught.value.rule_id])
    return caught.value


def said(payload: bytes = PAYLOAD, key: Any = ELM["elm-ed"], **changed: Any) -> str:
    """What the holder of a key can sign if it wants to."""
    return jws.sign(MessageHeader(**{**HEADER, **changed}), payload, key)


def wrapped(text: str, **changed: Any) -> str:
    """A signed text sealed for csp-alba by anybody, under any routing header."""
    epk = jwe.ephemeral_key(ONCE["alba-x"].public_key())
    routing = RoutingHeader(**{**ROUTING, "epk": epk, **changed})
    return jwe.seal(routing, text.encode(), ALBA["alba-x"].public_key(), ONCE["alba-x"], IV)


SIGNED: Final = protect(ASKED, "elm-ed", ELM["elm-ed"])
SEALED: Final = protect(ASKED, "elm-ed", ELM["elm-ed"], sealing())


# --- What is protected and arrives ------------------------------------------------------------


def test_what_a_message_is_signed_under() -> None:
    """A message is signed under everything that belongs to it."""
    seen = compact.parts_of(SIGNED)
    assert (json.loads(seen["header"]), seen["payload"]) == (HEADER, PAYLOAD)
    assert said() == SIGNED


def test_a_seal_shows_only_the_routing() -> None:
    """A sealed message shows what it takes to pass it on and no more."""
    shown = json.loads(compact.parts_of(SEALED)["header"])
    epk = shown.pop("epk")
    assert shown == ROUTING
    assert (epk["kty"], epk["crv"]) == ("OKP", "X25519")
    assert wrapped(SIGNED) == SEALED
    for part in compact.parts_of(SEALED).values():
        assert EMAID.encode() not in part
        assert EVSE_ID.encode() not in part


@given(envelopes())
def test_headers_are_written_as_their_shapes(envelope: Envelope) -> None:
    """What is written without a shape is the canonical form of the shape."""
    for kid, box in (("elm-ed", "alba-p"), ("elm-ec", "alba-x")):
        text = protect(envelope, kid, ELM[kid], sealing(box))
        sealed = jwe.unseal(text, ALBA.get, RoutingHeader)
        signed = compact.header_of(sealed.content.decode(), MessageHeader)
        for header, encoded in (
            (sealed.header, text.partition(".")[0]),
            (signed, sealed.content.decode().partition(".")[0]),
        ):
            again = type(header)(**dict(header))
            assert again.encoded.decode() == encoded


@pytest.mark.parametrize("wrong", ['a"b', "a\\b", "a\nb", "é", "a b"])
@pytest.mark.parametrize("member", ["correlation_id", "request_id", "sender", "edition"])
def test_no_header_is_written_with_an_escape(member: str, wrong: str) -> None:
    """An id that no envelope has cannot say more than an id."""
    unread = ASKED.model_copy(update={member: wrong})
    for box in (None, sealing()):
        with pytest.raises(Misuse, match="JOS-11"):
            protect(unread, "elm-ed", ELM["elm-ed"], box)
    with pytest.raises(Misuse, match="JOS-11"):
        protect(ASKED, wrong, ELM["elm-ed"])


@pytest.mark.parametrize(
    ("text", "shape"),
    [(SIGNED, MessageHeader), (SEALED, RoutingHeader)],
    ids=["signed", "sealed"],
)
def test_a_house_reads_the_way(text: str, shape: Any) -> None:
    """A clearing house reads the way without a key."""
    routing = compact.header_of(text, shape)
    assert (routing.sender, routing.receiver) == ("cso-elm", "csp-alba")
    assert (routing.typ, routing.correlation_id) == ("authorization-request", "service-1")


WAYS: Final = tuple(product(ELM, [None, *ALBA]))
"""The keys that sign, each alone and with each of those that a text is sealed for."""


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_every_kind_arrives_as_sent(kind: Any) -> None:
    @settings(max_examples=settings().max_examples // len(WAYS))
    @given(envelopes(MESSAGES[kind]))
    def arrives(envelope: Envelope) -> None:
        for kid, box in WAYS:
            trusted = {kid: (envelope.sender, ELM[kid].public_key())}
            keys = KeyRing(trusted, ALBA)
            text = protect(envelope, kid, ELM[kid], sealing(box) if box else None)
            read = opened(text, envelope.sent_at, envelope.receiver, keys=keys)
            assert read.envelope() == envelope.under(envelope.end_to_end_id)
            assert (read.message, read.sealed) == (envelope.message, box is not None)

    arrives()


def test_kinds_are_those_of_messages() -> None:
    assert set(KINDS.values()) == set(MESSAGES)
    assert len(KINDS) == len(MESSAGES)


def test_headers_are_in_sorted_order() -> None:
    for shape in (MessageHeader, RoutingHeader, PassageHeader):
        assert list(shape.model_fields) == sorted(shape.model_fields)


# --- What does not arrive ---------------------------------------------------------------------


def other_receipt() -> str:
    """A message of its own that a clearing house signs with its own key."""
    return said(b'{"kind":"receipt"}', NORTH, kid="north-1", typ="receipt")


SWAPPED: Final = b'{"emaid":"DE8AA0012345670","evse_id":"DEAB7E8406487","kind":"receipt"}'
DISORDERED: Final = b'{"kind":"authorization-answer","granted":true}'
HEAD, _, SIGNATURE = SIGNED.split(".")
OTHER: Final = compact.to_base64url(b'{"kind":"receipt"}').decode()
HASTY: Final = jws.sign(jws.JwsHeader(alg="EdDSA", kid="elm-ed"), PAYLOAD, ELM["elm-ed"])
WORD: Final = countersign(
    SIGNED, ("cso-elm", "cso-elm", "csp-alba"), "elm-ed", ELM["elm-ed"], NOON
)
# fmt: off
ATTACKS: Final[tuple[tuple[str, str, str], ...]] = (
    # what                                     rule      text
    ("signed by a house, said to be of a CSO", "MSG-1",  other_receipt()),
    ("the same, sealed",                       "MSG-1",  wrapped(other_receipt(), typ="receipt")),
    ("signed for another house's sender",      "MSG-1",  said(sender="house-north")),
    ("for somebody else",                      "MSG-2",  said(receiver="csp-birch")),
    ("for somebody else, sealed on",           "MSG-2",  wrapped(said(receiver="csp-birch"))),
    ("routed as another kind",                 "MSG-3",  wrapped(SIGNED, typ="receipt")),
    ("routed from another sender",             "MSG-3",  wrapped(SIGNED, sender="cso-fjord")),
    ("routed to another receiver",             "MSG-3",  wrapped(SIGNED, receiver="csp-birch")),
    ("routed in another service",              "MSG-3",  wrapped(SIGNED, correlation_id="service-2")),
    ("other parties in the key",               "MSG-3",  wrapped(SIGNED, apu="QQ")),
    ("another party in the key",               "MSG-3",  wrapped(SIGNED, apv="")),
    ("counts for no time",                     "MSG-4",  said(exp=HEADER["iat"])),
    ("counts backwards",                       "MSG-4",  said(exp=1751975999)),
    ("counts for ever",                        "MSG-4",  said(exp=2**53)),
    ("counts a second too long",               "MSG-4",  said(exp=1751976301)),
    ("from the future",                        "MSG-5",  said(iat=1751976031, exp=1751976300)),
    ("for longer than numbers are written",    "MSG-4",  said(iat=-(10**4298), exp=10**4299)),
    ("from beyond all time",                   "MSG-5",  said(iat=10**4290, exp=10**4290 + 1)),
    ("from the past",                          "MSG-6",  said(iat=1751975700, exp=1751976000)),
    ("before time began",                      "MSG-6",  said(iat=-(10**30), exp=-(10**30) + 1)),
    ("another kind than said",                 "MSG-8",  said(typ="receipt")),
    ("another kind within",                    "MSG-8",  said(SWAPPED)),
    ("a kind that is none",                    "MSG-8",  said(typ="bill")),
    ("no JSON",                                "MSG-8",  said(b"hello")),
    ("nothing",                                "MSG-8",  said(b"")),
    ("a wrong check character",                "MSG-8",  said(PAYLOAD.replace(b"5670", b"5671"))),
    ("a member too many",                      "MSG-8",  said(PAYLOAD[:-1] + b',"z":1}')),
    ("a member twice",                         "MSG-8",  said(PAYLOAD[:-1] + b',"visited_cso":"cso-elm"}')),
    ("white space",                            "MSG-9",  said(PAYLOAD + b" ")),
    ("another order",                          "MSG-9",  said(DISORDERED, typ="authorization-answer")),
    ("another payload under the signature",    "JOS-15", f"{HEAD}.{OTHER}.{SIGNATURE}"),
    ("a key that nobody knows",                "JOS-13", said(kid="elm-2")),
    ("another's key under a known name",       "JOS-15", said(key=NORTH)),
    ("sealed for a key that nobody has",       "JOS-13", wrapped(SIGNED, kid="alba-2")),
    ("a header without exp",                   "JOS-11", HASTY),
    ("sealed, not signed",                     "JOS-2",  wrapped("hello")),
    ("sealed twice",                           "JOS-2",  wrapped(SEALED)),
    ("sealed, not text",                       "JOS-3",  wrapped(f"{SIGNED}\u20ac")),
    ("a countersignature for a message",       "JOS-11", WORD),
)
# fmt: on


@pytest.mark.parametrize(
    ("what", "rule", "text"), ATTACKS, ids=[what for what, _, _ in ATTACKS]
)
def test_an_attack_is_refused(what: str, rule: str, text: str) -> None:
    assert refused(text).rule_id == rule


@pytest.mark.parametrize("name", ["correlation_id", "receiver", "sender", "typ", "kid", "apu"])
def test_a_house_cannot_alter_the_way(name: str) -> None:
    """A clearing house cannot alter the way of a sealed message."""
    header = compact.parts_of(SEALED)["header"]
    altered = {**json.loads(header), name: {"kid": "alba-x2", "apu": "QQ"}.get(name, "other")}
    head = compact.to_base64url(
        json.dumps(altered, sort_keys=True, separators=(",", ":")).encode()
    ).decode()
    keys = KeyRing(TRUSTED, {**ALBA, "alba-x2": ALBA["alba-x"]})
    assert refused(f"{head}.{SEALED.partition('.')[2]}", keys=keys).rule_id == "JOS-18"


def test_only_the_receiver_opens_the_seal() -> None:
    assert refused(SEALED, keys=KeyRing(TRUSTED, {"alba-x": BIRCH})).rule_id == "JOS-18"
    assert refused(SEALED, keys=KeyRing(TRUSTED)).rule_id == "JOS-13"
    assert refused(SEALED, receiver="csp-birch").rule_id == "MSG-2"


def test_how_long_a_message_counts() -> None:
    """A message counts from when it was signed until just before it expires."""
    ahead, late = timedelta(seconds=SKEW), timedelta(seconds=LIFETIME)
    tick = timedelta(microseconds=1)
    assert opened(SIGNED, NOON - ahead).message == ASKED.message
    assert refused(SIGNED, now=NOON - ahead - tick).rule_id == "MSG-5"
    assert opened(SIGNED, NOON + late - tick).message == ASKED.message
    assert refused(SIGNED, now=NOON + late).rule_id == "MSG-6"
    brief = protect(ASKED, "elm-ed", ELM["elm-ed"], lifetime=1)
    assert opened(brief, NOON + SECOND - tick).header.exp == HEADER["iat"] + 1
    assert refused(brief, now=NOON + SECOND).rule_id == "MSG-6"
    for lifetime in (0, -1, LIFETIME + 1):
        assert (
            refused(protect(ASKED, "elm-ed", ELM["elm-ed"], lifetime=lifetime)).rule_id
            == "MSG-4"
        )


def test_a_replay_is_refused() -> None:
    """A message that was here before is refused even signed or sealed anew."""
    seen = {opened(SEALED).header.replay_id}
    assert seen == {("cso-elm", "m-1")}
    for text in (
        SEALED,
        SIGNED,
        wrapped(SIGNED),
        protect(ASKED, "elm-ec", ELM["elm-ec"]),
        said(iat=1751976001),
    ):
        assert refused(text, seen=seen).rule_id == "MSG-7"
    assert opened(said(jti="m-2"), seen=seen).header.jti == "m-2"
    assert (
        opened(SIGNED, seen={("cso-fjord", "m-1"), ("m-1", "cso-elm")}).message == ASKED.message
    )


# fmt: off
TWO_FAULTS: Final = (
    ("JOS-15", "MSG-1", said(key=SOUTH, kid="north-1")),
    ("MSG-1",  "MSG-2", said(sender="cso-fjord", receiver="csp-birch")),
    ("MSG-2",  "MSG-3", wrapped(said(receiver="csp-birch"), typ="receipt")),
    ("MSG-3",  "MSG-4", wrapped(said(exp=0), typ="receipt")),
    ("MSG-4",  "MSG-5", said(iat=1751976031, exp=1751976031)),
    ("MSG-5",  "MSG-7", said(jti="seen", iat=1751976031)),
    ("MSG-6",  "MSG-7", said(jti="seen", iat=1751975700, exp=1751976000)),
    ("MSG-7",  "MSG-8", said(b"", jti="seen")),
    ("MSG-8",  "MSG-9", said(b' {"kind":"receipt"}')),
)
# fmt: on


@pytest.mark.parametrize(("first", "second", "text"), TWO_FAULTS)
def test_the_first_fault_is_named(first: str, second: str, text: str) -> None:
    order = [*compact.ORDER, *protection.ORDER]
    assert order.index(first) < order.index(second)
    assert refused(text, seen={("cso-elm", "seen")}).rule_id == first


def test_rules_stand_in_order_and_are_met() -> None:
    numbers = [int(rule.removeprefix("MSG-")) for rule in protection.ORDER]
    assert all(after == before + 1 for before, after in pairwise(numbers))
    met = {rule for _, rule, _ in ATTACKS} | {"MSG-7"} | {rule for _, rule, *_ in FALSE_WORDS}
    assert set(protection.ORDER) <= met


@pytest.mark.parametrize("text", [SIGNED, SEALED], ids=["signed", "sealed"])
def test_a_flipped_bit_is_refused(text: str) -> None:
    raw = text.encode()
    for place, bit in product(range(len(raw)), range(8)):
        flipped = bytearray(raw)
        flipped[place] ^= 1 << bit
        with pytest.raises((Malformed, Untrusted)):
            opened(flipped.decode("latin-1"))


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises((Malformed, Untrusted)):
        opened(text)
    for shape in (MessageHeader, RoutingHeader):
        with pytest.raises((Malformed, Untrusted)):
            compact.header_of(text, shape)


def test_keys_that_do_not_fit_are_misuse() -> None:
    crossed = Sealing("alba-x", ALBA["alba-x"].public_key(), ONCE["alba-p"], IV)
    short = Sealing("alba-x", ALBA["alba-x"].public_key(), ONCE["alba-x"], b"")
    for rule, wrong in (("JOS-16", crossed), ("JOS-5", short)):
        with pytest.raises(Misuse) as caught:
            protect(ASKED, "elm-ed", ELM["elm-ed"], wrong)
        assert caught.value.rule_id == rule


# --- Clearing houses answer for their hop -----------------------------------------------------

WAY_NORTH: Final = ("cso-elm", "house-north", "house-south")
WAY_SOUTH: Final = ("house-north", "house-south", "csp-alba")
WAY_ALONE: Final = ("cso-elm", "house-north", "csp-alba")


def north(
    way: tuple[str, str, str] = WAY_NORTH, at: datetime = NOON, text: str = SEALED
) -> str:
    return countersign(text, way, "north-1", NORTH, at)


def south(
    way: tuple[str, str, str] = WAY_SOUTH, at: datetime = NOON, text: str = SEALED
) -> str:
    return countersign(text, way, "south-1", SOUTH, at)


def checked(*countersignatures: str) -> tuple[PassageHeader, ...]:
    return check_countersignatures(
        SEALED, countersignatures, KEYS, sender="cso-elm", receiver="csp-alba", now=NOON
    )


def test_countersignatures_name_the_houses() -> None:
    assert [passage.house for passage in checked(north(), south())] == [
        "house-north",
        "house-south",
    ]
    assert [passage.house for passage in checked(north(WAY_ALONE))] == ["house-north"]
    assert checked() == ()


def test_a_countersignature_holds_a_digest() -> None:
    """A countersignature holds the digest of the text and nothing of it."""
    seen = compact.parts_of(north())
    assert len(seen["payload"]) == 32
    assert json.loads(seen["header"]) == {
        "alg": "EdDSA",
        "house": "house-north",
        "iat": 1751976000,
        "kid": "north-1",
        "next_hop": "house-south",
        "previous_hop": "cso-elm",
        "typ": "countersignature",
    }


def test_house_clocks_may_differ() -> None:
    assert checked(north(at=NOON + SKEW * SECOND), south(at=NOON))


AS_SOUTH: Final = ("cso-elm", "house-south", "csp-alba")
LATE, EARLY = NOON + SKEW * SECOND, NOON - SECOND
# fmt: off
FALSE_WORDS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("in another's name",           "MSG-10", (north(AS_SOUTH),)),
    ("in the sender's name",        "MSG-10", (north(("cso-elm", "cso-elm", "csp-alba")),)),
    ("for another text",            "MSG-11", (north(WAY_ALONE, text=SIGNED),)),
    ("the second for another text", "MSG-11", (north(), south(text=SIGNED))),
    ("from the future",             "MSG-12", (north(WAY_ALONE, LATE + SECOND),)),
    ("from before the hop before",  "MSG-12", (north(at=LATE), south(at=EARLY))),
    ("the first is missing",        "MSG-13", (south(),)),
    ("the last is missing",         "MSG-13", (north(),)),
    ("in the wrong order",          "MSG-13", (south(), north())),
    ("twice",                       "MSG-13", (north(), north(), south())),
    ("from another sender",         "MSG-13", (north(("cso-fjord", "house-north", "csp-alba")),)),
    ("to another receiver",         "MSG-13", (north(("cso-elm", "house-north", "csp-birch")),)),
    ("a gap in the middle",         "MSG-13", (north(("cso-elm", "house-north", "house-east")), south())),
    ("a message for a word",        "JOS-11", (SIGNED,)),
    ("no word at all",              "JOS-2",  ("",)),
    ("of an unknown house",         "JOS-13", (countersign(SEALED, WAY_ALONE, "east-1", NORTH, NOON),)),
)
# fmt: on


@pytest.mark.parametrize(
    ("what", "rule", "words"), FALSE_WORDS, ids=[what for what, _, _ in FALSE_WORDS]
)
def test_a_false_word_is_refused(what: str, rule: str, words: tuple[str, ...]) -> None:
    with pytest.raises(RoamingError) as caught:
        checked(*words)
    assert caught.value.rule_id == rule
    assert isinstance(caught.value, {**compact.ORDER, **protection.ORDER}[rule])


def test_a_flipped_word_is_refused() -> None:
    """No countersignature with one bit flipped is accepted."""
    raw = north(WAY_ALONE).encode()
    for place, bit in product(range(len(raw)), range(8)):
        flipped = bytearray(raw)
        flipped[place] ^= 1 << bit
        with pytest.raises((Malformed, Untrusted)):
            checked(flipped.decode("latin-1"))


# --- What stays secret ------------------------------------------------------------------------


def shown_of(act: Callable[[], object]) -> str:
    """All that is shown of an error, or of what came out."""
    try:
        return repr(act())
    except RoamingError as error:
        return "".join((str(error), repr(error), *traceback.format_exception(error)))


def test_no_key_and_no_content_shows() -> None:
    """Neither keys nor what a message says show in a repr or an error."""
    acts: list[Callable[[], object]] = [
        lambda: KEYS,
        sealing,
        lambda: opened(SIGNED),
        lambda: opened(SEALED),
    ]
    acts += [lambda text=text: opened(text) for _, _, text in ATTACKS]  # type: ignore[misc]  # a lambda's default
    acts += [lambda words=words: checked(*words) for _, _, words in FALSE_WORDS]  # type: ignore[misc]  # the same
    shown = "\n".join(map(shown_of, acts))
    assert "Opened" in shown
    assert "MSG-8" in shown
    keys = [*ELM.values(), *ALBA.values(), *ONCE.values(), BIRCH, NORTH, SOUTH]
    for key in keys:
        is_ec = isinstance(key, ec.EllipticCurvePrivateKey)
        secret = (
            key.private_numbers().private_value.to_bytes(32)
            if is_ec
            else key.private_bytes_raw()
        )
        for spelling in (
            secret.hex(),
            compact.to_base64url(secret).decode(),
            repr(secret)[2:-1],
        ):
            assert spelling not in shown
    for private in (
        EMAID[:14],
        EMAID[:14].lower(),
        "8406487",
        compact.to_base64url(PAYLOAD)[:40].decode(),
    ):
        assert private not in shown


def test_a_receipt_is_protected_too() -> None:
    receipt = ASKED.model_copy(update={"message": Receipt()})
    assert (
        opened(protect(receipt, "elm-ec", ELM["elm-ec"], sealing("alba-p"))).message
        == Receipt()
    )
