"""Signed and sealed text against the RFCs' own examples, two independent libraries, and
everything an attacker tries.

Which rule refuses an attack is written by hand.  Texts for attacks are put together here, with
the standard library.
"""

import base64
import hashlib
import hmac
import json
import re
import subprocess
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from refimpl.errors import Malformed, Misuse, RoamingError, Untrusted
from refimpl.security import compact, jwe, jws
from refimpl.security.jwe import JweHeader
from refimpl.security.jws import JwsHeader
from tests import programs

KeyOf = Callable[[str], Any]
P256: Final = ec.SECP256R1()


def b64(raw: bytes | str) -> str:
    """Base64url as the standard library has it."""
    return (
        base64.urlsafe_b64encode(raw if isinstance(raw, bytes) else raw.encode())
        .decode()
        .rstrip("=")
    )


def raw64(text: str) -> bytes:
    """What it means."""
    return base64.urlsafe_b64decode(text + "==")


def p256(d: str) -> ec.EllipticCurvePrivateKey:
    """A private key from the d of a JWK."""
    return ec.derive_private_key(int.from_bytes(raw64(d)), P256)


def jwk(key: Any) -> dict[str, Any]:
    """A key as a JWK, with its private half if it has one."""
    private = {}
    if isinstance(key, Ed25519PrivateKey | X25519PrivateKey):
        private = {"d": b64(key.private_bytes_raw())}
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        private = {"d": b64(key.private_numbers().private_value.to_bytes(32))}
    public = key.public_key() if private else key
    if isinstance(public, Ed25519PublicKey | X25519PublicKey):
        crv = "Ed25519" if isinstance(public, Ed25519PublicKey) else "X25519"
        return {"kty": "OKP", "crv": crv, "x": b64(public.public_bytes_raw()), **private}
    numbers = public.public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": b64(numbers.x.to_bytes(32)),
        "y": b64(numbers.y.to_bytes(32)),
        **private,
    }


