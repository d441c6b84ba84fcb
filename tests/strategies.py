"""What can be said, for Hypothesis: identifiers, records, messages and envelopes that are right
in every part.

A wrong one is made where it is used, by spoiling a right one.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import Any, Final, get_args

from hypothesis import strategies as st

from refimpl.credential import Medium
from refimpl.identifiers import check_character
from refimpl.messages import (
    AuthorizationAnswer,
    AuthorizationListNotice,
    AuthorizationRequest,
    CorrectionAnswer,
    CorrectionRequest,
    DetailRecordNotice,
    Envelope,
    FetchAnswer,
    FetchRequest,
    Limits,
    ListPart,
    Receipt,
    ReconciliationAnswer,
    ReconciliationRequest,
    RecordMark,
    RecordWithdrawalNotice,
    Refusal,
    RemoteControlAnswer,
    RemoteControlNotice,
    RemoteControlRequest,
    ReservationAnswer,
    ReservationRequest,
    Said,
    SaidOfContract,
    ServiceState,
    SessionProgressNotice,
    Station,
    StationInformationNotice,
    StationStatus,
    StationStatusNotice,
)
from refimpl.messages.again import What
from refimpl.records import ChargingDetailRecord, ChargingPeriod, ServiceDetailRecord
from refimpl.vocabulary import Ground, Phase, Reason

CAPITALS: Final = ascii_uppercase + digits
SMALL: Final = ascii_lowercase + digits

ids = st.text(ascii_letters + digits + "._:/-", min_size=1, max_size=64)
names = st.lists(st.text(SMALL, min_size=1, max_size=9), min_size=1, max_size=4).map("-".join)
energies = st.integers(0, 10_000_000)
times = st.integers(0, 2**38).map(
    lambda seconds: datetime(1, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds % (315 * 10**9))
)
# Everything but control characters and lone surrogates, with what JSON has to escape or might
# be tempted to.
lines = st.text(
    st.one_of(
        st.sampled_from("\"\\/<>&'\u00e4\u00df\u20ac\u2028\u2029\ufeff\U0001f50c"),
        st.characters(exclude_categories=("Cc", "Cs")),
    ),
    min_size=1,
    max_size=200,
)


@st.composite
def emaids(draw: st.DrawFn) -> str:
    """An EMAID in canonical form, with or without its check character."""
    country = draw(st.text(ascii_uppercase, min_size=2, max_size=2))
    emaid = country + draw(st.text(CAPITALS, min_size=12, max_size=12))
    if draw(st.booleans()):
        return emaid + check_character(emaid)
    return emaid


def runs_of_digits(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(digits, min_size=least, max_size=most)


din_evse_ids = st.builds(
    "+{}*{}*{}*{}".format,
    runs_of_digits(1, 3),
    runs_of_digits(3, 6),
    runs_of_digits(1, 9),
    runs_of_digits(0, 22),
)


@st.composite
def evse_ids(draw: st.DrawFn) -> str:
    """An EVSE ID as messages carry it: in canonical form, or DIN's."""
    if draw(st.booleans()):
        return draw(din_evse_ids)
    country = draw(st.text(ascii_uppercase, min_size=2, max_size=2))
    operator = draw(st.text(CAPITALS, min_size=3, max_size=3))
    outlet = draw(st.text(CAPITALS, min_size=1, max_size=31))
    return f"{country}{operator}E{outlet}"


digests = st.text(digits + "abcdef", min_size=64, max_size=64)
media = st.one_of(
    st.builds(Medium, hash=st.just("sha-256"), type=st.just("rfid"), uid=digests),
    st.builds(
        Medium,
        type=st.just("rfid"),
        uid=st.sampled_from((8, 14, 20)).flatmap(
            lambda length: st.text(digits + "ABCDEF", min_size=length, max_size=length)
        ),
    ),
    st.builds(
        Medium,
        type=st.sampled_from(("app", "contract", "other")),
        uid=st.text(ascii_letters + digits + "-_", min_size=1, max_size=36),
    ),
)


@st.composite
def credentials(draw: st.DrawFn) -> dict[str, Any]:
    """The members that name a contract: an EMAID, a medium, or both."""
    emaid = draw(st.none() | emaids())
    return {"emaid": emaid, "medium": draw(media if emaid is None else st.none() | media)}


