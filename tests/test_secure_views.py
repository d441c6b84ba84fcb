"""What notebook 07 shows is so: who vouches for whom, who says what in a handshake, how a
message is made, who notices.

Which rule meets an attack, and which records make up a handshake, is written by hand: the first
from the rule table, the second from RFC 8446 (figure 1) and RFC 5246 (figure 1).  The steps of
a message are done again without the model.
"""

import json
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from refimpl.edition import load
from refimpl.errors import RoamingError
from refimpl.lab.attacks import ATTACKS
from refimpl.lab.defences import LOOKS, look_at
from refimpl.lab.entities import NAMES, key_ring, pki_of_four
from refimpl.lab.exposure import members_learned
from refimpl.lab.handshake import shake_hands
from refimpl.lab.message_bytes import MEMBERS
from refimpl.lab.sample import intermediate_values, sample_envelope, sealing_for
from refimpl.lab.tls_layouts import TYPES
from refimpl.security import protection
from refimpl.security.protection import MessageHeader, RoutingHeader, unprotect
from refimpl.tls.channel import Channel
from refimpl.views.kit.menus import Menus
from refimpl.views.secure.defences import attack_outcome, attack_outcomes
from refimpl.views.secure.handshake import (
    PROVES,
    handshake,
    handshake_records,
    handshake_refusal,
)
from refimpl.views.secure.message_steps import (
    header_members,
    message_step,
    message_steps,
)
from refimpl.views.secure.trust import basis_of_exchange, certificate_members, trust_graph

LATEST: Final = load("2025")
EDITIONS: Final = {"2025": LATEST, "2019": load("2019")}
BY_VERSION: Final = {"1.3": LATEST, "1.2": load("2019")}
"""The edition that asks for a version of TLS at least."""
NOTEBOOK: Final = Path(__file__).parents[1] / "notebooks" / "07-secure-exchange.ipynb"

# fmt: off
WHO_NOTICES: Final[dict[str, tuple[str, str, str]]] = {
    "alg-none":        ("csp-alba",  "signature",   "JOS-5"),   # no algorithm, and no 64 bytes either
    "alg-none-padded": ("csp-alba",  "signature",   "JOS-12"),
    "hs256":           ("csp-alba",  "signature",   "JOS-5"),   # its MAC has 32 bytes
    "hs512":           ("csp-alba",  "signature",   "JOS-12"),  # its MAC has 64
    "embedded-key":    ("csp-alba",  "signature",   "JOS-10"),
    "key-address":     ("csp-alba",  "signature",   "JOS-10"),
    "critical":        ("csp-alba",  "signature",   "JOS-9"),
    "other-algorithm": ("csp-alba",  "signature",   "JOS-14"),
    "unknown-key":     ("csp-alba",  "signature",   "JOS-13"),
    "other-key":       ("csp-alba",  "signature",   "JOS-15"),
    "signer":          ("csp-alba",  "message",     "MSG-1"),
    "padding":         ("csp-alba",  "seal",        "JOS-3"),
    "bit-signature":   ("csp-alba",  "signature",   "JOS-15"),
    "bit-ciphertext":  ("csp-alba",  "seal",        "JOS-18"),
    "payload":         ("csp-alba",  "signature",   "JOS-15"),
    "routing":         ("csp-alba",  "seal",        "JOS-18"),
    "resealed-header": ("csp-alba",  "message",     "MSG-3"),
    "small-order":     ("csp-alba",  "seal",        "JOS-17"),
    "other-curve":     ("csp-alba",  "seal",        "JOS-16"),
    "misdelivered":    ("csp-birch", "seal",        "JOS-13"),
    "resealed":        ("csp-birch", "message",     "MSG-2"),
    "expired":         ("csp-alba",  "message",     "MSG-6"),
    "future":          ("csp-alba",  "message",     "MSG-5"),
    "for-ever":        ("csp-alba",  "message",     "MSG-4"),
    "replayed":        ("csp-alba",  "message",     "MSG-7"),
    "kept-answer":     ("csp-alba",  "endpoint",    "REP-9"),
    "kept-news":       ("csp-alba",  "endpoint",    "REP-10"),
    "kept-altered":    ("csp-alba",  "signature",   "JOS-15"),
    "other-kind":      ("csp-alba",  "message",     "MSG-8"),
    "spaced":          ("csp-alba",  "message",     "MSG-9"),
    "word-other-text": ("csp-alba",  "hop",         "MSG-11"),
    "word-other-key":  ("csp-alba",  "hop",         "MSG-10"),
    "word-other-way":  ("csp-alba",  "hop",         "MSG-13"),
    "cert-expired":    ("csp-alba",  "certificate", "CRT-5"),
    "cert-early":      ("csp-alba",  "certificate", "CRT-5"),
    "cert-stranger":   ("csp-alba",  "certificate", "CRT-4"),
    "cert-leaf":       ("csp-alba",  "certificate", "CRT-6"),
    "cert-no-eku":     ("csp-alba",  "certificate", "CRT-9"),
    "cert-client":     ("csp-alba",  "certificate", "CRT-9"),
    "cert-other":      ("csp-alba",  "certificate", "CRT-10"),
    "cert-two":        ("csp-alba",  "certificate", "CRT-10"),
    "cert-kind":       ("csp-alba",  "certificate", "CRT-11"),
    "cert-revoked":    ("csp-alba",  "certificate", "CRT-17"),
    "crl-none":        ("csp-alba",  "certificate", "CRT-14"),
    "crl-stale":       ("csp-alba",  "certificate", "CRT-16"),
}

