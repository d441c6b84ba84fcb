"""Questions by lot to another implementation and to the reference, and where the two part.

Differences are grouped by the operation and by what each side answers; of each group the
smallest is kept and made smaller by leaving out edits.  Those that come to the same by that are
one group.  Each is handed over as a witness of the corpus.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from time import monotonic
from typing import NamedTuple

from refimpl.conformance.asking import Fall, GaveUp
from refimpl.conformance.protocol import (
    Accepted,
    Errored,
    Question,
    Rejected,
    Reply,
    Seq,
    Skipped,
    question,
    told,
)
from refimpl.conformance.runner import Implementation
from refimpl.conformance.verdicts import Verdict, compare
from refimpl.shapes import canonical_json
from refimpl.vectors.drawing import Drawn, Place, Source, draw
from refimpl.vectors.edits import shorter
from refimpl.vectors.suite import BadSuite, Json


class Group(NamedTuple):
    """How two answers part: the operation, what the reference says, and what the other says."""

    operation: str
    expected: str
    got: str


@dataclass(slots=True)
class Difference:
    """The smallest question of a group, what the other answers, and how many there were."""

    drawn: Drawn
    got: Json
    times: int = 1


@dataclass(slots=True)
class Comparison:
    """What became of the questions by lot; `stopped` tells why they ended early."""

    asked: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    differences: dict[Group, Difference] = field(default_factory=dict)
    stopped: str = ""


Track = Callable[[int, int], None]
"""How far it is, shown to the one who waits: which question of how many."""


class Differential:
    """Questions by lot for an implementation that takes part in some of them.

    `found` is what they are made of, by operation, and `new_seq` draws what each goes by.
    """

    def __init__(
        self,
        implementation: Implementation,
        found: Mapping[str, Sequence[Source]],
        applies: Callable[[Drawn], bool],
        new_seq: Callable[[], str],
    ) -> None:
        self._implementation = implementation
        self._found = found
        self._applies = applies
        self._new_seq = new_seq
        self.comparison = Comparison()

    def compare(self, number: int, seed: int, track: Track = lambda _, __: None) -> Comparison:
        """Put so many questions of each operation, shrink what differs, and return it."""
        whole = number * len(self._found)
        try:
            for before, operation in enumerate(self._found):
                began = monotonic()
                try:
                    for done in self._compare_operation(operation, number, seed):
                        track(before * number + done, whole)
                finally:
                    self.comparison.seconds[operation] = monotonic() - began
            self._shrink_all()
        except GaveUp as error:
            self.comparison.stopped = str(error)
        except KeyboardInterrupt:
            self.comparison.stopped = "interrupted"
        return self.comparison

    def _compare_operation(self, operation: str, number: int, seed: int) -> Iterator[int]:
        """Put the questions of one operation, and yield how many have been."""
        opened: dict[Seq, Drawn] = {}

        def questions() -> Iterator[Question]:
            for drawn in self._drawn(operation, number, seed):
                seq = Seq(self._new_seq())
                opened[seq] = drawn
                yield _question(seq, drawn)

        for done, answer in enumerate(self._implementation.answers(questions()), 1):
            drawn = opened.pop(answer.seq, None)
            if drawn is not None:
                self._take(drawn, answer.said)
            yield done

    def _drawn(self, operation: str, number: int, seed: int) -> Iterator[Drawn]:
        for index in range(number):
            with suppress(BadSuite):  # there is none of that number
                drawn = draw(self._found[operation], seed, index)
                if self._applies(drawn):
                    yield drawn

    def _take(self, drawn: Drawn, said: Reply | Fall) -> None:
        """Write down one answer; the smallest question of each group is kept."""
        comparison = self.comparison
        comparison.asked[drawn.operation] += 1
        comparison.skipped[drawn.operation] += isinstance(said, Skipped)
        group = group_of(drawn, said)
        if group is None:
            return
        known = comparison.differences.get(group)
        if known is None:
            comparison.differences[group] = Difference(drawn, _told(said))
            return
        known.times += 1
        if _size(drawn) < _size(known.drawn):
            known.drawn, known.got = drawn, _told(said)

    def _shrink_all(self) -> None:
        """Make every difference smaller; several that come to the same are one."""
        merged: dict[Group, Difference] = {}
        for found, difference in self.comparison.differences.items():
            group, smaller = self._shrunk(found, difference)
            known = merged.get(group)
            times = difference.times + (known.times if known else 0)
            if known is None or _size(smaller.drawn) < _size(known.drawn):
                known = smaller
            merged[group] = replace(known, times=times)
        self.comparison.differences = merged

    def _shrunk(self, group: Group, difference: Difference) -> tuple[Group, Difference]:
        """A difference without any edit that it does not need."""
        drawn = difference.drawn
        for recipe in shorter(drawn.place.recipe):
            fewer = self._drawn_at(Place(drawn.place.base, tuple(recipe)), drawn)
            if fewer is None:
                continue
            [answer] = self._implementation.answers([_question(Seq(self._new_seq()), fewer)])
            still = group_of(fewer, answer.said)
            if still is not None:
                return self._shrunk(still, Difference(fewer, _told(answer.said)))
        return group, difference

    def _drawn_at(self, place: Place, like: Drawn) -> Drawn | None:
        [source] = [one for one in self._found[like.operation] if one.family == like.family]
        return source.asked_at(place, like.edition)


def group_of(drawn: Drawn, said: Reply | Fall) -> Group | None:
    """Return in which group a question falls by its answer, or None where the two agree."""
    match said:
        case Skipped():
            return None
        case Accepted() | Rejected():
            judgement = compare(drawn.expected, said)
            if judgement.verdict == Verdict.PASS:
                return None
            got = _outcome(told(said))
            if judgement.verdict == Verdict.WRONG_OUTPUT:
                place = re.sub(r"\.[0-9]+", ".*", judgement.detail.partition(" ")[0])
                got = f"{got}, another {place}"
        case Errored():
            got = "errored"
        case Fall(verdict=verdict):
            got = verdict.value
    return Group(drawn.operation, _outcome(drawn.expected), got)


def _outcome(answer: Mapping[str, object]) -> str:
    """How an answer comes out, in a word or two."""
    return f"reject {answer['error']}" if answer["outcome"] == "reject" else "accept"


def _told(said: Reply | Fall) -> Json:
    return {said.verdict.value: said.detail} if isinstance(said, Fall) else told(said)


def _size(drawn: Drawn) -> tuple[int, int]:
    return len(drawn.place.recipe), len(canonical_json(drawn.input))


def _question(seq: Seq, drawn: Drawn) -> Question:
    return question(seq, drawn.operation, drawn.edition, drawn.context, drawn.input)


# --- As witnesses of the corpus ---------------------------------------------------------------


def witnesses(source: Source, difference: Difference) -> Iterator[Json]:
    """Yield what the corpus would gain by a difference: a witness, and before it its twin where
    the corpus does not have it yet.
    """
    drawn = difference.drawn
    base, recipe = drawn.place
    label = drawn.expected.get("error", "accept")
    slug = _slug(f"{label} {base}", drawn)
    outcome = drawn.expected["outcome"]
    editions = _editions(source, drawn)
    witness: Json = {
        **editions,
        "id": f"{drawn.family}/{outcome}-{slug}",
        "title": f"{outcome}s {base} changed: {label}"[:100],
        "why": "Another implementation answered otherwise. Found by lot, and shrunk.",
        "goal": f"{label}: {base}",
        "base": base,
        "recipe": [list(edit) for edit in recipe],
    }
    if outcome == "reject":
        twin = _accepted_neighbour(source, drawn)
        if twin is None:
            witness["flags"] = ["Precedence"]
        elif (known := source.witness_at(twin)) is not None:
            witness["twin"] = known
        else:
            witness["twin"] = f"{drawn.family}/accept-beside-{slug}"
            yield {
                **editions,
                "id": witness["twin"],
                "title": f"accepts the neighbour of {label} at {base}"[:100],
                "why": witness["why"],
                "goal": f"accept: {base}",
                "base": base,
                "recipe": [list(edit) for edit in twin.recipe],
            }
    yield witness


def _editions(source: Source, drawn: Drawn) -> Json:
    """The one edition in which a witness is to be asked, where the newest answers otherwise."""
    newest = source.corpus.bases[drawn.place.base].editions[-1]
    there = source.asked_at(drawn.place, newest)
    if there is None or there.expected["outcome"] != drawn.expected["outcome"]:
        return {"editions": [drawn.edition]}
    return {}


def _slug(text: str, drawn: Drawn) -> str:
    """What names a question among those of its label and base."""
    digits = sha256(canonical_json([drawn.context, drawn.input])).hexdigest()[:6]
    return re.sub(r"[^a-z0-9]+", "-", f"{text} {digits}".lower())


def _accepted_neighbour(source: Source, drawn: Drawn) -> Place | None:
    """The place without one of its edits that is accepted, if there is one."""
    for recipe in shorter(drawn.place.recipe):
        place = Place(drawn.place.base, tuple(recipe))
        neighbour = source.asked_at(place, drawn.edition)
        if neighbour is not None and neighbour.expected["outcome"] == "accept":
            return place
    return None
