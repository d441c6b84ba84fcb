"""Menus above, a figure beneath: choosing an edition, a mode, a role, a scope or a language
draws it again.

`Menus` is the one pattern all notebooks use.  It always holds the figures for every option of
its first menu, so that changing that one needs no kernel.  Without a kernel it shows the first
of them and folds the others away beneath, so that a page that is only read still has them all.
"""

from collections.abc import Callable, Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from refimpl.views.kit.embedding import inline
from refimpl.views.kit.figure import Figure
from refimpl.views.kit.palette import THEME


class Menus(anywidget.AnyWidget):
    """A figure and its menus: `draw` gets one option of each, by name, and gives the figure.

    `menus` are options by name: a list of values, or labels with their values.  The first of
    each is shown first.

    >>> from refimpl.edition import load
    >>> from refimpl.views.graphs.modes import roaming_mode
    >>> editions = {"2025": load("2025"), "2019": load("2019")}
    >>> menus = Menus(roaming_mode, mode=["direct", "hybrid"], edition=editions)
    >>> menus.choose(mode="hybrid")
    >>> menus.figure.title
    'Edition 2025, hybrid (extension): authorization'
    """

    _esm = Path(__file__).with_suffix(".js")
    _css = THEME + Path(__file__).with_suffix(".css").read_text("utf-8")

    options = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Dict().tag(sync=True)
    pictures = traitlets.Dict().tag(sync=True)

    # What an option stands for is whatever `draw` takes: a text, an edition, yes or no.
    def __init__(
        self, draw: Callable[..., Figure], **menus: Iterable[str] | Mapping[str, Any]
    ) -> None:
        self._draw = draw
        self._values: dict[str, dict[str, Any]] = {}
        for name, options in menus.items():
            by_label = (
                options if isinstance(options, Mapping) else {one: one for one in options}
            )
            self._values[name] = dict(by_label)
        labels = {name: list(values) for name, values in self._values.items()}
        chosen = {name: options[0] for name, options in labels.items()}
        super().__init__(options=labels, chosen=chosen)
        self.observe(self._lay_out, "chosen")
        self._lay_out()

    def choose(self, **labels: str) -> None:
        """Choose as a reader does: by the name of the menu, the label of the option."""
        self.chosen = {**self.chosen, **labels}

    @property
    def figure(self) -> Figure:
        """The figure that is shown now."""
        return self._figure_of(self.chosen)

    @property
    def figures(self) -> dict[str, Figure]:
        """The figures for every option of the first menu, the others being what they are."""
        name = next(iter(self.options))
        found = {}
        for label in self.options[name]:
            found[label] = self._figure_of({**self.chosen, name: label})
        return found

    def _figure_of(self, chosen: Mapping[str, str]) -> Figure:
        return self._draw(**{name: self._values[name][label] for name, label in chosen.items()})

    def _lay_out(self, _change: object = None) -> None:
        pictures = {}
        for label, figure in self.figures.items():
            pictures[label] = f"{inline(figure.svg())}{figure.words()}"
        self.pictures = pictures

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        text = f"{self.figure.title}\n\n{self.figure.text}"
        return {**data, "text/html": self.html(), "text/plain": text}, metadata

    def html(self) -> str:
        """Lay out the figure without a kernel, and one more for each other option of the first
        menu.
        """
        name, first = next(iter(self.chosen.items()))
        parts = [self.figure.image(), "\n", self.figure.words(), "\n"]
        for label, figure in self.figures.items():
            if label != first:
                parts.append(_folded(f"{name}: {label}", figure))
        return f"<div>{''.join(parts)}</div>"


def _folded(title: str, figure: Figure) -> str:
    summary = f"<summary>{escape(title)}</summary>"
    return f"<details>{summary}\n{figure.image()}\n{figure.words()}</details>"
