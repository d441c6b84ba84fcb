"""One charging service over one connection of this machine: authorized, started, ended, its
record handed over.

Beside the model's endpoint stand an OCPI server on plain HTTP, and a server written with
FastAPI on mutual TLS.  Each runs in a process of its own.  All clients are as thin as they can
be: they write four messages of a new service, read four answers and see that they are good
ones.
"""

import json
import re
import socket
import ssl
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from refimpl.edition import load
from refimpl.messages import AuthorizationAnswer, Envelope, Receipt, SessionProgressNotice
from refimpl.play.example import NETWORK
from refimpl.play.player import play
from refimpl.security.pki import Pki, roaming_pki
from refimpl.security.pki_files import MARK, write
from refimpl.security.protection import KeyRing, unprotect
from refimpl.tls.channel import CHUNK, Channel, Credentials
from refimpl.tls.message_protection import MessageProtection, ProtectedEnvelope
from refimpl.tls.serving import utc_now
from refimpl.vocabulary import Protection
from refimpl.wire import decode
from tests.bench import ROOT, Row, in_turns, installed

EDITION = load("2025")
HOME, VISITED = "csp-alba", "cso-elm"
MESSAGES = tuple(
    envelope.message
    for envelope in (
        decode(frame.raw) for frame in play("charge", EDITION, visited_cso=VISITED).frames
    )
    if envelope.sender == VISITED
    and not (
        isinstance(envelope.message, SessionProgressNotice)
        and envelope.message.event == "updated"
    )
)
ROUNDS, SECONDS = 31, 0.05


# --- The model --------------------------------------------------------------------------------


def pki(now: datetime) -> Pki:
    """The same at both ends."""
    return roaming_pki(NETWORK, seed=b"one charging service", now=now)


class Visitor:
    """A visited-CSO on one channel: `charge` is one service, from the question to the receipt
    for the record.
    """

    def __init__(self, port: int, credentials: Credentials, protection: Protection) -> None:
        self._numbers = count(1)
        self._credentials = credentials
        self._protection = MessageProtection(protection)
        peer, card = credentials.trusted_card(HOME, utc_now())
        own = credentials.leaf
        self._keys = KeyRing(
            {card.signing_key_id: (HOME, peer.signing_key)},
            {own.card.encryption_key_id: own.encryption_key},
        )
        self._socket = connected(port)
        self._channel = Channel(credentials, accepting=False, expected=HOME)
        while not self._channel.admitted:
            self._pass()

    def _pass(self) -> None:
        self._socket.sendall(self._channel.data_to_send())
        self._channel.receive_data(self._socket.recv(CHUNK), utc_now())

    def _ask(self, message: Any, correlation_id: str) -> Any:
        now = utc_now().replace(microsecond=0)
        asked = Envelope(
            correlation_id=correlation_id,
            edition=EDITION.id,
            message=message,
            receiver=HOME,
            request_id=f"m-{next(self._numbers)}",
            sender=VISITED,
            sent_at=now,
        )
        self._channel.send_frame(
            self._protection.write_frame(asked, ("", VISITED, HOME), self._credentials, now)
        )
        while not self._channel.frames:
            self._pass()
        answer = self._protection.read_frame(self._channel.frames.popleft())
        if isinstance(answer, ProtectedEnvelope):
            return unprotect(
                answer.message.text, self._keys, receiver=VISITED, now=now, seen=()
            ).message
        return answer.message

    def charge(self) -> None:
        correlation_id = f"service-{next(self._numbers)}"
        verdict, *receipts = (self._ask(message, correlation_id) for message in MESSAGES)
        assert isinstance(verdict, AuthorizationAnswer)
        assert verdict.granted
        assert receipts == [Receipt()] * 3

    def close(self) -> None:
        self._channel.close()
        with self._socket, suppress(OSError):  # after an interrupt the server may be gone first
            self._socket.sendall(self._channel.data_to_send())
            self._socket.shutdown(socket.SHUT_WR)
            while self._socket.recv(CHUNK):
                pass


