"""Fair turns: what many want to have done is done a share at a time, each of them in turn.

One that wants much waits for itself and not for the others.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Worker = TypeVar("Worker")


class Turns(Generic[Worker]):
    """A line for each name; in one round the first of each line has a turn, and then `settle`
    is called.

    `work` does one share of what a worker wants done; one that wants more asks again.
    """

    def __init__(self, work: Callable[[Worker], None], settle: Callable[[], None]) -> None:
        self._work = work
        self._settle = settle
        self._lines: dict[str, deque[Worker]] = {}
        self._next_round: asyncio.Handle | None = None

    def ask(self, name: str, worker: Worker) -> None:
        """Put a worker at the end of the line of that name."""
        line = self._lines.get(name)
        if line is None:
            line = self._lines[name] = deque()
        line.append(worker)
        self._call_round()

    def stop(self) -> None:
        """Forget all that wait."""
        self._lines.clear()
        if self._next_round is not None:
            self._next_round.cancel()

    def _call_round(self) -> None:
        """Have a round when what came in meanwhile has been heard."""
        if self._next_round is None:
            self._next_round = asyncio.get_running_loop().call_soon(self._round)

    def _round(self) -> None:
        self._next_round = None
        try:
            for name in tuple(self._lines):
                self._take_turn(name)
        finally:  # a fault of ours with one of them leaves the others their turns
            if self._lines:
                self._call_round()
            self._settle()

    def _take_turn(self, name: str) -> None:
        line = self._lines[name]
        worker = line.popleft()
        if not line:
            del self._lines[name]
        self._work(worker)
