"""The commands `serve`, `probe` and `pki new`; what runs until it is told to end, in a process
of its own.
"""

import asyncio
import contextlib
import gc
import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any, Final

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rpds import HashTrieMap

from refimpl.cli.endpoints import _with_holdings
from refimpl.errors import Untrusted
from refimpl.messages import SessionProgressNotice
from refimpl.play.example import NETWORK
from refimpl.play.journeys import JOURNEYS
from refimpl.security.pki_files import crl_numbers, write
from refimpl.setting import Setting
from refimpl.tls.message_protection import MessageProtection
from refimpl.tls.probing import probe
from refimpl.tls.serving import LiveEndpoint, Note
from refimpl.vocabulary import Ground, Phase, Protection
from refimpl.wire import MAX_BYTES, encode
from tests.fuzz import mutations as der
from tests.hostile.channels import Channel, Partner
from tests.live import (
    ENVELOPE,
    NOW,
    EndpointThread,
    PemFiles,
    admitted_connection,
    credentials,
    endpoint,
    frame,
    pem_files,
    pki_with,
    plain_connection,
    read_to_end,
    send_repeatedly,
)
from tests.programs import COMMAND, command, on, serving
from tests.test_connection import a_gigabyte_after_a_refusal, a_gigabyte_of_noise
from tests.world import EMAID, EVSE_ID, find_service, service_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a network file and the keys for it."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "network.json").write_bytes(NETWORK.model_dump_json(exclude_none=True).encode())
    write(pki_with(), folder / "pki")
    return folder


@pytest.mark.parametrize(("edition", "protection"), [*product(["2019", "2025"], Protection)])
def test_a_journey_of_three_processes(desk: Path, edition: str, protection: Protection) -> None:
    """A journey from the question to the record between three processes."""
    through = ("--mode", "clearing-house", "--edition", edition, "--protection", protection)
    with (
        serving(desk, "csp-alba", "--contract", EMAID, *through) as (csp, home),
        serving(desk, "house-north", "--peer", f"csp-alba={home}", *through) as (house, middle),
    ):
        phases, notes = asyncio.run(journey(edition, middle, protection))
        assert phases == [
            Phase.GRANTED,
            Phase.ACTIVE,
            Phase.ACTIVE,
            Phase.ENDED,
            Phase.RECORDED,
        ]
        assert notes == []
        for process in (csp, house):
            process.terminate()
            out, err = process.communicate(timeout=60)
            (counts,) = map(json.loads, out.splitlines())
            assert (counts["counts"].get("notes", 0), err) == (0, ""), "nothing was wrong"
            assert counts["counts"]["services"] == (1 if process is csp else 0)
            assert counts["counts"]["frames_received"] >= 5


async def journey(
    edition: str, house: str, protection: Protection
) -> tuple[list[Phase], list[Note]]:
    """The visited-CSO's side of a charging service, through a clearing house at an address."""
    notes: list[Note] = []
    host, _, port = house.rpartition(":")
    rep = endpoint("cso-elm", edition, "clearing-house")
    addresses = {"house-north": (host, int(port))}
    mine = credentials("cso-elm", edition)
    live = LiveEndpoint(
        rep, mine, notes.append, addresses, protection=MessageProtection(protection)
    )
    await live.start()
    setting = Setting(
        NETWORK,
        rep.edition,
        "clearing-house",
        "forward",
        "csp-alba",
        "cso-elm",
        "energy-transfer",
        EMAID,
        EVSE_ID,
    )
    phases = []
    for act in JOURNEYS["charge"].acts:
        session = find_service(live.rep, "service-1")
        live.send_message(
            act.message(setting, session, datetime.now(UTC).replace(microsecond=0)),
            "csp-alba",
            "service-1",
        )
        async with asyncio.timeout(10):
            while live.rep.outbox:
                await asyncio.sleep(0.005)
        phases.append(service_in(live.rep, "service-1").phase)
    await live.stop()
    return phases, notes


