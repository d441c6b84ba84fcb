"""Privacy: every member sorted, pseudonyms, what is withheld from whom, and who learns what.

The last is held against stories that the loopback tells, and against seals that are really
made: what an entity could read there is found out from the bytes, without the tables of the
code.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from types import UnionType
from typing import Any, Final, get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from hypothesis import given
from hypothesis import strategies as st

from refimpl import load
from refimpl.credential import Medium
from refimpl.edition import Edition
from refimpl.errors import Malformed, Misuse, Untrusted
from refimpl.identifiers import PROFILES, check_character, parse_emaid
from refimpl.lab.exposure import WAYS, sayings
from refimpl.messages import (
    AuthorizationListNotice,
    AuthorizationRequest,
    CorrectionRequest,
    DetailRecordNotice,
    Envelope,
    Limits,
    ListPart,
    ReconciliationAnswer,
    RecordMark,
    Refusal,
    Said,
    ServiceState,
    Station,
    StationInformationNotice,
    StationStatus,
)
from refimpl.play.example import HOUR, NETWORK, START
from refimpl.play.journeys import JOURNEYS, journeys_of
from refimpl.play.player import play
from refimpl.records import ChargingDetailRecord, ChargingPeriod, derive
from refimpl.security import privacy
from refimpl.security.compact import header_of, to_base64url
from refimpl.security.privacy import (
    CLASS_OF,
    CLASSES,
    NEEDS,
    SHAPES,
    Saying,
    exposure,
    hearings,
    pseudonym,
    redact,
)
from refimpl.security.protection import KeyRing, RoutingHeader, Sealing, protect, unprotect
from refimpl.setting import Setting
from refimpl.shapes import Member, Shape, Sorted
from refimpl.views.secure.exposure import exposure_map, exposure_of_ways
from refimpl.vocabulary import Kind, Mode, Purpose, Retention, Role, Strategy
from tests.world import EVSE_ID
from tests.world import FIRST_14 as EMAID

KEY: Final = bytes(range(32))
ROUTING: Final = {
    "envelope.sender",
    "envelope.receiver",
    "envelope.correlation_id",
    "envelope.request_id",
}
LATEST: Final = load("2025")
ENTITIES: Final = tuple(entity.id for entity in NETWORK.entities)
PLAYED: Final = [
    (edition, mode, strategy, journey.id)
    for edition in (load("2019"), LATEST)
    for mode in edition.modes
    for strategy in Strategy
    for journey in journeys_of(edition)
]


# --- every member has a class -----------------------------------------------------------------


WITHOUT_KIND = {
    Envelope: "envelope",
    Station: "station",
    StationStatus: "station-status",
    ChargingPeriod: "charging-period",
    Medium: "medium",
    Limits: "limits",
    ListPart: "list-part",
    ServiceState: "service-state",
    RecordMark: "record-mark",
}


def shapes_in(annotation: Any) -> Iterator[type[Shape]]:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        yield annotation
    elif isinstance(annotation, UnionType) or get_args(annotation):
        for part in get_args(annotation):
            yield from shapes_in(part)


def all_shapes() -> dict[str, type[Shape]]:
    """Every shape that an envelope may hold, the envelope first, by its name."""
    found: dict[str, type[Shape]] = {}
    todo: list[type[Shape]] = [Envelope]
    while todo:
        shape = todo.pop(0)
        kind = shape.model_fields.get("kind")
        found[kind.default if kind else WITHOUT_KIND[shape]] = shape
        for field in shape.model_fields.values():
            todo += shapes_in(field.annotation)
    return found


def test_each_member_has_one_class() -> None:
    """Every member of every message and record is in exactly one class."""
    shapes = all_shapes()
    members = [
        f"{name}.{member}"
        for name, shape in shapes.items()
        for member, field in shape.model_fields.items()
        if not list(shapes_in(field.annotation))  # what holds other shapes tells nothing itself
    ]
    assert len(shapes) == 32
    assert dict(SHAPES) == shapes
    assert sorted(members) == sorted(CLASS_OF)
    metadata = [
        one
        for shape in shapes.values()
        for field in shape.model_fields.values()
        for one in field.metadata
    ]
    assert sum(isinstance(one, Member) for one in metadata) == len(members)


def test_shapes_have_purpose_and_retention() -> None:
    """Every shape has a purpose that a role needs, and a retention."""
    sorts = [shape.sort for shape in SHAPES.values()]
    assert {purpose for purpose, _ in NEEDS} == {sort.purpose for sort in sorts} == {*Purpose}
    assert {sort.kept for sort in sorts} == {*Retention}
    assert {sorted_as for needed in NEEDS.values() for sorted_as in needed} <= set(CLASSES)


@pytest.mark.parametrize(
    ("member", "sorted_as"),
    [  # by hand, from what the members mean
        ("authorization-request.emaid", "identifier"),
        ("authorization-request.evse_id", "location-and-time"),
        ("authorization-list-notice.emaids", "identifier"),
        ("session-progress-notice.at", "location-and-time"),
        ("session-progress-notice.energy_wh", "billing"),
        ("cdr.started_at", "location-and-time"),
        ("cdr.record_id", "billing"),
        ("charging-period.energy_wh", "billing"),
        ("correction-request.reason", "identifier"),  # free text
        ("refusal.where", "identifier"),  # free text, and endpoints do put contract ids there
        ("station.evse_id", "technical"),  # nobody's whereabouts
        ("envelope.sender", "routing"),
        ("envelope.sent_at", "technical"),
    ],
)
def test_what_members_tell(member: str, sorted_as: str) -> None:
    """Members are sorted by what they tell."""
    assert CLASS_OF[member] == sorted_as


# --- pseudonyms -------------------------------------------------------------------------------


def test_a_pseudonym_by_hand() -> None:
    told = HMAC(KEY, SHA256())
    told.update(b"cso-elm DE8AA001234567")
    number, places = int(told.finalize().hex(), 16), ""
    for _ in range(8):
        places += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 36]
        number //= 36
    first14 = f"DE8AAC{places}"
    assert pseudonym(KEY, "cso-elm", EMAID) == first14 + check_character(first14)


emaids = st.from_regex(r"[A-Z]{2}[A-Z0-9]{12}", fullmatch=True)
names = st.sampled_from(ENTITIES)


@given(emaids, names, st.binary(min_size=32, max_size=64))
def test_a_pseudonym_is_an_emaid(emaid: str, name: str, key: bytes) -> None:
    """A pseudonym reads in every profile but DIN's, and keeps the issuer."""
    text = pseudonym(key, name, emaid)
    for profile in set(PROFILES) - {"din91286"}:
        assert str(parse_emaid(text, profile)) == text
    assert text[:5] == emaid[:5]


