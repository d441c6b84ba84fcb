"""What an amendment changes as short tables of words, alike for command and notebook.

Ways of roaming in which the same happens are one line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from refimpl.lab.amended_properties import PropertyChange
from refimpl.lab.amended_stories import Ending, JourneyChange, LearningChange
from refimpl.lab.amendment import Amendment

NOTHING: Final = "–"
MARKS: Final = {"added": "+", "removed": "−", "altered": "≠"}
"""A sign for each sort of change, besides its word."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of what is told: its id, what it counts, the heads and the rows."""

    id: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sections(told: Amendment) -> tuple[Section, ...]:
    """Everything that an amendment changes, in the order in which it is told.

    >>> from refimpl.edition import load
    >>> from refimpl.lab.amendment import amend
    >>> told = amend(load("2019"), load("2025"), search=False)
    >>> print(*(part.id for part in sections(told)))
    rows beyond remarks journeys learning unreached changed meaningless missing about
    """
    properties = () if told.properties is None else (_properties(told, told.properties),)
    return (
        _rows(told),
        _beyond(told),
        _remarks(told),
        _journeys(told),
        _learning(told),
        *properties,
        _unreached(told),
        *_vectors(told),
    )


def counted(many: int, one: str, several: str = "") -> str:
    """How many there are of something.

    >>> counted(1, "row"), counted(2, "row"), counted(0, "journey")
    ('1 row', '2 rows', 'no journey')
    """
    if many < 2:
        return f"{many or 'no'} {one}"
    return f"{many:,} {several or one + 's'}"


def _rows(told: Amendment) -> Section:
    rows = []
    for one in told.rows:
        fields = [
            f"{field.field}: {_from_to(field.before, field.after)}" for field in one.fields
        ]
        says = "; ".join(fields) or one.says
        how = f"{MARKS[one.how]} {one.how}"
        rows.append((how, one.table, one.id, says, one.change or NOTHING))
    title = f"Rows added, removed or altered: {len(rows)}"
    return Section("rows", title, ("how", "table", "row", "what", "change"), tuple(rows))


def _from_to(before: str, after: str) -> str:
    return f"{before or NOTHING} → {after or NOTHING}"


def _beyond(told: Amendment) -> Section:
    rows = tuple((one.table, one.id, one.says, one.would_change) for one in told.beyond)
    title = f"Rows that ask more than the model can follow: {len(rows)}"
    return Section("beyond", title, ("table", "row", "why", "what would have to change"), rows)


def _journeys(told: Amendment) -> Section:
    groups: dict[tuple[str, str, str], list[JourneyChange]] = {}
    for one in told.journeys:
        ends = (_phases(one.before), _phases(one.after))
        groups.setdefault((one.journey, *ends), []).append(one)
    rows = []
    for (journey, before, after), ways in groups.items():
        rows.append((journey, _ways(ways), before, after))
    title = f"Journeys that end otherwise, or are new: {len(groups)}"
    return Section("journeys", title, ("journey", "where", "before", "after"), tuple(rows))


def _phases(ending: Ending | None) -> str:
    """Where a journey ends, without how much was said on the way."""
    if ending is None:
        return "not there"
    phases = ending.home
    if ending.visited != ending.home:
        phases = f"{ending.home} (home), {ending.visited} (visited)"
    return ", ".join((phases, *(f"{rule} broken" for rule in ending.broken)))


def _ways(changes: list[JourneyChange]) -> str:
    modes = dict.fromkeys(one.mode for one in changes)
    return ", ".join(modes)


def _learning(told: Amendment) -> Section:
    groups: dict[tuple[str, str, str, bool], list[LearningChange]] = {}
    for one in told.learning:
        what = (one.who, _members(one.learns), _members(one.learns_no_more), one.is_new)
        groups.setdefault(what, []).append(one)
    rows = []
    for (who, learns, no_more, is_new), where in groups.items():
        place = _named(where) if is_new else _counted(where)
        rows.append((who, learns, no_more, place))
    title = f"Differences in who learns what: {len(rows)}"
    return Section("learning", title, ("who", "learns", "no longer", "in"), tuple(rows))


def _counted(where: list[LearningChange]) -> str:
    journeys = counted(len({one.journey for one in where}), "journey")
    ways = counted(len({one.way for one in where}), "way of roaming", "ways of roaming")
    return f"{journeys}, {ways}"


def _named(where: list[LearningChange]) -> str:
    """The journeys and ways by name, for one of the two is new."""
    journeys = dict.fromkeys(one.journey for one in where)
    ways = dict.fromkeys(one.way for one in where)
    return f"{', '.join(journeys)}: {', '.join(ways)} (new)"


def _remarks(told: Amendment) -> Section:
    rows = tuple((one.table, one.id, one.says) for one in told.remarks)
    return Section("remarks", f"Odd, but not wrong: {len(rows)}", ("table", "row", "why"), rows)


def _members(members: tuple[str, ...]) -> str:
    """The members by their message, as `cdr: emaid, kind`."""
    by_shape: dict[str, list[str]] = {}
    for member in members:
        shape, _, name = member.partition(".")
        by_shape.setdefault(shape, []).append(name)
    told = [f"{shape}: {', '.join(names)}" for shape, names in by_shape.items()]
    return "; ".join(told) or NOTHING


def _properties(told: Amendment, found: PropertyChange) -> Section:
    """The properties that break; where changed rows were not reached, this is said of them."""
    rows = tuple(
        (one.property, one.says, one.story, "; ".join(one.trace), one.token)
        for one in found.broken
    )
    where = f"{found.states:,} states ({', '.join(found.modes)})"
    title = f"Properties that break, of {where}: {len(rows)}"
    if told.unreached:
        title += f"; none of these states reaches {counted(len(told.unreached), 'changed row')}"
    heads = ("property", "what it says", "story", "shortest way", "token")
    return Section("properties", title, heads, rows)


def _unreached(told: Amendment) -> Section:
    """The changed rows of which journeys and states say nothing."""
    rows = tuple((one.how, one.table, one.id, one.says) for one in told.unreached)
    title = f"Changed rows that the search does not reach: {len(rows)}"
    if told.properties is None:
        title = f"Changed rows that no journey reaches: {len(rows)}"
    return Section("unreached", title, ("how", "table", "row", "why"), rows)


def _vectors(told: Amendment) -> Iterator[Section]:
    vectors = told.vectors
    changed = tuple((one.id, one.before, one.after) for one in vectors.changed)
    title = f"Vectors answered otherwise, of {vectors.asked:,}: {len(changed)}"
    yield Section("changed", title, ("vector", "before", "after"), changed)
    gone = tuple((one.id, one.why, one.after) for one in vectors.meaningless)
    title = f"Vectors that mean nothing any more: {len(gone)}"
    yield Section("meaningless", title, ("vector", "why", "answered now"), gone)
    missing = tuple((one.table, one.id, one.says) for one in vectors.missing)
    title = f"Rows that no vector exercises: {len(missing)}"
    yield Section("missing", title, ("table", "row", "why"), missing)
    about = tuple((one.id, one.why, one.before) for one in vectors.about)
    title = f"Vectors about an altered row, answered as before: {len(about)}"
    yield Section("about", title, ("vector", "row", "answered"), about)
