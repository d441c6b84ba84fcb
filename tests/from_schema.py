"""Values that a JSON Schema allows, drawn from the schema alone, for Hypothesis.

It knows the keywords that the schemas of the shapes use, and raises KeyError for another type.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from hypothesis import strategies as st

Drawn = st.SearchStrategy[Any]  # any JSON value
Named = Mapping[str, Drawn]
"""The values of schemas, by the names that references use."""

REASONABLE: Final = 3
"""How many items a list has beyond the least."""


def values_of(schemas: Mapping[str, Any]) -> Named:
    """Values of each schema, which refers to others by name."""
    named: dict[str, Drawn] = {}
    for name, schema in schemas.items():
        named[name] = _deferred(schema, named)
    return named


def _deferred(schema: Any, named: Named) -> Drawn:
    return st.deferred(lambda: _values(schema, named))


def _values(schema: Any, named: Named) -> Drawn:
    if "$ref" in schema:
        return named[schema["$ref"]]
    for choices in ("anyOf", "oneOf"):
        if choices in schema:
            rest = {name: value for name, value in schema.items() if name != choices}
            return st.one_of(
                [_values(_both(rest, choice), named) for choice in schema[choices]]
            )
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return OF_TYPE[schema["type"]](schema, named)


def _both(one: Any, other: Any) -> Any:
    """A schema with what one of its choices asks besides."""
    merged = {**one, **other}
    if "properties" in one:
        asked = other.get("properties", {})
        more = {name: member for name, member in asked.items() if member is not True}
        merged["properties"] = {**one["properties"], **more}
        merged["required"] = [*one.get("required", ()), *other.get("required", ())]
    return merged


def _objects(schema: Any, named: Named) -> Drawn:
    if schema["additionalProperties"] is not False:
        return _maps(schema, named)
    members = {}
    for name, member in schema["properties"].items():
        if member is not False:
            members[name] = _values(member, named)
    needed = {name: members.pop(name) for name in schema.get("required", ())}
    return st.fixed_dictionaries(needed, optional=members)


def _maps(schema: Any, named: Named) -> Drawn:
    least = schema.get("minProperties", 0)
    return st.dictionaries(
        _values(schema["propertyNames"], named),
        _values(schema["additionalProperties"], named),
        min_size=least,
        max_size=least + REASONABLE,
    )


def _lists(schema: Any, named: Named) -> Drawn:
    least = schema.get("minItems", 0)
    most = min(schema.get("maxItems", least + REASONABLE), least + REASONABLE)
    return st.lists(_values(schema["items"], named), min_size=least, max_size=most)


def _texts(schema: Any, named: Named) -> Drawn:
    alphabet = st.characters(codec="utf-8")
    texts = st.text(alphabet)
    if "pattern" in schema:
        texts = st.from_regex(schema["pattern"], fullmatch=True, alphabet=alphabet)
    if "not" in schema:
        is_other = re.compile(schema["not"]["pattern"]).search
        texts = texts.filter(lambda text: not is_other(text))
    longest = schema.get("maxLength")
    return texts if longest is None else texts.filter(lambda text: len(text) <= longest)


OF_TYPE: Final[Mapping[str, Callable[[Any, Named], Drawn]]] = {
    "array": _lists,
    "boolean": lambda schema, named: st.booleans(),
    "integer": lambda schema, named: st.integers(schema["minimum"], schema["maximum"]),
    "object": _objects,
    "string": _texts,
}
