"""Controls above, a figure beneath: choosing an edition, a mode, a role, a scope or a language draws it again.

`Choice` is the one pattern all notebooks use.  Without a kernel it shows its first figure, and folded away those for
the other options of its first control, so a page that nobody runs still shows every one of them.
"""

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

import ipywidgets

from refimpl.views.figure import Figure


class Choice(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets brings no types
    """A figure and its controls: `draw` gets one option of each, by name, and gives the figure.

    `controls` are options by name: a list of values, or labels with their values.  The first of each is shown first.

    >>> from refimpl.views import modes
    >>> choice = Choice(modes.draw, mode=["direct", "hybrid"], edition=["2025", "2019"])
    >>> choice.controls["mode"].value = "hybrid"
    >>> choice.figure.title
    'Edition 2025, hybrid (extension): authorisation'
    """

    def __init__(self, draw: Callable[..., Figure], **controls: Iterable[str] | Mapping[str, Any]) -> None:
        self._draw = draw
        self._options = {
            name: dict(options) if isinstance(options, Mapping) else {option: option for option in options}
            for name, options in controls.items()
        }
        self.controls = {
            name: ipywidgets.Dropdown(
                options=list(options.items()),
                description=name.replace("_", " "),
                style={"description_width": "initial"},
            )
            for name, options in self._options.items()
        }
        self._picture = ipywidgets.HTML()
        bar = ipywidgets.HBox(list(self.controls.values()), layout={"flex_flow": "row wrap"})
        super().__init__([bar, self._picture])
        for control in self.controls.values():
            control.observe(self._show, "value")
        self._show()

    @property
    def chosen(self) -> dict[str, Any]:
        """What is chosen now, by the name of the control."""
        return {name: control.value for name, control in self.controls.items()}

    @property
    def figure(self) -> Figure:
        """The figure that is shown now."""
        return self._draw(**self.chosen)

    def _show(self, _change: object = None) -> None:
        figure = self.figure
        self._picture.value = f'<div style="background:#fff" role="status">{figure.svg()}</div>{figure.words()}'

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        return {**super()._repr_mimebundle_(**options), "text/html": self.html(), "text/plain": self.figure.title}

    def html(self) -> str:
        """The figure without a kernel, and one more for each other option of the first control."""
        first, (name, options) = self.figure, next(iter(self._options.items()))
        others = {label: value for label, value in options.items() if value != self.chosen[name]}
        figures = (
            (f"{name.replace('_', ' ')}: {label}", self._draw(**{**self.chosen, name: value}))
            for label, value in others.items()
        )
        folded = (
            f"<details><summary>{escape(label)}</summary>\n{figure.image()}\n{figure.words()}</details>"
            for label, figure in figures
        )
        return f"<div>{first.image()}\n{first.words()}\n{''.join(folded)}</div>"
