"""The reference's tables as the suite carries them, for an implementation from its README
alone.
"""

from collections.abc import Sequence
from typing import Final

from refimpl import identifiers
from refimpl.edition import Edition, Rule
from refimpl.endpoint.decisions import NOT_FREE
from refimpl.endpoint.waiting import SPEAKER
from refimpl.messages import ANSWERS, KINDS
from refimpl.security import certificates, privacy
from refimpl.security.authorization import GROUNDS, RIGHTS, Right
from refimpl.session import STEPS, Step
from refimpl.session.plausibility import LOOKED_AT
from refimpl.vectors.outside import OUTSIDE
from refimpl.vectors.suite import Json

PROSE: Final = {"source", "because", "change", "clause", "says"}
"""The members of an edition's rows on which no answer depends."""

OF_EDITION: Final = (
    "interfaces",
    "roles",
    "modes",
    "exchanges",
    "checks",
    "services",
    "protocols",
    "suites",
)


def edition_table(edition: Edition) -> Json:
    """Return the rows of an edition that answers depend on."""
    whole: Json = {"edition": edition.id, "title": edition.title}
    for table in OF_EDITION:
        rows = getattr(edition, table).values()
        whole[table] = [row.model_dump(mode="json", exclude=PROSE) for row in rows]
    return whole


def profiles_table() -> Json:
    """Return how each profile writes the identifiers, the order of the checks, and how free
    contract ids and the uids of media are written.
    """
    profiles = {}
    for name, profile in identifiers.PROFILES.items():
        profiles[name] = {
            "emaid": _grammar(profile.emaid),
            "evseId": _grammar(profile.evse_id),
            "basis": profile.basis.value,
            "source": profile.source,
        }
    return {
        "longest": identifiers.LONGEST,
        "migrations": dict(identifiers.MIGRATIONS),
        "profiles": profiles,
        "free": _form(identifiers.FREE),
        "uids": {name: _form(form) for name, form in identifiers.UIDS.items()},
        "hashes": {name: _form(form) for name, form in identifiers.HASHES.items()},
    }


def _form(form: identifiers.Form) -> Json:
    return {"alphabet": "".join(sorted(form.alphabet)), "lengths": list(form.lengths)}


def _grammar(one: identifiers.Grammar) -> Json:
    return {
        "parts": [_part(part) for part in one.parts],
        "separators": one.separators,
        "stand": one.stand,
        "capitals": sorted(one.capitals & {part.name for part in one.parts}),
        "checkAsked": one.check_asked,
        "prefix": one.prefix,
        "longest": one.longest,
    }


def _part(part: identifiers.Part) -> Json:
    return {**part._asdict(), "alphabet": "".join(sorted(part.alphabet))}


def steps_table() -> list[Json]:
    """Return the session table."""
    return [_step(row) for row in STEPS]


def _step(row: Step) -> Json:
    return {
        "phase": row.phase.value,
        "message": row.message.shape_name(),
        "by": row.by.value,
        "when": row.when.name,
        "to": row.to.value,
        "rule": row.rule,
    }


def classes_table() -> Json:
    """Return the privacy class of each member of a message, and which role needs which."""
    needs = []
    for (purpose, role), classes in privacy.NEEDS.items():
        needs.append({"purpose": purpose, "role": role.value, "classes": list(classes)})
    return {
        "classes": dict(sorted(privacy.CLASS_OF.items())),
        "needs": needs,
        "purposes": {name: shape.sort.purpose for name, shape in privacy.SHAPES.items()},
    }


def leaves_table() -> list[Json]:
    """Return what one kind of entity may say to another."""
    return [_right(row) for row in RIGHTS]


def _right(row: Right) -> Json:
    return {
        "by": [kind.value for kind in row.by],
        "to": [kind.value for kind in row.to],
        "messages": sorted(message.shape_name() for message in row.messages),
        "strategies": sorted(row.strategies),
        "on": row.on,
    }


def endpoint_table() -> Json:
    """Return which message answers which, who says it about a service, and why an EVSE of a
    status is not free.
    """
    kinds: Json = {}
    for name, message in KINDS.items():
        answer, speaker = ANSWERS.get(message), SPEAKER.get(message)
        kinds[name] = {
            "answer": answer.shape_name() if answer else None,
            "by": speaker.value if speaker else None,
        }
    return {"kinds": kinds, "notFree": dict(NOT_FREE)}


def orders_table() -> Json:
    """Return the order of the checks of each operation that has its checks in a table."""
    plausible = {}
    for message, rules in LOOKED_AT.items():
        plausible[message.shape_name()] = list(rules)
    return {
        "certificate.check": ["CRT-1", *(rule for rule, _, _, _ in certificates.ORDER)],
        "emaid.parse": [rule for rule, _ in identifiers.EMAID_ORDER],
        "evse-id.parse": [rule for rule, _ in identifiers.EVSE_ID_ORDER],
        "message.authorize": [rule for rule, _ in GROUNDS],
        "service.plausible": plausible,
    }


def errors_table(editions: Sequence[Edition]) -> Json:
    """Return the closed registry of error codes: every rule that a vector may break, as the
    newest edition words it, and those outside of Part 1.
    """
    table: Json = {}
    for code, rule in OUTSIDE.items():
        table[code] = _error(rule, [one.id for one in editions])
    for edition in editions:
        for code, rule in edition.rules.items():
            if rule.modelled:
                table[code] = _error(rule, [one.id for one in editions if code in one.rules])
    return table


def _error(rule: Rule, editions: Sequence[str]) -> Json:
    return {
        "says": rule.says,
        "level": rule.level.value,
        "basis": rule.basis.value,
        "clause": rule.clause,
        "exercised": rule.exercised,
        "editions": editions,
    }
