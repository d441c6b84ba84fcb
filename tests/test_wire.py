"""One message, one byte form: what is canonical passes, every other spelling is refused with
its rule.

The canonical form is asked of an independent implementation of RFC 8785; which rule a fault
breaks is written by hand.
"""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

import pytest
import rfc8785
from hypothesis import assume, given
from hypothesis import strategies as st

from refimpl.edition import load
from refimpl.errors import Malformed
from refimpl.messages import DetailRecordNotice, Envelope, Said
from refimpl.records import ChargingDetailRecord
from refimpl.wire import MAX_BYTES, decode, encode
from tests.strategies import MESSAGES, envelopes

RECORD: Final[dict[str, Any]] = {
    "emaid": "DE8AA0012345670",
    "ended_at": "2025-07-08T13:00:00Z",
    "energy_wh": 11000,
    "evse_id": "DEAB7E8406487",
    "kind": "cdr",
    "periods": [
        {
            "ended_at": "2025-07-08T12:30:00Z",
            "energy_wh": 6000,
            "started_at": "2025-07-08T12:00:00Z",
        },
        {
            "ended_at": "2025-07-08T13:00:00Z",
            "energy_wh": 5000,
            "started_at": "2025-07-08T12:30:00Z",
        },
    ],
    "record_id": "record-2",
    "replaces": "record-1",
    "service": "energy-transfer",
    "started_at": "2025-07-08T12:00:00Z",
}
ENVELOPE: Final[dict[str, Any]] = {
    "correlation_id": "service-1",
    "edition": "2025",
    "message": {"kind": "detail-record-notice", "record": RECORD},
    "receiver": "csp-alba",
    "request_id": "m-1",
    "sender": "cso-elm",
    "sent_at": "2025-07-08T14:00:00Z",
}


