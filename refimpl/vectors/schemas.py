"""The shapes of messages and networks as JSON Schema: a file for each shape, or one document.

All is written from the shapes themselves.  A schema tells the form on the wire: a member that
is always written is required, one that may be absent is left out and never null, and which
shape a `kind` names is told by `oneOf` alone.  In a network file, which people write, whatever
has a default may be left out.

What an edition decides has files of its own: `message-` and the edition's id is what may be
said in it, and `envelope-` what is sent.  For generators of types there is a bundle: the shapes
in one document, without conditions.  What no schema can say stands beside them, in
`beyond.json`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema

from refimpl.edition import Edition
from refimpl.messages import ANSWERS, KINDS, Envelope, Refusal
from refimpl.network import Network
from refimpl.shapes import Shape
from refimpl.tls.message_protection import ProtectedEnvelope
from refimpl.vectors.suite import URN, Json

if TYPE_CHECKING:
    from pydantic_core import core_schema

    Field = core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
FOLDER: Final = "schemas/v1/shapes"
BUNDLES: Final = "schemas/v1/bundle"
OPAQUE: Final = "opaque"
ANYTHING: Final = {"$comment": OPAQUE}
"""What may be anything, until the reference to the schema of what is opaque takes its place."""
ASCII: Final = {"type": "string", "pattern": r"^[\x00-\x7f]*$"}
LINE_END: Final = r"\n"
FILE: Final = "{}.schema.json"
WITHIN: Final = "#/$defs/{}"
CONDITIONS: Final = ("anyOf", "oneOf")
"""What a shape may ask of its members together."""
ROOTS: Final[Mapping[str, type[Shape]]] = {
    "messages": Envelope,
    "network": Network,
    "protected": ProtectedEnvelope,
}
"""The shapes that hold all the others, by the names that the command has for them."""


def schema_files(editions: Iterable[Edition]) -> dict[str, Json]:
    """Return the schema of each shape, and of what is said in each edition, by its path in the
    suite.
    """
    schemas: dict[str, Json] = {}
    for root in ROOTS.values():
        schemas |= _schemas_of(root, FILES)
    for edition in editions:
        schemas[f"message-{edition.id}"] = _message_of(edition)
        schemas[f"envelope-{edition.id}"] = _envelope_of(edition)
    files = {}
    for name, schema in schemas.items():
        file = FILE.format(name)
        files[f"{FOLDER}/{file}"] = {"$schema": DIALECT, "$id": file, **schema}
    for name, root in ROOTS.items():
        files[f"{BUNDLES}/{FILE.format(name)}"] = bundled_schema(name, root)
    return files


def whole_schema(root: type[Shape]) -> Json:
    """Return the schema of a shape in one document, with what it holds under `$defs`.

    >>> whole_schema(Network)["properties"]["links"]["items"]
    {'$ref': '#/$defs/block'}
    """
    schemas = _schemas_of(root, DOCUMENT)
    own = schemas.pop(_hyphenated(root.__name__))
    return {"$schema": DIALECT, **own, "$defs": schemas}


def bundled_schema(name: str, root: type[Shape]) -> Json:
    """Return a shape as generators of types read it: one document in which each shape has the
    name of its type, and no condition stands beside its members.

    >>> bundled_schema("network", Network)["$defs"]["Network"]["properties"]["links"]["items"]
    {'$ref': '#/$defs/Block'}
    """
    schemas = _schemas_of(root, BUNDLE)
    for schema in schemas.values():
        for condition in CONDITIONS:
            schema.pop(condition, None)
    return {
        "$schema": DIALECT,
        "$id": f"{URN}bundle:{name}",
        "title": f"{name.capitalize()}Bundle",
        "allOf": [{"$ref": WITHIN.format(root.__name__)}],
        "$defs": schemas,
    }


# --- What an edition decides ------------------------------------------------------------------


def _message_of(edition: Edition) -> Json:
    return {
        "title": f"Message{edition.id}",
        "description": f"What may be said in edition {edition.id}.",
        "oneOf": [{"$ref": FILE.format(kind)} for kind in sorted(_kinds_said_in(edition))],
    }


def _envelope_of(edition: Edition) -> Json:
    return {
        "title": f"Envelope{edition.id}",
        "description": f"One message of edition {edition.id} on its way.",
        "type": "object",
        "allOf": [{"$ref": FILE.format("envelope")}],
        "properties": {
            "edition": {"const": edition.id},
            "message": {"$ref": FILE.format(f"message-{edition.id}")},
        },
    }


def _kinds_said_in(edition: Edition) -> set[str]:
    """The kinds that the edition's exchanges say, with those that answer them."""
    kinds = {Refusal.shape_name()}
    for exchange in edition.exchanges.values():
        if exchange.modelled:
            kinds |= {*exchange.messages}
    answers = {ANSWERS[KINDS[kind]] for kind in kinds if KINDS[kind] in ANSWERS}
    return kinds | {answer.shape_name() for answer in answers}


