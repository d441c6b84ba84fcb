"""What is said reaches who it is for as it was said, and is heard only after everybody on the
way was believed.

The phases come from the simulator, which protects nothing; which rule refuses what is written
by hand.
"""

import asyncio
import base64
import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, product
from typing import Any, Final

import pytest
import rfc8785
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from refimpl.credential import keys_of
from refimpl.edition import load
from refimpl.endpoint import SPEAKER, Outcome, RoamingEndpoint, receive, remind, send
from refimpl.endpoint.state import Arrival, Send
from refimpl.errors import Malformed, RoamingError, Untrusted, Violation
from refimpl.messages import (
    AuthorizationAnswer,
    AuthorizationRequest,
    Envelope,
    Refusal,
    RemoteControlRequest,
)
from refimpl.play.example import NETWORK
from refimpl.play.journeys import (
    ASK,
    JOURNEYS,
    Act,
    Journey,
    acts_of,
    addressee_of,
    journeys_of,
)
from refimpl.play.player import play
from refimpl.security.pki import Algorithm, roaming_pki
from refimpl.session import Session
from refimpl.setting import Setting
from refimpl.tls import replay_memory
from refimpl.tls.channel import Credentials
from refimpl.tls.message_protection import MessageProtection
from refimpl.tls.replay_memory import COUNTS_FOR, ReplayMemory
from refimpl.tls.serving import LiveEndpoint, Note
from refimpl.vocabulary import Phase, Protection, Role, Strategy
from refimpl.wire import encode
from tests.live import (
    credentials,
    endpoint,
    endpoint_thread,
    pem_files,
    pki_with,
)
from tests.tls_stacks import Visit, ask
from tests.world import EMAID, EVSE_ID, find_service, service_in

pytestmark = pytest.mark.slow

NOON: Final = datetime.now(UTC).replace(microsecond=0)
SECOND: Final = timedelta(seconds=1)
ELM, ALBA, NORTH, SOUTH, HEATH = (
    "cso-elm",
    "csp-alba",
    "house-north",
    "house-south",
    "cso-heath",
)
PAST_THE_CHANNEL: Final = (Protection.SIGNED, Protection.SEALED)


def question(**changed: Any) -> Envelope:
    asked = AuthorizationRequest(
        emaid=EMAID, evse_id=EVSE_ID, service="energy-transfer", visited_cso=ELM
    )
    said: dict[str, Any] = {
        "correlation_id": "service-1",
        "edition": "2025",
        "message": asked,
        "receiver": ALBA,
        "request_id": "m-1",
        "sender": ELM,
        "sent_at": NOON,
    }
    return Envelope(**said | changed)


class Hop:
    """The question of a CSO on its way to a CSP, through a clearing house, as the CSP finds it
    before its door.
    """

    def __init__(self, protection: Protection) -> None:
        self.cso, self.house, self.csp = (MessageProtection(protection) for _ in range(3))
        self.now = NOON
        self.credentials = credentials(ALBA)
        self.peer = NORTH
        self.rep = endpoint(ALBA, mode="clearing-house")
        sent = self.cso.write_frame(question(), ("", ELM, NORTH), credentials(ELM), NOON)
        self.envelope: Any = self.passed(sent)

    def passed(self, raw: bytes, house: str = NORTH) -> Envelope:
        """What a clearing house makes of a frame that it passes on."""
        onward = self.house.read_frame(raw).under("m-2")
        return self.csp.read_frame(
            self.house.write_frame(onward, (ELM, house, ALBA), credentials(house), NOON)
        )

    def change(self, **members: Any) -> None:
        self.envelope = self.envelope.model_copy(update=members)

    def protected(self, **members: Any) -> None:
        self.change(message=self.envelope.message.model_copy(update=members))

    def open(self) -> Envelope:
        return self.csp.open_envelope(
            self.envelope, self.rep, self.peer, self.credentials, self.now
        )


# --- what arrives -----------------------------------------------------------------------------


def can_be_told_live(journey: Journey) -> bool:
    """Whether a journey needs neither time to pass, nor a partner away, nor a restart, nor a
    second service, nor an EVSE that is taken.
    """
    wholes = [act for act in journey.acts if not (act.away or act.loses or act.of > 1)]
    free = journey.status == "available"
    timeless = journey.id != "parking-after-charging"
    return len(wholes) == len(journey.acts) and free and timeless


def asks(act: Act) -> bool:
    """Whether an act is a question that may be put to the clearing house."""
    return act.through == ASK.through