def written(value: Any) -> bytes:
    """JSON as RFC 8785 has it, for values without fractions."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


RAW: Final = written(ENVELOPE)
FIRST_HALF, SECOND_HALF = RECORD["periods"]
EARLIER: Final = "2025-07-08T12:29:59Z"
NEVER: Final = {**FIRST_HALF, "energy_wh": 0, "started_at": FIRST_HALF["ended_at"]}
ENDED: Final = b'"ended_at":"2025-07-08T12:30:00Z"'
SIX: Final = b'"energy_wh":6000'


def reversed_members(raw: bytes) -> bytes:
    return json.dumps(dict(reversed(json.loads(raw).items())), separators=(",", ":")).encode()


def spoilt(**changed: Any) -> bytes:
    """The record with other members, in an envelope; a member given as `...` is left out."""
    record = {name: value for name, value in {**RECORD, **changed}.items() if value is not ...}
    return written({**ENVELOPE, "message": {"kind": "detail-record-notice", "record": record}})


def refused(raw: bytes) -> Malformed:
    with pytest.raises(Malformed) as error:
        decode(raw)
    return error.value


# --- the canonical form -----------------------------------------------------------------------


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_round_trip_in_rfc_8785(
    kind: type[Said],
) -> None:
    """Every kind of message goes there and back in the form of RFC 8785."""

    @given(envelopes(MESSAGES[kind]))
    def there_and_back(envelope: Envelope) -> None:
        raw = encode(envelope)
        assert raw == rfc8785.dumps(json.loads(raw))
        assert decode(raw) == envelope
        assert encode(decode(raw)) == raw

    there_and_back()


def test_the_example() -> None:
    """The example is read as it is meant."""
    envelope = decode(RAW)
    assert isinstance(envelope.message, DetailRecordNotice)
    record = envelope.message.record
    assert isinstance(record, ChargingDetailRecord)
    assert record.replaces == "record-1"
    assert record.periods[1].energy_wh == 5000
    assert envelope.sent_at.isoformat() == "2025-07-08T14:00:00+00:00"
    assert encode(envelope) == RAW


# --- every other spelling ---------------------------------------------------------------------


def put(old: bytes, new: bytes, count: int = -1) -> Callable[[bytes], bytes]:
    """Write some bytes in place of others."""
    return lambda raw: raw.replace(old, new, count)


# fmt: off
SPELLINGS: Final[dict[str, tuple[Callable[[bytes], bytes], str]]] = {
    "white space":           (put(b":", b": ", 1), "WIR-5"),
    "a line at the end":     (lambda raw: raw + b"\n", "WIR-5"),
    "a space in front":      (lambda raw: b" " + raw, "WIR-5"),
    "indented":
        (lambda raw: json.dumps(json.loads(raw), indent=2).encode(), "WIR-5"),
    "another order":         (reversed_members, "WIR-5"),
    "another order inside":  (put(ENDED + b"," + SIX, SIX + b"," + ENDED), "WIR-5"),
    "an escaped letter":     (put(b"cso-elm", b"\\u0063so-elm"), "WIR-5"),
    "an escaped slash":      (put(b"record-1", b"record\\/1"), "WIR-5"),
    "an escaped name":       (put(b'"sender"', b'"s\\u0065nder"'), "WIR-5"),
    "minus nought":
        (lambda raw: put(b"6000", b"-0")(put(b"11000", b"5000")(raw)), "WIR-5"),
    "null for absent":       (put(b'"record-1"', b"null"), "WIR-5"),
    "a default left out":    (lambda raw: spoilt(kind=...), "WIR-3"),
    "a member twice":        (put(b'"sender":', b'"sender":"cso-elm","sender":'), "WIR-4"),
    "twice, and different":  (put(b'"sender":', b'"sender":"cso-fjord","sender":'), "WIR-4"),
    "twice, inside":         (put(SIX, SIX + b"," + SIX), "WIR-4"),
    "twice, one escaped":
        (put(b'"sender":', b'"s\\u0065nder":"cso-elm","sender":'), "WIR-4"),
    "twice, one unknown":    (put(b'"sender":', b'"x":1,"x":1,"sender":'), "WIR-4"),
    "1.0":                   (put(b"6000", b"6000.0"), "WIR-3"),
    "6e3":                   (put(b"6000", b"6e3"), "WIR-3"),
    "06000":                 (put(b"6000", b"06000"), "WIR-2"),
    "+6000":                 (put(b"6000", b"+6000"), "WIR-2"),
    "a naive time":          (put(b"14:00:00Z", b"14:00:00"), "WIR-3"),
    "+00:00":                (put(b"14:00:00Z", b"14:00:00+00:00"), "WIR-3"),
    "another zone":          (put(b"14:00:00Z", b"15:00:00+01:00"), "WIR-3"),
    "a fraction of a second": (put(b"14:00:00Z", b"14:00:00.000Z"), "WIR-3"),
    "a leap second":         (put(b"14:00:00Z", b"14:00:60Z"), "WIR-3"),
    "a small z":             (put(b"14:00:00Z", b"14:00:00z"), "WIR-3"),
    "a blank for the T":     (put(b"08T14", b"08 14"), "WIR-3"),
    "a date alone":          (put(b"T14:00:00Z", b""), "WIR-3"),
    "seconds since 1970":    (put(b'"2025-07-08T14:00:00Z"', b"1751983200"), "WIR-3"),
    "a small EMAID":         (put(b"DE8AA", b"de8aa"), "EMA-5"),
    "an EMAID in parts":     (put(b"DE8AA", b"DE-8AA-"), "EMA-3"),
    "a small EVSE ID":       (put(b"DEAB7E", b"deab7e"), "EVS-5"),
    "an EVSE ID in parts":   (put(b"DEAB7E", b"DE*AB7*E"), "EVS-3"),
    "a byte order mark":     (lambda raw: b"\xef\xbb\xbf" + raw, "WIR-2"),
    "UTF-16":                (lambda raw: raw.decode().encode("utf-16"), "WIR-2"),
    "UTF-16 without mark":   (lambda raw: raw.decode().encode("utf-16-le"), "WIR-2"),
    "UTF-32":                (lambda raw: raw.decode().encode("utf-32-be"), "WIR-2"),
    "a second message":      (lambda raw: raw + raw, "WIR-2"),
    "bytes at the end":      (lambda raw: raw + b"x", "WIR-2"),
    "a comma too many":      (lambda raw: raw[:-1] + b",}", "WIR-2"),
    "a comment":             (lambda raw: raw + b"//", "WIR-2"),
    "single quotes":         (put(b'"', b"'"), "WIR-2"),
    "cut short":             (lambda raw: raw[:-1], "WIR-2"),
}
# fmt: on


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_one_spelling_only(spelling: str) -> None:
    """No other spelling of a message passes."""
    respell, rule = SPELLINGS[spelling]
    raw = respell(RAW)
    assert raw != RAW
    assert refused(raw).rule_id == rule


def test_first_differing_byte() -> None:
    """The first byte that differs is the place."""
    assert refused(RAW.replace(b'":', b'": ', 1)).where == f"byte {len(FIRST)}"
    assert refused(RAW + b"\n").where == f"byte {len(RAW)}"


@given(envelopes(), st.data())
def test_a_blank_anywhere_is_refused(envelope: Envelope, data: st.DataObject) -> None:
    raw = encode(envelope)
    at = data.draw(st.integers(0, len(raw)))
    try:  # inside a text it may make another message, with a form of its own
        other = decode(raw[:at] + b" " + raw[at:])
    except Malformed:
        return
    assert other != envelope


def test_defaults_are_written() -> None:
    """A member that has a default is written all the same."""
    answer = {"from_list": False, "granted": False, "kind": "authorization-answer"}
    assert (
        decode(written({**ENVELOPE, "message": answer})).message.kind == "authorization-answer"
    )
    del answer["from_list"]
    assert refused(written({**ENVELOPE, "message": answer})).rule_id == "WIR-5"


# --- hostile bytes ----------------------------------------------------------------------------

FIRST: Final = b'{"correlation_id":'
# fmt: off
HOSTILE: Final[dict[str, tuple[bytes, str]]] = {
    "nothing":               (b"", "WIR-2"),
    "a number":              (b"1", "WIR-3"),
    "null":                  (b"null", "WIR-3"),
    "an array":              (b"[]", "WIR-3"),
    "an empty object":       (b"{}", "WIR-3"),
    "NaN":                   (FIRST + b"NaN}", "WIR-2"),
    "Infinity":              (FIRST + b"-Infinity}", "WIR-2"),
    "NaN after a repetition": (b'{"a":1,"a":1,"b":NaN}', "WIR-2"),
    "1e400":                 (FIRST + b"1e400}", "WIR-3"),
    "NaN as energy":         (RAW.replace(b"6000", b"NaN"), "WIR-2"),
    "Infinity as energy":    (RAW.replace(b"6000", b"Infinity"), "WIR-2"),
    "1e400 as energy":       (RAW.replace(b"6000", b"1e400"), "WIR-3"),
    "4,000 digits":          (RAW.replace(b"6000", b"6" * 4_000), "WIR-3"),
    "60,000 digits":         (RAW.replace(b"6000", b"6" * 60_000), "WIR-2"),
    "60,000 arrays":         (b"[" * 60_000, "WIR-2"),
    "10,000 objects":        (b'{"a":' * 10_000, "WIR-2"),
    "100,000 arrays":        (b"[" * 100_000, "WIR-1"),
    "150 arrays":            (FIRST + b"[" * 150 + b"]" * 150 + b"}", "WIR-3"),
    "a lone surrogate":      (FIRST + b'"\\ud800"}', "WIR-2"),
    "surrogates swapped":    (FIRST + b'"\\udc00\\ud800"}', "WIR-2"),
    "a surrogate in UTF-8":  (FIRST + b'"\xed\xa0\x80"}', "WIR-2"),
    "an overlong slash":     (FIRST + b'"\xc0\xaf"}', "WIR-2"),
    "half a character":      (FIRST + b'"\xc3"}', "WIR-2"),
    "Latin-1":               (FIRST + b'"\xe4"}', "WIR-2"),
    "a control character":   (FIRST + b'"a\x01"}', "WIR-2"),
    "a NUL":                 (RAW.replace(b"cso-elm", b"cso\0elm"), "WIR-2"),
    "an escaped NUL":        (RAW.replace(b"cso-elm", b"cso\\u0000elm"), "WIR-3"),
    "a line break in a name": (RAW.replace(b"cso-elm", b"cso-elm\\n"), "WIR-3"),
    "an unknown kind":       (RAW.replace(b"detail-record-notice", b"detail-record"), "WIR-3"),
    "a kind that is no text": (RAW.replace(b'"detail-record-notice"', b"1"), "WIR-3"),
    "an id of 65":           (RAW.replace(b"service-1", b"s" * 65), "WIR-3"),
    "an empty id":           (RAW.replace(b"service-1", b""), "WIR-3"),
}
# fmt: on


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_bytes(what: str) -> None:
    """Hostile bytes are refused with their rule."""
    raw, rule = HOSTILE[what]
    assert refused(raw).rule_id == rule


def test_too_long_is_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too long is refused unread."""

    def read(raw: bytes) -> Envelope:
        raise AssertionError(f"{len(raw)} bytes were read")

    monkeypatch.setattr(Envelope, "__pydantic_validator__", SimpleNamespace(validate_json=read))
    for size in (MAX_BYTES + 1, 50_000_000):
        error = refused(b"[" * size)
        assert (error.rule_id, error.where) == ("WIR-1", f"{size} bytes, at most 65536")


