"""Lines that are told whether they are read or not."""

import io
import os
import threading
import time

from refimpl.cli import telling
from refimpl.cli.telling import Teller


def dropped_line(number: int) -> str:
    return f"{number} dropped"


def test_lines_in_order() -> None:
    """What is read is told in order, to its end."""
    out = io.StringIO()
    teller = Teller(out, dropped_line)
    for number in range(100):
        teller.tell(str(number))
    teller.end()
    assert out.getvalue().split() == [str(number) for number in range(100)]


def test_an_unread_pipe() -> None:
    """A pipe that is not read holds up nothing; what was dropped is counted and told."""
    reads, writes = os.pipe()
    with os.fdopen(writes, "w") as out:
        teller = Teller(out, dropped_line)
        begun = time.monotonic()
        line = "x" * 1_000
        for _ in range(telling.WAITING + 500):
            teller.tell(line)
        teller.end()
        assert time.monotonic() - begun < 5 * telling.PATIENCE
        assert 0 < teller.dropped <= 500
        heard = []

        def read_all() -> None:
            with os.fdopen(reads) as pipe:
                heard.extend(pipe.read().splitlines())

        reader = threading.Thread(target=read_all)
        reader.start()
        while not teller._lines.empty():
            time.sleep(0.01)
        teller.end()
    reader.join(60)
    assert heard.count(line) == telling.WAITING + 500 - teller.dropped
    assert f"{teller.dropped} dropped" in heard


def test_a_reader_that_went_away() -> None:
    """A reader that goes away is no fault of the endpoint."""
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "w") as out:
        teller = Teller(out, dropped_line)
        teller.tell("one")
        teller.tell("two")
        teller.end()
        assert teller.dropped == 2
