"""Cases by the million: questions drawn from the corpus of a family, answered by the reference,
and written in parts that may be made anywhere and in any order.

A case is one line of canonical JSON, a part is `CASES` of them, and `bulk.json` says what lies
in the folder.  Which bytes a part has follows from the family, the seed, its number and the
suite alone.  A part is written aside and renamed, so what lies there under its name is whole;
after an interruption only those are made that are missing.

Nothing here decides who works: `make_part` is called by processes of this machine or of others.
"""

import json
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple, TypedDict

from refimpl.shapes import canonical_json
from refimpl.vectors.corpus import read_corpus
from refimpl.vectors.drawing import Drawn, Sources, draw, sources
from refimpl.vectors.families import FAMILIES
from refimpl.vectors.files import file_bytes, write_files
from refimpl.vectors.suite import BadSuite, Json

CASES: Final = 10_000
"""How many cases are in a part, but for the last."""
HEAD: Final = "bulk.json"
PIECE: Final = 1 << 20


class Order(NamedTuple):
    """What is to be made: so many cases of a family, by a seed, from the suite in a folder,
    which has that root hash.
    """

    folder: Path
    root_hash: str
    family: str
    seed: int
    cases: int

    def parts(self) -> range:
        """The numbers of the parts."""
        return range(-(-self.cases // CASES))


class Part(TypedDict):
    """A part as it lies there: its name, digest and bytes, and how many of its cases have which
    outcome: `accept`, or the rule that refuses.
    """

    name: str
    sha256: str
    bytes: int
    outcomes: dict[str, int]


def order(folder: Path, family: str, seed: int, cases: int) -> Order:
    """Return what is to be made from the suite in a folder; raises `BadSuite` for an unknown
    family.
    """
    if family not in FAMILIES:
        raise BadSuite(f"no family {family!r}", f"there are {', '.join(FAMILIES)}")
    try:
        root_hash: str = json.loads((folder / "index.json").read_bytes())["rootHash"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BadSuite(f"{folder / 'index.json'}: no root hash") from error
    return Order(folder, root_hash, family, seed, cases)


def part_name(number: int) -> str:
    """Return the name of the file of a part."""
    return f"part-{number:05}.jsonl"


# --- One part ---------------------------------------------------------------------------------


def make_part(made: Order, number: int) -> tuple[Part, bytes]:
    """Make one part: what is in it, and its bytes."""
    found = _sources(made.folder, made.family)
    operations = list(found)
    first = number * CASES
    lines = []
    outcomes: Counter[str] = Counter()
    for index in range(first, min(first + CASES, made.cases)):
        drawn = draw(found[operations[index % len(operations)]], made.seed, index)
        outcomes[drawn.expected.get("error", "accept")] += 1
        lines.append(canonical_json(case_of(index, drawn)) + b"\n")
    raw = b"".join(lines)
    return {
        "name": part_name(number),
        "sha256": sha256(raw).hexdigest(),
        "bytes": len(raw),
        "outcomes": dict(sorted(outcomes.items())),
    }, raw


@lru_cache(maxsize=1)
def _sources(folder: Path, family: str) -> Sources:
    return sources(folder, [family])


def case_of(index: int, drawn: Drawn) -> Json:
    """Return a drawn question as a line of a part has it: as a vector, with the name of its
    context.
    """
    asked = drawn.asked
    return {
        "index": index,
        "operation": asked.operation,
        "edition": drawn.edition,
        "context": asked.context,
        "input": asked.input,
        "expect": drawn.expected,
    }


# --- What lies in a folder --------------------------------------------------------------------


class Bulk:
    """The parts of an order in a folder: those that lie there whole, and how to add one.

    Raises `BadSuite` where the folder holds something else.
    """

    def __init__(self, target: Path, made: Order) -> None:
        self.target = target
        self.made = made
        self.parts: dict[int, Part] = {}
        target.mkdir(parents=True, exist_ok=True)
        told = self._head()
        known = {part["name"]: part["sha256"] for part in told.get("parts", ())}
        for number in made.parts():
            part = _part_in(target, made, number)
            if part and known.get(part["name"], part["sha256"]) == part["sha256"]:
                self.parts[number] = part
        if not told:
            write_files(target, {HEAD: file_bytes(self._what())})

    def missing(self) -> list[int]:
        """The numbers of the parts that are yet to be made."""
        return [number for number in self.made.parts() if number not in self.parts]

    def add(self, number: int, part: Part, raw: bytes) -> None:
        """Keep one part."""
        write_files(self.target, {part["name"]: raw})
        self.parts[number] = part

    def close(self) -> Json:
        """Write what lies there into `bulk.json`, now that it is all, and return it."""
        parts = [self.parts[number] for number in self.made.parts()]
        outcomes: Counter[str] = Counter()
        whole = sha256()
        for part in parts:
            outcomes.update(part["outcomes"])
            for piece in _pieces(self.target / part["name"]):
                whole.update(piece)
        told = {
            **self._what(),
            "contexts": read_corpus(self.made.folder, self.made.family).contexts,
            "outcomes": dict(sorted(outcomes.items())),
            "parts": parts,
            "sha256": whole.hexdigest(),
        }
        write_files(self.target, {HEAD: file_bytes(told)})
        return told

    def _what(self) -> Json:
        made = self.made
        return {
            "suite": "iec63119-1",
            "rootHash": made.root_hash,
            "family": made.family,
            "seed": made.seed,
            "cases": made.cases,
            "casesPerPart": CASES,
        }

    def _head(self) -> Json:
        """What `bulk.json` says; empty in a folder that is empty."""
        path = self.target / HEAD
        if not path.exists():
            if any(self.target.iterdir()):
                raise BadSuite(f"{self.target} holds something else", "name an empty folder")
            return {}
        try:
            told: Json = json.loads(path.read_bytes())
            same = {name: told[name] for name in self._what()} == self._what()
        except (ValueError, LookupError, TypeError):
            same = False
        if not same:
            raise BadSuite(
                f"{self.target} holds other cases, or those of another suite",
                "name an empty folder",
            )
        return told


def _part_in(target: Path, made: Order, number: int) -> Part | None:
    """A part that lies in a folder; None where it does not, or is not whole."""
    path = target / part_name(number)
    outcomes: Counter[str] = Counter()
    digest = sha256()
    index = number * CASES
    try:
        with path.open("rb") as file:
            for line in file:
                digest.update(line)
                case = json.loads(line)
                if case["index"] != index or line[-1:] != b"\n":
                    return None
                outcomes[case["expect"].get("error", "accept")] += 1
                index += 1
    except (OSError, ValueError, LookupError, TypeError):
        return None
    if index != min((number + 1) * CASES, made.cases):
        return None
    return {
        "name": path.name,
        "sha256": digest.hexdigest(),
        "bytes": path.stat().st_size,
        "outcomes": dict(sorted(outcomes.items())),
    }


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
