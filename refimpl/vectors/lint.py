"""The suite held against its own promises, from what lies in its files alone, but for the
tables it has to cover.

`lint` yields one line for each broken promise, with the vector or file it is about; nothing
means that all are kept. `PROMISES` names them, in the order in which they are looked at.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from refimpl.edition import load
from refimpl.session import STEPS
from refimpl.vectors.corpus import FAMILIES, read_suite
from refimpl.vectors.edits import apart
from refimpl.vectors.fill import URN, content_hash, file_bytes
from refimpl.vectors.operations import Json, row_name, rows
from refimpl.vectors.suite import BadSuite

Track = Callable[[Collection[str]], Iterable[str]]
"""How somebody who waits sees names go by."""

ACCEPT_SHARE: Final = 0.3
MAX_BYTES: Final = 5_000_000

SCHEMAS: Final = {
    "corpus/suite.json": "suite",
    **{f"v1/{family}.json": family for family in FAMILIES},
    **{f"corpus/{family}.json": "corpus" for family in FAMILIES},
    **{name + ".json": name for name in ("index", "errors", "ids")},
    **{f"tables/{name}.json": name for name in ("classes", "leaves", "profiles", "steps")},
}
"""Which schema describes a file; a family has its own, and so has every edition one of its
files.
"""


@dataclass(frozen=True, slots=True)
class Suite:
    """A whole suite as it was read."""

    folder: Path
    files: dict[str, Any]
    tests: tuple[Json, ...]

    @property
    def by_id(self) -> dict[str, Json]:
        """Every vector by its id."""
        return {test["id"]: test for test in self.tests}


Promise = Callable[[Suite], Iterator[str]]


def read(folder: Path) -> Suite:
    """The suite in a folder; raises `BadSuite` for a file that is missing or no JSON."""
    files = {}
    editions = read_suite(folder).editions
    for name in (*SCHEMAS, *(f"editions/{name}.json" for name in editions)):
        try:
            files[name] = json.loads((folder / name).read_bytes())
        except OSError as error:
            raise BadSuite(
                f"{name}: {error.strerror}", "run iec63119 vectors fill first"
            ) from error
        except ValueError as error:
            raise BadSuite(f"{name}: {error}", "run iec63119 vectors fill again") from error
    tests = [
        test for family in FAMILIES for test in files[f"v1/{family}.json"].get("tests", ())
    ]
    return Suite(folder, files, tuple(tests))


def lint(folder: Path, track: Track = iter) -> Iterator[str]:
    """Every broken promise in one line; a suite that breaks its schemas is not looked at
    further.

    The schemas take nearly all of the time, and `track` is handed the names of the files held
    against them.
    """
    suite = read(folder)
    promises: dict[str, Promise] = {**PROMISES, "schema": partial(_schemas, track=track)}
    for name, promise in promises.items():
        found = [f"{name}: {line}" for line in promise(suite)]
        yield from found
        if found and name == "schema":
            return


def expects(test: Json) -> dict[str, Json]:
    """What a vector expects in each of its editions."""
    differing = test.get("expectByEdition", {})
    return {name: differing[name] if differing else test["expect"] for name in test["editions"]}


def _schemas(suite: Suite, track: Track = iter) -> Iterator[str]:
    try:
        from jsonschema import Draft202012Validator
        from referencing import Registry, Resource
    except ImportError as error:
        raise BadSuite("lint needs the package jsonschema", "install the extra dev") from error
    found = [
        json.loads(path.read_bytes())
        for path in sorted((suite.folder / "schemas").rglob("*.schema.json"))
    ]
    registry = Registry().with_resources(
        [(schema["$id"], Resource.from_contents(schema)) for schema in found]
    )
    for name in track(suite.files):
        schema = SCHEMAS.get(name, "edition")
        validator = Draft202012Validator({"$ref": URN + schema}, registry=registry)
        for wrong in validator.iter_errors(suite.files[name]):
            match list(wrong.absolute_path):
                case ["tests", int(number), *_]:
                    where = suite.files[name]["tests"][number].get("id", number)
                case path:
                    where = ".".join(map(str, path))
            yield f"{name} {where}: {wrong.message[:200]}"


def _bytes(suite: Suite) -> Iterator[str]:
    total = 0
    for name, value in suite.files.items():
        raw = (suite.folder / name).read_bytes()
        total += len(raw)
        if not name.startswith("corpus/") and raw != file_bytes(value):
            yield f"{name}: not in the stored form"
    if total > MAX_BYTES:
        yield f"{total} bytes in all, at most {MAX_BYTES}"


def _counts(suite: Suite) -> Iterator[str]:
    for family in FAMILIES:
        file = suite.files[f"v1/{family}.json"]
        accepted = sum("/accept-" in test["id"] for test in file["tests"])
        if file["counts"] != {"accept": accepted, "reject": len(file["tests"]) - accepted}:
            yield f"{family}: counts are not those of its tests"
        if file["numberOfTests"] != len(file["tests"]):
            yield f"{family}: numberOfTests is not {len(file['tests'])}"
    accepted = sum("/accept-" in test["id"] for test in suite.tests)
    if accepted < ACCEPT_SHARE * len(suite.tests):
        yield f"{accepted} of {len(suite.tests)} accept, less than {ACCEPT_SHARE:.0%}"


def _ids(suite: Suite) -> Iterator[str]:
    history = suite.files["ids.json"]
    released = suite.files["corpus/suite.json"]["released"]
    way_out = "withdraw it and give the new one a new id" if released else "fill again"
    for name, times in Counter(test["id"] for test in suite.tests).items():
        if times > 1:
            yield f"{name}: stands {times} times"
    for test in suite.tests:
        newest = expects(test)[test["editions"][-1]]["outcome"]
        if f"/{newest}-" not in test["id"]:
            yield f"{test['id']}: in its newest edition it is a vector that {newest}s"
        if history.get(test["id"]) != test["contentHashes"]:
            yield f"{test['id']}: its meaning is not the one in ids.json; {way_out}"
        if (new := test.get("supersededBy")) and new not in suite.by_id:
            yield f"{test['id']}: no vector {new!r} to supersede it"
    way_out = "withdraw it instead" if released else "fill again"
    for name in history.keys() - suite.by_id.keys():
        yield f"{name}: is in ids.json and gone; {way_out}"


def _hashes(suite: Suite) -> Iterator[str]:
    seen: dict[str, str] = {}
    for family in FAMILIES:
        file = suite.files[f"v1/{family}.json"]
        for test in file["tests"]:
            context = file["contexts"].get(test.get("context"))
            meant = {
                name: content_hash(test["operation"], name, context, test["input"], expect)
                for name, expect in expects(test).items()
            }
            if meant != test["contentHashes"]:
                yield f"{test['id']}: contentHashes are not those of its content"
            whole = " ".join(test["contentHashes"].values())
            if (other := seen.setdefault(whole, test["id"])) != test["id"]:
                yield f"{test['id']}: means the same as {other}"


def _twins(suite: Suite) -> Iterator[str]:
    for test in suite.tests:
        refusing = [
            name for name, expect in expects(test).items() if expect["outcome"] == "reject"
        ]
        if not refusing:
            continue
        twin = suite.by_id.get(test.get("twin", ""))
        if twin is None:
            yield f"{test['id']}: no twin{' ' + repr(test['twin']) if 'twin' in test else ''}"
            continue
        if any(expects(twin).get(name, {}).get("outcome") != "accept" for name in refusing):
            yield f"{test['id']}: its twin {twin['id']} is not accepted"
        one, other = (one["evidence"] for one in (test, twin))
        precedence = "Precedence" in test["flags"]
        if one["base"] != other["base"] or (
            apart(one["recipe"], other["recipe"]) != 1 and not precedence
        ):
            yield f"{test['id']}: its twin {twin['id']} is not one edit away"
        if not one["oneMinimal"] and not precedence:
            yield f"{test['id']}: its recipe can be shorter"


def _flags(suite: Suite) -> Iterator[str]:
    for family in FAMILIES:
        file = suite.files[f"v1/{family}.json"]
        used = {flag for test in file["tests"] for flag in test["flags"]}
        yield from (
            f"{family}: flag {flag} has no note" for flag in sorted(used - file["notes"].keys())
        )
        yield from (
            f"{family}: note {flag} is not used" for flag in sorted(file["notes"].keys() - used)
        )
        contexts = {test.get("context") for test in file["tests"]}
        yield from (
            f"{family}: context {name} is not used"
            for name in sorted(file["contexts"].keys() - contexts)
        )


def _rules(suite: Suite) -> Iterator[str]:
    """An accepted and a refused vector for every rule that vectors exercise; every error in the
    registry.
    """
    errors = suite.files["errors.json"]
    active = [test for test in suite.tests if test["status"] == "active"]
    for test in suite.tests:
        for expect in expects(test).values():
            if expect["outcome"] == "reject" and expect["error"] not in errors:
                yield f"{test['id']}: {expect['error']} is not in errors.json"
    for code, row in errors.items():
        outcomes = {
            expect["outcome"]
            for test in active
            if code in test["rules"]
            for expect in expects(test).values()
        }
        for outcome in (
            sorted({"accept", "reject"} - outcomes) if row["exercised"] == "vectors" else ()
        ):
            yield f"{code}: no vector {outcome}s by it"


def _steps(suite: Suite) -> Iterator[str]:
    taken = {name for test in suite.tests for name in _rows_taken(test)}
    yield from (
        f"row {row_name(row)} is taken by no vector"
        for row in STEPS
        if row_name(row) not in taken
    )


def _goals(suite: Suite) -> Iterator[str]:
    for test in suite.tests:
        if not meets(test):
            yield f"{test['id']}: does not meet its goal {test['evidence']['goal']!r}"


def meets(test: Json) -> bool:
    """Whether a vector shows what it was made for: its goal's error code, acceptance, or row of
    the session table.
    """
    label = test["evidence"]["goal"].partition(":")[0]
    got = {expect.get("error", "accept") for expect in expects(test).values()}
    return label in got | _rows_taken(test)


def _rows_taken(test: Json) -> set[str]:
    return {
        row_name(row)
        for name in test["editions"]
        for row in rows(test["operation"], load(name), test["input"])
    }


PROMISES: Final[dict[str, Promise]] = {
    "schema": _schemas,
    "bytes": _bytes,
    "counts": _counts,
    "ids": _ids,
    "hashes": _hashes,
    "twins": _twins,
    "flags": _flags,
    "rules": _rules,
    "steps": _steps,
    "goals": _goals,
}
