"""Every story that a stepper can tell on a page, played and drawn once: each journey of an
edition in each mode, by each strategy and for each role, and with one fault where one is shown.

A story is told by the stepper itself, so the page tells it as a notebook does.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, Final, NamedTuple

from refimpl.edition import Edition, load, published
from refimpl.site.live.packing import Pieces, packed
from refimpl.views.film.stepper import FATES, Stepper
from refimpl.vocabulary import Mode

FAULTY: Final = (
    ("charge", Mode.CLEARING_HOUSE),
    ("charge", Mode.DIRECT),
    ("offline", Mode.DIRECT),
)
"""The journeys, each in a mode, of which any message may be lost, doubled or turned away on a
page: by the strategy that comes first.
"""
SHOWN_WHOLE: Final = "with a fault, this page shows it whole"
ONE_FAULT: Final = "one fault at a time on this page"
NO_FAULT: Final = "no faults in this story on this page"


class Asked(NamedTuple):
    """Which story is asked for; `faults` is a fate by the number of a transmission, or
    nothing.
    """

    journey: str
    mode: str
    strategy: str
    show: str
    faults: str

    @property
    def key(self) -> str:
        """The name that the page has for it."""
        return "\n".join(self)


class Film:
    """The stories of one edition."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self._texts: dict[str, int] = {}
        self._stories: dict[str, list[Any]] = {}
        self._choices: dict[str, Mapping[str, str]] = {}

    def tell(self, *journeys: str) -> None:
        """Tell some journeys, or all, in each mode, by each strategy and for each role."""
        stepper = Stepper(self.edition)
        every = stepper.choices["journey"]
        told = {one: every[one] for one in journeys or every}
        self._choices = {**stepper.choices, "journey": told}
        for journey in told:
            stepper.journey = journey
            for mode, strategy in product(stepper.choices["mode"], stepper.choices["strategy"]):
                stepper.mode, stepper.strategy = mode, strategy
                self._tell_each_role(stepper)

    def tell_faults(self, journey: str, mode: str) -> None:
        """Tell a journey in one mode with each fault of one message."""
        stepper = Stepper(self.edition, journey, mode)
        numbers = {step["number"]: step["answer"] for step in stepper.steps}
        for number, is_answer in numbers.items():
            for fate in FATES:
                if fate != "delivered" and not (is_answer and fate == "refused"):
                    stepper.faults = {str(number): fate}
                    stepper.tell_details()
                    shown = {"all": stepper.choices["show"]["all"]}
                    silent = {**stepper.silent, "show": SHOWN_WHOLE}
                    self._tell(stepper, stepper.panels, shown, silent)

    def _tell_each_role(self, stepper: Stepper) -> None:
        """Keep what a stepper tells now, whole and for each role."""
        stepper.tell_details()
        panels = dict(zip(stepper.captions, stepper.panels, strict=True))
        shown, silent = stepper.choices["show"], dict(stepper.silent)
        for show in shown:
            stepper.show = show
            if not panels.keys() >= {*stepper.captions}:  # one tells what was before another
                stepper.tell_details()
                panels |= zip(stepper.captions, stepper.panels, strict=True)
            told = [panels[caption] for caption in stepper.captions]
            self._tell(stepper, told, shown, silent)
        stepper.show = "all"

    def _tell(
        self,
        stepper: Stepper,
        panels: Iterable[str],
        shown: Mapping[str, str],
        silent: Mapping[str, str],
    ) -> None:
        """Keep what a stepper tells now, with its panels, whose view of it may be chosen, and
        why its menus are silent.
        """
        faults = ",".join(f"{number}:{fate}" for number, fate in stepper.faults.items())
        asked = Asked(stepper.journey, stepper.mode, stepper.strategy, stepper.show, faults)
        self._stories[asked.key] = [
            self._text(stepper.heads),
            self._text(stepper.rows),
            list(stepper.steps),
            list(stepper.calls),
            list(map(self._text, panels)),
            shown,
            silent,
        ]

    def _text(self, text: str) -> int:
        """The number of a text, which is cut once."""
        if text not in self._texts:
            self._texts[text] = len(self._texts)
        return self._texts[text]

    @property
    def value(self) -> dict[str, str]:
        """All that was told, as the page gets it."""
        pieces = Pieces()
        texts = list(map(pieces.cut, self._texts))
        told = {
            "choices": self._choices,
            "stories": self._stories,
            "texts": texts,
            "pieces": pieces.known,
            "fates": FATES,
            "one_fault": ONE_FAULT,
            "no_fault": NO_FAULT,
        }
        return packed(told)


def film_of(edition_id: str) -> dict[str, str]:
    """Tell all stories of a published edition."""
    film = Film(load(edition_id))
    film.tell()
    for journey, mode in FAULTY:
        film.tell_faults(journey, mode)
    return film.value


def film_values() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the name and the value of the film of each published edition."""
    for edition_id in published():
        yield f"film.{edition_id}", film_of(edition_id)


def stepper_value(stepper: Stepper) -> dict[str, Any]:
    """What a stepper begins with; and the film of its edition, where that is not published."""
    begins = ("journey", "mode", "strategy", "edition", "show", "faults", "at")
    told: dict[str, Any] = {name: getattr(stepper, name) for name in begins}
    edition = stepper.story().setting.edition
    told["editions"] = dict(stepper.choices["edition"])
    if stepper.edition not in published() or edition != load(stepper.edition):
        film = Film(edition)
        film.tell(stepper.journey)
        film.tell_faults(stepper.journey, stepper.mode)
        told["film"] = film.value
    return told
