"""A reader of signed and sealed texts that shares no code with the model's, and overlooks the
rules it is told to.

It follows `vectors/README.md` on the primitives of `cryptography`.  With every rule on it is as
strict as the model; with one rule off it does what a library does that has never heard of it: it
takes the last of two members, cuts what is too long, tries every key it has.
"""

import json
import re
import unicodedata
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256

from refimpl.messages import KINDS
from refimpl.shapes import canonical_bytes, first_repeated

Json = dict[str, Any]

LONGEST: Final = 131_072
NAME: Final = "[a-z0-9]+(-[a-z0-9]+)*"
ID: Final = "[A-Za-z0-9._:/-]{1,64}"
WHOLE: Final = "whole number"
OPTIONAL: Final = ("in_reply_to",)
# fmt: off
MESSAGE: Final = {
    "alg": "", "correlation_id": ID, "edition": NAME, "exp": WHOLE, "iat": WHOLE,
    "in_reply_to": ID, "jti": ID, "kid": ID, "receiver": NAME, "sender": NAME, "typ": NAME,
}
SEAL: Final = {
    "alg": "", "apu": "base64url", "apv": "base64url", "correlation_id": ID, "enc": "",
    "epk": "key", "kid": ID, "receiver": NAME, "sender": NAME, "typ": NAME,
}
PASSAGE: Final = {
    "alg": "", "house": NAME, "iat": WHOLE, "kid": ID, "next_hop": NAME, "previous_hop": NAME,
    "typ": "countersignature",
}
BRINGS_A_KEY: Final = ("jku", "jwk", "x5c", "x5t", "x5t#S256", "x5u")
# fmt: on


class Refused(Exception):
    """What a text is refused by."""


