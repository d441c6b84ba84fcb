"""A reader on one of Python's JOSE libraries: `python reader.py LIBRARY` takes a text and keys a
line, and tells on a line what the library makes of it.

Each library is used as its pages tell, with the algorithms that are allowed named; what it has a
setting for is set so that it reads on: unknown members in a header are no fault.
"""

import json
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import version
from typing import Final

Key = Mapping[str, str]

SIGNING = ["EdDSA", "ES256"]
SEALING = ["ECDH-ES", "A256GCM"]


def read_by_joserfc(text: str, jwk: Key) -> bytes:
    jwe, jws = import_module("joserfc.jwe"), import_module("joserfc.jws")
    key = import_module("joserfc.jwk").import_key(jwk)
    if text.count(".") >= 3:
        sealing = jwe.JWERegistry(algorithms=SEALING, strict_check_header=False)
        return bytes(jwe.decrypt_compact(text, key, registry=sealing).plaintext)
    signing = jws.JWSRegistry(algorithms=SIGNING, strict_check_header=False)
    return bytes(jws.deserialize_compact(text, key, registry=signing).payload)


def read_by_jwcrypto(text: str, jwk: Key) -> bytes:
    key = import_module("jwcrypto.jwk").JWK(**jwk)
    if text.count(".") >= 3:
        sealed = import_module("jwcrypto.jwe").JWE(algs=SEALING)
        sealed.deserialize(text, key)
        return bytes(sealed.payload)
    signed = import_module("jwcrypto.jws").JWS()
    signed.allowed_algs = SIGNING
    signed.deserialize(text, key)
    return bytes(signed.payload)


def read_by_pyjwt(text: str, jwk: Key) -> bytes:
    jwt = import_module("jwt")
    key = jwt.PyJWK.from_dict(jwk, algorithm="EdDSA" if jwk["kty"] == "OKP" else "ES256")
    return bytes(jwt.PyJWS().decode_complete(text, key.key, algorithms=SIGNING)["payload"])


def read_by_authlib(text: str, jwk: Key) -> bytes:
    jose = import_module("authlib.jose")
    key = jose.JsonWebKey.import_key(jwk)
    if text.count(".") >= 3:
        sealing = jose.JsonWebEncryption(algorithms=SEALING)
        return bytes(sealing.deserialize_compact(text, key)["payload"])
    signing = jose.JsonWebSignature(algorithms=SIGNING)
    return bytes(signing.deserialize_compact(text, key)["payload"])


LIBRARIES: Final[Mapping[str, Callable[[str, Key], bytes]]] = {
    "authlib": read_by_authlib,
    "joserfc": read_by_joserfc,
    "jwcrypto": read_by_jwcrypto,
    "pyjwt": read_by_pyjwt,
}


def main(name: str) -> None:
    """Read a text a line until there are no more."""
    print(json.dumps({"version": version(name)}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            payload = LIBRARIES[name](asked["text"], asked["jwk"])
            told = {"payload": urlsafe_b64encode(payload).decode().rstrip("=")}
        except Exception as error:
            kind = type(error)
            told = {"error": f"{kind.__module__}.{kind.__qualname__}: {error}"[:300]}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
