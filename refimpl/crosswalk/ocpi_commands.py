"""How the commands of OCPI and what comes of them are carried, whatever their edition.

A command names its EVSE by a technical id, and a stop names nothing but a session: what ours
requires besides is supplied.

Rules: XWK-2, XWK-10, XWK-11.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from refimpl.crosswalk.carrying import Giving, Taking
from refimpl.crosswalk.holding import Carried
from refimpl.crosswalk.ocpi_contracts import (
    ENERGY_TRANSFER,
    TokenNames,
    read_contract,
    supplied_place,
    write_contract,
)
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import Field, Leftover, Pair, by_hand

COMMANDS: Final = "ocpi: Commands"


class Result(NamedTuple):
    """A result of theirs, ours, and the reason that it gives."""

    theirs: str
    ours: str
    reason: str = ""


# fmt: off
ORDERED: Final = TokenNames("/token")
START_PAIRS: Final = (
    Pair("authorization_reference", "authorization_id", "id", COMMANDS),
    *ORDERED.pairs(),
)
RESERVE_PAIRS: Final = (
    Pair("expiry_date", "until", "utc", COMMANDS),
    *ORDERED.pairs(),
)
RESPONSE_PAIRS: Final = by_hand(Pair("result", "accepted", "meant", COMMANDS))
RESULT_PAIRS:   Final = by_hand(Pair("result", "result",   "meant", COMMANDS))
LEFTOVERS: Final = (
    Leftover("response_url",            "correlation"),
    Leftover("session_id",              "correlation"),
    Leftover("reservation_id",          "correlation"),
    Leftover("authorization_reference", "correlation"),
    Leftover("timeout",                 "correlation"),
    Leftover("token",                   "token"),
    Leftover("location_id",             "place"),
    Leftover("evse_uid",                "place"),
    Leftover("connector_id",            "place"),
    Leftover("message[]",               "text"),
    Leftover("result",                  "text"),
)
RESPONSES: Final = (
    Result("ACCEPTED",        "yes"),
    Result("REJECTED",        "no"),
    Result("NOT_SUPPORTED",   "no"),
    Result("UNKNOWN_SESSION", "no", "unknown"),
    Result("TIMEOUT",         "no", "unreachable"),  # 2.1.1
)
RESULTS: Final = (
    Result("ACCEPTED",             "done"),
    Result("FAILED",               "not-done"),
    Result("REJECTED",             "not-done"),
    Result("CANCELED_RESERVATION", "not-done"),
    Result("NOT_SUPPORTED",        "not-done"),
    Result("EVSE_OCCUPIED",        "not-done", "busy"),
    Result("EVSE_INOPERATIVE",     "not-done", "unreachable"),
    Result("UNKNOWN_RESERVATION",  "not-done", "unknown"),
    Result("TIMEOUT",              "unknown"),
)
# fmt: on


def leftovers_of(fields: tuple[Field, ...]) -> tuple[Leftover, ...]:
    """The leftovers of a command that has these members."""
    tops = {field.path.split(".")[0] for field in fields}
    return tuple(row for row in LEFTOVERS if row.path in tops)


# --- Commands ---------------------------------------------------------------------------------


def start_of(token: TokenNames) -> Callable[[Taking], None]:
    """Carry an order to start; its EVSE ID is supplied."""

    def compose(taking: Taking) -> None:
        ours = taking.ours
        ours |= read_contract(taking, token)
        ours["evse_id"] = supplied_place(taking)
        ours["command"] = "start"
        _complete(taking, "remote-control-request")

    return compose


def spread_start(token: TokenNames) -> Callable[[Giving], None]:
    """Write whom an order to start is for."""

    def spread(giving: Giving) -> None:
        _hold_constants(giving, "command", "start")
        write_contract(giving, token, giving.ours)

    return spread


def _complete(taking: Taking, kind: str) -> None:
    taking.ours["kind"] = kind
    taking.ours["service"] = ENERGY_TRANSFER


def _hold_constants(giving: Giving, name: str = "", value: str = "") -> None:
    giving.held.add("/kind")
    if giving.ours.get("service") == ENERGY_TRANSFER:
        giving.held.add("/service")
    if name and giving.ours.get(name) == value:
        giving.held.add(f"/{name}")


def order_of(command: str) -> Callable[[Taking], None]:
    """Carry an order that names a session or a booking alone: `emaid` and `evse-id` are
    supplied.
    """

    def compose(taking: Taking) -> None:
        ours = taking.ours
        ours["emaid"] = taking.need("emaid", "/emaid")
        ours["evse_id"] = supplied_place(taking)
        ours["command"] = command
        _complete(taking, "remote-control-request")

    return compose


def spread_order(command: str) -> Callable[[Giving], None]:
    """Write an order of which theirs says nothing but a session."""

    def spread(giving: Giving) -> None:
        _hold_constants(giving, "command", command)

    return spread


def booking_of(token: TokenNames) -> Callable[[Taking], None]:
    """Carry a booking from now on; its EVSE ID is supplied."""

    def compose(taking: Taking) -> None:
        ours = taking.ours
        ours |= read_contract(taking, token)
        ours["evse_id"] = supplied_place(taking)
        ours["kind"] = "reservation-request"
        ours["service"] = "reservation"

    return compose


def spread_booking(token: TokenNames) -> Callable[[Giving], None]:
    """Write for whom a booking is."""

    def spread(giving: Giving) -> None:
        giving.held.add("/kind")
        if giving.ours.get("service") == "reservation":
            giving.held.add("/service")
        write_contract(giving, token, giving.ours)

    return spread


def compose_unlock(taking: Taking) -> None:
    """Refuse to carry an order that ours has no word for."""
    del taking
    raise Refused("XWK-10", "", "ours has no order to unlock a connector")


def spread_nothing(giving: Giving) -> None:
    """Write nothing of what has no counterpart."""
    del giving


# --- What comes of them -----------------------------------------------------------------------


def _result(taking: Taking, rows: tuple[Result, ...]) -> Result:
    word = taking.value("/result")
    for row in rows:
        if row.theirs == word:
            return row
    raise Refused("XWK-11", "/result", "not a word of its list")


def compose_response(taking: Taking) -> None:
    """Carry whether an order is taken on."""
    row = _result(taking, RESPONSES)
    taking.carried["/result"] = Carried("/accepted", "meant")
    ours = taking.ours
    ours["accepted"] = row.ours == "yes"
    if row.reason:
        ours["reason"] = row.reason
    _lose_words(taking, row, RESPONSES)
    ours["kind"] = "remote-control-answer"


def _lose_words(taking: Taking, row: Result, rows: tuple[Result, ...]) -> None:
    """Note that a word is rounded which ours has in common with another."""
    first = next(one for one in rows if one[1:] == row[1:])
    if first is not row:
        taking.forced["/result"] = "rounded"


def spread_response(giving: Giving) -> None:
    """Write whether an order is taken on."""
    ours = giving.ours
    giving.held.add("/kind")
    said = "yes" if ours.get("accepted") else "no"
    _spread_result(giving, RESPONSES, said, "/accepted")


def _spread_result(giving: Giving, rows: tuple[Result, ...], said: Json, at: str) -> None:
    reason = giving.ours.get("reason") or ""
    for row in rows:
        if (row.ours, row.reason) == (said, reason):
            giving.write("/result", row.theirs, at, "/reason")
            return
    for row in rows:
        if row.ours == said:
            giving.write("/result", row.theirs, at)
            return


def compose_result(taking: Taking) -> None:
    """Carry what came of an order; `command` is supplied, start or stop."""
    row = _result(taking, RESULTS)
    taking.carried["/result"] = Carried("/result", "meant")
    ours = taking.ours
    ours["command"] = taking.need("command", "/command")
    ours["result"] = row.ours
    if row.reason:
        ours["reason"] = row.reason
    _lose_words(taking, row, RESULTS)
    ours["kind"] = "remote-control-notice"


def spread_result(giving: Giving) -> None:
    """Write what came of an order; of which one stands in no member of theirs, and is lost."""
    giving.held.add("/kind")
    _spread_result(giving, RESULTS, giving.ours.get("result"), "/result")
