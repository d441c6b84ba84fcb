"""What the TLS library finds wrong with a chain or a handshake, as a rule of ours.

The library looks at a chain before the model does (TLS-4); codes above 94 are of OpenSSL 3.2
and later.  `tests/test_one_answer.py` shows
both some hundreds of chains, and they name the same rule.

Rules: TLS-1 to TLS-4, TLS-6, TLS-7, and CRT-* of certificates.
"""

import ssl
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from refimpl.errors import Malformed, RoamingError, Untrusted

# fmt: off
# What the library finds in a chain (X509_V_ERR), by our rule; whatever else it finds is TLS-4.
VERDICTS: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType({
    "CRT-1":  (80, 93, 94, 103),           # cannot be read to its end
    "CRT-3":  (34, 40, 46, 47, 48, 49,     # not understood, or a limit that is broken
               51, 52, 53, 90, 91),
    "CRT-4":  (2, 7, 18, 19, 20, 21),      # no issuer, or not by its key
    "CRT-5":  (9, 10),                     # not yet valid, expired
    "CRT-6":  (24, 32, 35, 79, 81,         # may not issue certificates, or CRLs
               89, 92),
    "CRT-7":  (25,),                       # path length
    "CRT-8":  (82,),                       # a leaf that may issue
    "CRT-9":  (26,),                       # purpose
    "CRT-14": (3, 33),                     # no CRL, or none by its issuer
    "CRT-15": (8, 36, 44),                 # forged, or not to be understood
    "CRT-16": (11, 12),                    # not yet valid, expired
    "CRT-17": (23,),                       # revoked
    "CRT-18": (83, 84, 87, 88),            # a name that is empty
    "CRT-19": (85, 86, 102),               # no key identifier
})
# Why a handshake ends; for every other reason it is TLS-6.
REASONS: Final[Mapping[str, str]] = MappingProxyType({
    "UNSUPPORTED_PROTOCOL":                 "TLS-1",
    "WRONG_SSL_VERSION":                    "TLS-1",
    "NO_SHARED_CIPHER":                     "TLS-2",
    "WRONG_CIPHER_RETURNED":                "TLS-2",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE":    "TLS-3",
})
# fmt: on


def rule_of(verify_code: int) -> str:
    """The rule that a chain breaks by the verdict of the library.

    >>> rule_of(23)
    'CRT-17'
    """
    for rule_id, codes in VERDICTS.items():
        if verify_code in codes:
            return rule_id
    return "TLS-4"


def error_of(error: ssl.SSLError) -> RoamingError:
    """The rule that the library found broken; all words are the library's, none the peer's."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Untrusted(rule_of(error.verify_code), error.verify_message)
    reason = error.reason or type(error).__name__
    words = reason.lower().replace("_", " ")
    if "ALERT" in reason:
        return Untrusted("TLS-7", f"the peer says {words.partition('alert ')[2]}")
    if reason in REASONS:
        return Untrusted(REASONS[reason], words)
    return Malformed("TLS-6", words)
