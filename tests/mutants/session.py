"""Mutants of which message may come when, in one service."""

from collections.abc import Iterator
from typing import Final

from refimpl.session import STEPS, always
from refimpl.session.steps import Step
from refimpl.vectors.mutants import Mutant

STEPS_MODULE: Final = "refimpl.session.steps"
FOLLOWING: Final = "refimpl.session.following"
CREDENTIAL: Final = "refimpl.credential"
RECORDS: Final = "refimpl.records"
ROWS: Final = "ANSWERED_BY: Final = frozenset(ANSWERS.values())"
NEGATIVE: Final = "what does not meet the condition has met that of the row above"


def name_of(row: Step) -> str:
    condition = "" if row.when is always else f" ({row.when.name})"
    return f"{row.phase} > {row.message.shape_name()}{condition}"


def with_other_rows(place: int, rows: str) -> str:
    return f"STEPS = STEPS[:{place}] + {rows} + STEPS[{place + 1}:]\n{ROWS}"


def rows_left_out() -> Iterator[Mutant]:
    """Every other row; the next function has those between."""
    for place, row in enumerate(STEPS):
        if place % 2:
            continue
        yield Mutant(
            row.rule,
            f"no row {name_of(row)}",
            "overlooks a row of steps.json",
            STEPS_MODULE,
            ROWS,
            with_other_rows(place, "()"),
        )


def rows_without_their_condition() -> Iterator[Mutant]:
    for place, row in enumerate(STEPS):
        if place % 2 == 0 or row.when is always:
            continue
        above = [
            other
            for other in STEPS[:place]
            if (other.phase, other.message, other.by) == (row.phase, row.message, row.by)
        ]
        yield Mutant(
            row.rule,
            f"{name_of(row)} whatever it says",
            "passes over the condition of a row",
            STEPS_MODULE,
            ROWS,
            with_other_rows(
                place, f"(__import__('dataclasses').replace(STEPS[{place}], when=always),)"
            ),
            equivalent=NEGATIVE if row.when.name == "negative" and above else "",
        )


