"""The schemas of messages and networks against the decoder, both ways: what is said fits them,
and of what fits them nothing is refused but for a reason that no schema can say.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import Field
from referencing import Registry, Resource

from refimpl.edition import load
from refimpl.errors import RoamingError
from refimpl.messages import KINDS, Envelope
from refimpl.network import Network, parse_network
from refimpl.play import example
from refimpl.shapes import Shape, canonical_json
from refimpl.tls.message_protection import ProtectedEnvelope
from refimpl.vectors.files import differences
from refimpl.vectors.schemas import FOLDER, ROOTS, bundled_schema, whole_schema
from refimpl.vectors.suite import BEYOND, expects, read_suite, suite_folder
from refimpl.wire import MAX_BYTES, decode, encode
from tests.from_schema import values_of
from tests.strategies import envelopes

pytestmark = pytest.mark.slow

SUITE: Final = read_suite(suite_folder())
LISTED: Final = SUITE.files[BEYOND]
EDITIONS: Final = SUITE.files["corpus/suite.json"]["editions"]
SCHEMAS: Final = {
    path.name: json.loads(path.read_bytes())
    for path in (suite_folder() / FOLDER).glob("*.schema.json")
}
REGISTRY: Final = Registry[Any]().with_resources(
    [(name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items()]
)
Json = dict[str, Any]
search = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(SCHEMAS[f"{name}.schema.json"], registry=REGISTRY)


def parts(value: Any) -> Iterator[Any]:
    """A schema and every object and list within it."""
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from parts(inner)


ENVELOPE: Final = validator("envelope")
NETWORK: Final = validator("network")


def refused_by(read: Callable[[bytes], object], raw: bytes) -> str | None:
    """The rule by which bytes are refused, or None."""
    try:
        read(raw)
    except RoamingError as error:
        return error.rule_id
    return None


def decode_protected(raw: bytes) -> Envelope:
    return decode(raw, ProtectedEnvelope)


def read_network(raw: bytes) -> Network:
    return parse_network(raw, load(EDITIONS[-1]))


# --- The files --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_file(name: str) -> None:
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == name
    for part in filter(lambda part: isinstance(part, dict), parts(schema)):
        assert "discriminator" not in part
        assert part.get("type") != "null"
        assert part.get("$ref", name) in SCHEMAS
    if "const" in schema.get("properties", {}).get("kind", {}):
        assert "kind" in schema["required"]


def test_a_file_for_each_kind_and_edition() -> None:
    names = {name.removesuffix(".schema.json") for name in SCHEMAS}
    assert names > {*KINDS, "envelope", "network", "protected-envelope", "cdr", "sdr"}
    assert names > {f"message-{edition}" for edition in EDITIONS}


def test_a_schema_of_no_shape_is_told(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER / "price.schema.json").write_text("{}")
    assert list(differences(tmp_path, {})) == [
        f"{FOLDER}/price.schema.json: is of no shape, delete it"
    ]


class Colour(StrEnum):
    RED = "red"


class Lamp(Shape):
    kind: Literal["lamp"] = "lamp"
    lit: bool = False
    watts: Annotated[int, Field(ge=0)] | None = None


class Sign(Shape):
    colour: Annotated[Colour, Field(strict=False)]
    kind: Literal["sign"] = "sign"


class Street(Shape):
    first: Annotated[Lamp | Sign, Field(discriminator="kind")]
    more: tuple[Lamp, ...] = ()


def test_shape_to_schema() -> None:
    """Always written is required, absent is left out, and a kind is told by `oneOf`."""
    street = whole_schema(Street)
    assert street["required"] == ["first", "more"]
    choices = [{"$ref": "#/$defs/lamp"}, {"$ref": "#/$defs/sign"}]
    assert street["properties"]["first"] == {"oneOf": choices}
    assert street["$defs"]["lamp"]["required"] == ["kind", "lit"]
    assert street["$defs"]["lamp"]["properties"]["watts"] == {"minimum": 0, "type": "integer"}
    assert street["$defs"]["colour"]["enum"] == ["red"]
    Draft202012Validator(street).validate({"first": {"kind": "lamp", "lit": True}, "more": []})


def test_a_new_member_changes_one_schema() -> None:
    class Wide(Lamp):
        lumens: int = 0

    class Wider(Shape):
        first: Annotated[Wide | Sign, Field(discriminator="kind")]
        more: tuple[Wide, ...] = ()

    before, after = whole_schema(Street), whole_schema(Wider)
    assert {**before, "title": "Wider", "$defs": 0} == {**after, "$defs": 0}
    changed = {name for name, one in after["$defs"].items() if one != before["$defs"][name]}
    assert changed == {"lamp"}


@pytest.mark.parametrize("root", ROOTS)
def test_one_document_or_many(root: str) -> None:
    """The command prints what the files say."""
    whole = whole_schema(ROOTS[root])
    as_files = json.dumps(whole["$defs"]).replace('"#/$defs/', '"')
    for name, schema in json.loads(as_files).items():
        stored = json.dumps(SCHEMAS[f"{name}.schema.json"]).replace(".schema.json", "")
        assert schema.items() <= json.loads(stored).items()


def test_bundle_leaves_out_conditions() -> None:
    """And nothing else: each shape, but for what is opaque, and each member is there."""
    for root, shape in ROOTS.items():
        there = bundled_schema(root, shape)["$defs"]
        whole = whole_schema(shape)
        for schema in (whole, *whole["$defs"].values()):
            title = schema["title"]
            if not {"anyOf", "oneOf"}.isdisjoint(schema):
                assert title in LISTED["bundle"]
            if title != "Opaque":
                assert there[title].get("required") == schema.get("required")
                assert (
                    there[title].get("properties", {}).keys()
                    == schema.get("properties", {}).keys()
                )
                assert there[title].get("enum") == schema.get("enum")


# --- What an edition decides ------------------------------------------------------------------


def kinds_of(edition: str) -> set[str]:
    choices = SCHEMAS[f"message-{edition}.schema.json"]["oneOf"]
    return {choice["$ref"].removesuffix(".schema.json") for choice in choices}


def test_editions_differ_in_what_is_said() -> None:
    assert kinds_of("2025") - kinds_of("2019") == {"reservation-answer", "reservation-request"}
    assert kinds_of("2019") < kinds_of("2025") == {*KINDS}


@pytest.mark.parametrize(("edition", "fits"), [("2019", False), ("2025", True)])
def test_booking_by_edition(edition: str, fits: bool) -> None:
    booking = {**GOOD["reservation-request"], "edition": edition}
    assert ENVELOPE.is_valid(booking)
    assert validator(f"envelope-{edition}").is_valid(booking) is fits
    other = {**GOOD["receipt"], "edition": "1999"}
    assert not validator(f"envelope-{edition}").is_valid(other)


# --- What is said fits ------------------------------------------------------------------------


@pytest.mark.hypothesis
@given(envelopes())
@search
def test_what_is_said_fits(envelope: Envelope) -> None:
    assert list(ENVELOPE.iter_errors(json.loads(encode(envelope)))) == []


def test_example_network_fits() -> None:
    assert list(NETWORK.iter_errors(json.loads(canonical_json(example_network())))) == []


def example_network() -> Json:
    dumped: Json = example.NETWORK.model_dump(mode="json", exclude_none=True)
    return dumped


def vectors() -> Iterator[tuple[bytes, Mapping[str, Any]]]:
    """The bytes of each vector about messages, and what it expects."""
    for test in SUITE.tests_of("messages"):
        given = test["input"]
        if "text" in given:
            raw = given["text"].encode()
        else:
            raw = urlsafe_b64decode(given["base64url"] + "==")
        if tail := given.get("then"):
            raw += bytes([tail["byte"]]) * tail["times"]
        yield raw, expects(test)[test["editions"][-1]]


GOOD: Final = {
    value["message"]["kind"]: value
    for raw, expected in reversed([*vectors()])
    if expected["outcome"] == "accept"
    for value in [json.loads(raw)]
}
"""The first message of each kind."""


def test_vectors_agree() -> None:
    """What a vector accepts fits, and what fits and is refused is refused for a listed reason."""
    listed = LISTED["message"].keys()
    for raw, expected in vectors():
        if expected["outcome"] == "accept":
            ENVELOPE.validate(json.loads(raw))
        elif expected["error"] not in listed:
            assert not ENVELOPE.is_valid(json.loads(raw)), expected["error"]


QUESTION: Final = GOOD["authorization-request"]


# --- What fits is read, or refused for what no schema can say -----------------------------------


def written(value: Any) -> st.SearchStrategy[bytes]:
    """The bytes of a value: nearly always in the one form."""
    other = json.dumps(value).encode()
    return st.sampled_from([*[canonical_json(value)] * 9, other])


DRAWN: Final = values_of(SCHEMAS)
MESSAGES: Final = DRAWN["envelope.schema.json"]
NETWORKS: Final = DRAWN["network.schema.json"]
PROTECTED: Final = DRAWN["protected-envelope.schema.json"]


@pytest.mark.hypothesis
@given(MESSAGES.flatmap(written))
@search
def test_what_fits_is_a_message(raw: bytes) -> None:
    assert ENVELOPE.is_valid(json.loads(raw))
    assert refused_by(decode, raw) in {None, *LISTED["message"]}


@pytest.mark.hypothesis
@given(PROTECTED)
@search
def test_what_fits_is_protected(value: Json) -> None:
    assert validator("protected-envelope").is_valid(value)
    assert refused_by(decode_protected, canonical_json(value)) in {None, "WIR-1"}


OTHERS: Final[st.SearchStrategy[object]] = st.sampled_from(
    [None, True, 0, -1, "", "x", "x\n", [], {}, "0000-01-01T00:00:00Z", "2100-02-29T12:00:00Z"]
)


@st.composite
def damaged(draw: st.DrawFn) -> Json:
    """A message of any kind in which a member is of another value, too many, or left out."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    value: Json = {**QUESTION, "message": draw(DRAWN[f"{kind}.schema.json"])}
    holder = draw(st.sampled_from([part for part in parts(value) if isinstance(part, dict)]))
    name = draw(st.sampled_from([*holder, "unknown"]))
    if name in holder and draw(st.booleans()):
        del holder[name]
    else:
        holder[name] = draw(OTHERS)
    return value


