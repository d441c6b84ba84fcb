"""What a stranger or a partner does to an endpoint, until standard input ends, and for so many
seconds at most.

    python -m tests.hostile.loads LOAD PORT FOLDER ENTITY SECONDS

`FOLDER` holds the keys, and a file of frames for each entity.  It prints one line once the
load is on, and a line of JSON at the end: what it did, counted.
"""

import json
import os
import selectors
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count, cycle
from pathlib import Path
from typing import Final

from tests.hostile.channels import CHUNK, Partner, RecordChannel, connected, framed

CONNECTIONS: Final = 4
"""What a partner may have at once."""
STRANGERS: Final = 300
"""More than an endpoint has room for."""
PAUSE: Final = 0.05
AT_ONCE: Final = 16
"""How many of a crowd are opened at once, so that what an endpoint chooses is tested, and not how
many the system lets wait for it.
"""

Counts = Counter[str]


def frames_of(partner: Partner) -> list[bytes]:
    """The frames that the asserting side has put there for an entity: its requests."""
    raw = (partner.folder / f"{partner.name}.frames").read_bytes()
    frames = []
    while raw:
        length = 4 + int.from_bytes(raw[:4], "big")
        frames.append(raw[:length])
        raw = raw[length:]
    return frames


# --- Partners ---------------------------------------------------------------------------------


def flood(partner: Partner, until: float, counts: Counts) -> None:
    """Ask the same questions as fast as they are taken, on every connection, and read the
    answers.
    """
    _pour(partner, until, counts, cycle(packed(frames_of(partner))))


def flood_of_services(partner: Partner, until: float, counts: Counts) -> None:
    """The same, and every question opens a new service."""
    first = frames_of(partner)[0][4:]

    def questions() -> Iterator[bytes]:
        for number in count():
            name = f"{partner.name}-{number}".encode()
            fresh = first.replace(b'"m-0"', b'"n-%s"' % name)
            yield framed(fresh.replace(b'"service-0"', b'"flood-%s"' % name))

    def blocks() -> Iterator[bytes]:
        block = b""
        for one in questions():
            if len(block) + len(one) > CHUNK:
                yield block
                block = b""
            block += one

    _pour(partner, until, counts, blocks())


def deaf_flood(partner: Partner, until: float, counts: Counts) -> None:
    """The same questions as fast as they are taken, and no answer is read."""
    _pour(partner, until, counts, cycle(packed(frames_of(partner))), deaf=True)


def key_updates(partner: Partner, until: float, counts: Counts) -> None:
    """Change the keys again and again, and ask for the same."""
    _write(partner, until, counts, lambda line: line.records.key_update(asked=True))


def quiet_key_updates(partner: Partner, until: float, counts: Counts) -> None:
    """Change the keys again and again, and ask for nothing."""
    _write(partner, until, counts, lambda line: line.records.key_update(asked=False))


def empty_records(partner: Partner, until: float, counts: Counts) -> None:
    """Records with nothing in them."""
    _write(partner, until, counts, lambda line: line.records.record(b""))


def small_records(partner: Partner, until: float, counts: Counts) -> None:
    """Frames as fast as they are taken, a byte a record."""
    content = cycle(b"".join(frames_of(partner)))
    _write(partner, until, counts, lambda line: line.records.record(bytes((next(content),))))


def silence(partner: Partner, until: float, counts: Counts) -> None:
    """Half a frame, and then nothing, on every connection."""
    half = frames_of(partner)[0][:50]
    lines: list[RecordChannel] = []
    while time.monotonic() < until:
        for line in [one for one in lines if _is_over(one.stream)]:
            lines.remove(line)
            line.close()
        while len(lines) < CONNECTIONS and (opened := _opened(partner, counts)):
            opened.stream.sendall(opened.records.record(half))
            opened.stream.setblocking(False)
            lines.append(opened)
        _say_ready()
        time.sleep(PAUSE)


def coming_and_going(partner: Partner, until: float, counts: Counts) -> None:
    """Open a connection, and close it, and open the next one."""
    while time.monotonic() < until:
        if line := _opened(partner, counts):
            line.close()
        _say_ready()


def packed(frames: list[bytes]) -> list[bytes]:
    """The frames, as many in a block as a record holds."""
    blocks = [b""]
    for each in frames:
        if len(blocks[-1]) + len(each) > CHUNK:
            blocks.append(b"")
        blocks[-1] += each
    return blocks


def _opened(partner: Partner, counts: Counts, *, small: bool = False) -> RecordChannel | None:
    try:
        line = RecordChannel(partner, small=small)
    except OSError as error:
        counts[f"not opened: {type(error).__name__}"] += 1
        time.sleep(PAUSE)
        return None
    counts["opened"] += 1
    return line


def _pour(
    partner: Partner,
    until: float,
    counts: Counts,
    blocks: Iterator[bytes],
    deaf: bool = False,
) -> None:
    """Write blocks to every connection, as fast as each of them takes some."""

    def written(line: RecordChannel) -> bytes:
        block = next(blocks)
        counts["frames"] += block.count(b'"edition"')
        return line.records.record(block)

    _write(partner, until, counts, written, deaf=deaf)