# --- From shapes to schemas -------------------------------------------------------------------


class _Written(GenerateJsonSchema):
    """How a shape stands in a file that people write: absent members are left out."""

    def nullable_schema(self, schema: "core_schema.NullableSchema") -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: "core_schema.WithDefaultSchema") -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def dict_schema(self, schema: "core_schema.DictSchema") -> JsonSchemaValue:
        names = self.generate_inner(schema["keys_schema"])
        values = self.generate_inner(schema["values_schema"])
        if values == ANYTHING:
            names = ASCII
        of_all: Json = {
            "type": "object",
            "propertyNames": names,
            "additionalProperties": values,
        }
        if "min_length" in schema:
            of_all["minProperties"] = schema["min_length"]
        return of_all

    def any_schema(self, schema: "core_schema.AnySchema") -> JsonSchemaValue:  # noqa: ARG002 - all alike
        return dict(ANYTHING)

    def tagged_union_schema(self, schema: "core_schema.TaggedUnionSchema") -> JsonSchemaValue:
        return {"oneOf": super().tagged_union_schema(schema)["oneOf"]}

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - none has one
        return False


class _OnTheWire(_Written):
    """How a shape stands on the wire, where what has a default is written all the same."""

    def field_is_required(self, field: "Field", total: bool) -> bool:  # noqa: ARG002 - as above
        schema = field["schema"]
        return schema["type"] != "default" or schema["default"] is not None


def _schemas_of(root: type[Shape], form: "_Form") -> dict[str, Json]:
    """Return the schemas of a shape and of all that it holds, by name."""
    generator = _Written if root is Network else _OnTheWire
    _, document = models_json_schema(
        [(root, "validation")], ref_template="{model}", schema_generator=generator
    )
    found: dict[str, Json] = document["$defs"]
    references = {}
    for title, schema in found.items():
        references[title] = form.reference.format(form.name_of(title, schema))
    references[OPAQUE] = form.reference.format(OPAQUE)
    schemas = {}
    if OPAQUE in str(found) and form.opaque:
        schemas[OPAQUE] = _opaque(references[OPAQUE])
    for title, schema in found.items():
        schemas[form.name_of(title, schema)] = _tidied(schema, references, form.opaque)
    return schemas


def _opaque(reference: str) -> Json:
    """What an extension may hold, as `extension` has it, but for depth, order and size."""
    within = {"$ref": reference}
    return {
        "title": "Opaque",
        "description": "What no rule reads: texts, booleans, lists and objects.",
        "oneOf": [
            {"type": "string"},
            {"type": "boolean"},
            {"type": "array", "items": within},
            {"type": "object", "propertyNames": ASCII, "additionalProperties": within},
        ],
    }


def _name_of(title: str, schema: Json) -> str:
    """The kind of what is said, or else the name of the shape in hyphenated words."""
    kind = schema.get("properties", {}).get("kind", {}).get("const")
    return _hyphenated(title) if kind is None else str(kind)


def _title_of(title: str, schema: Json) -> str:
    return title


def _hyphenated(name: str) -> str:
    return re.sub("(?<=[a-z])(?=[A-Z])", "-", name).lower()


class _Form(NamedTuple):
    """What tells one way to write schemas from another: the names they have, how they refer to
    one another, and whether they say what is opaque.
    """

    name_of: Callable[[str, Json], str]
    reference: str
    opaque: bool = True


FILES: Final = _Form(_name_of, FILE)
DOCUMENT: Final = _Form(_name_of, WITHIN)
BUNDLE: Final = _Form(_title_of, WITHIN, opaque=False)


def _tidied(value: Any, references: Mapping[str, str], opaque: bool) -> Any:  # part of a schema
    """Return a schema with its references written out, what may be anything as a reference to
    what is opaque, each description on one line, and no text with a line end behind it.
    """
    if isinstance(value, list):
        return [_tidied(item, references, opaque) for item in value]
    if not isinstance(value, dict):
        return value
    if value == ANYTHING:
        return {"$ref": references[OPAQUE]} if opaque else {}
    tidied = {}
    for name, inner in value.items():
        tidied[name] = inner if name == "not" else _tidied(inner, references, opaque)
    if isinstance(description := tidied.get("description"), str):
        tidied["description"] = " ".join(description.split())
    if "$ref" in tidied:
        tidied["$ref"] = references[tidied["$ref"]]
    if "pattern" in tidied and tidied != ASCII:
        tidied["not"] = _not_with_a_line_end(tidied)
    return tidied


def _not_with_a_line_end(schema: Json) -> Json:
    """What a text of a pattern is not: `$` is to some also before a last line end."""
    patterns = [LINE_END]
    if "not" in schema:
        patterns.append(schema["not"]["pattern"])
    return {"type": "string", "pattern": "|".join(patterns)}
