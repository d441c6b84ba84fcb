"""Rule ids that lead to their rule.

In what is stored, an id is a link to the place of its rule in the notebook of traceability, or
in that of the crosswalk for a rule of it: `linked` makes it one.  In a notebook with a kernel,
every id in a widget, a table or prose opens a panel that says what the rule asks, how sure the
model is of it, and where it is: a widget takes part by calling `lead_to_rules` when it is made.
What the panels say is sent once for a page, and where a rule is cited, when a reader asks.
"""

import html
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

from refimpl.crosswalk.rules import RULES as OUTSIDE
from refimpl.edition import Edition, load, published
from refimpl.trace import CITATION, Matrix, notebooks_folder, trace
from refimpl.vectors.suite import suite_folder
from refimpl.views.kit.palette import THEME

NOTEBOOK: Final = "11-traceability.ipynb"
"""Where each rule has a place that is called by its id."""
CROSSWALK: Final = "13-crosswalk.ipynb"
"""Where each rule of the crosswalk has one, which is in no edition."""
TOLD: Final = ("says", "level", "basis", "because", "clause", "source")
"""What a panel tells of a rule."""

HERE: Final = Path(__file__).parent


def linked(text: str) -> str:
    """Write a text as HTML, in which each id of a published rule leads to its place.

    >>> linked("<EMA-9>, as SHA-256")
    '&lt;<a href="11-traceability.ipynb#EMA-9">EMA-9</a>&gt;, as SHA-256'
    """
    return CITATION.sub(_link_to, html.escape(text))


def _link_to(found: re.Match[str]) -> str:
    name = found[0]
    if name in OUTSIDE:
        return f'<a href="{CROSSWALK}#{name}">{name}</a>'
    return f'<a href="{NOTEBOOK}#{name}">{name}</a>' if name in _published() else name


@cache
def _published() -> frozenset[str]:
    return frozenset(name for edition in published() for name in load(edition).rules)


class RuleLinks(anywidget.AnyWidget):
    """What the panels of a page say, and who answers where a rule is; it shows nothing itself.

    >>> links = RuleLinks()
    >>> [wording["editions"] for wording in links.rules["SES-4"]]
    [['2019', '2025']]
    """

    _esm = HERE / "rule_links.js"
    _css = THEME + (HERE / "rule_links.css").read_text("utf-8")

    notebook = traitlets.Unicode(NOTEBOOK).tag(sync=True)
    crosswalk = traitlets.Unicode(CROSSWALK).tag(sync=True)
    rules = traitlets.Dict().tag(sync=True)

    def __init__(self) -> None:
        self._editions = {name: load(name) for name in published()}
        super().__init__(rules=_wordings(self._editions.values()))
        self.on_msg(self._tell_places)

    def know(self, edition: Edition) -> None:
        """Tell of the rules of one more edition, such as a draft."""
        if self._editions.get(edition.id) != edition:
            self._editions[edition.id] = edition
            self.rules = _wordings(self._editions.values())

    def _tell_places(self, _: object, asked: Mapping[str, str], __: object) -> None:
        matrix = matrix_of(*(load(name) for name in published()))
        one = matrix.rules.get(asked["rule"])
        self.send({"rule": asked["rule"], "places": one.places() if one else {}})


def _wordings(editions: Iterable[Edition]) -> dict[str, list[dict[str, Any]]]:
    """Gather what editions say of each rule: one wording for those that say the same."""
    found: dict[str, list[dict[str, Any]]] = {}
    for edition in editions:
        for rule in edition.rules.values():
            said = {name: value for name in TOLD if (value := getattr(rule, name))}
            wordings = found.setdefault(rule.id, [])
            for known in wordings:
                if {**said, "editions": known["editions"]} == known:
                    known["editions"].append(edition.id)
                    break
            else:
                wordings.append({**said, "editions": [edition.id]})
    for name, outside in OUTSIDE.items():
        found[name] = [
            {
                "says": outside.says,
                "basis": outside.basis,
                "because": outside.because,
                "source": outside.source,
                "editions": ["none, for it is outside of Part 1"],
            }
        ]
    return found


@cache
def matrix_of(*editions: Edition) -> Matrix:
    """Follow every rule of some editions through the model, its suite and its notebooks."""
    return trace(editions, suite_folder(), notebooks_folder())


@cache
def _on_this_page() -> RuleLinks:
    return RuleLinks()


def lead_to_rules(*editions: Edition) -> None:
    """Let the rule ids on this page lead to their rules, those of some editions besides the
    published ones.
    """
    for edition in editions:
        _on_this_page().know(edition)
    _on_this_page()
