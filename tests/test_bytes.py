"""Bytes that are told range by range are told whole: none is left out and none is told twice,
and what is said of them is what other readers say.

OpenSSL's own trace of a handshake is the other reader of TLS; `test_bytes_openssl` has it.
"""

import hmac
import json
import re
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe, jws

from refimpl.edition import Edition, load
from refimpl.errors import Malformed
from refimpl.lab import changed_bytes
from refimpl.lab.attacks import ATTACKS, passed_on
from refimpl.lab.certificate_bytes import certificate_bytes
from refimpl.lab.changed_bytes import changed_by
from refimpl.lab.der_layout import LEAF, der_ranges
from refimpl.lab.entities import NAMES, pki_of_four
from refimpl.lab.handshake import shake_hands
from refimpl.lab.handshake_bytes import handshake_bytes, records_now, sample_records
from refimpl.lab.layout import Annotated, annotate
from refimpl.lab.message_bytes import Told, json_ranges, message_bytes, text_ranges
from refimpl.lab.sample import sealed_text, signed_text
from refimpl.lab.tls_layouts import inner_parts, record_parts
from refimpl.messages import AuthorizationRequest
from refimpl.tls.channel import Credentials
from refimpl.tls.client_hello import read_client_hello
from refimpl.views.secure.byte_view import ByteView
from refimpl.views.secure.defences import attack_changes
from refimpl.views.secure.handshake import handshake_sheets
from tests import programs
from tests.tls_stacks import require

BY_VERSION: Final = {"1.3": load("2025"), "1.2": load("2019")}
"""The edition that asks for a version of TLS at least."""


def check_whole(sheet: Annotated) -> None:
    """Each byte belongs to exactly one range, and each range says what it is."""
    place = 0
    for found in sheet.ranges:
        assert found.start == place, (sheet.title, found)
        assert found.end > found.start
        assert found.name
        assert found.value
        place = found.end
    assert place == len(sheet.raw)


# --- The handshake ----------------------------------------------------------------------------


@pytest.mark.parametrize("version", BY_VERSION)
@pytest.mark.parametrize("held_now", [False, True])
def test_every_byte_of_a_handshake_once(version: str, held_now: bool) -> None:
    sheets = handshake_bytes(BY_VERSION[version], held_now=held_now)
    assert len(sheets) > 14
    for sheet in sheets:
        check_whole(sheet)
        for found in sheet.ranges:
            assert found.rule == "" or found.rule in BY_VERSION[version].rules
    assert len({sheet.id for sheet in sheets}) == len(sheets)


@pytest.mark.parametrize("version", BY_VERSION)
def test_the_kept_handshake_is_like_one_held_now(version: str) -> None:
    flights = shake_hands(BY_VERSION[version])
    now = [(record.message, record.open) for one in flights for record in one.records]
    kept = sample_records()[version]
    assert [(sent.record.message, sent.record.open) for sent in kept] == now


@st.composite
def spoilt_records(draw: st.DrawFn) -> tuple[str, bytes]:
    """A record in the open of a kept handshake, of which some bytes are others or missing."""
    version = draw(st.sampled_from(sorted(BY_VERSION)))
    kept = [sent.record.raw for sent in sample_records()[version] if sent.record.open]
    raw = bytearray(draw(st.sampled_from(kept)))
    for _ in range(draw(st.integers(1, 3))):
        raw[draw(st.integers(1, len(raw) - 1))] = draw(st.integers(0, 255))
    return version, bytes(raw[: draw(st.integers(1, len(raw)))])


@given(spoilt_records())
def test_what_is_read_is_read_whole(spoilt: tuple[str, bytes]) -> None:
    """A spoilt record is told whole too, or refused."""
    version, raw = spoilt
    with suppress(Malformed):
        found = annotate(raw, record_parts(version, raw[0], len(raw) - 5, is_open=True))
        check_whole(Annotated("spoilt", "spoilt", raw, found))


