"""What each name means that a text or a picture may have: of rules, terms, roles, interfaces
and exchanges.  `terms_page` tells it to readers, `names_told` to the scripts of a page.
"""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Final, NamedTuple

from refimpl.edition import Edition
from refimpl.site.chapters.writing import (
    anchor_link,
    basis_mark,
    listed,
    prose,
    raw,
    said,
    table,
)
from refimpl.site.facts import Facts
from refimpl.views.kit.labels import term
from refimpl.views.tables import listings

NAMES: Final = "names"
TERMS: Final = "terms.html"
NOTHING: Final = "–"


class Named(NamedTuple):
    """An element of an edition by its name: its place on the page of terms, the words that a
    text has for it, what it is, how sure the model is of it, and what else is told.
    """

    anchor: str
    words: tuple[str, ...]
    says: str
    basis: str
    more: tuple[str, ...]


def _terms(edition: Edition) -> Iterator[Named]:
    for row in edition.terms.values():
        words = tuple(filter(None, (row.abbreviation, row.en)))
        more = (row.en, row.fr or NOTHING, row.clause or NOTHING)
        yield Named(row.id, words, row.means, row.basis, more)


def _roles(edition: Edition) -> Iterator[Named]:
    for row in edition.roles.values():
        played = ", ".join(term(edition, name) for name in row.played_by)
        yield Named(f"role-{row.id}", (row.label,), row.says, row.basis, (played,))


def _interfaces(edition: Edition) -> Iterator[Named]:
    for row in edition.interfaces.values():
        ends = " – ".join(term(edition, name) for name in row.between)
        words = (row.id,)
        yield Named(f"interface-{row.id}", words, row.says, row.basis, (ends, row.scope))


def _exchanges(edition: Edition) -> Iterator[Named]:
    for row in sorted(edition.exchanges.values(), key=lambda row: row.number):
        ends = [edition.roles[name].label for name in (row.producer, row.consumer)]
        messages = ", ".join(row.messages)
        if not row.modelled:
            messages = f"not modelled: {row.because or row.says}"
        more = (" → ".join(ends), messages)
        yield Named(f"exchange-{row.id}", (row.label,), row.says, row.basis, more)


KINDS: Final = (
    ("Terms", _terms, ("English", "French", "clause")),
    ("Roles", _roles, ("played by",)),
    ("Interfaces", _interfaces, ("between", "scope")),
    ("Exchanges", _exchanges, ("who tells whom", "messages")),
)
"""The kinds of elements that have a name, how they are found, and what is told of each."""


def names_told(facts: Facts) -> dict[str, object]:
    """Tell by its place what each name means: the page, the words, and the basis; and by its
    words, in small letters, which place a text of a picture leads to.
    """
    told: dict[str, tuple[str, str, str]] = {}
    words: dict[str, str] = {}
    for edition in facts.editions:  # what the latest says holds
        for rule in edition.rules.values():
            told[rule.id] = (f"rules.html#{rule.id}", rule.says, rule.basis)
        for _, found_in, _ in reversed(KINDS):  # where two have a word, it is that of the term
            for one in found_in(edition):
                told[one.anchor] = (f"{TERMS}#{one.anchor}", one.says, one.basis)
                words |= dict.fromkeys(map(str.lower, one.words), one.anchor)
    return {"told": told, "words": words}


def terms_page(facts: Facts) -> str:
    """Write the terms with their working definitions, the roles, the interfaces and the
    exchanges, one anchor each; and the closed sets of words.
    """
    edition = facts.editions[-1]
    parts = []
    for title, found_in, heads in KINDS:
        rows = _rows(found_in(edition))
        told = table(f"{title}, {edition.id}", ("name", *heads, "what it is", "basis"), rows)
        parts.append(f"\n## {title}\n{raw(told)}")
    return said("terms", elements="".join(parts), words=listed(listings.word_sets(edition)))


def _rows(named: Iterable[Named]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for one in named:
        first = anchor_link(one.anchor, one.words[0])
        more = (escape(text) for text in one.more)
        yield one.anchor, (first, *more, prose(one.says), basis_mark(one.basis))