def test_a_flood_leaves_no_memory(desk: Path) -> None:
    """A gigabyte from strangers and peers is not remembered."""
    with serving(desk, "csp-alba") as (process, address):
        port = int(address.rpartition(":")[2])
        with admitted_connection(port):
            pass
        size = psutil.Process(process.pid).memory_info
        before, begun = size().rss, time.monotonic()
        for harm in (a_gigabyte_of_noise, a_gigabyte_after_a_refusal):
            with harm(port) as stream:
                read_to_end(stream)
        with admitted_connection(port, "cso-elm") as stream:
            send_repeatedly(stream, frame(encode(ENVELOPE)) * 100, 2**30)
        with contextlib.ExitStack() as crowd:
            for _ in range(300):
                crowd.enter_context(plain_connection(port))
            with contextlib.suppress(OSError):
                admitted_connection(port).close()
            assert size().rss - before < 24 * 2**20
        assert time.monotonic() - begun < 20


def test_what_serve_tells(desk: Path) -> None:
    """Serve tells its address and then what is wrong and nothing secret."""
    with serving(desk, "csp-alba", "--contract", EMAID) as (process, address):
        port = int(address.rpartition(":")[2])
        with plain_connection(port) as stream:
            stream.sendall(b"GET /secret HTTP/1.1\r\n\r\n")
            read_to_end(stream)
        lie = ENVELOPE.model_copy(update={"sender": "cso-fjord"})
        told: dict[str, Any] = {
            "emaid": EMAID,
            "evse_id": EVSE_ID,
            "service": "energy-transfer",
            "at": ENVELOPE.sent_at,
        }
        begun = SessionProgressNotice(
            authorization=Ground.LIST, energy_wh=0, event="started", **told
        )
        unlisted = ENVELOPE.model_copy(update={"message": begun, "request_id": "r-2"})
        with admitted_connection(port, "cso-elm") as stream:
            for wrong in (lie, unlisted):
                stream.sendall(frame(encode(wrong)))
                stream.recv(1000)
            stream.sendall(frame(b'{"word":"hush"}'))
            read_to_end(stream)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    *notes, last = [json.loads(line) for line in out.splitlines()]
    assert last["counts"] == {
        "connections": 2,
        "dropped_lines": 0,
        "frames_received": 3,
        "frames_sent": 2,
        "notes": 4,
        "open_connections": 0,
        "services": 0,
        "waiting_messages": 0,
    }
    assert [(note["peer"], note["rule"]) for note in notes] == [
        ("", "TLS-6"),
        ("cso-elm", "REP-2"),
        ("cso-elm", "AUT-2"),
        ("cso-elm", "WIR-3"),
    ]
    secrets = [EMAID, "secret", "hush", "PRIVATE"]
    secrets += [
        line
        for path in (desk / "pki").glob("*key.pem")
        for line in path.read_text().splitlines()[1:-1]
    ]
    assert not [word for word in secrets if word in out + err]


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (["--contract", "nonsense"], "EMA-"),
        (["--contract", "rfid:04a2"], "CRD-2"),
        (["--contract", "nfc:04A2B3C4"], "CRD-2"),
        (["--evse", "hello"], "EVS-"),
        (["--mode", "bogus"], "NET-6"),
        (["--peer", "nobody=127.0.0.1:1"], "NET-1"),
        (["--peer", "127.0.0.1:1"], "ENTITY=HOST:PORT"),
        (["--pki", "nowhere"], "PKI-3"),
        (["--store", "x.store", "--memory"], "leave one of them out"),
    ],
)
def test_serve_refuses_to_begin(desk: Path, wrong: list[str], rule: str) -> None:
    """Serve does not begin with what it could not use."""
    done = command("serve", *on("csp-alba"), *wrong, cwd=desk)
    assert done.returncode in (1, 2)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert rule in done.stderr