opaque = st.recursive(
    st.booleans() | lines,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(ascii_letters, min_size=1, max_size=6), inner, max_size=3).map(
            lambda members: dict(sorted(members.items()))
        ),
    ),
    max_leaves=6,
)
extensions = st.none() | st.dictionaries(
    st.sampled_from(("ochp-1.4", "ocpi-2.2.1", "oicp-2.3")),
    st.dictionaries(st.text(ascii_letters, min_size=1, max_size=6), opaque, max_size=3).map(
        lambda members: dict(sorted(members.items()))
    ),
    min_size=1,
    max_size=2,
).map(lambda members: dict(sorted(members.items())))
no_ids = st.none() | ids


@st.composite
def service_detail_records(draw: st.DrawFn) -> ServiceDetailRecord:
    """A service detail record."""
    started_at, ended_at = sorted((draw(times), draw(times)))
    record_id = draw(ids)
    return ServiceDetailRecord(
        **draw(credentials()),
        authorization_id=draw(no_ids),
        extension=draw(extensions),
        ended_at=ended_at,
        evse_id=draw(evse_ids()),
        quantity=draw(st.integers(0, 1_000_000_000)),
        record_id=record_id,
        replaces=draw(st.none() | ids.filter(lambda other: other != record_id)),
        service=draw(names),
        started_at=started_at,
        unit=draw(st.sampled_from(("s", "Wh"))),
    )


@st.composite
def charging_detail_records(draw: st.DrawFn) -> ChargingDetailRecord:
    """A charging detail record whose periods lie in order and add up."""
    count = draw(st.integers(1, 5))
    moments = sorted(draw(st.lists(times, min_size=2 * count + 2, max_size=2 * count + 2)))
    energy = draw(st.lists(st.integers(0, 2_000_000), min_size=count, max_size=count))
    record_id = draw(ids)
    back = draw(st.none() | st.lists(st.integers(0, 1_000_000), min_size=count, max_size=count))
    charged = ChargingDetailRecord(
        **draw(credentials()),
        authorization_id=draw(no_ids),
        ended_at=moments[-1],
        energy_back_wh=None if back is None else sum(back),
        energy_wh=sum(energy),
        evse_id=draw(evse_ids()),
        extension=draw(extensions),
        periods=tuple(
            ChargingPeriod(
                activity=draw(st.sampled_from((None, "charging"))),
                started_at=moments[2 * i + 1],
                ended_at=moments[2 * i + 2],
                energy_back_wh=None if back is None else back[i],
                energy_wh=energy[i],
            )
            for i in range(count)
        ),
        record_id=record_id,
        replaces=draw(st.none() | ids.filter(lambda other: other != record_id)),
        service=draw(names),
        started_at=moments[0],
    )
    if not draw(st.booleans()):
        return charged
    idle = ChargingPeriod(
        activity=draw(st.sampled_from(("idle", "parking"))),
        ended_at=moments[-1],
        energy_wh=0,
        started_at=charged.periods[-1].ended_at,
    )
    return charged.model_copy(update={"periods": (*charged.periods, idle)})


records = st.one_of(service_detail_records(), charging_detail_records())
rules = st.builds(
    "{}-{}".format, st.text(ascii_uppercase, min_size=3, max_size=3), st.integers(0, 999)
)
yes_or_no = st.booleans()
subject: Final[Mapping[str, st.SearchStrategy[Any]]] = {"evse_id": evse_ids(), "service": names}
grounds = st.sampled_from(Ground)
events = st.sampled_from(("started", "updated", "ended", "abandoned"))
reasons = st.none() | st.sampled_from(Reason)
limits = st.none() | st.builds(
    Limits, energy_wh=st.none() | energies, seconds=st.none() | st.integers(0, 10_000_000)
)
numbers = st.integers(1, 2**53 - 1)
parts = st.none() | st.tuples(st.integers(1, 100_000), st.integers(1, 100_000)).flatmap(
    lambda pair: st.builds(
        ListPart,
        action=st.sampled_from(("add", "remove", "replace")),
        number=numbers,
        of=st.just(max(pair)),
        part=st.just(min(pair)),
    )
)
days = st.dates().map(str)
stations = st.builds(
    Station,
    evse_id=evse_ids(),
    name=lines,
    power_w=energies,
    services=st.lists(names, min_size=1, max_size=4).map(tuple),
)
statuses = st.builds(
    StationStatus,
    evse_id=evse_ids(),
    status=st.sampled_from(get_args(StationStatus.model_fields["status"].annotation)),
)


