"""What is refused, and what each foreign TLS stack tells its user of it.

The tables are what was measured with the versions of `MEASURED`; `test_failure_matrix` measures
again.  `python -m tests.foreign_peers` writes `docs/foreign-peers.md` from them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from tests.tls_stacks import version_of
from tests.tls_words import ALERTS

PAGE: Final = Path(__file__).parents[1] / "docs" / "foreign-peers.md"


@dataclass(frozen=True)
class Case:
    """What is wrong with a client, which rule the endpoint notes and where, and the alerts of
    TLS 1.2 and 1.3; 0 is a last frame.
    """

    wrong: str
    rule: str
    where: str
    alerts: tuple[int, int]
    versions: tuple[str, ...] = ("1.2", "1.3")

    def alert(self, version: str) -> int:
        """The alert of a version."""
        return self.alerts[version == "1.3"]


# fmt: off
CASES: Final = (
    Case("no certificate",  "TLS-3",  "peer did not return a certificate",         (40, 116)),
    Case("expired",         "CRT-5",  "certificate has expired",                   (45, 45)),
    Case("not-yet-valid",   "CRT-5",  "certificate is not yet valid",              (42, 42)),
    Case("stranger",        "CRT-4",  "self-signed certificate in certificate chain", (48, 48)),
    Case("no-issuer",       "CRT-4",  "unable to get local issuer certificate",    (48, 48)),
    Case("server-only",     "CRT-9",  "unsuitable certificate purpose",            (43, 43)),
    Case("no-purpose",      "CRT-9",  "certificate 1 of 2: extended key usage",    (0, 0)),
    Case("by-a-leaf",       "CRT-6",  "invalid CA certificate",                    (48, 48)),
    Case("revoked",         "CRT-17", "certificate revoked",                       (44, 44)),
    Case("no CRLs at all",  "CRT-14", "unable to get certificate CRL",             (48, 48)),
    Case("stale-crl",       "CRT-16", "CRL has expired",                           (45, 45)),
    Case("no-crl",          "CRT-14", "unable to get certificate CRL",             (48, 48)),
    Case("no-root-crl",     "CRT-14", "unable to get certificate CRL",             (48, 48)),
    Case("somebody-else",   "TLS-13", "somebody-else, csp",                        (0, 0)),
    Case("kind-beyond-issuer", "CRT-12", "certificate 1 of 2: kind",               (0, 0)),
    Case("TLS 1.1 only",    "TLS-1",  "unsupported protocol",              (70, 70), ("1.1",)),
    Case("TLS 1.2 only",    "TLS-1",  "unsupported protocol",              (70, 70), ("1.2",)),
)

# fmt: on


class Measured(NamedTuple):
    """How a user knows a stack, and of which version the words are."""

    name: str
    version: str


MEASURED: Final[Mapping[str, Measured]] = MappingProxyType(
    {
        "openssl": Measured("`openssl s_client`", "3.0"),
        "gnutls": Measured("`gnutls-cli`", "3.7"),
        "curl": Measured("`curl` on OpenSSL", "7.88"),
        "python": Measured("Python's `ssl` on OpenSSL", "3.0"),
        "node": Measured("Node's `tls`", "20.20"),
        "java": Measured("Java's JSSE", "17.0.21"),
        "go": Measured("Go's `crypto/tls`", "1.19"),
    }
)


def is_measured(stack: str) -> bool:
    """Whether the stack that is here has the version of the tables."""
    return f"{version_of(stack)}.".startswith(f"{MEASURED[stack].version}.")


@dataclass(frozen=True)
class Server:
    """What is wrong with an endpoint that accepts, the host it is called by, and the alert that
    a client on OpenSSL sends it.
    """

    wrong: str
    host: str
    openssl: str

    def heard(self, stack: str) -> str:
        """The alert that a stack sends; none if it says nothing."""
        return SAYS.get((stack, self.wrong), SAYS_ALWAYS.get(stack, self.openssl))


SERVERS: Final = (
    Server("expired", "localhost", "certificate expired"),
    Server("client-only", "localhost", "unsupported certificate"),
    Server("stranger", "localhost", "unknown ca"),
    Server("other host", "cso-elm.example", "bad certificate"),
)
SAYS_ALWAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "gnutls": "bad certificate",
        "node": "",  # it looks at the certificate after the handshake
        "java": "certificate unknown",
        "go": "bad certificate",
    }
)
SAYS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("java", "expired"): "certificate expired",
        ("curl", "other host"): "",  # it looks at the host after the handshake
    }
)
CURL_BLAMES: Final = "SSL certificate verification failed"
"""What curl says of the alert 45 in a handshake: it takes it for its own verdict."""


def end_of(stack: str, version: str, alert: int) -> str:
    """How a visit ends that is refused by an alert, or 0 by a last frame."""
    if (stack, version, alert) == ("curl", "1.2", 45):
        return f"refused {CURL_BLAMES}"
    return f"alert {alert}" if alert else "closed"


def status_of(stack: str, version: str, alert: int) -> int:
    """The exit status of a command that is refused by an alert."""
    if stack != "curl":
        return int(stack in ("openssl", "gnutls"))
    if end_of(stack, version, alert).startswith("refused"):
        return 60
    return 56 if version == "1.3" else 35


SEEN: Final = (
    "no certificate",
    "expired",
    "not-yet-valid",
    "stranger",
    "no-issuer",
    "server-only",
    "by-a-leaf",
)
"""What a server on any stack refuses by itself."""
NOT_SEEN: Final = ("no-purpose", "revoked", "somebody-else", "kind-beyond-issuer")
"""What a server takes, unless its program looks further."""


def said_by(stack: str, case: Case, version: str) -> str:
    """The alert by which a server on a stack refuses a client; none if it says nothing."""
    if stack == "go":
        return "bad certificate"
    if stack == "java" and case.wrong != "no certificate":
        return "certificate unknown"
    if stack == "node" and case.wrong != "no certificate":
        return ""  # it looks at the certificate after the handshake
    return ALERTS[case.alert(version)].spaced


# --- the page ---------------------------------------------------------------------------------

HEAD: Final = """# What each peer tells its user

