"""A plot of a few curves over sizes, told apart by marks and dashes, and the same in words.

It is laid out by matplotlib and drawn in the colours of `kit.palette`, with its text as text.
The same curves always come out as the same bytes.
"""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import cycle
from typing import TYPE_CHECKING, Final, NamedTuple

from refimpl.views.kit.embedding import image
from refimpl.views.kit.figure import FONTS
from refimpl.views.kit.palette import ACCENT, ALARM, BROWN, GREEN, INK, MUTED, PAPER, RULE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.typing import RcKeyType

WIDTH_IN, HEIGHT_IN = 9.0, 3.7
TEXT_SIZE: Final = 11
MEASURED_FONT: Final = "DejaVu Sans"
"""The font that matplotlib brings along, so that texts have the same widths everywhere."""
STYLE: Final["dict[RcKeyType, object]"] = {
    "axes.edgecolor": INK,
    "axes.facecolor": PAPER,
    "axes.labelcolor": INK,
    "figure.facecolor": PAPER,
    "font.family": MEASURED_FONT,
    "font.size": TEXT_SIZE,
    "grid.color": RULE,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 7,
    "svg.fonttype": "none",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
INKS: Final = (ACCENT, BROWN, GREEN, ALARM, INK, MUTED)
MARKS: Final = ("o", "s", "^", "D", "v", "P", "X")
DASHES: Final = ("-", "--", "-.", ":")
APART: Final = 0.085
"""How far apart marks of one size stand, in powers of ten."""


class Curve(NamedTuple):
    """A curve: what it is of, and its value at each size."""

    label: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves over sizes, both on scales of powers of ten; `zero` says that the lowest value is
    0, which such a scale has not, so that it is drawn evenly below 1.

    The curve in the same place has the same colour and mark in every plot, and its marks stand
    beside those of the others, so that equal values do not hide each other.
    """

    title: str
    sizes: tuple[tuple[str, float], ...]
    curves: tuple[Curve, ...]
    across: str
    upwards: str
    zero: bool = False

    @property
    def text(self) -> str:
        """The curves in words, a line each."""
        lines = []
        for curve in self.curves:
            told = []
            for (size, _), value in zip(self.sizes, curve.values, strict=True):
                told.append(f"{number(value)} at {size}")
            lines.append(f"{curve.label}: {', '.join(told)}")
        return "\n".join(lines)

    def svg(self) -> str:
        """The plot as one SVG element, accessible and self-contained."""
        return _svg_of(self)

    def html(self) -> str:
        """The title, the plot and its words beneath it, as a notebook keeps them."""
        title = escape(self.title)
        words = escape(self.text).replace("\n", "<br>\n")
        return (
            f"<p><b>{title}</b></p>\n{image(self.svg(), self.title)}\n"
            f"<details><summary>{title}, in words</summary>\n<p>{words}</p>\n</details>"
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        plain = f"{self.title}\n\n{self.text}"
        return {"text/html": f"<div>{self.html()}</div>", "text/plain": plain}


def number(value: float) -> str:
    """A number as a reader wants it.

    >>> number(5_000_000), number(2.5), number(1)
    ('5,000,000', '2.5', '1')
    """
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}".rstrip("0")


@lru_cache(maxsize=64)
def _svg_of(plot: Plot) -> str:
    return _tidied(_drawn_by_matplotlib(plot), plot)


def _drawn_by_matplotlib(plot: Plot) -> str:
    """Let matplotlib draw the curves, the legend beside them."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    salt = hashlib.sha256(repr(plot).encode()).hexdigest()
    drawn = io.StringIO()
    with mpl.rc_context({**STYLE, "svg.hashsalt": salt}):
        figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN))
        axes = figure.add_axes((0.13, 0.25, 0.5, 0.7))
        _draw_curves(axes, plot)
        FigureCanvasSVG(figure)
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    return drawn.getvalue()


def _draw_curves(axes: "Axes", plot: Plot) -> None:
    from matplotlib.ticker import FuncFormatter, NullLocator

    names = [name.replace(" × ", "\n× ") for name, _ in plot.sizes]
    places = [place for _, place in plot.sizes]
    looks = zip(cycle(INKS), cycle(MARKS), cycle(DASHES), strict=False)
    for at, (curve, (ink, mark, dash)) in enumerate(zip(plot.curves, looks, strict=False)):
        aside = 10 ** (APART * (at - (len(plot.curves) - 1) / 2))
        look = {"color": ink, "marker": mark, "linestyle": dash, "markerfacecolor": PAPER}
        beside = [place * aside for place in places]
        axes.plot(beside, curve.values, label=curve.label, clip_on=False, **look)  # type: ignore[arg-type]  # a look is text alone
    axes.set_xscale("log")
    axes.set_xticks(places, names)
    if plot.zero:
        axes.set_yscale("symlog", linthresh=1)
        axes.set_ylim(bottom=-0.3)
    else:
        axes.set_yscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axes.set_xlabel(plot.across)
    axes.set_ylabel(plot.upwards)
    axes.grid(visible=True, axis="y", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1.03, 0.5), handlelength=3.5)


def _tidied(svg: str, plot: Plot) -> str:
    """Turn what matplotlib wrote into an element of a page: its looks as attributes, which the
    palette can turn dark, no style sheet, and ids of its own.
    """
    body = svg[svg.index("<svg") :]
    body = re.sub(
        r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", body, flags=re.DOTALL
    )
    prefix = f"p{hashlib.sha256(repr(plot).encode()).hexdigest()[:8]}-"
    body = re.sub(r'(?<= id=")|(?<=href="#)|(?<=url\(#)', prefix, body)
    body = re.sub(r' style="([^"]*)"', _as_attributes, body)
    body = re.sub(r"\n\s*", "\n", body)
    opening, rest = body.removeprefix("<svg").split(">", 1)
    opening = re.sub(r' version="[^"]*"', "", opening)
    head = f'<svg role="img" aria-label="{escape(plot.title)}" stroke-linejoin="round"'
    told = f"<title>{escape(plot.title)}</title>\n<desc>{escape(plot.text)}</desc>"
    return f"{head}{opening}>\n{told}{rest}".strip()


def _as_attributes(style: re.Match[str]) -> str:
    """Write what a style says as attributes, sizes without their unit."""
    return "".join(_attributes(style[1]))


def _attributes(style: str) -> Iterator[str]:
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        written = value.strip()
        if name.strip() == "font-family":
            written = FONTS
        yield f' {name.strip()}="{written.removesuffix("px")}"'
