"""Putting questions to a process, many at a time, and finding out which of them made it fall.

Where a process falls with several questions open, each of them is asked again alone, in a
process that has been asked nothing before if need be: only what makes such a one fall is to
blame.  `Fall` is what became of that question.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.conformance.child import FAREWELL, CannotStart, Child, Ended, Fell, Flooded, Silent
from refimpl.conformance.protocol import (
    STOP,
    Introduction,
    NoAnswer,
    Question,
    Reply,
    Seq,
    read_introduction,
    read_reply,
    shown,
)
from refimpl.conformance.verdicts import Verdict

WINDOW: Final = 32
"""How many questions are open at once."""
START: Final = 30.0
"""Seconds that a process has to introduce itself."""


class GaveUp(Exception):
    """An implementation that falls too often, and how often."""


class Fall(NamedTuple):
    """A question that is to blame for a fall, with the verdict and what was seen."""

    verdict: Verdict
    detail: str


TWICE: Final = Fall(Verdict.ERROR, "answered twice")


class Answer(NamedTuple):
    """What became of a question, and how many seconds it took.

    One that comes later to the same question takes the place of the first.
    """

    seq: Seq
    said: Reply | Fall
    seconds: float


@dataclass(slots=True)
class Patience:
    """How long an answer may take, and how many falls there may be before the runner gives up:
    in a row, in all, and by the seconds lost to them.
    """

    timeout: float = 10.0
    in_a_row: int = 10
    in_all: int = 200
    seconds: float = 300.0
    _row: int = field(default=0, init=False)
    _all: int = field(default=0, init=False)
    _lost: float = field(default=0.0, init=False)

    def answered(self) -> None:
        """Note that a question was answered."""
        self._row = 0

    def fell(self, seconds: float) -> None:
        """Note that a question was to blame; raises `GaveUp` where it was the last."""
        self._row += 1
        self.lost(seconds)

    def lost(self, seconds: float) -> None:
        """Note that an implementation fell; raises `GaveUp` where it was the last time."""
        self._all += 1
        self._lost += seconds
        if self._row >= self.in_a_row:
            raise GaveUp(f"gave up after {self._row} failures in a row")
        if self._all >= self.in_all:
            raise GaveUp(f"gave up after {self._all} failures")
        if self._lost >= self.seconds:
            raise GaveUp(f"gave up after {self._lost:.0f} seconds lost to failures")


class Garbled(Fell):
    """A line that is no answer to anything open."""


VERDICTS: Final[Mapping[type[Fell], Verdict]] = MappingProxyType(
    {
        Ended: Verdict.CRASH,
        Flooded: Verdict.ERROR,
        Garbled: Verdict.ERROR,
        Silent: Verdict.TIMEOUT,
    }
)


def _read_answer(line: bytes) -> tuple[Seq, Reply | Fall]:
    """What a line answers, and what it says, right or wrong in form."""
    try:
        reply = read_reply(line)
    except NoAnswer as error:
        return Seq(error.seq), Fall(Verdict.ERROR, str(error))
    return Seq(reply.seq), reply


class _Opened(NamedTuple):
    """A question that is open, and since when."""

    question: Question
    since: float


class Program:
    """An implementation that is started by a command, as often as it has to be.

    `introduction` is how it introduced itself, and `falls` is why it had to be started again.
    Raises `CannotStart`.
    """

    def __init__(
        self,
        command: Sequence[str],
        start: bytes,
        patience: Patience,
        window: int = WINDOW,
    ) -> None:
        self._command = command
        self._start = start
        self._patience = patience
        self._window = window
        self._child: Child | None = None
        self._asked_before = False
        self._heard_at = 0.0
        self._answered: set[str] = set()
        self.falls: list[str] = []
        self.introduction = self._begin()

    def close(self) -> None:
        """End the process, where one runs."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def finish(self) -> Iterator[Answer]:
        """Ask the process to stop, and yield what it has answered twice by then."""
        child = self._child
        if child is None:
            return
        child.say_last(STOP)
        until = monotonic() + FAREWELL
        with suppress(Fell):
            while monotonic() < until:
                line = child.hear(until)
                seq, _ = _read_answer(line)
                if seq in self._answered:
                    yield Answer(seq, TWICE, 0.0)
                else:
                    self.falls.append(f"says more than it was asked: {shown(line)}")
                    break
        self.close()

    def answers(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """Yield what becomes of each question; raises `GaveUp`."""
        waiting = iter(questions)
        self._answered.clear()
        while True:
            opened: dict[str, _Opened] = {}
            try:
                yield from self._ask(waiting, opened, self._window)
                return
            except Fell as fall:
                self._clear_up(fall)
            self._patience.lost(monotonic() - self._heard_at)
            for suspect in opened.values():
                yield from self._ask_alone(suspect.question)

    def _ask_alone(self, question: Question) -> Iterator[Answer]:
        """Ask one question alone, and where a process falls that was asked others before, once
        more in one that was not.
        """
        while True:
            blameless, opened = self._asked_before, dict[str, _Opened]()
            try:
                yield from self._ask(iter([question]), opened, 1)
                return
            except Fell as fall:
                self._clear_up(fall)
                found = Fall(VERDICTS[type(fall)], str(fall))
            seconds = monotonic() - self._heard_at
            if not blameless and opened:
                yield Answer(question.seq, found, seconds)
                self._patience.fell(seconds)
                return
            self._patience.lost(seconds)
            if not opened:  # it fell after it had answered
                return

    def _ask(
        self, waiting: Iterator[Question], opened: dict[str, _Opened], window: int
    ) -> Iterator[Answer]:
        """Put questions to one process, so many at a time; `opened` has those that it has not
        answered.  Raises what the process falls by.
        """
        child = self._running_child()
        while True:
            for question in islice(waiting, window - len(opened)):
                if not opened:
                    self._heard_at = monotonic()
                opened[question.seq] = _Opened(question, monotonic())
                child.say(question.message)
                self._asked_before = True
            if not opened:
                return
            yield from self._hear(child, opened)

    def _hear(self, child: Child, opened: dict[str, _Opened]) -> Iterator[Answer]:
        """Take one answer; where it is a second one, the first counts for nothing."""
        oldest = min(one.since for one in opened.values())
        whole = oldest + self._patience.timeout * self._window
        line = child.hear(min(self._heard_at + self._patience.timeout, whole))
        seq, said = _read_answer(line)
        if seq in opened:
            since = max(opened.pop(seq).since, self._heard_at)
            self._heard_at = monotonic()
            self._answered.add(seq)
            self._patience.answered()
            yield Answer(seq, said, self._heard_at - since)
            return
        if seq in self._answered:
            yield Answer(seq, TWICE, 0.0)
        raise Garbled(f"no answer to anything open: {shown(line)}")

    def _running_child(self) -> Child:
        """The process that runs; where none does, a new one, introduced as the first."""
        if self._child is None:
            try:
                introduction = self._begin()
            except CannotStart as error:
                raise GaveUp(f"does not start again: {error}") from error
            if introduction != self.introduction:
                raise GaveUp("introduces itself in another way when it is started again")
        assert self._child
        return self._child

    def _begin(self) -> Introduction:
        """Start a process and return how it introduces itself."""
        self._child = child = Child(self._command)
        child.say(self._start)
        try:
            return read_introduction(child.hear(monotonic() + START))
        except (Fell, NoAnswer) as error:
            self._clear_up(error)
            raise CannotStart(f"does not introduce itself: {error}") from error
        except BaseException as error:  # such as Ctrl-C: nothing is left running
            self._clear_up(error)
            raise

    def _clear_up(self, why: BaseException) -> None:
        """End a process that is of no use any more."""
        self.falls.append(str(why))
        self._asked_before = False
        if self._child is not None:
            self._child.kill()
            self._child = None
