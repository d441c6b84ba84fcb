"""The shapes of messages and networks as JSON Schema: a file for each shape, or one document.

All is written from the shapes themselves.  A schema tells the form on the wire: a member that
is always written is required, one that may be absent is left out and never null, and which
shape a `kind` names is told by `oneOf` alone.  In a network file, which people write, whatever
has a default may be left out.

What an edition decides has files of its own: `message-` and the edition's id is what may be
said in it, and `envelope-` what is sent.  What no schema can say stands beside them, in
`beyond.json`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema

from refimpl.edition import Edition
from refimpl.messages import ANSWERS, KINDS, Envelope, Refusal
from refimpl.network import Network
from refimpl.shapes import Shape
from refimpl.tls.message_protection import ProtectedEnvelope
from refimpl.vectors.suite import Json

if TYPE_CHECKING:
    from pydantic_core import core_schema

    Field = core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
FOLDER: Final = "schemas/v1/shapes"
OPAQUE: Final = "opaque"
ANYTHING: Final = {"$comment": OPAQUE}
"""What may be anything, until the reference to the schema of what is opaque takes its place."""
ASCII: Final = {"type": "string", "pattern": r"^[\x00-\x7f]*$"}
FILE: Final = "{}.schema.json"
WITHIN: Final = "#/$defs/{}"
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
        schemas |= _schemas_of(root, FILE)
    for edition in editions:
        schemas[f"message-{edition.id}"] = _message_of(edition)
        schemas[f"envelope-{edition.id}"] = _envelope_of(edition)
    files = {}
    for name, schema in schemas.items():
        file = FILE.format(name)
        files[f"{FOLDER}/{file}"] = {"$schema": DIALECT, "$id": file, **schema}
    return files


def whole_schema(root: type[Shape]) -> Json:
    """Return the schema of a shape in one document, with what it holds under `$defs`.

    >>> whole_schema(Network)["properties"]["links"]["items"]
    {'$ref': '#/$defs/block'}
    """
    schemas = _schemas_of(root, WITHIN)
    own = schemas.pop(_hyphenated(root.__name__))
    return {"$schema": DIALECT, **own, "$defs": schemas}


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


def _schemas_of(root: type[Shape], reference: str) -> dict[str, Json]:
    """Return the schemas of a shape and of all that it holds, by name; `reference` is how they
    refer to one another.
    """
    form = _Written if root is Network else _OnTheWire
    _, document = models_json_schema(
        [(root, "validation")], ref_template="{model}", schema_generator=form
    )
    found: dict[str, Json] = document["$defs"]
    references = {}
    for title, schema in found.items():
        references[title] = reference.format(_name_of(title, schema))
    references[OPAQUE] = reference.format(OPAQUE)
    schemas = {}
    if OPAQUE in str(found):
        schemas[OPAQUE] = _opaque(references[OPAQUE])
    for title, schema in found.items():
        schemas[_name_of(title, schema)] = _tidied(schema, references)
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


def _hyphenated(name: str) -> str:
    return re.sub("(?<=[a-z])(?=[A-Z])", "-", name).lower()


def _tidied(value: Any, references: Mapping[str, str]) -> Any:  # any part of a schema
    """Return a schema with its references written out, what may be anything as a reference to
    what is opaque, and each description on one line.
    """
    if isinstance(value, list):
        return [_tidied(item, references) for item in value]
    if not isinstance(value, dict):
        return value
    tidied = {name: _tidied(inner, references) for name, inner in value.items()}
    if isinstance(description := tidied.get("description"), str):
        tidied["description"] = " ".join(description.split())
    if tidied == ANYTHING:
        return {"$ref": references[OPAQUE]}
    if "$ref" in tidied:
        tidied["$ref"] = references[tidied["$ref"]]
    return tidied
