"""Partners that behave: they have their services authorized, started, ended and billed, a
message at a time, and note how long each answer takes.
"""

import threading
import time
from dataclasses import dataclass, field
from itertools import count
from statistics import median
from typing import Final

from tests.hostile.channels import Channel, Partner, framed
from tests.hostile.loads import frames_of

PACE: Final = 0.015
"""Seconds between two messages of a partner."""
PATIENCE: Final = 2.0
"""Seconds after which a message counts as not served."""


@dataclass
class Answers:
    """How many seconds the answers took, and what failed instead."""

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median of what was answered, in seconds."""
        return median(self.seconds) if self.seconds else PATIENCE

    @property
    def served(self) -> float:
        """Which part of the messages was answered, from 0 to 1."""
        return len(self.seconds) / max(1, len(self.seconds) + len(self.failures))

    def __str__(self) -> str:
        worst = max(self.seconds, default=0)
        return (
            f"{len(self.seconds)} answered, median {self.median * 1e3:.2f} ms, longest"
            f" {worst * 1e3:.1f} ms; {len(self.failures)} not: {sorted(set(self.failures))}"
        )


_numbers = count()


class _Service:
    """The messages of one partner's services, one after the other, each with new ids."""

    def __init__(self, partner: Partner) -> None:
        self._frames = frames_of(partner)
        self._place = 0
        self._name = b""

    def next_frame(self) -> tuple[bytes, bytes]:
        """A frame, and what its answer has to say."""
        if self._place == 0:
            self._name = b"%d" % next(_numbers)
        raw = self._frames[self._place][4:]
        expected = b'"kind":"receipt"' if self._place else b'"granted":true'
        raw = raw.replace(b'"m-%d"' % self._place, b'"of-%s-%d"' % (self._name, self._place))
        raw = raw.replace(b'"service-0"', b'"of-%s"' % self._name)
        raw = raw.replace(b'"record-1"', b'"of-%s"' % self._name)
        raw = raw.replace(b'E8406487"', b'E8406487%s"' % self._name)
        self._place = (self._place + 1) % SERVICE
        return framed(raw), expected


SERVICE: Final = 4
"""How many messages a service has: the first of a partner's frames."""


def measure(
    partners: list[Partner], seconds: float, *, afresh: bool = False, pace: float = PACE
) -> Answers:
    """Let partners be served for so long; `afresh` opens a channel for every message."""
    answers = Answers()
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_run, args=(one, until, answers, afresh, pace))
        for one in partners
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _run(partner: Partner, until: float, answers: Answers, afresh: bool, pace: float) -> None:
    service = _Service(partner)
    channel: Channel | None = None
    while time.monotonic() < until:
        frame, expected = service.next_frame()
        begun = time.monotonic()
        try:
            if channel is None:
                channel = Channel(partner, PATIENCE)
                if not afresh:
                    begun = time.monotonic()
            answer = channel.ask(frame)
        except OSError as error:
            answers.failures.append(f"{type(error).__name__} {error}"[:60])
            if channel is not None:
                channel.drop()
            channel = None
            service = _Service(partner)
        else:
            if expected in answer:
                answers.seconds.append(time.monotonic() - begun)
            else:
                answers.failures.append(answer[:400].decode("ascii", "replace"))
        if afresh and channel is not None:
            channel.close()
            channel = None
        time.sleep(pace)
    if channel is not None:
        channel.close()
