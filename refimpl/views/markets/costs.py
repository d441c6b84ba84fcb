"""What each way of roaming costs as a market grows: three plots, and tables of all figures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from html import escape

from refimpl.edition import Edition
from refimpl.lab.mode_costs import SIZES, Costs, all_costs
from refimpl.views.kit.table import Table
from refimpl.views.markets.plot import Curve, Plot, number

ACROSS = "CSPs × CSOs"
ON_AXIS = f"{ACROSS}; the marks of one size stand side by side"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared, as plots and as a table for each size, the largest last."""

    title: str
    plots: tuple[Plot, ...]
    tables: tuple[Table, ...]

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        *others, largest = self.tables
        parts = [plot.html() for plot in self.plots]
        parts.append(largest.boxed())
        for table in others:
            summary = f"<summary>{escape(table.caption)}</summary>"
            parts.append(f"<details>{summary}\n{table.boxed()}</details>")
        tables = "\n\n".join(table.text() for table in self.tables)
        return {
            "text/html": f"<div>{chr(10).join(parts)}</div>",
            "text/plain": f"{self.title}\n\n{tables}",
        }


def mode_costs(edition: Edition, sizes: Iterable[tuple[int, int]] = SIZES) -> Comparison:
    """Compare the ways of roaming of an edition, by how many CSPs and CSOs there are.

    >>> from refimpl.edition import load
    >>> shown = mode_costs(load("2025"), [(10, 10), (1000, 5000)])
    >>> shown.plots[0].text.splitlines()[0]
    'direct: 100 at 10 × 10, 5,000,000 at 1,000 × 5,000'
    """
    found = list(all_costs(edition, sizes))
    title = f"What each way of roaming costs, edition {edition.id}"
    plots = (
        _plot_by_size("Links between endpoints", found, "links", lambda one: one.links),
        _plot_by_size(
            "Transmissions of one service", found, "transmissions", lambda one: one.messages
        ),
        _plot_by_size(
            "Entities besides the two ends that learn something of the user in one service",
            found,
            "entities",
            lambda one: one.learners,
        ),
    )
    tables = []
    for size in dict.fromkeys(map(_size_in_words, found)):
        rows = tuple(_row_of_costs(one) for one in found if _size_in_words(one) == size)
        tables.append(Table(f"{title}, {size} {ACROSS}", COLUMNS, rows))
    return Comparison(title, plots, tuple(tables))


def _size_in_words(one: Costs) -> str:
    return f"{one.csps:,} × {one.csos:,}"


def _plot_by_size(
    title: str,
    found: list[Costs],
    upwards: str,
    figure: Callable[[Costs], int | Fraction],
) -> Plot:
    """Plot one figure by size, a curve for each way."""
    sizes = {_size_in_words(one): float(one.csps * one.csos) for one in found}
    values: dict[str, list[float]] = {}
    for one in found:
        values.setdefault(_name_of_way(one), []).append(float(figure(one)))
    curves = tuple(Curve(way, tuple(some)) for way, some in values.items())
    zero = any(0 in curve.values for curve in curves)
    return Plot(title, tuple(sizes.items()), curves, ON_AXIS, upwards, zero)


def _name_of_way(one: Costs) -> str:
    """Name a way of roaming by itself: "the same" only says something behind another."""
    return one.way.replace("the same,", "clearing house, forward,")


COLUMNS = (
    "way of roaming",
    "links",
    "hops of a question",
    "transmissions of a service",
    "clearing houses that cut off pairs",
    "share of pairs one cuts off",
    "others that learn of the user",
    "what they learn",
)


def _row_of_costs(one: Costs) -> tuple[str, ...]:
    return (
        _name_of_way(one),
        number(one.links),
        number(float(one.hops)),
        number(float(one.messages)),
        number(one.single_points),
        f"{float(one.cut_off):.0%}",
        number(float(one.learners)),
        ", ".join(one.discloses) or "nothing",
    )
