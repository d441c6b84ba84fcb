"""P3 of OCPI: what it has room for of ours comes back from it as it was, of every kind that is
carried, in every edition.

What stands in no object of OCPI, as the contract of an order to stop, is supplied again on the
way back; nothing else is.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refimpl.crosswalk import PROTOCOLS, give, take
from refimpl.crosswalk.reading import Json
from tests.test_crosswalk import plain

Ours = dict[str, Json]
OCPI: Final = ("ocpi-2.1.1", "ocpi-2.2.1", "ocpi-2.3.0")
EMAID, EVSE = "DE8AACA2B3C4D5L", "DEAB7E8406487"
moments = st.integers(0, 86_399).map(
    lambda one: f"2025-07-08T{one // 3600:02}:{one // 60 % 60:02}:{one % 60:02}Z"
)
ids = st.from_regex(r"[A-Za-z0-9._/-]{1,30}", fullmatch=True)
evses = st.sampled_from([EVSE, "DEAB7E8406488", "FRA23E45B78C"])
emaids = st.sampled_from([EMAID, "DE8AA001234567", "NLTNMC00122045K"])
cards: st.SearchStrategy[Json] = st.sampled_from(
    [
        {"type": "rfid", "uid": "04A2B3C4"},
        {"type": "rfid", "uid": "04A2B3C4D5E6F7"},
        {"type": "other", "uid": "alba-17"},
    ]
)
apps: st.SearchStrategy[Json] = st.just({"type": "app", "uid": "alba-user-17"})
free: Ours = {"medium": {"type": "contract", "uid": "Fleet 7/anna"}}


def named(protocol: str, has_card: bool) -> st.SearchStrategy[Ours]:
    """A contract of either form, with its card where the object has room for one."""
    older = protocol == OCPI[0]
    mediums = cards if older else st.one_of(cards, apps)
    with_card = st.builds(
        lambda emaid, medium: {"emaid": emaid, "medium": medium}, emaids, mediums
    )
    alone = st.builds(lambda emaid: {"emaid": emaid}, emaids)
    return st.one_of(alone, st.just(free), *([with_card] if has_card else []))


class Case(NamedTuple):
    """A kind of object, how ours is drawn, and what is supplied on the way back."""

    kind: str
    draw: Callable[[str], st.SearchStrategy[Ours]]
    supplied: Callable[[Ours], tuple[str, ...]] = lambda _: ()
    protocols: tuple[str, ...] = OCPI


def cdr(protocol: str) -> st.SearchStrategy[Ours]:
    return st.builds(
        lambda who, evse, energy, record_id: {
            **who, "evse_id": evse, "energy_wh": energy, "record_id": record_id,
            "kind": "cdr", "service": "energy-transfer", "started_at": "2025-07-08T10:00:00Z",
            "ended_at": "2025-07-08T11:00:00Z",
            "periods": [{"ended_at": "2025-07-08T11:00:00Z", "energy_wh": energy,
                         "started_at": "2025-07-08T10:00:00Z"}],
        },
        named(protocol, protocol != OCPI[0]), evses, st.integers(0, 10_000_000), ids,
    )  # fmt: skip


def session(protocol: str) -> st.SearchStrategy[Ours]:
    grounds = ["answer", "list"] if protocol == OCPI[0] else ["answer", "list", "order"]
    return st.builds(
        lambda who, evse, energy, at, event, ground: {
            **who, "evse_id": evse, "energy_wh": energy, "at": at, "event": event,
            "authorization": ground, "kind": "session-progress-notice",
            "service": "energy-transfer",
        },
        named(protocol, protocol != OCPI[0]), evses, st.integers(0, 10_000_000), moments,
        st.sampled_from(["updated", "ended", "abandoned"]), st.sampled_from(grounds),
    )  # fmt: skip


def token(protocol: str) -> st.SearchStrategy[Ours]:
    return st.builds(
        lambda who, action, number: {
            "kind": "authorization-list-notice", "home_csp": "csp-alba",
            "emaids": [who["emaid"]] if "emaid" in who else [],
            **({"media": [who["medium"]]} if "medium" in who else {}),
            "part": {"action": action, "number": number, "of": 1, "part": 1},
        },
        named(protocol, True), st.sampled_from(["add", "remove"]), st.integers(1, 10**6),
    )  # fmt: skip


def answer(protocol: str) -> st.SearchStrategy[Ours]:
    reasons = st.sampled_from(["", "blocked", "expired", "no-credit", "not-here"])
    tied = ids if protocol != OCPI[0] else st.just("")
    return st.builds(
        lambda reason, tie: {
            "kind": "authorization-answer", "from_list": False, "granted": not reason,
            **({"reason": reason} if reason else {}), **({"authorization_id": tie} if tie else {}),
        },
        reasons, tied,
    )  # fmt: skip


def question(_: str) -> st.SearchStrategy[Ours]:
    return st.builds(
        lambda evse, uid: {
            "kind": "authorization-request", "evse_id": evse, "service": "energy-transfer",
            "visited_cso": "cso-elm", "medium": {"type": "rfid", "uid": uid},
        },
        evses, st.sampled_from(["04A2B3C4", "04A2B3C4D5E6F7"]),
    )  # fmt: skip


def order(command: str) -> Callable[[str], st.SearchStrategy[Ours]]:
    def draw(protocol: str) -> st.SearchStrategy[Ours]:
        who = named(protocol, True) if command == "start" else st.just({"emaid": EMAID})
        tied = ids if command == "start" and protocol != OCPI[0] else st.just("")
        return st.builds(
            lambda who, evse, tie: {
                **who, "kind": "remote-control-request", "command": command, "evse_id": evse,
                "service": "energy-transfer", **({"authorization_id": tie} if tie else {}),
            },
            who, evses, tied,
        )  # fmt: skip

    return draw


def booking(protocol: str) -> st.SearchStrategy[Ours]:
    return st.builds(
        lambda who, evse, until: {
            **who, "kind": "reservation-request", "evse_id": evse, "until": until,
            "service": "reservation",
        },
        named(protocol, True), evses, moments,
    )  # fmt: skip


def response(_: str) -> st.SearchStrategy[Ours]:
    return st.sampled_from(
        [
            {"kind": "remote-control-answer", "accepted": True},
            {"kind": "remote-control-answer", "accepted": False},
            {"kind": "remote-control-answer", "accepted": False, "reason": "unknown"},
        ]
    )


def result(_: str) -> st.SearchStrategy[Ours]:
    told = [("done", ""), ("not-done", ""), ("not-done", "busy"), ("not-done", "unreachable"),
            ("not-done", "unknown"), ("unknown", "")]  # fmt: skip
    return st.builds(
        lambda told, command: {
            "kind": "remote-control-notice", "command": command, "result": told[0],
            **({"reason": told[1]} if told[1] else {}),
        },
        st.sampled_from(told), st.sampled_from(["start", "stop"]),
    )  # fmt: skip


def stations(_: str) -> st.SearchStrategy[Ours]:
    one = st.builds(
        lambda watts, services: {"name": "Am Markt", "power_w": watts, "services": services},
        st.integers(0, 10_000_000),
        st.sampled_from([["energy-transfer"], ["energy-transfer", "reservation"]]),
    )
    return st.builds(
        lambda rows: {
            "kind": "station-information-notice",
            "stations": [{**row, "evse_id": f"DEAB7E84064{at}"} for at, row in enumerate(rows)],
        },
        st.lists(one, min_size=1, max_size=3),
    )


def statuses(most: int) -> Callable[[str], st.SearchStrategy[Ours]]:
    words = st.sampled_from(
        ["available", "blocked", "occupied", "out-of-service", "removed", "reserved", "unknown"]
    )

    def draw(_: str) -> st.SearchStrategy[Ours]:
        return st.builds(
            lambda rows: {
                "kind": "station-status-notice",
                "statuses": [
                    {"evse_id": f"DEAB7E84064{at}", "status": word}
                    for at, word in enumerate(rows)
                ],
            },
            st.lists(words, min_size=1, max_size=most),
        )

    return draw


def slot(_: str) -> st.SearchStrategy[Ours]:
    return st.sampled_from(
        [{"kind": "reservation-answer", "granted": granted} for granted in (True, False)]
    )


def place(ours: Ours) -> tuple[str, ...]:
    return (f"evse-id={ours['evse_id']}",)


def contract(ours: Ours) -> tuple[str, ...]:
    return (f"emaid={ours['emaid']}", *place(ours))


def listed(ours: Ours) -> tuple[str, ...]:
    part = ours["part"]
    assert isinstance(part, dict)
    return (f"home-csp={ours['home_csp']}", f"list-number={part['number']}")


def asked(ours: Ours) -> tuple[str, ...]:
    medium = ours["medium"]
    assert isinstance(medium, dict)
    return (*place(ours), f"token-uid={medium['uid']}", f"visited-cso={ours['visited_cso']}")


CASES: Final = (
    Case("cdr", cdr),
    Case("session", session, lambda _: (), OCPI[:1]),
    Case("session", session, place, OCPI[1:]),
    Case("token", token, listed),
    Case("authorization-answer", answer),
    Case("authorization-request", question, asked),
    Case("start-session", order("start"), place),
    Case("stop-session", order("stop"), contract),
    Case("cancel-reservation", order("cancel"), contract, OCPI[1:]),
    Case("reserve-now", booking, place),
    Case("command-response", response),
    Case("command-result", result, lambda ours: (f"command={ours['command']}",), OCPI[1:]),
    Case("location", stations, lambda _: (), OCPI[1:]),
    Case("location-status", statuses(3)),
    Case("evse", statuses(1)),
    Case("booking-request", booking, place, OCPI[2:]),
    Case("booking", slot, lambda _: (), OCPI[2:]),
)
ALL: Final = [(protocol, case) for case in CASES for protocol in case.protocols]
WITHOUT: Final = {
    ("ocpi-2.1.1", "location"),  # it has no member for a power
    *((protocol, "unlock-connector") for protocol in OCPI),  # ours has no such order
}


@pytest.mark.parametrize(("protocol", "case"), ALL, ids=lambda one: getattr(one, "kind", one))
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_ours_and_back(protocol: str, case: Case, data: st.DataObject) -> None:
    """P3: no leaf of ours is lost, and ours comes back as it was."""
    ours = data.draw(case.draw(protocol))
    found = give(protocol, case.kind, ours)
    report = take(protocol, found.object, case.kind, case.supplied(ours))
    assert report.refusal is None, found.object
    assert plain(report) == ours
    supplied = {one.partition("=")[0].replace("-", "_") for one in case.supplied(ours)}
    lost = {at.split("/")[1] for at in found.lost}
    assert lost <= {*supplied, "part", "medium", "command"}


def test_each_kind_is_here() -> None:
    here = {(protocol, case.kind) for protocol, case in ALL}
    there = {(protocol, kind) for protocol in OCPI for kind in PROTOCOLS[protocol].kinds}
    assert there - here == WITHOUT
    assert not here - there
