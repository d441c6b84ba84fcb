"""A story in words: each message in short, and what happens between two transmissions."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest

from refimpl.credential import Medium
from refimpl.edition import load
from refimpl.messages import (
    KINDS,
    AuthorizationAnswer,
    AuthorizationListNotice,
    FetchAnswer,
    Limits,
    ListPart,
    Receipt,
    ReconciliationAnswer,
    RecordMark,
    RemoteControlNotice,
    RemoteControlRequest,
    Said,
)
from refimpl.play import play
from refimpl.play.journeys import JOURNEYS
from refimpl.play.lines import lines_of
from refimpl.play.telling import SHORT, happenings, in_short, kind_in_short
from refimpl.vocabulary import Reason

LATEST: Final = load("2025")
CARD: Final = Medium(type="rfid", uid="04A2B3C4D5E680")
EMAIDS: Final = ("DE8AA0012345670", "DE8AA0012345686")
EVSE_ID: Final = "DEAB7E8406487"
MARK: Final = RecordMark(correlation_id="service-1", record_id="record-1")


def test_every_kind_has_a_row() -> None:
    assert set(SHORT) == set(KINDS.values())


def order(**members: object) -> RemoteControlRequest:
    return RemoteControlRequest.model_validate(
        {"emaid": EMAIDS[0], "evse_id": EVSE_ID, "service": "energy-transfer", **members}
    )


NEXT_DAY: Final = datetime(2025, 7, 9, 0, 30, tzinfo=UTC)
# fmt: off
SAID: Final[dict[str, Said]] = {
    "yes":                     AuthorizationAnswer(granted=True),
    "yes, up to 20,000 Wh":    AuthorizationAnswer(granted=True, limits=Limits(energy_wh=20_000)),
    "yes, up to 9 Wh and 60 s": AuthorizationAnswer(granted=True, limits=Limits(energy_wh=9, seconds=60)),
    "no":                      AuthorizationAnswer(granted=False),
    "no, no-credit":           AuthorizationAnswer(granted=False, reason=Reason.NO_CREDIT),
    "2 EMAIDs":                AuthorizationListNotice(emaids=EMAIDS, home_csp="csp-alba"),
    "empty":                   AuthorizationListNotice(emaids=(), home_csp="csp-alba"),
    "1 EMAID, 1 medium":       AuthorizationListNotice(emaids=EMAIDS[:1], home_csp="csp-alba", media=(CARD,)),
    "remove, 2 media, part 1 of 3": AuthorizationListNotice(
        emaids=(), home_csp="csp-alba", media=(CARD, CARD.hashed()),
        part=ListPart(action="remove", number=2, of=3, part=1)),
    "start, until 00:30":      order(command="start", expires_at=NEXT_DAY),
    "cancel":                  order(command="cancel"),
    "start not done, busy":    RemoteControlNotice(command="start", reason=Reason.BUSY, result="not-done"),
    "stop unknown, 7 Wh":      RemoteControlNotice(command="stop", energy_wh=7, result="unknown"),
    "nothing":                 FetchAnswer(more=False),
    "nothing, more follow":    FetchAnswer(more=True),
    "has 2 more, lacks 1":    ReconciliationAnswer(besides=(MARK, MARK), lacks=(MARK,)),
    "":                        Receipt(),
    "held, unmatched":         Receipt(held="unmatched"),
}
# fmt: on


@pytest.mark.parametrize("words", SAID)
def test_a_message_in_short(words: str) -> None:
    assert in_short(SAID[words]) == words


def test_what_journeys_say() -> None:
    def said(journey: str) -> list[str]:
        return [kind_in_short(one.envelope.message) for one in play(journey, LATEST).frames]

    assert "authorization-request: rfid 04A2B3C4D5E680" in said("charge-by-card")
    assert "session-progress-notice: started by fallback to the list" in said("offline")
    assert "detail-record-notice: record-2 for record-1, 10,500 Wh" in said("correction")
    parked = "detail-record-notice: record-1, 11,000 Wh, charging, idle, parking"
    assert parked in said("parking-after-charging")
    assert "detail-record-notice: record-1, 3,600 s" in said("parking")
    assert "refusal: REC-7" in said("record-doubled")
    assert "fetch-request: records of 2025-07-08" in said("restored")
    assert "reconciliation-request: has none of 2025-07-08" in said("restored")
    assert "station-status-notice: available" in said("stations")


def happened(journey: str) -> list[tuple[int, str, str]]:
    story = play(journey, LATEST)
    return [(one.behind, one.entity, one.says) for one in happenings(story)]


def test_an_end_goes_away_and_comes_back() -> None:
    assert happened("offline") == [
        (2, "csp-alba", "cannot be reached"),
        (14, "", "the next day"),
        (14, "csp-alba", "can be reached again"),
        (14, "cso-elm", "restarts, and has lost what waited to be said"),
    ]


def test_another_service_begins() -> None:
    assert happened("one-id-twice") == [(10, "cso-fjord", "begins a service under service-1")]
    assert happened("record-doubled")[1:] == [
        (10, "cso-elm", "begins a service under service-2")
    ]


def test_most_journeys_have_messages_alone() -> None:
    told = {journey for journey in JOURNEYS if happened(journey)}
    lost = {name for name, one in JOURNEYS.items() if any(act.loses for act in one.acts)}
    assert told == lost | {"one-id-twice"}


def test_what_is_repeated_is_one_line() -> None:
    story = play("offline", LATEST)
    told = [(line.number, line.says) for line in lines_of(story)]
    asked = "authorization-request: rfid 04A2B3C4D5E680 (lost)"
    assert told[2:4] == [("", "cannot be reached"), ("3", f"{asked} ×3")]
    assert told[4][0] == "6"


def test_what_happens_parts_what_is_repeated() -> None:
    """A restart between two of three that are the same."""
    story = play("offline", LATEST)
    restart = next(deed for deed in story.deeds if deed.act.loses)
    early = replace(story, deeds=(restart._replace(behind=4), *story.deeds))
    told = [line.says.rpartition("680 ")[2] for line in lines_of(early)]
    lost = "restarts, and has lost what waited to be said"
    assert told[2:6] == ["cannot be reached", "(lost) ×2", lost, "(lost), again"]


def test_what_happens_at_the_end_is_told() -> None:
    story = play("restored", LATEST)
    cut_off = replace(story, frames=story.frames[:10])
    assert [line.says for line in lines_of(cut_off)][10:] == [
        "restarts, and has lost everything",
        "the next day",
    ]
