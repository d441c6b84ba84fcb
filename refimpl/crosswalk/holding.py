"""An object held against the table of its own protocol, so that its faults are not blamed on
the crosswalk.

A tree of nodes is made of a table once, and of it the places of an object; an object is then
walked once beside them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Final, NamedTuple

from refimpl.crosswalk.codecs import CODECS
from refimpl.crosswalk.reading import CONTAINERS, Json, counts, step
from refimpl.crosswalk.report import Entry
from refimpl.crosswalk.tables import Field, Finding, Leftover, Pair, Residue, TypeCheck


class Carried(NamedTuple):
    """Where a leaf goes, a JSON Pointer in ours, and the codec that carries it."""

    to: str
    how: str


@dataclass(slots=True, eq=False)
class Node:
    """What a table says of one place: the members of an object, the type of a leaf, and where
    the leaf goes.
    """

    members: "dict[str, Node]" = field(default_factory=dict)
    items: "Node | None" = None
    required: frozenset[str] = frozenset()
    check: TypeCheck | None = None
    at_least_one: bool = False
    derived: Carried | None = None
    kind: Residue = "text"


class Place:
    """A node at a JSON Pointer, with the places of its members below it.

    What is the same for every object of a kind is worked out once: pointers, and the entry of a
    leaf that ours has no place for.
    """

    __slots__ = ("at", "check", "derived", "members", "node", "residue")

    def __init__(self, node: Node, at: str) -> None:
        self.node = node
        self.at = at
        self.check = node.check
        self.derived = node.derived
        self.residue = Entry(at, "residue", "", node.kind)
        self.members = {
            name: Place(inner, at + step(name)) for name, inner in node.members.items()
        }


REMEMBERED: Final = 4096
"""How many items of lists have their places remembered."""


@lru_cache(REMEMBERED)
def _item(node: Node, holder: str, index: int) -> Place:
    """The place of an item of a list, which is at `holder`."""
    return Place(node, f"{holder}/{index}")


@cache
def _unknown(kind: Residue) -> Node:
    """What stands in no table, and all below it."""
    return Node(kind=kind)


def tree_of(
    fields: Iterable[Field],
    pairs: Iterable[Pair],
    leftovers: Iterable[Leftover],
    types: Mapping[str, TypeCheck],
) -> Node:
    """Make the tree of a kind's tables."""
    root = Node()
    for row in fields:
        _grow(root, row, types)
    for pair in pairs:
        node = _find(root, pair.theirs)
        if CODECS[pair.how].settles == "derived" and not pair.by_hand:
            node.derived = Carried(pointer_of(pair.ours), pair.how)
    for leftover in sorted(leftovers, key=lambda row: len(row.path)):
        _mark(_find(root, leftover.path.removesuffix("[]")), leftover.kind)
    return root


def pointer_of(path: str) -> str:
    """The JSON Pointer of a path, with the first of each list.

    >>> pointer_of("cdr_token.uid"), pointer_of("media[].uid")
    ('/cdr_token/uid', '/media/0/uid')
    """
    return "/" + path.replace("[]", ".0").replace(".", "/")


def _grow(root: Node, row: Field, types: Mapping[str, TypeCheck]) -> None:
    before, _, name = row.path.rpartition(".")
    holder = _find(root, before) if before else root
    is_list = name.endswith("[]")
    name = name.removesuffix("[]")
    node = Node(at_least_one=row.card == "+")
    check = None if row.type == "object" else types[row.type]
    if is_list:
        node.items = Node(check=check)
    else:
        node.check = check
    holder.members[name] = node
    if row.card in "1+":
        holder.required |= {name}


def _find(root: Node, path: str) -> Node:
    """The node of a path; raises KeyError where the fields have none."""
    node = root
    for name in path.split("."):
        node = node.members[name.removesuffix("[]")]
        if name.endswith("[]") and node.items is not None:
            node = node.items
    return node