HELLO_13 = ["ServerHello", "change cipher spec", "EncryptedExtensions", "CertificateRequest", "Certificate",
            "CertificateVerify", "Finished"]
HELLO_12 = ["ServerHello", "Certificate", "ServerKeyExchange", "CertificateRequest", "ServerHelloDone"]
FLIGHTS: Final = {
    "1.3": [("cso-elm", ["ClientHello"]), ("house-north", HELLO_13),
            ("cso-elm", ["change cipher spec", "Certificate", "CertificateVerify", "Finished"]),
            ("house-north", ["frame"])],
    "1.2": [("cso-elm", ["ClientHello"]), ("house-north", HELLO_12),
            ("cso-elm", ["Certificate", "ClientKeyExchange", "CertificateVerify", "change cipher spec", "Finished"]),
            ("house-north", ["change cipher spec", "Finished", "frame"])],
}
OPEN: Final = {
    "1.3": {"ClientHello", "ServerHello", "change cipher spec"},
    "1.2": {"ClientHello", *HELLO_12, "ClientKeyExchange", "CertificateVerify", "change cipher spec"},
}
# fmt: on


# --- Who vouches for whom ---------------------------------------------------------------------


def test_all_accepted_at_first() -> None:
    """Nobody is refused before somebody is revoked."""
    text = trust_graph(LATEST).text
    assert text.count("accepted.") == 4
    assert text.count("0 revoked.") == 3
    assert "ca-houses: speaks for clearing-house" in text


@pytest.mark.parametrize(
    ("name", "ca"), [("cso-elm", "ca-parties"), ("house-north", "ca-houses")]
)
def test_revoked_is_refused(name: str, ca: str) -> None:
    """Whoever is revoked is on the list of its issuer and refused."""
    lines = trust_graph(LATEST, name).text.splitlines()
    assert [line for line in lines if "1 revoked" in line] == [
        line for line in lines if line.startswith(f"{ca}:")
    ]
    assert [line for line in lines if "refused" in line] == [
        f"{NAMES[name]} ({name}): issued by {ca}, refused under CRT-17 (chosen): "
        + LATEST.rules["CRT-17"].says
    ]


def test_profile_of_a_certificate() -> None:
    """The profile says what stands in the certificate."""
    certificate = pki_of_four().leaf("cso-elm").chain[0]
    said = {row[0]: row[1] for row in certificate_members(LATEST, "cso-elm").rows}
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    assert [
        said[f"alternative name: {what}"] for what in ("entity", "kind", "key to encrypt to")
    ] == uris
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert {each._name for each in usage} == {"clientAuth", "serverAuth"}
    assert said["validity"] == "2025-07-08 11:00 to 2025-10-06 12:00 UTC"


def test_stated_and_chosen() -> None:
    """The version of TLS is stated and nearly all else is chosen."""
    version, *groups = basis_of_exchange(LATEST).rows
    assert version == ("TLS 1.3 or newer", "1", "0", "0")
    assert basis_of_exchange(load("2019")).rows[0][0] == "TLS 1.2 or newer"
    assert not any(int(row[1]) for row in groups)
    assert sum(int(row[2]) for row in groups) == 1  # TLS-1, which follows from the version


# --- The handshake ----------------------------------------------------------------------------


@pytest.mark.parametrize("version", FLIGHTS)
def test_flights_of_the_rfc(version: str) -> None:
    """A handshake has the flights of its RFC."""
    flights = shake_hands(BY_VERSION[version])
    assert [
        (one.sender, [record.message for record in one.records]) for one in flights
    ] == FLIGHTS[version]
    assert not any(one.fault for one in flights)
    seen = {record.message for one in flights for record in one.records if record.open}
    assert seen == OPEN[version]


