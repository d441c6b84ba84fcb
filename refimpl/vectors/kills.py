"""Which vectors notice which mutants.

Each mutant is tried in a process of its own, forked from this one, which ends with it: one that
hangs, eats memory or dies does no harm.  A mutant is asked all vectors of its own family, and
then those of the others until two have noticed it.

Rules: none; it counts what the vectors say.
"""

import multiprocessing
import resource
import signal
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Final, Literal

from refimpl.vectors.mutants import Answer, Breaking, Mutant, breaking
from refimpl.vectors.suite import BadSuite, Expect, Json, Suite, Vector, expects

ENOUGH: Final = 2
"""How many vectors have to notice a mutant before other families are no longer asked."""
BOUND: Final = 30.0
"""After how many seconds a mutant is stopped."""
MOST_MEMORY: Final = 4 << 30
"""How many bytes a mutant may have."""
WORKERS: Final = 2

Outcome = Literal["noticed", "timeout", "crash", "survived", "stillborn"]
"""What became of a mutant: the first three are kills; a stillborn one could not even be
loaded, so that nothing was asked of it.
"""


@dataclass(frozen=True, slots=True)
class Kill:
    """What became of one mutant, and the vectors that noticed it, those of its family first."""

    mutant: Mutant
    outcome: Outcome
    noticed_by: tuple[str, ...] = ()
    says: str = ""
    """Why it could not be loaded."""

    @property
    def killers(self) -> int:
        """How many vectors notice it; to hang or to die is to be noticed by one more."""
        return len(self.noticed_by) + (self.outcome in {"timeout", "crash"})

    def as_json(self) -> dict[str, object]:
        """What `--json` prints of it."""
        mutant = self.mutant
        return {
            "family": mutant.family,
            "rule": mutant.rule,
            "name": mutant.name,
            "misread": mutant.misread,
            "equivalent": mutant.equivalent,
            "outcome": self.outcome,
            "killers": self.killers,
            "noticedBy": list(self.noticed_by),
        }


def try_mutants(
    mutants: Iterable[Mutant], suite: Suite, workers: int = WORKERS
) -> Generator[Kill]:
    """Try mutants side by side and yield what became of each, as it is known.

    Raises `BadSuite` where the reference itself does not answer as the suite says.
    """
    _check_reference(suite)
    yield from _try_all(mutants, suite, workers)


def _check_reference(suite: Suite) -> None:
    from refimpl.edition import load
    from refimpl.vectors import families

    def answer(operation: str, edition: str, context: Json | None, given: Json) -> Expect:
        return families.answer(operation, load(edition), context, given)

    for test in suite.tests:
        if _notices(suite, test, answer):
            fault = f"{test['id']}: the reference answers otherwise"
            raise BadSuite(fault, "run iec63119 vectors fill")


# --- In the child -----------------------------------------------------------------------------


def _notices(suite: Suite, test: Vector, answer: Answer) -> bool:
    """Whether a vector is answered otherwise than it expects; a crash is no answer."""
    if test["status"] != "active":
        return False
    context = suite.context_of(test)
    for edition, expected in expects(test).items():
        try:
            got = answer(test["operation"], edition, context, test["input"])
        except BaseException:
            return True
        if got != expected:
            return True
    return False


def _families_for(mutant: Mutant, suite: Suite) -> list[str]:
    others = [family for family in suite.families if family != mutant.family]
    return [mutant.family, *others] if mutant.family in suite.families else others


