"""An implementation that is a service, or whose answers stand in a file."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from refimpl.conformance.reference import INTRODUCTION, answer_run
from tests.command import Said, call, one_line

pytestmark = pytest.mark.slow

BAD = "INTNM000191"
"""The text at which a service that is not well does what it does."""
VECTOR = "identifiers/accept-din-intnm000191"
DIN = ("--operation", "emaid.din-check-digit")

Deed = Callable[[BaseHTTPRequestHandler], None]


def right(handler: BaseHTTPRequestHandler, asked: Any) -> None:
    """Answer as the reference does."""
    said = INTRODUCTION if asked["cmd"] == "start" else answer_run(asked)
    respond(handler, 200, json.dumps(said).encode())


def respond(handler: BaseHTTPRequestHandler, status: int, body: bytes, **more: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in more.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Say a byte now and then, and never come to an end."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.2)


def flood(handler: BaseHTTPRequestHandler) -> None:
    """Say more than a line may have."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(2**30))
    handler.end_headers()
    for _ in range(2**14):
        handler.wfile.write(b"x" * 2**16)


def hurry_on(handler: BaseHTTPRequestHandler) -> None:
    """Say without end that the request may go on."""
    for _ in range(10_000_000):
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def send_elsewhere(handler: BaseHTTPRequestHandler) -> None:
    respond(handler, 302, b"", Location="http://127.0.0.1:1/elsewhere")


def fail(handler: BaseHTTPRequestHandler) -> None:
    respond(handler, 500, b"{}")


def answer_another(handler: BaseHTTPRequestHandler) -> None:
    respond(handler, 200, b'{"seq": "0", "outcome": "accept", "output": {}}')


@contextmanager
def service(deed: Deed | None = None) -> Iterator[tuple[str, list[str]]]:
    """The address of a service that is right, but for one question; and the paths asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            paths.append(self.path)
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if asked["cmd"] == "stop":
                respond(self, 200, b"{}")
            elif deed is not None and asked.get("input", {}).get("text") == BAD:
                deed(self)
            else:
                right(self, asked)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # the runner hangs up on what it does not want to hear

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/ask?by=runner", paths
    finally:
        server.shutdown()
        server.server_close()


def conform(*options: str) -> Said:
    return call("conform", "--seed", "7", "--json", *options)


def test_service_passes() -> None:
    with service() as (url, paths):
        said = conform("--http", url, "--family", "identifiers", "--family", "exchange")
    assert said.code == 0, said.err
    assert said.json["totals"]["pass"] > 1000
    assert {*paths} == {"/ask?by=runner"}


@pytest.mark.parametrize(
    ("deed", "verdict", "seen"),
    [
        (hang_up, "crash", ""),
        (drip, "timeout", "no answer in time"),
        (flood, "error", "a response of more than"),
        (hurry_on, "timeout", "no answer in time"),
        (send_elsewhere, "error", "status 302"),
        (fail, "error", "status 500"),
        (answer_another, "error", "answers '0', which was not asked"),
    ],
)
def test_service_is_not_well(deed: Deed, verdict: str, seen: str) -> None:
    began = time.monotonic()
    with service(deed) as (url, _):
        said = conform("--http", url, "--timeout", "1", *DIN)
    assert said.code == 1
    failed = [one for one in said.json["results"] if one["verdict"] != "pass"]
    assert [(one["id"], one["verdict"]) for one in failed] == [(VECTOR, verdict)] * 2
    assert all(seen in one["detail"] for one in failed)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1/", "does not introduce itself: Connection refused"),
        ("ftp://127.0.0.1/", "not the address of a service"),
        ("127.0.0.1:80", "not the address of a service"),
        ("http://", "names no host"),
        ("http://127.0.0.1:99999/", "not the address of a service"),
    ],
)
def test_no_service(url: str, said: str) -> None:
    refused = conform("--http", url)
    assert refused.code == 2
    assert said in one_line(refused)


def test_questions_by_lot_by_http() -> None:
    with service() as (url, _):
        said = conform("--http", url, "--random", "50", "--family", "identifiers")
    assert said.code == 0
    assert {*said.json["asked"].values()} == {50}


# --- A file -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers() -> list[str]:
    """The answers of the reference to what `conform questions` writes, a line each."""
    lines = [json.dumps(INTRODUCTION)]
    asked = call("conform", "questions", *DIN).out.splitlines()
    assert len(asked) == 24
    for line in asked:
        question = json.loads(line)
        place = {name: question[name] for name in ("id", "edition")}
        said = answer_run({**question, "seq": ""})
        del said["seq"]
        lines.append(json.dumps({**place, **said}))
    return lines


def from_file(folder: Path, lines: list[str]) -> Said:
    file = folder / "answers.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return conform("--results", str(file), *DIN)


def test_file_passes(tmp_path: Path, answers: list[str]) -> None:
    said = from_file(tmp_path, answers)
    assert said.code == 0, said.err
    assert said.json["totals"]["pass"] == 24
    assert said.json["implementation"]["name"] == "iec63119-refimpl"
    assert "have no canaries" in " ".join(said.json["warnings"])
    unnamed = from_file(tmp_path, answers[1:])
    assert unnamed.json["implementation"]["name"] == "unnamed"


def test_file_lacks_an_answer(tmp_path: Path, answers: list[str]) -> None:
    said = from_file(tmp_path, answers[:-1])
    assert said.code == 3
    assert said.json["totals"]["pass"] == 23
    assert not said.json["complete"]


def test_file_has_an_answer_twice(tmp_path: Path, answers: list[str]) -> None:
    said = from_file(tmp_path, [*answers, answers[-1]])
    assert said.code == 1
    assert said.json["totals"]["error"] == 1


def test_file_answers_what_is_not_asked(tmp_path: Path, answers: list[str]) -> None:
    other = {"id": "session/accept-a", "edition": "2025", "outcome": "accept", "output": {}}
    said = from_file(tmp_path, [*answers, json.dumps(other)])
    assert said.code == 0
    assert "answers session/accept-a in 2025, which is not asked" in said.json["warnings"]


@pytest.mark.parametrize("line", ["", "hello", "[1]", '{"id": 1, "id": 2}', "x" * 2**21])
def test_file_is_none(tmp_path: Path, answers: list[str], line: str) -> None:
    said = from_file(tmp_path, [*answers, line])
    assert said.code == 2
    assert "answers.jsonl" in one_line(said)


def test_one_way_at_a_time() -> None:
    assert "name one of" in one_line(conform("--http", "http://127.0.0.1:1", "--", "cat"))
    assert "name one of" in one_line(conform("--seed", "1"))