@pytest.mark.parametrize("version", FLIGHTS)
def test_shown_bytes_are_real(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown of a record stands on the wire."""
    sent: list[bytes] = []
    data_to_send = Channel.data_to_send

    def taken(channel: Channel) -> bytes:
        sent.append(data_to_send(channel))
        return sent[-1]

    monkeypatch.setattr(Channel, "data_to_send", taken)
    records = [
        record for flight in shake_hands(BY_VERSION[version]) for record in flight.records
    ]
    raw, names = b"".join(sent), {number: name for name, number in handshake_numbers()}
    for record in records:
        kind, length = raw[0], int.from_bytes(raw[3:5], "big")
        assert (TYPES[kind], raw[1:3].hex(), length) == (
            record.type,
            record.version,
            record.length,
        )
        if record.open and kind == 22:
            assert names[raw[5]] == record.message
        assert (kind == 23) <= (not record.open)
        raw = raw[5 + length :]
    assert raw == b""


def handshake_numbers() -> list[tuple[str, int]]:
    """The numbers of handshake messages as RFC 8446 (B.3) and RFC 5246 (A.4) list them."""
    words = (
        "ClientHello=1 ServerHello=2 EncryptedExtensions=8 Certificate=11 ServerKeyExchange=12"
    )
    words += " CertificateRequest=13 ServerHelloDone=14 CertificateVerify=15 ClientKeyExchange=16 Finished=20"
    return [
        (name, int(number))
        for name, _, number in (word.partition("=") for word in words.split())
    ]


def test_connected_is_not_authenticated() -> None:
    stands = [flight.stands for flight in shake_hands(BY_VERSION["1.3"], "revoked")]
    assert stands[1] == ("knows house-north, not admitted", "knows nobody")
    assert all(opener != "knows house-north, admitted" for opener, _ in stands)
    good = [flight.stands for flight in shake_hands(BY_VERSION["1.3"])]
    assert good[1] == stands[1]  # so far nobody can tell
    assert good[3] == ("knows house-north, admitted", "knows cso-elm, admitted")
    assert "knows" not in "".join(
        opener for opener, _ in [flight.stands for flight in shake_hands(BY_VERSION["1.2"])][:3]
    ).replace("knows nobody", "")


@pytest.mark.parametrize("version", FLIGHTS)
@pytest.mark.parametrize(
    ("defect", "rule"),
    [
        ("revoked", "CRT-17"),
        ("expired", "CRT-5"),
        ("stranger", "CRT-4"),
        ("no-purpose", "CRT-9"),
    ],
)
def test_defective_opener(version: str, defect: str, rule: str) -> None:
    """A defective opener is refused and told so."""
    *_, found, told = [flight.fault for flight in shake_hands(BY_VERSION[version], defect)]
    assert found is not None
    assert told is not None
    assert (found.rule_id, told.rule_id) == (rule, "TLS-7")
    text = handshake(BY_VERSION[version], defect).text
    assert f"Refused: {rule}." in text
    assert "Turned away: the peer says" in text
    assert handshake_refusal(BY_VERSION[version], defect).startswith(
        f"{rule} (chosen): {load('2025').rules[rule].says}"
    )


@pytest.mark.parametrize("version", FLIGHTS)
def test_every_record_is_explained(version: str) -> None:
    """Every record is explained and two handshakes look the same."""
    assert handshake(BY_VERSION[version]) == handshake(BY_VERSION[version])
    assert handshake_records(BY_VERSION[version]) == handshake_records(BY_VERSION[version])
    for row in handshake_records(BY_VERSION[version]).rows:
        assert row[5] == PROVES[row[3]]


# --- One message ------------------------------------------------------------------------------


def b64url(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def test_steps_of_a_signed_text() -> None:
    """The signed text is what its steps say."""
    made = intermediate_values(LATEST)
    assert made["signing input"] == b64url(made["header to sign"]) + b"." + b64url(
        made["canonical message"]
    )
    assert made["signed text"] == made["signing input"] + b"." + b64url(made["signature"])
    key: Any = pki_of_four().leaf("cso-elm").chain[0].public_key()
    key.verify(made["signature"], made["signing input"])


def test_steps_of_a_sealed_text() -> None:
    """The sealed text is what its steps say and the receiver gets the same secret."""
    made, mine = intermediate_values(LATEST), pki_of_four().leaf("csp-alba").encryption_key
    epk: Any = sealing_for().ephemeral.public_key()
    assert json.loads(made["ephemeral key"])["x"] == b64url(epk.public_bytes_raw()).decode()
    secret = mine.exchange(epk)  # type: ignore[call-arg]  # both are X25519 here
    assert secret == made["shared secret"]
    lengths = [
        len(name).to_bytes(4, "big") + name for name in (b"A256GCM", b"cso-elm", b"csp-alba")
    ]
    assert made["what the key is for"] == b"".join(lengths) + (256).to_bytes(
        4, "big"
    )  # RFC 7518, 4.6.2
    assert (
        made["content key"]
        == sha256(b"\0\0\0\1" + secret + made["what the key is for"]).digest()
    )
    aad = b64url(made["header in the open"])
    opened = AESGCM(made["content key"]).decrypt(
        made["iv"], made["ciphertext"] + made["tag"], aad
    )
    assert opened == made["signed text"]
    parts = (made["header in the open"], b"", made["iv"], made["ciphertext"], made["tag"])
    assert made["sealed text"] == b".".join(map(b64url, parts))


@pytest.mark.parametrize("edition", ["2019", "2025"])
def test_every_step_has_a_rule(edition: str) -> None:
    """Every step is drawn and told with its rule."""
    rows = message_steps(load(edition)).rows
    assert [row[1] for row in rows] == list(intermediate_values(load(edition)))
    for number, row in enumerate(rows, 1):
        text = message_step(load(edition), number).text
        assert load(edition).rules[row[5]].says in text
        assert all(part in text for part in row[3].split(" … "))
        assert f"{len(intermediate_values(load(edition))[row[1]])} bytes" in text


def test_headers_are_explained() -> None:
    """Every member of a header is explained under a rule that is there."""
    for which, shape in (("signed", MessageHeader), ("sealed", RoutingHeader)):
        assert list(MEMBERS[which]) == list(shape.model_fields)
        assert {rule for rule, _ in MEMBERS[which].values()} <= load("2019").rules.keys()
        shown = [row[0] for row in header_members(LATEST, which).rows]
        assert shown == [name for name in shape.model_fields if name != "in_reply_to"], (
            "the sample is a question"
        )


def test_secrets_as_digests() -> None:
    """A secret is shown by its digest only."""
    for name in ("shared secret", "content key"):
        (row,) = [row for row in message_steps(LATEST).rows if row[1] == name]
        assert (
            row[3]
            == f"secret; its SHA-256 begins with {sha256(intermediate_values(LATEST)[name]).hexdigest()[:16]}"
        )


def test_what_a_house_reads() -> None:
    """What a clearing house reads names neither contract nor station."""
    said: Any = sample_envelope(LATEST).message
    for text in (
        header_members(LATEST, "sealed").text(),
        header_members(LATEST, "sealed").html(),
        intermediate_values(LATEST)["sealed text"].decode(),
    ):
        assert said.emaid not in text
        assert said.evse_id not in text


# --- Attacks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("attack", WHO_NOTICES)
def test_attacks_are_refused(attack: str) -> None:
    """An attack is refused at its look under its rule."""
    attempt = ATTACKS[attack].attempt(LATEST)
    found = look_at(attempt)
    assert found.error is not None
    assert (found.receiver, found.refused_at, found.rule) == WHO_NOTICES[attack]


def test_every_attack_is_in_the_table_and_without_one_the_message_arrives() -> None:
    assert ATTACKS.keys() == {"nothing", *WHO_NOTICES}
    attempt = ATTACKS["nothing"].attempt(LATEST)
    assert look_at(attempt).error is None
    ring: Any = {"receiver": "csp-alba", "now": attempt.now, "seen": set()}
    assert unprotect(attempt.text, key_ring("csp-alba"), **ring).envelope() == sample_envelope(
        LATEST
    )


def test_rules_at_work() -> None:
    """Every rule on messages is at work but the one on clocks of houses."""
    assert protection.ORDER.keys() - {rule for *_, rule in WHO_NOTICES.values()} == {"MSG-12"}


@pytest.mark.parametrize(
    "attack", ["alg-none", "hs256", "hs512", "embedded-key", "other-key", "unknown-key"]
)
def test_without_a_senders_key(
    attack: str,
) -> None:
    attempt = ATTACKS[attack].attempt(LATEST)
    with pytest.raises(RoamingError):
        unprotect(
            attempt.text,
            key_ring("csp-alba"),
            receiver="csp-alba",
            now=attempt.now,
            seen=set(),
        )


@pytest.mark.parametrize("edition", ["2019", "2025"])
def test_who_notices_what(edition: str) -> None:
    """The table says who notices under which sentence of the edition."""
    rules = load(edition).rules
    expected = {
        ATTACKS[name].what: (
            NAMES[who],
            look,
            rule,
            rules[rule].says,
            rules[rule].basis,
        )
        for name, (who, look, rule) in WHO_NOTICES.items()
    }
    assert {row[0]: row[2:] for row in attack_outcomes(load(edition)).rows} == expected


@pytest.mark.parametrize("attack", WHO_NOTICES)
def test_no_look_after_a_refusal(attack: str) -> None:
    """The looks after the one that refuses are not taken."""
    who, look, rule = WHO_NOTICES[attack]
    figure, order = attack_outcome(LATEST, attack), [name for name, *_ in LOOKS]
    head, *lines = figure.text.splitlines()
    assert head.endswith(f"{NAMES[who]} looks:")
    at = order.index(look)
    assert [line.split(": ")[1] for line in lines[:at]] == ["passed."] * at
    assert (
        lines[at]
        == f"{at + 1}. {look}: refused. {rule} (chosen): {load('2025').rules[rule].says}"
    )
    assert [line.split(": ")[1] for line in lines[at + 1 :]] == ["not taken."] * (5 - at)
    assert rule in figure.title


def test_choosing_an_attack_draws_it() -> None:
    choice = Menus(
        attack_outcome, edition=EDITIONS, attack={"none": "nothing", "again": "replayed"}
    )
    choice.choose(attack="again")
    assert choice.figure.title == "Sent again: refused under MSG-7, edition 2025"


# --- The notebook -----------------------------------------------------------------------------


def shown(path: Path) -> str:
    """All that a notebook shows, with its pictures as they are within."""
    text = path.read_text("utf-8")
    pictures = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", text)
    return "\n".join([text, *(b64decode(picture).decode() for picture in pictures)]).replace(
        "&#160;", " "
    )


def spellings(raw: bytes) -> set[str]:
    """How the beginning of some bytes may be written; pictures break lines, so the whole would
    be missed.
    """
    few = raw[:9]
    return {
        few.hex(),
        few.hex(" "),
        few.hex().upper(),
        b64url(few).decode(),
        b64encode(few).decode(),
        repr(few)[2:-1],
    }


def secrets() -> dict[str, bytes]:
    made, pki = intermediate_values(LATEST), pki_of_four()
    keys: dict[str, Any] = {"ephemeral": sealing_for().ephemeral}
    keys |= {f"signs {name}": leaf.key for name, leaf in pki.leaves.items()}
    keys |= {f"opens {name}": leaf.encryption_key for name, leaf in pki.leaves.items()}
    keys |= {authority.label: authority.key for authority in (pki.root, *pki.issuers)}
    found = {name: key.private_bytes_raw() for name, key in keys.items()}
    return {**found, "shared secret": made["shared secret"], "content key": made["content key"]}


def test_no_secret_in_the_notebook() -> None:
    """No secret stands in the notebook in any spelling."""
    text = shown(NOTEBOOK)
    assert any(
        each in text for each in spellings(intermediate_values(LATEST)["iv"])
    )  # what is shown is found
    assert any(each in text for each in spellings(intermediate_values(LATEST)["signature"]))
    assert len(secrets()) == 14
    assert not [
        name for name, raw in secrets().items() for each in spellings(raw) if each in text
    ]


def test_the_notebook_is_no_burden() -> None:
    assert NOTEBOOK.stat().st_size < 1_000_000


def test_both_visited_csos_are_visited() -> None:
    """What a second visited-CSO learns is no other CSO's."""
    learned = members_learned(LATEST, "direct", "forward", "one-id-twice")
    assert not learned["other CSOs"]
    assert learned["visited-CSO"]


def test_a_card_on_a_list_reaches_other_csos_as_a_hash() -> None:
    learned = members_learned(LATEST, "clearing-house", "forward", "charge-by-card")
    assert {"medium.hash", "medium.uid"} <= learned["other CSOs"]
    asked = members_learned(LATEST, "direct", "forward", "charge-by-card")
    assert not asked["other CSOs"]
    assert "medium.uid" in asked["home-CSP"]


def test_what_is_fetched_is_heard_again() -> None:
    learned = members_learned(LATEST, "clearing-house", "forward", "restored")
    assert "service-state.evse_id" in learned["clearing houses"]
    sealed = members_learned(LATEST, "clearing-house", "forward", "restored", sealed=True)
    assert "service-state.evse_id" not in sealed["clearing houses"]