def stories() -> Iterator[Any]:
    for protection, mode in product(Protection, load("2025").modes):
        for journey in filter(can_be_told_live, journeys_of(load("2025"))):
            strategies = (
                Strategy
                if mode == "clearing-house" and any(map(asks, journey.acts))
                else (Strategy.FORWARD,)
            )
            for strategy in strategies:
                yield pytest.param(
                    protection,
                    mode,
                    strategy,
                    journey.id,
                    id=f"{protection}-{mode}-{strategy}-{journey.id}",
                )


@pytest.mark.parametrize(("protection", "mode", "strategy", "journey"), list(stories()))
def test_journeys_end_as_simulated(
    protection: Protection, mode: str, strategy: Strategy, journey: str
) -> None:
    """A journey ends over real channels as in the simulator."""
    told = play(journey, load("2025"), mode, strategy)
    lives, notes = asyncio.run(live_journey(told.setting, protection, journey))
    assert notes == []
    for name in (told.setting.home_csp, told.setting.visited_cso):
        session = find_service(lives[name].rep, "service-1")
        assert (session.phase if session else "new") == told.phase(name)
        assert lives[name].rep.stations.keys() == told.reps[name].stations.keys()


async def live_journey(
    setting: Setting, protection: Protection, journey: str
) -> tuple[dict[str, LiveEndpoint], list[Note]]:
    """Every entity of the network on a port of its own, and the acts of a journey one after the
    other.
    """
    notes: list[Note] = []
    lives = {
        one.id: LiveEndpoint(
            rep(one.id, setting),
            credentials(one.id),
            notes.append,
            protection=MessageProtection(protection),
        )
        for one in NETWORK.entities
    }
    addresses = {name: await live.start() for name, live in lives.items()}
    for live in lives.values():
        live.addresses = addresses
    for number, act in enumerate(acts_of(JOURNEYS[journey], setting)):
        live = lives[setting.home_csp if act.by is Role.HOME_CSP else setting.visited_cso]
        session = find_service(live.rep, "service-1")
        addressee = addressee_of(act, setting)
        if (
            protection is not Protection.CHANNEL
            and setting.strategy == Strategy.FORWARD
            and asks(act)
        ):
            addressee = (
                setting.home_csp
            )  # a clearing house can put a signed question to nobody else
        said = act.message(setting, session, datetime.now(UTC).replace(microsecond=0))
        live.send_message(
            said, addressee, "service-1" if type(said) in SPEAKER else f"aside-{number}"
        )
        async with asyncio.timeout(10):
            while any(each.rep.outbox for each in lives.values()):
                await asyncio.sleep(0.002)
    for live in lives.values():
        await live.stop()
    return lives, notes


def rep(name: str, setting: Setting) -> RoamingEndpoint:
    bare = endpoint(name, setting.edition.id, setting.mode)
    whole = replace(
        bare, strategy=setting.strategy, evses=bare.evses.insert(setting.evse_id, "available")
    )
    keys = keys_of(setting.emaid or None, setting.medium)
    valid = dict.fromkeys(keys, name == setting.home_csp)
    return replace(whole, contracts=whole.contracts.update(valid))


# --- what is refused --------------------------------------------------------------------------


def other_text(hop: Hop) -> None:
    """The text of another message of the same sender in this envelope."""
    other = hop.cso.write_frame(
        question(correlation_id="service-2"), ("", ELM, NORTH), credentials(ELM), NOON
    )
    hop.envelope = hop.passed(other)
    hop.change(correlation_id="service-1")


def text_for(receiver: str) -> Callable[[Hop], None]:
    def attack(hop: Hop) -> None:
        sent = hop.cso.write_frame(
            question(receiver=receiver), ("", ELM, NORTH), credentials(ELM), NOON
        )
        hop.envelope = hop.passed(sent)
        hop.change(receiver=ALBA)

    return attack


def text_by(speaker: str) -> Callable[[Hop], None]:
    """A text that somebody else has signed with a credential of his own, saying that it is the
    CSO's.
    """

    def attack(hop: Hop) -> None:
        sent = MessageProtection(hop.cso.level).write_frame(
            question(), ("", ELM, NORTH), credentials(speaker), NOON
        )
        hop.envelope = hop.passed(sent)

    return attack


def passed_by_somebody_else(hop: Hop) -> None:
    """The south's word in the place of the north's."""
    hop.envelope = hop.passed(
        hop.cso.write_frame(question(), ("", ELM, NORTH), credentials(ELM), NOON), SOUTH
    )


def word_about_another(hop: Hop) -> None:
    sent = hop.cso.write_frame(
        question(request_id="m-7"), ("", ELM, NORTH), credentials(ELM), NOON
    )
    hop.protected(countersignatures=hop.passed(sent).message.countersignatures)  # type: ignore[union-attr]


def heard_before(hop: Hop) -> None:
    hop.open()
    hop.change(request_id="m-3")


