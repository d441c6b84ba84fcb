"""Controls above, a figure beneath: choosing an edition, a mode, a role, a scope or a language
draws it again.

`Choice` is the one pattern all notebooks use.  It always holds the figures for every option of
its first control, so that changing that one waits for nobody.  Without a kernel it shows the
first of them and folds the others away beneath, so that a page nobody runs still has them all.
"""

from collections.abc import Callable, Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from refimpl.views.figure import Figure


class Choice(anywidget.AnyWidget):
    """A figure and its controls: `draw` gets one option of each, by name, and gives the figure.

    `controls` are options by name: a list of values, or labels with their values.  The first of
    each is shown first.

    >>> from refimpl.views import modes
    >>> choice = Choice(modes.draw, mode=["direct", "hybrid"], edition=["2025", "2019"])
    >>> choice.choose(mode="hybrid")
    >>> choice.figure.title
    'Edition 2025, hybrid (extension): authorisation'
    """

    _esm = Path(__file__).with_suffix(".js")

    options = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Dict().tag(sync=True)
    pictures = traitlets.Dict().tag(sync=True)

    def __init__(
        self, draw: Callable[..., Figure], **controls: Iterable[str] | Mapping[str, Any]
    ) -> None:
        self._draw = draw
        self._values = {
            name: dict(options)
            if isinstance(options, Mapping)
            else {option: option for option in options}
            for name, options in controls.items()
        }
        labels = {name: list(values) for name, values in self._values.items()}
        super().__init__(
            options=labels, chosen={name: first for name, (first, *_) in labels.items()}
        )
        self.observe(self._show, "chosen")
        self._show()

    def choose(self, **labels: str) -> None:
        """Choose as the controls do: by the name of the control, the label of the option."""
        self.chosen = {**self.chosen, **labels}

    @property
    def figure(self) -> Figure:
        """The figure that is shown now."""
        return self._figure(self.chosen)

    @property
    def figures(self) -> dict[str, Figure]:
        """The figures for every option of the first control, the others being what they are."""
        name = next(iter(self.options))
        return {
            label: self._figure({**self.chosen, name: label}) for label in self.options[name]
        }

    def _figure(self, chosen: Mapping[str, str]) -> Figure:
        return self._draw(**{name: self._values[name][label] for name, label in chosen.items()})

    def _show(self, _change: object = None) -> None:
        self.pictures = {
            label: f"{figure.svg()}{figure.words()}" for label, figure in self.figures.items()
        }

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {
            **data,
            "text/html": self.html(),
            "text/plain": f"{self.figure.title}\n\n{self.figure.text}",
        }, metadata

    def html(self) -> str:
        """The figure without a kernel, and one more for each other option of the first control."""
        name, first = next(iter(self.chosen.items()))
        others = (
            (f"{name}: {label}", figure)
            for label, figure in self.figures.items()
            if label != first
        )
        folded = (
            f"<details><summary>{escape(title)}</summary>\n{figure.image()}\n{figure.words()}</details>"
            for title, figure in others
        )
        return f"<div>{self.figure.image()}\n{self.figure.words()}\n{''.join(folded)}</div>"
