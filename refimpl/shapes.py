"""What every shape has in common: closed and immutable, one byte form, one way to be read.

Written out, a shape is canonical JSON (RFC 8785): its fields stand in sorted order and hold no
number but an integer.  A reader of JSON asks `first_repeated` as well, because a parser
takes the last of two members of one name and says nothing.

Rules: WIR-3.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    NamedTuple,
    Self,
    Union,
    get_args,
    get_origin,
)

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
)
from pydantic_core import PydanticCustomError, core_schema

from refimpl.vocabulary import PrivacyClass, Purpose, Retention


class Closed(BaseModel):
    """A value that takes no member but its own, and stays as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shape(Closed):
    """A shape on the wire: closed, immutable, and strict about the kinds of its values."""

    model_config = ConfigDict(
        strict=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        regex_engine="rust-regex",
    )

    def __copy__(self) -> Self:
        """A copy, perhaps with other fields, without what was worked out from the fields of
        this one.
        """
        shape, members = type(self), vars(self)
        if len(members) > len(shape.__pydantic_fields__):
            members = {name: members[name] for name in shape.__pydantic_fields__}
        copied = shape.__new__(shape)
        put = object.__setattr__
        put(copied, "__dict__", dict(members))
        put(copied, "__pydantic_fields_set__", set(self.__pydantic_fields_set__))
        put(copied, "__pydantic_extra__", None)
        put(copied, "__pydantic_private__", None)
        return copied


if TYPE_CHECKING:  # which knows the members of each dataclass
    from dataclasses import replace as replace  # noqa: PLC0414 - it is handed on
else:

    def replace(value, **members):
        """The same frozen dataclass with other members, checked no more than by
        `dataclasses.replace` and in a tenth of its time; not for one with slots.
        """
        copied = object.__new__(type(value))
        object.__setattr__(copied, "__dict__", vars(value) | members)
        return copied


# --- What a shape is for, and what its members tell -------------------------------------------


class Sort(NamedTuple):
    """What a shape is for and how long it is kept.

    `rule` is the one that speaks of the whole of it; `name` is what it is called if it has no
    kind.
    """

    purpose: Purpose
    kept: Retention
    rule: str = "WIR-3"
    name: str = ""


class Member(NamedTuple):
    """What a member tells, and the rule that speaks most of it; it stands where the member is
    declared.
    """

    tells: PrivacyClass
    rule: str


class Sorted(Shape):
    """A shape that says what it is for, and of each member what it tells."""

    sort: ClassVar[Sort]

    @classmethod
    def shape_name(cls) -> str:
        """The kind of a shape, or what a shape without one is called."""
        kind = cls.model_fields.get("kind")
        return cls.sort.name if kind is None else str(kind.default)

    @classmethod
    def members(cls) -> Mapping[str, Member]:
        """What each member tells, those aside that hold shapes themselves."""
        return {
            name: told
            for name, field in cls.model_fields.items()
            for told in field.metadata
            if isinstance(told, Member)
        }

    @classmethod
    def parts(cls) -> tuple[type["Sorted"], ...]:
        """The shapes that its members hold."""
        found: dict[type[Sorted], None] = {}
        for field in cls.model_fields.values():
            found |= dict.fromkeys(_shapes_within(field.annotation))
        return tuple(found)


def _shapes_within(annotation: object) -> Iterator[type[Sorted]]:
    if isinstance(annotation, type) and issubclass(annotation, Sorted):
        yield annotation
    for inner in get_args(annotation):
        yield from _shapes_within(inner)


# --- What a member may hold -------------------------------------------------------------------

# The days that there are, from 0001-01-01 on: up to the 28th, the 29th and 30th, the 31st, and
# the 29th of February, which the hundreds of years have only where 400 divides them.
YEAR: Final = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
BY_FOUR: Final = "(?:0[48]|[2468][048]|[13579][26])"
LEAP_YEAR: Final = f"(?:[0-9]{{2}}{BY_FOUR}|{BY_FOUR}00)"
DATE: Final = (
    f"(?:{YEAR}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    f"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)|{LEAP_YEAR}-02-29)"
)
TIME: Final = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
UTC_SECOND: Final = f"^{DATE}T{TIME}Z$"


class _UtcSecond:
    """How `UtcTime` is read and written: on the wire exactly `2025-07-08T12:00:00Z`, in Python
    an aware datetime.
    """

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        text = core_schema.chain_schema(
            [
                core_schema.str_schema(pattern=UTC_SECOND),
                core_schema.datetime_schema(strict=False),
            ]
        )
        value = core_schema.datetime_schema(strict=True, tz_constraint=0)
        whole = core_schema.no_info_after_validator_function(cls._whole, value)
        return core_schema.json_or_python_schema(text, whole)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "pattern": UTC_SECOND}

    @staticmethod
    def _whole(value: datetime) -> datetime:
        if value.microsecond:
            raise PydanticCustomError("WIR-3", "a time has whole seconds")
        return value


UtcTime = Annotated[datetime, _UtcSecond]
"""A moment in UTC, to the second."""
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/-]{1,64}$")]
"""An id of a message, service or record: 1 to 64 letters, digits or `. _ : / -`."""
Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
"""The id of a row of the edition or of an entity: lower-case words joined by hyphens."""
Text = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f-\x9f]{1,200}$")]
"""A line a person reads, without control characters."""


