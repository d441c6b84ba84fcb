"""From an object of a protocol to a record or message of ours, and back.

`take` reads, holds the object against its table, carries each leaf that has a pair, and settles
the ledger.  `give` writes what ours knows, then what the extension kept, then what a context
supplies, and says what is still needed.

Rules: XWK-1, XWK-2, XWK-10.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from functools import cache, lru_cache
from typing import Final, NamedTuple

from pydantic import ValidationError
from pydantic_core import to_json

from refimpl.crosswalk.carrying import Giving, Members, Taking
from refimpl.crosswalk.codecs import CODECS, Codec, same
from refimpl.crosswalk.holding import Carried, Held, Place, missing, pointer_of, tree_of
from refimpl.crosswalk.keeping import has_room, keep, kept_in, restored
from refimpl.crosswalk.kinds import Kind, Protocol
from refimpl.crosswalk.ledger import settle
from refimpl.crosswalk.measures import Unreadable
from refimpl.crosswalk.reading import Json, build, leaves_of, read
from refimpl.crosswalk.report import Entry, Given, Report
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import Finding
from refimpl.errors import Misuse
from refimpl.messages import KINDS
from refimpl.records import ChargingDetailRecord, ServiceDetailRecord
from refimpl.shapes import Sorted, canonical_bytes, first_fault


class Simple(NamedTuple):
    """A pair that its codec carries alone both ways, with its pointer in theirs and its way
    into ours.
    """

    at: str
    carried: Carried
    path: tuple[str, ...]
    codec: Codec
    required: bool


class Table(NamedTuple):
    """The tables of a kind as `take` and `give` use them."""

    kind: Kind
    root: Place
    simple: tuple[Simple, ...]


MIXTURES: Final = 256
"""How many sets of telling members are remembered; few mix their kinds more."""


@cache
def _table(protocol: Protocol, name: str) -> Table:
    kind = protocol.kinds[name]
    cards = {field.path: field.card for field in kind.fields}
    simple = tuple(
        Simple(
            pointer_of(pair.theirs),
            Carried(pointer_of(pair.ours), pair.how),
            tuple(pair.ours.split(".")),
            CODECS[pair.how],
            cards[pair.theirs] == "1",
        )
        for pair in kind.pairs
        if not pair.by_hand and CODECS[pair.how].settles != "derived"
    )
    root = tree_of(kind.fields, kind.pairs, kind.leftovers, protocol.types)
    return Table(kind, Place(root, ""), simple)


# --- Taking -----------------------------------------------------------------------------------


def take(
    protocol: Protocol,
    given: "bytes | Json",
    kind: str = "",
    assume: Collection[str] = (),
) -> Report:
    """Carry an object of a protocol into a record or message of ours.

    `given` is a JSON text, or a value that `reading.read` made.  Without a `kind` the object is
    recognised by its members.  What is refused is a report too.
    """
    value: Json = None
    try:
        value = read(given) if isinstance(given, (str, bytes)) else given
        kind = kind or recognize(protocol, value)
        if not isinstance(value, dict):
            raise Refused("XWK-11", "", "no object")
    except Refused as refusal:
        at_fault = Entry("", "refused")
        leaves = [Entry(at, "refused") for at, _ in leaves_of(value)] if value else [at_fault]
        return Report(protocol.id, kind, None, None, tuple(leaves), refusal=refusal)
    _check_kind(protocol, kind)
    return _take(protocol, _table(protocol, kind), value, assume)


def _check_kind(protocol: Protocol, kind: str) -> None:
    if kind not in protocol.kinds:
        known = ", ".join(protocol.kinds)
        raise Misuse("XWK-10", f"kind {kind[:24]!a}, {protocol.id} has {known}")


def recognize(protocol: Protocol, value: Json) -> str:
    """Find the kind of an object by its members.

    Raises `Refused` XWK-10, also where they fit several kinds: a request to stop must not be
    taken for one to start.
    """
    fits = []
    if isinstance(value, dict):
        names = frozenset(value.keys() & _telling_names(protocol))
        for name, paths in _candidates(protocol, names):
            if all(_has(value, path) for path in paths):
                fits.append(name)
    if len(fits) == 1:
        return fits[0]
    if not fits:
        known = ", ".join(protocol.kinds)
        says = f"no kind of object of {protocol.title} is recognised; name it (--kind): {known}"
        raise Refused("XWK-10", "", says)
    ways = " or ".join(f"--kind {name}" for name in fits)
    says = f"its members fit {' and '.join(fits)}; name the kind: {ways}"
    raise Refused("XWK-10", "", says)


def _name_in(mark: str) -> str:
    """The member of the object itself that a mark asks for.

    >>> _name_in("!token"), _name_in("content/0/Type=End")
    ('token', 'content')
    """
    return mark.removeprefix("!").partition("=")[0].partition("/")[0]


@cache
def _telling_names(protocol: Protocol) -> frozenset[str]:
    """The members by which the objects of a protocol are told apart."""
    marks = [mark for kind in protocol.kinds.values() for mark in kind.told_by]
    return frozenset(map(_name_in, marks))


@lru_cache(MIXTURES)
def _candidates(
    protocol: Protocol, names: frozenset[str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The kinds that an object with these of the telling members may be, and of each the marks
    that ask for more than a member.
    """
    found = []
    for kind in protocol.kinds.values():
        marks = kind.told_by
        if marks and all((_name_in(mark) in names) is (mark[0] != "!") for mark in marks):
            further = tuple(mark for mark in marks if mark.strip("!") != _name_in(mark))
            found.append((kind.name, further))
    return tuple(found)