def test_holdings_as_people_write_them() -> None:
    """What is held is held as messages carry it; a DIN EVSE ID gets its plus."""
    held = _with_holdings(
        replace(endpoint("cso-elm"), contracts=HashTrieMap(), evses=HashTrieMap()),
        ["de-8aa-ca2b3c4d5-l", "rfid:04A2B3C4"],
        ["49*810*000*438", "FR*A23*E45B*78C", "+49*810*1", "FRA23E1"],
    )
    card = sha256(b"04A2B3C4").hexdigest()
    assert set(held.contracts) == {"DE8AACA2B3C4D5L", f"rfid:{card}"}
    assert set(held.evses) == {"+49*810*000*438", "FRA23E45B78C", "+49*810*1", "FRA23E1"}


def test_a_contract_as_people_write_it(desk: Path) -> None:
    with serving(desk, "csp-alba", "--contract", "de-8aa-ca2b3c4d5-l") as (_, address):
        asked = ENVELOPE.message.model_copy(update={"emaid": "DE8AACA2B3C4D5L"})
        with admitted_connection(int(address.rpartition(":")[2]), "cso-elm") as stream:
            stream.sendall(frame(encode(ENVELOPE.model_copy(update={"message": asked}))))
            assert b'"granted":true' in stream.recv(10_000)


def test_own_keys_that_do_not_count(desk: Path, tmp_path: Path) -> None:
    """An endpoint that no peer will believe says so when it starts."""
    shutil.copy(desk / "network.json", tmp_path)
    write(pki_with("expired"), tmp_path / "pki")
    done = command(
        "serve", *on("csp-alba"), "--memory", "--seconds", "0", "--json", cwd=tmp_path
    )
    address, note, _ = map(json.loads, done.stdout.splitlines())
    assert address["store"] == "memory"
    assert (note["peer"], note["rule"]) == ("csp-alba", "CRT-5")


def test_what_the_store_counts(desk: Path, tmp_path: Path) -> None:
    """Each call that changed the endpoint is counted, a repetition is not."""
    kept = ("--store", str(tmp_path / "alba.store"))
    with serving(desk, "csp-alba", "--contract", EMAID, *kept) as (process, address):
        with admitted_connection(int(address.rpartition(":")[2]), "cso-elm") as stream:
            for _ in range(3):
                stream.sendall(frame(encode(ENVELOPE)))
                assert b'"granted":true' in stream.recv(10_000)
        process.terminate()
        out, _ = process.communicate(timeout=60)
    counts = json.loads(out.splitlines()[-1])["counts"]
    assert counts["kept_calls"] == 1
    assert counts["frames_received"] == 3
    assert 1 <= counts["snapshots"] <= counts["commits"]


def without_a_name(node: der.Node) -> der.Node:
    """An element of DER in which the name of the authority of partners is empty."""
    tag, content = node
    if isinstance(content, list):
        return tag, [*map(without_a_name, content)]
    return tag, b"" if content == b"ca-parties" else content


@pytest.mark.filterwarnings("ignore:Attribute's length must be")
def test_no_word_of_the_library(desk: Path, tmp_path: Path) -> None:
    """What a library warns of in a CRL is not said to whoever runs an endpoint."""
    shutil.copytree(desk, tmp_path, dirs_exist_ok=True)
    (file,) = (tmp_path / "pki").glob("*ca-parties.crl.pem")
    crl = x509.load_pem_x509_crl(file.read_bytes()).public_bytes(Encoding.DER)
    nameless = b"".join(der.node_bytes(without_a_name(one)) for one in der.nodes_of(crl) or ())
    file.write_bytes(x509.load_der_x509_crl(nameless).public_bytes(Encoding.PEM))
    with serving(tmp_path, "csp-alba") as (process, address):
        port = int(address.rpartition(":")[2])
        with pytest.raises(ssl.SSLError):
            Channel(Partner(port, tmp_path / "pki", "cso-elm"))
        process.terminate()
        out, err = process.communicate(timeout=60)
    assert '"CRT-14"' in out
    assert err == ""