def heard_from_another(hop: Hop) -> None:
    """As it came through the house, and now straight from the CSO."""
    hop.open()
    hop.rep, hop.peer = replace(hop.rep, mode="direct"), ELM
    hop.protected(countersignatures=())


def without_card(hop: Hop) -> None:
    mine = hop.credentials
    hop.credentials = Credentials(mine.edition, mine.network, mine.leaf, mine.roots, mine.crls)


def card_of_another(hop: Hop) -> None:
    cards = {**hop.credentials.cards, ELM: hop.credentials.cards[HEATH]}
    hop.credentials = replace(hop.credentials, cards=cards)


def card_with_another_key(hop: Hop) -> None:
    """A certificate of the CSO, and a key to encrypt to that it never named."""
    cards = hop.credentials.cards
    card = replace(
        cards[ELM],
        encryption_key=cards[HEATH].encryption_key,
        encryption_key_id=cards[HEATH].encryption_key_id,
    )
    hop.credentials = replace(hop.credentials, cards={**cards, ELM: card})


def revoked(name: str) -> Callable[[Hop], None]:
    def attack(hop: Hop) -> None:
        hop.credentials = credentials(ALBA, pki=pki_with("revoked", name))

    return attack


def speaking_for_another(hop: Hop) -> None:
    asked = question().message.model_copy(update={"visited_cso": "cso-gale"})
    hop.envelope = hop.passed(
        hop.cso.write_frame(question(message=asked), ("", ELM, NORTH), credentials(ELM), NOON)
    )


def speaking_of_another_evse(hop: Hop) -> None:
    asked = question().message.model_copy(update={"evse_id": "FRA23E1"})
    hop.envelope = hop.passed(
        hop.cso.write_frame(question(message=asked), ("", ELM, NORTH), credentials(ELM), NOON)
    )


ATTACKS: Final[dict[str, tuple[Callable[[Hop], object], str, str]]] = {
    # what is done to a message on its way:                                             signed
    # sealed
    "another correlation id": (
        lambda h: h.change(correlation_id="service-2"),
        "MSG-3",
        "MSG-3",
    ),
    "another id": (lambda h: h.change(message_id="m-9"), "MSG-3", "MSG-3"),
    "in reply to something": (lambda h: h.change(in_reply_to="m-0"), "MSG-3", "MSG-3"),
    "another edition": (lambda h: h.change(edition="2019"), "MSG-3", "MSG-3"),
    "another time": (lambda h: h.change(sent_at=NOON + SECOND), "MSG-3", "MSG-3"),
    "another kind": (lambda h: h.protected(kind="session-progress-notice"), "MSG-3", "MSG-3"),
    "a kind that is none": (lambda h: h.protected(kind="wish"), "NET-8", "NET-8"),
    "another sender": (lambda h: h.change(sender="cso-gale"), "JOS-13", "JOS-13"),
    "another text": (other_text, "MSG-3", "MSG-3"),
    "a text for another CSP": (text_for("csp-birch"), "MSG-2", "JOS-13"),
    "a text by another CSO": (text_by("cso-gale"), "JOS-13", "JOS-13"),
    "a text by the house": (text_by(NORTH), "MSG-1", "MSG-1"),
    "no word of the house": (lambda h: h.protected(countersignatures=()), "MSG-13", "MSG-13"),
    "its word twice": (
        lambda h: h.protected(countersignatures=h.envelope.message.countersignatures * 2),
        "MSG-13",
        "MSG-13",
    ),
    "the word of another house": (passed_by_somebody_else, "JOS-13", "JOS-13"),
    "its word about another text": (word_about_another, "MSG-11", "MSG-11"),
    "a message again": (heard_before, "MSG-7", "MSG-7"),
    "a message again, another way": (heard_from_another, "MSG-7", "MSG-7"),
    "a message too late": (lambda h: setattr(h, "now", NOON + 300 * SECOND), "MSG-6", "MSG-6"),
    "a message too early": (lambda h: setattr(h, "now", NOON - 31 * SECOND), "MSG-5", "MSG-5"),
    "a sender nobody knows": (without_card, "JOS-13", "JOS-13"),
    "the card of another": (card_of_another, "JOS-13", "JOS-13"),
    "a card with another key": (card_with_another_key, "JOS-13", "JOS-13"),
    "a sender whose certificate is revoked": (revoked(ELM), "CRT-17", "CRT-17"),
    "a house whose certificate is revoked": (revoked(NORTH), "CRT-17", "CRT-17"),
    "a peer that is not on the way": (lambda h: setattr(h, "peer", SOUTH), "REP-2", "REP-2"),
    "a name that is another's": (speaking_for_another, "ACC-5", "ACC-5"),
    "an EVSE that is another's": (speaking_of_another_evse, "AUT-4", "AUT-4"),
}


