"""The report as JSON Schema, written from its value classes."""

from typing import TYPE_CHECKING

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from refimpl.conformance.report import SCHEMA, Report
from refimpl.vectors.schemas import DIALECT
from refimpl.vectors.suite import Json

if TYPE_CHECKING:
    from pydantic_core import core_schema

    Field = core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField


class _Written(GenerateJsonSchema):
    """How a report is written: with every member, but for those of the implementation that it
    does not tell.
    """

    def field_is_required(self, field: "Field", total: bool) -> bool:  # noqa: ARG002 - as it is called
        schema = field["schema"]
        return schema["type"] != "default" or schema["default"] is not None

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - none has one
        return False

    def default_schema(self, schema: "core_schema.WithDefaultSchema") -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def report_schema() -> Json:
    """Return the schema that every report keeps.

    >>> report_schema()["properties"]["complete"]
    {'type': 'boolean'}
    """
    schema = Report.model_json_schema(schema_generator=_Written)
    for part in (schema, *schema["$defs"].values()):
        part["description"] = " ".join(part["description"].split())
    return {"$schema": DIALECT, "$id": SCHEMA, **schema}