A partner's engineer who sets up a channel sees what the partner's TLS stack makes of our
refusal. These tables say what that is, for seven stacks that visit a live endpoint as its
client; `tests/test_failure_matrix.py` measures them again. The words are those of the versions
named below; others may word an alert otherwise, and then only its number is compared.

This page is written from `tests/foreign_peers.py` by `python -m tests.foreign_peers`.
"""
CASES_HEAD: Final = """
## What is refused, and by which alert

The number is that of the alert (RFC 8446, 6). Where the TLS library has no objection, the
model's own check refuses in a last frame that holds the rule's id; every stack hands it to its
program like any other bytes, and then the channel is closed in good order.
"""
WORDS_HEAD: Final = """
## What a user sees of an alert

"""
ALERTS_HEAD: Final = """
The words:

"""
SERVERS_HEAD: Final = """
## What an endpoint hears of a stack that refuses it

The alert that stands in the note TLS-7 of the endpoint that accepts. Node and, for the host,
curl look only after the handshake: Node then cuts the connection, which is a note TLS-6, and
curl ends it in good order, so that the endpoint learns nothing.

"""
CLIENTS_HEAD: Final = f"""
## What an endpoint hears of a server that refuses it

The alert that stands in the note TLS-7 of the endpoint that opens a channel
(`tests/test_foreign_servers.py`). By default no server has a CRL, and none sees what is wrong
with: {", ".join(NOT_SEEN)}.

"""
SURPRISES: Final = """
## What may surprise

* With TLS 1.3 the client's part of the handshake is over before the server has looked at its
  certificate: Python, Node, Java and Go call it a success, and the alert comes with the first
  read. Hence the empty frame, by which the accepting side says that it has taken a peer on.
* In a handshake of TLS 1.2, curl takes the alert 45 (certificate expired) for its own verdict:
  exit 60, `SSL certificate verification failed`, and that it could not verify the server. It is
  its own certificate, or the CRL about it, that has run out
  (`findings/curl-blames-the-server.sh` shows it without this model).
* A curl speaks HTTP before it has read anything. One that is taken on gets the empty frame and
  then TLS-9, because the letters `GET ` are the length of no frame; `--http0.9` shows both.
* A server that misses a certificate says 116 with TLS 1.3 and 40 with TLS 1.2; Go says 42 to
  both, and so did Java 17.0.15.
* GnuTLS and Go send 42 (bad certificate) whatever is wrong with a server. Java sends 46
  (certificate unknown), but 45 for one that has expired; with TLS 1.3, Java 17.0.15 did not.
* A server that hangs up at once over a request that it has not read shows Java and Go a broken
  pipe and Python an end of file, and none of them the reason. So the endpoint reads on for a
  while (TLS-7, `tests/test_farewell.py`).
