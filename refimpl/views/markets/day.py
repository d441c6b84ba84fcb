"""A day of many services, simulated from the session table, with a share of messages lost.

`Day` is one object with two faces.  With a kernel it is live: mode, losses and the number of
sessions can be chosen, a bar shows how far it is, and it can be stopped, whereupon the totals
of what was simulated stay.  Without one it shows what was simulated first.
"""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

from refimpl.edition import Edition
from refimpl.lab.market import Market
from refimpl.lab.simulation import Plan, Totals
from refimpl.lab.simulation.by_array import run_arrays
from refimpl.lab.simulation.totals import nothing_counted, totals_of
from refimpl.views.kit.palette import THEME
from refimpl.views.kit.table import Table
from refimpl.vocabulary import Mode

HERE: Final = Path(__file__)
CSPS, CSOS, HOUSES = 1000, 5000, 2
SESSIONS: Final = (20_000, 100_000, 1_000_000)
LOSSES: Final = {
    "0": "none",
    "0.001": "one in a thousand",
    "0.01": "one in a hundred",
    "0.05": "one in twenty",
}
"""The shares of transmissions that are lost, to choose from."""
LOT: Final = 50_000
"""How many sessions are simulated between two looks at the page."""


class Day(anywidget.AnyWidget):
    """A day of services in a `mode` of an edition, of which a share of transmissions is lost.

    >>> from refimpl.edition import load
    >>> day = Day(load("2025"), "federated", lose=0.01)
    >>> day.totals.sessions, day.totals.lost > 4000
    (20000, True)
    """

    _esm = HERE.with_suffix(".js")
    _css = THEME + HERE.with_suffix(".css").read_text("utf-8")

    mode = traitlets.Unicode().tag(sync=True)
    lose = traitlets.Unicode().tag(sync=True)
    sessions = traitlets.Int().tag(sync=True)
    done = traitlets.Int().tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)
    shown = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        edition: Edition,
        mode: str = Mode.FEDERATED,
        lose: float = 0.01,
        sessions: int = SESSIONS[0],
    ) -> None:
        self._edition = edition
        labels = {row.id: row.label for row in edition.modes.values()}
        super().__init__(
            mode=mode,
            lose=f"{lose:g}",
            sessions=sessions,
            choices={
                "mode": labels,
                "lose": {f"{lose:g}": f"{lose:.1%}", **LOSSES},
                "sessions": {str(number): f"{number:,}" for number in SESSIONS},
            },
        )
        self.simulate()
        self.on_msg(self._hear_page)

    @property
    def totals(self) -> Totals:
        """What came of all that was simulated so far."""
        return totals_of(self._plan, self._counts)

    def simulate(self) -> None:
        """Simulate the day that is chosen from the start, all of it."""
        self._begin_afresh()
        while self.done < self.sessions:
            self._simulate_lot()

    def _hear_page(
        self, _widget: object, asked: Mapping[str, object], _buffers: object
    ) -> None:
        """Begin afresh, or simulate one more lot, whichever the page asks for, and say how far
        it is.
        """
        if asked.get("do") == "begin":
            self._begin_afresh()
        if self.done < self.sessions:
            self._simulate_lot()
        self.send({"done": self.done})

    def _begin_afresh(self) -> None:
        market = Market(self._edition, self.mode, CSPS, CSOS, houses=HOUSES)
        self._plan = Plan(market, lose=float(self.lose))
        self._counts = nothing_counted(self._plan)
        self.done = 0

    def _simulate_lot(self) -> None:
        last = min(self.sessions, self.done + LOT)
        self._counts.add(run_arrays(self._plan, self.done, last))
        self.shown = self._tables_as_html()
        self.done = last

    @property
    def tables(self) -> tuple[Table, ...]:
        """What came of the sessions, as tables; the last is of each kind of message."""
        return _tables_of(self._plan, self.totals)

    def _tables_as_html(self) -> str:
        """Lay out the tables, that of the messages folded away."""
        *others, kinds = self.tables
        boxes = "\n".join(f"<div>{table.html()}</div>" for table in others)
        summary = f"<summary>{escape(kinds.caption)}</summary>"
        folded = f"<details>{summary}\n{kinds.html()}</details>"
        return (
            f'<div class="tables" style="overflow-x:auto" tabindex="0">{boxes}</div>\n{folded}'
        )

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        text = "\n\n".join(table.text() for table in self.tables)
        return {**data, "text/html": f"<div>{self.shown}</div>", "text/plain": text}, metadata


def _tables_of(plan: Plan, totals: Totals) -> tuple[Table, ...]:
    market = plan.market
    mode = market.edition.modes[market.mode].label
    sessions = totals.sessions
    title = f"{sessions:,} sessions, {mode}, edition {market.edition.id}"
    whole = (
        (
            "transmissions",
            f"{totals.transmissions:,}",
            _for_each_session(totals.transmissions, sessions),
        ),
        ("lost", f"{totals.lost:,}", _for_each_session(totals.lost, sessions)),
        ("said again", f"{totals.repeated:,}", _for_each_session(totals.repeated, sessions)),
    )
    roles = market.edition.roles
    ends = []
    for (home, visited), count in totals.phases.items():
        ends.append((home, visited, f"{count:,}", f"{count / sessions:.2%}"))
    waited = []
    for times, count in totals.asked_again.items():
        waited.append((f"{5 * times} s", f"{count:,}", f"{count / sessions:.2%}"))
    tables = [
        Table(title, ("messages", "in all", "each session"), whole),
        Table(
            "Where both sides stand at the end",
            (roles["home-csp"].label, roles["visited-cso"].label, "sessions", "share"),
            tuple(ends),
        ),
        Table("How long the first answer was waited for", WAITED, tuple(waited)),
    ]
    if totals.houses:
        heard = tuple((name, f"{count:,}") for name, count in totals.houses.items())
        tables.append(Table("Messages that each clearing house heard", HEARD, heard))
    kinds = []
    for kind, count in totals.kinds.items():
        kinds.append((kind, f"{count:,}", f"{totals.lost_kinds.get(kind, 0):,}"))
    tables.append(Table("Messages by kind", ("message", "transmissions", "lost"), tuple(kinds)))
    return tuple(tables)


WAITED = ("waited", "sessions", "share")
HEARD = ("clearing house", "messages")


def _for_each_session(count: int, sessions: int) -> str:
    return f"{count / sessions:.2f}"
