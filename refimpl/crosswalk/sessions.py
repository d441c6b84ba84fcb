"""Of which sessions there is a record already: two of one session would both be paid.

OCPI and OICP have one record for a session.  A second one is a correction, and without the
credit record between the two nothing says that it takes the place of the first; or it is the
same record again.  So the first goes on and the second is refused, in whatever order a sender
meant them.

Rules: XWK-13.
"""

import sqlite3
from dataclasses import replace
from hashlib import blake2b
from typing import Final

from refimpl.crosswalk.kinds import Protocol
from refimpl.crosswalk.ocpi_records import is_credit
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.report import Entry, Report
from refimpl.crosswalk.rules import Refused

RECORD: Final = "cdr"
WAY_OUT: Final = "carry the original, its credit and the new record together"


def session_of(value: Json) -> tuple[str, ...] | None:
    """What names the session of a record among those of all parties, without case; None where
    it names none.

    >>> session_of({"country_code": "DE", "party_id": "AB7", "session_id": "s-1"})
    ('S-1', 'DE', 'AB7')
    """
    if not isinstance(value, dict):
        return None
    named = value.get("session_id", value.get("SessionID"))
    if not isinstance(named, str):
        return None
    party = (value.get("country_code"), value.get("party_id"))
    return (named.upper(), *(str(one or "").upper() for one in party))


def not_beside(report: Report, says: str) -> Report:
    """The report of a record that must not be paid beside another of its session."""
    entries = tuple(Entry(entry.at, "refused") for entry in report.entries)
    at = "/SessionID" if report.protocol.startswith("oicp") else "/session_id"
    return replace(
        report,
        made=None,
        ours=None,
        entries=entries,
        extension=None,
        apart=False,
        refusal=Refused("XWK-13", at, f"{says}; {WAY_OUT}"),
    )


class Sessions:
    """The sessions that records told of, each with the place where.

    They are kept in a file that goes away with this object, so that memory does not grow with
    their number.
    """

    def __init__(self) -> None:
        self._kept = sqlite3.connect("")
        self._kept.execute(
            "CREATE TABLE session (name BLOB PRIMARY KEY, place TEXT) WITHOUT ROWID"
        )

    def once(self, protocol: Protocol, value: Json, report: Report, place: str) -> Report:
        """The report of an object, unless it is the second record of a session: then a refusal
        that names the place of the first.

        A credit record that was refused counts as a record, for what it takes back and what
        comes after it are of one session too.
        """
        kind = protocol.kinds.get(report.kind)
        session = session_of(value) if kind is not None and kind.makes == RECORD else None
        if session is None or (report.refusal is not None and not _is_lone_credit(value)):
            return report
        name = blake2b("\n".join(session).encode(), digest_size=16).digest()
        row = (name, place)
        added = self._kept.execute("INSERT OR IGNORE INTO session VALUES (?, ?)", row)
        if added.rowcount or report.refusal is not None:
            return report
        known = self._kept.execute("SELECT place FROM session WHERE name = ?", (name,))
        first = known.fetchone()
        return not_beside(report, f"{first[0]} has a record of the same session")


def _is_lone_credit(value: Json) -> bool:
    return isinstance(value, dict) and is_credit(value)
