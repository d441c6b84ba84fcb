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

    `work` does one share of what a worker wants done; one that wants more asks again.  One that
    comes when none waits has its turn at once, unless turns are `gathered`, because to settle
    costs as much for one as for many.
    """

    def __init__(
        self,
        work: Callable[[Worker], None],
        settle: Callable[[], None],
        *,
        gathered: bool,
    ) -> None:
        self._work = work
        self._settle = settle
        self._gathered = gathered
        self._lines: dict[str, deque[Worker]] = {}
        self._at_work = False
        self._stopped = False
        self._next_round: asyncio.Handle | None = None

    def ask(self, name: str, worker: Worker) -> None:
        """Put a worker at the end of the line of that name, or give it its turn."""
        if self._stopped:
            return
        line = self._lines.get(name)
        if line is not None:
            line.append(worker)
            return
        self._lines[name] = deque((worker,))
        if self._at_work:
            return  # it is called at the end of this round
        if self._gathered or len(self._lines) > 1:
            self._call_round()
        else:
            self._round()

    def stop(self) -> None:
        """Forget all that wait, and give no more turns."""
        self._stopped = True
        self._lines.clear()
        if self._next_round is not None:
            self._next_round.cancel()

    def _call_round(self) -> None:
        """Have a round when what came in meanwhile has been heard."""
        if self._next_round is None:
            self._next_round = asyncio.get_running_loop().call_soon(self._called)

    def _called(self) -> None:
        self._next_round = None
        self._round()

    def _round(self) -> None:
        self._at_work = True
        try:
            for name in tuple(self._lines):
                self._take_turn(name)
        finally:  # a fault of ours with one of them leaves the others their turns
            self._at_work = False
            if self._lines:
                self._call_round()
            self._settle()

    def _take_turn(self, name: str) -> None:
        line = self._lines[name]
        worker = line.popleft()
        if not line:
            del self._lines[name]
        self._work(worker)
