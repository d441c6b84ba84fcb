"""The channel: two sides of it in memory, what it offers, and what is left to no library; the
clock is the real one.
"""

import contextlib
import json
import re
import socket
import ssl
import subprocess
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from refimpl.edition import load
from refimpl.errors import Malformed, Misuse, RoamingError, Untrusted
from refimpl.network import Network
from refimpl.play.example import NETWORK
from refimpl.security.defects import DEFECTS
from refimpl.security.pki import Algorithm, roaming_pki
from refimpl.tls.channel import HANDSHAKE_BYTES, Channel, Credentials
from refimpl.wire import MAX_BYTES
from tests.live import (
    NOW,
    SEED,
    EndpointThread,
    credentials,
    pem_files,
    pki_with,
    tls_connection,
    with_rsa_key,
)

ROOT = Path(__file__).parents[1]


# --- without a socket -------------------------------------------------------------------------


def pair(
    opening: Credentials | None = None, accepting: Credentials | None = None
) -> tuple[Channel, Channel]:
    """csp-alba, that opens a channel to cso-elm."""
    mine, yours = opening or credentials("csp-alba"), accepting or credentials("cso-elm")
    return Channel(mine, accepting=False, expected="cso-elm"), Channel(yours, accepting=True)


def exchange(
    one: Channel, other: Channel, now: datetime = NOW, piece: int = 10**6
) -> dict[Channel, RoamingError]:
    """Let both say what they have to say; the first fault of each, which ends what that one has
    to say.
    """
    faults: dict[Channel, RoamingError] = {}
    for _ in range(8):
        for speaker, hearer in ((one, other), (other, one)):
            raw = speaker.data_to_send()
            for start in range(0, len(raw), piece):
                if hearer not in faults:
                    try:
                        hearer.receive_data(raw[start : start + piece], now)
                    except RoamingError as error:
                        faults[hearer] = error
                        hearer.close(error)
    return faults


def open_pair(**given: Any) -> tuple[Channel, Channel]:
    one, other = pair(**given)
    assert not exchange(one, other)
    assert one.admitted
    assert other.admitted
    return one, other


@pytest.mark.parametrize("algorithm", ["P-256", "Ed25519"])
@pytest.mark.parametrize("edition", ["2019", "2025"])
@pytest.mark.parametrize("piece", [1, 1000, 10**6])
def test_two_endpoints_meet(edition: str, algorithm: Algorithm, piece: int) -> None:
    pki = roaming_pki(NETWORK, seed=SEED, now=NOW, algorithm=algorithm)
    one, other = pair(
        credentials("csp-alba", edition, pki), credentials("cso-elm", edition, pki)
    )
    assert not exchange(one, other, piece=piece)
    assert one.peer
    assert other.peer
    assert (one.peer.entity_id, other.peer.entity_id) == ("cso-elm", "csp-alba")
    one.send_frame(b"ask")
    one.send_frame(b"x" * MAX_BYTES)
    other.send_frame(b"tell")
    assert not exchange(one, other, piece=piece)
    assert (list(one.frames), list(other.frames)) == ([b"tell"], [b"ask", b"x" * MAX_BYTES])


# Which side finds a defect of csp-alba is a question of whose CRLs are defective; the one that
# opens comes first.
@pytest.mark.parametrize("defect", DEFECTS)
@pytest.mark.parametrize("edition", ["2019", "2025"])
def test_no_defect_gets_through(defect: str, edition: str) -> None:
    good = pki_with()
    for opens in (True, False):
        if defect == ("client-only" if opens else "server-only"):
            continue  # good enough for this side
        name, side = ("csp-alba", "opening") if opens else ("cso-elm", "accepting")
        defective = pki_with(defect, name)
        # a PKI with a defective CRL is everybody's PKI, and only the other side reads it
        other = "cso-elm" if opens else "csp-alba"
        chains = credentials(name, edition, defective)
        reader = replace(credentials(other, edition, good), crls=defective.crls)
        bearer = replace(chains, crls=good.crls, roots=credentials(other, edition).roots)
        one, two = pair(**{side: bearer, "accepting" if opens else "opening": reader})
        faults = exchange(one, two)
        finder, found_out = (two, one) if opens else (one, two)
        assert finder in faults, f"{defect} of the {side} side"
        assert faults[finder].rule_id.startswith(("CRT-", "TLS-13"))
        assert not finder.admitted
        assert finder.peer is None
        assert faults[found_out].rule_id == "TLS-7"


