"""Authorization: what honest entities say is let in, and nothing else is.

The honest are the stories that the loopback tells; the others present somebody's credential,
come over the wrong channel, speak for strangers, or say what the strategy does not have them
say.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import permutations, product
from typing import Any, Final

import pytest

from refimpl import load
from refimpl.edition import Edition
from refimpl.messages import (
    ANSWERS,
    KINDS,
    AuthorizationAnswer,
    AuthorizationListNotice,
    AuthorizationRequest,
    CorrectionAnswer,
    CorrectionRequest,
    DetailRecordNotice,
    Envelope,
    FetchAnswer,
    FetchRequest,
    Receipt,
    ReconciliationAnswer,
    ReconciliationRequest,
    RecordWithdrawalNotice,
    Refusal,
    RemoteControlAnswer,
    RemoteControlNotice,
    RemoteControlRequest,
    ReservationAnswer,
    ReservationRequest,
    Said,
    SessionProgressNotice,
    Station,
    StationInformationNotice,
    StationStatus,
    StationStatusNotice,
)
from refimpl.network import Block, Network, RoamingEntity
from refimpl.play import journeys_of, play
from refimpl.play.example import CSOS, NETWORK, START
from refimpl.play.loopback import Faults
from refimpl.records import ServiceDetailRecord
from refimpl.security.authorization import (
    GROUNDS,
    Decision,
    Presented,
    decide,
    principals,
    rests_on,
)
from refimpl.vocabulary import Ground, Kind, Strategy
from tests.flights import EVSES, TWO, booking, detail_record, order, progress, question
from tests.world import EVSE_ID
from tests.world import FIRST_14 as EMAID

EDITIONS: Final = (load("2019"), load("2025"))
LATEST: Final = EDITIONS[1]
ENTITIES: Final = tuple(entity.id for entity in NETWORK.entities)
HOME, VISITED, HOUSE = "csp-alba", "cso-elm", "house-north"
NOBODYS: Final = "ATXYZE1"
"""An EVSE of which no operator is known."""


def presented_in(story: Any, strategy: str) -> Iterator[Presented]:
    """Every message of a story as it reached somebody, honestly signed, with its question if it
    is an answer.
    """
    asked: dict[tuple[str, str, str], Envelope] = {}
    for frame in story.frames:
        envelope = frame.envelope
        question = None
        if type(envelope.message) in ANSWERS:
            asked[frame.sender, frame.receiver, envelope.request_id] = envelope
        else:
            question = asked[frame.receiver, frame.sender, envelope.request_id]
        yield presented(
            envelope,
            edition=story.setting.edition,
            mode=story.setting.mode,
            strategy=strategy,
            here=frame.receiver,
            peer=frame.sender,
            asked=question,
        )


def presented(
    envelope: Envelope,
    *,
    edition: Edition = LATEST,
    mode: str = "clearing-house",
    strategy: str = "forward",
    here: str = "",
    peer: str = "",
    signer: str = "",
    asked: Envelope | None = None,
    network: Network = NETWORK,
) -> Presented:
    """A message at its receiver, over its sender's channel and signed by its sender, if nothing
    else is said.
    """
    here, peer, signer = (
        here or envelope.receiver,
        peer or envelope.sender,
        signer or envelope.sender,
    )
    return Presented(network, edition, mode, strategy, envelope, here, peer, signer, asked)


def envelope(message: Said, sender: str, receiver: str) -> Envelope:
    return Envelope(
        correlation_id="s-1",
        edition="2025",
        message=message,  # type: ignore[arg-type]  # checked by the shape itself
        receiver=receiver,
        request_id="m-1",
        sender=sender,
        sent_at=START,
    )


def honest(faults: Faults | None = None) -> Iterator[Presented]:
    for edition in EDITIONS:
        for mode, strategy, journey in product(edition.modes, Strategy, journeys_of(edition)):
            yield from presented_in(
                play(journey.id, edition, mode, strategy, faults=faults), strategy
            )


@cache
def every_honest() -> tuple[Presented, ...]:
    """What is told in every story in which nothing goes wrong."""
    return tuple(honest())


# --- the honest -------------------------------------------------------------------------------


def test_every_story_is_let_in() -> None:
    """Every message of every story is let in."""
    assert len(every_honest()) > 2000
    for p in every_honest():
        decision = decide(p)
        assert decision.allowed, decision
        assert decision.rule == ("ACC-6" if p.envelope.sender.startswith("house") else "ACC-5")


def test_a_refusal_is_let_in_too() -> None:
    """A refusal in a story is let in as well."""
    refusals = [
        p
        for n in (1, 3, 5, 7)
        for p in honest(Faults(at={n: "refused"}))
        if isinstance(p.envelope.message, Refusal)
    ]
    assert {"house-north", "house-south", HOME, VISITED} <= {
        p.envelope.sender for p in refusals
    }
    assert not [decision for p in refusals if not (decision := decide(p)).allowed]


# --- somebody else's credential, somebody else's channel --------------------------------------


def test_a_borrowed_credential() -> None:
    """All ordered pairs of entities, for every message of every story: none is accepted."""
    pairs = accepted = 0
    for p in every_honest():
        for thief in ENTITIES:
            if thief != p.envelope.sender:
                pairs += 1
                decision = decide(replace(p, signer=thief))
                accepted += decision.allowed
                assert decision.rule == "ACC-1"
    assert pairs == 11 * len(every_honest())
    assert accepted == 0


def test_no_word_for_another() -> None:
    """All ordered pairs: one asks in another's name, over its own channel, signed by itself or
    with a forged name.
    """
    accepted = []
    for impostor, victim in permutations(ENTITIES, 2):
        for receiver in set(ENTITIES) - {impostor, victim}:
            ask = AuthorizationRequest(
                emaid=EMAID, evse_id=NOBODYS, service="energy-transfer", visited_cso=victim
            )
            named, own = envelope(ask, victim, receiver), envelope(ask, impostor, receiver)
            for mode, strategy in product(LATEST.modes, Strategy):
                accepted += [
                    (p.mode, strategy, impostor, victim)
                    for p in (
                        presented(
                            named, mode=mode, strategy=strategy, peer=impostor, signer=impostor
                        ),
                        presented(own, mode=mode, strategy=strategy),
                    )
                    if decide(p).allowed
                ]
    # A clearing house that broadcasts asks for the CSOs that are linked to it, and for nobody
    # else.
    assert {(strategy, impostor) for _, strategy, impostor, _ in accepted} == {
        ("broadcast", HOUSE)
    }
    assert {victim for *_, victim in accepted} == {"cso-elm", "cso-fjord", "cso-gale"}
    assert {mode for mode, *_ in accepted} == {"clearing-house", "federated"}


def test_the_previous_hop_and_the_way() -> None:
    """A message comes from the previous hop, and to an entity on its way."""
    some = every_honest()[::7]
    assert len(some) > 300
    for p in some:
        for other in set(ENTITIES) - {p.peer}:
            assert not decide(replace(p, peer=other)).allowed
        for other in set(ENTITIES) - {p.here}:
            assert not decide(replace(p, here=other)).allowed


# --- each ground, in its order ----------------------------------------------------------------

ASK: Final = AuthorizationRequest(
    emaid=EMAID, evse_id=EVSE_ID, service="energy-transfer", visited_cso=VISITED
)
YES: Final = AuthorizationAnswer(granted=True, home_csp=HOME)
LISTED: Final = AuthorizationAnswer(granted=True, home_csp=HOME, from_list=True)
LIST: Final = AuthorizationListNotice(emaids=(EMAID,), home_csp=HOME)
STATUS: Final = StationStatusNotice(
    statuses=(StationStatus(evse_id=EVSE_ID, status="available"),)
)
TO_HOME: Final = envelope(ASK, VISITED, HOME)
TO_HOUSE: Final = envelope(ASK, VISITED, HOUSE)
REFUSAL: Final = Refusal(rule="REP-8", where="here")
NOBODY_S: Final = AuthorizationAnswer(granted=True)
FAR_ASK: Final = AuthorizationRequest(
    emaid=EMAID, evse_id="ITHTHE1", service="energy-transfer", visited_cso="cso-heath"
)
ABROAD: Final = EVSES[TWO]
"""An EVSE of `cso-gale`."""
ASK_ELSEWHERE: Final = question(evse_id=ABROAD).model_copy(update={"visited_cso": VISITED})
ORDER_ELSEWHERE: Final = order(visited=TWO)
BOOKING_ELSEWHERE: Final = booking(ABROAD)
STARTED_ELSEWHERE: Final = progress("started", visited=TWO)
RECORD_ELSEWHERE: Final = detail_record(visited=TWO)

REFUSED: Final = [
    ("ACC-1", presented(TO_HOME, signer="csp-birch", peer=HOUSE)),
    ("ACC-1", presented(TO_HOME, signer=HOUSE, peer=HOUSE)),  # a clearing house passes on, it does not sign
    ("NET-1", presented(envelope(ASK, VISITED, "nobody"))),
    ("NET-1", presented(envelope(ASK, "nobody", HOME))),
    ("NET-2", presented(envelope(ASK, VISITED, "cso-fjord"))),
    ("NET-3", presented(envelope(ASK, HOME, VISITED))),  # the home-CSP does not ask the visited-CSO
    ("NET-6", presented(TO_HOME, mode="by post")),
    ("NET-7", presented(envelope(ASK, "cso-heath", HOME))),  # no clearing house in common
    ("NET-8", presented(envelope(Receipt(), VISITED, HOME))),  # a receipt for nothing
    ("NET-8", presented(envelope(Receipt(), HOUSE, HOME))),
    ("REP-1", presented(TO_HOME, here="house-south", peer=VISITED)),
    ("REP-1", presented(TO_HOME, here=VISITED, peer=HOME)),  # back where it came from
    ("REP-1", presented(envelope(REFUSAL, HOUSE, VISITED), here=HOUSE, peer=HOME, asked=TO_HOME)),  # it said so itself
    ("REP-2", presented(TO_HOME, peer=VISITED)),  # past the clearing house
    ("REP-2", presented(TO_HOME, peer="csp-birch")),
    ("ACC-2", presented(envelope(RemoteControlAnswer(accepted=True), HOUSE, HOME))),
    ("ACC-2", presented(envelope(CorrectionRequest(reason="no", record_id="r"), HOUSE, VISITED))),
    ("ACC-2", presented(envelope(CorrectionRequest(reason="no", record_id="r"), HOME, HOUSE))),
    ("ACC-2", presented(envelope(ASK, "house-south", HOUSE))),  # clearing houses pass on, and do not ask each other
    ("ACC-3", presented(envelope(ASK, HOUSE, HOME), strategy="forward")),
    ("ACC-3", presented(envelope(ASK, HOUSE, HOME), strategy="store")),
    ("ACC-3", presented(envelope(LISTED, HOUSE, VISITED), strategy="broadcast", asked=TO_HOUSE)),
    ("ACC-3", presented(envelope(LISTED, HOUSE, VISITED), strategy="forward", asked=TO_HOUSE)),
    ("ACC-3", presented(envelope(YES, HOUSE, VISITED), strategy="store", asked=TO_HOUSE)),
    ("ACC-3", presented(envelope(YES, HOUSE, VISITED), strategy="forward", asked=TO_HOUSE)),
    ("ACC-3", presented(envelope(NOBODY_S, HOUSE, VISITED), strategy="broadcast", asked=TO_HOUSE)),
    ("ACC-3", presented(envelope(LISTED, HOUSE, VISITED), strategy="by heart", asked=TO_HOUSE)),
    ("ACC-4", presented(TO_HOUSE, mode="direct")),
    ("ACC-4", presented(TO_HOUSE, mode="hybrid")),  # lists go through the clearing house there, questions do not
    ("ACC-4", presented(envelope(LIST, HOUSE, VISITED), mode="direct")),
    ("ACC-5", presented(envelope(ASK, "cso-fjord", HOME), mode="direct")),
    ("ACC-5", presented(envelope(LIST, "csp-birch", VISITED), mode="direct")),
    ("ACC-5", presented(envelope(STATUS, "cso-fjord", HOME), mode="direct")),  # another's station
    ("ACC-5", presented(envelope(YES, "csp-birch", VISITED), mode="direct")),
    ("ACC-5", presented(envelope(YES, "csp-birch", VISITED), mode="direct", asked=envelope(ASK, VISITED, "csp-birch"))),
    ("ACC-6", presented(envelope(FAR_ASK, HOUSE, HOME), strategy="broadcast")),
    ("ACC-6", presented(envelope(LIST.model_copy(update={"home_csp": "cso-gale"}), HOUSE, VISITED))),
    ("AUT-4", presented(envelope(ASK_ELSEWHERE, VISITED, HOME), mode="direct")),
    ("AUT-4", presented(envelope(ASK_ELSEWHERE, VISITED, HOME), here=HOUSE)),  # the house passes it not on
    ("AUT-4", presented(envelope(ASK_ELSEWHERE, HOUSE, HOME), strategy="broadcast")),
    ("AUT-4", presented(envelope(ORDER_ELSEWHERE, HOME, VISITED), mode="direct")),
    ("AUT-4", presented(envelope(BOOKING_ELSEWHERE, HOME, VISITED), mode="direct")),
    ("AUT-4", presented(envelope(STARTED_ELSEWHERE, VISITED, HOME), mode="direct")),
    ("AUT-4", presented(envelope(RECORD_ELSEWHERE, VISITED, HOME), mode="direct")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "case"), REFUSED, ids=[f"{rule}-{n}" for n, (rule, _) in enumerate(REFUSED)]
)
def test_a_ground_against_it_decides(rule: str, case: Presented) -> None:
    decision = decide(case)
    assert (decision.allowed, decision.rule) == (False, rule), decision


def test_the_cases_cover_every_ground() -> None:
    assert {rule for rule, _ in GROUNDS} <= {rule for rule, _ in REFUSED}


def test_the_first_ground_decides() -> None:
    wrong = presented(
        envelope(ASK, "cso-fjord", HOUSE), mode="direct", signer="csp-birch", peer="csp-birch"
    )
    order = ["ACC-1", "REP-2", "ACC-4", "ACC-5"]
    mended: list[dict[str, Any]] = [
        {},
        {"signer": "cso-fjord"},
        {"peer": "cso-fjord"},
        {"mode": "clearing-house"},
    ]
    for rule, fields in zip(order, mended, strict=True):
        wrong = replace(wrong, **fields)
        assert decide(wrong).rule == rule
    assert [rule for rule, _ in GROUNDS] == [
        "ACC-1",
        "REP-1",
        "REP-2",
        *(f"ACC-{n}" for n in range(2, 7)),
        "AUT-4",
    ]


@pytest.mark.parametrize("message", [ASK_ELSEWHERE, ORDER_ELSEWHERE, RECORD_ELSEWHERE])
def test_an_evse_of_no_operator(message: Said) -> None:
    """Where no operator is known, the network has nothing against it."""
    to_home = not isinstance(message, RemoteControlRequest)
    ends = (VISITED, HOME) if to_home else (HOME, VISITED)
    case = presented(envelope(message, *ends), mode="direct")
    entities = tuple(entity for entity in NETWORK.entities if entity.id != "cso-gale")
    unnamed = RoamingEntity(id="cso-gale", kind=Kind.CSO)
    network = NETWORK.model_copy(update={"entities": (*entities, unnamed)})
    assert decide(case).rule == "AUT-4"
    assert decide(replace(case, network=Network(**network.model_dump()))).allowed


def test_a_decision_says_where() -> None:
    """A decision says where and shows no contract."""
    decision = decide(presented(TO_HOME, signer="csp-birch", peer=HOUSE))
    where = "authorization-request from cso-elm to csp-alba, signed by csp-birch, from house-north at csp-alba"
    assert decision == Decision(False, "ACC-1", where)


def test_a_kind_that_names_entities_is_known() -> None:
    """`principals` must know every kind of message that says in whose name it speaks."""
    naming = {"home_csp", "visited_cso", "stations", "statuses"}
    found = {kind for kind, shape in KINDS.items() if naming & shape.model_fields.keys()}
    assert found == {
        "authorization-answer",
        "authorization-list-notice",
        "authorization-request",
        "station-information-notice",
        "station-status-notice",
    }, "a kind that `principals` does not know"


# --- agreements and links ---------------------------------------------------------------------


def test_no_agreement_no_message() -> None:
    agreements = (Block(left=("csp-birch",), right=CSOS),)
    lonely = Network(agreements=agreements, entities=NETWORK.entities, links=NETWORK.links)
    at_houses = 0
    for p in every_honest():
        if "house" not in p.envelope.sender + p.envelope.receiver:
            assert decide(replace(p, network=lonely)).rule == "NET-5"
        elif p.envelope.sender == HOUSE and not isinstance(p.envelope.message, Receipt):
            parties = {p.envelope.receiver, *principals(NETWORK, p.envelope.message)}
            if len(parties) == 2 and not {"csp-birch"} & parties:
                assert decide(replace(p, network=lonely)).rule == "ACC-6"
                at_houses += 1
    assert at_houses > 100


def test_a_house_speaks_for_the_linked() -> None:
    """A clearing house speaks only for whom it is linked to."""
    network = Network(
        entities=(
            *(RoamingEntity(id=name, kind=Kind.CSP) for name in ("csp-a", "csp-b")),
            RoamingEntity(id="cso-a", kind=Kind.CSO, party_ids=("DEAB7",)),
            RoamingEntity(id="cso-b", kind=Kind.CSO),
            RoamingEntity(id="house", kind=Kind.CLEARING_HOUSE),
        ),
        links=(Block(left=("house",), right=("csp-a", "csp-b", "cso-b")),),
        agreements=(Block(left=("csp-a", "csp-b"), right=("cso-a", "cso-b")),),
    )
    for message, rule in (
        (STATUS, "ACC-6"),  # the station of cso-a, which is not at this clearing house
        (ASK.model_copy(update={"visited_cso": "cso-a"}), "ACC-6"),
    ):
        case = presented(
            envelope(message, "house", "csp-a"), strategy="broadcast", network=network
        )
        assert (decide(case).allowed, decide(case).rule) == (False, rule)
    asked = ASK.model_copy(update={"visited_cso": "cso-b", "evse_id": NOBODYS})
    mended = envelope(asked, "house", "csp-a")
    assert decide(presented(mended, strategy="broadcast", network=network)).allowed


# --- deny by default --------------------------------------------------------------------------

STATION: Final = Station(evse_id=EVSE_ID, name="Market", power_w=1, services=("parking",))
RECORD: Final = ServiceDetailRecord(
    emaid=EMAID,
    ended_at=START,
    evse_id=EVSE_ID,
    quantity=1,
    record_id="r",
    service="parking",
    started_at=START,
    unit="s",
)
ORDER: Final[dict[str, Any]] = {
    "emaid": EMAID,
    "evse_id": EVSE_ID,
    "service": "energy-transfer",
}
ONE_OF_EACH: Final[tuple[Any, ...]] = (
    *(
        ASK,
        YES,
        LISTED,
        AuthorizationAnswer(granted=False),
        LIST,
        STATUS,
        Receipt(),
        Refusal(rule="REP-8", where="here"),
    ),
    StationInformationNotice(stations=(STATION,)),
    *(RemoteControlRequest(command="stop", **ORDER), RemoteControlAnswer(accepted=True)),
    *(RemoteControlNotice(command="stop", result="done"), DetailRecordNotice(record=RECORD)),
    SessionProgressNotice(
        at=START, authorization=Ground.ANSWER, energy_wh=0, event="started", **ORDER
    ),
    *(CorrectionRequest(reason="no", record_id="r"), CorrectionAnswer(agreed=True)),
    *(ReservationRequest(until=START, **ORDER), ReservationAnswer(granted=True)),
    RecordWithdrawalNotice(reason="no", record_id="r"),
    *(FetchRequest(what="records"), FetchAnswer(more=False)),
    ReconciliationRequest(day="2025-07-08", have=(), more=False),
    ReconciliationAnswer(besides=(), lacks=()),
)


def test_all_that_is_let_in_unasked() -> None:
    """Every message between every two of three entities, in every mode, with every strategy."""
    assert {type(message) for message in ONE_OF_EACH} == {*ANSWERS, *ANSWERS.values(), Refusal}
    let_in: dict[tuple[str, str], set[str]] = {}
    for message, (sender, receiver), mode, strategy in product(
        ONE_OF_EACH,
        permutations((HOME, VISITED, HOUSE), 2),
        ("direct", "clearing-house"),
        Strategy,
    ):
        peer = HOUSE if mode == "clearing-house" and HOUSE not in (sender, receiver) else sender
        if decide(
            presented(
                envelope(message, sender, receiver), mode=mode, strategy=strategy, peer=peer
            )
        ).allowed:
            by_strategy = (
                ""
                if sender != HOUSE or message in (LIST, STATUS, ONE_OF_EACH[8])
                else f" {strategy}"
            )
            let_in.setdefault((sender, receiver), set()).add(f"{message.kind}{by_strategy}")
    tells = {"station-information-notice", "station-status-notice"}
    answers = {"authorization-answer"}
    again = {
        "fetch-request",
        "fetch-answer",
        "reconciliation-request",
        "reconciliation-answer",
    }
    assert let_in == {
        (HOME, VISITED): {
            *(
                "authorization-list-notice",
                "remote-control-request",
                "correction-request",
                "reservation-request",
            ),
            *answers,
            *again,
        },
        (VISITED, HOME): {
            *tells,
            *again,
            "record-withdrawal-notice",
            *(
                "authorization-request",
                "session-progress-notice",
                "detail-record-notice",
                "remote-control-notice",
            ),
            *("remote-control-answer", "reservation-answer", "correction-answer"),
        },
        (HOME, HOUSE): {"authorization-list-notice", *answers},
        (VISITED, HOUSE): {*tells, "authorization-request"},
        (HOUSE, HOME): {
            *tells,
            "authorization-request broadcast",
            *(
                "authorization-answer forward",
                "authorization-answer broadcast",
            ),  # a no, to a CSP that serves a user
        },
        (HOUSE, VISITED): {
            "authorization-list-notice",
            *(f"authorization-answer {strategy}" for strategy in Strategy),
        },
    }


def test_strategies_of_a_house() -> None:
    """The strategy decides what a clearing house says, but for a no that rests on nothing."""
    said: dict[str, set[str]] = {}
    for p in every_honest():
        message = p.envelope.message
        if isinstance(message, AuthorizationAnswer) and rests_on(message) == "nothing":
            continue
        if p.envelope.sender == HOUSE and isinstance(
            message, AuthorizationRequest | AuthorizationAnswer
        ):
            for strategy in Strategy:
                if decide(replace(p, strategy=strategy)).allowed:
                    said.setdefault(p.strategy, set()).add(strategy)
    assert said == {"store": {"store"}, "broadcast": {"broadcast"}}