def _write(
    partner: Partner,
    until: float,
    counts: Counts,
    record: Callable[[RecordChannel], bytes],
    deaf: bool = False,
) -> None:
    """Write records to every connection, as fast as each of them takes some, and open a new
    one for each that ends.
    """
    waiting: dict[RecordChannel, bytes] = {}
    with selectors.DefaultSelector() as selector:
        while time.monotonic() < until:
            if len(waiting) < CONNECTIONS and (line := _opened(partner, counts, small=deaf)):
                line.stream.setblocking(False)
                waiting[line] = b""
                wanted = selectors.EVENT_WRITE | (0 if deaf else selectors.EVENT_READ)
                selector.register(line.stream, wanted, line)
            for key, events in selector.select(PAUSE):
                line = key.data
                try:
                    if events & selectors.EVENT_READ:
                        _read_off(line.stream, counts)
                    if events & selectors.EVENT_WRITE:
                        _write_on(line, waiting, counts, record)
                except BlockingIOError:
                    pass
                except OSError as error:
                    counts[f"ended: {type(error).__name__}"] += 1
                    selector.unregister(line.stream)
                    line.close()
                    del waiting[line]
            _say_ready()


def _read_off(stream: socket.socket, counts: Counts) -> None:
    raw = stream.recv(2**18)
    if not raw:
        raise ConnectionResetError("closed")
    counts["bytes read"] += len(raw)


def _write_on(
    line: RecordChannel,
    waiting: dict[RecordChannel, bytes],
    counts: Counts,
    record: Callable[[RecordChannel], bytes],
) -> None:
    raw = waiting[line]
    while len(raw) < CHUNK:
        raw += record(line)
        counts["records"] += 1
    sent = line.stream.send(raw)
    counts["bytes"] += sent
    waiting[line] = raw[sent:]


# --- Strangers --------------------------------------------------------------------------------


def strangers(partner: Partner, until: float, counts: Counts) -> None:
    """Idle connections of one address, opened again where they are closed."""
    _crowd(partner, until, counts, lambda number: "127.0.0.1")


def strangers_from_afar(partner: Partner, until: float, counts: Counts) -> None:
    """Idle connections, each of another address."""
    _crowd(partner, until, counts, _address)


def dripping_strangers(partner: Partner, until: float, counts: Counts) -> None:
    """Connections that say what might become a greeting, a byte at a time."""
    _crowd(partner, until, counts, _address, drip=True)


def _address(number: int) -> str:
    """An address of this machine for each of a crowd."""
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


def _crowd(
    partner: Partner,
    until: float,
    counts: Counts,
    source: Callable[[int], str],
    drip: bool = False,
) -> None:
    crowd: dict[int, socket.socket] = {}
    greeting = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(1_000)
    said = Counter[int]()
    while time.monotonic() < until:
        for number in range(STRANGERS):
            if number % AT_ONCE == 0:
                time.sleep(PAUSE / 4)
            stream = crowd.get(number)
            if stream is not None and _is_over(stream):
                crowd.pop(number).close()
                counts["closed"] += 1
                stream = None
            if stream is None:
                with suppress(OSError):
                    stream = connected(partner.port, source=source(number))
                    stream.setblocking(False)
                    crowd[number] = stream
                    said[number] = 0
                    counts["opened"] += 1
            if drip and stream is not None:
                with suppress(OSError):
                    stream.send(greeting[said[number] : said[number] + 1])
                    said[number] += 1
        _say_ready()


def wrong_connections(partner: Partner, until: float, counts: Counts) -> None:
    """Strangers that speak no TLS, each worth a note."""
    while time.monotonic() < until and counts["opened"] < 1_000:
        with suppress(OSError), connected(partner.port, 0.5) as stream:
            counts["opened"] += 1
            stream.sendall(b"GET / HTTP/1.1\r\n\r\n")
            while stream.recv(CHUNK):
                pass
        _say_ready()


def _is_over(stream: socket.socket) -> bool:
    """Whether the other side has hung up; what it said before is read off."""
    with suppress(BlockingIOError):
        try:
            while stream.recv(CHUNK):
                pass
        except ConnectionError:
            pass
        return True
    return False


# --- All of them ------------------------------------------------------------------------------

LOADS: Final[dict[str, Callable[[Partner, float, Counts], None]]] = {
    load.__name__: load
    for load in (
        coming_and_going,
        deaf_flood,
        dripping_strangers,
        empty_records,
        flood,
        flood_of_services,
        key_updates,
        quiet_key_updates,
        silence,
        small_records,
        strangers,
        strangers_from_afar,
        wrong_connections,
    )
}
_said: set[str] = set()


def _say_ready() -> None:
    if not _said:
        _said.add("ready")
        print("ready", flush=True)


def _end_with_stdin(counts: Counts) -> None:
    """End as soon as the asserting side has seen enough, or is no more."""
    sys.stdin.read()
    print(json.dumps(counts), flush=True)
    os._exit(0)


def main(load: str, port: str, folder: str, name: str, seconds: str) -> None:
    """Put one load on an endpoint."""
    os.nice(10)  # a load on the endpoint, not on the machine
    counts = Counts()
    threading.Thread(target=_end_with_stdin, args=(counts,), daemon=True).start()
    partner = Partner(int(port), Path(folder), name)
    LOADS[load](partner, time.monotonic() + float(seconds), counts)
    _say_ready()
    print(json.dumps(counts))


if __name__ == "__main__":
    main(*sys.argv[1:])
