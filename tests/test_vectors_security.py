"""The vectors of the secure exchange, held against joserfc and OpenSSL's command.

Each sees less than the reference: no clock of ours, no names, no canonical form.  What it can
see it has to see alike.
"""

import json
from base64 import b64decode, urlsafe_b64decode
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from ssl import DER_cert_to_PEM_cert
from typing import Any, Final

import pytest

from refimpl.vectors.suite import Vector, read_suite, suite_folder
from tests.programs import needs, openssl_verify

pytestmark = pytest.mark.slow

BESIDE = suite_folder()

SUITE = read_suite(BESIDE)
KEYS: Final = SUITE.files["v1/signed-message.json"]["contexts"]["keys"]
MESSAGES: Final = [test for test in SUITE.tests if test["operation"] == "message.unprotect"]
CHAINS: Final = [test for test in SUITE.tests if test["operation"] == "certificate.check"]
CONTEXTS: Final = SUITE.files["v1/certificate-profile.json"]["contexts"]


def ids(tests: list[Vector]) -> list[str]:
    return [test["id"] for test in tests]


def outcome(test: Any) -> str:
    expect = test["expect"]
    return str(expect.get("error", "accept"))


# --- joserfc ----------------------------------------------------------------------------------


def read_by_joserfc(text: str) -> tuple[dict[str, Any], bytes]:
    """The header and payload of a text, opened first if it is sealed; raises where seal or
    signature is wrong.
    """
    from joserfc import jwe, jws
    from joserfc.jwk import import_key

    if text.count(".") == 4:
        sealing = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"], strict_check_header=False)
        sealing.max_ciphertext_length = 131_072  # it comes with 65,536 characters
        own = import_key(KEYS["own"][header_of(text)["kid"]])
        opened = jwe.decrypt_compact(text, own, registry=sealing)
        assert opened.plaintext is not None
        text = opened.plaintext.decode()
    jwk = KEYS["trusted"][header_of(text)["kid"]]["jwk"]
    public = import_key({name: value for name, value in jwk.items() if name != "d"})
    signing = jws.JWSRegistry(algorithms=["EdDSA", "ES256"], strict_check_header=False)
    signing.max_header_length = 1024  # it comes with 512 characters
    signed = jws.deserialize_compact(text, public, registry=signing)
    return dict(signed.headers()), signed.payload


def header_of(text: str) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(urlsafe_b64decode(text.partition(".")[0] + "=="))
    return header


ACCEPTED: Final = [test for test in MESSAGES if outcome(test) == "accept"]


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("test", ACCEPTED, ids=ids(ACCEPTED))
def test_joserfc_reads_what_is_accepted(test: dict[str, Any]) -> None:
    pytest.importorskip("joserfc", reason="joserfc is not installed")
    header, payload = read_by_joserfc(test["input"]["text"])
    output = test["expect"]["output"]
    assert header == output["header"]
    assert json.loads(payload) == output["message"]


# What any JOSE library must refuse, and what only the profile or the message refuses.
CRYPTOGRAPHY: Final = ("JOS-12", "JOS-14", "JOS-15", "JOS-16", "JOS-17", "JOS-18")
LENIENT: Final = (  # it takes an ephemeral key in other forms than the one it has
    "sealed-message/reject-epk-kty",
    "sealed-message/reject-epk-with-y",
    "sealed-message/reject-p256-long-x",
    "sealed-message/reject-p256-long-y",
    "sealed-message/reject-p256-short-x",
    "sealed-message/reject-p256-short-y",
    "sealed-message/reject-p256-x-out-of-range",
)
BAD: Final = [
    test for test in MESSAGES if outcome(test) in CRYPTOGRAPHY and test["id"] not in LENIENT
]
MEANT: Final = [test for test in MESSAGES if outcome(test)[:3] == "MSG"]


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("test", BAD, ids=ids(BAD))
def test_joserfc_refuses_bad_cryptography(test: dict[str, Any]) -> None:
    pytest.importorskip("joserfc", reason="joserfc is not installed")
    given = test["input"]
    with pytest.raises(Exception) as refused:  # noqa: PT011 - of many classes
        read_by_joserfc(given["text"] + given["more"]["text"] * given["more"]["times"])
    assert not isinstance(refused.value, ImportError | AttributeError | NameError)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("test", MEANT, ids=ids(MEANT))
def test_joserfc_reads_bad_meaning(test: dict[str, Any]) -> None:
    pytest.importorskip("joserfc", reason="joserfc is not installed")
    header, _ = read_by_joserfc(test["input"]["text"])
    assert header["sender"]


def test_keys_are_as_the_readme_says() -> None:
    assert SUITE.files["v1/sealed-message.json"]["contexts"]["keys"] == KEYS
    rows = (
        {kid: row["jwk"] for kid, row in KEYS["trusted"].items()}
        | KEYS["own"]
        | KEYS["ephemeral"]
    )
    for kid, jwk in rows.items():
        secret = sha256(f"iec63119-refimpl TEST ONLY vectors {kid}".encode()).digest()
        assert urlsafe_b64decode(jwk["d"] + "==") == secret