def canonical(value: Any) -> str:
    """Canonical JSON, for what these tests need."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


SIGNERS: Final[dict[str, Any]] = {
    "EdDSA": Ed25519PrivateKey.from_private_bytes(b"\x11" * 32),
    "ES256": p256(b64(b"\x22" * 32)),
}
OPENERS: Final[dict[str, Any]] = {
    "X25519": X25519PrivateKey.from_private_bytes(b"\x33" * 32),
    "P-256": p256(b64(b"\x44" * 32)),
}
EPHEMERALS: Final[dict[str, Any]] = {
    "X25519": X25519PrivateKey.from_private_bytes(b"\x55" * 32),
    "P-256": p256(b64(b"\x66" * 32)),
}
SIGNER_OF: Final[KeyOf] = {name: key.public_key() for name, key in SIGNERS.items()}.get
OPENER_OF: Final[KeyOf] = OPENERS.get
PAYLOAD: Final = b'{"emaid":"DE8AA0012345670","kind":"receipt"}'
NONCE: Final = bytes(range(12))


def signed(alg: str = "EdDSA", payload: bytes = PAYLOAD) -> str:
    return jws.sign(JwsHeader(alg=alg, kid=alg, typ="receipt"), payload, SIGNERS[alg])


def jwe_header(curve: str, **members: Any) -> JweHeader:
    epk = jwe.ephemeral_key(EPHEMERALS[curve].public_key())
    return JweHeader(
        **{"alg": "ECDH-ES", "enc": "A256GCM", "epk": epk, "kid": curve, **members}
    )


def sealed(curve: str = "X25519", content: bytes = PAYLOAD, **members: str) -> str:
    header = jwe_header(curve, **members)
    return jwe.seal(header, content, OPENERS[curve].public_key(), EPHEMERALS[curve], NONCE)


def content(text: str, opener_of: KeyOf = OPENER_OF) -> bytes:
    """What a text says to whichever reader is for it."""
    if text.count(".") == 4:
        return jwe.unseal(text, opener_of, JweHeader).content
    return jws.verify(text, SIGNER_OF, JwsHeader).content


def refused(text: str, opener_of: KeyOf = OPENER_OF) -> RoamingError:
    """Why a text is refused."""
    with pytest.raises(RoamingError) as caught:
        content(text, opener_of)
    assert isinstance(caught.value, compact.ORDER[caught.value.rule_id])
    return caught.value


# --- Base64url and DER, step by step ----------------------------------------------------------


def meant(text: bytes) -> bytes | str:
    """What a text means, or the rule by which it is refused."""
    try:
        return compact.from_base64url(text, "text")
    except RoamingError as error:
        return error.rule_id


def meant_by_rereading(text: bytes) -> bytes | str:
    """The same by another way: a text is right where its bytes are written as it is."""
    if re.search(rb"[^A-Za-z0-9_-]", text):
        return "JOS-3"
    if len(text) % 4 == 1:
        return "JOS-4"
    raw = raw64(text.decode())
    return raw if b64(raw).encode() == text else "JOS-4"


@given(
    st.binary(max_size=40).map(lambda raw: b64(raw).encode())
    | st.text("AQgwEIZz09-_+/= \n\0\x80", max_size=9).map(str.encode)
    | st.binary(max_size=9)
)
def test_base64url_is_read_strictly(text: bytes) -> None:
    assert meant(text) == meant_by_rereading(text)


def test_every_end_of_a_base64url() -> None:
    """Whatever stands last, after up to four characters that are right or not."""
    for start in (b"", b"A", b"-_", b"zZ9", b"A+", b"=AA", b"AAAA"):
        for last in range(256):
            text = start + bytes([last])
            assert meant(text) == meant_by_rereading(text)


numbers = st.integers(1, 2**256 - 1) | st.integers(0, 255).map(lambda bits: 2**bits)


@given(numbers, numbers)
def test_der_as_cryptography_has_it(r: int, s: int) -> None:
    """The 64 bytes and the DER of a signature are two forms of the same two numbers."""
    der = encode_dss_signature(r, s)
    raw = r.to_bytes(32) + s.to_bytes(32)
    assert jws.in_der(raw) == der
    assert jws.side_by_side(der) == raw
    assert decode_dss_signature(jws.in_der(raw)) == (r, s)


def test_der_of_nought() -> None:
    """An attacker may write what no signer does; it has a DER form, and is refused."""
    assert jws.in_der(bytes(64)) == encode_dss_signature(0, 0)
    head, payload, _ = signed("ES256").split(".")
    assert refused(f"{head}.{payload}.{b64(bytes(64))}").rule_id == "JOS-15"


# --- What the RFCs show -----------------------------------------------------------------------


def test_es256_of_rfc_7515_a_3() -> None:
    """The ES256 example of RFC 7515, A.3 is verified."""
    key = p256("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI")
    assert jwk(key.public_key())["x"] == "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
    text = (
        "eyJhbGciOiJFUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )
    read = jws.verify(text, {"": key.public_key()}.get, JwsHeader)
    assert (
        read.content
        == b'{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}'
    )
    seen = compact.parts_of(text)
    assert seen["signature"][:4] == bytes([14, 209, 33, 83])
    assert seen["signature"][-4:] == bytes([131, 163, 84, 213])
    assert seen["signing input"] == text.rpartition(".")[0].encode()


def test_eddsa_of_rfc_8037_a_4() -> None:
    """The EdDSA example of RFC 8037, A.4 comes out bit by bit."""
    key = Ed25519PrivateKey.from_private_bytes(
        raw64("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
    )
    assert jwk(key.public_key())["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    text = (
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
        ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )
    assert jws.sign(JwsHeader(alg="EdDSA"), b"Example of Ed25519 signing", key) == text
    assert (
        jws.verify(text, {"": key.public_key()}.get, JwsHeader).content
        == b"Example of Ed25519 signing"
    )


def test_agreement_of_rfc_7518_c() -> None:
    """The key agreement of RFC 7518, C comes out step by step."""
    alice, bob = (
        p256("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"),
        p256("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"),
    )
    epk = jwe.ephemeral_key(alice.public_key())
    assert (epk.x, epk.y) == (
        "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
        "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
    )
    for mine, other in ((alice, bob.public_key()), (bob, alice.public_key())):
        agreement = jwe.agree(mine, other, "A128GCM", b"Alice", b"Bob")
        assert agreement.shared_secret[:6] == bytes([158, 86, 217, 29, 129, 113])
        assert agreement.shared_secret[-6:] == bytes([167, 121, 140, 254, 144, 196])
        assert agreement.other_info == b"\0\0\0\7A128GCM\0\0\0\5Alice\0\0\0\3Bob\0\0\0\x80"
        assert b64(agreement.content_key) == "VqqN6vgjbSBcIijNcacQGg"


def test_x25519_of_rfc_8037_a_6() -> None:
    """The X25519 secret of RFC 8037, A.6 is agreed on."""
    once = X25519PrivateKey.from_private_bytes(
        raw64("dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo")
    )
    bob = X25519PublicKey.from_public_bytes(
        raw64("3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08")
    )
    assert (
        jwe.ephemeral_key(once.public_key()).x == "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"
    )
    secret = jwe.agree(once, bob, "A256GCM", b"", b"").shared_secret
    assert secret.hex() == "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"


# --- What other libraries make of it ----------------------------------------------------------


@pytest.mark.filterwarnings(
    "ignore:EdDSA is deprecated"
)  # RFC 9864 would have it called Ed25519
@pytest.mark.parametrize("alg", SIGNERS)
def test_joserfc_agrees_on_signatures(alg: str, in_canonical_order: None) -> None:
    from joserfc import jws as their_jws
    from joserfc.jwk import import_key

    key = import_key(jwk(SIGNERS[alg]))
    read = their_jws.deserialize_compact(signed(alg), key, algorithms=[alg])
    assert (read.payload, read.headers()) == (
        PAYLOAD,
        {"alg": alg, "kid": alg, "typ": "receipt"},
    )
    theirs = their_jws.serialize_compact(
        {"typ": "receipt", "alg": alg, "kid": alg}, PAYLOAD, key, algorithms=[alg]
    )
    assert jws.verify(theirs, SIGNER_OF, JwsHeader).content == PAYLOAD


@pytest.mark.parametrize("curve", OPENERS)
@pytest.mark.parametrize(
    "parties", [{}, {"apu": "QWxpY2U", "apv": "Qm9i"}], ids=["nobody", "alice-and-bob"]
)
def test_joserfc_agrees_on_seals(
    curve: str, parties: dict[str, Any], in_canonical_order: None
) -> None:
    from joserfc import jwe as their_jwe
    from joserfc.jwk import import_key

    key, allowed = import_key(jwk(OPENERS[curve])), ["ECDH-ES", "A256GCM"]
    assert (
        their_jwe.decrypt_compact(sealed(curve, **parties), key, algorithms=allowed).plaintext
        == PAYLOAD
    )
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": curve, **parties}
    theirs = their_jwe.encrypt_compact(header, PAYLOAD, key, algorithms=allowed)
    assert jwe.unseal(theirs, OPENER_OF, JweHeader).content == PAYLOAD


NODE: Final = """
import * as jose from 'jose';
import crypto from 'node:crypto';
const asked = JSON.parse(await new Promise(done => { let all = '';
  process.stdin.on('data', part => all += part).on('end', () => done(all)); }));