@pytest.mark.parametrize("version", BY_VERSION)
def test_the_model_reads_the_same_client_hello(version: str) -> None:
    first, *_ = handshake_bytes(BY_VERSION[version])
    hello = read_client_hello(first.raw)
    numbers: dict[str, list[int]] = {"suite": [], "version": []}
    for found in first.ranges:
        if found.name in numbers:
            number = int.from_bytes(first.raw[found.start : found.end], "big")
            numbers[found.name].append(number)
    assert tuple(numbers["suite"]) == hello.suites
    assert tuple(numbers["version"] or [0x0303]) == hello.versions


def test_a_server_of_two_versions_says_so() -> None:
    """In TLS 1.2 it says that it could speak 1.3, which RFC 8446 (4.1.3) asks of it."""
    told = {}
    for version, edition in BY_VERSION.items():
        _, hello, *_ = handshake_bytes(edition)
        told[version] = next(one.value for one in hello.ranges if one.name == "random")
    assert told["1.3"] == "32 bytes"
    assert "DOWNGRD 1" in told["1.2"]


def test_what_each_side_proves_has_a_rule() -> None:
    """A few rules, written down by hand, where the model asks for a byte."""
    told = {}
    for version, edition in BY_VERSION.items():
        for sheet in handshake_bytes(edition):
            for found in sheet.ranges:
                told[version, found.within, found.name] = found.rule
    assert told["1.3", "extension supported_versions", "version"] == "TLS-1"
    assert told["1.2", "message ClientHello", "suite"] == "TLS-2"
    assert told["1.2", "message CertificateRequest", "message"] == "TLS-3"
    assert told["1.3", "message Certificate", "certificate in DER"] == "TLS-4"
    assert told["1.3", "", "length of the frame"] == "TLS-9"
    assert told["1.3", "message ClientHello", "random"] == ""


# --- What an encrypted record holds, opened with the keys of a handshake held for the test -----


def expand_label(secret: bytes, label: str, size: int, digest: str) -> bytes:
    """HKDF-Expand-Label without a context (RFC 8446, 7.1), for no more than one round."""
    name = f"tls13 {label}".encode()
    info = size.to_bytes(2, "big") + bytes([len(name)]) + name + b"\0"
    return hmac.digest(secret, info + b"\1", digest)[:size]


def opened(raw: bytes, secret: bytes, number: int) -> bytes:
    """A record of TLS 1.3, opened with the traffic secret of its sender (RFC 8446, 5.2, 5.3)."""
    digest, size = ("sha384", 32) if len(secret) == 48 else ("sha256", 16)
    key, iv = (
        expand_label(secret, label, wide, digest) for label, wide in (("key", size), ("iv", 12))
    )
    nonce = (int.from_bytes(iv, "big") ^ number).to_bytes(12, "big")
    return AESGCM(key).decrypt(nonce, raw[5:], raw[:5])


def test_what_a_record_holds_is_what_its_keys_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, log = Credentials._settings, tmp_path / "keys.log"

    def logging(own: Credentials, side: int) -> ssl.SSLContext:
        context = settings(own, side)
        context.keylog_filename = str(log)
        return context

    monkeypatch.setattr(Credentials, "_settings", logging)
    sheets = handshake_bytes(BY_VERSION["1.3"], held_now=True)
    words = [line.split() for line in log.read_text("utf-8").splitlines()]
    secrets = {line[0]: bytes.fromhex(line[2]) for line in words if not line[0].startswith("#")}
    hidden = [sheet for sheet in sheets if "encrypted" in sheet.title]
    inside = [sheet for sheet in sheets if sheet.id.endswith("-inside")]
    assert len(hidden) == len(inside) == 9
    counts: dict[str, int] = {}
    for sealed, plain in zip(hidden, inside, strict=True):
        side = "CLIENT" if "Elm" in sealed.told else "SERVER"
        name = f"{side}_HANDSHAKE_TRAFFIC_SECRET"
        if "frame" in sealed.title:
            name = f"{side}_TRAFFIC_SECRET_0"
        number = counts.get(name, 0)
        counts[name] = number + 1
        assert opened(sealed.raw, secrets[name], number) == plain.raw