# --- Its peers --------------------------------------------------------------------------------


class Http:
    """A kept-alive connection that says no more than HTTP needs."""

    def __init__(self, port: int, head: str = "", tls: ssl.SSLContext | None = None) -> None:
        self._socket = tls.wrap_socket(connected(port)) if tls else connected(port)
        self._head = f"HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n{head}content-length: "

    def ask(self, method: str, path: str, body: dict[str, Any]) -> Any:
        content = json.dumps(body).encode()
        self._socket.sendall(
            f"{method} {path} {self._head}{len(content)}\r\n\r\n".encode() + content
        )
        head, _, answer = self._socket.recv(CHUNK).partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        assert head.startswith(b"HTTP/1.1 200 "), head
        assert length, head
        while len(answer) < int(length[1]):
            answer += self._socket.recv(CHUNK)
        return json.loads(answer)

    def close(self) -> None:
        self._socket.close()


class Ocpi(Http):
    """A charge point operator of OCPI 2.2.1."""

    def __init__(self, port: int) -> None:
        super().__init__(port, f"authorization: Token {b64encode(b'secret').decode()}\r\n")
        self._numbers = count(1)

    def charge(self) -> None:
        name = f"service-{next(self._numbers)}"
        session, party = f"sessions/DE/AB7/{name}", {"country_code": "DE", "party_id": "AB7"}
        said = (
            (
                "POST",
                "tokens/token-1/authorize",
                {"location_id": "location-1", "evse_uids": ["evse-1"]},
            ),
            ("PUT", session, OCPI_SESSION | party | {"id": name}),
            ("PATCH", session, OCPI_ENDED),
            ("POST", "cdrs/", OCPI_CDR | party | {"id": f"cdr-{name}", "session_id": name}),
        )
        answers = [
            self.ask(method, f"/ocpi/emsp/2.2.1/{path}", body) for method, path, body in said
        ]
        assert [answer["status_code"] for answer in answers] == [1000] * 4, answers
        assert answers[0]["data"][0]["allowed"] == "ALLOWED"


STARTED, ENDED = "2025-07-08T12:00:00Z", "2025-07-08T13:00:00Z"
OCPI_TOKEN = {
    "contract_id": "DE8AA0012345670",
    "country_code": "DE",
    "party_id": "8AA",
    "type": "RFID",
    "uid": "token-1",
}
OCPI_SESSION = {
    "auth_method": "AUTH_REQUEST",
    "cdr_token": OCPI_TOKEN,
    "connector_id": "1",
    "currency": "EUR",
    "evse_uid": "evse-1",
    "kwh": 0,
    "last_updated": STARTED,
    "location_id": "location-1",
    "start_date_time": STARTED,
    "status": "ACTIVE",
}
OCPI_ENDED = {"end_date_time": ENDED, "kwh": 11, "last_updated": ENDED, "status": "COMPLETED"}
OCPI_CDR = {
    "auth_method": "AUTH_REQUEST",
    "cdr_location": {
        "address": "Market Square 1",
        "city": "Alba",
        "connector_format": "SOCKET",
        "connector_id": "1",
        "connector_power_type": "AC_3_PHASE",
        "connector_standard": "IEC_62196_T2",
        "coordinates": {"latitude": "50.770774", "longitude": "6.104965"},
        "country": "DEU",
        "evse_id": "DEAB7E8406487",
        "id": "location-1",
    },
    "cdr_token": OCPI_TOKEN,
    "charging_periods": [
        {"dimensions": [{"type": "ENERGY", "volume": 11}], "start_date_time": STARTED}
    ],
    "currency": "EUR",
    "end_date_time": ENDED,
    "last_updated": ENDED,
    "start_date_time": STARTED,
    "total_cost": {"excl_vat": 4},
    "total_energy": 11,
    "total_time": 1,
}


