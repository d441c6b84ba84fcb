"""Three validators on the schemas of the suite: ajv in its strict mode, @hyperjump/json-schema
and Python's jsonschema agree on every file, on messages, and on what is damaged.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from random import Random
from typing import Any, Final, NamedTuple

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from refimpl.vectors.schemas import ROOTS
from refimpl.vectors.suite import URN, expects, read_suite, suite_folder
from tests.programs import NPM, needs_npm, node

pytestmark = [pytest.mark.slow, needs_npm()]

Json = dict[str, Any]
FOLDER: Final = suite_folder()
SCHEMAS: Final = {
    schema["$id"]: schema
    for path in sorted(FOLDER.glob("schemas/**/*.schema.json"))
    for schema in [json.loads(path.read_bytes())]
}
FILES: Final = {
    path.relative_to(FOLDER).as_posix(): json.loads(path.read_bytes())
    for path in sorted(FOLDER.rglob("*.json"))
    if not path.name.endswith(".schema.json")
}
DAMAGES: Final = 6
"""How many damages of each kind are done to a file."""


class Case(NamedTuple):
    """A value, and the schema that it is held against."""

    schema: str
    value: Any
    told: str
    """What the case is, where it fails."""


# --- Three validators -------------------------------------------------------------------------


def python_said(cases: Iterable[Case]) -> list[bool]:
    """Which cases Python's jsonschema allows."""
    resources = [(name, Resource.from_contents(one)) for name, one in SCHEMAS.items()]
    registry = Registry[Any]().with_resources(resources)
    validators = {}
    for name, schema in SCHEMAS.items():
        validators[name] = Draft202012Validator(schema, registry=registry)
    return [validators[case.schema].is_valid(case.value) for case in cases]


def node_said(cases: Sequence[Json], compiled: Iterable[str] = ()) -> dict[str, Json]:
    """What the validators in JavaScript say of cases, and of schemas that they compile."""
    asked = {
        "schemas": list(SCHEMAS.values()),
        "compile": sorted({*compiled, *(case["schema"] for case in cases)}),
        "cases": cases,
    }
    done = node(NPM / "validators.mjs", stdin=json.dumps(asked).encode())
    said: dict[str, Json] = json.loads(done.stdout)
    return said


def assert_alike(cases: Sequence[Case]) -> list[bool]:
    """Which cases are allowed; all three validators say so."""
    said = node_said([{"schema": case.schema, "value": case.value} for case in cases])
    ours = python_said(cases)
    for name, theirs in said.items():
        other = [
            case.told
            for case, a, b in zip(cases, ours, theirs["allowed"], strict=True)
            if a != b
        ]
        assert not other, f"{name} and jsonschema differ"
    return ours


# --- Every file -------------------------------------------------------------------------------


def test_schema_is_named() -> None:
    """What a file says it keeps is among the suite's own schemas."""
    assert {name: file.get("$schema") for name, file in FILES.items()} == {
        name: file["$schema"] for name, file in FILES.items() if file["$schema"] in SCHEMAS
    }
    dialect = Draft202012Validator.META_SCHEMA["$id"]
    assert {schema["$schema"] for schema in SCHEMAS.values()} == {dialect}


def test_patterns_are_plain() -> None:
    """No pattern looks around, which not every engine for regular expressions can."""
    assert "(?=" not in json.dumps(SCHEMAS)
    assert "(?!" not in json.dumps(SCHEMAS)
    assert "(?<" not in json.dumps(SCHEMAS)


def test_every_file_fits() -> None:
    """It does by jsonschema as well: that is said by `vectors lint`, which takes long."""
    cases = [
        {"schema": file["$schema"], "file": str(FOLDER / name)} for name, file in FILES.items()
    ]
    said = node_said(cases, compiled=SCHEMAS)
    assert {name: one["faults"] for name, one in said.items()} == {"ajv": {}, "hyperjump": {}}
    for one in said.values():
        assert [
            name for name, fits in zip(FILES, one["allowed"], strict=True) if not fits
        ] == []


# --- Damaged files ----------------------------------------------------------------------------

Place = tuple[str | int, ...]
Damage = Callable[[Any, Random], Any]