@given(emaids, names)
def test_a_pseudonym_ignores_the_check(emaid: str, name: str) -> None:
    """A pseudonym is the same with and without check character."""
    assert pseudonym(KEY, name, emaid) == pseudonym(KEY, name, emaid + check_character(emaid))


def test_pseudonyms_differ() -> None:
    """Pseudonyms differ by receiver, by key and by contract."""
    contracts = [f"DE8AA{number:09}" for number in range(200)]
    shown = [
        pseudonym(key, name, emaid)
        for key in (KEY, KEY[::-1])
        for name in ENTITIES
        for emaid in contracts
    ]
    assert len(set(shown)) == len(shown) == 4800


def test_pseudonyms_cannot_be_linked() -> None:
    """Place by place two of them agree as often as chance has it: one time in 36."""
    pairs = [
        (pseudonym(KEY, "a", f"DE8AA{n:09}"), pseudonym(KEY, "b", f"DE8AA{n:09}"))
        for n in range(1000)
    ]
    for place in range(6, 14):
        assert (
            sum(one[place] == other[place] for one, other in pairs) < 60
        )  # 28 expected, 60 is six deviations


def test_a_short_key_or_bad_contract() -> None:
    with pytest.raises(Misuse, match="PRV-4 at key of 31 bytes"):
        pseudonym(KEY[:31], "cso-elm", EMAID)
    with pytest.raises(Malformed, match="EMA-9"):
        pseudonym(KEY, "cso-elm", "DE8AA001234567Z")


# --- what is withheld -------------------------------------------------------------------------

