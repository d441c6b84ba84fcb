"""The bundles of schemas made into types by three generators: each shape and member is there,
required or not, the types compile, and messages go through them and come back.
"""

import importlib.util
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from refimpl.vectors.schemas import BUNDLES, ROOTS
from refimpl.vectors.suite import expects, read_suite, suite_folder
from tests.programs import NPM, needs, needs_npm, node, run

pytestmark = [pytest.mark.slow, needs_npm()]

Json = dict[str, Any]
Members = dict[str, bool]
"""By the name of each member, whether it is required."""
ASKED: Final = {
    name: json.loads((suite_folder() / BUNDLES / f"{name}.schema.json").read_bytes())["$defs"]
    for name in ROOTS
}
"""By bundle and shape, its schema."""
GO: Final = Path(__file__).with_name("foreign") / "through.go"
JACKSON: Final = """package com.fasterxml.jackson.annotation;
import java.lang.annotation.*;
@Retention(RetentionPolicy.RUNTIME)
public @interface {name} {{ {body} }}
"""
ANNOTATIONS: Final = {"JsonProperty": "String value();", "JsonCreator": "", "JsonValue": ""}
"""What Java's types need of Jackson to compile."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with types in four languages, made by json-schema-to-typescript and quicktype."""
    folder = tmp_path_factory.mktemp("types")
    node(NPM / "types.mjs", str(suite_folder() / BUNDLES), str(folder))
    return folder


def shapes_of(bundle: str) -> dict[str, Members]:
    """The members of each shape of a bundle, and whether they are required."""
    shapes = {}
    for name, schema in ASKED[bundle].items():
        if "properties" in schema:
            required = schema.get("required", ())
            shapes[name] = {member: member in required for member in schema["properties"]}
    return shapes


def messages() -> Iterator[Json]:
    """The messages of the vectors that are accepted, but for the longest."""
    for test in read_suite(suite_folder()).tests_of("messages"):
        text = test["input"].get("text", "")
        if next(iter(expects(test).values()))["outcome"] == "accept" and len(text) < 2_000:
            yield json.loads(text)


def damaged(message: Json) -> Iterator[Json]:
    """A message with a member of another type, with one too many, and without one."""
    for place in ("sender", "message.kind"):
        yield changed(message, place, 1)
    yield changed(message, "message.unknown", True)
    yield changed(message, "unknown", True)
    yield {name: value for name, value in message.items() if name != "sent_at"}


def changed(message: Json, place: str, value: object) -> Json:
    copy: Json = json.loads(json.dumps(message))
    *way, last = place.split(".")
    holder = copy
    for name in way:
        holder = holder[name]
    holder[last] = value
    return copy


# --- Each shape and member --------------------------------------------------------------------


def typescript(folder: Path, bundle: str) -> dict[str, Members]:
    text = (folder / f"{bundle}.ts").read_text("utf-8")
    found = {}
    for name, body in re.findall(
        r"^export interface (\w+) \{$(.*?)^\}", text, re.MULTILINE | re.DOTALL
    ):
        members = re.findall(r"^  (\w+)(\??):", body, re.MULTILINE)
        found[name] = {member: not mark for member, mark in members}
    return found


def go(folder: Path, bundle: str) -> dict[str, Members]:
    text = (folder / "go" / bundle / f"{bundle}.go").read_text("utf-8")
    found = {}
    for name, body in re.findall(
        r"^type (\w+) struct \{$(.*?)^\}", text, re.MULTILINE | re.DOTALL
    ):
        tags = re.findall(r'`json:"(\w+)(,omitempty)?"`', body)
        found[name] = {member: not mark for member, mark in tags}
    return found


def rust(folder: Path, bundle: str) -> dict[str, Members]:
    text = (folder / "rust" / bundle / f"{bundle}.rust").read_text("utf-8")
    found: dict[str, Members] = {}
    for name, body in re.findall(
        r"^pub struct (\w+) \{$(.*?)^\}", text, re.MULTILINE | re.DOTALL
    ):
        found[name] = {}
        for renamed, field, held in re.findall(
            r'(?:rename = "(\w+)"\)\]\s+)?^    (?:pub )?(?:r#)?(\w+): (.*),$',
            body,
            re.MULTILINE,
        ):
            found[name][renamed or field] = not held.startswith("Option<")
    return found


def java(folder: Path, bundle: str) -> dict[str, Members]:
    """Java tells of numbers and truth values alone whether they may be absent."""
    found = {}
    for path in (folder / "java" / bundle).glob("*.java"):
        fields = re.findall(
            r'@JsonProperty\("(\w+)"\)\s+public (.+?) get', path.read_text("utf-8")
        )
        found[path.stem] = {member: held not in {"Long", "Boolean"} for member, held in fields}
    return found


@pytest.mark.parametrize("language", [typescript, go, rust])
@pytest.mark.parametrize("bundle", ROOTS)
def test_every_member(
    language: Callable[[Path, str], dict[str, Members]], bundle: str, made: Path
) -> None:
    found, asked = language(made, bundle), shapes_of(bundle)
    assert {name: found.get(name) for name in asked} == asked


