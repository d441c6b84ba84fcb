"""What becomes of the vectors under a draft: which change their outcome, which become
meaningless, which are missing, and which rest on a row that is altered and stay as they are.

Every active vector of the edition is answered by the reference under the draft, as if the draft
were that edition: messages name an edition, and a draft has an id of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from refimpl.edition import Edition, published
from refimpl.lab.amended_rows import RowChange, changed_rows
from refimpl.session import table_of
from refimpl.vectors.families import OPERATIONS, answer
from refimpl.vectors.families.session import row_name
from refimpl.vectors.suite import Expect, Suite, Vector, expects, read_suite, suite_folder

Step = Callable[[], None]


@dataclass(frozen=True, slots=True)
class VectorChange:
    """A vector, what it expects, what the draft makes of it, and why it is listed."""

    id: str
    before: str
    after: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A row of a draft that no vector exercises."""

    table: str
    id: str
    says: str


@dataclass(frozen=True, slots=True)
class VectorChanges:
    """What becomes of the vectors of an edition: `asked` is how many there are, `about` those
    that rest on an altered row and are answered as before; none where the edition is no
    published one.
    """

    asked: int = 0
    changed: tuple[VectorChange, ...] = ()
    meaningless: tuple[VectorChange, ...] = ()
    about: tuple[VectorChange, ...] = ()
    missing: tuple[Missing, ...] = ()


@cache
def _suite() -> Suite:
    return read_suite(suite_folder())


def _vectors_of(edition: str) -> list[Vector]:
    return [test for test in _suite().active if edition in test["editions"]]


def number_of_vectors(edition: Edition) -> int:
    """How many vectors are asked about an edition; none about one that is not published."""
    return len(_vectors_of(edition.id)) if edition.id in published() else 0


def changed_vectors(before: Edition, after: Edition, step: Step) -> VectorChanges:
    """What becomes of the vectors of an edition under a draft."""
    if before.id not in published():
        return VectorChanges()
    rows = changed_rows(before, after)
    gone, altered = _Gone.of(before, after, rows), _Altered.of(rows)
    asked_as = replace(after, id=before.id)
    changed, meaningless, about = [], [], []
    tests = _vectors_of(before.id)
    for test in tests:
        expected = expects(test)[before.id]
        told = answer(test["operation"], asked_as, _suite().context_of(test), test["input"])
        now = outcome(told) if told == expected else otherwise(expected, told)
        one = VectorChange(test["id"], outcome(expected), now)
        if why := gone.why(test, expected):
            meaningless.append(replace(one, why=why))
        elif told != expected:
            changed.append(one)
        elif why := altered.why(test, expected):
            about.append(replace(one, why=why))
        step()
    missing = tuple(_missing(tests, asked_as, rows))
    return VectorChanges(len(tests), tuple(changed), tuple(meaningless), tuple(about), missing)


def outcome(expect: Expect) -> str:
    """What is answered, in a word or two.

    >>> outcome({"outcome": "reject", "error": "SES-4"})
    'reject SES-4'
    """
    return "accept" if expect["outcome"] == "accept" else f"reject {expect['error']}"


def otherwise(expected: Expect, told: Expect) -> str:
    """What is answered instead, in a few words.

    >>> one, other = {"phase": "ended"}, {"phase": "recorded"}
    >>> accepts: Expect = {"outcome": "accept", "output": one}
    >>> otherwise(accepts, {"outcome": "accept", "output": other})
    'accept, another output'
    """
    if outcome(expected) != outcome(told):
        return outcome(told)
    more = "another output" if told["outcome"] == "accept" else "at another step"
    return f"{outcome(told)}, {more}"


# --- What a vector is about -------------------------------------------------------------------


NAMED_BY: Final[Mapping[str, str]] = {
    "mode": "mode",
    "strategy": "strategy",
    "exchange": "exchange",
    "service": "service",
}
"""The member of an input that names a row, by its table."""


# A vector's input is JSON.
def named_in(value: Any) -> Iterator[tuple[str, str]]:
    """Each row that an input names, as table and id, however deep.

    >>> sorted(named_in({"mode": "direct", "steps": [{"service": "parking"}]}))
    [('mode', 'direct'), ('service', 'parking')]
    """
    match value:
        case dict():
            for name, held in value.items():
                if name in NAMED_BY and isinstance(held, str):
                    yield NAMED_BY[name], held
                else:
                    yield from named_in(held)
        case list():
            for held in value:
                yield from named_in(held)