def test_longest_has_65536_bytes() -> None:
    """The longest that is read has 65536 bytes."""
    padding = MAX_BYTES - len(RAW)
    assert decode(RAW) is not None
    assert refused(RAW + b" " * padding).rule_id == "WIR-5"
    assert refused(RAW + b" " * (padding + 1)).rule_id == "WIR-1"


def test_places_are_harmless() -> None:
    """A place is short and cannot speak to a terminal."""
    error = refused(RAW[:-1] + b',"\\u001b[2J' + b"z" * 50_000 + b'":1}')
    assert error.rule_id == "WIR-3"
    assert error.where.startswith(r"\x1b[2Jzzz")
    assert len(error.where) < 500
    assert error.where.isprintable()
    assert refused(RAW.replace(b"detail-record-notice", b"\\u001b[2J")).where.isprintable()
    assert refused(RAW[:-1] + b',"\\u001b":1,"\\u001b":2}').where == r"member '\x1b'"


@given(st.binary(max_size=400))
def test_any_bytes(raw: bytes) -> None:
    """Bytes of any kind raise nothing else."""
    with pytest.raises(Malformed) as error:
        decode(raw)
    assert error.value.rule_id in {"WIR-2", "WIR-3"}  # too short to go wrong further on


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(list(ENVELOPE.values())),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*ENVELOPE, *RECORD]) | st.text(max_size=9), inner, max_size=6
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json(value: Any) -> None:
    """JSON of any kind raises nothing else."""
    raw = json.dumps(value).encode()
    assume(raw != RAW)
    with pytest.raises(Malformed) as error:
        decode(raw)
    assert error.value.rule_id in load("2025").rules


