"""What a view answers, worked out before: each way that its controls may stand, and what it
shows then.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any

from refimpl.site.chapters.writing import for_site


def begins(view: object) -> dict[str, Any]:
    """All that a view shows and asks, by name, as it stands."""
    ours: list[Any] = [
        one for one in type(view).__mro__ if one.__module__.startswith("refimpl.")
    ]
    names = sorted(name for one in ours for name in one.class_own_traits(sync=True))
    return {name: _on_page(getattr(view, name)) for name in names if name[0] != "_"}


def _on_page(told: Any) -> Any:
    """The same with the links of the site."""
    match told:
        case str():
            return for_site(told, "../")
        case list():
            return [*map(_on_page, told)]
        case dict():
            return {name: _on_page(one) for name, one in told.items()}
    return told


class Answers:
    """What a view tells under some names, by how its controls stand; what is told again is kept
    once.
    """

    def __init__(self, *names: str) -> None:
        self._names = names
        self._by: list[str] = []
        self._answers: dict[str, list[int]] = {}
        self._known: dict[str, int] = {}

    def record(
        self,
        view: object,
        controls: Mapping[str, Iterable[object]],
        ask: Callable[[], object] | None = None,
    ) -> None:
        """Let the controls stand in every way, `ask` what a reader would, and keep what is
        told.
        """
        self._by = [*controls]
        for values in product(*controls.values()):
            for name, value in zip(controls, values, strict=True):
                setattr(view, name, value)
            if ask:
                ask()
            numbers = [self._number(getattr(view, name)) for name in self._names]
            self._answers[_written(values)] = numbers

    def _number(self, told: object) -> int:
        return self._known.setdefault(_written(_on_page(told)), len(self._known))

    @property
    def value(self) -> dict[str, object]:
        """The answers as the page reads them."""
        known = [*map(json.loads, self._known)]
        return {"by": self._by, "names": self._names, "told": self._answers, "known": known}


def _written(value: object) -> str:
    """A value as the page writes it too."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