* All seven take keys on P-256 and Ed25519. The NSS of Debian 12 (3.87) takes no certificate
  with Ed25519: its `certutil` says `SEC_ERROR_ADDING_CERT`, and the endpoint that shows it one
  notes TLS-2 (no shared cipher) with TLS 1.2, and TLS-6 (no suitable signature algorithm) with
  TLS 1.3. This was seen once and is in no test.
* With TLS 1.2 a client may resume its session by the session's id even where the server gives
  out no tickets; with TLS 1.3 it may not. Either way a session ends with its CRL (TLS-5).
* A proxy that passes TLS on changes nothing. One that ends TLS is itself the peer: the client's
  version (TLS-1), its suite (TLS-2) and news of its revocation (TLS-5) are out of sight
  (`tests/test_proxies.py`).
"""
OPENED: Final = ("openssl", "node", "java", "go")
FORMS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "openssl": ("a line that ends in `WORDS:…:SSL alert number N`, exit 1", "the same"),
        "gnutls": ("`*** Received alert [N]: WORDS`, exit 1", "the same"),
        "curl": (
            "`curl: (35) …::WORDS`, exit 35",
            "`curl: (56) OpenSSL SSL_read: …::WORDS, errno 0`, exit 56",
        ),
        "python": ("`SSLError` with the words from the handshake", "from the first `recv`"),
        "node": ("event `error` with the words as `code`", "the same, after `secureConnect`"),
        "java": (
            "`SSLHandshakeException: … Received fatal alert: WORDS` from the handshake",
            "from the first `read`",
        ),
        "go": ("`remote error: tls: WORDS` from `Handshake`", "from the first `Read`"),
    }
)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    cells = list(head)
    lines = [cells, ["---"] * len(cells), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def shown_alert(case: Case, version: str) -> str:
    """How a case is refused with a version, as it stands in the table."""
    if version not in case.versions:
        return ""
    return str(case.alert(version) or "last frame")


def case_rows() -> Iterator[list[str]]:
    """What is refused, one row for each case."""
    for case in CASES:
        alerts = [shown_alert(case, version) for version in ("1.1", "1.2", "1.3")]
        yield [case.wrong, f"{case.rule}: {case.where}", *alerts]


def form_rows() -> Iterator[list[str]]:
    """How an alert comes to the user of each stack."""
    for stack, (during, after) in FORMS.items():
        yield [MEASURED[stack].name, MEASURED[stack].version, during, after]


def word_rows() -> Iterator[list[str]]:
    """The words for each alert."""
    for number, alert in ALERTS.items():
        stacks = ("openssl", "node", "java", "go", "gnutls")
        yield [str(number), *(f"`{alert.words(stack)}`" for stack in stacks)]


def server_rows() -> Iterator[list[str]]:
    """What an endpoint hears, one row for each stack."""
    for stack, measured in MEASURED.items():
        yield [measured.name, *(server.heard(stack) or "nothing" for server in SERVERS)]


def client_rows() -> Iterator[list[str]]:
    """What an endpoint hears, one row for each thing that is wrong with it."""
    for case in CASES:
        if case.wrong in SEEN:
            yield [case.wrong, *(heard_from(stack, case) for stack in OPENED)]


def heard_from(stack: str, case: Case) -> str:
    """What a stack says, by both versions where they differ."""
    words = [said_by(stack, case, version) or "nothing" for version in ("1.2", "1.3")]
    return ", with TLS 1.3 ".join(dict.fromkeys(words))


def page() -> str:
    """The page as it should stand."""
    return "".join(
        (
            HEAD,
            CASES_HEAD,
            "\n",
            table(
                ["what is wrong", "what the endpoint notes", "TLS 1.1", "TLS 1.2", "TLS 1.3"],
                case_rows(),
            ),
            WORDS_HEAD,
            table(["stack", "version", "up to TLS 1.2", "TLS 1.3"], form_rows()),
            ALERTS_HEAD,
            table(
                ["alert", "OpenSSL, Python, curl", "Node", "Java", "Go", "GnuTLS"], word_rows()
            ),
            SERVERS_HEAD,
            table(["stack", *(server.wrong for server in SERVERS)], server_rows()),
            CLIENTS_HEAD,
            table(["what is wrong", "OpenSSL, Python", "Node", "Java", "Go"], client_rows()),
            SURPRISES,
        )
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