ASKED: Final = AuthorizationRequest(
    emaid=EMAID, evse_id=EVSE_ID, service="parking", visited_cso="cso-elm"
)
PERIOD: Final = ChargingPeriod(ended_at=START + HOUR, energy_wh=11_000, started_at=START)
CDR: Final = ChargingDetailRecord(
    emaid=EMAID,
    ended_at=START + HOUR,
    energy_wh=11_000,
    evse_id=EVSE_ID,
    periods=(PERIOD,),
    record_id="r-1",
    service="energy-transfer",
    started_at=START,
)


def in_envelope(message: Said) -> Envelope:
    return Envelope(
        correlation_id="s-1",
        edition="2025",
        message=message,  # type: ignore[arg-type]  # checked by the shape itself
        receiver="csp-alba",
        request_id="m-1",
        sender="cso-elm",
        sent_at=START,
    )


def test_a_house_needs_no_record() -> None:
    """A clearing house that passes a record on needs none of it."""
    left, withheld = redact(in_envelope(DetailRecordNotice(record=CDR)), Role.CLEARING_HOUSE)
    assert left == {
        "correlation_id": "s-1",
        "message": {"kind": "detail-record-notice", "record": {"kind": "cdr", "periods": [{}]}},
        "receiver": "csp-alba",
        "request_id": "m-1",
        "sender": "cso-elm",
    }
    assert (
        withheld["charging-period.energy_wh"]
        == withheld["cdr.emaid"]
        == withheld["envelope.sent_at"]
        == "PRV-2"
    )


def test_the_ends_need_the_record() -> None:
    """The two ends of a service need the whole record."""
    for role in (Role.HOME_CSP, Role.VISITED_CSO):
        left, withheld = redact(DetailRecordNotice(record=CDR), role)
        assert left["record"] == json.loads(CDR.model_dump_json(exclude_none=True))
        assert not withheld


def test_a_yes_without_knowing_where() -> None:
    left, withheld = redact(ASKED, Role.HOME_CSP)
    assert set(left) == {"emaid", "kind", "service", "visited_cso"}
    assert withheld == {"authorization-request.evse_id": "PRV-2"}


def test_an_alias_hides_contracts() -> None:
    """An alias replaces contract ids and keeps free text back."""
    alias: Callable[[str], str] = lambda emaid: f"<{emaid[:5]}>"  # noqa: E731 - as a caller would write it
    assert redact(ASKED, Role.HOME_CSP, alias).kept["emaid"] == "<DE8AA>"
    listed = AuthorizationListNotice(emaids=(EMAID,), home_csp="csp-alba")
    assert redact(listed, Role.VISITED_CSO, alias).kept["emaids"] == ["<DE8AA>"]
    complaint = CorrectionRequest(reason=f"not {EMAID}", record_id="r-1")
    assert redact(complaint, Role.VISITED_CSO).kept["reason"] == f"not {EMAID}"
    assert redact(complaint, Role.VISITED_CSO, alias).withheld == {
        "correction-request.reason": "PRV-3"
    }
    assert redact(Refusal(rule="AUT-2", where=f"contract {EMAID}"), Role.HOME_CSP).withheld == {
        "refusal.where": "PRV-2"
    }


def test_an_empty_list_stays_a_list() -> None:
    empty = AuthorizationListNotice(emaids=(), home_csp="csp-alba")
    assert redact(empty, Role.VISITED_CSO).kept["emaids"] == []
    station = Station(evse_id="DEAB7E1", name="Market", power_w=1, services=("parking",))
    left = redact(StationInformationNotice(stations=(station,)), Role.CLEARING_HOUSE).kept
    assert left["stations"] == [station.model_dump(mode="json")]


def test_no_class_is_misuse() -> None:
    """What is in no class is given to no receiver."""

    class Unsorted(Shape):
        """A shape that does not say what it is for."""

    class Unsent(Sorted):
        """A shape that lies in no envelope."""

        sort = ChargingPeriod.sort._replace(name="novelty")

    class Longer(AuthorizationRequest):
        """A message with a member that is in no class."""

        birthday: str

    with pytest.raises(Misuse, match="PRV-1 at Unsorted"):
        redact(Unsorted(), Role.HOME_CSP)
    with pytest.raises(Misuse, match="PRV-1 at Unsent"):
        redact(Unsent(), Role.HOME_CSP)
    with pytest.raises(Misuse, match=r"PRV-1 at authorization-request\.birthday"):
        redact(Longer(**ASKED.model_dump(), birthday="today"), Role.HOME_CSP)
    assert redact(derive(CDR), Role.HOME_CSP).kept["quantity"] == 11_000


