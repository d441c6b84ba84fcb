"""Signing, protecting and the handshake, beside the primitives and the TLS library they are
made of.

`cryptography` and `ssl` are the floor: what Python can do no faster.  Key pairs are of Ed25519
and X25519, or of P-256.
"""

import ssl
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.metadata import version
from time import process_time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from refimpl.edition import load
from refimpl.play.example import NETWORK
from refimpl.play.player import play
from refimpl.security import compact, jwe, jws
from refimpl.security.pki import roaming_pki
from refimpl.security.protection import KeyRing, RoutingHeader, Sealing, protect, unprotect
from refimpl.shapes import canonical_bytes
from refimpl.tls.channel import Channel, Credentials
from refimpl.tls.serving import utc_now
from refimpl.wire import decode
from tests.bench import Row, in_turns

EDITION = load("2025")
RECORD = decode(
    min(frame.raw for frame in play("charge", EDITION).frames if b'"cdr"' in frame.raw)
)
PAYLOAD = RECORD.message.model_dump_json(exclude_none=True).encode()
IV = bytes(12)
SEALS = ["ECDH-ES", "A256GCM"]
ROUNDS, SECONDS = 101, 0.005


@dataclass(frozen=True)
class Keys:
    """The keys of a signer, of a receiver and of a single message, and what their primitives
    take besides.
    """

    alg: str
    seals: str
    signs: Any
    opens: Any
    once: Any
    to_sign: tuple[Any, ...] = ()
    to_verify: tuple[Any, ...] = ()
    to_agree: tuple[Any, ...] = ()

    @cached_property
    def verifies(self) -> Any:
        return self.signs.public_key()

    @cached_property
    def ring(self) -> KeyRing:
        return KeyRing({"key-1": (RECORD.sender, self.verifies)}, {"key-2": self.opens})


def _x25519(n: int) -> x25519.X25519PrivateKey:
    return x25519.X25519PrivateKey.from_private_bytes(bytes([n] * 32))


def _p256(n: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(n, ec.SECP256R1())


SUITES = (
    Keys(
        "EdDSA",
        "X25519",
        ed25519.Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)),
        _x25519(2),
        _x25519(3),
    ),
    Keys(
        "ES256",
        "P-256",
        _p256(1),
        _p256(2),
        _p256(3),
        (jws.ES256_WITHOUT_DICE,),
        (jws.ES256,),
        (ec.ECDH(),),
    ),
)


GOALS = {
    "EdDSA": {"sign": 0.92, "verify": 0.90},
    "ES256": {"sign": 0.90, "verify": 0.84},
}


def signatures() -> Iterator[Row]:
    """Signed text beside the bare signature over the same signing input.

    Bare ES256 is made without dice as ours is, and stays in the DER form in which
    `cryptography` writes and reads it: the way to and from the 64 bytes of a JWS is the
    format's own cost.
    """
    for suite in SUITES:
        header, key, key_of = (
            jws.JwsHeader(alg=suite.alg, kid="key-1"),
            suite.signs,
            {"key-1": suite.verifies}.get,
        )
        text = jws.sign(header, PAYLOAD, key)
        signing_input = compact.parts_of(text)["signing input"]
        signature = key.sign(signing_input, *suite.to_sign)
        took = in_turns(
            {
                "sign": partial(jws.sign, header, PAYLOAD, key),
                "bare sign": partial(key.sign, signing_input, *suite.to_sign),
                "verify": partial(jws.verify, text, key_of, jws.JwsHeader),
                "bare verify": partial(
                    suite.verifies.verify, signature, signing_input, *suite.to_verify
                ),
            },
            ROUNDS,
            SECONDS,
            process_time,
        )
        der = ", DER to r‖s and back included" if suite.alg == "ES256" else ""
        for deed, target in GOALS[suite.alg].items():
            ours, bare = took.median(deed), took.median(f"bare {deed}")
            note = f"a record of {len(PAYLOAD)} bytes: {ours * 1e6:.1f} µs against {bare * 1e6:.1f} µs{der}"
            note += f"; {took.spread(f'bare {deed}', deed)}"
            yield Row(
                f"JWS {suite.alg}, {deed}, of the bare primitive's speed",
                took.ratio(f"bare {deed}", deed),
                "x",
                target,
                True,
                note,
            )


def protection() -> Iterator[Row]:
    """One message protected, unprotected and validated, beside its floor.

    The floor is the message written and validated, and the bare primitives over the same bytes:
    one signature made and verified and, where it is sealed, twice an agreement on one secret, a
    key derived from it, and AES-GCM.  The key made for a single message is handed in, on either
    side; writing and reading its public half is the format's own cost.
    """
    for suite in SUITES:
        sealing = Sealing("key-2", suite.opens.public_key(), suite.once, IV)
        took = in_turns(
            {
                "signed": partial(_there_and_back, suite, None),
                "bare signed": _floor(suite, None),
                "sealed": partial(_there_and_back, suite, sealing),
                "bare sealed": _floor(suite, sealing),
            },
            ROUNDS,
            SECONDS,
            process_time,
        )
        for level, others, goal in (
            ("signed", "", 1.30),
            ("sealed", f" and {suite.seals}", 1.35),
        ):
            ours, bare = took.median(level), took.median(f"bare {level}")
            note = f"{ours * 1e6:.0f} µs against {bare * 1e6:.0f} µs"
            note += f"; {took.spread(level, f'bare {level}')}"
            what = f"message {level} by {suite.alg}{others}, opened and validated, of its floor"
            yield Row(what, took.ratio(level, f"bare {level}"), "x", goal, False, note)
    yield _beside_joserfc(SUITES[0])