# --- OpenSSL ----------------------------------------------------------------------------------

# What it refuses where we do; it does not look for our names, our two algorithms, a purpose.
# fmt: off
SEEN: Final = {
    "CRT-3":  ("unhandled critical extension", "RFC 3779 resource"),
    "CRT-4":  ("unable to get local issuer certificate", "unable to get issuer certificate",
               "signature failure", "self-signed certificate"),
    "CRT-5":  ("certificate is not yet valid", "certificate has expired"),
    "CRT-6":  ("invalid CA certificate", "invalid or inconsistent certificate extension",
               "CA cert does not include key", "not marked critical",
               "key usage does not include CRL signing"),
    "CRT-7":  ("path length constraint exceeded",),
    "CRT-14": ("unable to get certificate CRL", "different CRL scope"),
    "CRT-15": ("CRL signature failure", "unhandled critical CRL extension"),
    "CRT-16": ("CRL has expired", "CRL is not yet valid"),
    "CRT-17": ("certificate revoked",),
    "CRT-18": ("Issuer name empty", "Subject empty", "Empty Subject Alternative Name"),
    "CRT-19": ("Missing Authority Key Identifier", "Missing Subject Key Identifier"),
}
# fmt: on
PASSED_OVER: Final = "OpenSSL refuses a constraint that is broken, and passes over others"
OTHER_OF_TWO: Final = "OpenSSL finds the other of two faults"
OTHERWISE: Final = {
    "certificate-profile/reject-name-constraints": PASSED_OVER,
    "certificate-profile/reject-ed25519-name-constraints": PASSED_OVER,
    "certificate-profile/reject-policy-constraints": PASSED_OVER,
    "certificate-profile/reject-delta-crl": "OpenSSL takes a delta that is not marked critical",
    "certificate-profile/reject-ed25519-delta-crl": "OpenSSL takes it in a message as well",
    "certificate-profile/reject-keyless-crl": "OpenSSL takes a CRL that names no key",
    "certificate-profile/accept-last-second": "OpenSSL counts the second of notAfter out",
    "certificate-profile/reject-five": "OpenSSL builds a path of its own from what it is shown",
    "certificate-profile/reject-four": "OpenSSL builds a path of its own from what it is shown",
    "certificate-profile/reject-2-5-29-54-is-passed-over": PASSED_OVER,
    "certificate-profile/reject-crt-3-before-crt-4-p256": OTHER_OF_TWO,
    "certificate-profile/reject-crt-6-before-crt-5": OTHER_OF_TWO,
    "certificate-profile/reject-crt-5-before-crt-6-p256": OTHER_OF_TWO,
    "certificate-profile/reject-crt-14-before-crt-15-p256": OTHER_OF_TWO,
    "certificate-profile/reject-points-with-a-crl-issuer": "OpenSSL takes such a point",
    "certificate-profile/reject-the-first-point": "OpenSSL looks for a point that fits",
    "certificate-profile/reject-any-algorithm-of-a-crl": "OpenSSL takes the algorithm",
    "certificate-profile/reject-the-latest-crl-whatever-its-number": "OpenSSL takes the latest",
}
VISIBLE: Final = [
    test
    for test in CHAINS
    if outcome(test) in {"accept", *SEEN} and test["id"] not in OTHERWISE
]


def openssl_says(folder: Path, given: dict[str, Any]) -> list[str]:
    """Each reason that OpenSSL has against a chain."""
    leaf, *others = given["chain"]
    files = {
        "leaf": pems([leaf]),
        "-CAfile": pems(given["roots"]),
        "-untrusted": pems(others),
        "-CRLfile": "".join(map(pem_crl, given["crls"])),
    }
    texts = {name: text.encode() for name, text in files.items()}
    server, at = given["purpose"] == "server", datetime.fromisoformat(given["now"])
    return openssl_verify(folder, texts, server=server, at=at)


def pems(ders: list[str]) -> str:
    return "".join(DER_cert_to_PEM_cert(b64decode(der)) for der in ders)


def pem_crl(der: str) -> str:
    body = "\n".join(der[start : start + 64] for start in range(0, len(der), 64))
    return f"-----BEGIN X509 CRL-----\n{body}\n-----END X509 CRL-----\n"


@needs("openssl")
@pytest.mark.parametrize("test", VISIBLE, ids=ids(VISIBLE))
def test_openssl_agrees_on_a_chain(tmp_path: Path, test: dict[str, Any]) -> None:
    reasons = openssl_says(tmp_path, {**CONTEXTS[test["context"]], **test["input"]})
    rule = outcome(test)
    if rule == "accept":
        assert not reasons
    else:
        assert any(seen in reason for seen in SEEN[rule] for reason in reasons), reasons