def some(items: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    """A few of a kind."""
    return st.lists(items, min_size=least, max_size=4).map(tuple)


def no_reason(said: dict[str, Any], yes: str) -> dict[str, Any]:
    """A yes without a reason, a no without limits."""
    if said[yes] in (True, "done"):
        return {**said, "reason": None}
    return {**said, "limits": None} if "limits" in said else said


states = st.builds(
    lambda named, **members: ServiceState(**named, **members),
    named=credentials(),
    correlation_id=ids,
    energy_wh=st.none() | energies,
    evse_id=evse_ids(),
    ground=st.none() | grounds,
    last_at=st.none() | times,
    opener=names,
    phase=st.sampled_from(Phase),
    record=st.none() | records,
    service=names,
    started_at=st.none() | times,
)
sequences = st.none() | st.integers(1, 2**53 - 1)
marks = some(st.builds(RecordMark, correlation_id=ids, record_id=ids))

# fmt: off
MEMBERS: Final[Mapping[type[Said], Mapping[str, st.SearchStrategy[Any]]]] = {
    StationInformationNotice: {"sequence": sequences, "stations": some(stations, 1)},
    StationStatusNotice:      {"sequence": sequences, "statuses": some(statuses, 1)},
    AuthorizationListNotice:  {"emaids": some(emaids()), "home_csp": names,
                               "media": st.none() | some(media, 1), "part": parts,
                               "sequence": sequences},
    AuthorizationRequest:     {**subject, "extension": extensions, "visited_cso": names},
    AuthorizationAnswer:      {"authorization_id": no_ids, "extension": extensions,
                               "from_list": yes_or_no, "granted": yes_or_no,
                               "home_csp": st.none() | names, "limits": limits,
                               "reason": reasons},
    RemoteControlRequest:     {**subject, "authorization_id": no_ids,
                               "command": st.sampled_from(("cancel", "start", "stop")),
                               "expires_at": st.none() | times, "limits": limits},
    RemoteControlAnswer:      {"accepted": yes_or_no, "reason": reasons},
    RemoteControlNotice:      {"at": st.none() | times,
                               "command": st.sampled_from(("start", "stop")),
                               "energy_wh": st.none() | energies, "reason": reasons,
                               "result": st.sampled_from(("done", "not-done", "unknown"))},
    SessionProgressNotice:    {**subject, "at": times, "authorization": grounds,
                               "energy_wh": energies, "event": events},
    DetailRecordNotice:       {"record": records},
    RecordWithdrawalNotice:   {"reason": lines, "record_id": ids},
    CorrectionRequest:        {"reason": lines, "record_id": ids},
    CorrectionAnswer:         {"agreed": yes_or_no},
    ReservationRequest:       {**subject, "starts_at": st.none() | times, "until": times},
    ReservationAnswer:        {"granted": yes_or_no, "reason": reasons},
    FetchRequest:             {"after": no_ids, "correlation_id": no_ids,
                               "day": st.none() | days, "id": no_ids,
                               "what": st.sampled_from(get_args(What))},
    ReconciliationRequest:    {"after": no_ids, "day": days, "have": marks, "more": yes_or_no},
    ReconciliationAnswer:     {"besides": marks, "lacks": marks},
    Receipt:                  {"held": st.sampled_from((None, "unmatched"))},
    Refusal:                  {"rule": rules, "where": lines},
}
YES: Final[Mapping[type[Said], str]] = {
    AuthorizationAnswer: "granted", RemoteControlAnswer: "accepted",
    RemoteControlNotice: "result",  ReservationAnswer: "granted",
}
# fmt: on


@st.composite
def said_as(draw: st.DrawFn, shape: type[Said]) -> Said:
    """A message of one kind that is right in every part."""
    members = draw(st.fixed_dictionaries(dict(MEMBERS[shape])))
    if issubclass(shape, SaidOfContract):
        members |= draw(credentials())
    if shape in YES:
        members = no_reason(members, YES[shape])
    return shape(**members)


MESSAGES: Final[dict[type[Said], st.SearchStrategy[Any]]] = {
    shape: said_as(shape) for shape in MEMBERS
}
news = st.one_of(
    *(
        MESSAGES[shape]
        for shape in (StationInformationNotice, StationStatusNotice, AuthorizationListNotice)
    )
)
MESSAGES[FetchAnswer] = st.builds(
    FetchAnswer, after=no_ids, more=yes_or_no, notices=some(news), services=some(states)
)

messages = st.one_of(*MESSAGES.values())


def envelopes(message: st.SearchStrategy[Any] = messages) -> st.SearchStrategy[Envelope]:
    """A message in an envelope."""
    return st.builds(
        Envelope,
        correlation_id=ids,
        edition=names,
        in_reply_to=st.none() | ids,
        message=message,
        message_id=st.none() | ids,
        receiver=names,
        request_id=ids,
        sender=names,
        sent_at=times,
    )
