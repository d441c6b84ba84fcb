"""Identifiers to look at: one text in every profile, the check character worked by hand, DIN
identifiers migrated, what messages carry of a place, and what is no EMAID.

The reading itself is `refimpl.identifiers`; the sums of the check character are done here once
more, the long way, with every step to be seen.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from refimpl.edition import Edition
from refimpl.errors import Malformed
from refimpl.identifiers import (
    METHODS,
    MIGRATIONS,
    PROFILES,
    Emaid,
    check_character,
    check_uid,
    din_check_digit,
    migrate_din,
    parse,
    parse_carried_evse_id,
    parse_emaid,
    parse_free_contract_id,
    party_of,
)
from refimpl.identifiers.check_characters import ZERO, add, pairs_of, summand
from refimpl.views.kit.table import Table

NOTHING = "–"


def profiles(text: str, edition: Edition) -> Table:
    """What each profile makes of one text: its parts and canonical form, or the rule it breaks
    and where.

    >>> from refimpl.edition import load
    >>> [row[:2] for row in profiles("DE*AB7*E840*6487", load("2025")).rows[:2]]
    [('iso15118-2', 'EVSE ID'), ('emi3', 'EVSE ID')]
    """
    rows = []
    for name, profile in PROFILES.items():
        try:
            found = parse(text, name)
        except Malformed as error:
            rows.append(
                (name, NOTHING, NOTHING, NOTHING, edition.explain(error), profile.basis)
            )
        else:
            kind = "EMAID" if isinstance(found, Emaid) else "EVSE ID"
            parts = ", ".join(
                f"{part} {getattr(found, part)}"
                for part in found.__slots__
                if getattr(found, part)
            )
            rows.append((name, kind, parts, str(found), "accepted", profile.basis))
    columns = (
        "profile",
        "read as",
        "parts",
        "canonical form",
        "verdict",
        "basis of the profile",
    )
    return Table(f"{text!a} in each profile", columns, tuple(rows))


def worked(first14: str) -> Table:
    """The check character step by step: each character's number n in two parts, and their sums
    up to there.

    q is two digits modulo 2 and r two digits modulo 3; the character at place i adds q P1^i and
    r P2^i, and the fifteenth is the one that brings both sums to zero.  Raises as
    `check_character` does.

    >>> worked("DE83DUIEN83QGZ").rows[13]
    ('14', 'Z', '35', '(1, 1)', '(2, 2)', '(0, 1)', '(0, 1)', '(0, 1)', '(1, 2)')
    """
    text = first14.upper() + check_character(first14)
    rows = []
    sums = ZERO
    for place, char in enumerate(text, 1):
        more = summand(char, place)
        sums = add(sums, more)
        pairs = (*pairs_of(char), *more, *sums)
        rows.append((str(place), char, str(int(char, 36)), *map(str, pairs)))
    columns = (
        "place i",
        "character",
        "n",
        "q",
        "r",
        "q P1^i",
        "r P2^i",
        "sum of q",
        "sum of r",
    )
    return Table(f"The check character of {text[:14]} is {text[14]}", columns, tuple(rows))


def worked_din(first11: str) -> Table:
    """The check digit of DIN step by step: the number of each character in decimal digits, and
    what each of those adds by its weight.

    Raises as `din_check_digit` does.

    >>> worked_din("NLTNM012204").rows[-1]
    ('11', '4', '4', '2^15 = 32768', '131072', '160088, modulo 11: 5')
    """
    digit, text = din_check_digit(first11), first11.upper()
    rows = []
    power = total = 0
    for place, char in enumerate(text, 1):
        n = str(int(char, 36))
        weights = [f"2^{power + k} = {2 ** (power + k)}" for k in range(len(n))]
        more = sum(int(one) * 2 ** (power + k) for k, one in enumerate(n))
        power, total = power + len(n), total + more
        rows.append((str(place), char, n, ", ".join(weights), str(more), str(total)))
    *others, last = rows
    rest = f"{last[-1]}, modulo 11: {total % 11}"
    columns = ("place", "character", "n", "weights of its digits", "adds", "sum")
    title = f"The check digit of {text} is {digit}"
    return Table(title, columns, (*others, (*last[:-1], rest)))


def verdicts(published: Mapping[str, str], edition: Edition) -> Table:
    """What the model says of published texts, each read in the profile named with it, and the
    check character due.

    >>> from refimpl.edition import load
    >>> verdicts({"DE-8AA-CA2B3C4D5-N": "emi3"}, load("2025")).rows[0][-1]
    'L'
    """
    rows = []
    for text, profile in published.items():
        plain = text.replace("-", "").replace("*", "")
        method = METHODS.get(len(plain) - 1)
        try:
            verdict = f"accepted: {parse_emaid(text, profile)}"
        except Malformed as error:
            verdict = edition.explain(error)
        rows.append((text, profile, verdict, method(plain[:-1]) if method else NOTHING))
    columns = ("published value", "read in", "verdict", "check character due")
    return Table("Published examples, read again", columns, tuple(rows))


def migrations(texts: Iterable[str]) -> Table:
    """DIN contract identifiers under each published migration.

    >>> migrations(["NL-TNM-012204-5"]).rows
    (('NL-TNM-012204-5', 'NLTNM000122045U', 'NLTNMC00122045K'),)
    """
    rows = (
        (
            text,
            *(
                str(migrate_din(parse_emaid(text, "din91286"), convention))
                for convention in MIGRATIONS
            ),
        )
        for text in texts
    )
    columns = (
        "DIN identifier",
        *(f"{name}, fills in {fill}" for name, fill in MIGRATIONS.items()),
    )
    return Table("DIN identifiers, migrated", columns, tuple(rows))


def carried(texts: Iterable[str], edition: Edition) -> Table:
    """What a message carries of places that are written so, and the party by which a network
    finds who issued them.

    >>> from refimpl.edition import load
    >>> carried(["+49*810*000*438"], load("2025")).rows
    (('+49*810*000*438', 'carried', '+49*810'),)
    """
    rows = []
    for text in texts:
        verdict = _verdict(edition, "carried", parse_carried_evse_id, text)
        party = party_of(text) if verdict == "carried" else NOTHING
        rows.append((text, verdict, party))
    return Table("Places in a message", ("written", "verdict", "party"), tuple(rows))


def free_contract_ids(texts: Iterable[str], edition: Edition) -> Table:
    """What texts are as an EMAID and as a free contract id.

    >>> from refimpl.edition import load
    >>> free_contract_ids(["Fleet 7/Anna"], load("2025")).rows
    (('Fleet 7/Anna', 'no EMAID in any profile', 'taken'),)
    """
    rows = []
    for text in texts:
        free = _verdict(edition, "taken", parse_free_contract_id, text)
        rows.append((text, _emaid_profiles(text) or "no EMAID in any profile", free))
    columns = ("text", "as an EMAID", "as a free contract id")
    return Table("Contract ids that may be free", columns, tuple(rows))


def _emaid_profiles(text: str) -> str:
    found = []
    for name in PROFILES:
        with suppress(Malformed):
            parse_emaid(text, name)
            found.append(name)
    return ", ".join(found)


def uids(media: Iterable[tuple[str, str, str | None]], edition: Edition) -> Table:
    """Whether the uids of media are written as their type has it, or their hash: each medium is
    its type, uid, and hash or None.

    >>> from refimpl.edition import load
    >>> uids([("rfid", "04A2B3C4", None)], load("2025")).rows
    (('rfid', '04A2B3C4', '–', 'taken'),)
    """
    rows = []
    for medium in media:
        kind, uid, hashed = medium
        rows.append(
            (kind, uid, hashed or NOTHING, _verdict(edition, "taken", check_uid, *medium))
        )
    return Table("Uids of media", ("type", "uid", "hash", "verdict"), tuple(rows))


def _verdict(
    edition: Edition, taken: str, read: Callable[..., object], *given: str | None
) -> str:
    """A word for what is read, and for what is refused the rule it breaks and where."""
    try:
        read(*given)
    except Malformed as error:
        return edition.explain(error)
    return taken