def goal_of(test: Vector) -> str:
    """What a vector was made to show: an error code, one before another, or a row."""
    goal: str = _suite().witnesses.get(test["id"], {}).get("goal", "")
    return goal.partition(":")[0]


@dataclass(frozen=True, slots=True)
class _Gone:
    """What a draft takes away: rules by id, rows of the session by the name goals have for
    them, and rows that an input may name.
    """

    rules: frozenset[str]
    steps: frozenset[str]
    rows: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, before: Edition, after: Edition, rows: Iterable[RowChange]) -> "_Gone":
        """Take together what goes."""
        removed = {(one.table, one.id) for one in rows if one.how == "removed"}
        old, new = table_of(before).steps, table_of(after).steps
        names = {row_name(step) for step in old.values()}
        left = {row_name(step) for step in new.values()}
        rules = {row_id for table, row_id in removed if table == "rule"}
        off = after.off - before.off
        return cls(frozenset(rules | off), frozenset(names - left), frozenset(removed))

    def why(self, test: Vector, expected: Expect) -> str:
        """Why a vector means nothing any more; empty where it still does."""
        goal = goal_of(test)
        decides = expected["error"] if expected["outcome"] == "reject" else ""
        for rule in (decides, *goal.split(" before ")):
            if rule in self.rules:
                return f"it shows {rule}, which is switched off or taken out"
        step = goal.removeprefix("not ")
        if step in self.steps:
            return f"it shows the row {step}, which is taken out or leads elsewhere"
        for table, row_id in named_in(test["input"]):
            if (table, row_id) in self.rows:
                return f"it names the {table} {row_id}, which is taken out"
        return ""


@dataclass(frozen=True, slots=True)
class _Altered:
    """The rows that a draft alters, as an input or an answer may name them."""

    rows: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, rows: Iterable[RowChange]) -> "_Altered":
        """Take together what is altered."""
        return cls(frozenset((one.table, one.id) for one in rows if one.how == "altered"))

    def why(self, test: Vector, expected: Expect) -> str:
        """Which altered row a vector rests on; empty where on none."""
        named = [*named_in(test["input"]), *_interfaces(expected)]
        if expected["outcome"] == "reject":
            named += [("rule", expected["error"]), ("check", expected["error"])]
        for table, row_id in named:
            if (table, row_id) in self.rows:
                return f"{table} {row_id}"
        return ""


def _interfaces(expected: Expect) -> Iterator[tuple[str, str]]:
    """The interfaces that the hops of an answer pass."""
    output = expected.get("output", {})
    for hop in output.get("hops", ()):
        yield "interface", hop[-1]


# --- What no vector exercises -----------------------------------------------------------------


def _missing(
    tests: Iterable[Vector], edition: Edition, rows: Iterable[RowChange]
) -> Iterator[Missing]:
    """The rows that a draft adds, and the tolerances it alters, of which no vector is."""
    added = [one for one in rows if one.how == "added" and one.table in EXERCISED]
    bounds = [one for one in rows if one.how == "altered" and one.table == "check"]
    named = {pair for test in tests for pair in named_in(test["input"])}
    named |= {("rule", rule) for test in tests for rule in test["rules"]}
    if any(one.table == "step" for one in added):
        named |= {("step", step) for step in _steps_taken(tests, edition)}
    for one in added:
        if (one.table, one.id) not in named:
            yield Missing(one.table, one.id, "no vector exercises it")
    for one in bounds:
        yield Missing(one.table, one.id, "no vector stands at its new bound")


EXERCISED: Final = ("check", "exchange", "mode", "rule", "service", "step", "strategy")
"""The tables of which a vector may exercise a row."""


def _steps_taken(tests: Iterable[Vector], edition: Edition) -> Iterator[str]:
    """The ids of the rows of the session table that the vectors take under an edition."""
    ids = {id(step): row_id for row_id, step in table_of(edition).steps.items()}
    for test in tests:
        for step in OPERATIONS[test["operation"]].rows(edition, test["input"]):
            yield ids[id(step)]
