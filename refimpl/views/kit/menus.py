"""Menus above, a figure beneath: choosing an edition, a mode, a role, a scope or a language
draws it again.

`Menus` is the one pattern all notebooks use.  A menu that would change nothing, as the others
stand, cannot be opened and says why.  A page gets the picture that is chosen and keeps it; in
idle moments it asks for those of the first menu, and of a menu that is about to be opened.

Without a kernel it shows what is chosen first and folds the other options of its first menu
away beneath, so that a page that is only read has them all: the menu that matters comes first.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from refimpl.edition import Edition
from refimpl.views.kit.embedding import inline
from refimpl.views.kit.figure import Figure
from refimpl.views.kit.palette import THEME
from refimpl.views.kit.rule_links import lead_to_rules

HERE = Path(__file__)
STORED_PICTURES = 16
"""The options of a menu whose pictures a notebook keeps; of a longer one it keeps the words."""


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

    _esm = HERE.with_suffix(".js")
    _css = THEME + HERE.with_suffix(".css").read_text("utf-8")

    options = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Dict().tag(sync=True)
    pictures = traitlets.Dict().tag(sync=True)
    silent = traitlets.Dict().tag(sync=True)

    # What an option stands for is whatever `draw` takes: a text, an edition, yes or no.
    def __init__(
        self, draw: Callable[..., Figure], **menus: Iterable[str] | Mapping[str, Any]
    ) -> None:
        self._draw = draw
        self._values: dict[str, dict[str, Any]] = {}
        self._drawn: dict[str, Figure] = {}
        for name, options in menus.items():
            by_label = (
                options if isinstance(options, Mapping) else {one: one for one in options}
            )
            self._values[name] = dict(by_label)
        labels = {name: list(values) for name, values in self._values.items()}
        chosen = {name: options[0] for name, options in labels.items()}
        super().__init__(options=labels, chosen=chosen)
        self.observe(self._show, "chosen")
        self.on_msg(self._hear)
        self._show()
        self._tell_silent()
        lead_to_rules(*self._editions_offered())

    def _editions_offered(self) -> Iterator[Edition]:
        """Yield the editions that may be chosen."""
        for options in self._values.values():
            yield from (one for one in options.values() if isinstance(one, Edition))

    def choose(self, **labels: str) -> None:
        """Choose as a reader does: by the name of the menu, the label of the option."""
        self.chosen = {**self.chosen, **labels}
        self._tell_silent()

    @property
    def figure(self) -> Figure:
        """The figure that is shown now."""
        return self.figure_of(self.chosen)

    @property
    def figures(self) -> dict[str, Figure]:
        """The figures for every option of the first menu, the others being what they are."""
        name = next(iter(self.options))
        return {label: self._figure_with(name, label) for label in self.options[name]}

    def _figure_with(self, name: str, label: str) -> Figure:
        return self.figure_of({**self.chosen, name: label})

    def figure_of(self, chosen: Mapping[str, str]) -> Figure:
        """The figure for one option of each menu, by name."""
        key = _key(chosen)
        if key not in self._drawn:
            values = {name: self._values[name][label] for name, label in chosen.items()}
            self._drawn[key] = self._draw(**values)
        return self._drawn[key]

    def _show(self, _change: object = None) -> None:
        """Send the picture at once; the page asks for what is silent once it has painted it."""
        self._send_picture(self.chosen)

    def _tell_silent(self) -> None:
        self.silent = self._silent_menus(self.chosen)

    def _send_picture(self, chosen: Mapping[str, str]) -> None:
        self.pictures = {_key(chosen): laid_out(self.figure_of(chosen))}

    def _hear(self, _widget: object, asked: Mapping[str, Any], _buffers: object) -> None:
        """Tell a page what is silent beside its choice, or send it a picture before that is
        chosen; either may be ahead of what is known here to be chosen.
        """
        if beside := self._choice(asked.get("silent")):
            self.silent = self._silent_menus(beside)
        if ahead := self._choice(asked.get("ahead")):
            self._send_picture(ahead)

    def _choice(self, asked: Mapping[str, str] | None) -> dict[str, str] | None:
        """One option of each menu, if that is what a page names."""
        named = asked or {}
        if all(named.get(name) in labels for name, labels in self.options.items()):
            return {name: named[name] for name in self.options}
        return None

    def _silent_menus(self, chosen: Mapping[str, str]) -> dict[str, str]:
        """Tell why each menu is silent that would change nothing but the title."""
        silent = {}
        shown = self.figure_of(chosen)
        for name, labels in self.options.items():
            others = (self.figure_of({**chosen, name: label}) for label in labels)
            if all(other.shows_as(shown) for other in others):
                silent[name] = shown.unmoved_by.get(name) or _same_for_all(len(labels))
        return silent

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        text = f"{self.figure.title}\n\n{self.figure.text}"
        return {**data, "text/html": self.html(), "text/plain": text}, metadata

    def html(self) -> str:
        """Lay out the figure without a kernel, and one more for each other option of the first
        menu; of a long menu only its words.
        """
        name, first = next(iter(self.chosen.items()))
        long = len(self.options[name]) > STORED_PICTURES
        parts = [self.figure.html(), "\n"]
        for label, figure in self.figures.items():
            if label != first:
                summary = f"<summary>{escape(f'{name}: {label}')}</summary>"
                folded = f"<details>{summary}\n{figure.html()}</details>"
                parts.append(figure.words() if long else folded)
        return f"<div>{''.join(parts)}</div>"


def laid_out(figure: Figure) -> str:
    """Lay out a figure as a live page shows it: title, drawing, and the words beneath."""
    title = f'<p class="title">{escape(figure.title)}</p>'
    return f"{title}{inline(figure.svg())}{figure.words()}"


def _same_for_all(options: int) -> str:
    """Say of a menu of so many options that it changes nothing."""
    return (
        "There is no other." if options == 1 else f"The picture is the same for all {options}."
    )


def _key(chosen: Mapping[str, str]) -> str:
    """Name what is chosen as the page does: every label on a line of its own."""
    return "\n".join(chosen.values())
