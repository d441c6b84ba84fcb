"""The session table, read as a graph and played as a machine: what has a row happens, nothing
else does.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refimpl.edition import load
from refimpl.errors import Violation
from refimpl.messages import (
    ANSWERS,
    AuthorizationAnswer,
    AuthorizationRequest,
    CorrectionAnswer,
    CorrectionRequest,
    DetailRecordNotice,
    Receipt,
    RecordWithdrawalNotice,
    Refusal,
    RemoteControlAnswer,
    RemoteControlNotice,
    RemoteControlRequest,
    ReservationAnswer,
    ReservationRequest,
    Said,
    SessionProgressNotice,
)
from refimpl.records import ChargingDetailRecord, ChargingPeriod, ServiceDetailRecord
from refimpl.session import FINAL, STEPS, Session, follow, is_early
from refimpl.vocabulary import Ground, Phase, Role
from tests.strategies import MESSAGES
from tests.world import EMAID, EVSE_ID, NOON

EDITION: Final = load("2025")
HOME, VISITED = Role.HOME_CSP, Role.VISITED_CSO
SUBJECT: Final[dict[str, Any]] = {
    "emaid": EMAID,
    "evse_id": EVSE_ID,
    "service": "energy-transfer",
}


def progress(
    event: str, authorization: str = "answer", **changed: Any
) -> SessionProgressNotice:
    fields = {
        **SUBJECT,
        "at": NOON,
        "authorization": authorization,
        "energy_wh": 0,
        "event": event,
        **changed,
    }
    return SessionProgressNotice(**fields)


def record(
    record_id: str = "record-1", replaces: str | None = None, **changed: Any
) -> DetailRecordNotice:
    period = ChargingPeriod(started_at=NOON, ended_at=NOON + timedelta(hours=1), energy_wh=7)
    fields = {
        **SUBJECT,
        "ended_at": period.ended_at,
        "energy_wh": 7,
        "periods": (period,),
        "started_at": NOON,
        **changed,
    }
    return DetailRecordNotice(
        record=ChargingDetailRecord(**fields, record_id=record_id, replaces=replaces)
    )


# fmt: off
# One message of every sort that a row can tell from another.
SORTS: Final[dict[str, Said]] = {
    "question":   AuthorizationRequest(**SUBJECT, visited_cso="cso"),
    "yes":        AuthorizationAnswer(granted=True, home_csp="csp"),
    "no":         AuthorizationAnswer(granted=False),
    "refusal":    Refusal(rule="REP-8", where="not now"),
    "start":      RemoteControlRequest(**SUBJECT, command="start"),
    "stop":       RemoteControlRequest(**SUBJECT, command="stop"),
    "cancel":     RemoteControlRequest(**SUBJECT, command="cancel"),
    "taken":      RemoteControlAnswer(accepted=True),
    "not taken":  RemoteControlAnswer(accepted=False),
    "begun":      RemoteControlNotice(command="start", result="done"),
    "not begun":  RemoteControlNotice(command="start", result="not-done"),
    "maybe begun": RemoteControlNotice(command="start", result="unknown"),
    "stopped":    RemoteControlNotice(command="stop", result="done"),
    "not stopped": RemoteControlNotice(command="stop", result="not-done"),
    "maybe stopped": RemoteControlNotice(command="stop", result="unknown"),
    "booking":    ReservationRequest(**SUBJECT, until=NOON + timedelta(hours=1)),
    "booked":     ReservationAnswer(granted=True),
    "not booked": ReservationAnswer(granted=False),
    "started":    progress("started"),
    "listed":     progress("started", "list"),
    "fallback":   progress("started", "fallback"),
    "ordered":    progress("started", "order"),
    "updated":    progress("updated"),
    "ended":      progress("ended"),
    "abandoned":  progress("abandoned"),
    "record":     record(),
    "replaced":   record("record-2", "record-1"),
    "withdrawn":  RecordWithdrawalNotice(reason="a test", record_id="record-1"),
    "dispute":    CorrectionRequest(reason="too much", record_id="record-1"),
    "agreed":     CorrectionAnswer(agreed=True),
    "not agreed": CorrectionAnswer(agreed=False),
    "receipt":    Receipt(),
}

# The behaviour of a service told once more, phase by phase: what happens, who says it, and
# where that leads.
H, V = HOME, VISITED
TOLD: Final[dict[Phase, dict[tuple[str, Role], Phase]]] = {
    Phase.NEW:        {("question", V): Phase.ASKED, ("start", H): Phase.COMMANDED,
                       ("booking", H): Phase.BOOKING,
                       ("listed", V): Phase.ACTIVE, ("fallback", V): Phase.ACTIVE},
    Phase.ASKED:      {("yes", H): Phase.GRANTED, ("no", H): Phase.REFUSED,
                       ("refusal", H): Phase.REFUSED, ("fallback", V): Phase.ACTIVE},
    Phase.COMMANDED:  {("taken", V): Phase.AWAITED, ("not taken", V): Phase.REFUSED,
                       ("refusal", V): Phase.REFUSED},
    Phase.AWAITED:    {("begun", V): Phase.ACTIVE, ("not begun", V): Phase.ABANDONED,
                       ("maybe begun", V): Phase.AWAITED, ("ordered", V): Phase.ACTIVE,
                       ("abandoned", V): Phase.ABANDONED, ("cancel", H): Phase.CANCELLING},
    Phase.CANCELLING: {("taken", V): Phase.ABANDONED, ("not taken", V): Phase.AWAITED,
                       ("refusal", V): Phase.AWAITED, ("begun", V): Phase.ACTIVE,
                       ("not begun", V): Phase.ABANDONED,
                       ("maybe begun", V): Phase.CANCELLING, ("ordered", V): Phase.ACTIVE,
                       ("abandoned", V): Phase.ABANDONED},
    Phase.BOOKING:    {("booked", V): Phase.GRANTED, ("not booked", V): Phase.REFUSED,
                       ("refusal", V): Phase.REFUSED},
    Phase.GRANTED:    {("started", V): Phase.ACTIVE, ("listed", V): Phase.ACTIVE,
                       ("fallback", V): Phase.ACTIVE, ("ordered", V): Phase.ACTIVE,
                       ("abandoned", V): Phase.ABANDONED, ("cancel", H): Phase.RELEASING,
                       ("record", V): Phase.RECORDED},
    Phase.RELEASING:  {("taken", V): Phase.ABANDONED, ("not taken", V): Phase.GRANTED,
                       ("refusal", V): Phase.GRANTED, ("started", V): Phase.ACTIVE,
                       ("listed", V): Phase.ACTIVE, ("fallback", V): Phase.ACTIVE,
                       ("ordered", V): Phase.ACTIVE, ("abandoned", V): Phase.ABANDONED},
    Phase.REFUSED:    {("fallback", V): Phase.ACTIVE},
    Phase.ABANDONED:  {("maybe begun", V): Phase.ABANDONED, ("cancel", H): Phase.ABANDONED, ("taken", V): Phase.ABANDONED,
                       ("not taken", V): Phase.ABANDONED, ("refusal", V): Phase.ABANDONED},
    Phase.ACTIVE:     {("updated", V): Phase.ACTIVE, ("ended", V): Phase.ENDED,
                       ("stop", H): Phase.STOPPING, ("cancel", H): Phase.ACTIVE,
                       ("begun", V): Phase.ACTIVE, ("ordered", V): Phase.ACTIVE,
                       ("record", V): Phase.RECORDED,
                       ("taken", V): Phase.ACTIVE, ("not taken", V): Phase.ACTIVE},
    Phase.STOPPING:   {("taken", V): Phase.STOPPING, ("not taken", V): Phase.ACTIVE,
                       ("refusal", V): Phase.ACTIVE,
                       ("stopped", V): Phase.ENDED, ("not stopped", V): Phase.ACTIVE,
                       ("maybe stopped", V): Phase.STOPPING, ("begun", V): Phase.STOPPING,
                       ("ordered", V): Phase.STOPPING,
                       ("updated", V): Phase.STOPPING, ("record", V): Phase.RECORDED,
                       ("ended", V): Phase.ENDED},
    Phase.ENDED:      {("record", V): Phase.RECORDED, ("stop", H): Phase.ENDED,
                       ("cancel", H): Phase.ENDED, ("stopped", V): Phase.ENDED,
                       ("begun", V): Phase.ENDED,
                       ("taken", V): Phase.ENDED,
                       ("not taken", V): Phase.ENDED, ("refusal", V): Phase.ENDED},
    Phase.RECORDED:   {("replaced", V): Phase.RECORDED, ("dispute", H): Phase.DISPUTED,
                       ("stop", H): Phase.RECORDED, ("cancel", H): Phase.RECORDED,
                       ("stopped", V): Phase.RECORDED, ("begun", V): Phase.RECORDED,
                       ("withdrawn", V): Phase.WITHDRAWN,
                       ("taken", V): Phase.RECORDED, ("not taken", V): Phase.RECORDED,
                       ("refusal", V): Phase.RECORDED},
    Phase.DISPUTED:   {("agreed", V): Phase.CORRECTING, ("not agreed", V): Phase.RECORDED,
                       ("refusal", V): Phase.RECORDED, ("taken", V): Phase.DISPUTED,
                       ("not taken", V): Phase.DISPUTED},
    Phase.CORRECTING: {("replaced", V): Phase.RECORDED, ("withdrawn", V): Phase.WITHDRAWN,
                       ("begun", V): Phase.CORRECTING, ("stopped", V): Phase.CORRECTING},
    Phase.WITHDRAWN:  {("taken", V): Phase.WITHDRAWN, ("not taken", V): Phase.WITHDRAWN,
                       ("refusal", V): Phase.WITHDRAWN, ("stop", H): Phase.WITHDRAWN,
                       ("cancel", H): Phase.WITHDRAWN, ("dispute", H): Phase.WITHDRAWN,
                       ("not agreed", V): Phase.WITHDRAWN},
}

# Which rule a message breaks where it has no row, and who may say it.
BROKEN: Final[dict[str, tuple[str, tuple[Role, ...]]]] = {
    "question": ("SES-1", (V,)), "start": ("SES-1", (H,)), "booking": ("SES-1", (H,)),
    "yes": ("SES-2", (H,)), "no": ("SES-2", (H,)), "refusal": ("SES-2", (H, V)),
    "taken": ("SES-2", (V,)),
    "not taken": ("SES-2", (V,)), "booked": ("SES-2", (V,)), "not booked": ("SES-2", (V,)),
    "begun": ("SES-3", (V,)), "not begun": ("SES-3", (V,)), "started": ("SES-3", (V,)),
    "listed": ("SES-3", (V,)), "fallback": ("SES-3", (V,)), "ordered": ("SES-3", (V,)),
    "maybe begun": ("SES-15", (V,)), "maybe stopped": ("SES-15", (V,)),
    "cancel": ("SES-14", (H,)), "withdrawn": ("SES-7", (V,)),
    "abandoned": ("SES-3", (V,)), "updated": ("SES-4", (V,)), "ended": ("SES-5", (V,)),
    "record": ("SES-6", (V,)),
    "replaced": ("SES-7", (V,)), "dispute": ("SES-7", (H,)), "agreed": ("SES-7", (V,)),
    "not agreed": ("SES-7", (V,)),
    "stop": ("SES-8", (H,)), "stopped": ("SES-8", (V,)), "not stopped": ("SES-8", (V,)),
    "receipt": ("", ()),
}
# fmt: on

CURRENT: Final = record().record


def session(phase: Phase, sort: str = "", **changed: Any) -> Session:
    """A session in a phase; it has a record where it must have one, or where a replacement is
    to be tried on it.
    """
    has = phase in {Phase.RECORDED, Phase.DISPUTED, Phase.CORRECTING}
    has |= sort in {"replaced", "withdrawn"}
    filled = {} if phase is Phase.NEW else SUBJECT
    return Session(
        "cso",
        "service-1",
        "csp",
        "cso",
        **{"phase": phase, "record": CURRENT if has else None, **filled, **changed},
    )


def cases() -> Iterator[tuple[Phase, str, Role]]:
    return ((phase, sort, by) for phase in Phase for sort in SORTS for by in Role)


# --- the table as it stands -------------------------------------------------------------------


def test_phases_and_sorts() -> None:
    """Every phase is told and every message of a service has a sort."""
    assert set(TOLD) == set(Phase)
    assert {type(message) for message in SORTS.values()} - {Receipt} == {
        step.message for step in STEPS
    }


@given(st.one_of(*(MESSAGES[shape] for shape in {step.message for step in STEPS})))
def test_rows_do_not_overlap(message: Said) -> None:
    """No two rows fit the same message."""
    rows = [step for step in STEPS if step.message is type(message) and step.when(message)]
    places = [(step.phase, step.by) for step in rows]
    assert len(places) == len(set(places))


def test_phases_have_ways() -> None:
    """Every phase is reached and all but the final ones have a way out."""
    graph: nx.DiGraph[Phase] = nx.DiGraph((step.phase, step.to) for step in STEPS)
    assert {Phase.NEW, *nx.descendants(graph, Phase.NEW)} == set(Phase)
    assert {
        phase for phase in Phase if phase not in graph or not set(graph[phase]) - {phase}
    } == FINAL
    for phase in Phase:
        ends = {Phase.RECORDED, *FINAL}
        assert phase in ends or nx.descendants(graph, phase) & ends, f"{phase} leads nowhere"


def test_rules_of_rows() -> None:
    """Every rule of a row is in the edition."""
    assert {step.rule for step in STEPS} <= set(EDITION.rules)


# --- every phase with every message from every role -------------------------------------------


def test_told_transitions() -> None:
    """What is told happens and nothing else."""
    taken = set()
    for phase, sort, by in cases():
        message, before = SORTS[sort], session(phase, sort)
        rule, speakers = BROKEN[sort]
        expected = TOLD[phase].get((sort, by))
        if expected is not None:
            assert follow(before, message, by, EDITION).phase is expected, (phase, sort, by)
            taken |= {
                s
                for s in STEPS
                if (s.phase, s.message, s.by) == (phase, type(message), by) and s.when(message)
            }
            continue
        with pytest.raises(Violation) as error:
            follow(before, message, by, EDITION)
        assert error.value.rule_id == (rule if by in speakers else "SES-11"), (phase, sort, by)
    assert taken == set(STEPS)


def test_place_of_an_error() -> None:
    """The place of an error is the phase and the message."""
    with pytest.raises(Violation) as error:
        follow(session(Phase.ACTIVE), SORTS["question"], VISITED, EDITION)
    assert error.value.where == "phase active, message authorization-request"


def test_following_is_pure() -> None:
    """Following changes nothing but the session it returns."""
    before = session(Phase.NEW)
    after = follow(before, SORTS["question"], VISITED, EDITION)
    assert before == session(Phase.NEW)
    assert after == Session("cso", "service-1", "csp", "cso", **SUBJECT, phase=Phase.ASKED)


# --- what a session keeps ---------------------------------------------------------------------


def test_home_csp_and_list() -> None:
    """The answer says who the home CSP is and whether a list did."""
    asked = replace(session(Phase.ASKED), home_csp="house")
    granted = follow(
        asked,
        AuthorizationAnswer(granted=True, home_csp="csp-a", from_list=True),
        HOME,
        EDITION,
    )
    assert (granted.home_csp, granted.ground) == ("csp-a", Ground.LIST)
    started = follow(granted, progress("started", "list"), VISITED, EDITION)
    assert started.ground is Ground.LIST
    refused = follow(asked, AuthorizationAnswer(granted=False), HOME, EDITION)
    assert (refused.home_csp, refused.ground) == ("house", None)


def test_record_that_counts() -> None:
    """A session keeps the record that counts now."""
    first = follow(session(Phase.ENDED), record(), VISITED, EDITION)
    assert first.record == CURRENT
    second = follow(first, record("record-2", "record-1"), VISITED, EDITION)
    third = follow(second, record("record-3", "record-2"), VISITED, EDITION)
    assert [s.record.record_id for s in (second, third) if s.record] == ["record-2", "record-3"]


# --- whose, where, what -----------------------------------------------------------------------

PARKING: Final = ServiceDetailRecord(
    emaid=EMAID,
    ended_at=NOON,
    evse_id=EVSE_ID,
    quantity=1,
    record_id="r",
    service="parking",
    started_at=NOON,
    unit="s",
)


@pytest.mark.parametrize(
    ("field", "other"),
    [("emaid", "NLTNM001234567"), ("evse_id", "DEAB7E1"), ("service", "parking")],
)
def test_subject_is_kept(field: str, other: str) -> None:
    """A service keeps its contract its EVSE and its kind."""
    said = {
        "stop": RemoteControlRequest(**{**SUBJECT, field: other}, command="stop"),
        "ended": progress("ended", **{field: other}),
    }
    for message, by in ((said["stop"], HOME), (said["ended"], VISITED)):
        with pytest.raises(Violation) as error:
            follow(session(Phase.ACTIVE), message, by, EDITION)
        assert error.value.rule_id == "SES-12"
        assert field in error.value.where
        assert other not in error.value.where
    if field != "service":
        with pytest.raises(Violation) as error:
            follow(session(Phase.ENDED), record(**{field: other}), VISITED, EDITION)
        assert error.value.rule_id == "SES-12"


# Each message breaks its own rule and every rule of the rows below: the first one is told.
@pytest.mark.parametrize(
    ("message", "by", "rule"),
    [
        (progress("ended", service="valet", emaid="NLTNM001234567"), HOME, "SES-11"),
        (progress("ended", service="valet", emaid="NLTNM001234567"), VISITED, "SES-10"),
        (
            DetailRecordNotice(
                record=PARKING.model_copy(update={"unit": "Wh", "replaces": "x"})
            ),
            VISITED,
            "SES-12",
        ),
        (
            DetailRecordNotice(
                record=PARKING.model_copy(
                    update={"service": "energy-transfer", "replaces": "x"}
                )
            ),
            VISITED,
            "REC-1",
        ),
        (record("record-2", "record-0"), VISITED, "REC-5"),
        (progress("ended"), VISITED, "SES-5"),
    ],
)
def test_first_broken_rule(message: Said, by: Role, rule: str) -> None:
    """The first broken rule is told."""
    with pytest.raises(Violation) as error:
        follow(session(Phase.GRANTED), message, by, EDITION)
    assert error.value.rule_id == rule


def test_correction_names_its_record() -> None:
    """A correction names the record that counts now."""
    twice = follow(session(Phase.RECORDED), record("record-2", "record-1"), VISITED, EDITION)
    for phase in (Phase.RECORDED, Phase.CORRECTING):
        with pytest.raises(Violation) as error:
            follow(
                replace(twice, phase=phase), record("record-3", "record-1"), VISITED, EDITION
            )
        assert error.value.rule_id == "REC-5"
    with pytest.raises(Violation) as error:
        follow(session(Phase.ENDED), record("record-1", "record-0"), VISITED, EDITION)
    assert error.value.rule_id == "REC-5"


def test_unknown_service() -> None:
    """A service the edition has not is refused before it begins."""
    question = AuthorizationRequest(**{**SUBJECT, "service": "parking"}, visited_cso="cso")
    assert follow(session(Phase.NEW), question, VISITED, EDITION).service == "parking"
    with pytest.raises(Violation) as error:
        follow(session(Phase.NEW), question, VISITED, load("2019"))
    assert error.value.rule_id == "SES-10"
    assert error.value.where.endswith("parking, edition 2019")


# --- what overtakes an answer -----------------------------------------------------------------

EARLY: Final = {
    (Phase.COMMANDED, "begun"),
    (Phase.COMMANDED, "not begun"),
    (Phase.BOOKING, "started"),
    (Phase.BOOKING, "listed"),
    (Phase.BOOKING, "abandoned"),
    (Phase.DISPUTED, "replaced"),
    # What may follow a yes or a no: each might be the answer that is on its way.
    (Phase.COMMANDED, "maybe begun"),
    (Phase.RELEASING, "maybe begun"),
    (Phase.COMMANDED, "ordered"),
    (Phase.COMMANDED, "abandoned"),
    (Phase.COMMANDED, "fallback"),
    (Phase.BOOKING, "ordered"),
    (Phase.BOOKING, "fallback"),
    (Phase.BOOKING, "record"),
    (Phase.RELEASING, "record"),
    (Phase.DISPUTED, "begun"),
    (Phase.DISPUTED, "stopped"),
    (Phase.DISPUTED, "withdrawn"),
}


def test_early_messages() -> None:
    """Only what may follow an answer that is out is early."""
    asked = {type(message) for message in SORTS.values()} & set(ANSWERS)
    found = {
        (phase, sort, by)
        for phase, sort, by in cases()
        if type(SORTS[sort]) in asked
        and is_early(session(phase, sort), SORTS[sort], by, EDITION)
    }
    of_home = {(Phase.ASKED, "cancel", HOME)}
    assert found == {(phase, sort, VISITED) for phase, sort in EARLY} | of_home