@pytest.mark.hypothesis
@given(damaged())
@search
def test_damaged_alike(value: Json) -> None:
    """What the decoder reads fits, and what fits is read or refused for a listed reason."""
    refused = refused_by(decode, canonical_json(value))
    if ENVELOPE.is_valid(value):
        assert refused in {None, *LISTED["message"]}
    else:
        assert refused is not None


@pytest.mark.hypothesis
@given(NETWORKS)
@search
def test_what_fits_is_a_network(value: Json) -> None:
    assert NETWORK.is_valid(value)
    assert refused_by(read_network, canonical_json(value)) in {None, *LISTED["network"]}


def changed(value: Any, path: str, new: Any) -> Json:
    """A value with another member at a path with dots."""
    copy: Json = json.loads(json.dumps(value))
    *steps, last = path.split(".")
    inner: Any = copy
    for step in steps:
        inner = inner[int(step)] if step.isdigit() else inner[step]
    inner[last] = new
    return copy


# --- Each reason that no schema can say is met --------------------------------------------------

CDR: Final = json.loads(SUITE.by_id["messages/accept-cdr"]["input"]["text"])
ANSWER: Final = changed(GOOD["authorization-answer"], "message.granted", True)
DEEP: Final[Any] = json.loads("[" * 20 + "]" * 20)
STATION: Final = GOOD["station-information-notice"]["message"]["stations"][0]
LONG: Final = {**STATION, "name": "\U0001f50c" * 200}

