"""What carrying charge detail records of OCPI and OICP over costs, each with its report written
out, beside a peer that only parses them.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import process_time
from typing import Final

from refimpl.crosswalk import protocol_of
from refimpl.crosswalk.examples import examples
from refimpl.crosswalk.streams import take_lines
from tests.bench import Row, in_turns, installed, output

IDS: Final = {"ocpi-2.2.1": "session_id", "oicp-2.3": "SessionID"}
"""The member that names the session of a record, by the protocol."""
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
DAYS: Final = 20_000
RECORDS, ROUNDS = 300, 7
RATE: Final = 5000
FEW, MANY = 1000, 100_000
MOST_OF_MEMORY: Final = 1.1
PEER_TIMES: Final = """
import sys, time
from py_ocpi.modules.cdrs.v_2_2_1.schemas import Cdr
lines = open(sys.argv[1], "rb").read().splitlines()
for line in lines: Cdr.parse_raw(line)
spent = []
for _ in range(int(sys.argv[2])):
    start = time.process_time()
    for line in lines: Cdr.parse_raw(line)
    spent.append((time.process_time() - start) / len(lines))
print(sorted(spent)[len(spent) // 2])
"""
PEAK: Final = """
import sys
from tests.bench.crosswalk import Numbered, carry
lines = Numbered(sys.argv[1], int(sys.argv[2]))
assert carry(sys.argv[1], lines) == int(sys.argv[2])
status = open("/proc/self/status").read()
print(status.partition("VmHWM:")[2].split()[0])
"""


class Numbered(BytesIO):
    """So many lines of an example's records, each of an id of its own, made as they are read."""

    def __init__(self, protocol: str, count: int) -> None:
        super().__init__()
        self._lines = lines_of(protocol, count)

    def readline(self, size: int | None = -1, /) -> bytes:
        """Return the next line, whatever `size` is: none is long."""
        return next(self._lines, b"")


def lines_of(protocol: str, count: int) -> Iterator[bytes]:
    """Make so many lines of an example's record, each of an id of its own, and of another day
    than the one before: no reader gains by having read the same times.
    """
    record = json.loads(examples()[f"{protocol}/cdr"])
    own = record[IDS[protocol]]
    text = json.dumps(record)
    day = date.fromisoformat(DAY.findall(text)[0])
    for number in range(count):
        line = text.replace(own, f"{own[:-7]}{number:07d}")
        moved = day + timedelta(days=number % DAYS)
        yield line.replace(str(day), str(moved)).encode() + b"\n"


def carry(protocol: str, lines: BytesIO) -> int:
    """Carry the record of each line over and write its report; return how many there were."""
    count = 0
    for taken in take_lines(protocol_of(protocol), lines):
        assert taken.report.refusal is None
        taken.report.canonical()
        count += 1
    return count


def peak(protocol: str, count: int) -> int:
    """The most memory, in KiB, that a process takes to carry so many records over.

    It is asked of Linux: `ru_maxrss` of a child begins with its parent's, and hides its own.
    """
    return int(output([sys.executable, "-c", PEAK, protocol, str(count)]))


def crosswalk() -> Iterator[Row]:
    """Records carried over in a second of one core, of either protocol, the memory that it
    takes, and how long a peer takes to parse the same ones.
    """
    texts = {name: b"".join(lines_of(name, RECORDS)) for name in IDS}
    took = in_turns(
        {name: _carrying(name, text) for name, text in texts.items()},
        rounds=ROUNDS,
        seconds=0,
        clock=process_time,
    )
    for name in IDS:
        spent = took.median(name) / RECORDS
        note = f"{spent * 1e6:.0f} µs of processor time a record, report written"
        yield Row(f"crosswalk from {name}", 1 / spent, "a second", RATE, True, note)
    yield _memory()
    yield _beside_peer(took.median("ocpi-2.2.1") / RECORDS, texts["ocpi-2.2.1"])


def _memory() -> Row:
    """The peak with many records, of that with few."""
    what = "crosswalk, peak memory"
    if not Path("/proc/self/status").exists():
        return Row(what, None, "x", MOST_OF_MEMORY, False, "only Linux tells it so")
    few, many = peak("ocpi-2.2.1", FEW), peak("ocpi-2.2.1", MANY)
    note = f"{many / 1024:.0f} MiB at {MANY:,} records, of that at {FEW:,}"
    return Row(what, many / few, "x", MOST_OF_MEMORY, False, note)


def _carrying(protocol: str, text: bytes) -> Callable[[], object]:
    return lambda: carry(protocol, BytesIO(text))


def _beside_peer(spent: float, text: bytes) -> Row:
    """How long ours takes, report included, of what the peer's model takes to parse."""
    what = "crosswalk from ocpi-2.2.1, of a peer's parsing"
    found = installed("extrawest-ocpi", "py_ocpi", "uvicorn", beside="uvicorn[standard]")
    if found is None:
        return Row(what, None, "x", None, False, "extrawest-ocpi could not be installed")
    title, python = found
    with NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(text)
        file.flush()
        theirs = float(output([python, "-c", PEER_TIMES, file.name, str(ROUNDS)]))
    return Row(
        what, spent / theirs, "x", None, False, f"{title}: {theirs * 1e6:.0f} µs a record"
    )