class Reader:
    """Reads texts with the keys of a context, and overlooks the rules that are off."""

    def __init__(self, context: Json, off: Iterable[str] = ()) -> None:
        self.trusted, self.own, self.off = context["trusted"], context["own"], frozenset(off)

    def refuse_if(self, fault: object, rule: str) -> None:
        """Refuse for a fault, unless its rule is overlooked."""
        if fault and rule not in self.off:
            raise Refused(rule)

    # --- the form of a text -------------------------------------------------------------------

    def parts(self, text: str, count: int) -> tuple[list[str], list[bytes]]:
        """The parts of a text, as they stand and as the bytes that they mean."""
        self.refuse_if(len(text) > LONGEST, "JOS-1")
        written = text.split(".")
        self.refuse_if(len(written) != count, "JOS-2")
        written = [*written, *[""] * count][:count]
        return written, [self.bytes_of(part) for part in written]

    def bytes_of(self, text: str) -> bytes:
        """The bytes of a part."""
        self.refuse_if(not re.fullmatch("[A-Za-z0-9_-]*", text), "JOS-3")
        text = unicodedata.normalize("NFKC", text).replace("/", "_").replace("+", "-")
        text = re.sub("[^A-Za-z0-9_-]", "", text)
        raw = loosely_decoded(text)
        self.refuse_if(urlsafe_b64encode(raw).decode().rstrip("=") != text, "JOS-4")
        return raw

    def header(self, raw: bytes, members: dict[str, str]) -> Json:
        """A header with just these members."""
        try:
            header = json.loads(raw.decode(), parse_constant=refuse_constant)
        except ValueError:
            header = None
        if isinstance(header, dict):
            twice = any(says_twice(raw))
            self.refuse_if(twice, "JOS-7")
            self.refuse_if(canonical(header) != raw and not twice, "JOS-8")
        else:
            self.refuse_if(True, "JOS-6")
            header = repaired(raw.decode("utf-8-sig"))
        self.refuse_if("crit" in header, "JOS-9")
        self.refuse_if(any(name in header for name in BRINGS_A_KEY), "JOS-10")
        known = {name: header[name] for name in members if name in header}
        too_many = header.keys() - known.keys() - {"crit", *BRINGS_A_KEY}
        self.refuse_if(too_many, "JOS-11")
        missing = members.keys() - known.keys() - set(OPTIONAL)
        self.refuse_if(missing, "JOS-11")
        self.refuse_if(
            any(not has_form(known[name], members[name]) for name in known), "JOS-11"
        )
        return {**header, **known} if "JOS-11" in self.off else known

    # --- signatures ---------------------------------------------------------------------------

    def verified(self, text: str, members: dict[str, str]) -> tuple[Json, bytes, str]:
        """The header and payload of a signed text, and the entity that signed it."""
        written, (raw, payload, signature) = self.parts(text, 3)
        self.refuse_if(len(signature) != 64, "JOS-5")
        header = self.header(raw, members)
        self.refuse_if(header["alg"] not in ("EdDSA", "ES256"), "JOS-12")
        kid = header.get("kid")
        self.refuse_if(kid not in self.trusted, "JOS-13")
        rows = [self.trusted[kid]] if kid in self.trusted else self.trusted.values()
        signed = ".".join(written[:2]).encode()
        for row in rows:
            crv = row["jwk"]["crv"]
            named = {"EdDSA": "Ed25519", "ES256": "P-256"}.get(header["alg"], crv)
            if named != crv and kid not in self.trusted:
                continue
            self.refuse_if(named != crv, "JOS-14")
            if "JOS-15" in self.off or fits(row["jwk"], signature, signed):
                return header, payload, row["entity"]
        raise Refused("JOS-15")

    # --- seals --------------------------------------------------------------------------------

    def opened(self, text: str) -> tuple[Json, bytes]:
        """The header and content of a sealed text."""
        written, (raw, wrapped, iv, ciphertext, tag) = self.parts(text, 5)
        self.refuse_if(wrapped or len(iv) != 12 or len(tag) != 16, "JOS-5")
        header = self.header(raw, SEAL)
        self.refuse_if((header["alg"], header["enc"]) != ("ECDH-ES", "A256GCM"), "JOS-12")
        kid = header.get("kid")
        self.refuse_if(kid not in self.own, "JOS-13")
        for row in [self.own[kid]] if kid in self.own else self.own.values():
            if kid not in self.own and row["crv"] != header["epk"]["crv"]:
                continue
            with suppress(InvalidTag):
                key = self.content_key(header, row)
                content = self.decrypted(key, iv, ciphertext, tag, written[0])
                if header.get("zip") == "DEF":
                    content = zlib.decompress(content, -15)
                return header, content
        raise Refused("JOS-18")

    def content_key(self, header: Json, own: Json) -> bytes:
        """The key that a header and one's own key agree on."""
        epk = header["epk"]
        self.refuse_if(not is_point(epk, own["crv"]), "JOS-16")
        shared = self.shared_secret(epk, own)
        self.refuse_if(shared == bytes(32) and own["crv"] == "X25519", "JOS-17")
        info = b"".join(
            len(each).to_bytes(4, "big") + each
            for each in (
                b"A256GCM",
                loosely_decoded(header.get("apu", "")),
                loosely_decoded(header.get("apv", "")),
            )
        )
        return sha256(bytes([0, 0, 0, 1]) + shared + info + bytes([0, 0, 1, 0])).digest()

    def shared_secret(self, epk: Json, own: Json) -> bytes:
        """What one's own private and the ephemeral public key agree on."""
        secret, x = loosely_decoded(own["d"]), loosely_decoded(epk.get("x", ""))
        try:
            if own["crv"] == "X25519":
                private = x25519.X25519PrivateKey.from_private_bytes(secret)
                raw = x[:32].ljust(32, b"\0")
                return private.exchange(x25519.X25519PublicKey.from_public_bytes(raw))
            number = int.from_bytes(secret, "big")
            y = loosely_decoded(epk.get("y", ""))
            raw = b"\4" + coordinate(x) + coordinate(y)
            if not y:
                raw = b"\2" + x  # both points with this x make the same secret
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
            return ec.derive_private_key(number, ec.SECP256R1()).exchange(ec.ECDH(), point)
        except ValueError:
            self.refuse_if(own["crv"] != "X25519", "JOS-16 and no secret")
            return bytes(32)

    def decrypted(
        self, key: bytes, iv: bytes, ciphertext: bytes, tag: bytes, aad: str
    ) -> bytes:
        """What was encrypted; raises `InvalidTag`."""
        mode = modes.GCM(iv, tag[:16], min_tag_length=4)
        opening = Cipher(algorithms.AES(key), mode).decryptor()
        opening.authenticate_additional_data(aad.encode())
        content = opening.update(ciphertext)
        if "JOS-18" not in self.off:
            opening.finalize()
        return content

    # --- messages -----------------------------------------------------------------------------

    def unprotect(self, given: Json) -> Json:
        """Answer the operation `message.unprotect`."""
        text = given["text"] + given["more"]["text"] * given["more"]["times"]
        seal = None
        sealed = text.count(".") == 4 or text.count(".") == 5
        if sealed:
            seal, content = self.opened(text)
            text = content.decode("ascii", "replace")
        header, payload, entity = self.verified(text, MESSAGE)
        sender, receiver = header["sender"], header["receiver"]
        self.refuse_if(sender != entity, "MSG-1")
        self.refuse_if(receiver != given["receiver"], "MSG-2")
        if seal is not None:
            named = ("correlation_id", "receiver", "sender", "typ")
            other = any(seal.get(name, header[name]) != header[name] for name in named)
            self.refuse_if(other, "MSG-3")
            for name, party in (("apu", sender), ("apv", receiver)):
                shown = seal.get(name)
                other = shown is not None and loosely_decoded(shown) != party.encode()
                self.refuse_if(other, "MSG-3")
        self.check_time(header, seconds(given["now"]))
        self.refuse_if([sender, header.get("jti")] in given["seen"], "MSG-7")
        return {
            "header": header,
            "message": self.message(header["typ"], payload),
            "sealed": sealed,
        }

    def check_time(self, header: Json, now: float) -> None:
        """Make sure that a message counts now."""
        iat = int(header["iat"])
        exp = int(header.get("exp", iat + 300))
        self.refuse_if(not 0 < exp - iat <= 300, "MSG-4")
        self.refuse_if(iat > now + 30, "MSG-5")
        self.refuse_if(now >= exp, "MSG-6")

    def message(self, kind: str, payload: bytes) -> Json | None:
        """A message of a kind; what a message is, the model alone knows."""
        try:
            message = KINDS[kind].__pydantic_validator__.validate_json(payload)
        except (KeyError, ValueError):
            self.refuse_if(True, "MSG-8")
            self.refuse_if(has_spare_form(payload), "MSG-9")
            return None
        right: bytes = canonical_bytes(message)
        self.refuse_if(first_repeated(payload) is not None, "MSG-8")
        self.refuse_if(right != payload, "MSG-9")
        said: Json = json.loads(right)
        return said

    def passages(self, given: Json) -> Json:
        """Answer the operation `countersignatures.check`."""
        digest = sha256(given["text"].encode()).digest()
        headers: list[Json] = []
        for text in given["countersignatures"]:
            header, payload, entity = self.verified(text, PASSAGE)
            self.refuse_if(header["house"] != entity, "MSG-10")
            self.refuse_if(payload != digest, "MSG-11")
            iat = int(header["iat"])
            late = iat > seconds(given["now"]) + 30
            early = bool(headers) and iat + 30 < int(headers[-1]["iat"])
            self.refuse_if(late or early, "MSG-12")
            headers.append(header)
        way = [given["sender"], *(one["house"] for one in headers), given["receiver"]]
        for header, before, after in zip(headers, way, way[2:], strict=False):
            named = (header["previous_hop"], header["next_hop"])
            self.refuse_if(named != (before, after), "MSG-13")
        return {"passages": headers}