// jose leaves the order of members to its caller, and writes epk itself
const write = JSON.stringify, sorted = value => value && typeof value === 'object' && !Array.isArray(value)
  ? Object.fromEntries(Object.keys(value).sort().map(name => [name, sorted(value[name])])) : value;
JSON.stringify = value => write(sorted(value));
const answer = [], bytes = text => new TextEncoder().encode(text), text = raw => new TextDecoder().decode(raw);
for (const { alg, text: signed, key } of asked.signed) {
  const mine = await jose.importJWK(key, alg), open = await jose.importJWK({ ...key, d: undefined }, alg);
  const read = await jose.compactVerify(signed, open, { algorithms: [alg] });
  const [head, payload, signature] = signed.split('.'), input = bytes(head + '.' + payload);
  const bare = crypto.verify(alg === 'ES256' ? 'sha256' : null, input,
    { key: crypto.createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'));
  const theirs = await new jose.CompactSign(bytes(asked.payload)).setProtectedHeader({ kid: alg, alg }).sign(mine);
  answer.push({ payload: text(read.payload), header: read.protectedHeader, bare, theirs });
}
for (const { curve, text: sealed, key } of asked.sealed) {
  const mine = await jose.importJWK(key, 'ECDH-ES'), open = await jose.importJWK({ ...key, d: undefined }, 'ECDH-ES');
  const read = await jose.compactDecrypt(sealed, mine);
  const theirs = await new jose.CompactEncrypt(bytes(asked.payload))
    .setProtectedHeader({ kid: curve, enc: 'A256GCM', alg: 'ECDH-ES' }).encrypt(open);
  answer.push({ payload: text(read.plaintext), header: read.protectedHeader, bare: true, theirs });
}
console.log(write(answer));
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], Any]:
    """A Node with `jose` in a folder of its own."""
    if programs.missing("node") or programs.missing("npm"):
        pytest.skip("no node or no npm")
    folder = tmp_path_factory.mktemp("node")
    install = ["npm", "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit"]
    try:
        done = programs.run([*install, "--no-fund", "jose@6.2.17"], cwd=folder)
    except subprocess.TimeoutExpired:
        pytest.skip("npm cannot install jose")
    if done.returncode:
        pytest.skip("npm cannot install jose")
    (folder / "second.mjs").write_text(NODE, "utf-8")
    return partial(_ask_node, folder)


def _ask_node(folder: Path, question: Any) -> Any:
    script = folder / "second.mjs"
    done = programs.node(script, stdin=json.dumps(question).encode(), cwd=folder)
    assert done.returncode == 0
    return json.loads(done.stdout)


def test_node_agrees(node: Callable[[Any], Any]) -> None:
    """Node reads our texts, and we read those of Node."""
    question = {
        "payload": PAYLOAD.decode(),
        "signed": [
            {"alg": alg, "text": signed(alg), "key": jwk(key)} for alg, key in SIGNERS.items()
        ],
        "sealed": [
            {"curve": crv, "text": sealed(crv, apu="QQ"), "key": jwk(key)}
            for crv, key in OPENERS.items()
        ],
    }
    answers = node(question)
    assert len(answers) == 4
    for name, answer in zip((*SIGNERS, *OPENERS), answers, strict=True):
        assert (answer["payload"], answer["bare"], answer["header"]["kid"]) == (
            PAYLOAD.decode(),
            True,
            name,
        )
        assert content(answer["theirs"]) == PAYLOAD


# --- What goes in comes out -------------------------------------------------------------------


@given(st.binary(max_size=200), st.sampled_from(list(SIGNERS)))
def test_what_is_signed_is_read(payload: bytes, alg: str) -> None:
    text = signed(alg, payload)
    assert text == signed(alg, payload)
    assert jws.verify(text, SIGNER_OF, JwsHeader).content == payload
    header, content, signature = map(raw64, text.split("."))
    assert (compact.parts_of(text)["payload"], content) == (payload, payload)
    assert (len(signature), header.decode()) == (
        64,
        canonical({"alg": alg, "kid": alg, "typ": "receipt"}),
    )