@given(envelopes(), st.data())
def test_changed_bytes(envelope: Envelope, data: st.DataObject) -> None:
    """A message with some bytes changed is itself another or malformed."""
    raw = bytearray(encode(envelope))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        other = decode(bytes(raw))
    except Malformed:
        return
    assert encode(other) == bytes(raw)


# --- records that should not be ---------------------------------------------------------------

# fmt: off
RECORDS: Final[dict[str, tuple[bytes, str]]] = {
    "negative energy":       (spoilt(energy_wh=-1), "WIR-3"),
    "end before start":
        (spoilt(ended_at="2025-07-08T11:59:59Z", periods=[FIRST_HALF]), "REC-2"),
    "NaN":                   (spoilt(energy_wh=float("nan")), "WIR-2"),
    "a truth for a number":  (spoilt(energy_wh=True), "WIR-3"),
    "a text for a number":   (spoilt(energy_wh="11000"), "WIR-3"),
    "energy as a fraction":  (spoilt(energy_wh=11000.5), "WIR-3"),
    "a control character":   (spoilt(record_id="record\x07"), "WIR-3"),
    "a small EMAID":         (spoilt(emaid="de8aa0012345670"), "EMA-5"),
    "a small EVSE ID":       (spoilt(evse_id="deab7e8406487"), "EVS-5"),
    "an unknown member":     (spoilt(total_cost=0), "WIR-3"),
    "a missing member":      (spoilt(evse_id=...), "WIR-3"),
    "the year nought":       (spoilt(started_at="0000-07-08T12:00:00Z"), "WIR-3"),
    "30 February":           (spoilt(started_at="2025-02-30T12:00:00Z"), "WIR-3"),
    "a period outside":      (spoilt(ended_at="2025-07-08T12:59:59Z"), "REC-4"),
    "a period too early":    (spoilt(started_at="2025-07-08T12:00:01Z"), "REC-4"),
    "periods that overlap":
        (spoilt(periods=[FIRST_HALF, {**SECOND_HALF, "started_at": EARLIER}]), "REC-4"),
    "periods out of order":  (spoilt(periods=RECORD["periods"][::-1]), "REC-4"),
    "a period backwards":
        (spoilt(periods=[FIRST_HALF, {**SECOND_HALF, "ended_at": EARLIER}]), "REC-4"),
    "a wrong sum":           (spoilt(energy_wh=10999), "REC-3"),
    "no periods":            (spoilt(periods=[], energy_wh=0), "WIR-3"),
    "as many periods as no record has room for":
        (spoilt(periods=[FIRST_HALF] + [NEVER] * 400, energy_wh=6000), "REC-9"),
    "replaces itself":       (spoilt(replaces="record-2"), "REC-5"),
    "an id with a blank":    (spoilt(record_id="record 2"), "WIR-3"),
    "an EMAID with a blank": (spoilt(emaid="DE8AA 012345670"), "EMA-2"),
    "a wrong check":         (spoilt(emaid="DE8AA0012345671"), "EMA-9"),
    "another kind's members": (spoilt(kind="sdr"), "WIR-3"),
    "too much energy":       (spoilt(energy_wh=10_000_001), "WIR-3"),
}
# fmt: on


@pytest.mark.parametrize("what", RECORDS)
def test_spoilt_records(what: str) -> None:
    """A spoilt record is refused with its rule."""
    raw, rule = RECORDS[what]
    assert refused(raw).rule_id == rule


def test_hundred_periods() -> None:
    """A record may have a hundred periods."""
    assert encode(decode(spoilt(periods=[FIRST_HALF] + [NEVER] * 99, energy_wh=6000)))


def test_sound_record_passes() -> None:
    """The record before it was spoilt passes."""
    assert decode(spoilt()) == decode(RAW)
