"""An object of another protocol in a field, ours beside it, and a third protocol's beside that.

`Converter` is one object with two faces.  With a kernel the object can be chosen, pasted and
changed; what is wrong in it stands beside its lines, and each line tells what became of its
leaf.  Without one it shows the same as three tables.  What is lost stands at the bottom.

The words above the columns are those of the edition's crosswalk.  What an object says is text
here and never markup.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, Final, TypedDict

import anywidget
import traitlets

from refimpl.crosswalk import PROTOCOLS, counterpart, give, take
from refimpl.crosswalk.codecs import CODECS, same
from refimpl.crosswalk.examples import examples, protocol_of
from refimpl.crosswalk.kinds import Kind
from refimpl.crosswalk.reading import Json, leaves_of, read
from refimpl.crosswalk.report import Given, Report
from refimpl.crosswalk.tables import CLASSES
from refimpl.edition import Edition
from refimpl.views.crosswalk.lines import (
    MEANINGS,
    SIGNS,
    Line,
    Mark,
    lines_html,
    lines_of,
    places_of,
    tidy,
)
from refimpl.views.kit.palette import THEME
from refimpl.views.kit.rule_links import lead_to_rules, linked
from refimpl.views.kit.table import Table

HERE: Final = Path(__file__).parent
LINE: Final = re.compile(r"line (\d+)")
MOST_BYTES: Final = 200_000
"""How long an object in the field may be."""
SHOWN: Final = 6
"""How many places of a kind are named at the bottom."""


class Fault(TypedDict):
    """Something about the object, as the page gets it: its line, 0 if none is known, whether it
    keeps the object from being carried over, and words.
    """

    line: int
    refuses: bool
    says: str


class Converter(anywidget.AnyWidget):
    """A field for an object, and what it is in ours and in another protocol.

    >>> from refimpl.edition import load
    >>> converter = Converter(load("2025"), "ocpi-2.2.1/cdr-smallest", to="oicp-2.3")
    >>> converter.summary.partition(":")[0]
    'OCPI 2.2.1 to ours'
    >>> converter.text = converter.text.replace('"volume": 12', '"volume": 12000')
    >>> converter.faults[-1]["says"].partition(" ")[0]
    'XWK-5'
    """

    _esm = HERE / "converter.js"
    _css = THEME + (HERE / "converter.css").read_text("utf-8")

    names: traitlets.List[str] = traitlets.List().tag(sync=True)
    titles = traitlets.Dict().tag(sync=True)
    signs = traitlets.Dict(dict(SIGNS)).tag(sync=True)
    chosen = traitlets.Unicode().tag(sync=True)
    origin = traitlets.Unicode().tag(sync=True)
    to = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    faults: traitlets.List[Fault] = traitlets.List().tag(sync=True)
    marks: traitlets.List[str] = traitlets.List().tag(sync=True)
    summary = traitlets.Unicode().tag(sync=True)
    ours = traitlets.Unicode().tag(sync=True)
    theirs = traitlets.Unicode().tag(sync=True)
    lost = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        edition: Edition,
        chosen: str,
        to: str,
        context: Mapping[str, Json] | None = None,
    ) -> None:
        self._edition, self._context = edition, context
        titles = {name: one.title for name, one in PROTOCOLS.items() if one.converts}
        super().__init__(
            names=list(examples()),
            titles=titles,
            chosen=chosen,
            origin=protocol_of(chosen),
            to=to,
            text=examples()[chosen],
        )
        self.observe(self._choose, "chosen")
        self.observe(self._convert, ["text", "origin", "to"])
        self.on_msg(self._hear)
        self._convert()
        lead_to_rules(edition)

    def _choose(self, _change: object = None) -> None:
        if self.chosen in examples():
            with self.hold_trait_notifications():
                self.origin = protocol_of(self.chosen)
                self.text = examples()[self.chosen]

    def _hear(self, _widget: object, said: object, _buffers: object) -> None:
        """Do what a button asks: the example again as it was, or a leaf on each line."""
        if said == "choose":
            self._choose()
        elif said == "tidy" and self._report.rule != "XWK-1":
            self.text = tidy(read(self.text))

    def _convert(self, _change: object = None) -> None:
        """Carry what stands in the field over, and show what became of it."""
        text = self.text[:MOST_BYTES]
        self._report = take(self.origin, text)
        report = self._report
        self._given = self._give()
        with self.hold_sync():
            self.summary = f"{_told(report)} {self._told_given()}".strip()
            places = _places(text, report)
            self.faults = list(_faults(report, places))
            self.marks = _marks(text, report, places)
            self.ours = self._ours_html()
            self.theirs = self._theirs_html()
            self.lost = "\n".join(table.html() for table in self.losses())

    def _give(self) -> Given | None:
        kind = self._kind_there()
        if kind is None or self._report.ours is None:
            return None
        kept = self._report.extension if self.to == self.origin else None
        return give(self.to, kind.name, self._report.ours, self._context, kept)

    def _kind_there(self) -> Kind | None:
        """The kind of object of the other protocol that ours becomes."""
        here = PROTOCOLS[self.origin].kinds.get(self._report.kind)
        if here is None:
            return None
        return counterpart(here, PROTOCOLS[self.to], self._report.ours or {})

    def _told_given(self) -> str:
        given, title = self._given, PROTOCOLS[self.to].title
        if given is None:
            return "" if self._report.ours is None else f"{title} has no such object."
        needs = f"needs {_many(len(given.needs), 'member')} that nobody supplied"
        lost = f"has no place for {_many(len(given.lost), 'member')} of ours"
        said = f"Ours to {title}: {needs if given.needs else 'complete'}, {lost}."
        if not given.conflicts:
            return said
        return (
            f"{said} The context contradicts ours in {_many(len(given.conflicts), 'member')}."
        )

    def losses(self) -> tuple[Table, ...]:
        """Tell how many leaves ended in each class, and what has no place, kind by kind."""
        return totals(self._report), _lost(self._report, self._given, PROTOCOLS[self.to].title)

    def _ours_html(self) -> str:
        report = self._report
        if report.ours is None:
            return f"<p>Nothing of ours: {linked(_refused(report))}.</p>"
        lines = lines_of(_without_extension(report.ours), _ours_marks(report))
        return lines_html(self._caption("here"), ("from", "ours", "of"), lines)

    def _theirs_html(self) -> str:
        given = self._given
        if given is None:
            return f"<p>{escape(self._told_given() or 'Nothing to carry on.')}</p>"
        kind = self._kind_there()
        assert kind is not None  # or nothing was given
        marks = _theirs_marks(kind, given, self._report.ours or {})
        lines = lines_of(given.object, marks)
        lines += [Line(at, at, Mark("needed")) for at in given.needs]
        return lines_html(
            self._caption(self.to), ("what", PROTOCOLS[self.to].title, "of ours"), lines
        )

    def _caption(self, where: str) -> str:
        """The words for the object there: ours, or a protocol's as the edition has them."""
        kind = PROTOCOLS[self.origin].kinds[self._report.kind]
        row = self._edition.exchanges.get(kind.exchange)
        label = row.label if row else kind.exchange
        if where == "here":
            return f"Ours: {label}"
        protocol = PROTOCOLS[where]
        words = self._edition.crosswalk.get(kind.exchange)
        word = getattr(words, protocol.column, None) if words else None
        return f"{protocol.title}: {word or 'no word'}"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        words = [self.summary, *(table.text() for table in self.losses())]
        return {**data, "text/html": self.html(), "text/plain": "\n\n".join(words)}, metadata

    def html(self) -> str:
        """Lay out the three objects without a kernel, what is lost beneath them."""
        report = self._report
        said = "".join(f"<li>{linked(one['says'])}</li>" for one in self.faults)
        told = f"<ul>{said}</ul>" if said else ""
        left = ""
        if report.kind:
            heads = ("what", PROTOCOLS[self.origin].title, "to ours")
            left = lines_html(self._caption(self.origin), heads, self._left_lines())
        parts = [left, self.ours, self.theirs]
        names = (PROTOCOLS[self.origin].title, "Ours", PROTOCOLS[self.to].title)
        folded = "".join(
            f"<details{' open' if name == 'Ours' else ''}><summary>{name}</summary>\n{part}"
            "</details>\n"
            for name, part in zip(names, parts, strict=True)
        )
        return f"<div><p><b>{linked(self.summary)}</b></p>\n{told}{folded}{self.lost}</div>"

    def _left_lines(self) -> list[Line]:
        marks = {entry.at: Mark(entry.settled, _where(entry)) for entry in self._report.entries}
        return lines_of(read(self.text), marks)


