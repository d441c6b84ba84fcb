"""Identifiers to look at: one text in every profile, the check character worked by hand, DIN
identifiers migrated.

The reading itself is `refimpl.identifiers`; the sums of the check character are done here once
more, the long way, with every step to be seen.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import ipywidgets

from refimpl.edition import Edition
from refimpl.errors import Malformed
from refimpl.identifiers import (
    METHODS,
    MIGRATIONS,
    PROFILES,
    Emaid,
    check_character,
    migrate_din,
    parse,
    parse_emaid,
)
from refimpl.identifiers.check_characters import ZERO, add, pairs_of, summand
from refimpl.views.kit.table import Table

NOTHING = "–"


class Typed(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets brings no types
    """A field to type an identifier into, and beneath it what each profile makes of it; without
    a kernel, of the first.

    >>> from refimpl.edition import load
    >>> typed = Typed("DEAB7E1", load("2025"))
    >>> typed.field.value = "NL-TNM-C00122045-K"
    >>> typed.table.rows[1][3]
    'NLTNMC00122045K'
    """

    def __init__(self, text: str, edition: Edition) -> None:
        self._edition = edition
        self._below = ipywidgets.HTML()
        self.field = ipywidgets.Text(
            value=text, description="identifier", style={"description_width": "initial"}
        )
        super().__init__([self.field, self._below])
        self.field.observe(self._show, "value")
        self._show()

    @property
    def table(self) -> Table:
        """The table that is shown now."""
        return profiles(self.field.value, self._edition)

    def _show(self, _change: object = None) -> None:
        self._below.value = (
            f'<div class="jp-RenderedHTMLCommon" role="status">{self.table.html()}</div>'
        )

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        return {
            **super()._repr_mimebundle_(**options),
            "text/html": self.table.html(),
            "text/plain": self.table.text(),
        }


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