# --- The one byte form ------------------------------------------------------------------------


def canonical_bytes(shape: Shape) -> bytes:
    """The canonical bytes of a shape: UTF-8 JSON after RFC 8785, absent members left out."""
    return shape.__pydantic_serializer__.to_json(shape, exclude_none=True)


def canonical_json(value: object) -> bytes:
    """The canonical bytes of plain JSON data whose names are ASCII and whose only numbers are
    integers.

    Raises ValueError for NaN and infinity, TypeError for what JSON does not have.

    >>> canonical_json({"b": [1, None], "a": "é"}).decode()
    '{"a":"é","b":[1,null]}'
    """
    return _canonical.encode(value).encode()


_canonical: Final = json.JSONEncoder(
    allow_nan=False, ensure_ascii=False, separators=(",", ":"), sort_keys=True
)


# --- The layout of the one byte form ----------------------------------------------------------

PLAIN_LAYOUTS: Final[Mapping[type, str]] = MappingProxyType(
    {
        bool: "(?:true|false)",
        int: "(?:0|-?[1-9][0-9]*+)",
        str: '"[^"]*+"',
        datetime: '"[0-9T:-]*+Z"',
    }
)
NO_LAYOUT: Final = "(?!)"  # that nothing fits


def layout(shape: type[Shape], narrowed: Mapping[str, object] | None = None) -> str:
    """How the canonical bytes of a shape look that have no escape in them, as a regular
    expression.

    Bytes without a backslash that were read as the shape and fit are canonical: each member
    stands once and in its place, nothing stands between, and no value has a second spelling.
    That it is JSON, and which values there may be, the reader has seen.  Canonical bytes with
    an escape or a map do not fit; they have to be written again to be known.  `narrowed` is
    what a member is known to hold, by its name.

    >>> class Stay(Shape):
    ...     minutes: int
    ...     place: str | None = None
    >>> fits = re.compile(layout(Stay)).fullmatch
    >>> [bool(fits(text)) for text in ('{"minutes":5}', '{"minutes":5,"place":"a"}')]
    [True, True]
    >>> [bool(fits(text)) for text in ('{"minutes": 5}', '{"place":"a","minutes":5}')]
    [False, False]
    """
    written = []
    for name, field in shape.model_fields.items():
        held = (narrowed or {}).get(name, field.annotation)
        member = f'"{name}":{_layout_of(held)},?'
        may_be_absent = not field.is_required() and field.default is None
        written.append(f"(?:{member})?" if may_be_absent else member)
    return rf"\{{{''.join(written)}\}}"


def _layout_of(annotation: object) -> str:
    """How a value looks that a member is declared to hold; what is unknown fits nothing."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and origin is None:
        return _layout_of_type(annotation)
    if origin is Annotated:
        return _layout_of(inner[0])
    if origin is tuple and inner[1:] == (...,):
        return rf"\[(?:{_layout_of(inner[0])},?)*+\]"
    if origin is Literal:
        choices = [re.escape(json.dumps(value)) for value in inner]
    elif origin in {Union, UnionType}:
        choices = [_layout_of(one) for one in inner if one is not NoneType]
    else:
        return NO_LAYOUT
    return f"(?:{'|'.join(choices)})"


def _layout_of_type(kind: type) -> str:
    if issubclass(kind, Shape):
        return layout(kind)
    for plain, written in PLAIN_LAYOUTS.items():
        if issubclass(kind, plain):
            return written
    return NO_LAYOUT


@cache
def _fits(shape: type[Shape]) -> Callable[[bytes], object]:
    return re.compile(layout(shape).encode()).fullmatch


def is_canonical(value: Shape, raw: bytes) -> bool:
    """Whether the bytes that a shape was read from are its canonical bytes."""
    fits = b"\\" not in raw and _fits(type(value))(raw)
    return bool(fits) or canonical_bytes(value) == raw


# --- Reading ----------------------------------------------------------------------------------


class _Repeated(Exception):
    """A member that an object holds twice."""


def first_repeated(raw: str | bytes) -> str | None:
    """The first member that an object of a JSON text holds twice, or None; integers of any
    length are passed over.

    Raises ValueError for what is not JSON, RecursionError for brackets too deep.

    >>> first_repeated('{"a": [{"b": 1, "c": 2, "b": 3}]}')
    'b'
    """
    try:
        json.loads(raw, object_pairs_hook=_refuse_repeated, parse_int=str)
    except _Repeated as found:
        name: str = found.args[0]
        return name
    return None


def _refuse_repeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members: dict[str, object] = {}
    for name, value in pairs:
        if name in members:
            raise _Repeated(name)
        members[name] = value
    return members


class Fault(NamedTuple):
    """Why a value does not fit a shape: the kind of fault or a rule id, the member as a path
    with dots, and the words for it, which show nothing of the value.
    """

    kind: str
    place: str
    says: str


def faults_of(error: ValidationError) -> Iterator[Fault]:
    """The faults that pydantic found, in its order."""
    for found in error.errors(include_url=False, include_input=False):
        yield Fault(found["type"], ".".join(map(str, found["loc"])), found["msg"])


def first_fault(error: ValidationError) -> Fault:
    """The first of the faults that pydantic found."""
    first = error.errors(include_url=False, include_input=False)[0]
    return Fault(first["type"], ".".join(map(str, first["loc"])), first["msg"])