def _mark(node: Node, kind: Residue) -> None:
    node.kind = kind
    for below in (*node.members.values(), *filter(None, [node.items])):
        _mark(below, kind)


class Held:
    """An object and what the walk found: each leaf with its place, and the findings."""

    __slots__ = ("extensible", "findings", "leaves", "places", "strange", "value")

    def __init__(self, value: Json, root: Place, extensible: bool = False) -> None:
        self.value = value
        self.extensible = extensible
        self.leaves: dict[str, Json] = {}
        self.places: list[Place] = []
        self.findings: list[Finding] = []
        self.strange: list[str] = []
        if isinstance(value, dict):
            self._walk(value, root)
        else:
            self._keep(value, root)

    def _find(self, at: str, rule: str, says: str) -> None:
        self.findings.append(Finding(at, rule, says))

    def _keep(self, value: Json, place: Place) -> None:
        self.leaves[place.at] = value
        self.places.append(place)

    def _walk(self, value: dict[str, Json], place: Place) -> None:
        """Walk an object whose members a node describes."""
        if not value:
            self._keep(value, place)
        if counts(value):
            self.strange.append(place.at)
        place_of, leaves, found = place.members.get, self.leaves, self.places.append
        for name, inner in value.items():
            child = place_of(name)
            if child is None:
                self._walk_unknown(inner, place, place.at + step(name))
            elif (check := child.check) is None:
                self._walk_holder(inner, child)
            elif says := check(inner):
                self._walk_fault(inner, child, says)
            else:
                leaves[child.at] = inner
                found(child)
        required = place.node.required
        if not value.keys() >= required:
            for name in sorted(required - value.keys()):
                self._find(place.members[name].at, "missing", "required and not there")

    def _walk_unknown(self, value: Json, holder: Place, at: str) -> None:
        if self.extensible:
            self._find(at, "extra", "in no table of a protocol that allows more")
        else:
            self._find(at, "unknown", "not a member of its table")
        self._walk_anything(value, Place(_unknown(holder.node.kind), at))

    def _walk_anything(self, value: Json, place: Place) -> None:
        """Walk a value that no table describes."""
        unknown, at = _unknown(place.node.kind), place.at
        if isinstance(value, dict) and value:
            if counts(value):
                self.strange.append(at)
            for name, inner in value.items():
                self._walk_anything(inner, Place(unknown, at + step(name)))
        elif isinstance(value, list) and value:
            for index, inner in enumerate(value):
                self._walk_anything(inner, Place(unknown, f"{at}/{index}"))
        else:
            self._keep(value, place)

    def _walk_holder(self, value: Json, place: Place) -> None:
        """Walk a value that should be an object or a list."""
        items = place.node.items
        if items is None and isinstance(value, dict):
            self._walk(value, place)
        elif items is None or not isinstance(value, list):
            self._walk_fault(value, place, "")
        elif value:
            for index, inner in enumerate(value):
                self._walk_item(inner, _item(items, place.at, index))
        else:
            if place.node.at_least_one:
                self._find(place.at, "empty", "a list of at least one")
            self._keep(value, place)

    def _walk_item(self, value: Json, place: Place) -> None:
        if place.check is None:
            self._walk_holder(value, place)
        elif says := place.check(value):
            self._walk_fault(value, place, says)
        else:
            self._keep(value, place)

    def _walk_fault(self, value: Json, place: Place, says: str) -> None:
        """Walk a value that is not of its type."""
        if value is None:
            self._find(place.at, "null", "null in the place of nothing")
        elif place.check is None or type(value) in CONTAINERS:
            self._find(place.at, "type", f"no {_expected(place.node)}")
        else:
            self._find(place.at, "type", says)
        self._walk_anything(value, place)


def _expected(node: Node) -> str:
    if node.items is not None:
        return "list"
    return "object" if node.check is None else "single value"


def missing(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The places where something required is not there."""
    return tuple(found.at for found in findings if found.rule in {"missing", "empty"})