# fmt: off
MUTANTS: Final = (
    *rows_left_out(),
    *rows_without_their_condition(),
    Mutant("SES-11", "any role", "lets both say everything", FOLLOWING, "    if rows is None:\n", "    rows = tuple(row for other in Role for row in table_of(edition).rows.get((type(message), other), ()))\n    if not rows:\n"),
    Mutant("SES-11", "the service before the role", "looks at the service first", FOLLOWING, "    rows = table_of(edition).rows.get((type(message), by))\n", "    check_subject(session, message.subject, edition, where)\n    rows = table_of(edition).rows.get((type(message), by))\n"),
    Mutant("SES-10", "any service", "takes a service that the edition has not", FOLLOWING, "if said.service and said.service not in edition.services:", "if False:"),
    Mutant("SES-12", "the same before a service of the edition", "compares with what is known before it looks at services", FOLLOWING, '    if said.service and said.service not in edition.services:\n        edition.refuse("SES-10"', '    if said.service and said.service not in edition.services and not session.service:\n        edition.refuse("SES-10"'),
    Mutant("SES-12", "another service", "compares fewer members of the subject", FOLLOWING, '("service", said.service, session.service),', '("service", "", session.service),'),
    Mutant("SES-12", "another emaid", "compares fewer members of the subject", FOLLOWING, '("emaid", said.emaid, session.emaid),', '("emaid", "", session.emaid),'),
    Mutant("SES-12", "another medium", "compares fewer members of the subject", FOLLOWING, '("medium", said.medium and said.medium.key, session', '("medium", None, session'),
    Mutant("SES-12", "another evse_id", "compares fewer members of the subject", FOLLOWING, '("evse_id", said.evse_id, session.evse_id),', '("evse_id", "", session.evse_id),'),
    Mutant("SES-12", "known is to be said again", "refuses a message that leaves out what is known", FOLLOWING, "if value and known and value != known:", "if (value or name in ('emaid', 'medium') and said.service) and known and value != known:"),
    Mutant("SES-12", "one credential is enough", "takes a message with the same EMAID and another medium", FOLLOWING, "if value and known and value != known:", "if value and known and value != known and not (name == 'medium' and said.emaid and said.emaid == session.emaid):"),
    Mutant("SES-12", "the last word counts", "remembers the latest credential, not the first", FOLLOWING, "emaid=session.emaid or subject.emaid,\n        medium=session.medium or subject.medium,", "emaid=subject.emaid or session.emaid,\n        medium=subject.medium or session.medium,"),
    Mutant("SES-12", "only the first message", "remembers what the opening message says, and no more", FOLLOWING, "emaid=session.emaid or subject.emaid,\n        medium=session.medium or subject.medium,", "emaid=session.emaid or (subject.emaid if session.phase is Phase.NEW or not session.evse_id else ''),\n        medium=session.medium or (subject.medium if not session.evse_id else None),"),
    Mutant("SES-12", "names in the message", "compares visited_cso with that of the input", FOLLOWING, "    subject = message.subject\n", "    if getattr(message, 'visited_cso', session.visited_cso) != session.visited_cso:\n        raise Violation('SES-12', where)\n    subject = message.subject\n"),
    Mutant("SES-12", "the home-CSP in an answer", "compares home_csp with that of the input", FOLLOWING, "    subject = message.subject\n", "    if getattr(message, 'home_csp', None) not in (None, session.home_csp):\n        raise Violation('SES-12', where)\n    subject = message.subject\n"),
    Mutant("SES-12", "media by uid", "compares uids as they are written", CREDENTIAL, "digest = sha256(self.uid.upper().encode()).hexdigest()", "digest = sha256(self.uid.encode()).hexdigest()"),
    Mutant("SES-12", "media without a type", "compares hashes alone", CREDENTIAL, 'return f"{self.type}:{self.hashed().uid}"', "return f\":{self.hashed().uid}\""),
    Mutant("SES-12", "a hash is no uid", "never takes a uid and its hash for one medium", CREDENTIAL, 'return f"{self.type}:{self.hashed().uid}"', "return f\"{self.type}:{self.hash}:{self.uid.upper()}\""),
    Mutant("SES-12", "a hash of a hash", "hashes a hashed uid again", CREDENTIAL, "        if self.hash is not None:\n            return self\n        digest", "        digest"),
    Mutant("SES-13", "any ground", "makes no check of the ground", FOLLOWING, "    if message.authorization is not session.ground and not (", "    if False and not ("),
    Mutant("SES-13", "fallback always", "takes fallback in any phase", FOLLOWING, "unheard and session.phase in (Phase.GRANTED, Phase.RELEASING)", "unheard"),
    Mutant("SES-13", "fallback never", "takes fallback for another ground", FOLLOWING, "unheard and session.phase in (Phase.GRANTED, Phase.RELEASING)", "False"),
    Mutant("SES-13", "fallback before a release only", "overlooks releasing", FOLLOWING, "session.phase in (Phase.GRANTED, Phase.RELEASING)", "session.phase is Phase.GRANTED"),
    Mutant("SES-13", "fallback while releasing only", "overlooks granted", FOLLOWING, "session.phase in (Phase.GRANTED, Phase.RELEASING)", "session.phase is Phase.RELEASING"),
    Mutant("SES-13", "fallback behind an answer only", "overlooks a yes from a list", FOLLOWING, "session.ground in (Ground.ANSWER, Ground.LIST)", "session.ground is Ground.ANSWER"),
    Mutant("SES-13", "fallback behind a list only", "overlooks a yes from an answer", FOLLOWING, "session.ground in (Ground.ANSWER, Ground.LIST)", "session.ground is Ground.LIST"),
    Mutant("SES-13", "fallback behind a booking", "takes fallback after any ground", FOLLOWING, "session.ground in (Ground.ANSWER, Ground.LIST)", "session.ground is not None"),
    Mutant("SES-13", "fallback with any event", "takes fallback in news that starts nothing", FOLLOWING, "unheard = fallback(message) and", "unheard = message.authorization == 'fallback' and"),
    Mutant("SES-13", "the ground stays", "keeps the first ground after a start by fallback", FOLLOWING, "return replace(session, ground=progress.authorization, started_at=started_at)", "return replace(session, ground=session.ground or progress.authorization, started_at=started_at)"),
    Mutant("SES-13", "an order has no ground", "forgets that an order is a ground", FOLLOWING, "taken_on = session.phase is Phase.AWAITED and session.ground is None", "taken_on = False"),
    Mutant("SES-13", "a booking has no ground", "forgets that a booking is a ground", FOLLOWING, "return replace(session, ground=Ground.BOOKING) if answer.granted else session", "return session"),
    Mutant("SES-13", "a list is an answer", "overlooks from_list", FOLLOWING, "ground=Ground.LIST if answer.from_list else Ground.ANSWER,", "ground=Ground.ANSWER,"),
    Mutant("SES-13", "a no has a ground", "remembers the ground of a no", FOLLOWING, "    if not answer.granted:\n        return session\n    return replace(\n        session,\n        home_csp", "    return replace(\n        session,\n        home_csp"),
    Mutant("REC-11", "any record is taken back", "compares no record ids", FOLLOWING, "if isinstance(message, RecordWithdrawalNotice) and message.record_id != current:", "if False:"),
    Mutant("REC-11", "the first record", "compares with the first record", FOLLOWING, "return replace(session, record=notice.record)", "return replace(session, record=session.record or notice.record)"),
    Mutant("REC-11", "taken back twice", "keeps the record that was taken back", FOLLOWING, "    return replace(session, record=None)", "    return session"),
    Mutant("REC-1", "any kind of record", "takes an SDR for a CDR", FOLLOWING, "    check_kind(record, edition)\n", ""),
    Mutant("REC-1", "a CDR of everything", "asks energy transfer's record of all services", RECORDS, "if service is None or service.record != record.kind:", "if service is None or record.kind != 'cdr':"),
    Mutant("REC-5", "any record is replaced", "compares no record ids", FOLLOWING, "if record.replaces is not None and record.replaces != current:", "if False:"),
    Mutant("REC-5", "before the kind", "looks at what is replaced first", FOLLOWING, "    check_kind(record, edition)\n", "    if record.replaces is not None and record.replaces != current:\n        raise Violation('REC-5', where)\n    check_kind(record, edition)\n"),
    Mutant("AUT-7", "any authorization", "compares no authorization ids", FOLLOWING, "if given and record.authorization_id and record.authorization_id != given:", "if False:"),
    Mutant("AUT-7", "a record without one", "asks for the authorization id in the record", FOLLOWING, "if given and record.authorization_id and record", "if given and record"),
    Mutant("AUT-7", "one that was not given", "refuses an authorization id where none is known", FOLLOWING, "if given and record.authorization_id and record", "if record.authorization_id and record"),
    Mutant("AUT-7", "before what is replaced", "compares authorization ids first", FOLLOWING, "    if record.replaces is not None and record.replaces != current:\n", "    if session.authorization_id and record.authorization_id and record.authorization_id != session.authorization_id:\n        raise Violation('AUT-7', where)\n    if record.replaces is not None and record.replaces != current:\n"),
    Mutant("AUT-7", "an answer's id is forgotten", "remembers no authorization id of an answer", FOLLOWING, "limits=answer.limits,\n        authorization_id=answer.authorization_id,", "limits=answer.limits,"),
    Mutant("AUT-7", "an order's id is forgotten", "remembers no authorization id of an order", FOLLOWING, "limits=order.limits,\n        authorization_id=order.authorization_id,", "limits=order.limits,"),
    Mutant("AUT-7", "an order's id of any command", "remembers what a stop or cancellation says", FOLLOWING, '    if order.command != "start":\n        return session\n', ""),
    Mutant("SES-1", "the rule of the first row", "names the rule of the first row with the message, fitting or not", FOLLOWING, "edition.refuse((elsewhere or rows)[0].rule, where)", "edition.refuse(rows[0].rule, where)"),
    Mutant("SES-1", "the rule of the last row", "names the rule of the last fitting row", FOLLOWING, "edition.refuse((elsewhere or rows)[0].rule, where)", "edition.refuse((elsewhere or rows)[-1].rule, where)"),
    Mutant("SES-1", "the table before the ground", "looks for a row before it looks at ground and record", FOLLOWING, "    _check_authorization(session, message, edition, where)\n    _check_record(session, message, edition, where)\n    phase = _following_phase(session, rows, message, edition, where)\n", "    phase = _following_phase(session, rows, message, edition, where)\n    _check_authorization(session, message, edition, where)\n    _check_record(session, message, edition, where)\n"),
    Mutant("SES-13", "the record before the ground", "looks at the record first", FOLLOWING, "    check_subject(session, subject, edition, where)\n    _check_authorization", "    _following_phase(session, rows, message, edition, where)\n    check_subject(session, subject, edition, where)\n    _check_authorization"),
    Mutant("PLA-4", "no plausibility", "makes none of the checks of the family plausibility", FOLLOWING, "    check_plausible(Told(session, message, now, power_w), edition, where)\n", ""),
    Mutant("PLA-4", "plausibility before the table", "makes these checks first", FOLLOWING, "    phase = _following_phase(session, rows, message, edition, where)\n    check_plausible(Told(session, message, now, power_w), edition, where)\n", "    check_plausible(Told(session, message, now, power_w), edition, where)\n    phase = _following_phase(session, rows, message, edition, where)\n"),
    Mutant("PLA-4", "the last energy", "remembers what was told last", FOLLOWING, "energy_wh=max(session.energy_wh, energy_wh or 0))", "energy_wh=session.energy_wh if energy_wh is None else energy_wh)"),
    Mutant("PLA-3", "the last moment told", "remembers what was told last", FOLLOWING, "if last_at is None or (at is not None and at > last_at):", "if at is not None:"),
    Mutant("PLA-3", "a record tells no moment", "forgets the end that a record tells", FOLLOWING, "    if not notice.replacing:  # it may imply the end\n", "    if False:\n"),
    Mutant("PLA-3", "a replacement tells a moment", "remembers the end of a replacement", FOLLOWING, "    if not notice.replacing:  # it may imply the end\n", "    if True:\n"),
)
# fmt: on