@pytest.mark.parametrize("protection", PAST_THE_CHANNEL)
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_on_the_way(attack: str, protection: Protection) -> None:
    """Whatever is done on the way has its rule."""
    do, signed, sealed = ATTACKS[attack]
    assert Hop(protection).open() == question().under("m-2"), (
        "unharmed it arrives, under the request id of its last hop beside its own"
    )
    hop = Hop(protection)
    do(hop)
    with pytest.raises(RoamingError) as refused:
        hop.open()
    assert refused.value.rule_id == (signed if protection is Protection.SIGNED else sealed)
    assert EMAID not in str(refused.value)


@pytest.mark.parametrize("protection", PAST_THE_CHANNEL)
def test_a_changed_character(
    protection: Protection,
) -> None:
    """No character of a frame can be changed but those of its request id."""
    hop = Hop(protection)
    raw = encode(hop.envelope)
    heard = []
    for place in range(len(raw)):
        flipped = bytearray(raw)
        flipped[place] ^= 1
        hop.csp = MessageProtection(protection)
        with contextlib.suppress(RoamingError):
            hop.envelope = hop.csp.read_frame(bytes(flipped))
            if (
                hop.open() is not hop.envelope
            ):  # or else it is for somebody else now, and goes no further (REP-1)
                heard.append(place)
    start = raw.index(b"m-2")
    assert heard == [start, start + 2], (
        "and instead of the hyphen there would be a comma, which no id has"
    )


def test_what_a_house_reads() -> None:
    """A house reads what is only signed, and not what is sealed."""
    for protection, readable in ((Protection.SIGNED, True), (Protection.SEALED, False)):
        sent = MessageProtection(protection).write_frame(
            question(), ("", ELM, NORTH), credentials(ELM), NOON
        )
        text = json.loads(sent)["message"]["text"]
        parts = [base64.urlsafe_b64decode(part + "===") for part in text.split(".")]
        assert any(EMAID.encode() in part for part in parts) is readable
        assert EMAID.encode() not in sent, "and not even that without looking"


def test_a_house_forwards_no_protected() -> None:
    """A house is not asked to put a question to another than its sender did."""
    for protection, strategy, refused in (
        (Protection.SEALED, Strategy.FORWARD, True),
        (Protection.SIGNED, Strategy.FORWARD, True),
        (Protection.SEALED, Strategy.BROADCAST, False),
        (Protection.SEALED, Strategy.STORE, False),
        (Protection.CHANNEL, Strategy.FORWARD, False),
    ):
        sent = MessageProtection(protection).write_frame(
            question(receiver=NORTH), ("", ELM, NORTH), credentials(ELM), NOON
        )
        house, rep = (
            MessageProtection(protection),
            replace(endpoint(NORTH, mode="clearing-house"), strategy=strategy),
        )
        rules = []
        try:
            house.open_envelope(house.read_frame(sent), rep, ELM, credentials(NORTH), NOON)
        except RoamingError as error:
            rules.append(error.rule_id)
        assert rules == (["MSG-2"] if refused else []), (protection, strategy)


def test_the_same_decision_unprotected() -> None:
    """On its channel a message is let in by the same decision."""
    plain, rep = MessageProtection(), endpoint(ALBA)
    assert plain.open_envelope(question(), rep, ELM, credentials(ALBA), NOON) == question()
    asked = question().message.model_copy(update={"visited_cso": "cso-gale"})
    with pytest.raises(Untrusted) as refused:
        plain.open_envelope(question(message=asked), rep, ELM, credentials(ALBA), NOON)
    assert refused.value.rule_id == "ACC-5"


def test_an_order_goes_to_the_operator() -> None:
    """On its channel too, an order for the EVSE of another is not let in."""
    rules = []
    for evse_id in (EVSE_ID, "FRA23E1"):
        order = RemoteControlRequest(
            command="start", emaid=EMAID, evse_id=evse_id, service="energy-transfer"
        )
        sent = question(message=order, sender=ALBA, receiver=ELM)
        try:
            arrived = MessageProtection().open_envelope(
                sent, endpoint(ELM), ALBA, credentials(ELM), NOON
            )
            assert arrived == sent
        except Untrusted as error:
            rules.append((evse_id, error.rule_id))
    assert rules == [("FRA23E1", "AUT-4")]


