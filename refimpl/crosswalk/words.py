"""Words of neighbouring protocols beside ours, a table for each set.

A row says what is read as what.  A word without a counterpart is refused, XWK-8; of several
that are read as one, the first is written.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Word(NamedTuple):
    """A word of theirs and ours; without ours there is no counterpart."""

    theirs: str
    ours: str = ""
    remark: str = ""


# fmt: off
WORDS: Final[Mapping[str, tuple[Word, ...]]] = MappingProxyType({
    "ocpi-status": (
        Word("AVAILABLE",   "available"),
        Word("BLOCKED",     "blocked"),
        Word("CHARGING",    "occupied"),
        Word("OUTOFORDER",  "out-of-service"),
        Word("INOPERATIVE", "out-of-service", "not yet, or no longer in use"),
        Word("REMOVED",     "removed"),
        Word("RESERVED",    "reserved"),
        Word("UNKNOWN",     "unknown"),
        Word("PLANNED",     "", "an EVSE that is not there yet"),
    ),
    "ocpi-session-status": (
        Word("ACTIVE",      "updated"),
        Word("COMPLETED",   "ended"),
        Word("INVALID",     "abandoned", "will not be billed"),
        Word("PENDING",     "", "not begun yet"),
        Word("RESERVATION", "", "a booking, no service yet"),
    ),
    "ocpi-auth-method": (
        Word("AUTH_REQUEST", "answer"),
        Word("WHITELIST",    "list"),
        Word("COMMAND",      "order", "or a booking: the last method wins"),
    ),
    "ocpi-allowed": (
        Word("ALLOWED"),
        Word("BLOCKED",     "blocked"),
        Word("EXPIRED",     "expired"),
        Word("NO_CREDIT",   "no-credit"),
        Word("NOT_ALLOWED", "not-here"),
    ),
    "ocpi-reservation-status": (
        Word("RESERVED",  "granted"),
        Word("REJECTED",  "refused"),
        Word("FAILED",    "refused", "an error, no decision"),
        Word("PENDING",   "", "not decided yet"),
        Word("CANCELED",  "", "granted, and over"),
        Word("NO_SHOW",   "", "granted, and over"),
        Word("FULFILLED", "", "granted, and over"),
        Word("UNKNOWN"),
    ),
    "ocpi-token-type": (
        Word("RFID",        "rfid"),
        Word("APP_USER",    "app"),
        Word("OTHER",       "other"),
        Word("AD_HOC_USER", "", "for a single use"),
    ),
    "oicp-status": (
        Word("Available",    "available"),
        Word("Reserved",     "reserved"),
        Word("Occupied",     "occupied"),
        Word("OutOfService", "out-of-service"),
        Word("Unknown",      "unknown"),
        Word("EvseNotFound", "", "tells of a question and not of an EVSE"),
    ),
    "oicp-code": (
        Word("102", "unknown",     "the UID of a card is invalid"),
        Word("101", "unknown",     "a code with its PIN is invalid"),
        Word("105", "unknown",     "a contract id is invalid"),
        Word("200", "blocked",     "the contract id is locked"),
        Word("210", "expired",     "there is no valid contract"),
        Word("310", "unreachable", "the partner did not respond"),
        Word("300", "unreachable", "the partner was not found"),
        Word("501", "unreachable", "the EVSE did not respond"),
        Word("320", "not-here",    "the service is not available"),
        Word("603", "not-here",    "the EVSE is not known"),
        Word("604", "not-here",    "the EVSE is not for roaming"),
        Word("602", "busy",        "the EVSE is in use"),
        Word("601", "busy",        "the EVSE is reserved"),
        Word("106", "",            "no positive answer; it gives no reason"),
    ),
    "ochp-status": (  # major and minor
        Word("available/available",      "available"),
        Word("available/reserved",       "reserved", "a short service may begin still"),
        Word("not-available/reserved",   "reserved"),
        Word("not-available/charging",   "occupied"),
        Word("not-available/blocked",    "blocked"),
        Word("not-available/outoforder", "out-of-service"),
        Word("unknown",                  "unknown"),
    ),
    "emip-status": (  # busy status and availability
        Word("free/in-service",     "available"),
        Word("busy/in-service",     "occupied"),
        Word("reserved/in-service", "reserved"),
        Word("out-of-order",        "out-of-service"),
        Word("deleted",             "removed"),
        Word("unspecified",         "unknown"),
        Word("future",              "", "an EVSE that is not there yet"),
    ),
})
# fmt: on


def ours_of(table: str, word: object) -> str:
    """Our word for theirs; empty where there is none.

    >>> ours_of("ocpi-status", "CHARGING"), ours_of("ocpi-status", "PLANNED")
    ('occupied', '')
    """
    return next((row.ours for row in WORDS[table] if row.theirs == word), "")


def theirs_of(table: str, word: object) -> str:
    """Their word for ours; empty where there is none.

    >>> theirs_of("ocpi-status", "out-of-service")
    'OUTOFORDER'
    """
    return next((row.theirs for row in WORDS[table] if row.ours == word and word), "")
