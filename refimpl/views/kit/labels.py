"""The words on a picture: terms, labels, and the legend that says what lines and borders mean.

Whatever a row says is text here and never markup, so that an edition from anywhere can be
drawn.
"""

from collections.abc import Mapping
from html import escape
from textwrap import wrap
from typing import Any

from refimpl.edition import Edition, InterfaceRow
from refimpl.views.kit.figure import BASIS_LOOK
from refimpl.views.kit.palette import FAINT, INK, MUTED, PAPER

CELLS_A_ROW = 5


def term(edition: Edition, term_id: str, language: str = "en") -> str:
    """The name of a term, led by its abbreviation; the English in brackets where the French is
    not known.

    >>> from refimpl.edition import load
    >>> term(load("2025"), "cs", "fr"), term(load("2025"), "user", "fr")
    ('CS, borne de charge', '[user]')
    """
    row = edition.terms[term_id]
    name = row.en
    if language != "en":
        name = row.fr or f"[{row.en}]"
    return f"{row.abbreviation}, {name}" if row.abbreviation else name


def named(interface: InterfaceRow) -> str:
    """The id of an interface with how sure the model is of it, as every picture shows it."""
    return f"{interface.id} ({interface.basis})"


def lines(*texts: str, width: int = 18) -> str:
    """Texts in wrapped lines, the first in bold; those that are empty left out."""
    first, *others = ("<br/>".join(map(escape, wrap(text, width))) for text in texts if text)
    return "<br/>".join([f"<b>{first}</b>", *others])


def label(*texts: str, width: int = 18) -> str:
    """The label of a node: texts in wrapped lines, the first in bold."""
    return f"<{lines(*texts, width=width)}>"


def halfway(graph: Any, name: str, ink: str, basis: str, *texts: str) -> None:
    """A box halfway along a line, with what is said of the line and the border of its basis."""
    look = {
        "color": ink,
        "fontcolor": MUTED if ink == FAINT else ink,
        "fontsize": "10",
        "margin": "0.08,0.04",
        "fillcolor": PAPER,
        "penwidth": "0.8",
        "style": f"rounded,filled,{BASIS_LOOK[basis]}",
    }
    graph.node(name, label(*texts), shape="box", **look)


def cell(text: str, basis: str, strong: bool = True) -> str:
    """A cell of a key, with the border of its basis."""
    ink, words = MUTED, escape(text)
    if strong:
        ink, words = INK, f"<b>{words}</b>"
    look = f'border="1" style="{BASIS_LOOK[basis]}" color="{ink}"'
    return f'<td {look}><font color="{ink}">{words}</font></td>'


def legend(graph: Any, key: Mapping[str, list[str]], language: str = "en") -> None:
    """Under a drawing: a key of cells by heading, what lines and borders mean, and what
    brackets do.
    """
    meaning = [cell(basis, basis, strong=False) for basis in BASIS_LOOK]
    if language != "en":
        meaning.append("<td>[in brackets]: known in English only</td>")
    rows = []
    for heading, cells in {**key, "lines and borders:": meaning}.items():
        for number, some in enumerate(_batches(cells)):
            named = "" if number else escape(heading)
            rows.append(f'<tr><td align="left">{named}</td>{"".join(some)}</tr>')
    table = f'<<table border="0" cellspacing="5" cellpadding="3">{"".join(rows)}</table>>'
    graph.attr(label=table, labelloc="b", labeljust="l", fontsize="9")


def _batches(cells: list[str]) -> list[list[str]]:
    return [cells[at : at + CELLS_A_ROW] for at in range(0, len(cells), CELLS_A_ROW)]


def rule(edition: Edition, rule_id: str) -> str:
    """A rule as a reader wants it: its id, how sure the model is of it, its sentence; the id
    alone where it is gone.
    """
    says = edition.sentence(rule_id)
    return f"{rule_id} ({edition.rules[rule_id].basis}): {says}" if says else rule_id