# --- Certificates -----------------------------------------------------------------------------


def shown_by(entity: str) -> tuple[Annotated, ...]:
    return certificate_bytes(pki_of_four("csp-birch"), entity)


@pytest.mark.parametrize("entity", NAMES)
def test_every_byte_of_a_certificate_once(entity: str) -> None:
    sheets = shown_by(entity)
    assert len(sheets) == 5  # two certificates and three CRLs
    for sheet in sheets:
        check_whole(sheet)


def asn1_values(der: bytes) -> list[tuple[int, int, bool]]:
    """Where each value stands as `openssl asn1parse` reads it: offset, length, and whether it
    holds others; what lies within an extension it is asked for one by one.
    """
    done = programs.openssl("asn1parse", "-inform", "DER", stdin=der)
    lines = re.findall(
        r"^ *(\d+):d=\d+ +hl=(\d+) +l= *(\d+) +(prim|cons)",
        done,
        re.MULTILINE,
    )
    return [(int(at), int(head) + int(size), kind == "cons") for at, head, size, kind in lines]


@pytest.mark.parametrize("which", range(5))
def test_openssl_finds_values_at_the_same_places(which: int) -> None:
    require("openssl")
    sheet = shown_by("cso-elm")[which]
    ours = {found.start: found for found in sheet.ranges}
    found = asn1_values(sheet.raw)
    assert len(found) > 20
    for at, size, holds in found:
        if holds or "its head" in ours[at].name:
            assert ours[at].name.endswith(", its head")
        else:
            assert ours[at].end == at + size


def test_certificates_are_told_as_the_library_reads_them() -> None:
    certificate = pki_of_four().leaf("cso-elm").chain[0]
    told = {(found.name, found.rule): found.value for found in shown_by("cso-elm")[0].ranges}
    usages = [
        found.value for found in shown_by("cso-elm")[0].ranges if found.name == "key usage"
    ]
    assert (
        told["not before", "CRT-5"]
        == f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M:%S} UTC"
    )
    assert (
        told["not after", "CRT-5"] == f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC"
    )
    assert told["subject alternative name", "CRT-11"] == "urn:iec63119-refimpl:kind:cso"
    assert usages[-1] == "digital signature"
    common = [found.value for found in shown_by("cso-elm")[0].ranges if found.name == "subject"]
    assert certificate.subject.rfc4514_string() == f"CN={common[-1]},O={common[1]}"


@given(st.data())
def test_spoilt_certificates_are_read_whole_or_refused(data: st.DataObject) -> None:
    raw = bytearray(shown_by("cso-elm")[0].raw)
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    der = bytes(raw[: data.draw(st.integers(1, len(raw)))])
    with suppress(Malformed):
        check_whole(Annotated("spoilt", "spoilt", der, der_ranges(der, LEAF)))


# --- Messages ---------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", BY_VERSION.values(), ids=lambda edition: edition.id)
def test_every_byte_of_a_message_once(edition: Edition) -> None:
    sheets = message_bytes(edition)
    assert len(sheets) == 10
    for sheet in sheets:
        check_whole(sheet)
        assert {found.rule for found in sheet.ranges} <= edition.rules.keys()


def test_a_member_is_told_with_its_class_and_rule() -> None:
    """As its shape declares them."""
    plain, *_ = message_bytes(BY_VERSION["1.3"])
    told = {found.name: found for found in plain.ranges}
    message = AuthorizationRequest.members()
    for name, member in message.items():
        if f"member message.{name}" in told:
            found = told[f"member message.{name}"]
            assert found.rule == member.rule
            assert found.says == f"Class of privacy: {member.tells}."
    assert told["member message.emaid"].says == "Class of privacy: identifier."
    assert plain.raw[told["member message.emaid"].start :].startswith(b'"emaid":"DE8AA')