def test_no_seal_for_the_untrusted() -> None:
    """Nothing is sealed for an entity that is not trusted."""
    for name, rule in (("revoked", "CRT-17"), ("no-purpose", "CRT-9")):
        mine = credentials(ELM, pki=pki_with(name, ALBA))
        with pytest.raises(Untrusted) as refused:
            MessageProtection(Protection.SEALED).write_frame(
                question(), ("", ELM, ALBA), mine, NOON
            )
        assert refused.value.rule_id == rule


def test_protection_must_match() -> None:
    signed = MessageProtection(Protection.SIGNED).write_frame(
        question(), ("", ELM, ALBA), credentials(ELM), NOON
    )
    for protection, raw in (
        (Protection.SIGNED, encode(question())),
        (Protection.SEALED, encode(question())),
        (Protection.CHANNEL, signed),
    ):
        with pytest.raises(Malformed) as refused:
            MessageProtection(protection).read_frame(raw)
        assert refused.value.rule_id == "WIR-3"


# --- what is said again -----------------------------------------------------------------------


def heard_and_forgotten(protection: Protection) -> tuple[Hop, Outcome]:
    """A question that the CSP has answered, and that the clearing house, which has forgotten
    it, passes on again under another request id.
    """
    hop = Hop(protection)
    answered = receive(hop.rep, hop.open(), peer=NORTH, now=NOON, new_id=lambda: "m-9")
    hop.rep = answered.rep
    hop.change(request_id="m-3")
    return hop, answered


@pytest.mark.parametrize("protection", PAST_THE_CHANNEL)
def test_a_house_has_forgotten(protection: Protection) -> None:
    """What it passes on again is opened, and gets the answer it had; it is served once."""
    hop, first = heard_and_forgotten(protection)
    again = receive(hop.rep, hop.open(), peer=NORTH, now=NOON, new_id=lambda: "m-9")
    assert (again.rep, again.notes) == (first.rep, ())
    (before,), (answer,) = first.sends, again.sends
    assert answer.envelope == before.envelope.model_copy(update={"request_id": "m-3"})


@pytest.mark.parametrize("protection", PAST_THE_CHANNEL)
def test_a_forgotten_answer(protection: Protection) -> None:
    """Where the CSP does not know its answer any more, it is a replay, however often it comes."""
    hop, _ = heard_and_forgotten(protection)
    hop.open()
    hop.rep = endpoint(ALBA, mode="clearing-house")
    for request_id in ("m-3", "m-3", "m-4"):
        hop.change(request_id=request_id)
        with pytest.raises(Untrusted, match="MSG-7"):
            hop.open()


@pytest.mark.parametrize("protection", PAST_THE_CHANNEL)
def test_another_word_under_its_id(protection: Protection) -> None:
    """Another question that the CSO signs under the same id is a replay."""
    hop, _ = heard_and_forgotten(protection)
    asked = question().message.model_copy(update={"evse_id": "DEAB7E8406488"})
    sent = hop.cso.write_frame(
        question(message=asked), ("", ELM, NORTH), credentials(ELM), NOON
    )
    hop.envelope = hop.passed(sent)
    hop.change(request_id="m-3")
    with pytest.raises(Untrusted, match="MSG-7"):
        hop.open()


@pytest.mark.parametrize("protection", PAST_THE_CHANNEL)
def test_a_reminder_is_protected_anew(
    protection: Protection,
) -> None:
    """The house has passed it on, the CSP never got it; the text of then counts no more, that
    of now does.
    """
    protections = {name: MessageProtection(protection) for name in (ELM, NORTH, ALBA)}
    reps = {name: endpoint(name, mode="clearing-house") for name in protections}
    later = NOON + 600 * SECOND

    def heard(raw: bytes, name: str, peer: str, now: datetime) -> list[bytes]:
        envelope = protections[name].open_envelope(
            protections[name].read_frame(raw), reps[name], peer, credentials(name), now
        )
        outcome = receive(reps[name], envelope, peer=peer, now=now, new_id=lambda: "m-2")
        assert outcome.notes == ()
        reps[name] = outcome.rep
        return [
            protections[name].write_frame(
                one.envelope, (peer, name, one.peer), credentials(name), now
            )
            for one in outcome.sends
        ]

    said = send(
        reps[ELM],
        question().message,
        ALBA,
        correlation_id="service-1",
        now=NOON,
        new_id=lambda: "m-1",
    )
    first = protections[ELM].write_frame(
        said.sends[0].envelope, ("", ELM, NORTH), credentials(ELM), NOON
    )
    (lost,) = heard(first, NORTH, ELM, NOON)
    reps[ELM] = said.rep
    again = protections[ELM].write_frame(
        remind(reps[ELM], later).sends[0].envelope, ("", ELM, NORTH), credentials(ELM), later
    )
    (found,) = heard(again, NORTH, ELM, later)
    with pytest.raises(Untrusted, match="MSG-6"):
        heard(lost, ALBA, NORTH, later)
    (answer,) = heard(found, ALBA, NORTH, later)
    (back,) = heard(answer, NORTH, ALBA, later)
    assert heard(back, ELM, NORTH, later) == []
    assert service_in(reps[ELM], "service-1").home_csp == ALBA
    assert heard(found, ALBA, NORTH, later + 900 * SECOND) != [], (
        "a repeated question gets its answer again (REP-4)"
    )


