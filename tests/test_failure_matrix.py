"""What becomes of a channel when one thing is wrong: seven foreign stacks, two versions of TLS,
against a live endpoint.

The expectations of `foreign_peers` are measured ones: the alerts are those that a server of the
standard library sends for the same reason.  Where that server would have accepted (no extended
key usage, no CRL), the model's own check has to refuse, and says so in a last frame.
"""

import ssl
from dataclasses import replace

import pytest

from refimpl.security.pki import Algorithm
from tests.defects import connected, context_of, served, shown
from tests.foreign_peers import (
    CASES,
    SERVERS,
    Case,
    Server,
    end_of,
    is_measured,
    status_of,
)
from tests.live import (
    EndpointThread,
    credentials,
    pem_files,
    pki_of,
    pki_with,
    plain_connection,
)
from tests.tls_stacks import COMMANDS, STACKS, Visit, ask, require
from tests.tls_words import ALERTS

pytestmark = pytest.mark.slow

EDITIONS = {"1.1": ("2019", "2025"), "1.2": ("2019",), "1.3": ("2019", "2025")}
RUNS = [
    (case, edition, version, stack)
    for case in CASES
    for version in case.versions
    for edition in (("2025",) if case.wrong == "TLS 1.2 only" else EDITIONS[version])
    for stack in STACKS
]


@pytest.mark.parametrize(
    ("case", "edition", "version", "stack"),
    RUNS,
    ids=[f"{c.wrong}-{e}-{v}-{s}" for c, e, v, s in RUNS],
)
def test_a_wrong_client(
    endpoints: EndpointThread, case: Case, edition: str, version: str, stack: str
) -> None:
    """A wrong client is refused for its reason, and its user is told it."""
    require(stack)
    endpoint = served(endpoints, case.wrong, edition)
    told = ask(stack, Visit(endpoint.port, version, shown(case.wrong), pem_files(pki_with())))
    assert [(note.error.rule_id, note.error.where) for note in endpoint.noted()] == [
        (case.rule, case.where)
    ]
    alert = case.alert(version)
    assert told.end == end_of(stack, version, alert)
    assert told.frames == (() if alert else (case.rule.encode().hex(),))
    if told.end.startswith("alert") and is_measured(stack):
        assert told.words == ALERTS[alert].words(stack)
    if alert:
        assert told.status == status_of(stack, version, alert)
        late = version == "1.3" and stack not in COMMANDS
        assert told.version == ("TLSv1.3" if late else None), "when its user is told"


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(
    ("edition", "version"), [("2019", "1.2"), ("2019", "1.3"), ("2025", "1.3")]
)
@pytest.mark.parametrize("algorithm", ["P-256", "Ed25519"])
def test_a_right_client(
    endpoints: EndpointThread, algorithm: Algorithm, edition: str, version: str, stack: str
) -> None:
    """A client that is right is taken on, by either kind of key."""
    require(stack)
    endpoint = endpoints.serve("cso-elm", edition, pki_of(algorithm))
    good = pem_files(pki_of(algorithm))
    told = ask(stack, Visit(endpoint.port, version, good, good))
    assert (told.version, told.frames, told.end) == (f"TLSv{version}", ("",), "closed")
    assert "TLS-7" not in {note.error.rule_id for note in endpoint.noted(0)}


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(
    ("edition", "version"), [("2019", "1.2"), ("2019", "1.3"), ("2025", "1.3")]
)
@pytest.mark.parametrize("server", SERVERS, ids=[server.wrong for server in SERVERS])
def test_a_wrong_server(
    endpoints: EndpointThread, server: Server, edition: str, version: str, stack: str
) -> None:
    """A wrong server is left, and is told why where the stack says it."""
    require(stack)
    wrong = server.wrong.replace("other host", "")
    pki = pki_with(wrong, "cso-elm") if wrong else pki_with()
    endpoint = endpoints.serve("cso-elm", edition, pki)
    good = pem_files(pki_with())
    told = ask(stack, Visit(endpoint.port, version, good, good, host=server.host))
    assert told.end.startswith("refused ")
    assert told.frames == ()
    noted = [(note.error.rule_id, note.error.where) for note in endpoint.noted(0)]
    if said := server.heard(stack):
        assert [rule for rule, _ in noted] == ["TLS-7"]
        assert not is_measured(stack) or noted[0][1] == f"the peer says {said}"
    elif stack == "node":
        assert [rule for rule, _ in noted] in (["TLS-6"], ["TLS-7"])
    else:
        assert noted == [], "it goes in good order"


