"""The linter of the vectors, seen red: each promise is broken in a copy, and found so."""

import json
import pickle
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from refimpl.shapes import canonical_json
from refimpl.vectors import lint
from refimpl.vectors.families import FAMILIES
from refimpl.vectors.files import stored_bytes
from refimpl.vectors.suite import (
    URN,
    BadSuite,
    Suite,
    content_hashes,
    expects,
    read_suite,
    refused_by,
    schema_of,
    suite_folder,
)

pytestmark = pytest.mark.slow

BESIDE = suite_folder()

Break = Callable[[dict[str, Any]], None]

SUITE = read_suite(BESIDE)
FILES = pickle.dumps(SUITE.files)


@pytest.fixture(autouse=True)
def only_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold against the schemas only what a test has changed; that the stored files keep them,
    `test_the_suite_keeps_its_promises` says.
    """
    whole = lint.schema_faults

    def schemas(suite: Suite, track: lint.Track = iter) -> Iterator[str]:
        changed = {}
        for name, value in suite.files.items():
            if value != SUITE.files[name]:
                changed[name] = changed_part(value, SUITE.files[name])
        yield from whole(replace(suite, files=changed), track)

    monkeypatch.setattr(lint, "schema_faults", schemas)
    monkeypatch.setitem(lint.PROMISES, "schema", schemas)


def changed_part(value: Any, stored: Any) -> Any:
    """A file with those of its vectors that are not as they are stored, or with one of them."""
    if "tests" not in value:
        return value
    changed = [test for test in value["tests"] if test not in stored["tests"]]
    return {**value, "tests": changed or value["tests"][:1]}


def vectors_of(files: dict[str, Any], family: str = "identifiers") -> list[Any]:
    found: list[Any] = files[f"v1/{family}.json"]["tests"]
    return found


def named(files: dict[str, Any], name: str) -> Any:
    return next(
        test for test in vectors_of(files, name.partition("/")[0]) if test["id"] == name
    )


def rehash(files: dict[str, Any], test: Any) -> None:
    """Give a vector the content hashes that go with it as it is now."""
    context = files[f"v1/{test['id'].partition('/')[0]}.json"]["contexts"].get(
        test.get("context")
    )
    test["contentHashes"] = content_hashes(
        test["operation"], canonical_json(context), test["input"], expects(test)
    )


def recipe_of(files: dict[str, Any], name: str) -> Any:
    """The recipe of a vector as the corpus has it."""
    corpus = files[f"corpus/{name.partition('/')[0]}.json"]
    return next(one["recipe"] for one in corpus["witnesses"] if one["id"] == name)


KELVIN = "identifiers/reject-emi3-kelvin"


def unknown_member(files: dict[str, Any]) -> None:
    vectors_of(files)[0]["note"] = "x"


def modal_title(files: dict[str, Any]) -> None:
    vectors_of(files)[0]["title"] = "an EMAID that should be read"


def input_of_another(files: dict[str, Any]) -> None:
    vectors_of(files)[0]["input"]["mode"] = "direct"


def both_expectations(files: dict[str, Any]) -> None:
    vectors_of(files)[0]["expectByEdition"] = {
        "2019": vectors_of(files)[0]["expect"],
        "2025": vectors_of(files)[0]["expect"],
    }


def no_why(files: dict[str, Any]) -> None:
    del vectors_of(files)[0]["why"]


def fraction(files: dict[str, Any]) -> None:
    named(files, "messages/accept-padded")["input"]["then"]["times"] = 0.5


def wrong_count(files: dict[str, Any]) -> None:
    files["v1/routing.json"]["counts"]["accept"] += 1


def wrong_number(files: dict[str, Any]) -> None:
    files["v1/routing.json"]["numberOfTests"] += 1


def few_accepts(files: dict[str, Any]) -> None:
    for family in FAMILIES:
        file = files[f"v1/{family}.json"]
        file["tests"] = [
            test for test in file["tests"] if "/reject-" in test["id"]
        ] + vectors_of(files, family)[:1]


def repeated_id(files: dict[str, Any]) -> None:
    vectors_of(files).append(vectors_of(files)[0])


def id_says_otherwise(files: dict[str, Any]) -> None:
    test = named(files, KELVIN)
    test["id"] = test["id"].replace("reject", "accept")


def removed(files: dict[str, Any]) -> None:
    vectors_of(files).remove(named(files, KELVIN))


def since_what_is_to_come(files: dict[str, Any]) -> None:
    named(files, KELVIN)["since"] = "99.0.0"


def superseded_by_nobody(files: dict[str, Any]) -> None:
    named(files, KELVIN).update(status="withdrawn", supersededBy="identifiers/reject-nobody")


def same_meaning(files: dict[str, Any]) -> None:
    double = {**named(files, KELVIN), "id": "identifiers/reject-double"}
    vectors_of(files).append(double)


def no_twin(files: dict[str, Any]) -> None:
    del named(files, KELVIN)["twin"]


def twin_is_gone(files: dict[str, Any]) -> None:
    named(files, KELVIN)["twin"] = "identifiers/accept-nobody"


def twin_refused(files: dict[str, Any]) -> None:
    named(files, KELVIN)["twin"] = "identifiers/reject-emi3-long-s"


def twin_far_away(files: dict[str, Any]) -> None:
    recipe_of(files, KELVIN).append(["lower", "input.text"])


def twin_of_another_base(files: dict[str, Any]) -> None:
    named(files, KELVIN)["twin"] = "identifiers/accept-emaid-oicp"


def twin_refused_in_one_edition(files: dict[str, Any]) -> None:
    named(files, "session/accept-cdr-both")["twin"] = "session/accept-recorded-2025"


def not_minimal(files: dict[str, Any]) -> None:
    recipe_of(files, KELVIN).append(["set", "input.spare", 1])


def second_cause_unsaid(files: dict[str, Any]) -> None:
    named(files, "identifiers/reject-check-separator")["flags"] = []


def flag_without_note(files: dict[str, Any]) -> None:
    named(files, KELVIN)["flags"].append("Mystery")


def note_without_flag(files: dict[str, Any]) -> None:
    files["v1/routing.json"]["notes"]["Mystery"] = {
        "description": "Nobody knows.",
        "effect": "None.",
    }


def context_without_vector(files: dict[str, Any]) -> None:
    files["v1/routing.json"]["contexts"]["spare"] = files["v1/routing.json"]["contexts"]["pair"]


def code_out_of_nowhere(files: dict[str, Any]) -> None:
    test = named(files, KELVIN)
    test["expect"]["error"] = "EMA-99"
    rehash(files, test)


def rule_without_refusal(files: dict[str, Any]) -> None:
    for family in FAMILIES:
        file = files[f"v1/{family}.json"]
        file["tests"] = [
            test for test in file["tests"] if "EMA-8" not in refused_by(test).values()
        ]


def rule_without_acceptance(files: dict[str, Any]) -> None:
    for family in FAMILIES:
        for test in vectors_of(files, family):
            if "AUT-3" in test["rules"] and "/accept-" in test["id"] and len(test["rules"]) > 1:
                test["rules"].remove("AUT-3")
            elif "/accept-" in test["id"] and test["rules"] == ["AUT-3"]:
                test["rules"] = ["AUT-1"]


def withdrawn_covers_nothing(files: dict[str, Any]) -> None:
    for test in vectors_of(files):
        if "EVS-7" in test["rules"]:
            test["status"] = "withdrawn"


def row_not_taken(files: dict[str, Any]) -> None:
    file = files["v1/session.json"]
    file["tests"] = [test for test in file["tests"] if "not-booked" not in test["id"]]


def goal_not_met(files: dict[str, Any]) -> None:
    for witness in files["corpus/identifiers.json"]["witnesses"]:
        if witness["id"] == KELVIN:
            witness["goal"] = "EMA-8: emaid-emi3"


BROKEN: list[tuple[Break, str]] = [
    (
        unknown_member,
        "schema: v1/identifiers.json identifiers/accept-emaid-iso: Unevaluated properties",
    ),
    (
        modal_title,
        "schema: v1/identifiers.json identifiers/accept-emaid-iso: 'an EMAID that should",
    ),
    (input_of_another, "schema: v1/identifiers.json identifiers/accept-emaid-iso:"),
    (both_expectations, "schema: v1/identifiers.json identifiers/accept-emaid-iso:"),
    (no_why, "schema: v1/identifiers.json identifiers/accept-emaid-iso: 'why' is a required"),
    (fraction, "schema: v1/messages.json messages/accept-padded:"),
    (wrong_count, "counts: routing: counts are not those of its tests"),
    (wrong_number, "counts: routing: numberOfTests is not"),
    (few_accepts, f"counts: {len(FAMILIES)} of "),
    (repeated_id, "ids: identifiers/accept-emaid-iso: stands 2 times"),
    (
        id_says_otherwise,
        "ids: identifiers/accept-emi3-kelvin: in its newest edition it is a vector",
    ),
    (removed, f"ids: {KELVIN}: is not both in the corpus and among the vectors; fill again"),
    (since_what_is_to_come, f"ids: {KELVIN}: is there since 99.0.0, and this is"),
    (
        superseded_by_nobody,
        f"ids: {KELVIN}: no vector 'identifiers/reject-nobody' to supersede it",
    ),
    (same_meaning, f"hashes: identifiers/reject-double: means the same as {KELVIN}"),
    (no_twin, f"twins: {KELVIN}: no twin"),
    (twin_is_gone, f"twins: {KELVIN}: no twin 'identifiers/accept-nobody'"),
    (twin_refused, f"twins: {KELVIN}: its twin identifiers/reject-emi3-long-s is not accepted"),
    (
        twin_far_away,
        f"twins: {KELVIN}: its twin identifiers/accept-emaid-emi3 is not one edit away",
    ),
    (
        twin_of_another_base,
        f"twins: {KELVIN}: its twin identifiers/accept-emaid-oicp is not of its base",
    ),
    (
        twin_refused_in_one_edition,
        "twins: session/accept-cdr-both: its twin session/accept-recorded-2025 is not",
    ),
    (not_minimal, f"minimal: {KELVIN}: its recipe can be shorter"),
    (
        second_cause_unsaid,
        "isolated: identifiers/reject-check-separator: EMA-4 refuses it as well",
    ),
    (flag_without_note, "flags: identifiers: flag Mystery has no note"),
    (note_without_flag, "flags: routing: note Mystery is not used"),
    (context_without_vector, "flags: routing: context spare is not used"),
    (code_out_of_nowhere, f"rules: {KELVIN}: EMA-99 is not in errors.json"),
    (rule_without_refusal, "rules: EMA-8: no vector rejects by it"),
    (rule_without_acceptance, "rules: AUT-3: no vector accepts by it"),
    (withdrawn_covers_nothing, "rules: EVS-7: no vector"),
    (
        row_not_taken,
        "steps: row booking > reservation-answer (negative) > refused is taken by no vector",
    ),
    (goal_not_met, f"goals: {KELVIN}: does not meet its goal 'EMA-8: emaid-emi3'"),
]


@pytest.mark.parametrize(("spoil", "line"), BROKEN, ids=[spoil.__name__ for spoil, _ in BROKEN])
def test_a_broken_promise_is_found(spoil: Break, line: str) -> None:
    files = pickle.loads(FILES)
    spoil(files)
    promise, _, rest = line.partition(": ")
    found = list(lint.PROMISES[promise](Suite(BESIDE, FAMILIES, files)))
    assert any(rest in one for one in found), found[:5]


def test_the_linter_reads_what_lies_there(tmp_path: Path) -> None:
    folder = shutil.copytree(BESIDE, tmp_path / "vectors")
    files = pickle.loads(FILES)
    removed(files)
    name = "v1/identifiers.json"
    (folder / name).write_bytes(stored_bytes(name, files[name]))
    found = {line.partition(":")[0] for line in lint.broken_promises(folder)}
    assert {"counts", "ids"} <= found


def test_every_promise_is_seen_broken_here() -> None:
    broken = {line.partition(":")[0] for _, line in BROKEN}
    assert broken | {"bytes", "isolated"} == set(lint.PROMISES)


def test_a_file_in_another_form(tmp_path: Path) -> None:
    folder = shutil.copytree(BESIDE, tmp_path / "vectors")
    path = folder / "v1" / "routing.json"
    path.write_text(json.dumps(json.loads(path.read_bytes())), "utf-8")
    assert list(lint.broken_promises(folder)) == [
        "bytes: v1/routing.json: not in the stored form"
    ]


def test_a_suite_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint, "MAX_BYTES", 1000)
    [line] = lint.broken_promises(BESIDE)
    assert line.startswith("bytes: ")
    assert line.endswith("at most 1000")


@pytest.mark.parametrize(
    "raw", [None, b"{", b"\xff"], ids=["missing", "cut short", "not UTF-8"]
)
def test_an_unreadable_file_is_named(tmp_path: Path, raw: bytes | None) -> None:
    folder = shutil.copytree(BESIDE, tmp_path / "vectors")
    path = folder / "errors.json"
    if raw is None:
        path.unlink()
    else:
        path.write_bytes(raw)
    with pytest.raises(BadSuite, match=r"^errors\.json: "):
        list(lint.broken_promises(folder))


def thin(value: Any) -> Any:
    """A file with a few of the things of each kind that it lists."""
    return {name: one[:3] if isinstance(one, list) else one for name, one in value.items()}


def test_the_schemas_are_closed() -> None:
    found = [
        json.loads(path.read_bytes()) for path in (BESIDE / "schemas").glob("*/*.schema.json")
    ]
    registry: Registry[Any] = Registry().with_resources(
        [(s["$id"], Resource.from_contents(s)) for s in found]
    )
    names = {schema["$id"].removeprefix(URN) for schema in found}
    assert names >= {"common", *map(schema_of, SUITE.files)}
    for schema in found:
        Draft202012Validator.check_schema(schema)
        assert schema["$id"].startswith(URN)
    for name in SUITE.files:
        schema_id = schema_of(name)
        value = thin(SUITE.files[name])
        validator = Draft202012Validator({"$ref": URN + schema_id}, registry=registry)
        assert validator.is_valid(value)
        assert not validator.is_valid({**value, "x": 1}), name
