"""How records and handshake messages of TLS are laid out (RFC 8446, RFC 5246, RFC 8422), as
tables that `layout.annotate` reads along, and the rule of the model beside each part.

A part without a rule is the RFC's alone: TLS needs it, and the model asks nothing of it.

Rules: TLS-1 to TLS-4, TLS-6 to TLS-9.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from refimpl.lab.layout import (
    Body,
    Each,
    Fixed,
    Optional,
    Parts,
    Rest,
    Tagged,
    Vector,
    digits,
    named,
    number,
)
from refimpl.tls.client_hello import TLS_1_3

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA = 20, 21, 22, 23

# fmt: off
TYPES: Final = {
    CHANGE_CIPHER_SPEC: "change cipher spec",
    ALERT:              "alert",
    HANDSHAKE:          "handshake",
    APPLICATION_DATA:   "application data",
}
VERSIONS: Final = {0x0304: "TLS 1.3", 0x0303: "TLS 1.2", 0x0302: "TLS 1.1", 0x0301: "TLS 1.0"}
SUITES: Final = {
    **TLS_1_3,
    0xC02B: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    0xC02C: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    0xC02F: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    0xC030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    0x00FF: "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
}
GROUPS: Final = {
    23: "secp256r1 (P-256)", 24: "secp384r1", 25: "secp521r1", 29: "x25519", 30: "x448",
    256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096", 259: "ffdhe6144", 260: "ffdhe8192",
    4588: "X25519MLKEM768",
}
SIGNATURES: Final = {
    0x0403: "ecdsa_secp256r1_sha256", 0x0503: "ecdsa_secp384r1_sha384",
    0x0603: "ecdsa_secp521r1_sha512", 0x0807: "ed25519", 0x0808: "ed448",
    0x0804: "rsa_pss_rsae_sha256", 0x0805: "rsa_pss_rsae_sha384",
    0x0806: "rsa_pss_rsae_sha512", 0x0809: "rsa_pss_pss_sha256",
    0x080A: "rsa_pss_pss_sha384", 0x080B: "rsa_pss_pss_sha512",
    0x0401: "rsa_pkcs1_sha256", 0x0501: "rsa_pkcs1_sha384", 0x0601: "rsa_pkcs1_sha512",
    0x0303: "ecdsa_sha224", 0x0301: "rsa_pkcs1_sha224", 0x0302: "dsa_sha224",
    0x0402: "dsa_sha256", 0x0502: "dsa_sha384", 0x0602: "dsa_sha512",
}
POINTS: Final = {0: "uncompressed", 1: "ansiX962_compressed_prime",
                 2: "ansiX962_compressed_char2"}
KEY_TYPES: Final = {1: "rsa_sign", 2: "dss_sign", 64: "ecdsa_sign"}
LEVELS: Final = {1: "warning", 2: "fatal"}
ALERTS: Final = {
    0: "close notify", 10: "unexpected message", 40: "handshake failure",
    42: "bad certificate", 44: "certificate revoked", 45: "certificate expired",
    46: "certificate unknown", 48: "unknown CA", 49: "access denied",
    70: "protocol version", 116: "certificate required",
}


# fmt: on
def _server_random(raw: bytes) -> str:
    """A server that could speak a newer version says so in its last bytes (RFC 8446, 4.1.3)."""
    if raw.endswith(b"DOWNGRD\1"):
        return f"{digits(raw)}, the last eight of them DOWNGRD 1: it could speak TLS 1.3"
    return digits(raw)


# fmt: off
SUITE: Final = Fixed("suite", 2, named(SUITES), "TLS-2")
GROUP: Final = Fixed("group", 2, named(GROUPS))
SIGNATURE: Final = Fixed("signature algorithm", 2, named(SIGNATURES))
NULL: Final = {0: "null, none"}
RANDOM: Final = Fixed("random", 32, digits, "",
                      "Drawn for this handshake, so that no part of an old one fits.")
SERVER_RANDOM: Final = RANDOM._replace(show=_server_random)
OLD_VERSION: Final = Fixed(
    "version in the old place", 2, named(VERSIONS), "TLS-1",
    "TLS 1.3 says 1.2 here, and its own number in an extension.")
SESSION: Final = Vector(
    "the session id", 1, (Rest("session id", digits),), "TLS-6",
    "At most 32 bytes. TLS 1.3 resumes no session by it, and fills it for old devices.")

KEY_SHARE: Final[Parts] = (GROUP, Vector("the public key", 2, (
    Rest("public key of the exchange", digits, "",
         "Half of a key exchange, made for this handshake alone."),)))
LISTED_SIGNATURES: Final[Parts] = (Vector("the list", 2, (Each((SIGNATURE,)),)),)
LISTED_GROUPS: Final[Parts] = (Vector("the list", 2, (Each((GROUP,)),)),)
SHARED: Final = {
    10: Body("supported_groups", LISTED_GROUPS, "", "Curves and fields to exchange keys on."),
    11: Body("ec_point_formats", (
        Vector("the list", 1, (Each((Fixed("format", 1, named(POINTS)),)),)),), "",
        "How points are written; TLS 1.2 only."),
    13: Body("signature_algorithms", LISTED_SIGNATURES, "",
             "By what the other side may prove that it holds the key of its certificate."),
    16: Body("application_layer_protocol_negotiation", (Rest("protocols", digits),)),
    21: Body("padding", (Rest("zeros", digits),)),
    22: Body("encrypt_then_mac", (), "", "For suites that the model does not take."),
    23: Body("extended_master_secret", (), "",
             "Binds the keys of TLS 1.2 to the whole handshake (RFC 7627)."),
    35: Body("session_ticket", (Rest("ticket", digits),)),
    45: Body("psk_key_exchange_modes", (
        Vector("the list", 1, (Each((Fixed("mode", 1, named(
            {0: "psk_ke", 1: "psk_dhe_ke"})),)),)),), "",
        "How a session would be resumed: with a fresh key exchange."),
    47: Body("certificate_authorities", (Rest("names", digits),)),
    49: Body("post_handshake_auth", ()),
    50: Body("signature_algorithms_cert", LISTED_SIGNATURES),
    0xFF01: Body("renegotiation_info", (
        Vector("the proof", 1, (Rest("proof", digits),)),), "",
        "Empty at the start; says that renegotiation is bound to what was before (RFC 5746)."),
}
OFFERED: Final = {
    **SHARED,
    43: Body("supported_versions", (
        Vector("the list", 1, (Each((Fixed("version", 2, named(VERSIONS), "TLS-1"),)),)),),
        "TLS-1", "What the client really offers; the server takes the highest it knows."),
    51: Body("key_share", (Vector("the list", 2, (Each(KEY_SHARE),)),), "",
             "The client guesses a group, and saves a way there and back."),
}
CHOSEN: Final = {
    **SHARED,
    43: Body("supported_versions", (Fixed("version", 2, named(VERSIONS), "TLS-1"),),
             "TLS-1", "The version that is spoken from here on."),
    51: Body("key_share", KEY_SHARE, "", "With it both can work out the same secret."),
}
# fmt: on


def _extensions(bodies: Mapping[int, Body]) -> Vector:
    return Vector("the extensions", 2, (Each((Tagged("extension", 2, 2, bodies),)),))


# --- The messages of a handshake --------------------------------------------------------------

# fmt: off
CERTIFICATE: Final = Vector("a certificate", 3, (
    Rest("certificate in DER", digits, "TLS-4",
         "Held to the rules of certificates, CRT-1 to CRT-20. Leaf first, then who issued it."),
), "TLS-4")
SIGNED: Final[Parts] = (SIGNATURE, Vector("the signature", 2, (
    Rest("signature", digits, "TLS-4", "By the key of the certificate."),)))
CONTEXT: Final = Vector("the context", 1, (Rest("context", digits),), "",
                        "Empty during a handshake.")
CLIENT_HELLO: Final[Parts] = (
    OLD_VERSION, RANDOM, SESSION,
    Vector("the suites", 2, (Each((SUITE,)),), "TLS-2"),
    Vector("the compressions", 1, (Each((Fixed("compression", 1, named(NULL)),)),), "",
           "Compressing what is secret has leaked it, so none is used."),
    Optional((_extensions(OFFERED),)),
)
SERVER_HELLO: Final[Parts] = (
    OLD_VERSION, SERVER_RANDOM, SESSION, SUITE, Fixed("compression", 1, named(NULL)),
    Optional((_extensions(CHOSEN),)),
)
MESSAGES: Final = {
    1: "ClientHello", 2: "ServerHello", 4: "NewSessionTicket", 8: "EncryptedExtensions",
    11: "Certificate", 12: "ServerKeyExchange", 13: "CertificateRequest",
    14: "ServerHelloDone", 15: "CertificateVerify", 16: "ClientKeyExchange", 20: "Finished",
}
IN_BOTH: Final[Mapping[int, tuple[Parts, str, str]]] = MappingProxyType({
    1: (CLIENT_HELLO, "TLS-6", "What the opener can do, in the order of its liking."),
    2: (SERVER_HELLO, "TLS-6", "What the accepting side has chosen."),
    15: (SIGNED, "TLS-4", "The sender proves that it holds the key: it signs what was said."),
    20: ((Rest("proof", digits, "", "A MAC over the whole handshake."),), "",
         "Both have heard the same."),
})
BY_VERSION: Final[Mapping[str, Mapping[int, tuple[Parts, str, str]]]] = MappingProxyType({
    "1.3": {
        **IN_BOTH,
        8: ((_extensions(SHARED),), "", "Settings that none on the way needs to see."),
        11: ((CONTEXT, Vector("the chain", 3, (
            Each((CERTIFICATE, _extensions(SHARED))),), "TLS-3")),
            "TLS-3", "Encrypted: who roams with whom is not told to the line."),
        13: ((CONTEXT, _extensions(SHARED)), "TLS-3", "Both sides show a certificate."),
    },
    "1.2": {
        **IN_BOTH,
        11: ((Vector("the chain", 3, (Each((CERTIFICATE,)),), "TLS-3"),),
             "TLS-3", "In the open: who listens learns who roams with whom."),
        12: ((Fixed("kind of curve", 1, named({3: "a curve with a number"}), "TLS-2"),
              Fixed("curve", 2, named(GROUPS), "TLS-2"),
              Vector("the public key", 1, (
                  Rest("public key of the exchange", digits, "TLS-2",
                       "Made for this handshake alone."),)),
              *SIGNED),
             "TLS-2", "Half of a key exchange, signed by the key of the certificate."),
        13: ((Vector("the kinds of key", 1, (
                  Each((Fixed("kind of key", 1, named(KEY_TYPES)),)),)),
              *LISTED_SIGNATURES,
              Vector("the authorities", 2, (Each((
                  Vector("a name", 2, (Rest("name in DER", digits),)),)),))),
             "TLS-3", "Both sides show a certificate."),
        14: ((), "", "The other side's turn."),
        16: ((Vector("the public key", 1, (
            Rest("public key of the exchange", digits, "TLS-2",
                 "The other half. Both can now work out the same secret."),)),), "TLS-2", ""),
    },
})
# fmt: on


def _message(version: str) -> Tagged:
    """A message of a handshake: its kind, its length in three bytes, and its own parts."""
    bodies = {}
    for kind, (parts, rule, says) in BY_VERSION[version].items():
        bodies[kind] = Body(MESSAGES[kind], parts, rule, says)
    return Tagged("message", 1, 3, MappingProxyType(bodies))


MESSAGE: Final = MappingProxyType({version: _message(version) for version in BY_VERSION})


# --- Records ----------------------------------------------------------------------------------

# fmt: off
TYPE: Final = Fixed("type of the record", 1, named(TYPES), "TLS-6")
RECORD_VERSION: Final = Fixed(
    "version of the record", 2, named(VERSIONS), "",
    "Frozen: a first record says 1.0 and later ones 1.2, whatever is spoken.")
CHANGE: Final[Parts] = (
    Fixed("change cipher spec", 1, number, "",
          "In TLS 1.2 the sender encrypts from here on; in 1.3 it is said for old devices."),)
SAID: Final[Parts] = (
    Fixed("level", 1, named(LEVELS), "TLS-7"), Fixed("alert", 1, named(ALERTS), "TLS-7"))
FRAME: Final = Vector("the frame", 4, (Rest("message", digits, "TLS-9"),), "TLS-9",
                      "An empty one opens the channel: the accepting side has looked (TLS-8).")
IN_THE_OPEN: Final[Mapping[int, Parts]] = {CHANGE_CIPHER_SPEC: CHANGE, ALERT: SAID}
WITHIN: Final[Mapping[int, Parts]] = {APPLICATION_DATA: (FRAME,), ALERT: SAID}
CIPHERTEXT: Final = "Encrypted: for those on the way so many bytes, and no more."
TAG: Final = Fixed("tag", 16, digits, "", "Guards the ciphertext: no bit of it can be changed.")
# fmt: on


def record_parts(version: str, kind: int, size: int, is_open: bool) -> Parts:
    """How a record of that version of TLS and that length is laid out, as the line sees it."""
    content: Parts = (Each((MESSAGE[version],)),)
    if not is_open:
        content = _sealed_parts(version, size)
    elif kind in IN_THE_OPEN:
        content = IN_THE_OPEN[kind]
    return (TYPE, RECORD_VERSION, Vector("the record", 2, content, "TLS-6"))


def _sealed_parts(version: str, size: int) -> Parts:
    """What an encrypted record holds: in TLS 1.2 half of its nonce, then ciphertext and tag."""
    if version == "1.3":
        return (Fixed("ciphertext", size - 16, digits, "", CIPHERTEXT), TAG)
    nonce = Fixed("nonce", 8, digits, "", "The half of the nonce that is told (RFC 5288).")
    return (nonce, Fixed("ciphertext", size - 24, digits, "", CIPHERTEXT), TAG)


def inner_parts(version: str, kind: int) -> Parts:
    """How the content of an encrypted record is laid out, which only the two ends can read."""
    content = WITHIN.get(kind, (MESSAGE[version],))
    if version == "1.2":
        return content
    real_type = Fixed(
        "type of the content",
        1,
        named(TYPES),
        "",
        "The real type; the head of the record says application data.",
    )
    return (*content, real_type)