JSON: Final = st.recursive(
    st.text(max_size=5) | st.integers() | st.booleans() | st.none() | st.lists(st.integers()),
    lambda inner: (
        st.dictionaries(st.text(max_size=4), inner, max_size=4)
        | st.lists(st.dictionaries(st.text(max_size=4), inner, max_size=2), max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=5), st.booleans())
def test_every_byte_of_any_object_once(value: dict[str, object], ascii_only: bool) -> None:
    """Whatever an object holds, and however its characters are written."""
    text = json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":"))
    raw = text.encode("utf-8", "surrogatepass")
    check_whole(Annotated("any", "any", raw, json_ranges(raw, {}, Told("WIR-5"))))


def parts_told(text: str) -> dict[str, str]:
    """The parts of a text by their names, as the ranges have them."""
    return {
        found.name: text[found.start : found.end]
        for found in text_ranges(text)
        if not found.name.startswith("dot")
    }


def test_parts_of_a_text_are_those_of_a_library() -> None:
    """As joserfc takes a sealed and a signed text apart."""
    sealed, signed = sealed_text(BY_VERSION["1.3"]), signed_text(BY_VERSION["1.3"])
    told, read = parts_told(sealed), jwe.extract_compact  # type: ignore[attr-defined]  # its own
    found = read(sealed.encode(), jwe.JWERegistry())
    assert list(told) == ["header", "iv", "ciphertext", "tag"]
    assert told["header"].encode() == found.base64_segments["aad"]
    for name in ("iv", "ciphertext", "tag"):
        assert told[name].encode() == found.base64_segments[name]
    other = jws.extract_compact(signed.encode())
    assert parts_told(signed) == {
        name: other.segments[name].decode() for name in ("header", "payload", "signature")
    }


# --- Attacks ----------------------------------------------------------------------------------

INNER: Final = "The signed text: its "
OUTER: Final = "The sealed text: its "
WORD: Final = "The countersignature: its "
LEAF_OF: Final = "The certificate of Elm Stations"
NEXT: Final = "The certificate of its authority"
LIST: Final = "The CRL of ca-parties"
SIGNED_ANEW: Final = {INNER + "signature": "R S"}

