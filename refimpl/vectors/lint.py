"""The suite held against its own promises, from what lies in its files alone, but for the
tables it has to cover.

`broken_promises` yields one line for each broken promise, with the vector or file it is about;
nothing means that all are kept.  `PROMISES` names them, in the order in which they are looked
at.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from refimpl.edition import load
from refimpl.session import STEPS
from refimpl.vectors import goals
from refimpl.vectors.corpus import Corpus, asked_in, number, read_head
from refimpl.vectors.edits import apart
from refimpl.vectors.families import OPERATIONS
from refimpl.vectors.families.session import row_name
from refimpl.vectors.files import stored_bytes
from refimpl.vectors.isolation import faults, proofs
from refimpl.vectors.questions import Question, Reference, is_minimal
from refimpl.vectors.suite import (
    HEAD,
    URN,
    BadSuite,
    Json,
    Suite,
    Vector,
    expects,
    read_suite,
    refused_by,
    schema_of,
)

Track = Callable[[Sequence[str]], Iterable[str]]
"""How files and promises go by while they are looked at, shown to the one who waits."""

ACCEPT_SHARE: Final = 0.3
MAX_BYTES: Final = 6_500_000
"""Of a suite with two editions."""
MORE_BYTES: Final = 500_000
"""For each edition beyond two: what it answers alike is stored once."""

Promise = Callable[[Suite], Iterator[str]]


def broken_promises(folder: Path, track: Track = iter) -> Iterator[str]:
    """Yield every broken promise in one line; a suite that breaks its schemas is not looked at
    further.

    `track` is handed the names of the files that are held against the schemas, which takes
    nearly all of the time, and then those of the other promises.
    """
    read_head(folder)
    suite = read_suite(folder)
    schema, *others = PROMISES
    found = list(schema_faults(suite, track))
    yield from (f"{schema}: {line}" for line in found)
    for name in track([] if found else others):
        for line in PROMISES[name](suite):
            yield f"{name}: {line}"


# --- Files ------------------------------------------------------------------------------------


def schema_faults(suite: Suite, track: Track = iter) -> Iterator[str]:
    """Yield what in the files of a suite their schemas do not allow."""
    try:
        from jsonschema import Draft202012Validator
        from referencing import Registry, Resource
    except ImportError as error:
        raise BadSuite("lint needs the package jsonschema", "install the extra dev") from error
    resources = []
    for path in sorted(suite.folder.glob("schemas/*/*.schema.json")):
        schema = json.loads(path.read_bytes())
        resources.append((schema["$id"], Resource.from_contents(schema)))
    registry = Registry().with_resources(resources)
    for name in track(list(suite.files)):
        schema_id = URN + schema_of(name)
        if schema_id not in registry:
            yield f"{name}: no schema {schema_id}"
            continue
        validator = Draft202012Validator({"$ref": schema_id}, registry=registry)
        for wrong in validator.iter_errors(suite.files[name]):
            where = _place_of(list(wrong.absolute_path), suite.files[name])
            yield f"{name} {where}: {wrong.message[:200]}"


def _place_of(path: list[Any], file: Json) -> str:
    """The vector in which something is wrong, or else the path to it."""
    match path:
        case ["tests", int(number), *_]:
            return str(file["tests"][number].get("id", number))
    return ".".join(map(str, path))


def _bytes(suite: Suite) -> Iterator[str]:
    total = 0
    for name, value in suite.files.items():
        raw = (suite.folder / name).read_bytes()
        total += len(raw)
        if raw != stored_bytes(name, value):
            yield f"{name}: not in the stored form"
    further = max(0, len(suite.files[HEAD]["editions"]) - 2)
    most = MAX_BYTES + further * MORE_BYTES
    if total > most:
        yield f"{total} bytes in all, at most {most}"


def _counts(suite: Suite) -> Iterator[str]:
    for family in suite.families:
        file = suite.files[f"v1/{family}.json"]
        tests = suite.tests_of(family)
        accepted = _accepted(tests)
        if file["counts"] != {"accept": accepted, "reject": len(tests) - accepted}:
            yield f"{family}: counts are not those of its tests"
        if file["numberOfTests"] != len(tests):
            yield f"{family}: numberOfTests is not {len(tests)}"
    accepted = _accepted(suite.tests)
    if accepted < ACCEPT_SHARE * len(suite.tests):
        yield f"{accepted} of {len(suite.tests)} accept, less than {ACCEPT_SHARE:.0%}"


def _accepted(tests: Iterable[Vector]) -> int:
    return sum("/accept-" in test["id"] for test in tests)


# --- Ids and hashes ---------------------------------------------------------------------------


def _ids(suite: Suite) -> Iterator[str]:
    for name, times in Counter(test["id"] for test in suite.tests).items():
        if times > 1:
            yield f"{name}: stands {times} times"
    for name in sorted(suite.by_id.keys() ^ suite.witnesses.keys()):
        yield f"{name}: is not both in the corpus and among the vectors; fill again"
    version = suite.files[HEAD]["version"]
    for test in suite.tests:
        newest = expects(test)[test["editions"][-1]]["outcome"]
        if f"/{newest}-" not in test["id"]:
            yield f"{test['id']}: in its newest edition it is a vector that {newest}s"
        if (new := test.get("supersededBy")) and new not in suite.by_id:
            yield f"{test['id']}: no vector {new!r} to supersede it"
        if number(test["since"]) > number(version):
            yield f"{test['id']}: is there since {test['since']}, and this is {version}"


def _hashes(suite: Suite) -> Iterator[str]:
    seen: dict[str, str] = {}
    for test in suite.tests:
        whole = " ".join(test["contentHashes"].values())
        if (other := seen.setdefault(whole, test["id"])) != test["id"]:
            yield f"{test['id']}: means the same as {other}"


# --- Twins, flags and coverage ----------------------------------------------------------------


def _twins(suite: Suite) -> Iterator[str]:
    for test in suite.active:
        refusing = refused_by(test)
        if not refusing:
            continue
        twin = suite.by_id.get(test.get("twin", ""))
        if twin is None:
            named = repr(test["twin"]) if "twin" in test else "is named"
            yield f"{test['id']}: no twin {named}"
            continue
        accepting = expects(twin).keys() - refused_by(twin).keys()
        if not refusing.keys() <= accepting:
            yield f"{test['id']}: its twin {twin['id']} is not accepted"
        one, other = (suite.witnesses.get(name["id"], {}) for name in (test, twin))
        edits = apart(one.get("recipe", ()), other.get("recipe", ()))
        if one.get("base") != other.get("base"):
            yield f"{test['id']}: its twin {twin['id']} is not of its base"
        elif edits != 1 and "Precedence" not in test["flags"]:
            yield f"{test['id']}: its twin {twin['id']} is not one edit away"


def _references(suite: Suite) -> Iterator[Reference]:
    """The reference as it is asked about each family."""
    editions = tuple(suite.files[HEAD]["editions"])
    for family in suite.families:
        raw = json.dumps(suite.files[f"corpus/{family}.json"])
        yield Reference(asked_in(Corpus.model_validate_json(raw), editions))


def _minimal(suite: Suite) -> Iterator[str]:
    """Refused vectors of which an edit can be left out, and the same rule refuses."""
    for reference in _references(suite):
        for witness in reference.corpus.witnesses:
            test = suite.by_id.get(witness.id)
            refused = refused_by(test) if test and test["status"] == "active" else {}
            if not refused or "Precedence" in witness.flags:
                continue
            if not is_minimal(reference, witness, refused):
                yield f"{witness.id}: its recipe can be shorter"


def _isolated(suite: Suite) -> Iterator[str]:
    """Refused vectors that a second rule refuses as well, and no flag says so."""
    return faults(suite, proofs(suite))


def _flags(suite: Suite) -> Iterator[str]:
    for family in suite.families:
        file = suite.files[f"v1/{family}.json"]
        flags: set[str] = set()
        contexts: set[str] = set()
        for test in suite.tests_of(family):
            flags |= {*test["flags"]}
            contexts.add(test.get("context", ""))
        for flag in sorted(flags - file["notes"].keys()):
            yield f"{family}: flag {flag} has no note"
        for flag in sorted(file["notes"].keys() - flags):
            yield f"{family}: note {flag} is not used"
        for name in sorted(file["contexts"].keys() - contexts):
            yield f"{family}: context {name} is not used"


def _rules(suite: Suite) -> Iterator[str]:
    """An accepted and a refused vector for every rule that vectors exercise; every error in the
    registry.
    """
    errors = suite.files["errors.json"]["errors"]
    outcomes: dict[str, set[str]] = {code: set() for code in errors}
    for test in suite.tests:
        for code in refused_by(test).values():
            if code not in errors:
                yield f"{test['id']}: {code} is not in errors.json"
        if test["status"] == "active":
            shown = {expect["outcome"] for expect in expects(test).values()}
            for code in test["rules"]:
                outcomes.setdefault(code, set()).update(shown)
    for code, row in errors.items():
        if row["exercised"] == "vectors":
            for outcome in sorted({"accept", "reject"} - outcomes[code]):
                yield f"{code}: no vector {outcome}s by it"


def _steps(suite: Suite) -> Iterator[str]:
    taken: set[str] = set()
    for test in suite.active:
        taken |= _rows_taken(test)
    for row in map(row_name, STEPS):
        if row not in taken:
            yield f"row {row} is taken by no vector"


def _goals(suite: Suite) -> Iterator[str]:
    for test in suite.active:
        goal = suite.witnesses.get(test["id"], {}).get("goal", "")
        if not meets(suite, test, goal):
            yield f"{test['id']}: does not meet its goal {goal!r}"
    listed = goals.unreached(suite.folder)
    found = [name for one in _references(suite) for name in goals.open_goals(one)]
    for name in sorted({*found} - listed.keys()):
        yield f"{name}: is met by no vector, and unreached.json gives no reason"
    for name in sorted(listed.keys() - {*found}):
        yield f"{name}: stands in unreached.json, and a vector meets it"


def meets(suite: Suite, test: Vector, goal: str) -> bool:
    """Tell whether a vector shows what it was made for: acceptance, or a label of its goal; of
    two rules, the first, as `open_goals` looks for both.
    """
    label = goal.partition(":")[0].partition(" before ")[0]
    editions = tuple(test["editions"])
    setting = suite.context_of(test)
    asked = Question(test["operation"], None, setting, editions, test["input"])
    labels: set[str] = set()
    for edition, expect in expects(test).items():
        labels |= {expect["outcome"], *goals.shown(asked, edition, expect)}
    return label in labels


def _rows_taken(test: Vector) -> set[str]:
    operation = OPERATIONS.get(test["operation"])
    taken: set[str] = set()
    if operation is not None:
        for name in test["editions"]:
            taken |= {row_name(row) for row in operation.rows(load(name), test["input"])}
    return taken


PROMISES: Final[dict[str, Promise]] = {
    "schema": schema_faults,
    "bytes": _bytes,
    "counts": _counts,
    "ids": _ids,
    "hashes": _hashes,
    "twins": _twins,
    "minimal": _minimal,
    "isolated": _isolated,
    "flags": _flags,
    "rules": _rules,
    "steps": _steps,
    "goals": _goals,
}