# --- who learns what --------------------------------------------------------------------------


def read(raw: bytes) -> set[str]:
    """The members in the bytes of an envelope."""
    inside = {
        "besides": "record-mark",
        "have": "record-mark",
        "lacks": "record-mark",
        "limits": "limits",
        "media": "medium",
        "medium": "medium",
        "part": "list-part",
        "periods": "charging-period",
        "stations": "station",
        "statuses": "station-status",
    }

    def walk(name: str, members: dict[str, Any]) -> Iterator[str]:
        for member, value in members.items():
            if member in ("message", "notices", "record"):
                for part in value if isinstance(value, list) else [value]:
                    yield from walk(part["kind"], part)
            elif member in inside and isinstance(value, list | dict) and member != "services":
                for part in value if isinstance(value, list) else [value]:
                    yield from walk(inside[member], part)
            elif name == "fetch-answer" and member == "services":
                for part in value:
                    yield from walk("service-state", part)
            else:
                yield f"{name}.{member}"

    return set(walk("envelope", json.loads(raw)))


# What is said to an end that is away is heard by none, and a refusal is not foretold.
NOT_ALL_HEARD = ("offline", "record-doubled")


def optional() -> set[str]:
    """The members that a sender may leave out, alone or with the part of a list that they are
    in.
    """
    return {
        f"{name}.{member}"
        for name, shape in all_shapes().items()
        for member, field in shape.model_fields.items()
        if name == "list-part" or (not field.is_required() and field.default is None)
    }


def alba_and_elm(mode: str, strategy: str) -> Setting:
    return Setting(NETWORK, LATEST, mode, strategy, "csp-alba", "cso-elm")


@pytest.mark.parametrize("edition", [load("2019"), LATEST], ids=lambda edition: edition.id)
def test_who_reads_what(edition: Edition) -> None:
    """What each entity can read is what the rules say."""
    played = [row for row in PLAYED if row[0] is edition]
    assert played
    for _, mode, strategy, journey in played:
        story = play(journey, edition, mode, strategy)
        heard: dict[str, set[str]] = {name: set() for name in ENTITIES}
        kinds: set[tuple[str, str]] = set()
        for frame in story.frames:
            heard[frame.receiver] |= read(frame.raw)
            kinds.add((frame.receiver, frame.envelope.message.kind))
        said = sayings(journey, story.setting)
        told = exposure(story.setting, said)
        place = f"{edition.id} {mode} {strategy} {journey}"
        foretold = {(one.entity, one.kind) for one in hearings(story.setting, said)}
        assert {one for one in kinds if one[1] != "refusal"} <= foretold, place
        if journey not in NOT_ALL_HEARD:
            assert kinds == foretold, place
        for name in ENTITIES:
            refused = {member for member in heard[name] if member.startswith("refusal.")}
            assert heard[name] - refused <= told[name], place
            if journey in NOT_ALL_HEARD:
                continue
            assert told[name] - heard[name] <= optional(), place


def test_direct_tells_only_the_two() -> None:
    """Without a clearing house only the two learn anything."""
    told = exposure(
        alba_and_elm(Mode.DIRECT, Strategy.FORWARD),
        [Saying(Role.VISITED_CSO, ASKED)],
    )
    assert {name for name, members in told.items() if members} == {"csp-alba", "cso-elm"}


def test_broadcast_tells_every_csp() -> None:
    said = [Saying(Role.VISITED_CSO, ASKED, to_house=True)]
    knows = {}
    for strategy in Strategy:
        told = exposure(alba_and_elm("clearing-house", strategy), said)
        knows[strategy] = {
            name for name, members in told.items() if "authorization-request.emaid" in members
        }
    assert knows == {
        "store": {"house-north"},
        "forward": {"house-north", "csp-alba"},
        "broadcast": {"house-north", "csp-alba", "csp-birch", "csp-cedar", "csp-dune"},
    }


def outside(kinds: set[str]) -> set[str]:
    return ROUTING | {f"{kind}.kind" for kind in kinds}