@given(st.binary(max_size=200), st.sampled_from(list(OPENERS)))
def test_what_is_sealed_is_opened(content: bytes, curve: str) -> None:
    text = sealed(curve, content)
    assert jwe.unseal(text, OPENER_OF, JweHeader).content == content
    seen = compact.parts_of(text)
    assert (seen["iv"], seen["encrypted key"], len(seen["tag"])) == (NONCE, b"", 16)
    assert (len(seen["ciphertext"]), seen["aad"].decode()) == (
        len(content),
        text.partition(".")[0],
    )
    assert compact.header_of(text, JweHeader) == jwe_header(curve)


@given(st.binary(max_size=60))
def test_base64url_as_in_the_library(raw: bytes) -> None:
    """Base64url is that of the standard library, and has one form."""
    text = compact.to_base64url(raw)
    assert text.decode() == b64(raw)
    assert compact.from_base64url(text, "here") == raw


def decodes(text: bytes) -> bool:
    """Whether a short text is base64url, and if not, that the right rule says so."""
    try:
        raw = compact.from_base64url(text, "here")
    except Malformed as error:
        rule = "JOS-4" if set(text) <= set(compact.ALPHABET) else "JOS-3"
        return error.rule_id != rule
    return b64(raw).encode() == text


def test_short_base64url_has_one_form() -> None:
    """Of all texts of up to three characters only canonical ones are base64url."""
    letters = b"AQgwEIMUYcko048-_zZ"
    texts = (
        bytes(text)
        for length in (1, 2, 3)
        for text in product(letters + b"+/= \n.", repeat=length)
    )
    # Two characters end in one of AQgw; three in one of sixteen, of which the fifteen but s are
    # among the letters.
    assert sum(map(decodes, texts)) == 19 * 4 + 19 * 19 * 15


def test_headers_are_in_sorted_order() -> None:
    for shape in (JwsHeader, JweHeader, jwe.EphemeralKey):
        assert list(shape.model_fields) == sorted(shape.model_fields)


# --- What is refused, and why -----------------------------------------------------------------

GOOD: Final = {"alg": "EdDSA", "kid": "EdDSA", "typ": "receipt"}


def forged(
    header: Any, payload: bytes = PAYLOAD, alg: str = "EdDSA", signature: bytes | None = None
) -> str:
    """A text with any header, rightly signed unless a signature is given."""
    head = header if isinstance(header, bytes) else canonical(header).encode()
    over = f"{b64(head)}.{b64(payload)}"
    if signature is None and alg == "EdDSA":
        signature = SIGNERS["EdDSA"].sign(over.encode())
    elif signature is None:
        r, s = decode_dss_signature(SIGNERS["ES256"].sign(over.encode(), ec.ECDSA(SHA256())))
        signature = r.to_bytes(32) + s.to_bytes(32)
    return f"{over}.{b64(signature or b'')}"


def hs256(header: Mapping[str, Any], secret: bytes) -> str:
    """The classic: a MAC, with a public key for a secret."""
    over = f"{b64(canonical(header))}.{b64(PAYLOAD)}"
    return f"{over}.{b64(hmac.new(secret, over.encode(), hashlib.sha256).digest() * 2)}"