@pytest.mark.parametrize("bundle", ROOTS)
def test_every_member_in_java(bundle: str, made: Path) -> None:
    found = java(made, bundle)
    for shape, members in shapes_of(bundle).items():
        assert found[shape].keys() == members.keys()
        for member, required in members.items():
            if ASKED[bundle][shape]["properties"][member].get("type") in {"integer", "boolean"}:
                assert found[shape][member] is required


# --- TypeScript -------------------------------------------------------------------------------


def test_typescript(made: Path) -> None:
    """Messages are values of the types, and damaged ones are none."""
    good = [*messages()]
    bad = [one for message in good[:60] for one in damaged(message)]
    script = made / "through.ts"
    lines = ['import type { Envelope } from "./messages";']
    for number, message in enumerate([*good, *bad]):
        lines.append(f"export const m{number}: Envelope = {json.dumps(message)};")
    script.write_text("\n".join(lines), "utf-8")
    compiler = NPM / "node_modules/typescript/bin/tsc"
    files = [str(made / f"{name}.ts") for name in ROOTS]
    done = run(["node", str(compiler), "--strict", "--noEmit", *files, str(script)])
    told = re.findall(r"through\.ts\((\d+),", done.stdout.decode())
    assert {*map(int, told)} == {*range(2 + len(good), 2 + len(good) + len(bad))}, done.stdout
    assert done.stdout.count(b"): error") == done.stdout.count(b"through.ts(")


# --- Python -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModuleType]:
    """Modules of pydantic models, made by datamodel-code-generator."""
    folder = tmp_path_factory.mktemp("models")
    modules = {}
    for name in ROOTS:
        path = folder / f"{name}_models.py"
        options = [
            "--input-file-type",
            "jsonschema",
            "--use-title-as-name",
            "--formatters",
            "builtin",
        ]
        options += ["--output-model-type", "pydantic_v2.BaseModel", "--disable-timestamp"]
        source = suite_folder() / BUNDLES / f"{name}.schema.json"
        command = [sys.executable, "-m", "datamodel_code_generator", *options]
        done = run([*command, "--input", str(source), "--output", str(path)])
        assert done.returncode == 0, done.stderr.decode()
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        modules[name] = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = modules[name]
        spec.loader.exec_module(modules[name])
    return modules


@pytest.mark.parametrize("bundle", ROOTS)
def test_every_member_in_python(bundle: str, models: dict[str, ModuleType]) -> None:
    for shape, members in shapes_of(bundle).items():
        fields = getattr(models[bundle], shape).model_fields
        assert {name: field.is_required() for name, field in fields.items()} == members


def test_python(models: dict[str, ModuleType]) -> None:
    envelope = models["messages"].Envelope
    for message in messages():
        read = envelope.model_validate_json(json.dumps(message))
        assert json.loads(read.model_dump_json(exclude_unset=True)) == message
        for bad in damaged(message):
            with pytest.raises(ValueError, match="validation error"):
                envelope.model_validate_json(json.dumps(bad))


# --- Go and Java ------------------------------------------------------------------------------


@needs("go")
def test_go(made: Path) -> None:
    """Messages go through the type of their kind and come back; that of all kinds together
    reads them.
    """
    folder = made / "go" / "messages"
    kinds = []
    for shape, schema in ASKED["messages"].items():
        kind = schema.get("properties", {}).get("kind", {}).get("const")
        if kind:
            kinds.append(f'"{kind}": func() any {{ return new({shape}) }},')
    table = "package main\n\nvar kinds = map[string]func() any{\n" + "\n".join(kinds) + "\n}\n"
    (folder / "kinds.go").write_text(table, "utf-8")
    (folder / "main.go").write_bytes(GO.read_bytes())
    offline = {"GO111MODULE": "off", "GOPROXY": "off", "GOCACHE": str(made / "cache")}
    said = "\n".join(json.dumps(message) for message in messages())
    environment = os.environ | offline
    built = run(["go", "build", "-o", "through", "."], cwd=folder, env=environment)
    assert built.returncode == 0, built.stderr.decode()
    done = run([str(folder / "through")], stdin=said.encode())
    assert done.returncode == 0, done.stderr.decode()
    back = [json.loads(line) for line in done.stdout.splitlines()]
    assert back == [message["message"] for message in messages()]
    for bundle in ROOTS:
        if bundle != "messages":
            stub = "package main\n\nfunc main() {}\n"
            (made / "go" / bundle / "main.go").write_text(stub, "utf-8")
        vetted = run(["go", "vet", "."], cwd=made / "go" / bundle, env=environment)
        assert vetted.returncode == 0, vetted.stderr.decode()


@needs("javac")
@pytest.mark.parametrize("bundle", ROOTS)
def test_java(bundle: str, made: Path) -> None:
    """All compiles but the converter, which needs the whole of Jackson."""
    folder = made / "java" / bundle
    (folder / "Converter.java").unlink()
    for name, body in ANNOTATIONS.items():
        text = JACKSON.format(name=name, body=body)
        (folder / f"{name}.java").write_text(text, "utf-8")
    files = [path.name for path in folder.glob("*.java")]
    done = run(["javac", "-d", "classes", *files], cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