def _has(value: Json, mark: str) -> bool:
    path, _, text = mark.partition("=")
    for name in path.split("/"):
        if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, dict) and name in value:
            value = value[name]
        else:
            return False
    return not text or value == text


def _take(protocol: Protocol, table: Table, value: Json, assume: Collection[str]) -> Report:
    kind = table.kind
    held = Held(value, table.root, extensible=protocol.extensible)
    findings = (*held.findings, *_findings(kind, value))
    taking = Taking(value if isinstance(value, dict) else {}, held, assume)
    try:
        _carry(taking, table)
        ours = taking.ours
        made = _shape(kind, ours, taking)
    except Refused as refusal:
        entries = tuple(Entry(at, "refused") for at in held.leaves)
        assumed = tuple(taking.assumed)
        return Report(
            protocol.id, kind.name, None, None, entries, findings, None, False, assumed, refusal
        )
    back = _written(table, ours).theirs
    entries, kept = settle(held, taking.carried, taking.forced, back)
    extension = keep(held, kept, back, taking.assumed)
    apart = bool(extension) and not has_room(made, protocol.id, extension)
    if extension and not apart:
        ours["extension"] = {protocol.id: extension}
        made = made.model_copy(update={"extension": ours["extension"]})
    return Report(
        protocol.id,
        kind.name,
        made,
        ours,
        entries,
        findings,
        extension,
        apart,
        tuple(taking.assumed),
    )


def _findings(kind: Kind, value: Json) -> Iterable[Finding]:
    if not isinstance(value, dict):
        return
    for rule, says, _, find in kind.checks:
        for at in find(value):
            yield Finding(at, rule, says)


def _carry(taking: Taking, table: Table) -> None:
    leaves = taking.held.leaves
    for at, carried, path, codec, required in table.simple:
        value = leaves.get(at)
        if value is None:
            continue
        try:
            found = codec.read(value)
        except Unreadable as error:
            if not required:
                continue
            raise Refused(error.rule_id, at, error.says) from None
        taking.carried[at] = carried
        _put(taking.ours, path, found)
    table.kind.compose(taking)


def _put(ours: Members, path: tuple[str, ...], value: Json) -> None:
    *before, last = path
    for name in before:
        inner = ours.setdefault(name, {})
        if not isinstance(inner, dict):
            raise AssertionError(f"{name} holds no members")
        ours = inner
    ours[last] = value


SHAPES: Final[Mapping[str, type[Sorted]]] = {
    "cdr": ChargingDetailRecord,
    "sdr": ServiceDetailRecord,
    **KINDS,
}
"""Our records and messages by their kind."""


def shape_of(ours: Members) -> Sorted:
    """The record or message of ours that these members are."""
    return SHAPES[str(ours["kind"])].model_validate_json(to_json(ours))


