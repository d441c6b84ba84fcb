"""Which rows a draft adds, removes or alters against an edition, and which of them the model
cannot follow.

The rows of the session table are compared as they are laid over that of the model.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, cast

from refimpl.edition import (
    CheckRow,
    Edition,
    ExchangeRow,
    ModeRow,
    ProtocolRow,
    Row,
    Rule,
    compare,
)
from refimpl.endpoint.clearing_house import STRATEGIES
from refimpl.messages import KINDS
from refimpl.session import Step, table_of
from refimpl.session.plausibility import CHECKS
from refimpl.vocabulary import RecordKind, Role

How = Literal["added", "removed", "altered"]
STEP: Final = "step"
STEP_FIELDS: Final = ("phase", "message", "by", "when", "to", "rule")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a row before and after, in words; empty where it was left out."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that is added, removed or altered, what it says in a line, and the change that
    accounts for it.
    """

    table: str
    id: str
    how: How
    says: str
    fields: tuple[FieldChange, ...] = ()
    change: str | None = None

    @property
    def anchor(self) -> str:
        """What a page calls the place where this change stands."""
        kept = "".join(sign if sign.isalnum() else "-" for sign in self.id)
        return f"{self.table}-{kept}"


def changed_rows(before: Edition, after: Edition) -> tuple[RowChange, ...]:
    """Every row in which two editions differ, table by table, those of the session last.

    >>> from refimpl.edition import load
    >>> [one.how for one in changed_rows(load("2019"), load("2025")) if one.id == "cdr"]
    ['added', 'added']
    """
    return (*_rows_of_tables(before, after), *_steps(before, after))


def _rows_of_tables(before: Edition, after: Edition) -> Iterator[RowChange]:
    altered: dict[tuple[str, str], list[FieldChange]] = {}
    letters: dict[tuple[str, str], str | None] = {}
    for one in compare(before, after):
        key = (one.table, one.id)
        if one.table == STEP:
            continue
        if one.field:
            field = FieldChange(one.field, in_words(one.before), in_words(one.after))
            altered.setdefault(key, []).append(field)
            letters[key] = one.change
        elif one.after is None:
            yield RowChange(*key, "removed", says_of(one.before), (), one.change)
        else:
            yield RowChange(*key, "added", says_of(one.after), (), one.change)
    for (table, row_id), fields in altered.items():
        says = says_of(after.table(table)[row_id])
        yield RowChange(table, row_id, "altered", says, tuple(fields), letters[table, row_id])


def _steps(before: Edition, after: Edition) -> Iterator[RowChange]:
    old, new = table_of(before).steps, table_of(after).steps
    for row_id in {**old, **new}:
        row = after.steps.get(row_id)
        letter = row.change if row else None
        left, right = old.get(row_id), new.get(row_id)
        if left is None and right is not None:
            yield RowChange(STEP, row_id, "added", step_in_words(right), (), letter)
        elif right is None and left is not None:
            yield RowChange(STEP, row_id, "removed", step_in_words(left), (), letter)
        elif left is not None and right is not None and left != right:
            fields = tuple(_fields_of_step(left, right))
            yield RowChange(STEP, row_id, "altered", step_in_words(right), fields, letter)


def _fields_of_step(left: Step, right: Step) -> Iterator[FieldChange]:
    for name in STEP_FIELDS:
        before, after = _member(left, name), _member(right, name)
        if before != after:
            yield FieldChange(name, before, after)


def _member(step: Step, name: str) -> str:
    value = getattr(step, name)
    if name == "message":
        return step.message.shape_name()
    return str(value.name if name == "when" else value)


def step_in_words(step: Step) -> str:
    """Say where a row of the session table leads, and which rule it is about."""
    return f"leads to {step.to} ({step.rule})"


def says_of(row: object) -> str:
    """What a row says of itself, in a line."""
    for name in ("says", "means", "title"):
        if text := getattr(row, name, None):
            return str(text)
    return str(getattr(row, "id", row))


def in_words(value: object) -> str:
    """The value of a field in words; nothing for one that is left out.

    >>> in_words(("producer", "consumer")), in_words(None), in_words(True)
    ('producer, consumer', '', 'yes')
    """
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(str, value))
    return str(value)


# --- Beyond the model -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beyond:
    """What a row of a draft asks that the model cannot follow, and what would have to change
    for it.
    """

    table: str
    id: str
    says: str
    would_change: str


# The row is of the shape of its table, which no type of a mapping can say.
Look = Callable[[Row], str]


def _new_check(row: Row) -> str:
    assert isinstance(row, CheckRow)
    return "" if row.id in CHECKS or row.id == "AUT-8" else "no code makes this check"


def _new_strategy(row: Row) -> str:
    return "" if row.id in STRATEGIES else "no clearing house knows how to answer so"


def _new_role(row: Row) -> str:
    return "" if row.id in {*Role} else "roles are closed words: no entity plays it"


def _new_record(row: Row) -> str:
    return "" if row.id in {*RecordKind} else "kinds of record are closed words"


def _new_messages(row: Row) -> str:
    assert isinstance(row, ExchangeRow)
    unknown = [kind for kind in row.messages if kind not in KINDS]
    return f"no such message: {', '.join(unknown)}" if unknown else ""


def _long_path(row: Row) -> str:
    assert isinstance(row, ModeRow)
    houses = max(row.path.count("clearing-house"), row.brokered_path.count("clearing-house"))
    return f"{houses} clearing houses in a row; the model leads over two" if houses > 2 else ""


def _unknown_version(row: Row) -> str:
    assert isinstance(row, ProtocolRow)
    known = row.id != "tls" or row.minimum in (None, "1.2", "1.3")
    return "" if known else f"no endpoint of the model speaks TLS {row.minimum}"


def _new_rule(row: Row) -> str:
    assert isinstance(row, Rule)
    return "no code asks for it yet, and none refuses by it" if row.modelled else ""


# fmt: off
IN_MESSAGES: Final = "a class in refimpl/messages/, its rows in refimpl/session/steps.py"
LOOKS: Final[Mapping[str, tuple[Look, str]]] = MappingProxyType({
    "check":    (_new_check,       "refimpl/session/plausibility.py, CHECKS"),
    "exchange": (_new_messages,    IN_MESSAGES),
    "mode":     (_long_path,       "refimpl/network/routes.py, _endpoints_passed"),
    "protocol": (_unknown_version, "refimpl/tls/"),
    "record":   (_new_record,      "RecordKind in refimpl/vocabulary.py, refimpl/records.py"),
    "role":     (_new_role,        "Role in refimpl/vocabulary.py and what asks for it"),
    "rule":     (_new_rule,        "the code that is to refuse by it"),
    "strategy": (_new_strategy,    "refimpl/endpoint/clearing_house.py, STRATEGIES"),
})
# fmt: on
"""Which tables hold what the model has in code: what is asked beyond it, and where it would
have to change.
"""


def beyond_the_model(before: Edition, after: Edition) -> tuple[Beyond, ...]:
    """What a draft asks beyond the model, row by row: the rows it adds or alters are looked at.

    >>> from refimpl.edition import load
    >>> beyond_the_model(load("2019"), load("2025"))
    ()
    """
    found = []
    for table, (look, would_change) in LOOKS.items():
        old = before.table(table)
        for row in after.table(table).values():
            known = old.get(row.id)
            reworded = table == "rule" and known is not None
            says = "" if known == row or reworded else look(cast(Row, row))
            if says:
                found.append(Beyond(table, row.id, says, would_change))
    return tuple(found)