def test_broken_keys_keep_the_old(desk: Path, tmp_path: Path) -> None:
    """Keys that cannot be read again are noted and the old ones stay."""
    shutil.copytree(desk, tmp_path, dirs_exist_ok=True)
    with serving(tmp_path, "csp-alba", "--contract", EMAID) as (process, address):
        shutil.rmtree(tmp_path / "pki")
        process.send_signal(signal.SIGHUP)
        assert process.stdout
        assert json.loads(process.stdout.readline())["rule"] == "PKI-3"
        with admitted_connection(int(address.rpartition(":")[2]), "cso-elm") as stream:
            stream.sendall(frame(encode(ENVELOPE)))
            assert b'"granted":true' in stream.recv(10_000)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[1] == ""


def test_serve_ends_and_rereads_keys(desk: Path, tmp_path: Path) -> None:
    shutil.copy(desk / "network.json", tmp_path)
    write(pki_with(), tmp_path / "pki")
    with serving(tmp_path, "cso-elm", "--seconds", "20") as (process, address):
        port = int(address.rpartition(":")[2])
        with admitted_connection(port) as stream:
            write(pki_with("revoked"), tmp_path / "pki", force=True)
            process.send_signal(signal.SIGHUP)
            assert read_to_end(stream) == frame(b"CRT-17")
    begun = time.monotonic()
    done = command("serve", *on("cso-elm"), "--seconds", "0.2", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"127\.0\.0\.1:\d+  \S+/iec63119/cso-elm\.store\n", done.stdout)
    assert time.monotonic() - begun < 10


