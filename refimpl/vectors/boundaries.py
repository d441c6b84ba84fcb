"""The boundaries of what may be said: for each member of each shape, values on the wrong side.

They are worked out from the schemas of the shapes: what must be there is left out, what nothing
knows is added, a number lies one beyond its ends, a text is too long or of another form, a list
has one item too many, and what is of one type is of another.  Where a kind of member has many
ways to be wrong, its name picks some of them, so that each way is tried in several shapes.

`boundary_witnesses` turns those that no witness tries into witnesses of the family `messages`,
each one edit away from a message that is accepted.  Tests ask that none is missing.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final, NamedTuple
from zlib import crc32

from refimpl.messages import Envelope
from refimpl.shapes import canonical_json
from refimpl.vectors.questions import Reference
from refimpl.vectors.schemas import whole_schema
from refimpl.vectors.suite import Json, refusals

PATTERNS: Final[Mapping[str, str]] = {
    "^[A-Za-z0-9._:/-]{1,64}$": "id",
    "^[a-z0-9]+(-[a-z0-9]+)*$": "name",
    r"^[^\x00-\x1f\x7f-\x9f]{1,200}$": "line",
    "^[A-Z]{2}[A-Z0-9]{12,13}$": "emaid",
    "^[A-Z]{3}-[0-9]{1,3}$": "rule",
}
"""What a text is, by its pattern; others are told by how it ends."""
KINDS: Final[Mapping[str, str]] = {
    "array": "list",
    "boolean": "boolean",
    "integer": "integer",
}
LIKE_OTHERS: Final = {
    "reconciliation-answer.besides",
    "reconciliation-answer.lacks",
    "station-information-notice.stations",
}
"""Lists as long as another one that is tried, and costlier to show."""


class Way(NamedTuple):
    """A way for a member to be wrong: what it is called, a value of it, and why it is tried."""

    name: str
    value: Any
    why: str


class Boundary(NamedTuple):
    """A member of a shape on the wrong side, in a message that is otherwise as it was;
    `where` is what reaches the object that has the member.
    """

    shape: str
    member: str
    way: Way
    message: Json
    where: tuple[str | int, ...]

    @property
    def goal(self) -> str:
        """What a witness of it is for, behind the rule that refuses it."""
        return f"{self.shape}.{self.member} {self.way.name}"


# --- Ways to be wrong -------------------------------------------------------------------------

TOO_LONG: Final = "too long"
NO_OUTLET: Final = "without an outlet"
AT_A_LIMIT: Final = {TOO_LONG, "least - 1", "most + 1", "of 65 characters", "of 41 characters"}
BREAK_A_SUM: Final = {
    "cdr.energy_wh",
    "cdr.energy_back_wh",
    "charging-period.energy_wh",
    "charging-period.energy_back_wh",
}
BREAK_A_PART: Final = {"list-part.of least - 1", "list-part.part most + 1"}
LEFT_OUT: Final = Way("left out", None, "What the shape asks for is there.")
NULL: Final = Way("null", None, "What is absent is left out; nothing is null.")
UNKNOWN: Final = Way("unknown", None, "What one side ignores and the other obeys is a hole.")
OF_65: Final = Way("of 65 characters", "x" * 65, "64 at most.")
OF_41: Final = Way("of 41 characters", "x" * 41, "40 at most.")
FORMS: Final[Mapping[str, Sequence[Way]]] = {
    "id": (
        OF_65,
        OF_65,
        OF_65,
        Way("empty", "", "One character at least."),
        Way("with a space", "record 1", "Letters, digits and . _ : / - alone."),
        Way("with an umlaut", "s\u00e4rvice-1", "The letters are those of ASCII."),
        Way("with a plus sign", "record+1", "Letters, digits and . _ : / - alone."),
    ),
    "name": (
        OF_41,
        OF_41,
        OF_41,
        Way("with a capital", "Parking", "Names are lower-case words joined by hyphens."),
        Way("with a hyphen first", "-parking", "A hyphen stands between two words."),
        Way("with a hyphen last", "parking-", "A hyphen stands between two words."),
        Way("with two hyphens", "free--parking", "One hyphen stands between two words."),
        Way("with an underscore", "free_parking", "Words are joined by hyphens."),
        Way("empty", "", "One character at least."),
    ),
    "line": (
        Way("of 201 characters", "x" * 201, "200 at most."),
        Way("empty", "", "One character at least."),
        Way("with a tab", "a\tb", "A line a person reads has no control characters."),
        Way("with U+0085", "a\u0085b", "The controls behind DEL are controls as well."),
        Way("with a DEL", "a\u007fb", "A line a person reads has no control characters."),
    ),
    "emaid": (
        Way("of 13 characters", "DE8AA00123456", "14 at least, or 15 with a check character."),
        Way("of 12 characters", "DE8AA0012345", "14 at least, or 15 with a check character."),
        Way("in lower case", "de8aa0012345670", "Messages carry the canonical form."),
        Way("of another sum", "DE8AA0012345671", "The check character is worked out again."),
    ),
    "evse id": (
        Way("without its E", "DEAB77840648712", "The letter E stands behind the operator."),
        Way("in lower case", "deab7e8406487", "Messages carry the canonical form."),
        Way(NO_OUTLET, "DEAB7E", "The outlet has one character at least."),
        Way(
            "of 38 characters", "DEAB7E" + "1" * 32, "31 characters at most stand behind the E."
        ),
        Way("of stars alone", "+49*123*****", "Behind an operator of DIN is a digit."),
    ),
    "time": (
        Way("of no month", "2025-13-08T12:00:00Z", "There are twelve."),
        Way("of no day", "2025-06-31T12:00:00Z", "June has 30 days."),
        Way("of a leap second", "2025-06-30T23:59:60Z", "A minute has seconds 00 to 59."),
        Way("of hour 24", "2025-07-08T24:00:00Z", "A day begins at 00:00:00 and has no 24."),
        Way("with an offset", "2025-07-08T12:00:00+00:00", "UTC is written Z."),
        Way("with a fraction", "2025-07-08T12:00:00.0Z", "Whole seconds alone."),
        Way("without seconds", "2025-07-08T12:00Z", "Seconds are always written."),
        Way("in year 0", "0000-07-08T12:00:00Z", "The first year is 1."),
    ),
    "day": (
        Way("that is none", "2025-02-29", "2025 is no leap year."),
        Way("with a time", "2025-07-08T00:00:00Z", "A day has no time."),
    ),
    "rule": (
        Way("without a hyphen", "SES1", "A hyphen stands before the number."),
        Way("in lower case", "ses-1", "Rules are written in capitals."),
    ),
    "uid": (Way("with a space first", " a", "Spaces stand between visible characters."),),
    "word": (
        Way("of no meaning", "perhaps", "A closed set can be acted upon."),
        Way("in capitals", None, "Words are spelt one way."),
        Way("empty", "", "A closed set can be acted upon."),
    ),
    "boolean": (
        Way("as a text", "true", "A text is no truth value, whatever it says."),
        Way("as 1", 1, "A number is no truth value."),
    ),
    "list": (Way("as an object", {}, "A list is asked for."),),
    "object": (
        Way("as a list", [], "An object is asked for."),
        Way("as a text", "{}", "An object is asked for."),
    ),
}


def _picked(place: str, kind: str) -> Way:
    """The way that the name of a member picks of those of its kind."""
    ways = FORMS[kind]
    return ways[crc32(place.encode()) // 2 % len(ways)]


def _ways(place: str, schema: Json, value: Any) -> Iterator[Way]:
    """The ways in which a member of a schema is tried, given a value that it has."""
    kind = kind_of(schema)
    if kind == "integer":
        least, most = schema["minimum"], schema["maximum"]
        yield Way("least - 1", least - 1, f"{least} is the least.")
        yield Way("most + 1", most + 1, f"{most} is the most.")
        return
    if kind == "list" and "minItems" in schema:
        yield Way("empty", [], "One item at least.")
    else:
        way = _picked(place, kind)
        yield way._replace(value=value.upper()) if way.name == "in capitals" else way
    if kind == "list" and value and (most := schema.get("maxItems")):
        yield Way(TOO_LONG, value[:1] * (most + 1), f"{most} items at most.")


def kind_of(schema: Json) -> str:
    """Return what a member is, in the words of `FORMS`, or `integer`."""
    if "enum" in schema:
        return "word"
    if schema.get("type") == "string":
        return _kind_of_text(schema.get("pattern", ""))
    return KINDS.get(schema.get("type", ""), "object")


def _kind_of_text(pattern: str) -> str:
    if pattern in PATTERNS:
        return PATTERNS[pattern]
    if pattern.endswith("Z$"):
        return "time"
    if pattern.endswith("-02-29)$"):
        return "day"
    return "evse id" if pattern else "uid"


# --- In an example ----------------------------------------------------------------------------

SHAPES: Final = whole_schema(Envelope)


class Part(NamedTuple):
    """An object in a message: its shape, the schema of that, and what reaches it."""

    name: str
    schema: Json
    way: tuple[str | int, ...]


def parts_of(schema: Json, value: Any, way: tuple[str | int, ...] = ()) -> Iterator[Part]:
    """Yield every object of a shape that a value holds."""
    schema = resolved(schema, value)
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from parts_of(schema["items"], item, (*way, place))
    elif "properties" in schema:
        yield Part(_name_of(schema), schema, way)
        for name, member in value.items():
            yield from parts_of(schema["properties"][name], member, (*way, name))


def resolved(schema: Json, value: Any) -> Json:
    """The schema that a reference, or the choice by kind, leads to."""
    if "properties" not in schema and "oneOf" in schema and isinstance(value, dict):
        for choice in schema["oneOf"]:
            found = resolved(choice, value)
            if found.get("properties", {}).get("kind", {}).get("const") == value.get("kind"):
                return found
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return {"$name": name, **SHAPES["$defs"][name]}
    return schema


def _name_of(schema: Json) -> str:
    return str(schema.get("$name", "envelope"))


def boundaries_of(message: Json) -> Iterator[Boundary]:
    """Yield the boundaries of every member that a message has, each in a copy of it."""
    for part in parts_of(SHAPES, message):
        for member, way in _ways_of(part, held(message, part.way)):
            changed = deepcopy(message)
            holder = held(changed, part.way)
            if way == LEFT_OUT:
                del holder[member]
            else:
                holder[member] = way.value
            yield Boundary(part.name, member, way, changed, part.way)


def held(message: Any, way: Sequence[str | int]) -> Any:
    """Return what a message holds at the end of a way into it."""
    for step in way:
        message = message[step]
    return message


def _ways_of(part: Part, holder: Json) -> Iterator[tuple[str, Way]]:
    yield "x", UNKNOWN._replace(value=True)
    if null := _member_to_null(part, holder):
        yield null, NULL
    for member, schema in part.schema["properties"].items():
        if member not in holder:
            continue
        if member in part.schema.get("required", ()) and _is_told(part, member):
            yield member, LEFT_OUT
        if "const" not in schema:
            place = f"{part.name}.{member}"
            for way in _ways(place, resolved(schema, holder[member]), holder[member]):
                yield member, way


def _member_to_null(part: Part, holder: Json) -> str:
    """The first member that may be absent and is, in every other shape."""
    absent = sorted(part.schema["properties"].keys() - holder.keys())
    return absent[0] if absent and crc32(part.name.encode()) % 2 else ""


def _is_told(part: Part, member: str) -> bool:
    """The kind of a message is looked at first, and in one place for all: once is enough."""
    return member != "kind" or part.name in {"cdr", "sdr", "receipt"}


# --- Witnesses --------------------------------------------------------------------------------


def boundary_witnesses(reference: Reference) -> Iterator[Json]:
    """Yield a witness for each boundary that has none."""
    accepted = {}
    texts, met = set(), set()
    for witness in reference.corpus.witnesses:
        asked = reference.question(witness.base, witness.recipe)
        texts.add(asked.input.get("text", ""))
        met.add(witness.goal.partition(": ")[2])
        if "/accept-" in witness.id and not witness.recipe and "text" in asked.input:
            accepted[witness.base] = Example(witness.id, asked.input["text"])
    for goal, (base, boundary) in _smallest(accepted).items():
        is_asked = canonical_json(boundary.message).decode() in texts
        if goal not in met and not is_asked:
            yield _witness(reference, base, accepted[base], boundary)


class Example(NamedTuple):
    """A vector that is accepted as its base has it, and its text."""

    id: str
    text: str


def _smallest(accepted: Mapping[str, Example]) -> dict[str, tuple[str, Boundary]]:
    """Every boundary by its goal, at the base with the shortest text that has it."""
    found: dict[str, tuple[str, Boundary]] = {}
    for base in sorted(accepted, key=lambda base: (len(accepted[base].text), base)):
        for boundary in boundaries_of(json.loads(accepted[base].text)):
            if boundary.goal.removesuffix(f" {TOO_LONG}") not in LIKE_OTHERS:
                found.setdefault(boundary.goal, (base, boundary))
    return found


def _witness(reference: Reference, base: str, twin: Example, boundary: Boundary) -> Json:
    edit = _edit_to(boundary, twin.text)
    _, answers = reference.ask(base, [edit])
    [rule] = {*refusals(answers).values()}
    place = f"{boundary.shape} {boundary.member} {boundary.way.name}".lower()
    named = re.sub("[^a-z0-9]+", "-", place).strip("-")
    witness = {
        "id": f"messages/reject-{named}",
        "title": f"refuses {_told(boundary)}",
        "why": boundary.way.why,
        "goal": f"{rule}: {boundary.goal}",
        "base": base,
        "recipe": [edit],
        "twin": twin.id,
    }
    if flags := list(_flags(boundary)):
        witness["flags"] = flags
    return witness


def _edit_to(boundary: Boundary, text: str) -> list[object]:
    """The edit that makes a boundary of the text of a message."""
    message = boundary.message
    if boundary.way.name == TOO_LONG:
        items = held(message, boundary.where)[boundary.member]
        return ["again", "input.text", canonical_json(items[0]).decode(), len(items)]
    return ["replace", "input.text", *_difference(text, canonical_json(message).decode())]


def _told(boundary: Boundary) -> str:
    shape, member, way = boundary.shape, boundary.member, boundary.way
    if way.name == UNKNOWN.name:
        return f"an unknown member in {shape}"
    if way == LEFT_OUT:
        return f"{shape} without {member}"
    return f"{shape} with {member} {way.name}"


def _flags(boundary: Boundary) -> Iterator[str]:
    place, way = f"{boundary.shape}.{boundary.member}", boundary.way.name
    if way in AT_A_LIMIT:
        yield "Boundary"
        if place in BREAK_A_SUM or f"{place} {way}" in BREAK_A_PART:
            yield "Precedence"
    if way == NO_OUTLET:
        yield "Precedence"


def _difference(text: str, other: str) -> tuple[str, str]:
    """What of a text is replaced by what to make the other: a stretch that stands once."""
    start = 0
    while text[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(text), len(other)) - start and text[-1 - end] == other[-1 - end]:
        end += 1
    old = text[start : len(text) - end]
    while text.find(old) != start or not old:
        start -= 1
        old = text[start : len(text) - end]
    return old, other[start : len(other) - end]