# fmt: off
MET: Final[Mapping[str, bytes]] = {
    "AUT-5": canonical_json(changed(ANSWER, "message.reason", "busy")),
    "AUT-6": canonical_json(
        changed(changed(ANSWER, "message.granted", False), "message.limits", {})),
    "EMA-9": canonical_json(changed(QUESTION, "message.emaid", "DE8AA0012345671")),
    "EXT-1": canonical_json(changed(QUESTION, "message.extension", {"x": {"x": DEEP}})),
    "EXT-2": canonical_json(changed(QUESTION, "message.extension", {"x": {"x": "x" * 16_384}})),
    "LST-1": canonical_json(changed(GOOD["authorization-list-notice"], "message.part",
        {"action": "add", "number": 1, "of": 1, "part": 2})),
    "REC-2": canonical_json(changed(CDR, "message.record.ended_at", "2025-07-08T11:00:00Z")),
    "REC-3": canonical_json(changed(CDR, "message.record.energy_wh", 11_001)),
    "REC-4": canonical_json(
        changed(CDR, "message.record.periods.0.started_at", "2025-07-08T11:59:59Z")),
    "REC-5": canonical_json(
        changed(CDR, "message.record.replaces", CDR["message"]["record"]["record_id"])),
    "REC-6": canonical_json(changed(CDR, "message.record.periods.0.activity", "idle")),
    "REC-9": canonical_json(
        changed(CDR, "message.record.periods", CDR["message"]["record"]["periods"] * 300)),
    "WIR-1": canonical_json(
        changed(GOOD["station-information-notice"], "message.stations", [LONG] * 100)),
    "WIR-2": canonical_json(QUESTION).decode().encode("utf-16"),
    "WIR-3": canonical_json(GOOD["station-information-notice"]).replace(b":22000,", b":22000.0,"),
    "WIR-4": canonical_json(QUESTION).replace(b'"sender":', b'"sender":"cso-elm","sender":'),
    "WIR-5": json.dumps(QUESTION).encode(),
}
# fmt: on
"""By rule, the bytes of a message that fits and is refused for nothing else."""


@pytest.mark.parametrize("rule", LISTED["message"])
def test_reason_is_met(rule: str) -> None:
    raw = MET[rule]
    ENVELOPE.validate(json.loads(raw))
    assert refused_by(decode, raw) == rule


def test_long_is_too_long() -> None:
    assert len(MET["WIR-1"]) > MAX_BYTES > max(len(MET[rule]) for rule in {*MET} - {"WIR-1"})


USER: Final = {"id": "anna", "kind": "user"}
ENTITIES: Final = example_network()["entities"]
NETWORKS_MET: Final[Mapping[str, Json]] = {
    "NET-1": changed(example_network(), "links.0.left", ["nowhere"]),
    "NET-2": {
        "entities": [*ENTITIES, USER],
        "links": [{"left": ["anna"], "right": [ENTITIES[0]["id"]]}],
    },
    "NET-9": {"entities": ENTITIES[:1] * 2},
}


@pytest.mark.parametrize("rule", LISTED["network"])
def test_network_reason_is_met(rule: str) -> None:
    network = NETWORKS_MET[rule]
    NETWORK.validate(network)
    assert refused_by(read_network, canonical_json(network)) == rule