def test_nothing_before_the_empty_frame() -> None:
    one, other = pair()
    other.receive_data(one.data_to_send(), NOW)
    one.receive_data(other.data_to_send(), NOW)
    assert one.peer, "with TLS 1.3 the handshake of the client is over now"
    assert not one.admitted
    with pytest.raises(Misuse, match="TLS-8"):
        one.send_frame(b"too early")
    other.receive_data(one.data_to_send(), NOW)
    one.receive_data(other.data_to_send(), NOW)
    assert one.admitted


def test_speech_before_the_empty_frame() -> None:
    """A peer that says something before the empty frame is no endpoint."""
    one, other = pair()
    other.admitted = True  # it will think so
    other.send_frame = lambda payload: None  # type: ignore[method-assign]  # and say no empty frame
    exchange(one, other)
    other._write_frame(b"hello")
    assert [fault.rule_id for fault in exchange(one, other).values()] == ["TLS-8", "TLS-7"]


def raw_frame(channel: Channel, data: bytes) -> None:
    channel._tls.write(data)


@pytest.mark.parametrize("length", [MAX_BYTES + 1, 2**31, 2**32 - 1])
def test_a_long_frame_is_refused(length: int) -> None:
    """A frame that is too long is refused by its head."""
    one, other = open_pair()
    one.send_frame(b"fine")
    raw_frame(one, length.to_bytes(4, "big"))
    faults = exchange(one, other)
    assert (faults[other].rule_id, faults[one].rule_id) == ("TLS-9", "TLS-7")
    assert list(other.frames) == [b"fine"]
    with pytest.raises(Misuse, match="TLS-9"):
        open_pair()[0].send_frame(b"x" * (MAX_BYTES + 1))


def test_a_said_and_an_unsaid_end() -> None:
    one, other = open_pair()
    one.close()
    assert not exchange(one, other)
    assert other.closed

    _, other = open_pair()
    with pytest.raises(Malformed, match="TLS-6 at unexpected eof"):
        other.receive_data(b"", NOW)

    one, other = open_pair()
    raw_frame(one, b"\0\0\0\x09half")
    one.close()
    assert exchange(one, other)[other].rule_id == "TLS-9"
    assert other.partial


def test_the_rule_is_said() -> None:
    """A peer that is turned away is told the rule."""
    one, other = open_pair()
    other.close(Untrusted("TLS-12", "a flood"))
    (fault,) = exchange(one, other).values()
    assert (fault.rule_id, fault.where) == ("TLS-7", "the peer says TLS-12")


@pytest.mark.parametrize(
    "junk",
    [b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100, b"\x16\x03\x01\xff\xff", b"SSH-2.0-x\r\n", b""],
)
def test_what_is_not_tls_is_said_to_be_so(junk: bytes) -> None:
    _, other = pair()
    with pytest.raises(Malformed, match="TLS-6"):
        other.receive_data(junk, NOW)