def test_http_is_not_understood(endpoints: EndpointThread) -> None:
    endpoint = served(endpoints, "TLS 1.2 only", "2025")
    with plain_connection(endpoint.port) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while plain.recv(1000):
            pass
    (note,) = endpoint.noted()
    assert (note.error.rule_id, note.error.where) == ("TLS-6", "http request")


# --- revoked, and back with a session from before ---------------------------------------------


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("told", [False, True], ids=["not told", "told of the CRL"])
def test_a_session_ends_with_its_crl(
    endpoints: EndpointThread, version: str, told: bool
) -> None:
    """A session does not outlive the CRL it was opened under."""
    endpoint = endpoints.serve("cso-elm", "2019")
    context = context_of("")
    context.maximum_version = (
        ssl.TLSVersion.TLSv1_2 if version == "1.2" else ssl.TLSVersion.TLSv1_3
    )

    def visit(session: ssl.SSLSession | None) -> tuple[bytes, bool, ssl.SSLSession | None]:
        with connected(endpoint.port, context, session) as tls:
            first = tls.recv(4)
            resumed, kept = bool(tls.session_reused), tls.session
            tls.unwrap()
            return first, resumed, kept

    first, _, session = visit(None)
    assert first == bytes(4)
    if told:
        endpoint.thread.loop.call_soon_threadsafe(
            endpoint.live.renew_credentials, credentials("cso-elm", "2019", pki_with("revoked"))
        )
        with pytest.raises(ssl.SSLError, match="certificate revoked"):
            visit(session)
        assert [note.error.rule_id for note in endpoint.noted()] == ["CRT-17"]
    else:  # TLS 1.2 resumes by session id, tickets or not: so the other case is one
        assert visit(session)[:2] == (bytes(4), version == "1.2")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_node_session_ends_with_its_crl(endpoints: EndpointThread, version: str) -> None:
    require("node")
    endpoint = endpoints.serve("cso-elm", "2019")
    own = pem_files(pki_with())
    visit = Visit(endpoint.port, version, own, own)
    kept = str(own.above.with_name(f"session-{version}"))
    assert ask("node", replace(visit, keep=kept)).frames == ("",)
    again = ask("node", replace(visit, resume=kept))
    assert (again.frames, again.resumed) == (("",), version == "1.2")
    endpoint.thread.loop.call_soon_threadsafe(
        endpoint.live.renew_credentials, credentials("cso-elm", "2019", pki_with("revoked"))
    )
    assert ask("node", replace(visit, resume=kept)).end == "alert 44"


def test_a_revoked_peer_is_cut_off(endpoints: EndpointThread) -> None:
    endpoint = endpoints.serve("cso-elm", "2025")
    context = context_of("")
    with connected(endpoint.port, context) as tls:
        assert tls.recv(4) == bytes(4)
        renew = endpoint.live.renew_credentials
        endpoint.thread.loop.call_soon_threadsafe(
            renew, credentials("cso-elm", "2025")
        )  # nothing new
        endpoint.thread.loop.call_soon_threadsafe(
            renew, credentials("cso-elm", "2025", pki_with("revoked"))
        )
        assert tls.recv(100) + tls.recv(100) == b"\0\0\0\6CRT-17"
    assert [note.error.rule_id for note in endpoint.noted()] == ["CRT-17"]