class Plain(Http):
    """The model's four messages as JSON, for the server written with FastAPI."""

    def __init__(self, port: int, tls: ssl.SSLContext) -> None:
        super().__init__(port, tls=tls)
        self._numbers = count(1)
        question, started, ended, told = (
            message.model_dump(mode="json", exclude_none=True) for message in MESSAGES
        )
        self._said = (
            ("/authorization", question),
            ("/progress", started),
            ("/progress", ended),
            ("/record", told["record"]),
        )

    def charge(self) -> None:
        ids = {"correlation_id": f"service-{next(self._numbers)}"}
        verdict, *receipts = (self.ask("POST", path, body | ids) for path, body in self._said)
        assert verdict["granted"]
        assert receipts == [{"kind": "receipt"}] * 3


# --- All of them ------------------------------------------------------------------------------


def connected(port: int) -> socket.socket:
    it = socket.create_connection(("127.0.0.1", port), timeout=10)
    it.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return it


@contextmanager
def served(python: str, server: str, *words: str) -> Iterator[tuple[int, str]]:
    """A server in a process of its own: its port, and what it runs on; it ends with us,
    whatever becomes of us.
    """
    command = [python, "-m", f"tests.bench.{server}", *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            port, _, runs_on = process.stdout.readline().strip().partition(" ")
            yield int(port), runs_on
        finally:
            process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def exchanges() -> Iterator[Row]:
    """The same charging service with each, in turns."""
    now = utc_now()
    made = pki(now)
    credentials = Credentials.from_pki(made, VISITED, NETWORK, EDITION)
    extrawest = installed("extrawest-ocpi", "py_ocpi", "uvicorn", beside="uvicorn[standard]")
    fastapi = installed("fastapi", "fastapi", "uvicorn", beside="uvicorn[standard]")
    with ExitStack() as stack:
        cases: dict[str, Callable[[], object]] = {}
        runs_on: dict[str, str] = {}

        def start(name: str, client: Callable[[int], Any], *command: str) -> None:
            port, runs_on[name] = stack.enter_context(served(*command))
            one = client(port)
            stack.callback(one.close)
            cases[name] = one.charge

        for level in (Protection.CHANNEL, Protection.SEALED):
            visitor = partial(Visitor, credentials=credentials, protection=level)
            start(level, visitor, sys.executable, "model_server", level, now.isoformat())
        if extrawest:
            start("extrawest", Ocpi, extrawest[1], "extrawest_server")
        if fastapi:
            folder = Path(stack.enter_context(TemporaryDirectory()), "pki")
            write(made, folder)
            names = (f"entity-{HOME}.chain", f"entity-{HOME}.key", "ca-root.cert")
            files = (str(folder / f"{MARK}{name}.pem") for name in names)
            start(
                "fastapi",
                partial(Plain, tls=credentials.opening),
                fastapi[1],
                "fastapi_server",
                *files,
            )
        took = in_turns(cases, ROUNDS, SECONDS)
    milli = {name: f"{seconds * 1e3:.2f} ms" for name, seconds in took.items()}
    for what, name, peer, title, target in (
        ("four messages over mutual TLS", Protection.CHANNEL, "extrawest", extrawest, 20),
        ("four messages over mutual TLS", Protection.CHANNEL, "fastapi", fastapi, 3),
        ("four messages signed and sealed", Protection.SEALED, "extrawest", extrawest, 2.5),
    ):
        if title is None:
            yield Row(
                f"{what}, of {peer}'s speed",
                None,
                "x",
                target,
                True,
                "not measured: it could not be installed",
            )
            continue
        how = "plain HTTP" if peer == "extrawest" else "mutual TLS"
        note = f"{milli[name]} against {milli[peer]} on {how}, {runs_on[peer]}"
        yield Row(
            f"{what}, of {title[0]}'s speed", took[peer] / took[name], "x", target, True, note
        )