@pytest.mark.parametrize("protection", PAST_THE_CHANNEL)
def test_a_repeat_by_the_same_hop(
    protection: Protection,
) -> None:
    """What was opened and not yet answered may come again by the same hop."""
    hop = Hop(protection)
    assert hop.open() == hop.open()


def test_an_answer_to_nothing() -> None:
    """An answer to nothing is not opened and dropped."""
    said = question(
        message=AuthorizationAnswer(granted=True, home_csp=ALBA), sender=ALBA, receiver=ELM
    )
    cso, rep = MessageProtection(Protection.SEALED), endpoint(ELM)
    found = cso.read_frame(
        MessageProtection(Protection.SEALED).write_frame(
            said, ("", ALBA, ELM), credentials(ALBA), NOON
        )
    )
    assert cso.open_envelope(found, rep, ALBA, credentials(ELM), NOON) is found
    outcome = receive(rep, found, peer=ALBA, now=NOON, new_id=str)
    assert [note.rule_id for note in outcome.notes] == ["REP-7"]
    assert (outcome.rep, outcome.sends) == (rep, ())


@pytest.mark.parametrize("algorithm", ["P-256", "Ed25519"])
def test_keys_of_either_kind(algorithm: Algorithm) -> None:
    known = roaming_pki(NETWORK, seed=b"either kind", now=NOON, algorithm=algorithm)
    cso, csp = (credentials(name, pki=known) for name in (ELM, ALBA))
    sent = MessageProtection(Protection.SEALED).write_frame(
        question(), ("", ELM, ALBA), cso, NOON
    )
    sealing = MessageProtection(Protection.SEALED)
    assert (
        sealing.open_envelope(sealing.read_frame(sent), endpoint(ALBA), ELM, csp, NOON)
        == question()
    )
    assert sent != MessageProtection(Protection.SEALED).write_frame(
        question(), ("", ELM, ALBA), cso, NOON
    ), "no seal is made twice"


def test_what_is_remembered() -> None:
    """What was accepted is remembered for as long as it counts by either clock."""
    number = 0
    cso, csp, rep = (
        MessageProtection(Protection.SIGNED),
        MessageProtection(Protection.SIGNED, memory=ReplayMemory(lambda: float(number))),
        endpoint(ALBA),
    )
    mine, yours = credentials(ELM), credentials(ALBA)
    for number in range(900):
        now = NOON + number * SECOND
        asked = question(request_id=f"m-{number}", correlation_id=f"service-{number}")
        csp.open_envelope(
            csp.read_frame(cso.write_frame(asked, ("", ELM, ALBA), mine, now)),
            rep,
            ELM,
            yours,
            now,
        )
        assert len(csp.memory) <= COUNTS_FOR


HOP, OTHER = (ELM, "m-1"), (NORTH, "m-1")
WORD = (ELM, "m-1")


def remembering(*, since: float = 0.0) -> tuple[ReplayMemory, list[float]]:
    """A memory in which one message counts for five minutes, and its steady clock."""
    seconds = [since]
    memory = ReplayMemory(lambda: seconds[0])
    memory.accept(WORD, HOP, int(NOON.timestamp()) + 300, NOON)
    return memory, seconds


@pytest.mark.parametrize(
    ("steady", "clock"),
    [(400.0, 200), (200.0, 4000), (0.0, 10**6), (10.0**6, -4000)],
    ids=["it counts", "put forward", "put far forward", "put back"],
)
def test_neither_clock_forgets_alone(steady: float, clock: int) -> None:
    """A clock that is wrong lets no replay in."""
    memory, seconds = remembering()
    seconds[0] = steady
    memory.accept((ELM, "m-2"), (ELM, "m-2"), 10**10, NOON + clock * SECOND)
    with pytest.raises(Untrusted, match="MSG-7"):
        memory.accept(WORD, OTHER, 10**10, NOON)
    seconds[0], over = 500.0, NOON + 500 * SECOND
    memory.accept((ELM, "m-3"), (ELM, "m-3"), 10**10, over)
    if steady < 10**3:
        memory.accept(WORD, OTHER, 10**10, over)