def cut(file: Json) -> Json:
    """A file with a few of what it lists; of vectors, one of each operation and outcome."""
    few = {}
    for name, value in file.items():
        few[name] = value[:3] if isinstance(value, list) else value
        if isinstance(value, dict) and len(value) > 20:
            few[name] = dict(list(value.items())[:3])
    if "contexts" in file and "tests" in file:
        tests = {}
        for test in file["tests"]:
            both = test.get("expectByEdition", {"all": test.get("expect")})
            tests[test["operation"], *(expect["outcome"] for expect in both.values())] = test
        few["tests"] = list(tests.values())
        used = {test.get("context") for test in few["tests"]}
        few["contexts"] = {name: file["contexts"][name] for name in used - {None}}
    return few


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Where a value has members and items, the outer ones first."""
    if isinstance(value, dict):
        inner: Iterable[tuple[str | int, Any]] = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    else:
        return
    for key, one in inner:
        yield (*at, key)
        yield from places(one, (*at, key))


def inside(value: Any, at: Place) -> Any:
    for key in at:
        value = value[key]
    return value


def of_wrong_type(value: Any, at: Place) -> None:
    """Put something of another type in its place."""
    old = inside(value, at)
    inside(value, at[:-1])[at[-1]] = 1 if isinstance(old, str | dict | list) else ["x"]


def unknown(value: Any, at: Place) -> None:
    """Put a member that nothing knows beside it."""
    if isinstance(beside := inside(value, at[:-1]), dict):
        beside["Unknown member"] = 1


def missing(value: Any, at: Place) -> None:
    """Leave it out."""
    del inside(value, at[:-1])[at[-1]]


KINDS: Final = (of_wrong_type, unknown, missing)


def damaged(name: str, file: Json) -> Iterator[Case]:
    """A file damaged at places that its name is the seed for, the outermost among them."""
    few = cut(file)
    whole = json.dumps(few)
    dice = Random(name)
    found = list(places(few))
    outer = [at for at in found if len(at) == 1]
    for kind in KINDS:
        for at in [dice.choice(outer), *dice.choices(found, k=DAMAGES - 1)]:
            value = json.loads(whole)
            kind(value, at)
            yield Case(file["$schema"], value, f"{name} {at}: {kind.__name__}")


def test_damaged_files() -> None:
    cases = [case for name, file in FILES.items() for case in damaged(name, file)]
    cases += [Case(file["$schema"], cut(file), name) for name, file in FILES.items()]
    allowed = assert_alike(cases)
    assert all(allowed[-len(FILES) :])
    refused = {
        case.told.partition(" ")[0]
        for case, fits in zip(cases, allowed, strict=True)
        if not fits
    }
    assert refused == {*FILES}
    assert allowed.count(False) > DAMAGES * len(FILES)


# --- Messages ---------------------------------------------------------------------------------


def float_of_no_json(word: str) -> float:
    raise ValueError(word)


@cache
def said_in_vectors() -> list[tuple[str, Any, bool]]:
    """The vectors of messages that are JSON objects: name, value, and whether it is accepted."""
    said = []
    for test in read_suite(FOLDER).tests_of("messages"):
        try:
            value = json.loads(test["input"]["text"], parse_constant=float_of_no_json)
        except (KeyError, ValueError):
            continue
        newest = list(expects(test).values())[-1]
        said.append((test["id"], value, newest["outcome"] == "accept"))
    return said


def with_line_ends(value: Any) -> Iterator[tuple[Place, Any]]:
    """A value with a line end behind one of its texts, for each of them."""
    whole = json.dumps(value)
    for at in places(value):
        if isinstance(text := inside(value, at), str) and "extension" not in at:
            changed = json.loads(whole)
            inside(changed, at[:-1])[at[-1]] = text + "\n"
            yield at, changed


def test_messages_by_shape_and_bundle() -> None:
    cases = []
    for schema in ("envelope.schema.json", f"{URN}bundle:messages"):
        cases += [Case(schema, value, name) for name, value, _ in said_in_vectors()]
    allowed = assert_alike(cases)
    by_shape, by_bundle = allowed[: len(cases) // 2], allowed[len(cases) // 2 :]
    for (name, _, accepted), shape, bundle in zip(
        said_in_vectors(), by_shape, by_bundle, strict=True
    ):
        assert shape or not accepted, name
        assert bundle or not shape, name


def test_line_end_at_the_end() -> None:
    """No text of a message fits with a line end behind it, whatever `$` is to a validator."""
    cases = []
    seen = set()
    for name, value, accepted in said_in_vectors():
        for at, changed in with_line_ends(value) if accepted else ():
            member = (value["message"]["kind"], *(key for key in at if isinstance(key, str)))
            if member not in seen:
                seen.add(member)
                cases.append(Case("envelope.schema.json", changed, f"{name} {at}"))
    allowed = assert_alike(cases)
    assert [case.told for case, fits in zip(cases, allowed, strict=True) if fits] == []


@pytest.mark.parametrize("root", ROOTS)
def test_bundle_is_plain(root: str) -> None:
    """Local references that stand alone, and names without dots."""
    bundle = SCHEMAS[f"{URN}bundle:{root}"]
    for at in places(bundle):
        if at[-1] == "$ref":
            reference = inside(bundle, at)
            assert reference.removeprefix("#/$defs/") in bundle["$defs"]
            assert inside(bundle, at[:-1]).keys() == {"$ref"}
    assert all(name.isalnum() for name in bundle["$defs"])
