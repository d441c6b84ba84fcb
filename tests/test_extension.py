"""The extension: what it may hold, in which order, how long; and that its bytes stay as they are."""

import json
from typing import Any, Final

import pytest

from refimpl.errors import Malformed
from refimpl.extension import MAX_BYTES, MAX_DEPTH
from refimpl.messages import AuthorizationAnswer, Envelope
from refimpl.wire import decode, encode
from tests.world import ASKED, envelope

OCPI: Final = {
    "cost": {"currency": "EUR", "total": "12.5000"},
    "tariffs": [{"free": False}, "t-1"],
}


def written(extension: Any, message: Any = ASKED) -> bytes:
    """The canonical bytes of an envelope whose message has an extension, as they would be."""
    plain = json.loads(encode(envelope(message=message)))
    plain["message"]["extension"] = extension
    plain["message"] = dict(sorted(plain["message"].items()))
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def rule_of(raw: bytes) -> str:
    with pytest.raises(Malformed) as error:
        decode(raw)
    return error.value.rule_id


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return {"ocpi-2.2.1": {"a": value}}


def test_bytes_stay_as_they_are() -> None:
    raw = written({"ocpi-2.2.1": OCPI, "oicp-2.3": {}})
    read: Envelope = decode(raw)
    assert encode(read) == raw
    answer = AuthorizationAnswer(granted=False)
    assert encode(decode(written({"ocpi-2.2.1": OCPI}, answer))) != b""


@pytest.mark.parametrize(
    "extension",
    [
        {"ocpi": {"a": 1}},
        {"ocpi": {"a": 0.5}},
        {"ocpi": {"a": [None]}},
        {"ocpi": {"b": "x", "a": "x"}},
        {"ocpi": {"a": {"c": "x", "b": "x"}}},
        {"ocpi": {"ä": "x"}},
        {"oicp": {}, "ocpi": {}},
        nested(MAX_DEPTH - 1),
    ],
    ids=["number", "fraction", "null", "order", "order within", "ascii", "protocols", "deep"],
)
def test_what_it_may_not_hold(extension: Any) -> None:
    assert rule_of(written(extension)) == "EXT-1"


def test_how_deep_it_may_be() -> None:
    raw = written(nested(MAX_DEPTH - 2))
    assert encode(decode(raw)) == raw


@pytest.mark.parametrize("extension", [{}, {"OCPI": {}}, {"ocpi": []}, {"ocpi": "x"}, "x"])
def test_its_shape(extension: Any) -> None:
    assert rule_of(written(extension)) == "WIR-3"


def test_how_long_it_may_be() -> None:
    frame = len('{"ocpi":{"a":""}}')
    fits = {"ocpi": {"a": "x" * (MAX_BYTES - frame)}}
    assert encode(decode(written(fits))) == written(fits)
    assert rule_of(written({"ocpi": {"a": "x" * (MAX_BYTES - frame + 1)}})) == "EXT-2"
    # bytes count, not characters
    assert rule_of(written({"ocpi": {"a": "ä" * (MAX_BYTES // 2)}})) == "EXT-2"