def _shape(kind: Kind, ours: Members, taking: Taking) -> Sorted:
    """Read our members as the shape they are; raises `Refused` with the shape's own rule."""
    shape = SHAPES[str(ours.get("kind", kind.makes))]
    try:
        return shape.model_validate_json(to_json(ours))
    except ValidationError as error:
        fault = first_fault(error)
        pointer = "/" + fault.place.replace(".", "/")
        places = {carried.to: at for at, carried in taking.carried.items()}
        at = places.get(pointer, "")
        if fault.kind == "missing":
            says = f"ours requires {pointer} and nothing else tells it"
            raise Refused("XWK-2", at, says) from None
        is_rule = fault.kind[:3].isupper()
        raise Refused(fault.kind if is_rule else "XWK-11", at, fault.says) from None


# --- Giving -----------------------------------------------------------------------------------


def give(
    protocol: Protocol,
    kind: str,
    record: Sorted | Mapping[str, Json],
    context: Mapping[str, Json] | None = None,
    extension: Mapping[str, Json] | None = None,
) -> Given:
    """Carry a record or message of ours into an object of a protocol.

    `context` is a part of such an object: what ours does not know.  `extension` is what a
    report kept; without one, that in the record is used.  An extension that does not fit the
    record, for it was kept with another, is left aside and `/extension` is lost.  An unknown
    kind raises `Misuse` XWK-10.
    """
    _check_kind(protocol, kind)
    table = _table(protocol, kind)
    ours = _members(record)
    own = ours.pop("extension", None)
    if extension is None and isinstance(own, dict):
        kept = own.get(protocol.id)
        extension = kept if isinstance(kept, dict) else None
    giving = _written(table, ours)
    lost = [at for at, _ in leaves_of(ours) if at not in giving.held]
    supplied = dict(leaves_of(dict(context))) if context else {}
    if extension:
        written = {**giving.theirs, **kept_in(extension)[0]}
        found = restored({**_fitting(supplied, written), **giving.theirs}, extension)
        assumed = extension.get("assumed", [])
        allowed = [str(name) for name in assumed] if isinstance(assumed, list) else []
        again = _take(protocol, table, found, allowed).ours
        if again is not None and _written(table, again).theirs == giving.theirs:
            read_again, before = dict(leaves_of(again)), dict(leaves_of(ours))
            lost = [at for at in lost if read_again.get(at) != before[at]]
            return _given(found, protocol, table, lost, supplied)
        lost.append("/extension")
    found = build({**_fitting(supplied, giving.theirs), **giving.theirs})
    return _given(found, protocol, table, lost, supplied)


def _fitting(supplied: Members, written: Members) -> Members:
    """What a context supplies, without what has another form than is written."""
    above = {at[:end] for at in written for end in range(len(at)) if at[end] == "/"}
    found = {}
    for at, value in supplied.items():
        is_above = at in above and value != {}
        steps = [at[:end] for end in range(len(at)) if at[end] == "/"]
        if not is_above and not any(step in written for step in steps):
            found[at] = value
    return found


def _members(record: Sorted | Mapping[str, Json]) -> Members:
    if isinstance(record, Sorted):
        found: Members = json.loads(canonical_bytes(record))
        return found
    return dict(record)


def _given(
    found: Json, protocol: Protocol, table: Table, lost: Iterable[str], supplied: Members
) -> Given:
    held = Held(found, table.root, extensible=protocol.extensible)
    needs = missing(held.findings)
    findings = [one for one in held.findings if one.at not in needs]
    if supplied and not needs:
        findings += _findings(table.kind, found)
        refusal = _take(protocol, table, found, ()).refusal
        if refusal is not None and refusal.rule_id != "XWK-2":
            findings.append(Finding(refusal.at, refusal.rule_id, refusal.says))
    conflicts = [
        at
        for at, value in supplied.items()
        if value != {} and not (at in held.leaves and same(value, held.leaves[at]))
    ]
    whole = found if isinstance(found, dict) else {}
    return Given(whole, needs, tuple(lost), tuple(conflicts), tuple(findings))


def _written(table: Table, ours: Members) -> Giving:
    """What ours writes without help."""
    giving = Giving(ours)
    for at, carried, path, codec, _ in table.simple:
        value = _inner(ours, path)
        if value is None:
            continue
        written = codec.write(value)
        if written is not None:
            giving.write(at, written, carried.to)
    table.kind.spread(giving)
    return giving


def _inner(ours: Json, path: tuple[str, ...]) -> Json:
    for name in path:
        if not isinstance(ours, dict):
            return None
        ours = ours.get(name)
    return ours