# --- what it takes ----------------------------------------------------------------------------


def seconds(now: str) -> float:
    """A moment in seconds since 1970."""
    return datetime.fromisoformat(now).timestamp()


def loosely_decoded(text: str) -> bytes:
    """The bytes of base64url, whatever its padding; what is left over is dropped."""
    text = text.rstrip("=")
    whole = text[:-1] if len(text) % 4 == 1 else text
    return urlsafe_b64decode(whole + "=" * (-len(whole) % 4))


def canonical(value: object) -> bytes:
    """JSON by RFC 8785, for what a header may have in it."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        members = [canonical(name) + b":" + canonical(value[name]) for name in names]
        return b"{" + b",".join(members) + b"}"
    if isinstance(value, float) and value.is_integer():
        return canonical(int(value))
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def refuse_constant(word: str) -> None:
    """Refuse a number that JSON has not."""
    raise ValueError(word)


def has_spare_form(raw: bytes) -> bool:
    """Whether some bytes are JSON, once each and in another form than the canonical one."""
    try:
        return canonical(json.loads(raw)) != raw and not any(says_twice(raw))
    except ValueError:
        return False


def says_twice(raw: bytes) -> Iterator[str]:
    """The names that an object in some JSON has more than once."""
    twice: list[str] = []

    def count(members: list[tuple[str, object]]) -> Json:
        names = [name for name, _ in members]
        twice.extend({name for name in names if names.count(name) > 1})
        return dict(members)

    with suppress(ValueError):
        json.loads(raw, object_pairs_hook=count)
    yield from twice


def repaired(text: str) -> Any:
    """What a generous parser makes of what is nearly a JSON object: it closes a brace that was
    left open, stops where the value ends, and takes the one in a list.
    """
    for one in (text, text + "}"):
        with suppress(ValueError):
            value, _ = json.JSONDecoder().raw_decode(one)
            return value[0] if isinstance(value, list) else value
    raise Refused("JOS-6 and nothing to read")


def has_form(value: object, form: str) -> bool:
    """Whether a member of a header is of the type and form that it must have."""
    if form == WHOLE:
        if isinstance(value, float):  # not canonical, but a whole number
            return value.is_integer()
        return isinstance(value, int) and not isinstance(value, bool)
    if form == "key":
        return isinstance(value, dict) and is_key(value)
    return isinstance(value, str) and is_text(value, form)


def is_key(value: Json) -> bool:
    """Whether an object has the members of a public key on either curve, all of them texts."""
    texts = all(isinstance(one, str) for one in value.values())
    return texts and {"crv", "kty", "x"} <= value.keys() <= {"crv", "kty", "x", "y"}


def is_text(value: str, form: str) -> bool:
    """Whether a text has a form; an empty form is any."""
    if form == "base64url":
        strange = re.search("[^A-Za-z0-9_-]", value)
        return not strange and is_canonical_base64url(value)
    if form == NAME and len(value) > 40:
        return False
    return not form or re.fullmatch(form, value) is not None


def is_canonical_base64url(text: str) -> bool:
    """Whether a text is the one text of its bytes."""
    return urlsafe_b64encode(loosely_decoded(text)).decode().rstrip("=") == text


def is_point(epk: Json, crv: str) -> bool:
    """Whether an ephemeral key is a public key on a curve, in the one form it has."""
    names = {"X25519": {"x"}, "P-256": {"x", "y"}}[crv]
    kty = {"X25519": "OKP", "P-256": "EC"}[crv]
    shown = {name for name in ("x", "y") if epk.get(name) is not None}
    if shown != names or (epk["crv"], epk["kty"]) != (crv, kty):
        return False
    if any(not has_form(epk[name], "base64url") for name in names):
        return False
    raw = [loosely_decoded(epk[name]) for name in sorted(names)]
    if any(len(each) != 32 for each in raw):
        return False
    if crv == "X25519":
        return True
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + b"".join(raw))
    except ValueError:
        return False
    return True


def coordinate(raw: bytes) -> bytes:
    """A coordinate of P-256 in its 32 bytes, whatever its length and range."""
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    return (int.from_bytes(raw, "big") % prime).to_bytes(32, "big")


def fits(jwk: Json, signature: bytes, signed: bytes) -> bool:
    """Whether a signature is by a key; one of another length is cut or filled up."""
    if jwk["crv"] == "Ed25519":
        ed = ed25519.Ed25519PublicKey.from_public_bytes(loosely_decoded(jwk["x"]))
        raw = signature[:64].ljust(64, b"\0")
        with suppress(InvalidSignature):
            ed.verify(raw, signed)
            return True
        return False
    x, y = (int.from_bytes(loosely_decoded(jwk[name]), "big") for name in "xy")
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    candidates = [signature] if signature[:1] == b"\x30" else []
    signature = signature.rjust(64, b"\0")
    halves = signature[:32], signature[32:64]
    candidates.append(utils.encode_dss_signature(*(int.from_bytes(n, "big") for n in halves)))
    for der in candidates:
        with suppress(InvalidSignature):
            public.verify(der, signed, ec.ECDSA(SHA256()))
            return True
    return False