# fmt: off
CHANGED: Final[dict[str, dict[str, str]]] = {
    # written by hand: piece by piece, the ranges that an attack changes
    "alg-none":        {INNER + "header": "alg", "The signed text": "signature"},
    "alg-none-padded": {INNER + "header": "alg", **SIGNED_ANEW},
    "hs256":           {INNER + "header": "alg", INNER + "signature": "R S signature"},
    "hs512":           {INNER + "header": "alg", **SIGNED_ANEW},
    "embedded-key":    {INNER + "header": "jwk jwk.crv jwk.kty jwk.x", **SIGNED_ANEW},
    "key-address":     {INNER + "header": "jku", **SIGNED_ANEW},
    "critical":        {INNER + "header": "crit", **SIGNED_ANEW},
    "other-algorithm": {INNER + "header": "alg", **SIGNED_ANEW},
    "unknown-key":     {INNER + "header": "kid", **SIGNED_ANEW},
    "other-key":       SIGNED_ANEW,
    "signer":          {INNER + "header": "kid", **SIGNED_ANEW},
    "padding":         {"The sealed text": "tag"},
    "bit-signature":   {INNER + "signature": "S"},
    "bit-ciphertext":  {OUTER + "ciphertext": "ciphertext"},
    "payload":         {INNER + "payload": "service"},
    "routing":         {OUTER + "header": "receiver"},
    "resealed-header": {OUTER + "header": "typ", OUTER + "tag": "tag"},
    "small-order":     {OUTER + "header": "epk.x"},
    "other-curve":     {OUTER + "header": "epk.crv epk.kty"},
    "misdelivered":    {WORD + "header": "next_hop", WORD + "signature": "R S"},
    "resealed":        {OUTER + "header": "kid", OUTER + "ciphertext": "ciphertext",
                        OUTER + "tag": "tag"},
    "expired":         {},
    "future":          {INNER + "header": "iat", **SIGNED_ANEW},
    "for-ever":        {INNER + "header": "exp", **SIGNED_ANEW},
    "replayed":        {},
    "kept-answer":     {},
    "kept-altered":    {INNER + "header": "in_reply_to"},
    "kept-news":       {},
    "other-kind":      {INNER + "header": "typ", OUTER + "header": "typ", **SIGNED_ANEW},
    "spaced":          {INNER + "payload": "behind the object", **SIGNED_ANEW},
    "word-other-text": {WORD + "payload": "SHA-256 of the text", WORD + "signature": "R S"},
    "word-other-key":  {WORD + "header": "kid", WORD + "signature": "R S"},
    "word-other-way":  {WORD + "header": "next_hop", WORD + "signature": "R S"},
    "cert-expired":    {LEAF_OF: "not after, not before"},
    "cert-early":      {LEAF_OF: "not before"},
    "cert-stranger":   {LEAF_OF: "authority key identifier, issuer",
                        NEXT: "authority key identifier, issuer, public key, subject, "
                              "subject key identifier",
                        "The CRL of ca-stranger": "all of it"},
    "cert-leaf":       {LEAF_OF: "authority key identifier, issuer, public key, subject, "
                                 "subject key identifier",
                        NEXT: "authority key identifier, basic constraints, "
                              "extended key usage, issuer, key usage, not after, public key, "
                              "subject, subject alternative name, subject key identifier",
                        "The certificate above that": "all of it"},
    "cert-no-eku":     {LEAF_OF: "extended key usage"},
    "cert-client":     {LEAF_OF: "extended key usage"},
    "cert-other":      {LEAF_OF: "subject alternative name"},
    "cert-two":        {LEAF_OF: "subject alternative name"},
    "cert-kind":       {LEAF_OF: "subject alternative name"},
    "cert-revoked":    {LIST: "revoked certificates"},
    "crl-none":        {LIST: "all of it"},
    "crl-stale":       {LIST: "CRL number, issued, next one due"},
}
OTHERWISE: Final = {
    "expired": "300 seconds", "replayed": "before", "kept-answer": "stop-2",
    "kept-altered": "stop-2", "kept-news": "newer", "misdelivered": "Birch Drive",
    "resealed": "Birch Drive",
}
"""A word of what is different besides bytes."""
# fmt: on


def ranges_changed(attack: str) -> dict[str, str]:
    """Piece by piece the ranges that an attack changes, without lengths, and without the serial
    number and the signature that each certificate and CRL has of its own.
    """
    found: dict[str, set[str]] = {}
    for change in changed_by(BY_VERSION["1.3"], attack).changes:
        name = change.name.removeprefix("member ")
        in_der = change.piece.startswith(("The certificate", "The CRL"))
        of_its_own = name in ("serial number", "signature") or name.endswith(", its head")
        if not (in_der and of_its_own):
            found.setdefault(change.piece, set()).add(name)
    joint = {
        piece: ", " if "certificate" in piece or "CRL" in piece else " " for piece in found
    }
    return {piece: joint[piece].join(sorted(names)) for piece, names in found.items()}


@pytest.mark.parametrize("attack", CHANGED)
def test_what_an_attack_changes(attack: str) -> None:
    """Those bytes and no others; where none, something else."""
    assert ranges_changed(attack) == CHANGED[attack]
    otherwise = " ".join(changed_by(BY_VERSION["1.3"], attack).otherwise)
    assert OTHERWISE.get(attack, "") in otherwise
    assert CHANGED[attack] or otherwise


def test_every_attack_is_told() -> None:
    assert CHANGED.keys() == ATTACKS.keys() - {"nothing"}
    assert changed_by(BY_VERSION["1.3"], "nothing") == ((), (), ())
    told = {row[0] for row in attack_changes(BY_VERSION["1.3"]).rows}
    assert told == {attack.what for name, attack in ATTACKS.items() if name != "nothing"}


