"""Certificates and CRLs taken apart and put together again, so that an authority can sign what
no library would build.

An edit takes the fields of what is signed and hands back others: of a certificate version,
serial number, signature, issuer, validity, subject, key and extensions; of a CRL version,
signature, issuer, last and next update, revoked certificates if there are any, and extensions.
"""

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA384

from refimpl.security.jwk import SigningKey

Edit = Callable[[list[bytes]], list[bytes]]


def tlv(tag: int, *parts: bytes) -> bytes:
    """One value in DER."""
    body = b"".join(parts)
    long = len(body).to_bytes(2, "big").lstrip(b"\0") or b"\0"
    return bytes([tag]) + (long if len(body) < 128 else bytes([0x80 | len(long)]) + long) + body


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def parts(der: bytes) -> list[bytes]:
    """The values within a value in DER."""
    found, at = [], _head(der)
    while at < len(der):
        rest = der[at:]
        size = rest[1] if rest[1] < 128 else int.from_bytes(rest[2 : _head(rest)], "big")
        found.append(rest[: _head(rest) + size])
        at += _head(rest) + size
    return found


def _head(der: bytes) -> int:
    return 2 if der[1] < 128 else 2 + der[1] - 128


def oid(dotted: str) -> bytes:
    """An object identifier in DER."""
    first, second, *others = map(int, dotted.split("."))
    body = b""
    for number in (first * 40 + second, *others):
        digits = [number & 127]
        while number := number >> 7:
            digits.insert(0, number & 127 | 128)
        body += bytes(digits)
    return tlv(6, body)


def signed_again(der: bytes, key: SigningKey, edit: Edit) -> bytes:
    """A certificate or CRL whose authority signs other fields, with Ed25519 or with ECDSA and
    SHA-384.
    """
    fields, algorithm, _ = parts(der)
    changed = sequence(*edit(parts(fields)))
    if isinstance(key, Ed25519PrivateKey):
        return sequence(changed, algorithm, tlv(0x03, b"\0" + key.sign(changed)))
    signature = key.sign(changed, ec.ECDSA(SHA384()))
    return sequence(changed, ECDSA_SHA384, tlv(0x03, b"\0" + signature))


ECDSA_SHA384 = sequence(bytes.fromhex("06082a8648ce3d040303"))


# --- edits ------------------------------------------------------------------------------------


def unchanged(fields: list[bytes]) -> list[bytes]:
    return fields


def without(*indices: int) -> Edit:
    return lambda fields: [field for index, field in enumerate(fields) if index not in indices]


def at(index: int, value: bytes) -> Edit:
    return lambda fields: [*fields[:index], value, *fields[index + 1 :]]


def both(first: Edit, second: Edit) -> Edit:
    return lambda fields: second(first(fields))


def extension(dotted: str, value: bytes, critical: bool = False) -> bytes:
    return sequence(oid(dotted), tlv(1, b"\xff") if critical else b"", tlv(4, value))


def extensions(edit: Edit) -> Edit:
    """An edit of the extensions, which are the last of the fields."""

    def edited(fields: list[bytes]) -> list[bytes]:
        *others, last = fields
        return [*others, tlv(last[0], sequence(*edit(parts(parts(last)[0]))))]

    return edited


def added(dotted: str, value: bytes, critical: bool = False) -> Edit:
    return extensions(lambda present: [*present, extension(dotted, value, critical)])


def dropped(dotted: str) -> Edit:
    return extensions(
        lambda present: [each for each in present if parts(each)[0] != oid(dotted)]
    )


def replaced(dotted: str, value: bytes, critical: bool = False) -> Edit:
    return both(dropped(dotted), added(dotted, value, critical))


def marked(dotted: str, critical: bool) -> Edit:
    """The extension with another mark."""

    def edited(each: bytes) -> bytes:
        named, *_, value = parts(each)
        mark = tlv(1, b"\xff") if critical else b""
        return sequence(named, mark, value) if named == oid(dotted) else each

    return extensions(lambda present: [*map(edited, present)])