# --- What became of it, in words --------------------------------------------------------------


def _told(report: Report) -> str:
    title = PROTOCOLS[report.protocol].title
    if report.refusal is not None:
        return f"{title} to ours: refused, {_refused(report)}."
    counts = [f"{count} {name}" for name, count in report.counts.items() if count]
    return (
        f"{title} to ours: {report.grade}, {len(report.entries)} leaves: {', '.join(counts)}."
    )


def _refused(report: Report) -> str:
    refusal = report.refusal
    return f"{refusal.rule_id} at {refusal.at or '/'}: {refusal.says}" if refusal else ""


def _many(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def totals(report: Report) -> Table:
    """Count the leaves of a report by their class, each with what it means."""
    rows = [
        (f"{SIGNS[name]} {name}", str(report.counts[name]), MEANINGS[name]) for name in CLASSES
    ]
    return Table("What became of each leaf", ("class", "leaves", "meaning"), tuple(rows))


def _lost(report: Report, given: Given | None, title: str) -> Table:
    rows = []
    for kind, count in report.residue.items():
        places = [entry.at for entry in report.entries if entry.kind == kind]
        rows.append((kind, str(count), _some(places), "no place in ours; kept in the report"))
    if given is not None:
        if given.lost:
            rows.append(
                ("ours", str(len(given.lost)), _some(given.lost), f"no place in {title}")
            )
        if given.needs:
            rows.append(
                ("needed", str(len(given.needs)), _some(given.needs), f"{title} asks for it")
            )
        if given.conflicts:
            number, where = str(len(given.conflicts)), _some(given.conflicts)
            why = "the context says otherwise than ours; ours stands"
            rows.append(("contradicted", number, where, why))
    columns = ("kind", "leaves", "where", "why")
    said = "What is lost on the way" if rows else "Nothing was carried over, and nothing lost"
    if report.ours is not None and not rows:
        said = "Nothing is lost on the way"
    return Table(said, columns, tuple(rows))


def _some(places: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    return ", ".join(places[:SHOWN]) + more


# --- Marks ------------------------------------------------------------------------------------


def _where(entry: Any) -> str:
    if entry.to:
        return f"→ {entry.to}"
    return str(entry.kind)


def _places(text: str, report: Report) -> dict[str, int]:
    """The line of each leaf, where the text is JSON."""
    return {} if report.rule == "XWK-1" else places_of(text)


def _faults(report: Report, places: Mapping[str, int]) -> Iterator[Fault]:
    for finding in report.findings:
        says = f"{finding.at}: {finding.says}"
        yield {"line": _line_of(finding.at, places), "refuses": False, "says": says}
    refusal = report.refusal
    if refusal is not None:
        told = LINE.search(refusal.says)
        line = int(told[1]) if told and not places else _line_of(refusal.at, places)
        yield {"line": line, "refuses": True, "says": _refused(report)}


def _line_of(at: str, places: Mapping[str, int]) -> int:
    """The line of a leaf, or of the first leaf below or beside a place that is none."""
    while True:
        for other, line in places.items():
            if other == at or other.startswith(f"{at}/"):
                return line
        if not at:
            return 0
        at = at.rpartition("/")[0]


def _marks(text: str, report: Report, places: Mapping[str, int]) -> list[str]:
    """The class of each line of the text: that of its leaf, of several the most lossy."""
    marks = [""] * (text.count("\n") + 1)
    for entry in report.entries:
        line = places.get(entry.at, 0) - 1
        if line >= 0 and (not marks[line] or _worse(entry.settled, marks[line])):
            marks[line] = entry.settled
    return marks


def _worse(one: str, other: str) -> bool:
    order = list(SIGNS)
    return order.index(one) > order.index(other)


def _without_extension(ours: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in ours.items() if name != "extension"}


def _ours_marks(report: Report) -> dict[str, Mark]:
    """The class of each leaf of ours: that of the leaf it came from."""
    marks: dict[str, Mark] = {}
    for entry in report.entries:
        if entry.to and entry.settled != "derived":
            marks[entry.to] = Mark(entry.settled, f"← {entry.at}")
    for at, _ in leaves_of(_without_extension(report.ours or {})):
        marks.setdefault(at, Mark("added"))
    return marks


def _theirs_marks(kind: Kind, given: Given, ours: dict[str, Json]) -> dict[str, Mark]:
    """How each leaf of theirs is written: as ours has it, otherwise, or derived."""
    pairs = {pair.theirs: pair for pair in kind.pairs}
    told = dict(leaves_of(ours))
    marks = {}
    for at, value in leaves_of(given.object):
        pair = pairs.get(_path_of(at))
        if pair is None:
            marks[at] = Mark("added")
            continue
        source = _with_positions(pair.ours, at)
        settled = "exact" if same(value, told.get(source)) else "form"
        if CODECS[pair.how].settles == "derived":
            settled = "derived"
        marks[at] = Mark(settled, f"← {source}")
    return marks


def _path_of(at: str) -> str:
    """A pointer as the tables write it.

    >>> _path_of("/charging_periods/0/dimensions/1/volume")
    'charging_periods[].dimensions[].volume'
    """
    return re.sub(r"/\d+(?=/|$)", "[]", at).strip("/").replace("/", ".")


def _with_positions(path: str, at: str) -> str:
    """A path of ours as a pointer, with the positions that another pointer has.

    >>> _with_positions("periods[].energy_wh", "/charging_periods/3/dimensions/0/volume")
    '/periods/3/energy_wh'
    """
    positions = iter(re.findall(r"/(\d+)(?=/|$)", at))
    pointer = "/" + path.replace(".", "/")
    return re.sub(r"\[\]", lambda _: f"/{next(positions, 0)}", pointer)