def test_a_handshake_is_bounded() -> None:
    _, other = pair()
    start = b"\x16\x03\x01\x40\x00\x01\x01\xff\xff\x03\x03"  # a greeting of 128 KB, as long as OpenSSL would read
    for _ in range(HANDSHAKE_BYTES // (16384 + 5)):
        other.receive_data(start + bytes(16384 + 5 - len(start)), NOW)
        start = b"\x16\x03\x01\x40\x00"
    with pytest.raises(
        Malformed, match=f"TLS-6 at a handshake of more than {HANDSHAKE_BYTES} bytes"
    ):
        other.receive_data(start + bytes(16384), NOW)


def test_a_peer_is_of_the_network() -> None:
    """A peer is an entity of the network and of its kind."""
    stranger = Network(entities=tuple(one for one in NETWORK.entities if one.id != "csp-alba"))
    one, other = pair(accepting=replace(credentials("cso-elm"), network=stranger))
    assert str(exchange(one, other)[other]) == "TLS-13 at csp-alba, csp"


def test_a_peer_is_the_one_that_was_called() -> None:
    one = Channel(credentials("csp-alba"), accepting=False, expected="cso-fjord")
    other = Channel(credentials("cso-elm"), accepting=True)
    faults = exchange(one, other)
    assert str(faults[one]) == "CRT-10 at cso-elm, not cso-fjord"
    assert str(faults[other]) == "TLS-7 at the peer says CRT-10"
    assert one.peer is None


def test_credentials_know_their_numbers() -> None:
    """Credentials with an older list than was known are not taken, whoever brings it."""
    then, now = (
        roaming_pki(NETWORK, seed=SEED, now=NOW - timedelta(hours=hours)) for hours in (1, 0)
    )
    fresh = credentials("csp-alba", pki=now)
    known = fresh.check_crl_numbers({})
    assert len(known) == 3
    assert fresh.check_crl_numbers(known) == known
    for older in then.crls:
        (newer,) = (crl for crl in now.crls if crl.issuer == older.issuer)
        mixed = tuple(older if crl is newer else crl for crl in now.crls)
        with pytest.raises(Untrusted, match="CRT-20"):
            replace(fresh, crls=mixed).check_crl_numbers(known)


def test_a_known_chain_runs_out() -> None:
    """A chain that was good is looked at again once anything in it has run out."""
    mine = credentials("cso-elm")
    one, other = open_pair(accepting=mine)
    chain, purpose = other.chain, other.purpose
    assert mine.admit_peer(chain, purpose, NOW + timedelta(days=6)).entity_id == "csp-alba"
    with pytest.raises(Untrusted, match="CRT-16"):
        mine.admit_peer(chain, purpose, NOW + timedelta(days=7))
    with pytest.raises(Untrusted, match="CRT-5"):
        mine.admit_peer(chain, purpose, NOW - timedelta(days=1))
    with pytest.raises(Untrusted, match="CRT-1 "):
        mine.admit_peer((b"junk",), purpose, NOW)
    assert one.peer


@pytest.mark.parametrize(
    ("later", "fault"), [(timedelta(), None), (timedelta(days=8), "CRT-16")]
)
def test_a_resumed_session_is_checked(later: timedelta, fault: str | None) -> None:
    """With TLS 1.2 the library resumes and looks at nothing; a week later the CRL is stale, and
    the model sees it.
    """
    mine, yours = credentials("csp-alba", "2019"), credentials("cso-elm", "2019")
    mine.opening.maximum_version = ssl.TLSVersion.TLSv1_2
    one, other = open_pair(opening=mine, accepting=yours)
    session = one._tls.session
    one.close()
    exchange(one, other)
    again_to, hears, says = Channel(yours, accepting=True), ssl.MemoryBIO(), ssl.MemoryBIO()
    again = mine.opening.wrap_bio(
        hears, says, session=session
    )  # the model's own client never resumes
    found = None
    for _ in range(3):
        with contextlib.suppress(ssl.SSLWantReadError):
            again.do_handshake()
        try:
            if raw := says.read():
                again_to.receive_data(raw, NOW + later)
        except Untrusted as error:
            found = error.rule_id
        hears.write(again_to.data_to_send())
    assert again.session_reused
    assert (found, again_to.admitted) == (fault, fault is None)


# --- settings ---------------------------------------------------------------------------------

FOUR = {0xC02B, 0xC02C, 0xC02F, 0xC030}  # RFC 9325, 4.2, by their numbers (RFC 5289)
SUITES = {
    f"ECDHE-{kind}-{cipher}"
    for kind in ("ECDSA", "RSA")
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384")
}
TLS13 = {0x1301, 0x1302, 0x1303}  # RFC 8446, B.4
NO_RENEGOTIATION = 0x00FF  # a signal that looks like a suite (RFC 5746)


@pytest.mark.parametrize(
    ("edition", "suites", "versions"),
    [("2019", TLS13 | FOUR, {0x304, 0x303}), ("2025", TLS13, {0x304})],
)
def test_the_offer_is_the_editions(edition: str, suites: set[int], versions: set[int]) -> None:
    """What is offered is what the edition asks for."""
    hello = Channel(credentials("csp-alba", edition), accepting=False).data_to_send()
    assert (hello[0], hello[5]) == (22, 1)
    place = 43 + 1 + hello[43]  # after record and message heads, version, random and session id
    length = int.from_bytes(hello[place : place + 2], "big")
    offered = {
        int.from_bytes(hello[n : n + 2], "big") for n in range(place + 2, place + 2 + length, 2)
    }
    assert offered - {NO_RENEGOTIATION} == suites
    found = re.search(rb"\x00\x2b\x00.(.)((?:\x03.)+)", hello, re.DOTALL)  # supported_versions
    assert found
    listed = found[2][: found[1][0]]
    assert {
        int.from_bytes(listed[n : n + 2], "big") for n in range(0, len(listed), 2)
    } == versions


@pytest.mark.parametrize("edition", ["2019", "2025"])
def test_no_setting_is_left_to_the_library(edition: str) -> None:
    own = credentials("cso-elm", edition)
    for context in (own.accepting, own.opening):
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.verify_flags & ssl.VERIFY_X509_STRICT
        assert context.verify_flags & ssl.VERIFY_CRL_CHECK_CHAIN == ssl.VERIFY_CRL_CHECK_CHAIN
        assert not context.verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN
        for option in (ssl.OP_NO_TICKET, ssl.OP_NO_RENEGOTIATION, ssl.OP_NO_COMPRESSION):
            assert context.options & option
        assert not context.options & ssl.OP_IGNORE_UNEXPECTED_EOF
        assert not context.keylog_filename
        assert context.security_level == 2
        assert [cert["subject"] for cert in context.get_ca_certs()] == [
            (
                (("organizationName", "TEST ONLY iec63119-refimpl"),),
                (("commonName", "ca-root"),),
            )
        ]
        twelve = {
            each["name"] for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"
        }
        assert twelve == SUITES
    assert own.accepting is own.accepting, "they are made once"
    assert own.accepting.num_tickets == 0


def test_no_version_no_channel() -> None:
    """An edition that names no version has no channel."""
    tables = load("2025")
    blank = replace(
        tables, protocols={key: row for key, row in tables.protocols.items() if key != "tls"}
    )
    with pytest.raises(Misuse, match="TLS-1 at edition 2025 asks for TLS None"):
        Channel(replace(credentials("csp-alba"), edition=blank), accepting=False)


def test_no_suites_no_channel() -> None:
    """An edition with TLS 1.2 and no suites for it has no channel."""
    blank = replace(load("2019"), suites={})
    with pytest.raises(
        Misuse, match=r"TLS-2 at edition 2019 has TLS 1\.2 and no suites for it"
    ):
        Channel(replace(credentials("csp-alba"), edition=blank), accepting=False)


def test_no_key_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key is ever written in the clear."""
    written: list[bytes] = []
    places: set[Path] = set()
    keep = Path.write_bytes

    def spy(path: Path, data: bytes) -> int:
        written.append(data)
        places.add(path.parent)
        return keep(path, data)

    monkeypatch.setattr(Path, "write_bytes", spy)
    own = credentials("cso-elm")
    assert own.accepting.verify_mode is ssl.CERT_REQUIRED
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in b"".join(written)
    assert b"BEGIN PRIVATE KEY" not in b"".join(written)
    assert not any(place.exists() for place in places)
    assert "PRIVATE" not in repr(own)


def test_suites_of_the_first_edition(endpoints: EndpointThread) -> None:
    """An endpoint of the first edition takes four suites of TLS 1.2 and no other."""
    both = credentials("cso-elm", "2019")
    with_rsa_key(both).load_into(
        both.accepting
    )  # two of the four want a certificate the profile does not have
    own = pem_files(pki_with())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(own.chain, own.key)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    suites = [suite["name"] for suite in context.get_ciphers()]
    suites = [name for name in suites if not name.startswith("TLS_")]  # those of TLS 1.3
    assert len(suites) > 50
    taken: dict[int, set[str]] = {}
    for served in (
        endpoints.serve("cso-elm", "2019", credentials=both),
        endpoints.serve("cso-elm", "2019"),
    ):
        found = taken.setdefault(served.port, set())
        for suite in suites:
            context.set_ciphers(f"{suite}:@SECLEVEL=0")
            unconnected = context.wrap_socket(socket.socket())
            with suppress(OSError), tls_connection(served.port, unconnected) as tls:
                found.add((tls.cipher() or ("",))[0])
    with_rsa, without = taken.values()
    assert with_rsa == SUITES
    assert without == {suite for suite in SUITES if "ECDSA" in suite}


SSLYZE = ROOT / ".bench/sslyze/bin/python"


@pytest.mark.skipif(
    not SSLYZE.exists(),
    reason="no sslyze; python -m venv .bench/sslyze, and install sslyze==6.3.1 there",
)
@pytest.mark.parametrize(
    ("edition", "taken"), [("2025", {"tls_1_3"}), ("2019", {"tls_1_3", "tls_1_2"})]
)
def test_a_scanner_finds_nothing_weak(
    endpoints: EndpointThread, tmp_path: Path, edition: str, taken: set[str]
) -> None:
    served, own, out = (
        endpoints.serve("cso-elm", edition),
        pem_files(pki_with()),
        tmp_path / "found.json",
    )
    command = [
        str(SSLYZE),
        "-m",
        "sslyze",
        f"--json_out={out}",
        "--cert",
        str(own.chain),
        "--key",
        str(own.key),
    ]
    command += [
        "--sslv3",
        "--tlsv1",
        "--tlsv1_1",
        "--tlsv1_2",
        "--tlsv1_3",
        "--compression",
        "--reneg",
    ]
    command += [
        "--heartbleed",
        "--openssl_ccs",
        "--robot",
        "--early_data",
        "--elliptic_curves",
        "--resum",
        "--ems",
    ]
    subprocess.run(
        [*command, f"localhost:{served.port}"], capture_output=True, check=False, timeout=60
    )
    (server,) = json.loads(out.read_text())["server_scan_results"]
    assert server["scan_status"] == "COMPLETED", server["connectivity_error_trace"]
    found = {
        name: scan["result"]
        for name, scan in server["scan_result"].items()
        if scan["status"] == "COMPLETED"
    }
    suites = {
        name.removesuffix("_cipher_suites"): one
        for name, one in found.items()
        if name.endswith("_cipher_suites")
    }
    assert len(suites) == 5
    assert {name for name, one in suites.items() if one["accepted_cipher_suites"]} == taken
    if "tls_1_2" in taken:
        names = {
            one["cipher_suite"]["openssl_name"]
            for one in suites["tls_1_2"]["accepted_cipher_suites"]
        }
        assert names == {suite for suite in SUITES if "ECDSA" in suite}
    assert not found["tls_compression"]["supports_compression"]
    assert not found["tls_1_3_early_data"]["supports_early_data"]
    assert not found["heartbleed"]["is_vulnerable_to_heartbleed"]
    assert not found["openssl_ccs_injection"]["is_vulnerable_to_ccs_injection"]
    assert not found["session_renegotiation"]["is_vulnerable_to_client_renegotiation_dos"]
    assert found["robot"]["robot_result"] in {
        "NOT_VULNERABLE_RSA_NOT_SUPPORTED",
        "NOT_VULNERABLE_NO_ORACLE",
    }
    curves = {curve["name"] for curve in found["elliptic_curves"]["supported_curves"]}
    assert curves <= {"X25519", "X448", "secp256r1", "secp384r1", "secp521r1"}
    assert found["session_resumption"]["tls_ticket_successful_resumptions_count"] == 0