@pytest.mark.parametrize("attack", CHANGED)
def test_bytes_that_are_not_marked_are_as_before(attack: str) -> None:
    """What is left without the marked bytes stands in what was there before, in its order."""
    edition = BY_VERSION["1.3"]
    before = changed_bytes._pieces_of(
        passed_on(changed_bytes.BEFORE.get(attack, sealed_text)(edition))
    )
    for piece in changed_by(edition, attack).pieces:
        check_whole(piece)
        assert piece.changed
        if piece.id not in before:
            assert piece.changed == set(range(len(piece.raw)))
            continue
        old = iter(before[piece.id].raw)
        left = (byte for place, byte in enumerate(piece.raw) if place not in piece.changed)
        assert all(byte in old for byte in left)
        for place in piece.changed:
            (found,) = [one for one in piece.ranges if one.start <= place < one.end]
            assert found.was


def test_one_flipped_bit_is_one_byte() -> None:
    (piece,) = [
        piece
        for piece in changed_by(BY_VERSION["1.3"], "bit-ciphertext").pieces
        if piece.id == "message-sealed-ciphertext"
    ]
    assert piece.changed == {len(piece.raw) - 1}


# --- The view ---------------------------------------------------------------------------------


def test_every_range_stands_in_a_table() -> None:
    """The tables name every byte, in order."""
    sheets = handshake_sheets(BY_VERSION["1.3"])
    for sheet, table in zip(sheets.sheets, sheets.tables(), strict=True):
        place = 0
        for span, *_ in table.rows:
            first, _, last = span.partition(" to ")
            assert int(first) == place
            place = int(last or first) + 1
        assert place == len(sheet.raw)
        assert sheet.id in sheets.html()


def test_the_rules_stand_beside_the_bytes() -> None:
    sheets = handshake_sheets(BY_VERSION["1.2"])
    assert BY_VERSION["1.2"].rules["TLS-3"].says in sheets.html()
    of_channel = {rule for rule in sheets.rules() if rule.startswith("TLS")}
    assert of_channel == {"TLS-1", "TLS-2", "TLS-3", "TLS-4", "TLS-6", "TLS-9"}
    assert {"CRT-5", "CRT-10", "CRT-13"} < set(sheets.rules())


def test_a_link_chooses_the_edition_that_has_it() -> None:
    view = ByteView(
        handshake_sheets,
        "record",
        edition={"2025": BY_VERSION["1.3"], "2019": BY_VERSION["1.2"]},
    )
    assert view.chosen == {"edition": "2025"}
    view.wanted = "record-9-tls12"
    assert view.chosen == {"edition": "2019"}
    view.wanted = "no-such-record"
    assert view.chosen == {"edition": "2019"}
    assert "record-9-tls12" in [sheet["id"] for sheet in view.shown]
    assert "record-1-tls13" in view.html()
    assert "record-1-tls12" in view.html()


def test_two_handshakes_share_no_random_number() -> None:
    first, second = (records_now(BY_VERSION["1.3"])[0].record.raw for _ in range(2))
    assert first[11:43] != second[11:43]
    assert first[11:43] != sample_records()["1.3"][0].record.raw[11:43]


def test_an_alert_is_told() -> None:
    """Of a handshake that a rule ends, the alert as well."""
    flights = shake_hands(BY_VERSION["1.3"], "revoked")
    (alert,) = flights[-1].records
    found = annotate(alert.inner + bytes([alert.content]), inner_parts("1.3", alert.content))
    assert [one.value for one in found] == [
        "fatal (0x02)",
        "certificate revoked (0x2c)",
        "alert (0x15)",
    ]
    outer = record_parts("1.3", alert.raw[0], alert.length, alert.open)
    check_whole(Annotated("alert", "alert", alert.raw, annotate(alert.raw, outer)))
