"""What a TLS stack says of a visit, and what that means: an alert, a reason against the server,
or an end in good order.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class Told:
    """What a stack tells of its visit: the version if its own part of the handshake came to an
    end, the frames in hexadecimal, and how it ended.

    `end` is `closed`, `alert` with its number, `refused` with the stack's reason against the
    server, or `fault` with all its words; `words` are those that it has for an alert.
    """

    version: str | None
    frames: tuple[str, ...]
    end: str
    words: str = ""
    status: int = 0
    resumed: bool = False


@dataclass(frozen=True)
class Alert:
    """What an alert is called: by RFC 8446, 6, and so by Java; by OpenSSL with `family` before
    it; by GnuTLS; and by Go where that has words of its own.
    """

    name: str
    family: str
    gnutls: str
    go: str = ""

    def words(self, stack: str) -> str:
        """What the user of a stack sees."""
        openssl = f"{self.family} alert {self.spaced}"
        others = {
            "gnutls": self.gnutls,
            "node": f"ERR_SSL_{openssl}".replace(" ", "_").upper(),
            "java": self.name,
            "go": self.go or self.spaced,
        }
        return others.get(stack, openssl)

    @property
    def spaced(self) -> str:
        """The name as words."""
        return self.name.replace("_", " ")


# fmt: off
ALERTS: Final[Mapping[int, Alert]] = MappingProxyType({
    40:  Alert("handshake_failure",       "sslv3",  "Handshake failed"),
    42:  Alert("bad_certificate",         "sslv3",  "Certificate is bad"),
    43:  Alert("unsupported_certificate", "sslv3",  "Certificate is not supported"),
    44:  Alert("certificate_revoked",     "sslv3",  "Certificate was revoked",
               go="revoked certificate"),
    45:  Alert("certificate_expired",     "sslv3",  "Certificate is expired",
               go="expired certificate"),
    48:  Alert("unknown_ca",              "tlsv1",  "CA is unknown",
               go="unknown certificate authority"),
    70:  Alert("protocol_version",        "tlsv1",  "Error in protocol version",
               go="protocol version not supported"),
    116: Alert("certificate_required",    "tlsv13", "Certificate is required"),
})
# An alert in what a user sees; where there is no number, it follows from the words.
ALERT: Final[Mapping[str, str]] = MappingProxyType({
    "openssl": r"SSL routines:\w*:(?P<words>[^:]+):.*SSL alert number (?P<number>\d+)",
    "gnutls":  r"\*\*\* Received alert \[(?P<number>\d+)\]: (?P<words>.+)",
    "curl":    r"curl: \(\d+\) .*error:\w+:SSL routines::(?P<words>.*?alert.*?)(?:, errno 0)?$",
    "python":  r"\[SSL: [\w/]*ALERT\w*\] (?P<words>.+) \(_ssl",
    "node":    r"^(?P<words>ERR_SSL_[\w/]*ALERT\w*): ",
    "java":    r"Received fatal alert: (?P<words>\w+)",
    "go":      r"^remote error: tls: (?P<words>.+)",
})
# A reason against the server.
REFUSED: Final[Mapping[str, str]] = MappingProxyType({
    "openssl": r"verify error:num=\d+:(.+)",
    "gnutls":  r"Status: The certificate is NOT trusted\. (.+?) *$",
    "curl":    r"curl: \(60\) (.+)",
    "python":  r"CERTIFICATE_VERIFY_FAILED\] certificate verify failed: (.+) \(_ssl",
    "node":    r"^((?:CERT|UNABLE|SELF|DEPTH|INVALID|ERR_TLS)_\w+): ",
    "java":    r"SSLHandshakeException: (?:\(\w+\) )?((?:PKIX|Extended|No (?:name|subject)).+)",
    "go":      r"^(?:tls: failed to verify certificate: )?x509: (.+)",
})
# fmt: on
COMPLAINT: Final = re.compile(r"[Ee]rror|errno=|^curl: |NOT trusted|^\*\*\* ")
NUMBERS: Final[Mapping[str, int]] = MappingProxyType(
    {alert.spaced: number for number, alert in ALERTS.items()}
    | {alert.go: number for number, alert in ALERTS.items() if alert.go}
)


def alert_number(words: str) -> int:
    """The number of an alert by the words that a stack has for it."""
    return NUMBERS[re.sub(r"^.*alert ", "", words.lower().replace("_", " "))]


def told_of(stack: str, version: str | None, frames: tuple[str, ...], words: str) -> Told:
    """What the words of a stack mean."""
    if alert := re.search(ALERT[stack], words, re.MULTILINE):
        found = alert.groupdict()
        number = int(found.get("number") or alert_number(found["words"]))
        return Told(version, frames, f"alert {number}", found["words"])
    if refused := re.search(REFUSED[stack], words, re.MULTILINE):
        return Told(version, frames, f"refused {refused[1]}")
    return Told(version, frames, f"fault {words}" if words else "closed")


def complaints(said: str) -> str:
    """The lines in which a command complains, of all that it says."""
    return "\n".join(line for line in said.splitlines() if COMPLAINT.search(line))
