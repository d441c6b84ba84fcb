"""What can be said, for Hypothesis: identifiers, records, messages and envelopes that are right
in every part.

A wrong one is made where it is used, by spoiling a right one.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import Any, Final

from hypothesis import strategies as st

from refimpl.identifiers import check_character
from refimpl.messages import (
    AuthorizationAnswer,
    AuthorizationListNotice,
    AuthorizationRequest,
    CorrectionAnswer,
    CorrectionRequest,
    DetailRecordNotice,
    Envelope,
    Receipt,
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
from refimpl.records import ChargingDetailRecord, ChargingPeriod, ServiceDetailRecord

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


@st.composite
def evse_ids(draw: st.DrawFn) -> str:
    """An EVSE ID in canonical form."""
    country = draw(st.text(ascii_uppercase, min_size=2, max_size=2))
    operator = draw(st.text(CAPITALS, min_size=3, max_size=3))
    outlet = draw(st.text(CAPITALS, min_size=1, max_size=31))
    return f"{country}{operator}E{outlet}"


@st.composite
def service_detail_records(draw: st.DrawFn) -> ServiceDetailRecord:
    """A service detail record."""
    started_at, ended_at = sorted((draw(times), draw(times)))
    record_id = draw(ids)
    return ServiceDetailRecord(
        emaid=draw(emaids()),
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
    return ChargingDetailRecord(
        emaid=draw(emaids()),
        ended_at=moments[-1],
        energy_wh=sum(energy),
        evse_id=draw(evse_ids()),
        periods=tuple(
            ChargingPeriod(
                started_at=moments[2 * i + 1], ended_at=moments[2 * i + 2], energy_wh=energy[i]
            )
            for i in range(count)
        ),
        record_id=record_id,
        replaces=draw(st.none() | ids.filter(lambda other: other != record_id)),
        service=draw(names),
        started_at=moments[0],
    )


records = st.one_of(service_detail_records(), charging_detail_records())
rules = st.builds(
    "{}-{}".format, st.text(ascii_uppercase, min_size=3, max_size=3), st.integers(0, 999)
)
commands = st.sampled_from(("start", "stop"))
yes_or_no = st.booleans()
subject: Final[Mapping[str, st.SearchStrategy[str]]] = {
    "emaid": emaids(),
    "evse_id": evse_ids(),
    "service": names,
}
grounds = st.sampled_from(("answer", "list", "order", "booking"))
events = st.sampled_from(("started", "updated", "ended", "abandoned"))
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
    status=st.sampled_from(("available", "occupied", "out-of-service")),
)


def some(items: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    """A few of a kind."""
    return st.lists(items, min_size=least, max_size=4).map(tuple)


# fmt: off
MEMBERS: Final[Mapping[type[Said], Mapping[str, st.SearchStrategy[Any]]]] = {
    StationInformationNotice: {"stations": some(stations, 1)},
    StationStatusNotice:      {"statuses": some(statuses, 1)},
    AuthorizationListNotice:  {"emaids": some(emaids()), "home_csp": names},
    AuthorizationRequest:     {**subject, "visited_cso": names},
    AuthorizationAnswer:      {"from_list": yes_or_no, "granted": yes_or_no,
                               "home_csp": st.none() | names},
    RemoteControlRequest:     {**subject, "command": commands},
    RemoteControlAnswer:      {"accepted": yes_or_no},
    RemoteControlNotice:      {"command": commands, "done": yes_or_no},
    SessionProgressNotice:    {**subject, "at": times, "authorization": grounds,
                               "energy_wh": energies, "event": events},
    DetailRecordNotice:       {"record": records},
    CorrectionRequest:        {"reason": lines, "record_id": ids},
    CorrectionAnswer:         {"agreed": yes_or_no},
    ReservationRequest:       {**subject, "until": times},
    ReservationAnswer:        {"granted": yes_or_no},
    Receipt:                  {},
    Refusal:                  {"rule": rules, "where": lines},
}
# fmt: on
MESSAGES: Final[Mapping[type[Said], st.SearchStrategy[Any]]] = {
    shape: st.builds(shape, **members) for shape, members in MEMBERS.items()
}

messages = st.one_of(*MESSAGES.values())


def envelopes(message: st.SearchStrategy[Any] = messages) -> st.SearchStrategy[Envelope]:
    """A message in an envelope."""
    return st.builds(
        Envelope,
        correlation_id=ids,
        edition=names,
        message=message,
        receiver=names,
        request_id=ids,
        sender=names,
        sent_at=times,
    )
