"""Who makes the parts of a bulk: processes of this machine, or the workers of a Dask cluster.

Both hand parts out a few at a time and in order, and give them back as they are done; what a
worker that is killed had under way is made again by another.  The bytes of a part do not depend
on who made it, so neither does what lies there in the end.
"""

import os
import signal
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context, parent_process
from pathlib import Path
from socket import create_connection
from typing import Final
from urllib.parse import urlsplit

from refimpl.vectors.bulk import Order, Part, make_part, order
from refimpl.vectors.suite import BadSuite, suite_folder

Made = tuple[int, Part, bytes]
"""A part that is done: its number, what is in it, and its bytes."""
Workers = Callable[[Order, Sequence[int]], Iterator[Made]]
"""What makes the parts of these numbers, in any order."""

UNDER_WAY: Final = 2
"""How many parts each worker has, so that none waits for the next."""
DEATHS: Final = 3
"""How often workers may be lost, one after the other, before it is given up."""


# --- This machine -----------------------------------------------------------------------------


def on_this_machine(processes: int) -> Workers:
    """Make the parts in so many processes of this machine; with one, in this."""

    def work(made: Order, numbers: Sequence[int]) -> Iterator[Made]:
        if processes == 1:
            for number in numbers:
                yield (number, *make_part(made, number))
            return
        left = dict.fromkeys(numbers)
        for deaths in range(1, DEATHS + 1):
            try:
                for one in _in_processes(made, list(left), processes):
                    del left[one[0]]
                    yield one
            except BrokenProcessPool as error:
                if deaths == DEATHS:
                    raise BadSuite(
                        f"worker processes ended {DEATHS} times, perhaps for want of memory",
                        "the same command goes on; take fewer with --jobs",
                    ) from error
            else:
                return

    return work


def _in_processes(made: Order, numbers: Sequence[int], processes: int) -> Iterator[Made]:
    waiting = iter(numbers)
    context = get_context("spawn")  # which inherits nothing, on every system alike
    with ProcessPoolExecutor(processes, context, initializer=_follow_the_parent) as pool:
        under_way: dict[Future[tuple[Part, bytes]], int] = {}
        try:
            while True:
                for number in islice(waiting, processes * UNDER_WAY - len(under_way)):
                    under_way[pool.submit(make_part, made, number)] = number
                if not under_way:
                    return
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    yield (under_way.pop(future), *future.result())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _follow_the_parent() -> None:
    """Leave Ctrl-C, which a terminal tells every process, to the one that hands out the work;
    and end with it, however it ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


# --- A cluster --------------------------------------------------------------------------------


def on_a_cluster(scheduler: str) -> Workers:
    """Make the parts on the workers of a Dask scheduler at an address, each of which has this
    package; raises `BadSuite` where it is not there.
    """

    def work(made: Order, numbers: Sequence[int]) -> Iterator[Made]:
        try:
            from distributed import Client, as_completed
        except ImportError as error:
            raise BadSuite("--scheduler needs Dask", "install the extra cluster") from error
        _check_answers(scheduler)
        client = Client(scheduler)
        waiting = iter(numbers)
        asked = made._replace(folder=Path())  # each worker has its own
        with client:
            first = list(islice(waiting, UNDER_WAY * max(1, len(client.nthreads()))))
            # no list of them is kept, for a future that is held holds its part
            under_way = as_completed(
                client.map(_make_there, [asked] * len(first), first, retries=DEATHS)
            )
            for future in under_way:
                number, part, packed = future.result()
                yield number, part, zlib.decompress(packed)
                for following in islice(waiting, 1):
                    again = client.submit(_make_there, asked, following, retries=DEATHS)
                    under_way.add(again)

    return work


def _check_answers(scheduler: str) -> None:
    """Check that a scheduler is there, before Dask's own client begins to wait for it."""
    try:
        address = urlsplit(scheduler)
        with create_connection((address.hostname or "", address.port or 0), timeout=5):
            pass
    except (OSError, ValueError) as error:
        raise BadSuite(
            f"no scheduler answers at {scheduler}", "start `dask scheduler` first"
        ) from error


def _make_there(asked: Order, number: int) -> tuple[int, Part, bytes]:
    """Make a part from the suite that this worker has, if it is the one that is meant."""
    folder = suite_folder()
    here = order(folder, asked.family, asked.seed, asked.cases)
    if here.root_hash != asked.root_hash:
        raise BadSuite("a worker has another suite", "install the same version everywhere")
    part, raw = make_part(here, number)
    return number, part, zlib.compress(raw)
