"""The suite of vectors as it lies in its files: where it is, how it is read, what stands in it.

`read_suite` reads the whole of it into a `Suite`; `expects` tells what a vector expects in each
of its editions.  Nothing heavy is loaded here, and nothing of the reference but how JSON is
written: a runner needs no more than this module and the JSON files.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal, NotRequired, Required, TypedDict, cast

from refimpl.shapes import canonical_json

Json = dict[str, Any]
"""A JSON object; which members it has, the schemas say."""

PACKAGE: Final = Path(__file__).resolve().parents[1]
INSTALLED: Final = PACKAGE / "_suite"
"""Where a wheel carries the suite."""

URN: Final = "urn:iec63119-refimpl:vectors:v1:"
"""What the id of each schema begins with."""

HEAD: Final = "corpus/suite.json"
"""The file of what the whole suite has in common."""

BEYOND: Final = "schemas/v1/beyond.json"
"""The rules of messages and network files that no schema of their shapes can say."""

UNREACHED: Final = "unreached.json"
"""Which goals of discovery no vector meets, and why."""

TABLES: Final = ("classes", "endpoint", "leaves", "neighbours", "orders", "profiles", "steps")


class BadSuite(ValueError):
    """A suite that cannot be read or filled: what and where in one line, and the way out."""

    def __init__(
        self, said: str, way_out: str = "mend the corpus, as README.md beside it tells"
    ) -> None:
        super().__init__(said)
        self.way_out = way_out


class HowFar(TypedDict, total=False):
    """What a refusal tells besides its rule: how far a sequence came, or what is then said."""

    alert: list[int] | None
    chunk: int
    frames: list[Json]
    phases: list[str]
    says: str
    sends: list[list[Json]]
    step: int


class Expect(HowFar, total=False):
    """An answer: accepted with an output, or refused with the rule that decides."""

    outcome: Required[Literal["accept", "reject"]]
    error: str
    output: Json


class Vector(TypedDict):
    """One vector, as README.md beside the suite explains it."""

    id: str
    contentHashes: dict[str, str]
    since: str
    status: Literal["active", "withdrawn"]
    title: str
    why: str
    rules: list[str]
    level: str
    basis: str
    binding: bool
    clauses: list[str]
    editions: list[str]
    flags: list[str]
    operation: str
    input: Json
    expect: NotRequired[Expect]
    expectByEdition: NotRequired[dict[str, Expect]]
    context: NotRequired[str]
    twin: NotRequired[str]
    source: NotRequired[str]
    supersededBy: NotRequired[str]
    trace: NotRequired[Json]


MOST_ALIKE: Final = ("basis", "binding", "editions", "flags", "level", "since", "status")
"""The members in which most vectors of a family are alike, so that it says them once."""


def with_defaults(file: Json) -> Json:
    """Return a file of vectors with each of them written out: with what stands under
    `defaults`, and with its content hashes.
    """
    contexts = {name: canonical_json(one) for name, one in file["contexts"].items()}
    tests = [cast(Vector, {**file["defaults"], **test}) for test in file["tests"]]
    for test in tests:
        context = contexts[test["context"]] if "context" in test else b"null"
        test["contentHashes"] = content_hashes(
            test["operation"], context, test["input"], expects(test)
        )
    return {**file, "tests": tests}


def without_defaults(file: Json) -> Json:
    """Return a file of vectors as it is stored, each without what stands under `defaults` and
    without its content hashes, which follow from it.
    """
    defaults = file["defaults"]
    tests = []
    for test in file["tests"]:
        own = {name: one for name, one in test.items() if defaults.get(name, test) != one}
        own.pop("contentHashes", None)
        tests.append(own)
    return {**file, "tests": tests}


@dataclass(frozen=True)
class Suite:
    """A whole suite as it was read: every JSON file by its path, and the families in order."""

    folder: Path
    families: tuple[str, ...]
    files: dict[str, Any]

    def tests_of(self, family: str) -> list[Vector]:
        """Return the vectors of one family."""
        tests: list[Vector] = self.files[f"v1/{family}.json"].get("tests", [])
        return tests

    @cached_property
    def tests(self) -> tuple[Vector, ...]:
        """Every vector, family by family."""
        return tuple(test for family in self.families for test in self.tests_of(family))

    @cached_property
    def active(self) -> tuple[Vector, ...]:
        """Every vector that is not withdrawn."""
        return tuple(test for test in self.tests if test["status"] == "active")

    @cached_property
    def by_id(self) -> dict[str, Vector]:
        """Every vector by its id."""
        return {test["id"]: test for test in self.tests}

    @cached_property
    def witnesses(self) -> dict[str, Json]:
        """Every witness of the corpus by its id: what its vector is made of, and for what."""
        found: dict[str, Json] = {}
        for family in self.families:
            for witness in self.files[f"corpus/{family}.json"]["witnesses"]:
                found[witness["id"]] = witness
        return found

    def context_of(self, test: Vector) -> Json | None:
        """Return the context a vector is asked in, written out, or None."""
        family = test["id"].partition("/")[0]
        contexts: dict[str, Json] = self.files[f"v1/{family}.json"]["contexts"]
        return contexts.get(test.get("context", ""))


def suite_folder() -> Path:
    """Return the folder of the suite that belongs to this package.

    >>> (suite_folder() / "index.json").exists()
    True
    """
    return INSTALLED if INSTALLED.is_dir() else PACKAGE.parent / "vectors"


def is_installed(folder: Path) -> bool:
    """Tell whether a folder belongs to an installed package, whose files stay as they came."""
    whole = folder.resolve()
    return whole == INSTALLED or not {"site-packages", "dist-packages"}.isdisjoint(whole.parts)


def families_in(folder: Path) -> tuple[str, ...]:
    """Return the families that have a corpus, in the order of their names."""
    names = {path.stem for path in (folder / "corpus").glob("*.json")}
    return tuple(sorted(names - {"suite"}))


def read_suite(folder: Path) -> Suite:
    """Read the suite in a folder; raises `BadSuite` for a file that is missing or no JSON."""
    families = families_in(folder)
    files: dict[str, Any] = {HEAD: _read(folder, HEAD)}
    try:
        editions = [str(name) for name in files[HEAD]["editions"]]
    except (LookupError, TypeError) as error:
        raise BadSuite(f"{HEAD}: lists no editions") from error
    for name in _file_names(families, editions):
        files[name] = _read(folder, name)
    return Suite(folder, families, files)


def _file_names(families: tuple[str, ...], editions: list[str]) -> Iterator[str]:
    for family in families:
        yield f"v1/{family}.json"
        yield f"corpus/{family}.json"
    for edition in editions:
        yield f"editions/{edition}.json"
    for table in TABLES:
        yield f"tables/{table}.json"
    yield from ("index.json", "errors.json", UNREACHED, BEYOND)


def schema_of(name: str) -> str:
    """Return which schema describes a file of the suite; a family has its own.

    >>> schema_of("v1/session.json"), schema_of("corpus/session.json"), schema_of("errors.json")
    ('session', 'corpus', 'errors')
    """
    folder, _, file = name.rpartition("/")
    stem = file.removesuffix(".json")
    if folder == "editions":
        return "edition"
    if folder == "corpus" and stem != "suite":
        return "corpus"
    return stem


def _read(folder: Path, name: str) -> Any:
    try:
        value = json.loads((folder / name).read_bytes())
        return with_defaults(value) if name.startswith("v1/") else value
    except OSError as error:
        raise BadSuite(
            f"{name}: {error.strerror}", "run iec63119 vectors fill first"
        ) from error
    except (ValueError, LookupError, TypeError) as error:
        raise BadSuite(f"{name}: {error}", "run iec63119 vectors fill again") from error


def expects(test: Vector) -> dict[str, Expect]:
    """Return what a vector expects in each of its editions."""
    if "expect" in test:
        return dict.fromkeys(test["editions"], test["expect"])
    return test["expectByEdition"]


def refused_by(test: Vector) -> dict[str, str]:
    """Return the rule by which a vector is refused, for each edition in which it is."""
    return refusals(expects(test))


def refusals(expected: Mapping[str, Expect]) -> dict[str, str]:
    """Return the rules of those answers that refuse, by edition."""
    return {name: one["error"] for name, one in expected.items() if one["outcome"] == "reject"}


def digest(data: bytes) -> str:
    """Return a SHA-256 digest as the suite writes it."""
    return f"sha256:{sha256(data).hexdigest()}"


def content_hashes(
    operation: str, context: bytes, given: Json, expected: Mapping[str, Expect]
) -> dict[str, str]:
    """Return the digest of what a vector means in each edition: in canonical JSON its
    operation, its context written out, its input, the edition, and the expectation there.

    The context comes in canonical JSON, as many vectors share it.
    """
    start = b'{"context":' + context
    end = b',"input":' + canonical_json(given)
    end += b',"operation":' + canonical_json(operation) + b"}"
    hashes = {}
    for edition, expect in expected.items():
        middle = b',"edition":' + canonical_json(edition) + b',"expect":'
        hashes[edition] = digest(start + middle + canonical_json(expect) + end)
    return hashes