def _there_and_back(suite: Keys, sealing: Sealing | None) -> None:
    text = protect(RECORD, "key-1", suite.signs, sealing)
    unprotect(text, suite.ring, receiver=RECORD.receiver, now=RECORD.sent_at, seen=())


def _floor(suite: Keys, sealing: Sealing | None) -> Callable[[], object]:
    text = protect(RECORD, "key-1", suite.signs)
    signing_input = compact.parts_of(text)["signing input"]
    signature = suite.signs.sign(signing_input, *suite.to_sign)
    message = RECORD.message
    write = type(message).__pydantic_serializer__.to_json
    validated = type(message).__pydantic_validator__.validate_json

    def signed() -> None:
        write(message, exclude_none=True)
        suite.signs.sign(signing_input, *suite.to_sign)
        suite.verifies.verify(signature, signing_input, *suite.to_verify)
        validated(PAYLOAD)

    if sealing is None:
        return signed
    envelope = protect(RECORD, "key-1", suite.signs, sealing)
    aad, content, parts = (
        compact.parts_of(envelope)["aad"],
        text.encode(),
        compact.parts_of(envelope),
    )
    header = compact.header_of(envelope, RoutingHeader)
    parties = (
        compact.from_base64url(name.encode(), "party") for name in (header.apu, header.apv)
    )
    other_info = jwe.agree(
        suite.opens, suite.once.public_key(), header.enc, *parties
    ).other_info
    sealed = parts["ciphertext"] + parts["tag"]
    receiver_key, epk = suite.opens.public_key(), suite.once.public_key()

    def content_key(private: Any, public: Any) -> bytes:
        return ConcatKDFHash(SHA256(), 32, other_info).derive(
            private.exchange(*suite.to_agree, public)
        )

    def all_of_it() -> None:
        signed()
        AESGCM(content_key(suite.once, receiver_key)).encrypt(IV, content, aad)
        AESGCM(content_key(suite.opens, epk)).decrypt(IV, sealed, aad)

    return all_of_it


def _beside_joserfc(suite: Keys) -> Row:
    """The same in `joserfc`: the message is written, signed, sealed, opened and validated.  It
    makes a key for each message itself; so ours is given a new one each time, too.
    """
    from joserfc import jwe, jws
    from joserfc.jwk import OKPKey

    signs, opens = (
        OKPKey.import_key(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        for key in (suite.signs, suite.opens)
    )
    validated = type(RECORD.message).__pydantic_validator__.validate_json

    def theirs() -> None:
        payload = canonical_bytes(RECORD.message)
        signed = jws.serialize_compact(
            {"alg": "EdDSA", "kid": "key-1"}, payload, signs, ["EdDSA"]
        )
        sealed = jwe.encrypt_compact({"alg": "ECDH-ES", "enc": "A256GCM"}, signed, opens, SEALS)
        opened = jwe.decrypt_compact(sealed, opens, SEALS).plaintext
        validated(jws.deserialize_compact(opened or b"", signs, ["EdDSA"]).payload)

    def ours() -> None:
        once = x25519.X25519PrivateKey.generate()
        _there_and_back(suite, Sealing("key-2", suite.opens.public_key(), once, IV))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # RFC 9864 would have EdDSA called Ed25519
        took = in_turns({"ours": ours, "theirs": theirs}, ROUNDS, SECONDS, process_time)
    ours_us, theirs_us = took.median("ours") * 1e6, took.median("theirs") * 1e6
    note = f"{ours_us:.0f} µs against {theirs_us:.0f} µs, a new key for each on both sides"
    note += f"; {took.spread('ours', 'theirs')}"
    what = f"message sealed, opened and validated, of the time of joserfc {version('joserfc')}"
    return Row(what, took.ratio("ours", "theirs"), "x", 0.72, False, note)


def handshakes() -> Iterator[Row]:
    """Two channels in memory that meet, beside two bare TLS objects of the same contexts."""
    now = utc_now()
    pki = roaming_pki(NETWORK, seed=b"handshakes", now=now)
    opening, accepting = (
        Credentials.from_pki(pki, name, NETWORK, EDITION) for name in ("cso-elm", "csp-alba")
    )

    def channels() -> None:
        one, other = (
            Channel(opening, accepting=False, expected="csp-alba"),
            Channel(accepting, accepting=True),
        )
        while not (one.admitted and other.admitted):
            other.receive_data(one.data_to_send(), now)
            one.receive_data(other.data_to_send(), now)

    def bare() -> None:
        to_one, to_other = ssl.MemoryBIO(), ssl.MemoryBIO()
        one = opening.opening.wrap_bio(to_one, to_other)
        other = accepting.accepting.wrap_bio(to_other, to_one, server_side=True)
        meeting = [one, other]
        while meeting:
            for each in tuple(meeting):
                with suppress(ssl.SSLWantReadError):
                    each.do_handshake()
                    meeting.remove(each)

    took = in_turns({"channels": channels, "bare": bare}, ROUNDS, SECONDS, process_time)
    ours, theirs = took.median("channels") * 1e3, took.median("bare") * 1e3
    note = f"TLS {EDITION.minimum_tls}, mutual, P-256: {ours:.2f} ms with the empty frame"
    note += f" and a chain that is known, {theirs:.2f} ms without"
    share = took.ratio("bare", "channels")
    yield Row("handshake of two channels, of bare ssl's speed", share, "x", 0.90, True, note)