@pytest.mark.parametrize("mode", [Mode.CLEARING_HOUSE, Mode.HYBRID, Mode.FEDERATED])
@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_seal_leaves_only_routing(
    mode: str, journey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every envelope of the story is sealed in earnest; whoever has not the key reads the
    header.
    """
    monkeypatch.setattr(
        Setting, "through_house", lambda self, exchange: False
    )  # everything is put to the other
    story = play(journey, LATEST, mode, Strategy.FORWARD)
    keys = {name: generate_private_key(SECP256R1()) for name in ENTITIES}
    signing = Ed25519PrivateKey.generate()
    trusted = {f"{name}-key": (name, signing.public_key()) for name in ENTITIES}
    ephemeral = generate_private_key(SECP256R1())  # one for all is enough to see who reads what
    heard: dict[str, set[str]] = {name: set() for name in ENTITIES}
    for frame in story.frames:
        envelope = frame.envelope
        sealing = Sealing(
            f"{envelope.receiver}-seal",
            keys[envelope.receiver].public_key(),
            ephemeral,
            bytes(12),
        )
        text = protect(envelope, f"{envelope.sender}-key", signing, sealing)
        ring = KeyRing(trusted, {f"{frame.receiver}-seal": keys[frame.receiver]})
        if frame.receiver == envelope.receiver:
            opened = unprotect(
                text,
                ring,
                receiver=frame.receiver,
                now=envelope.sent_at + timedelta(0),
                seen=(),
            )
            first = {"message_id": None, "request_id": envelope.end_to_end_id}
            assert opened.envelope() == envelope.model_copy(update=first)
            heard[frame.receiver] |= read(frame.raw)
        else:
            with pytest.raises(Untrusted, match="JOS-13"):
                unprotect(text, ring, receiver=frame.receiver, now=envelope.sent_at, seen=())
            header = header_of(text, RoutingHeader).model_dump()
            seal = {"alg", "enc", "epk", "kid"}
            assert (header.pop("apu"), header.pop("apv")) == tuple(
                to_base64url(name.encode()).decode()
                for name in (envelope.sender, envelope.receiver)
            )
            members = {f"envelope.{name}" for name in set(header) - seal - {"typ"}}
            tied = {"envelope.in_reply_to", "envelope.message_id"}  # outside the seal as well
            members |= tied & read(frame.raw)
            heard[frame.receiver] |= members | {
                f"{header['typ']}.kind",
                "envelope.request_id",
            }  # of the hop
    told = exposure(
        story.setting,
        sayings(journey, story.setting),
        sealed=True,
    )
    for name in ENTITIES:
        refused = {member for member in heard[name] if member.startswith("refusal.")}
        assert heard[name] - refused <= told[name]
        if journey in NOT_ALL_HEARD:
            continue
        assert told[name] - heard[name] <= optional()
        if NETWORK.entity(name).kind is Kind.CLEARING_HOUSE:
            assert {CLASS_OF[member] for member in told[name]} <= {"routing"}
            later = {"envelope.message_id"}  # the first hop knows no other id yet
            assert told[name] - later <= heard[name]


@pytest.mark.parametrize("strategy", [Strategy.STORE, Strategy.BROADCAST])
def test_an_asked_house_reads_the_question(
    strategy: str,
) -> None:
    """A clearing house that is asked itself reads the question in spite of the seal."""
    setting = alba_and_elm("clearing-house", strategy)
    setting = replace(setting, emaid=EMAID, evse_id="DEAB7E1")
    progress = JOURNEYS["charge"].acts[1].message(setting, None, START)
    told = exposure(
        setting,
        [Saying(Role.VISITED_CSO, ASKED, to_house=True), Saying(Role.VISITED_CSO, progress)],
        sealed=True,
    )["house-north"]
    assert "authorization-request.emaid" in told
    assert {m for m in told if m.startswith("session-progress-notice")} == {
        "session-progress-notice.kind"
    }


def test_hearings_name_their_rule() -> None:
    setting = alba_and_elm("clearing-house", Strategy.FORWARD)
    said = [Saying(Role.VISITED_CSO, ASKED)]
    for sealed, rule in ((False, "PRV-6"), (True, "PRV-7")):
        assert [one[:3] for one in hearings(setting, said, sealed=sealed)] == [
            ("house-north", "authorization-request", rule),
            ("csp-alba", "authorization-request", "PRV-5"),
            ("house-north", "authorization-answer", rule),
            ("cso-elm", "authorization-answer", "PRV-5"),
        ]


def test_a_question_to_the_house_itself() -> None:
    setting = alba_and_elm("clearing-house", Strategy.FORWARD)
    said = [Saying(Role.VISITED_CSO, ASKED, to_house=True)]
    assert [one[:3] for one in hearings(setting, said, sealed=True)] == [
        ("house-north", "authorization-request", "PRV-5"),
        ("csp-alba", "authorization-request", "PRV-5"),
        ("house-north", "authorization-answer", "PRV-7"),
        ("cso-elm", "authorization-answer", "PRV-5"),
    ]


def test_without_a_house_it_goes_on() -> None:
    """Where there is no clearing house, what is meant for it goes to the other."""
    setting = alba_and_elm(Mode.DIRECT, Strategy.BROADCAST)
    for to_house in (True, False):
        assert [
            hearing.entity
            for hearing in hearings(setting, [Saying(Role.VISITED_CSO, ASKED, to_house)])
        ] == [
            "csp-alba",
            "cso-elm",
        ]


def test_nothing_is_played_to_find_out() -> None:
    assert not {"journeys", "loopback", "endpoint", "play"} & set(vars(privacy))


# --- the map ----------------------------------------------------------------------------------


def test_the_map_counts_what_is_learned() -> None:
    """By hand for the journey charge: contract id in question, news and record; of the record's
    periods two times.
    """
    map_ = exposure_map(LATEST, "clearing-house", "broadcast", "charge")
    *others, houses = map_.text.splitlines()
    assert others == [
        "home-CSP: identifier 3 of 3, location-and-time 8 of 8, billing 7 of 7, technical 4 of 8, routing 11 of 14",
        "visited-CSO: identifier 0 of 3, location-and-time 0 of 8, billing 0 of 7, technical 6 of 8, routing 9 of 14",
        "other CSPs: identifier 1 of 3, location-and-time 1 of 8, billing 1 of 7, technical 2 of 8, routing 8 of 14",
        "other CSOs: identifier 0 of 3, location-and-time 0 of 8, billing 0 of 7, technical 0 of 8, routing 0 of 14",
    ]
    assert houses.startswith(
        "clearing houses: identifier 3 of 3, location-and-time 8 of 8, billing 7 of 7"
    )
    assert map_.dot.count(" of ") == 25  # a cell for each
    svg = map_.svg()
    assert 'role="img"' in svg
    assert svg.count("14 of 14") == 2  # drawn, and in the description


def test_every_map_and_every_table_can_be_drawn() -> None:
    for edition, mode, strategy, journey in PLAYED:
        for sealed in (False, True):
            assert (
                len(exposure_map(edition, mode, strategy, journey, sealed).text.splitlines())
                == 5
            )
    with pytest.raises(Misuse, match="SES-10 at journey 'parking', edition 2019"):
        exposure_map(load("2019"), journey="parking")


def test_the_table_tells_all_ways_apart() -> None:
    rows = {
        way: dict(zip(exposure_of_ways(LATEST).columns[1:], cells, strict=True))
        for way, *cells in exposure_of_ways(LATEST).rows
    }
    everything = "identifier, location-and-time, billing"
    assert set(rows) == set(WAYS)
    assert {way for way, row in rows.items() if row["other CSPs"] == everything} == {
        "clearing house, broadcast"
    }
    assert {way for way, row in rows.items() if row["other CSOs"] == "identifier"} == {
        "clearing house, store"
    }
    assert {way for way, row in rows.items() if row["clearing houses"] != everything} == {
        *("direct", "hybrid", "the same, sealed")
    }
    assert {row["home-CSP"] for row in rows.values()} == {everything}
    assert '<th scope="row"' in exposure_of_ways(LATEST).html()


def test_nothing_within_is_shown_as_nothing() -> None:
    """A list of shapes that is empty tells nothing and is kept."""
    mark = RecordMark(correlation_id="service-1", record_id="record-1")
    answer = ReconciliationAnswer(besides=(mark,), lacks=())
    shown = redact(answer, Role.CLEARING_HOUSE)
    assert shown.kept == {
        "besides": [{"correlation_id": "service-1"}],
        "kind": "reconciliation-answer",
        "lacks": [],
    }
    assert shown.withheld == {"record-mark.record_id": "PRV-2"}