def other_bits(part: str) -> str:
    """The same bytes, written with a last character whose spare bits are set."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(part) % 4, "no spare bits"
    return part[:-1] + letters[letters.index(part[-1]) + 1]


def resealed(curve: str = "X25519", header: Any = None, **changed: bytes) -> str:
    """A sealed text with parts replaced, not sealed again."""
    parts = {
        **compact.parts_of(sealed(curve)),
        **{name.replace("_", " "): part for name, part in changed.items()},
    }
    if header is not None:
        parts["header"] = canonical(header).encode()
    return ".".join(
        b64(parts[name]) for name in ("header", "encrypted key", "iv", "ciphertext", "tag")
    )


TEXT: Final = signed()
HEAD, BODY, SIGNATURE = TEXT.split(".")
RAGGED: Final = b64(canonical({**GOOD, "typ": "ab"}))  # its last character has spare bits
PEM: Final = (
    SIGNERS["ES256"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
)
ES: Final = {**GOOD, "alg": "ES256", "kid": "ES256"}
DER: Final = SIGNERS["ES256"].sign(b"x", ec.ECDSA(SHA256()))
X_HEADER: Final = json.loads(compact.parts_of(sealed())["header"])
P_HEADER: Final = json.loads(compact.parts_of(sealed("P-256"))["header"])
ES_SIGNATURE: Final = compact.parts_of(signed("ES256"))["signature"]
ED25519_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
R, S = raw64(SIGNATURE)[:32], int.from_bytes(raw64(SIGNATURE)[32:], "little")
MALLEATED: Final = R + (S + ED25519_ORDER).to_bytes(
    32, "little"
)  # S modulo the order is the same
XY: Final = raw64(P_HEADER["epk"]["x"]) + raw64(P_HEADER["epk"]["y"])
ZERO: Final = b64(bytes(32))
OF_ORDER_8: Final = bytes.fromhex(
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"
)


def with_epk(header: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    epk = {
        name: value for name, value in {**header["epk"], **changed}.items() if value is not None
    }
    return {**header, "epk": epk}


# fmt: off
ATTACKS: Final = (
    # name                          rule      text
    ("nothing",                     "JOS-2",  ""),
    ("oversize",                    "JOS-1",  "." * (compact.MAX_CHARS + 1)),
    ("oversize and right",          "JOS-1",  signed(payload=bytes(compact.MAX_CHARS))),
    ("two parts",                   "JOS-2",  f"{HEAD}.{BODY}"),
    ("four parts",                  "JOS-2",  f"{TEXT}.{SIGNATURE}"),
    ("white space before",          "JOS-3",  f" {TEXT}"),
    ("line end behind",             "JOS-3",  f"{TEXT}\n"),
    ("white space in payload",      "JOS-3",  f"{HEAD}.{BODY[:8]} {BODY[8:]}.{SIGNATURE}"),
    ("padding",                     "JOS-3",  f"{TEXT}=="),
    ("plus for minus",              "JOS-3",  f"{HEAD}.+{BODY}.{SIGNATURE}"),
    ("not ASCII",                   "JOS-3",  f"{HEAD}.{BODY}.{SIGNATURE[:-1]}\u0410"),
    ("lone surrogate",              "JOS-3",  f"{HEAD}.{BODY}.{SIGNATURE}\ud800"),
    ("a NUL",                       "JOS-3",  f"{HEAD}.{BODY}.{SIGNATURE}\0"),
    ("spare bits in signature",     "JOS-4",  f"{HEAD}.{BODY}.{other_bits(SIGNATURE)}"),
    ("spare bits in header",        "JOS-4",  f"{other_bits(RAGGED)}.{BODY}.{SIGNATURE}"),
    ("a lone character",            "JOS-4",  f"{HEAD}.{BODY}.{SIGNATURE[:-1]}"),
    ("no signature",                "JOS-5",  f"{HEAD}.{BODY}."),
    ("signature too short",         "JOS-5",  forged(GOOD, signature=bytes(63))),
    ("signature too long",          "JOS-5",  f"{HEAD}.{BODY}.{b64(raw64(SIGNATURE) + b'0')}"),
    ("ES256 signature as DER",      "JOS-5",  forged(ES, signature=DER)),
    ("ES256 signature too long",    "JOS-5",  forged(ES, signature=ES_SIGNATURE + b"\0")),
    ("header is empty",             "JOS-6",  forged(b"")),
    ("header is a list",            "JOS-6",  forged([GOOD])),
    ("header is a word",            "JOS-6",  forged("EdDSA")),
    ("header is not UTF-8",         "JOS-6",  forged(b'{"alg":"EdDSA","kid":"\xff"}')),
    ("header has NaN",              "JOS-6",  forged(b'{"alg":"EdDSA","exp":NaN}')),
    ("header has half a character", "JOS-6",  forged(b'{"alg":"EdDSA","kid":"\\ud800"}')),
    ("header is a pit",             "JOS-6",  forged(b"[" * 50_000)),
    ("header has a huge number",    "JOS-6",  forged(b'{"alg":"EdDSA","kid":%b}' % (b"9" * 5_000))),
    ("alg twice",                   "JOS-7",  forged(b'{"alg":"EdDSA","alg":"none","kid":"EdDSA"}')),
    ("alg twice the same",          "JOS-7",  forged(b'{"alg":"EdDSA","alg":"EdDSA","kid":"EdDSA"}')),
    ("kid twice, escaped",          "JOS-7",  forged(b'{"alg":"EdDSA","kid":"EdDSA","\\u006bid":"ES256"}')),
    ("header with a space",         "JOS-8",  forged(b'{"alg":"EdDSA", "kid":"EdDSA"}')),
    ("header in another order",     "JOS-8",  forged(b'{"kid":"EdDSA","alg":"EdDSA"}')),
    ("header with an escape",       "JOS-8",  forged(b'{"alg":"EdDS\\u0041","kid":"EdDSA"}')),
    ("header with byte order mark", "JOS-6",  forged(b'\xef\xbb\xbf{"alg":"EdDSA","kid":"EdDSA"}')),
    ("crit",                        "JOS-9",  forged({**GOOD, "crit": ["exp"], "exp": 1})),
    ("crit, empty",                 "JOS-9",  forged({**GOOD, "crit": []})),
    ("b64 false with crit",         "JOS-9",  forged({**GOOD, "b64": False, "crit": ["b64"]})),
    ("own key",                     "JOS-10", forged({**GOOD, "jwk": jwk(SIGNERS["EdDSA"].public_key())})),
    ("address of a key",            "JOS-10", forged({**GOOD, "jku": "https://example.org/keys"})),
    ("own certificate",             "JOS-10", forged({**GOOD, "x5c": ["MIIB"]})),
    ("address of a certificate",    "JOS-10", forged({**GOOD, "x5u": "https://example.org/chain"})),
    ("name of a certificate",       "JOS-10", forged({**GOOD, "x5t#S256": "AAAA"})),
    ("unknown member",              "JOS-11", forged({**GOOD, "zip": "DEF"})),
    ("b64 without crit",            "JOS-11", forged({**GOOD, "b64": False})),
    ("no alg",                      "JOS-11", forged({"kid": "EdDSA"})),
    ("alg is a list",               "JOS-11", forged({**GOOD, "alg": ["EdDSA"]})),
    ("alg is null",                 "JOS-11", forged({**GOOD, "alg": None})),
    ("kid is null",                 "JOS-11", forged({**GOOD, "kid": None})),
    ("kid is a number",             "JOS-11", forged({**GOOD, "kid": 1})),
    ("alg none",                    "JOS-12", forged({**GOOD, "alg": "none"})),
    ("alg None",                    "JOS-12", forged({**GOOD, "alg": "None"})),
    ("alg eddsa",                   "JOS-12", forged({**GOOD, "alg": "eddsa"})),
    ("alg ES384",                   "JOS-12", forged({**GOOD, "alg": "ES384"})),
    ("HS256, PEM for secret",       "JOS-12", hs256({**ES, "alg": "HS256"}, PEM)),
    ("HS256, x for secret",         "JOS-12", hs256({**GOOD, "alg": "HS256"}, raw64(jwk(SIGNERS["EdDSA"])["x"]))),
    ("unknown kid",                 "JOS-13", forged({**GOOD, "kid": "nobody"})),
    ("no kid",                      "JOS-13", forged({"alg": "EdDSA"})),
    ("ES256 with an Ed25519 key",   "JOS-14", forged({**GOOD, "alg": "ES256"})),
    ("EdDSA with a P-256 key",      "JOS-14", forged({**ES, "alg": "EdDSA"}, alg="ES256")),
    ("signature of another text",   "JOS-15", f"{HEAD}.{BODY}.{signed(payload=b'other').split('.')[2]}"),
    ("signature of another key",    "JOS-15", forged(ES)),
    ("another payload",             "JOS-15", f"{HEAD}.{b64(b'other')}.{SIGNATURE}"),
    ("another header",              "JOS-15", f"{b64(canonical({**GOOD, 'typ': 'refusal'}))}.{BODY}.{SIGNATURE}"),
    ("ES256 r and s zero",          "JOS-15", forged(ES, signature=bytes(64))),
    ("ES256 r and s all ones",      "JOS-15", forged(ES, signature=b"\xff" * 64)),
    ("ES256 r and s swapped",       "JOS-15", forged(ES, signature=ES_SIGNATURE[32:] + ES_SIGNATURE[:32])),
    ("Ed25519 S plus the order",    "JOS-15", forged(GOOD, signature=MALLEATED)),
    ("sealed: six parts",           "JOS-2",  f"{sealed()}.AA"),
    ("sealed: encrypted key",       "JOS-5",  resealed(encrypted_key=b"12345678")),
    ("sealed: IV too short",        "JOS-5",  resealed(iv=bytes(11))),
    ("sealed: IV too long",         "JOS-5",  resealed(iv=bytes(16))),
    ("sealed: tag cut off",         "JOS-5",  resealed(tag=compact.parts_of(sealed())["tag"][:15])),
    ("sealed: four bytes of tag",   "JOS-5",  resealed(tag=compact.parts_of(sealed())["tag"][:4])),
    ("sealed: no tag",              "JOS-5",  resealed(tag=b"")),
    ("sealed: tag goes on",         "JOS-5",  resealed(tag=compact.parts_of(sealed())["tag"] + b"0")),
    ("sealed: crit",                "JOS-9",  resealed(header={**X_HEADER, "crit": ["exp"]})),
    ("sealed: own key",             "JOS-10", resealed(header={**X_HEADER, "jwk": X_HEADER["epk"]})),
    ("sealed: compressed",          "JOS-11", resealed(header={**X_HEADER, "zip": "DEF"})),
    ("sealed: no epk",              "JOS-11", resealed(header={k: v for k, v in X_HEADER.items() if k != "epk"})),
    ("sealed: epk with private d",  "JOS-11", resealed(header=with_epk(X_HEADER, d="AAAA"))),
    ("sealed: dir",                 "JOS-12", resealed(header={**X_HEADER, "alg": "dir"})),
    ("sealed: A128GCM",             "JOS-12", resealed(header={**X_HEADER, "enc": "A128GCM"})),
    ("sealed: unknown kid",         "JOS-13", resealed(header={**X_HEADER, "kid": "nobody"})),
    ("sealed: P-256 epk for X",     "JOS-16", resealed(header={**P_HEADER, "kid": "X25519"})),
    ("sealed: X25519 epk for P",    "JOS-16", resealed(header={**X_HEADER, "kid": "P-256"})),
    ("sealed: epk says P-384",      "JOS-16", resealed("P-256", with_epk(P_HEADER, crv="P-384"))),
    ("sealed: epk says EC, is OKP", "JOS-16", resealed(header=with_epk(X_HEADER, kty="EC"))),
    ("sealed: epk with a y",        "JOS-16", resealed(header=with_epk(X_HEADER, y="AAAA"))),
    ("sealed: epk without y",       "JOS-16", resealed("P-256", with_epk(P_HEADER, y=None))),
    ("sealed: point off the curve", "JOS-16", resealed("P-256", with_epk(P_HEADER, y=P_HEADER["epk"]["x"]))),
    ("sealed: point 0, 0",          "JOS-16", resealed("P-256", with_epk(P_HEADER, x=ZERO, y=ZERO))),
    ("sealed: x of 31 bytes",       "JOS-16", resealed(header=with_epk(X_HEADER, x=b64(bytes(31))))),
    ("sealed: x 31, y 33",          "JOS-16", resealed("P-256", with_epk(P_HEADER, x=b64(XY[:31]), y=b64(XY[31:])))),
    ("sealed: x padded",            "JOS-16", resealed(header=with_epk(X_HEADER, x=X_HEADER["epk"]["x"] + "="))),
    ("sealed: x not ASCII",         "JOS-16", resealed(header=with_epk(X_HEADER, x="\u0410"))),
    ("sealed: X25519 zero point",   "JOS-17", resealed(header=with_epk(X_HEADER, x=ZERO))),
    ("sealed: X25519 point of 8",   "JOS-17", resealed(header=with_epk(X_HEADER, x=b64(OF_ORDER_8)))),
    ("sealed: apu is no base64url", "JOS-11", resealed(header={**X_HEADER, "apu": "a b"})),
    ("sealed: parties swapped",     "JOS-18", resealed(header={**X_HEADER, "apu": "QQ"})),
    ("sealed: for another key",     "JOS-18", resealed(header={**X_HEADER, "kid": "other"})),
    ("sealed: another epk",         "JOS-18", resealed(header=with_epk(X_HEADER, x=jwk(SIGNERS["EdDSA"])["x"]))),
    ("sealed: another IV",          "JOS-18", resealed(iv=bytes(12))),
    ("sealed: another tag",         "JOS-18", resealed(tag=bytes(16))),
    ("sealed: content cut",         "JOS-18", resealed(ciphertext=compact.parts_of(sealed())["ciphertext"][:-1])),
)
# fmt: on
OTHER: Final = X25519PrivateKey.from_private_bytes(b"\x77" * 32)


def opener_of(kid: str) -> Any:
    return OTHER if kid == "other" else OPENERS.get(kid)


@pytest.mark.parametrize(
    ("name", "rule", "text"), ATTACKS, ids=[name for name, _, _ in ATTACKS]
)
def test_an_attack_is_refused(name: str, rule: str, text: str) -> None:
    assert refused(text, opener_of).rule_id == rule


def test_every_rule_has_an_attack() -> None:
    assert {rule for _, rule, _ in ATTACKS} == set(compact.ORDER)


# A text with two faults, one of each of two neighbouring rules (or nearest that can be together): the first counts.
# fmt: off
TWO_FAULTS: Final = (
    ("JOS-1",  "JOS-2",  "A" * (compact.MAX_CHARS + 1)),
    ("JOS-2",  "JOS-3",  f"{HEAD}=.{BODY}"),
    ("JOS-3",  "JOS-4",  f"{HEAD}=.{BODY}.{other_bits(SIGNATURE)}"),
    ("JOS-3",  "JOS-5",  f"{HEAD}=.{BODY}."),
    ("JOS-4",  "JOS-5",  f"{other_bits(RAGGED)}.{BODY}."),
    ("JOS-5",  "JOS-6",  forged(b"[]", signature=b"")),
    ("JOS-6",  "JOS-7",  forged(b'[{"alg":"none","alg":"none"}]')),
    ("JOS-7",  "JOS-8",  forged(b'{"alg":"EdDSA", "alg":"EdDSA"}')),
    ("JOS-8",  "JOS-9",  forged(b'{"crit":[],"alg":"EdDSA"}')),
    ("JOS-9",  "JOS-10", forged({**GOOD, "crit": [], "jku": ""})),
    ("JOS-10", "JOS-11", forged({**GOOD, "jku": "", "alg": 1})),
    ("JOS-11", "JOS-12", forged({**GOOD, "alg": "none", "zip": "DEF"})),
    ("JOS-12", "JOS-13", forged({"alg": "none", "kid": "nobody"})),
    ("JOS-13", "JOS-15", forged({"alg": "EdDSA", "kid": "nobody"}, signature=bytes(64))),
    ("JOS-14", "JOS-15", forged({**GOOD, "alg": "ES256"}, signature=bytes(64))),
    ("JOS-13", "JOS-16", resealed(header={**with_epk(X_HEADER, x="AAAA"), "kid": "nobody"})),
    ("JOS-16", "JOS-18", resealed(header=with_epk(X_HEADER, x="AAAA"), tag=bytes(16))),
    ("JOS-17", "JOS-18", resealed(header=with_epk(X_HEADER, x=ZERO), tag=bytes(16))),
)
# fmt: on


@pytest.mark.parametrize(("first", "second", "text"), TWO_FAULTS)
def test_the_first_fault_is_named(first: str, second: str, text: str) -> None:
    order = list(compact.ORDER)
    assert order.index(first) < order.index(second)
    assert refused(text).rule_id == first


def test_rules_stand_in_order() -> None:
    """The rules are numbered in their order."""
    numbers = [int(rule.removeprefix("JOS-")) for rule in compact.ORDER]
    assert all(after == before + 1 for before, after in pairwise(numbers))


@pytest.mark.parametrize(
    "text", [signed("EdDSA"), signed("ES256"), sealed("X25519"), sealed("P-256")]
)
def test_a_flipped_bit_is_refused(text: str) -> None:
    assert content(text) == PAYLOAD
    raw = text.encode()
    rules = []
    for place, bit in product(range(len(raw)), range(8)):
        flipped = bytearray(raw)
        flipped[place] ^= 1 << bit
        rules.append(refused(flipped.decode("latin-1")).rule_id)
    assert len(rules) == 8 * len(text)
    assert {*rules} > {
        "JOS-3",
        "JOS-18" if text.count(".") == 4 else "JOS-15",
    }  # its alphabet, its last check, others


@given(
    st.text(max_size=60)
    | st.from_regex(r"[A-Za-z0-9_-]{0,40}(\.[A-Za-z0-9_-]{0,40}){2,4}", fullmatch=True)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises((Malformed, Untrusted)) as unsigned:
        jws.verify(text, SIGNER_OF, JwsHeader)
    with pytest.raises((Malformed, Untrusted)) as unsealed:
        jwe.unseal(text, OPENER_OF, JweHeader)
    try:
        told = {*compact.parts_of(text)} - {"signing input", "aad"}
    except Malformed as error:
        told = {error.rule_id}
    assert told <= {f"JOS-{n}" for n in range(1, 6)} or len(told) == text.count(".") + 1
    assert {unsigned.value.rule_id, unsealed.value.rule_id} <= compact.ORDER.keys()


# --- What our caller gets wrong ---------------------------------------------------------------


def test_keys_that_do_not_fit_are_misuse() -> None:
    other = ec.derive_private_key(7, ec.SECP384R1())
    header = JwsHeader(alg="EdDSA", kid="EdDSA")
    misuses: tuple[tuple[str, Callable[[], object]], ...] = (
        ("JOS-14", lambda: jws.sign(header, b"", SIGNERS["ES256"])),
        ("JOS-14", lambda: jws.sign(header, b"", other)),
        ("JOS-14", lambda: jws.verify(TEXT, {"EdDSA": other.public_key()}.get, JwsHeader)),
        ("JOS-16", lambda: jwe.ephemeral_key(other.public_key())),
        (
            "JOS-5",
            lambda: jwe.seal(
                jwe_header("X25519"),
                b"",
                OPENERS["X25519"].public_key(),
                EPHEMERALS["X25519"],
                b"",
            ),
        ),
        (
            "JOS-16",
            lambda: jwe.seal(
                jwe_header("P-256"),
                b"",
                OPENERS["X25519"].public_key(),
                EPHEMERALS["P-256"],
                NONCE,
            ),
        ),
        (
            "JOS-16",
            lambda: jwe.seal(
                jwe_header("X25519"),
                b"",
                OPENERS["P-256"].public_key(),
                EPHEMERALS["X25519"],
                NONCE,
            ),
        ),
        *(
            ("JOS-16", partial(jwe.agree, OPENERS[mine], key, "A256GCM", b"", b""))
            for mine, key in (
                ("X25519", OPENERS["P-256"].public_key()),
                ("P-256", OPENERS["X25519"].public_key()),
            )
        ),
    )
    for rule, misuse in misuses:
        with pytest.raises(Misuse) as caught:
            misuse()
        assert caught.value.rule_id == rule


# --- What stays secret ------------------------------------------------------------------------


def spellings(secret: bytes) -> set[str]:
    """A secret in the ways it might show."""
    return {secret.hex(), b64(secret), repr(secret)[2:-1], str(int.from_bytes(secret))}


def test_no_secret_shows() -> None:
    """No secret shows in a repr or an error."""
    agreement = jwe.agree(
        OPENERS["X25519"], EPHEMERALS["X25519"].public_key(), "A256GCM", b"", b""
    )
    keys = [
        key.private_bytes_raw()
        for key in (SIGNERS["EdDSA"], OPENERS["X25519"], EPHEMERALS["X25519"])
    ]
    numbers = [
        key.private_numbers().private_value.to_bytes(32)
        for key in (SIGNERS["ES256"], OPENERS["P-256"])
    ]
    secrets = [
        *keys,
        *numbers,
        agreement.shared_secret,
        agreement.content_key,
        b"DE8AA0012345670",
    ]
    shown = [
        repr(agreement),
        str(agreement),
        repr(jws.verify(TEXT, SIGNER_OF, JwsHeader)),
        repr(jwe.unseal(sealed(), OPENER_OF, JweHeader)),
    ]
    for _, _, text in ATTACKS:
        error = refused(text, opener_of)
        shown += [str(error), repr(error), "".join(traceback.format_exception(error))]
        assert len(error.where) < 120
        assert error.where.isascii()
        assert error.where.isprintable()
    everything = "\n".join(shown)
    assert "receipt" in everything  # it does show something
    for spelling in set().union(*map(spellings, secrets)):
        assert spelling not in everything