def _try_one(mutant: Mutant, suite: Suite, breaks: Breaking, results: Connection) -> None:
    """Break the reference of this process, and send the id of each vector that notices."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    try:
        answer = breaks()
    except BaseException as error:
        results.send(("stillborn", f"{type(error).__name__}: {error}"[:200]))
        return
    noticed = 0
    for family in _families_for(mutant, suite):
        for test in suite.tests_of(family):
            if _notices(suite, test, answer):
                results.send(("noticed", test["id"]))
                noticed += 1
                if noticed >= ENOUGH and family != mutant.family:
                    break
        if noticed >= ENOUGH:
            break
    results.send(("done", ""))


# --- In the parent ----------------------------------------------------------------------------


@dataclass(slots=True)
class _Trial:
    """A mutant under way."""

    mutant: Mutant
    process: BaseProcess
    until: float
    noticed_by: list[str] = field(default_factory=list)

    def ended(self, outcome: Outcome, says: str = "") -> Kill:
        return Kill(self.mutant, outcome, tuple(self.noticed_by), says)


def _try_all(mutants: Iterable[Mutant], suite: Suite, workers: int) -> Iterator[Kill]:
    waiting, running = deque(mutants), dict[Connection, _Trial]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                results, trial = _start(waiting.popleft(), suite)
                running[results] = trial
            soonest = min(trial.until for trial in running.values())
            for ready in wait(list(running), max(0.0, soonest - time.monotonic())):
                assert isinstance(ready, Connection)
                if kill := _heard(ready, running[ready]):
                    _end(ready, running.pop(ready))
                    yield kill
            for results, trial in list(running.items()):
                if trial.until <= time.monotonic():
                    _end(results, running.pop(results))
                    yield trial.ended("timeout")
    finally:
        for results, trial in running.items():
            _end(results, trial)


def _start(mutant: Mutant, suite: Suite) -> tuple[Connection, _Trial]:
    fork = multiprocessing.get_context("fork")
    results, theirs = fork.Pipe(duplex=False)
    work = (mutant, suite, breaking(mutant), theirs)
    process = fork.Process(target=_try_one, args=work, daemon=True)
    process.start()
    theirs.close()
    return results, _Trial(mutant, process, time.monotonic() + BOUND)


def _heard(results: Connection, trial: _Trial) -> Kill | None:
    """Take in one word of a child; what became of its mutant, once that is known."""
    try:
        word, says = results.recv()
    except EOFError:  # it died of what it was asked
        return trial.ended("crash")
    match word:
        case "noticed":
            trial.noticed_by.append(says)
            return None
        case "stillborn":
            return trial.ended("stillborn", says)
    return trial.ended("noticed" if trial.noticed_by else "survived")


def _end(results: Connection, trial: _Trial) -> None:
    trial.process.kill()
    trial.process.join()
    results.close()


# --- The matrix -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """How many mutants there are, how many are killed, how many by two vectors or more, and
    which are not.
    """

    kills: Sequence[Kill]

    @property
    def told_apart(self) -> list[Kill]:
        """Those that are to be noticed: neither equivalent nor stillborn."""
        return [
            one
            for one in self.kills
            if not one.mutant.equivalent and one.outcome != "stillborn"
        ]

    @property
    def killed(self) -> int:
        """How many of these are."""
        return sum(one.killers > 0 for one in self.told_apart)

    @property
    def twice(self) -> int:
        """How many of these are noticed by two vectors or more."""
        return sum(one.killers >= ENOUGH for one in self.told_apart)

    @property
    def wrong(self) -> list[Kill]:
        """What should not be: survivors, stillborn ones, and equivalent ones that are
        noticed.
        """
        return [one for one in self.kills if bool(one.killers) == bool(one.mutant.equivalent)]

    def as_json(self) -> dict[str, object]:
        """What `--json` prints of it."""
        return {
            "mutants": len(self.kills),
            "equivalent": sum(bool(one.mutant.equivalent) for one in self.kills),
            "stillborn": sum(one.outcome == "stillborn" for one in self.kills),
            "killed": self.killed,
            "twice": self.twice,
        }

    def line(self, family: str) -> str:
        """One line of the table of totals."""
        of = len(self.told_apart)
        share = f"{100 * self.twice / of:.0f}" if of else "-"
        return f"{family:<22}{of:>8}{self.killed:>8}{self.twice:>8}{share:>8}"


def by_family(kills: Iterable[Kill]) -> dict[str, Tally]:
    """Sort what became of mutants by family, and count all of them under `all`."""
    ordered = sorted(kills, key=lambda one: (one.mutant.family, one.mutant.rule))
    found: dict[str, list[Kill]] = {}
    for one in ordered:
        found.setdefault(one.mutant.family, []).append(one)
    return {name: Tally(some) for name, some in {**found, "all": ordered}.items()}


def matrix(kills: Sequence[Kill]) -> Iterator[str]:
    """Yield the matrix as lines: a line a mutant, the totals of each family, and then what
    survived and what only one vector notices.
    """
    tallies = by_family(kills)
    yield f"{'rule':<8}{'vectors':>8}  family / mutant"
    for one in tallies["all"].kills:
        shown = str(one.killers) if one.outcome in {"noticed", "survived"} else one.outcome
        yield f"{one.mutant.rule:<8}{shown:>8}  {one.mutant.family} / {one.mutant.name}"
    yield ""
    yield f"{'family':<22}{'mutants':>8}{'killed':>8}{'twice':>8}{'%':>8}"
    for family, tally in tallies.items():
        yield tally.line(family)
    yield from _listed("not as they should be", tallies["all"].wrong)
    once = [one for one in tallies["all"].told_apart if one.killers == 1]
    yield from _listed("noticed by one vector only", once)


def _listed(title: str, kills: Sequence[Kill]) -> Iterator[str]:
    if not kills:
        return
    yield ""
    yield f"{title}:"
    for one in kills:
        by = ", ".join(one.noticed_by) or one.says or one.outcome
        yield f"  {one.mutant.family} / {one.mutant.name}: {by}"
