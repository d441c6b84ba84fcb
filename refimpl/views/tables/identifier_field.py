"""A field to type an identifier into: what each profile makes of it, character by character,
and how its check character comes about.

The reading is `refimpl.identifiers`; what is shown is text from a keyboard, and never markup.
"""

from collections.abc import Iterator
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

from refimpl.edition import Edition
from refimpl.errors import Malformed
from refimpl.identifiers import (
    LONGEST,
    PROFILES,
    Character,
    check_character,
    din_check_digit,
    parse,
    spell,
)
from refimpl.views.kit.palette import THEME
from refimpl.views.kit.rule_links import lead_to_rules, linked
from refimpl.views.tables.identifiers import worked, worked_din

END: Final = "end"
HERE: Final = Path(__file__).parent


class IdentifierField(anywidget.AnyWidget):
    """A text, and what the profiles read it as; a reader types another.

    >>> from refimpl.edition import load
    >>> field = IdentifierField("DE-8AA-CA2B3C4D5-N", load("2025"))
    >>> field.summary
    "No profile accepts 'DE-8AA-CA2B3C4D5-N'."
    >>> field.text = "NL-TNM-C00122045-K"
    >>> field.summary
    "3 of 6 profiles accept 'NL-TNM-C00122045-K': emi3, ochp-1.4, oicp."
    """

    _esm = HERE / "identifier_field.js"
    _css = THEME + (HERE / "listing.css").read_text("utf-8")

    text = traitlets.Unicode().tag(sync=True)
    longest = traitlets.Int(LONGEST + 1).tag(sync=True)
    summary = traitlets.Unicode().tag(sync=True)
    shown = traitlets.Unicode().tag(sync=True)

    def __init__(self, text: str, edition: Edition) -> None:
        self._edition = edition
        super().__init__(text=text)
        self.observe(self._read, "text")
        self._read()
        lead_to_rules(edition)

    def _read(self, _change: object = None) -> None:
        """Read the text that stands in the field."""
        with self.hold_sync():
            self.summary = _summary_of(self.text)
            self.shown = _html_of(self.text, self._edition)

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        whole = f"<div><p>{escape(self.summary)}</p>\n{self.shown}</div>"
        words = [self.summary, *_words_of(self.text, self._edition)]
        return {**data, "text/html": whole, "text/plain": "\n".join(words)}, metadata


def _summary_of(text: str) -> str:
    accepting = []
    for name in PROFILES:
        try:
            parse(text, name)
        except Malformed:
            continue
        accepting.append(name)
    if not accepting:
        return f"No profile accepts {text!a}."
    count = f"{len(accepting)} of {len(PROFILES)} profiles accept"
    return f"{count} {text!a}: {', '.join(accepting)}."


def _html_of(text: str, edition: Edition) -> str:
    """Lay out the characters by profile, the same in words, and the check character."""
    words = "".join(f"<li>{linked(line)}</li>\n" for line in _words_of(text, edition))
    folded = f"<details><summary>The same in words</summary>\n<ul>{words}</ul></details>"
    grid = f'<div class="box characters">{_grid_of(text, edition)}</div>'
    return f"{grid}\n{folded}\n{_check_of(text)}"


def _grid_of(text: str, edition: Edition) -> str:
    """Lay out a column for each character and a row for each profile, with the part that each
    character belongs to, up to the first that breaks a rule.
    """
    shown = text[: LONGEST + 1]
    heads = [f'<th scope="col">{escape(char)}</th>' for char in shown]
    rows = [_row_of(text, name, edition) for name in PROFILES]
    ends = f'<th scope="col">{END}</th><th scope="col">verdict</th>'
    head = f'<tr><th scope="col">profile</th>{"".join(heads)}{ends}</tr>'
    caption = f"<caption>{escape(ascii(text))}, character by character</caption>"
    body = "\n".join(rows)
    return f"<table>{caption}\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody></table>"


def _row_of(text: str, profile: str, edition: Edition) -> str:
    spelling = spell(text, profile)
    cells = []
    width = len(text[: LONGEST + 1]) + 1
    for part, characters in groupby(_looked_at(spelling.characters), _label_of):
        span = len([*characters])
        width -= span
        broken = ' class="broken"' if part.startswith("✗") else ""
        cells.append(f"<td{_wide(span)}{broken}>{linked(part)}</td>")
    if width:
        cells.append(f"<td{_wide(width)}></td>")
    verdict = f"<td>{linked(_verdict_of(text, profile, edition))}</td>"
    return f'<tr><th scope="row">{profile}</th>{"".join(cells)}{verdict}</tr>'


def _wide(span: int) -> str:
    return f' colspan="{span}"' if span > 1 else ""


def _looked_at(characters: tuple[Character, ...]) -> Iterator[Character]:
    """Yield the characters up to the first that breaks a rule."""
    for one in characters:
        yield one
        if one.breaks:
            return


def _label_of(one: Character) -> str:
    if one.breaks:
        return f"✗ {one.breaks}"
    return "·" if one.part in ("separator", "prefix") else one.part


def _verdict_of(text: str, profile: str, edition: Edition) -> str:
    try:
        found = parse(text, profile)
    except Malformed as error:
        return edition.explain(error)
    return f"{spell(text, profile).kind} {found}"


def _words_of(text: str, edition: Edition) -> Iterator[str]:
    """Tell for each profile which characters are which part, and the verdict."""
    for profile in PROFILES:
        told, place = [], 1
        for part, characters in groupby(_looked_at(spell(text, profile).characters), _label_of):
            piece = "".join(one.text for one in characters)
            if not part.startswith("✗") and part != "·":
                told.append(f"{part} {piece} from character {place}")
            place += len(piece)
        parts = "; ".join([*told, _verdict_of(text, profile, edition)])
        yield f"{profile}: {parts}"


def _check_of(text: str) -> str:
    """Work out the check character that belongs to a text, and tell whether it is there."""
    plain = text.replace("-", "").replace("*", "")
    try:
        if spell(text).kind == "EMAID" and len(plain) in (14, 15):
            table, due = worked(plain[:14]), check_character(plain[:14])
        elif spell(text, "din91286").kind == "EMAID" and len(plain) in (11, 12):
            table, due = worked_din(plain[:11]), din_check_digit(plain[:11])
        else:
            return _no_check(text, len(plain))
    except Malformed:  # other characters than letters and digits
        return _no_check(text, len(plain))
    said = f"none is given; {due} would belong to it"
    if len(plain) in (12, 15):
        verdict = "right" if plain[-1].upper() == due else f"wrong: {due} belongs to it"
        said = f"{plain[-1].upper()} is given, and {verdict}"
    return f'<p>Check character: {escape(said)}.</p>\n<div class="box">{table.html()}</div>'


def _no_check(text: str, length: int) -> str:
    if spell(text).kind == "EVSE ID":
        return "<p>An EVSE ID has no check character.</p>"
    said = f"of {length} characters, separators aside: none can be worked out; it follows from"
    return f"<p>Check character: {said} 14 letters and digits, or from DIN's 11.</p>"
