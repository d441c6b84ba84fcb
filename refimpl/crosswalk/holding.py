"""An object held against the table of its own protocol, so that its faults are not blamed on
the crosswalk.

A tree of nodes is made of a table once; an object is then walked once beside it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from refimpl.crosswalk.codecs import CODECS
from refimpl.crosswalk.reading import Json, counts, step
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

    path: str = ""
    step: str = ""
    members: "dict[str, Node]" = field(default_factory=dict)
    items: "Node | None" = None
    required: frozenset[str] = frozenset()
    check: TypeCheck | None = None
    at_least_one: bool = False
    pair: Pair | None = None
    derived: Carried | None = None
    kind: Residue = "text"


UNKNOWN: Final = Node()
"""What stands in no table, and all below it."""


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
        node.pair = pair
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
    node = Node(row.path, step(name), at_least_one=row.card == "+")
    check = None if row.type == "object" else types[row.type]
    if is_list:
        node.items = Node(row.path, check=check)
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
    """An object and what the walk found: each leaf with its node, and the findings."""

    __slots__ = ("extensible", "findings", "leaves", "nodes", "strange", "value")

    def __init__(self, value: Json, root: Node, extensible: bool = False) -> None:
        self.value = value
        self.extensible = extensible
        self.leaves: dict[str, Json] = {}
        self.nodes: dict[str, Node] = {}
        self.findings: list[Finding] = []
        self.strange: list[str] = []
        if isinstance(value, dict):
            self._walk(value, root, "")
        else:
            self._keep("", value, root)

    def _find(self, at: str, rule: str, says: str) -> None:
        self.findings.append(Finding(at, rule, says))

    def _keep(self, at: str, value: Json, node: Node) -> None:
        self.leaves[at] = value
        self.nodes[at] = node

    def _walk(self, value: dict[str, Json], node: Node, at: str) -> None:
        """Walk an object whose members a node describes."""
        if not value:
            self._keep(at, value, node)
        if counts(value):
            self.strange.append(at)
        member_of, leaves, nodes = node.members.get, self.leaves, self.nodes
        for name, inner in value.items():
            child = member_of(name)
            if child is None:
                self._walk_unknown(inner, node, at + step(name))
            elif child.check is None or type(inner) in CONTAINERS:
                self._walk_one(inner, child, at + child.step)
            else:
                here = at + child.step
                leaves[here], nodes[here] = inner, child
                if says := child.check(inner):
                    self._find_type(here, inner, says)
        if not value.keys() >= node.required:
            for name in sorted(node.required - value.keys()):
                self._find(at + node.members[name].step, "missing", "required and not there")

    def _find_type(self, at: str, value: Json, says: str) -> None:
        rule = "null" if value is None else "type"
        self._find(at, rule, "null in the place of nothing" if value is None else says)

    def _walk_unknown(self, value: Json, node: Node, at: str) -> None:
        if self.extensible:
            self._find(at, "extra", "in no table of a protocol that allows more")
        else:
            self._find(at, "unknown", "not a member of its table")
        unknown = UNKNOWN if node.kind == "text" else Node(kind=node.kind)
        self._walk_anything(value, unknown, at)

    def _walk_anything(self, value: Json, node: Node, at: str) -> None:
        """Walk a value that no table describes."""
        if isinstance(value, dict) and value:
            if counts(value):
                self.strange.append(at)
            for name, inner in value.items():
                self._walk_anything(inner, node, at + step(name))
        elif isinstance(value, list) and value:
            for index, inner in enumerate(value):
                self._walk_anything(inner, node, f"{at}/{index}")
        else:
            self._keep(at, value, node)

    def _walk_one(self, value: Json, node: Node, at: str) -> None:
        """Walk a value that is no plain leaf, or should be none."""
        if node.items is not None and isinstance(value, list):
            if not value and node.at_least_one:
                self._find(at, "empty", "a list of at least one")
            if not value:
                self._keep(at, value, node)
            for index, inner in enumerate(value):
                self._walk_item(inner, node.items, f"{at}/{index}")
        elif node.items is None and node.check is None and isinstance(value, dict):
            self._walk(value, node, at)
        else:
            self._find_type(at, value, f"no {_expected(node)}")
            self._walk_anything(value, node, at)

    def _walk_item(self, value: Json, node: Node, at: str) -> None:
        if node.check is None and isinstance(value, dict):
            self._walk(value, node, at)
        elif node.check is None or type(value) in CONTAINERS:
            self._find_type(at, value, f"no {_expected(node)}")
            self._walk_anything(value, node, at)
        else:
            self._keep(at, value, node)
            if says := node.check(value):
                self._find_type(at, value, says)


CONTAINERS: Final = frozenset({dict, list})


def _expected(node: Node) -> str:
    if node.items is not None:
        return "list"
    return "object" if node.check is None else "single value"


def missing(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The places where something required is not there."""
    return tuple(found.at for found in findings if found.rule in {"missing", "empty"})
