"""Attacks and who notices: the looks of `lab.defences` as a picture, and all attacks as a
table.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from refimpl.edition import Edition
from refimpl.lab.attacks import ATTACKS
from refimpl.lab.changed_bytes import changed_by
from refimpl.lab.defences import LOOKS, Verdict, verdict_on
from refimpl.lab.entities import NAMES
from refimpl.views.kit.figure import Figure, digraph
from refimpl.views.kit.labels import label, rule
from refimpl.views.kit.palette import ACCENT, ALARM, FAINT, INK, MUTED
from refimpl.views.kit.table import Table
from refimpl.views.secure.byte_view import Sheets

HEAD = ", its head"
"""How the name of a length ends, which follows from what it announces."""
PASSED, REFUSED, NOT_TAKEN = "passed", "refused", "not taken"
COLOURS = {PASSED: ACCENT, REFUSED: ALARM, NOT_TAKEN: FAINT}


def attack_outcome(edition: Edition, attack: str = "nothing") -> Figure:
    """Draw the looks in their order, up to the one that refuses an attack.

    >>> from refimpl.edition import load
    >>> attack_outcome(load("2025"), "replayed").title
    'Sent again: refused under MSG-7, edition 2025'
    """
    verdict, made = verdict_on(edition, attack), ATTACKS[attack]
    graph = digraph("attack", rankdir="LR", ranksep="0.25", labelloc="b", labeljust="l")
    heading = label(f"{made.what} (by {made.by})", _in_words(edition, verdict), width=110)
    graph.attr(label=heading)
    before = ""
    for name, asks, outcome in _outcomes(verdict):
        look = {"color": COLOURS[outcome], "penwidth": "2", "fontcolor": INK}
        if outcome == NOT_TAKEN:
            look["fontcolor"] = MUTED
        graph.node(name, label(name, asks, outcome.upper(), width=17), **look)
        if before:
            graph.edge(before, name, color=FAINT if outcome == NOT_TAKEN else INK)
        before = name
    ends = f"refused under {verdict.rule}" if verdict.error else "let in"
    title = f"{made.what}: {ends}, edition {edition.id}"
    same = "Every edition has the same looks and rules for it."
    text = "\n".join(_lines(edition, attack))
    return Figure(title, str(graph.source), text, {"edition": same})


def _in_words(edition: Edition, verdict: Verdict) -> str:
    who = NAMES[verdict.receiver]
    if verdict.error is None:
        return f"{who} lets it in."
    return f"{who}: {rule(edition, verdict.rule)} Place: {verdict.error.where}."


def _outcomes(verdict: Verdict) -> Iterator[tuple[str, str, str]]:
    outcome = PASSED
    for name, asks, _ in LOOKS:
        if name == verdict.refused_at:
            yield name, asks, REFUSED
            outcome = NOT_TAKEN
        else:
            yield name, asks, outcome


def _lines(edition: Edition, attack: str) -> Iterator[str]:
    verdict, made = verdict_on(edition, attack), ATTACKS[attack]
    yield f"{made.what}, by {made.by}. {NAMES[verdict.receiver]} looks:"
    for number, (name, _, outcome) in enumerate(_outcomes(verdict), 1):
        why = f" {rule(edition, verdict.rule)}" if outcome == REFUSED else ""
        yield f"{number}. {name}: {outcome}.{why}"


def attack_outcomes(edition: Edition) -> Table:
    """Table every attack, who notices it, at which look, and under which rule.

    >>> from refimpl.edition import load
    >>> rows = attack_outcomes(load("2025")).rows
    >>> [row[2:5] for row in rows if row[0] == "Delivered to somebody else"]
    [('Birch Drive', 'seal', 'JOS-13')]
    """
    rows = []
    for key, made in ATTACKS.items():
        verdict = verdict_on(edition, key)
        if verdict.error is None:
            continue
        row = edition.rules.get(verdict.rule)
        about = (row.says, str(row.basis)) if row else ("", "")
        noticed = (NAMES[verdict.receiver], verdict.refused_at, verdict.rule)
        rows.append((made.what, made.by, *noticed, *about))
    columns = (
        "what",
        "by whom",
        "who notices",
        "at which look",
        "rule",
        "what it says",
        "basis",
    )
    return Table(f"Attacks and who notices, {edition.id}", columns, tuple(rows))


def attack_sheets(edition: Edition, attack: str) -> Sheets:
    """The pieces of what reaches a receiver whose bytes an attack changes, byte by byte with
    those bytes marked, and what is different otherwise.

    >>> from refimpl.edition import load
    >>> attack_sheets(load("2025"), "expired").notes
    ('No byte is different. It arrives 300 seconds after it was signed.',)
    """
    changed, made = changed_by(edition, attack), ATTACKS[attack]
    verdict = verdict_on(edition, attack)
    notes = changed.otherwise
    if not changed.changes:
        notes = (" ".join(("No byte is different.", *notes)),)
    gone = (one for one in changed.changes if one.after == "nothing")
    notes += tuple(f"Gone: {one.piece}, {one.name}: {one.before}." for one in gone)
    ends = f"refused under {verdict.rule}" if verdict.error else "let in"
    title = f"{made.what}: {ends}, edition {edition.id}"
    pieces = (replace(piece, id=f"{attack}-{piece.id}") for piece in changed.pieces)
    return Sheets(title, edition, tuple(pieces), notes)


def attack_changes(edition: Edition) -> Table:
    """Table the bytes that each attack changes, piece by piece with what was there before, and
    what is different otherwise.

    >>> from refimpl.edition import load
    >>> rows = attack_changes(load("2025")).rows
    >>> [row[2] for row in rows if row[0] == "The readable header altered"][0]
    'member receiver: "csp-alba" → "csp-birch"'
    """
    rows = []
    for name, made in ATTACKS.items():
        changed = changed_by(edition, name)
        for piece, some in groupby(changed.changes, lambda one: one.piece):
            told = [
                f"{one.name}: {one.before} → {one.after}"
                for one in some
                if not one.name.endswith(HEAD)
            ]
            rows.append((made.what, piece, "; ".join(told)))
        if changed.otherwise:
            rows.append((made.what, "besides", " ".join(changed.otherwise)))
    columns = ("attack", "where", "what is different")
    return Table(f"The bytes that attacks change, {edition.id}", columns, tuple(rows))
