"""What partners do in real roaming: the kinds that were reported in public, at one endpoint.

Each test is a kind of `docs/roaming-cases.md`, by its number there.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from rpds import HashTrieMap

from refimpl.credential import Medium
from refimpl.edition import load
from refimpl.endpoint import Outbox, Outcome, RoamingEndpoint, receive, send
from refimpl.endpoint.contract_list import ContractList
from refimpl.errors import Violation
from refimpl.messages import KINDS, Envelope, Said
from refimpl.network import Block, Network, RoamingEntity, check_network
from refimpl.security.authorization import Presented, decide
from refimpl.vocabulary import Kind, Phase

NOON: Final = datetime(2025, 7, 8, 12, tzinfo=UTC)
EDITION: Final = load("2025")
NETWORK: Final = Network(
    entities=(
        RoamingEntity(id="csp-alba", kind=Kind.CSP, party_ids=("DE8AA",)),
        RoamingEntity(id="cso-elm", kind=Kind.CSO, party_ids=("DEAB7",)),
        RoamingEntity(id="cso-gale", kind=Kind.CSO, party_ids=("FRA23",)),
    ),
    links=(Block(left=("csp-alba",), right=("cso-elm", "cso-gale")),),
    agreements=(Block(left=("csp-alba",), right=("cso-elm", "cso-gale")),),
)
CONTRACT: Final = "DE8AA0012345670"
EVSES: Final = {"cso-elm": "DEAB7E8406487", "cso-gale": "FRA23E45B78C"}


def ids() -> Iterator[str]:
    return (f"m-{number}" for number in range(1, 1000))


class Home:
    """A home-CSP that hears, with its contract; its visited-CSOs say what they like."""

    def __init__(self, **changed: Any) -> None:
        contracts = HashTrieMap({CONTRACT: True})
        self.rep = RoamingEndpoint("csp-alba", NETWORK, EDITION, contracts=contracts, **changed)
        self.ids = ids()

    def hears(
        self,
        kind: str,
        of: str = "cso-elm",
        service: str = "101",
        now: datetime = NOON,
        **members: Any,
    ) -> str:
        """The rule under which a message is refused, or the kind of its answer."""
        envelope = Envelope(
            correlation_id=service,
            edition="2025",
            message=said(kind, of, **members),
            receiver="csp-alba",
            request_id=next(self.ids),
            sender=of,
            sent_at=now,
        )
        outcome: Outcome = receive(
            self.rep, envelope, peer=of, now=now, new_id=lambda: "of-home"
        )
        self.rep = outcome.rep
        (reply,) = outcome.sends
        answer = reply.envelope.message
        return getattr(answer, "rule", answer.kind)

    def grants(self, of: str = "cso-elm", service: str = "101") -> None:
        """Answer the question of a visited-CSO."""
        asked = self.hears("authorization-request", of, service, visited_cso=of)
        assert asked == "authorization-answer"

    def serves(self, of: str = "cso-elm", service: str = "101") -> None:
        """Hear of a service that was asked for and has started at noon."""
        self.grants(of, service)
        assert self.hears("session-progress-notice", of, service) == "receipt"

    def phase(self, of: str = "cso-elm", service: str = "101") -> Phase:
        session = self.rep.service_with(of, service)
        return session.phase if session else Phase.NEW


DEFAULTS: Final[dict[str, dict[str, Any]]] = {
    "authorization-request": {"visited_cso": "cso-elm"},
    "session-progress-notice": {
        "at": "2025-07-08T12:00:00Z",
        "authorization": "answer",
        "energy_wh": 0,
        "event": "started",
    },
    "remote-control-request": {"command": "start"},
    "reservation-request": {"until": "2025-07-08T14:00:00Z"},
}


def said(kind: str, of: str, **members: Any) -> Any:
    """A message about the contract at the EVSE of a visited-CSO, with other members."""
    subject = {"evse_id": EVSES.get(of), "service": "energy-transfer"}
    if not members.pop("nameless", False):
        subject["emaid"] = CONTRACT
    plain = {**subject, **DEFAULTS[kind], **members} if kind in DEFAULTS else members
    if kind == "detail-record-notice":
        plain = {"record": {**subject, **record(**members)}}
    return KINDS[kind].model_validate_json(json.dumps({"kind": kind, **plain}))


def record(**members: Any) -> dict[str, Any]:
    """A charging detail record of half an hour from noon, with other members."""
    plain = {
        "ended_at": "2025-07-08T12:30:00Z",
        "energy_wh": 8_000,
        "kind": "cdr",
        "record_id": "record-1",
        "started_at": "2025-07-08T12:00:00Z",
        **members,
    }
    times = {name: plain[name] for name in ("ended_at", "started_at")}
    return {"periods": [{**times, "energy_wh": plain["energy_wh"]}], **plain}


LATER: Final = NOON + timedelta(minutes=30)
ENDED: Final[dict[str, Any]] = {
    "at": "2025-07-08T12:30:00Z",
    "energy_wh": 8_000,
    "event": "ended",
}


# --- W1: another operator's EVSE ----------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["authorization-request", "session-progress-notice", "detail-record-notice"]
)
def test_w1_only_the_operator_speaks(kind: str) -> None:
    home = Home()
    if kind != "authorization-request":
        home.serves()
    assert home.hears(kind, evse_id=EVSES["cso-gale"]) in {"AUT-4", "SES-12"}
    fresh = Home()
    assert fresh.hears("authorization-request", evse_id=EVSES["cso-gale"]) == "AUT-4"


@pytest.mark.parametrize("kind", ["remote-control-request", "reservation-request"])
def test_w1_orders_go_to_the_operator(kind: str) -> None:
    rep = Home().rep
    for receiver, allowed in (("cso-elm", False), ("cso-gale", True)):
        message = said(kind, "cso-gale")

        def order(to: str = receiver, what: Said = message) -> Outcome:
            return send(rep, what, to, correlation_id="101", now=NOON, new_id=lambda: "m-1")

        if allowed:
            assert order().sends
        else:
            with pytest.raises(Violation, match="AUT-4"):
                order()


def test_w1_live_as_well() -> None:
    """What lets messages in live holds it too."""
    envelope = Envelope(
        correlation_id="101",
        edition="2025",
        message=said("authorization-request", "cso-gale", visited_cso="cso-elm"),
        receiver="csp-alba",
        request_id="m-1",
        sender="cso-elm",
        sent_at=NOON,
    )
    presented = Presented(
        NETWORK, EDITION, "direct", "forward", envelope, "csp-alba", "cso-elm", "cso-elm"
    )
    decision = decide(presented)
    assert (decision.allowed, decision.rule) == (False, "AUT-4")


# --- W2: what cannot be true ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "members"),
    [
        ("PLA-1", {"ended_at": "2099-01-01T00:00:00Z"}),
        ("PLA-6", {"energy_wh": 10_000_000}),
        ("PLA-2", {"started_at": "2024-06-03T12:00:00Z", "ended_at": "2024-06-03T12:30:00Z"}),
        ("PLA-5", {"started_at": "2025-07-08T11:00:00Z"}),
        ("PLA-4", {"energy_wh": 15}),
    ],
    ids=[
        "ends in 2099",
        "10 MWh in half an hour",
        "400 days away",
        "an hour early",
        "15 Wh after 8,000",
    ],
)
def test_w2_records_that_cannot_be_true(rule: str, members: dict[str, Any]) -> None:
    home = Home()
    home.serves()
    assert home.hears("session-progress-notice", now=LATER, **ENDED) == "receipt"
    assert home.hears("detail-record-notice", now=LATER, **members) == rule
    assert home.phase() is Phase.ENDED
    assert home.hears("detail-record-notice", now=LATER) == "receipt"


def test_w2_energy_and_time_do_not_fall() -> None:
    home = Home()
    home.serves()
    told: dict[str, Any] = {
        "at": "2025-07-08T12:20:00Z",
        "energy_wh": 8_000,
        "event": "updated",
    }
    assert home.hears("session-progress-notice", now=LATER, **told) == "receipt"
    less: dict[str, Any] = {**told, "at": "2025-07-08T12:25:00Z", "energy_wh": 5_000}
    assert home.hears("session-progress-notice", now=LATER, **less) == "PLA-4"
    before: dict[str, Any] = {**told, "at": "2025-07-08T12:19:00Z"}
    assert home.hears("session-progress-notice", now=LATER, **before) == "PLA-3"


def test_w2_no_more_than_the_evse_can() -> None:
    """A meter register is no session energy where the power of the EVSE is known."""
    home = Home()
    station = {
        "evse_id": EVSES["cso-elm"],
        "name": "Market Square 1",
        "power_w": 22_000,
        "services": ["energy-transfer"],
    }
    home.hears("station-information-notice", stations=[station])
    home.serves()
    register: dict[str, Any] = {
        "at": "2025-07-08T12:30:00Z",
        "energy_wh": 5_995_441,
        "event": "ended",
    }
    assert home.hears("session-progress-notice", now=LATER, **register) == "PLA-6"
    assert home.hears("session-progress-notice", now=LATER, **ENDED) == "receipt"
    assert home.hears("detail-record-notice", now=LATER, energy_wh=22_000) == "PLA-6"


# --- W3: the same stay twice ---------------------------------------------------------------------


def test_w3_one_record_counts_once() -> None:
    home = Home()
    for service in ("101", "102"):
        home.serves(service=service)
        ended = home.hears("session-progress-notice", service=service, now=LATER, **ENDED)
        assert ended == "receipt"
    assert home.hears("detail-record-notice", service="101", now=LATER) == "receipt"
    assert home.hears("detail-record-notice", service="102", now=LATER) == "REC-7"


def test_w3_stays_do_not_overlap() -> None:
    home = Home()
    for service in ("101", "102"):
        home.serves(service=service)
        home.hears("session-progress-notice", service=service, now=LATER, **ENDED)
    assert home.hears("detail-record-notice", service="101", now=LATER) == "receipt"
    again = home.hears("detail-record-notice", service="102", now=LATER, record_id="record-2")
    assert again == "REC-8"


# --- W4: one id at two partners -------------------------------------------------------------------


def test_w4_ids_of_partners_do_not_collide() -> None:
    home = Home()
    home.serves("cso-gale")
    home.serves("cso-elm")
    assert (home.phase("cso-gale"), home.phase("cso-elm")) == (Phase.ACTIVE, Phase.ACTIVE)


# --- W5: early and unknown records ----------------------------------------------------------------


def test_w5_a_record_implies_the_end() -> None:
    for started in (False, True):
        home = Home()
        home.grants()
        if started:
            home.hears("session-progress-notice")
        assert home.hears("detail-record-notice", now=LATER) == "receipt"
        assert home.phase() is Phase.RECORDED


def test_w5_an_unknown_record_waits() -> None:
    home = Home()
    assert home.hears("detail-record-notice", now=LATER) == "receipt"
    (waiting,) = home.rep.ledger.unmatched["cso-elm"]
    assert waiting.record.record_id == "record-1"


def test_w5_what_waits_has_a_bound() -> None:
    """The one too many is turned away for now, so that its sender tells it again later."""
    home = Home()
    answers = []
    for number in range(101):
        day = NOON - timedelta(hours=number)
        times: dict[str, Any] = {
            "started_at": f"{day - timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}",
            "ended_at": f"{day:%Y-%m-%dT%H:%M:%SZ}",
        }
        answers.append(
            home.hears(
                "detail-record-notice", service=str(number), record_id=f"r-{number}", **times
            )
        )
    assert answers == ["receipt"] * 100 + ["REP-8"]


# --- W7: two name spaces ---------------------------------------------------------------------------


def test_w7_one_party_id_in_two_name_spaces() -> None:
    entities = (
        RoamingEntity(id="csp", kind=Kind.CSP, party_ids=("DE8AA",)),
        RoamingEntity(id="cso", kind=Kind.CSO, party_ids=("DE8AA",)),
    )
    network = Network(entities=entities)
    check_network(network, EDITION)
    assert (network.provider(CONTRACT), network.operator("DE8AAE1")) == ("csp", "cso")


# --- W8: the ground of a service -------------------------------------------------------------------


@pytest.mark.parametrize("ground", ["list", "order", "booking"])
def test_w8_the_ground_is_fixed(ground: str) -> None:
    home = Home()
    grant = said("authorization-list-notice", "cso-elm", emaids=[CONTRACT], home_csp="csp-alba")
    listed = send(
        home.rep, grant, "cso-elm", correlation_id="l", now=NOON, new_id=lambda: "l-1"
    )
    home.rep = listed.rep
    home.grants()
    assert home.hears("session-progress-notice", authorization=ground) == "SES-13"
    assert home.hears("session-progress-notice") == "receipt"


# --- W9: off the list ------------------------------------------------------------------------------


def test_w9_a_withdrawn_contract_starts_nothing() -> None:
    home, new_id = Home(), ids().__next__
    for emaids, now in (([CONTRACT], NOON - timedelta(days=301)), ([], NOON - timedelta(300))):
        message = said(
            "authorization-list-notice", "cso-elm", emaids=emaids, home_csp="csp-alba"
        )
        outcome = send(home.rep, message, "cso-elm", correlation_id="l", now=now, new_id=new_id)
        home.rep = outcome.rep
    started = home.hears("session-progress-notice", authorization="list")
    assert started == "AUT-8"


# --- W10: bookings ---------------------------------------------------------------------------------


def test_w10_a_booking_is_not_over_before() -> None:
    message = said("reservation-request", "cso-elm", until="2025-07-07T12:00:00Z")
    with pytest.raises(Violation, match="PLA-7"):
        send(Home().rep, message, "cso-elm", correlation_id="1", now=NOON, new_id=lambda: "m")
    visited = RoamingEndpoint(
        "cso-elm", NETWORK, EDITION, evses=HashTrieMap({EVSES["cso-elm"]: "available"})
    )
    envelope = Envelope(
        correlation_id="101",
        edition="2025",
        message=message,
        receiver="cso-elm",
        request_id="m-1",
        sender="csp-alba",
        sent_at=NOON,
    )
    heard = receive(visited, envelope, peer="csp-alba", now=NOON, new_id=lambda: "m")
    assert [note.rule_id for note in heard.notes] == ["PLA-7"]


# --- the other rows of one end's own memory ---------------------------------------------------------


def test_a_record_is_taken_back() -> None:
    home = Home()
    home.serves()
    home.hears("session-progress-notice", now=LATER, **ENDED)
    home.hears("detail-record-notice", now=LATER)
    wrong = home.hears("record-withdrawal-notice", reason="a test", record_id="record-9")
    assert wrong == "REC-11"
    taken = home.hears("record-withdrawal-notice", reason="a test", record_id="record-1")
    assert taken == "receipt"
    assert home.phase() is Phase.WITHDRAWN
    home.serves(service="102")
    home.hears("session-progress-notice", service="102", now=LATER, **ENDED)
    again = home.hears("detail-record-notice", service="102", now=LATER, record_id="record-2")
    assert again == "receipt"  # the EVSE is free for another stay of that time


def test_a_record_that_waits_is_taken_back() -> None:
    home = Home()
    home.hears("detail-record-notice", now=LATER)
    taken = home.hears("record-withdrawal-notice", reason="a test", record_id="record-1")
    assert taken == "receipt"
    assert home.rep.ledger.unmatched["cso-elm"] == ()


def test_a_record_names_its_authorization() -> None:
    visited = RoamingEndpoint("cso-elm", NETWORK, EDITION)
    asked = said("authorization-request", "cso-elm")
    new_id = ids().__next__
    out = send(visited, asked, "csp-alba", correlation_id="101", now=NOON, new_id=new_id)
    (question,) = out.sends
    granted = {
        "in_reply_to": question.envelope.end_to_end_id,
        "message": said(
            "authorization-answer",
            "",
            granted=True,
            home_csp="csp-alba",
            authorization_id="a-1",
        ),
        "receiver": "cso-elm",
        "sender": "csp-alba",
    }
    reply = question.envelope.model_copy(update=granted)
    heard = receive(out.rep, reply, peer="csp-alba", now=NOON, new_id=new_id)
    told = said("detail-record-notice", "cso-elm", authorization_id="a-2")
    with pytest.raises(Violation, match="AUT-7"):
        send(heard.rep, told, "csp-alba", correlation_id="101", now=LATER, new_id=new_id)
    right = said("detail-record-notice", "cso-elm", authorization_id="a-1")
    out = send(heard.rep, right, "csp-alba", correlation_id="101", now=LATER, new_id=new_id)
    assert out.sends


def test_a_card_is_known_by_its_hash() -> None:
    card = {"type": "rfid", "uid": "04A2B3C4D5E680"}
    known = Medium.model_validate(card)
    home = Home()
    home.rep = replace(home.rep, contracts=HashTrieMap({known.key: True, CONTRACT: True}))
    listed = said(
        "authorization-list-notice",
        "",
        emaids=[],
        home_csp="csp-alba",
        media=[{"hash": "sha-256", "type": "rfid", "uid": known.hashed().uid}],
    )
    out = send(home.rep, listed, "cso-elm", correlation_id="l", now=NOON, new_id=lambda: "l-1")
    home.rep = out.rep
    by_card: dict[str, Any] = {"authorization": "list", "emaid": None, "medium": card}
    shown = {name: value for name, value in by_card.items() if value is not None}
    assert home.hears("session-progress-notice", nameless=True, **shown) == "receipt"
    other = {**shown, "medium": {**card, "uid": "04A2B3C4D5E681"}}
    assert (
        home.hears("session-progress-notice", service="102", nameless=True, **other) == "AUT-2"
    )
    both = home.hears("authorization-request", service="103", medium=other["medium"])
    assert both == "authorization-answer"
    assert home.phase(service="103") is Phase.REFUSED  # one of the two names is not known


def test_a_change_of_the_list_says_what_is_off() -> None:
    """What a home-CSP takes off a list need not be valid any more."""
    home, new_id = Home(), ids().__next__
    for action, number, valid in (("replace", 1, True), ("remove", 2, False)):
        home.rep = replace(home.rep, contracts=HashTrieMap({CONTRACT: valid}))
        part = {"action": action, "number": number, "of": 1, "part": 1}
        message = said(
            "authorization-list-notice", "", emaids=[CONTRACT], home_csp="csp-alba", part=part
        )
        out = send(home.rep, message, "cso-elm", correlation_id="l", now=NOON, new_id=new_id)
        home.rep = out.rep
    assert home.rep.listed["cso-elm"].keys == frozenset()
    started: dict[str, Any] = {"at": "2025-07-08T13:00:00Z", "authorization": "list"}
    hour = NOON + timedelta(hours=1)
    assert home.hears("session-progress-notice", now=hour, **started) == "receipt"
    at_gale = home.hears("session-progress-notice", of="cso-gale", now=hour, **started)
    assert at_gale == "AUT-2"  # it was never on the list for that one


def test_who_falls_back_gives_up_its_own_question_only() -> None:
    visited = RoamingEndpoint("cso-elm", NETWORK, EDITION)
    held = ContractList(keys=frozenset({CONTRACT}))
    visited = replace(visited, lists=HashTrieMap({"csp-alba": held}))
    new_id = ids().__next__
    asked = said("authorization-request", "cso-elm")
    for service in ("101", "102"):
        out = send(visited, asked, "csp-alba", correlation_id=service, now=NOON, new_id=new_id)
        visited = out.rep
    started = said("session-progress-notice", "cso-elm", authorization="fallback")
    out = send(visited, started, "csp-alba", correlation_id="101", now=NOON, new_id=new_id)
    waiting = [(one.envelope.correlation_id, one.envelope.message) for one in out.rep.outbox]
    assert waiting == [("102", asked), ("101", started)]


def test_falling_back_after_a_restart() -> None:
    visited = RoamingEndpoint("cso-elm", NETWORK, EDITION)
    held = ContractList(keys=frozenset({CONTRACT}))
    visited = replace(visited, lists=HashTrieMap({"csp-alba": held}))
    new_id = ids().__next__
    asked = said("authorization-request", "cso-elm")
    out = send(visited, asked, "csp-alba", correlation_id="101", now=NOON, new_id=new_id)
    visited = replace(out.rep, outbox=Outbox())
    started = said("session-progress-notice", "cso-elm", authorization="fallback")
    out = send(visited, started, "csp-alba", correlation_id="101", now=NOON, new_id=new_id)
    assert [one.envelope.message for one in out.sends] == [started]
