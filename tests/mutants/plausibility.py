"""Mutants of what is told about a service and cannot be true."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from refimpl.session.plausibility import CHECKS
from refimpl.vectors.mutants import Mutant

PLAUSIBLE: Final = "refimpl.session.plausibility"
FOLLOWING: Final = "refimpl.session.following"
ASKED: Final = "        if row is not None and CHECKS[rule](told, row.tolerance):"


def checks_left_out_or_moved() -> Iterator[Mutant]:
    for rule in CHECKS:
        yield Mutant(
            rule,
            "not checked",
            "leaves this check out",
            PLAUSIBLE,
            ASKED,
            ASKED.replace("row is not None", f'rule != "{rule}" and row is not None'),
        )
        for more in (-1, 1):
            yield Mutant(
                rule,
                f"a tolerance of {more:+}",
                "is off by one",
                PLAUSIBLE,
                ASKED,
                ASKED.replace(
                    "row.tolerance", f'row.tolerance + ({more} if rule == "{rule}" else 0)'
                ),
            )
        yield Mutant(
            rule,
            "no tolerance",
            "overlooks the tolerance",
            PLAUSIBLE,
            ASKED,
            ASKED.replace("row.tolerance", f'0 if rule == "{rule}" else row.tolerance'),
        )


def checks_in_another_order() -> Iterator[Mutant]:
    rules = list(CHECKS)
    for first, second in pairwise(rules):
        yield Mutant(
            second,
            f"{second} before {first}",
            "makes the two checks in the other order",
            PLAUSIBLE,
            "    for rule in LOOKED_AT.get(type(told.message), ()):",
            f'    for rule in sorted(LOOKED_AT.get(type(told.message), ()), key=lambda rule: {{"{first}": {rules.index(second)}, "{second}": {rules.index(first)}}}.get(rule, {rules}.index(rule))):',
        )


# fmt: off
MUTANTS: Final = (
    *checks_left_out_or_moved(),
    *checks_in_another_order(),
    Mutant("PLA-1", "from the start", "compares the start with the moment", PLAUSIBLE, "return last_at - told.now > _seconds(tolerance)", "return (told.course.started_at or last_at) - told.now > _seconds(tolerance)"),
    Mutant("PLA-1", "now is needed", "refuses where no moment is known", PLAUSIBLE, "    if told.now is None or last_at is None:\n        return False\n    return last_at - told.now", "    if last_at is None:\n        return False\n    if told.now is None:\n        return True\n    return last_at - told.now"),
    Mutant("PLA-2", "to before it was opened", "compares the end", PLAUSIBLE, "started_at, opened_at = told.course.started_at, told.session.opened_at", "started_at, opened_at = told.course.last_at, told.session.opened_at"),
    Mutant("PLA-2", "not of a service under way", "asks only of the start", PLAUSIBLE, "    if started_at is None or opened_at is None:\n        return False\n    return opened_at", "    if started_at is None or opened_at is None or told.session.started_at:\n        return False\n    return opened_at"),
    Mutant("PLA-3", "of replacements too", "asks it of a record that replaces another", PLAUSIBLE, "if last_at is None or before is None or told.replacing:", "if last_at is None or before is None:"),
    Mutant("PLA-3", "the start for the last moment", "compares with the start", PLAUSIBLE, "last_at, before = told.course.last_at, told.session.last_at", "last_at, before = told.course.last_at, told.session.started_at"),
    Mutant("PLA-4", "of replacements as well", "asks it of a record that replaces another", PLAUSIBLE, "if energy_wh is None or told.replacing:", "if energy_wh is None:"),
    Mutant("PLA-4", "of progress only", "asks it of no record", PLAUSIBLE, "if energy_wh is None or told.replacing:", "if energy_wh is None or isinstance(told.message, DetailRecordNotice):"),
    Mutant("PLA-5", "the start alone", "looks at the start of a record only", PLAUSIBLE, "    if not over or session.last_at is None or course.last_at is None:\n        return False", "    if True:\n        return False"),
    Mutant("PLA-5", "the end alone", "looks at the end of a record only", PLAUSIBLE, "if course.started_at is not None and (\n", "if False and (\n"),
    Mutant("PLA-5", "of an active service too", "overlooks that the service may go on", PLAUSIBLE, "over = session.phase is not Phase.ACTIVE and session.phase is not Phase.STOPPING", "over = True"),
    Mutant("PLA-5", "of a service that stops too", "overlooks stopping", PLAUSIBLE, "over = session.phase is not Phase.ACTIVE and session.phase is not Phase.STOPPING", "over = session.phase is not Phase.ACTIVE"),
    Mutant("PLA-5", "without a start", "asks it where no start is known", PLAUSIBLE, "or session.started_at is None:\n        return False\n    if course.started_at is not None and (", "or session.last_at is None:\n        return False\n    if session.started_at is not None and course.started_at is not None and ("),
    Mutant("PLA-6", "hours for seconds", "forgets to turn hours into seconds", PLAUSIBLE, "HOUR: Final = 3600", "HOUR: Final = 60"),
    Mutant("PLA-6", "without a power no check", "asks it only where the power is known", PLAUSIBLE, "MOST_POWER: Final = 4_000_000", "MOST_POWER: Final = 10**12"),
    Mutant("PLA-6", "a weaker EVSE", "takes another power where none is known", PLAUSIBLE, "MOST_POWER: Final = 4_000_000", "MOST_POWER: Final = 3_999_999"),
    Mutant("PLA-6", "a stronger EVSE", "takes another power where none is known", PLAUSIBLE, "MOST_POWER: Final = 4_000_000", "MOST_POWER: Final = 4_000_001"),
    Mutant("PLA-7", "until at its start", "takes a booking of no time", PLAUSIBLE, "if starts_at is not None and until <= starts_at:", "if starts_at is not None and until < starts_at:"),
    Mutant("PLA-7", "whatever it starts", "passes over starts_at", PLAUSIBLE, "if starts_at is not None and until <= starts_at:", "if False:"),
    Mutant("PLA-7", "until now", "takes a booking that ends now", PLAUSIBLE, "told.now - until >= _seconds(tolerance)", "told.now - until > _seconds(tolerance)"),
    Mutant("PLA-7", "bookings only", "asks it of no order", PLAUSIBLE, "return message.expires_at if isinstance(message, RemoteControlRequest) else None", "return None"),
    Mutant("PLA-7", "orders only", "asks it of no booking", PLAUSIBLE, "    if isinstance(message, ReservationRequest):\n        return message.until\n", ""),
    Mutant("PLA-8", "of a service that began", "asks it again after the start", PLAUSIBLE, "if begins is None or expires_at is None or session.started_at is not None:", "if begins is None or expires_at is None:"),
    Mutant("PLA-8", "of orders only", "forgets when a booking is over", FOLLOWING, "return replace(session, expires_at=booking.until)", "return session"),
    Mutant("PLA-8", "of bookings only", "forgets when an order is over", FOLLOWING, "        expires_at=order.expires_at,\n", ""),
    Mutant("PLA-8", "by the end", "compares the end with the expiry", PLAUSIBLE, "begins = told.course.started_at", "begins = told.course.last_at"),
    Mutant("PLA-9", "of progress alone", "asks it of no record", PLAUSIBLE, "if limits is None or limits.energy_wh is None or energy_wh is None:", "if limits is None or limits.energy_wh is None or energy_wh is None or isinstance(told.message, DetailRecordNotice):"),
    Mutant("PLA-9", "no limit is zero", "takes no limit for a limit of 0", PLAUSIBLE, "    if limits is None or limits.energy_wh is None or energy_wh is None:\n        return False\n    return energy_wh > limits.energy_wh + tolerance", "    if limits is None or energy_wh is None:\n        return False\n    return energy_wh > (limits.energy_wh or 0) + tolerance"),
    Mutant("PLA-9", "limits of orders only", "forgets the limits of an answer", FOLLOWING, "limits=answer.limits,", ""),
    Mutant("PLA-9", "limits of answers only", "forgets the limits of an order", FOLLOWING, "limits=order.limits,", ""),
    Mutant("PLA-10", "limits of energy only", "takes no limit of time", PLAUSIBLE, "if limits is None or limits.seconds is None:", "if True:"),
    Mutant("PLA-10", "since it was opened", "counts from when the service was opened", PLAUSIBLE, "return course.last_at - course.started_at > _seconds(limits.seconds + tolerance)", "return course.last_at - (told.session.opened_at or course.started_at) > _seconds(limits.seconds + tolerance)"),
    Mutant("PLA-11", "of any unit", "takes watt-hours for seconds", PLAUSIBLE, 'record=ServiceDetailRecord(unit="s") as record', "record=ServiceDetailRecord() as record"),
    Mutant("PLA-4", "an SDR tells no energy", "overlooks an SDR in Wh", PLAUSIBLE, 'return record.quantity if record.unit == "Wh" else None', "return None"),
    Mutant("PLA-4", "an SDR tells energy in any unit", "takes seconds for watt-hours", PLAUSIBLE, 'return record.quantity if record.unit == "Wh" else None', "return record.quantity"),
    Mutant("PLA-1", "abandoned tells a start", "takes the moment of an abandoned service for its start", PLAUSIBLE, "return Course(None, told.at, None)", "return Course(told.at, told.at, told.energy_wh)"),
    Mutant("PLA-2", "progress tells its own start", "overlooks the start that is remembered", PLAUSIBLE, "return Course(session.started_at or told.at, told.at, told.energy_wh)", "return Course(told.at, told.at, told.energy_wh)"),
    Mutant("PLA-2", "a result tells no start", "overlooks the start of an order that was carried out", PLAUSIBLE, "started_at = started_at or told.at", "pass"),
    Mutant("PLA-2", "any result tells a start", "takes the moment of a failure for a start", PLAUSIBLE, '    if told.result == "done":\n', "    if True:\n"),
    Mutant("PLA-1", "results tell nothing", "asks nothing of the result of an order", PLAUSIBLE, "        RemoteControlNotice: OF_COURSE,\n", ""),
    Mutant("PLA-1", "records tell nothing", "asks nothing of a record", PLAUSIBLE, '        DetailRecordNotice: tuple(rule for rule in CHECKS if rule != "PLA-7"),\n', ""),
    Mutant("PLA-7", "orders are not looked at", "asks nothing of an order", PLAUSIBLE, '        RemoteControlRequest: ("PLA-7",),\n', ""),
)
# fmt: on