def test_what_was_served_is_not_served_again() -> None:
    """Not even by the same hop, once the endpoint has forgotten its answer."""
    memory, _ = remembering()
    memory.accept(WORD, HOP, 10**10, NOON)
    memory.serve(WORD)
    memory.serve((ELM, "m-9"))  # never accepted, as what is only passed on
    with pytest.raises(Untrusted, match="MSG-7"):
        memory.accept(WORD, HOP, 10**10, NOON)


def test_a_sender_that_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says more is told again later; others are heard, and nothing is forgotten."""
    monkeypatch.setattr(replay_memory, "MOST_OF_ONE", 3)
    memory, _ = remembering()
    for name in ("m-2", "m-3"):
        memory.accept((ELM, name), (ELM, name), 10**10, NOON)
    with pytest.raises(Violation, match="REP-8"):
        memory.accept((ELM, "m-4"), (ELM, "m-4"), 10**10, NOON)
    memory.accept((NORTH, "m-4"), (NORTH, "m-4"), 10**10, NOON)
    memory.accept(WORD, HOP, 10**10, NOON)
    assert len(memory) == 4


def test_a_memory_that_is_filled_again() -> None:
    """What another process has accepted was accepted."""
    memory, _ = remembering()
    memory.serve(WORD)
    kept = [one for one in memory.take_new().values() if one]
    assert memory.take_new() == {}
    again = ReplayMemory()
    again.fill(kept)
    for hop in (HOP, OTHER):
        assert again.came_elsewhere(WORD, hop)


# --- an answer kept ---------------------------------------------------------------------------


class KeptAnswer:
    """A clearing house keeps the answer to a first order, refuses that order in its own name,
    and has the second wait for its answer.
    """

    def __init__(self, protection: Protection) -> None:
        self.protections = {name: MessageProtection(protection) for name in (ELM, NORTH, ALBA)}
        service = Session(
            opener=ELM,
            correlation_id="service-1",
            home_csp=ALBA,
            visited_cso=ELM,
            service="energy-transfer",
            emaid=EMAID,
            evse_id=EVSE_ID,
            phase=Phase.ACTIVE,
        )
        bare = {name: endpoint(name, mode="clearing-house") for name in self.protections}
        self.reps = {**bare, ELM: bare[ELM].keep(service), ALBA: bare[ALBA].keep(service)}
        self.ids = map("m-{}".format, count(1))
        passed = self.hear(NORTH, ALBA, self.order())
        answer = self.hear(ELM, NORTH, passed)
        self.kept = self.hear(NORTH, ELM, answer)
        (pending,) = self.reps[ALBA].outbox
        asked = pending.envelope
        refused = Arrival(asked, ALBA, NOON).reply(NORTH, Refusal(rule="REP-8", where="now"))
        assert self.hear(ALBA, NORTH, self.write(NORTH, "", refused)) == b""
        assert service_in(self.reps[ALBA], "service-1").phase is Phase.ACTIVE
        self.order()

    def write(self, name: str, peer: str, one: Send) -> bytes:
        hops = (peer or name, name, one.peer)
        return self.protections[name].write_frame(one.envelope, hops, credentials(name), NOON)

    def order(self) -> bytes:
        """The frame in which the home-CSP orders a stop."""
        stop = RemoteControlRequest(
            command="stop", emaid=EMAID, evse_id=EVSE_ID, service="energy-transfer"
        )
        said = send(
            self.reps[ALBA],
            stop,
            ELM,
            correlation_id="service-1",
            now=NOON,
            new_id=self.ids.__next__,
        )
        self.reps[ALBA] = said.rep
        return self.write(ALBA, "", said.sends[0])

    def hear(self, name: str, peer: str, raw: bytes, rules: tuple[str, ...] = ()) -> bytes:
        """The frame that an endpoint says on another, or nothing."""
        protection, rep = self.protections[name], self.reps[name]
        found = protection.read_frame(raw)
        envelope = protection.open_envelope(found, rep, peer, credentials(name), NOON)
        outcome = receive(rep, envelope, peer=peer, now=NOON, new_id=self.ids.__next__)
        assert tuple(note.rule_id for note in outcome.notes) == rules
        self.reps[name] = outcome.rep
        return b"".join(self.write(name, peer, one) for one in outcome.sends)

    def handed_over(self, **changed: str) -> bytes:
        """The kept frame as the answer to the second order, perhaps with other members."""
        (pending,) = self.reps[ALBA].outbox
        second = pending.envelope.request_id
        kept = self.protections[NORTH].read_frame(self.kept).under(second)
        return encode(kept.model_copy(update=dict.fromkeys(changed, second)))


@pytest.mark.parametrize("protection", Protection)
def test_a_kept_answer(protection: Protection) -> None:
    """An answer kept answers no later order."""
    kept = KeptAnswer(protection)
    assert kept.hear(ALBA, NORTH, kept.handed_over(), rules=("REP-9",)) == b""
    assert len(kept.reps[ALBA].outbox) == 1, "the order still waits"


@pytest.mark.parametrize("protection", Protection)
def test_a_kept_answer_readdressed(protection: Protection) -> None:
    """The id of a later order on the envelope is not what was signed; on the channel alone a
    clearing house can write what it likes.
    """
    kept = KeptAnswer(protection)
    frame = kept.handed_over(in_reply_to="")
    if protection is Protection.CHANNEL:
        assert kept.hear(ALBA, NORTH, frame) == b""
        assert not kept.reps[ALBA].outbox
    else:
        with pytest.raises(Untrusted, match="MSG-3"):
            kept.hear(ALBA, NORTH, frame)


# --- a stranger that signs and seals ----------------------------------------------------------


def jwk_of(key: Any) -> Any:
    from joserfc.jwk import import_key

    return import_key(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "EC"
    )


def protected_by_joserfc(asked: Envelope, protection: Protection, sealed_for: Any) -> bytes:
    """A question in its frame as README and vectors describe it, written without the model."""
    from joserfc import jwe, jws
    from joserfc.jwk import import_key

    own, at = jwk_of(pki_with().leaf(ELM).key), int(asked.sent_at.timestamp())
    routing = {
        "correlation_id": "service-1",
        "receiver": ALBA,
        "sender": ELM,
        "typ": "authorization-request",
    }
    header: dict[str, Any] = {
        **routing,
        "alg": "ES256",
        "edition": "2025",
        "exp": at + 60,
        "iat": at,
        "jti": "m-1",
    }
    header["kid"] = own.thumbprint()
    said = asked.message.model_dump(mode="json", exclude_none=True)
    lax = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    text = jws.serialize_compact(header, rfc8785.dumps(said), own, registry=lax)
    if protection is Protection.SEALED:
        to = import_key(sealed_for)
        parties = {
            "apu": base64.urlsafe_b64encode(ELM.encode()),
            "apv": base64.urlsafe_b64encode(ALBA.encode()),
        }
        names = {name: party.decode().rstrip("=") for name, party in parties.items()}
        seal = {**routing, **names, "alg": "ECDH-ES", "enc": "A256GCM", "kid": to.thumbprint()}
        loose = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"], strict_check_header=False)
        text = jwe.encrypt_compact(seal, text, to, registry=loose)
    told = asked.model_dump(mode="json", exclude_none=True)
    told["message"] = {"countersignatures": [], "kind": "authorization-request", "text": text}
    return rfc8785.dumps(told)


@pytest.mark.parametrize("protection", PAST_THE_CHANNEL)
def test_another_library_is_understood(
    protection: Protection, in_canonical_order: None
) -> None:
    """A plain TLS client says what `joserfc` has signed and sealed, and `joserfc` opens what
    comes back.
    """
    from joserfc import jwe, jws
    from joserfc.jwk import import_key

    folder, known = pem_files(pki_with(), ELM), pki_with()
    published = json.loads(
        (folder.chain.parent / f"TEST-ONLY-entity-{ALBA}.encryption.jwk.json").read_text(
            "utf-8"
        )
    )
    asked = question(sent_at=datetime.now(UTC).replace(microsecond=0))
    with endpoint_thread() as endpoints:
        served = endpoints.serve(ALBA, protection=MessageProtection(protection))
        said = protected_by_joserfc(asked, protection, published)
        visit = Visit(served.port, "1.3", folder, folder, say=said)
        empty, raw = map(bytes.fromhex, ask("python", visit).frames)
        assert empty == b""
        assert {note.error.rule_id for note in served.notes} <= {"TLS-6"}, (
            "it hangs up without a word"
        )
    answer = json.loads(raw)
    outside = (
        answer["correlation_id"],
        answer["receiver"],
        answer["request_id"],
        answer["sender"],
    )
    assert outside == ("service-1", ELM, "m-1", ALBA)
    text = answer["message"]["text"]
    if protection is Protection.SEALED:
        loose = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"], strict_check_header=False)
        text = jwe.decrypt_compact(
            text, jwk_of(known.leaf(ELM).encryption_key), registry=loose
        ).plaintext
    public = (
        known.leaf(ALBA)
        .key.public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    lax = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    opened = jws.deserialize_compact(text, import_key(public, "EC"), registry=lax)
    assert json.loads(opened.payload) == {
        "from_list": False,
        "granted": True,
        "home_csp": ALBA,
        "kind": "authorization-answer",
    }
    assert (opened.headers()["sender"], opened.headers()["receiver"]) == (ALBA, ELM)
