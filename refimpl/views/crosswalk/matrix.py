"""What of ours has a counterpart next door, how exact it is, and where that stands.

Roles and messages come from the edition's crosswalk rows, fields from the tables of the
protocols.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from refimpl.crosswalk import PROTOCOLS
from refimpl.crosswalk.codecs import CODECS
from refimpl.crosswalk.kinds import Kind
from refimpl.crosswalk.rules import RULES
from refimpl.crosswalk.tables import Pair
from refimpl.crosswalk.words import WORDS, theirs_of
from refimpl.edition import Edition
from refimpl.edition.rows import CrosswalkRow
from refimpl.views.kit.table import Table

NOTHING: Final = "–"


class Rules(Table):
    """The rules of the crosswalk, each with a place that is called by its id."""

    def html(self) -> str:
        """The table, and before it the places that links lead to."""
        places = "".join(f'<span data-jupyter-id="{row[0]}"></span>' for row in self.rows)
        return f'<div class="iec63119-crosswalk-rules">{places}{Table.html(self)}</div>'


def rules() -> Rules:
    """By which rules an object is refused, why, and where that comes from; the model chose
    each of them.

    >>> [row[1] for row in rules().rows if row[0] == "XWK-7"]
    ['A record is final.']
    """
    rows = [(name, one.says, one.because, one.source) for name, one in RULES.items()]
    heads = ("rule", "says", "because", "source")
    return Rules("Rules of the crosswalk", heads, tuple(rows))


def roles(edition: Edition) -> Table:
    """The roles, and what each protocol calls them.

    >>> from refimpl.edition import load
    >>> roles(load("2025")).rows[0][:3]
    ('home-CSP', 'eMSP', 'EMP')
    """
    rows = [row for row in edition.crosswalk.values() if row.id in edition.roles]
    labels = {key: row.label for key, row in edition.roles.items()}
    return _words(f"Roles, {edition.id}", rows, labels)


def messages(edition: Edition) -> Table:
    """The exchanges, and with what each protocol has them.

    >>> from refimpl.edition import load
    >>> [row[1] for row in messages(load("2025")).rows if row[0] == "correction"]
    ['Credit CDR']
    """
    rows = [row for row in edition.crosswalk.values() if row.id in edition.exchanges]
    labels = {key: row.label for key, row in edition.exchanges.items()}
    return _words(f"Exchanges, {edition.id}", rows, labels)


def _words(title: str, rows: list[CrosswalkRow], labels: dict[str, str]) -> Table:
    told = []
    for row in rows:
        words = (row.ocpi, row.oicp, row.ochp, row.emip)
        told.append(
            (labels[row.id], *(word or NOTHING for word in words), row.basis, row.source)
        )
    columns = ("here", "OCPI", "OICP", "OCHP", "eMIP", "basis", "source")
    return Table(title, columns, tuple(told))


def objects(edition: Edition) -> Table:
    """The kinds of objects that are carried over: what of each is carried how, and what is
    left over.
    """
    rows = []
    for protocol in PROTOCOLS.values():
        for kind in protocol.kinds.values():
            name = f"{protocol.title}, {kind.word}"
            rows.append((name, *_counts(edition, kind)))
    columns = ("object", "exchange", "ours", "members", "carried", "how", "left over")
    return Table(f"Objects, {edition.id}", columns, tuple(rows))


def _counts(edition: Edition, kind: Kind) -> Iterator[str]:
    row = edition.exchanges.get(kind.exchange)
    yield row.label if row else kind.exchange
    yield kind.makes
    yield str(len(kind.fields))
    yield str(len(kind.pairs))
    yield _several(Counter(pair.how for pair in kind.pairs))
    yield _several(Counter(leftover.kind for leftover in kind.leftovers))


def _several(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted.most_common()) or NOTHING


def fields(edition: Edition, protocol: str, kind: str) -> Table:
    """The members of an object: where each goes, written how, and how sure that is.

    >>> from refimpl.edition import load
    >>> [row[:2] for row in fields(load("2025"), "ocpi-2.2.1", "cdr").rows][0]
    ('country_code', 'evse_id')
    """
    table = PROTOCOLS[protocol].kinds[kind]
    pairs = {pair.theirs: pair for pair in table.pairs}
    left = {leftover.path: leftover.kind for leftover in table.leftovers}
    rows = []
    for field in table.fields:
        pair = pairs.get(field.path)
        if pair is not None:
            rows.append((field.path, *_carried(pair), f"{field.type}, {field.card}"))
        elif field.type != "object":
            lost = _left_over(field.path, left)
            rows.append(
                (
                    field.path,
                    NOTHING,
                    f"no place: {lost}",
                    "",
                    "",
                    f"{field.type}, {field.card}",
                )
            )
    title = f"{PROTOCOLS[protocol].title}, {table.word}: {_label(edition, table)}, {edition.id}"
    return Table(title, ("theirs", "ours", "how", "source", "sure", "type"), tuple(rows))


def words(edition: Edition) -> Table:
    """The words of closed sets: what each is read as here, and as what it comes back.

    >>> from refimpl.edition import load
    >>> [row[1:5] for row in words(load("2025")).rows if row[1] in ("INOPERATIVE", "PLANNED")]
    [('INOPERATIVE', 'out-of-service', 'OUTOFORDER', 'lossy'), ('PLANNED', '–', '–', 'none')]
    """
    rows = []
    for name, told in WORDS.items():
        for word in told:
            back = theirs_of(name, word.ours) if word.ours else ""
            exactness = "exact" if back == word.theirs else "lossy"
            cells = (word.theirs, word.ours or NOTHING, back or NOTHING)
            rows.append((name, *cells, exactness if word.ours else "none", word.remark))
    columns = ("set", "theirs", "ours", "back", "exactness", "remark")
    return Table(f"Words, {edition.id}", columns, tuple(rows))


def _carried(pair: Pair) -> tuple[str, str, str, str]:
    how = f"{pair.how}: {CODECS[pair.how].says}"
    if pair.remark:
        how = f"{how}; {pair.remark}"
    return pair.ours, how, pair.source, pair.sure


def _left_over(path: str, left: Mapping[str, str]) -> str:
    """The kind of what is left over at a path, or at the nearest above it."""
    while path:
        if path in left:
            return left[path]
        path = path.rpartition(".")[0]
    return "text"


def _label(edition: Edition, kind: Kind) -> str:
    row = edition.exchanges.get(kind.exchange)
    return row.label if row else kind.exchange