def test_pki_new(desk: Path, tmp_path: Path) -> None:
    """`pki new` writes keys that others cannot read, and none twice."""
    arguments = ["pki", "new", str(tmp_path / "keys"), "--network", str(desk / "network.json")]
    done = command(*arguments, "--revoke", "csp-birch", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}
    kept = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    done = command(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "PKI-2" in done.stderr
    assert kept == {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    assert command(*arguments, "--force", cwd=tmp_path).returncode == 0
    assert kept != {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}


def test_pki_new_again(desk: Path, tmp_path: Path) -> None:
    """A second `pki new` over the first revokes by CRLs with higher numbers, at once."""
    folder = tmp_path / "keys"
    arguments = ["pki", "new", str(folder), "--network", str(desk / "network.json")]
    known: dict[str, int] = {}
    for revoke in ([], ["--revoke", "csp-birch"], []):
        done = command(*arguments, "--seed", "a", "--force", *revoke, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        numbers = crl_numbers(folder)
        assert all(number > known.get(ca, 0) for ca, number in numbers.items())
        assert len(numbers) == 3
        known = numbers


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_pki_new_is_interrupted(tmp_path: Path, sign: signal.Signals) -> None:
    """Of keys that were half written nothing is left."""
    network = {"entities": [{"id": f"csp-{n}", "kind": "csp"} for n in range(400)]}
    (tmp_path / "network.json").write_text(json.dumps(network))
    place = tmp_path / "place"
    place.mkdir()
    arguments = ["pki", "new", str(place / "keys"), "--network", "network.json"]
    with subprocess.Popen([*COMMAND, *arguments], cwd=tmp_path) as process:
        while not any(place.glob("*/new/*")):
            assert process.poll() is None, "it was over too soon"
            time.sleep(0.001)
        process.send_signal(sign)
        assert process.wait(60) == 130
    assert list(place.iterdir()) == []


def test_probe_of_the_model(
    desk: Path, endpoints: EndpointThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Probe finds nothing to say of an endpoint of the model."""
    monkeypatch.setenv("COLUMNS", "300")
    served = endpoints.serve("cso-elm", "2025")
    arguments = (*on("csp-alba"), "--edition", "2025")
    done = command("probe", f"127.0.0.1:{served.port}", *arguments, "--json", cwd=desk)
    assert done.returncode == 0, done.stderr
    assert {one["rule"]: one["holds"] for one in json.loads(done.stdout)} == dict.fromkeys(
        ["TLS-1", "TLS-2", "TLS-3", "TLS-4", "TLS-5", "TLS-8", "TLS-9"], True
    )
    old = endpoints.serve("cso-elm", "2019")
    done = command("probe", f"127.0.0.1:{old.port}", *arguments, cwd=desk)
    assert done.returncode == 1
    assert re.search(r"TLS-1 +no +TLS 1.2, 1.3; asked for: 1.3 or newer", done.stdout)
    assert re.search(r"TLS-5 +look at it", done.stdout)


HTML: Final = frame(b"<html>")
LONG_FRAME: Final = MAX_BYTES.to_bytes(4, "big")


def weak_server(own: PemFiles, stop: threading.Event, first: bytes = HTML) -> int:
    """A server as many are: any suite, TLS 1.2 too, nobody asked for a certificate, tickets,
    and a page of HTML; or the head of a long frame, of which a byte comes now and then.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = (
        ssl.TLSVersion.TLSv1_2
    )  # what else is the default depends on who built Python
    context.load_cert_chain(own.chain, own.key)
    context.set_ciphers("ALL:@SECLEVEL=0")
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)

    def greet(stream: socket.socket) -> None:
        stream.settimeout(5)
        with contextlib.suppress(OSError), context.wrap_socket(stream, server_side=True) as tls:
            tls.sendall(first)
            while first == LONG_FRAME and not stop.wait(0.2):
                tls.sendall(b"<")
            while tls.recv(100):
                pass
            tls.unwrap()

    def accept() -> None:
        with listener:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    threading.Thread(
                        target=greet, args=(listener.accept()[0],), daemon=True
                    ).start()

    threading.Thread(target=accept, daemon=True).start()
    port: int = listener.getsockname()[1]
    return port


def test_probe_of_another_server() -> None:
    stop = threading.Event()
    own = pem_files(pki_with("no-purpose", "cso-elm"), "cso-elm")
    try:
        found = probe("127.0.0.1", weak_server(own, stop), credentials("csp-alba"), NOW)
    finally:
        stop.set()
        gc.collect()
    told = {one.rule: (one.holds, one.found) for one in found}
    assert told["TLS-1"] == (False, "TLS 1.2, 1.3; asked for: 1.3 or newer")
    assert told["TLS-2"][0] is False
    assert "ECDHE-ECDSA-AES128-SHA" in told["TLS-2"][1]
    assert told["TLS-3"] == (False, "without a certificate we were not turned away")
    assert told["CRT-9"] == (False, "certificate 1 of 2: extended key usage")
    assert told["TLS-5"] == (
        None,
        "sessions of TLS 1.2, 1.3 are resumed; see that none outlives a new CRL",
    )
    assert told["TLS-8"] == (False, "with our certificate the first that came was <html>")
    assert told["TLS-9"] == (False, "the head of a frame of 4 GB was waited upon")


def test_probe_of_a_dripping_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame of which bytes drip ends with its time, and so does the look."""
    stop, own = threading.Event(), pem_files(pki_with(), "cso-elm")
    start = time.monotonic()
    try:
        port = weak_server(own, stop, LONG_FRAME)
        monkeypatch.setattr("refimpl.tls.probing.PATIENCE", 0.7)
        *found, last = probe("127.0.0.1", port, credentials("csp-alba"), NOW, 4.0)
    finally:
        stop.set()
    assert time.monotonic() - start < 5
    assert {one.rule for one in found} >= {"TLS-1"}
    assert (last.rule, last.holds) == ("TLS-10", False)


def test_probe_of_a_dripped_handshake() -> None:
    start = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            with listener.accept()[0] as stream, contextlib.suppress(OSError):
                stream.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
                for _ in range(1000):
                    stream.sendall(b"\x03")
                    time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        with pytest.raises(Untrusted, match="TLS-10"):
            probe("127.0.0.1", listener.getsockname()[1], credentials("csp-alba"), NOW, 1.0)
    assert time.monotonic() - start < 20  # of the 50 that it drips


def test_probe_without_tls() -> None:
    """Probe says that it can see nothing where there is no TLS."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            for _ in range(4):  # as many versions as there are
                listener.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        (found,) = probe("127.0.0.1", listener.getsockname()[1], credentials("csp-alba"), NOW)
    assert (found.rule, found.holds) == ("TLS-1", False)


def test_probe_where_nothing_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(Untrusted, match="TLS-14"):
        probe("127.0.0.1", port, credentials("csp-alba"), NOW)
