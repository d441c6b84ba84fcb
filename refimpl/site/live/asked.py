"""What the views with controls of their own need on a page: outages, a day, drafts and
conversions, each as it begins and with all that it answers.
"""

from collections.abc import Iterable
from typing import Any, Final

from refimpl.crosswalk.examples import examples, protocol_of
from refimpl.edition import load, published
from refimpl.lab.drafts import worked_texts
from refimpl.site.live.packing import packed
from refimpl.site.live.recorded import Answers, begins
from refimpl.views.amended.lab import AmendmentLab
from refimpl.views.amended.pictures import DRAWN
from refimpl.views.crosswalk.converter import Converter
from refimpl.views.markets.day import Day
from refimpl.views.markets.outage import AT, Outages
from refimpl.views.tables.traceability import Traceability

Told = dict[str, Any]
OWN: Final = "needs JupyterLab, which this starts in a copy of the project:"
COMMAND: Final = "make explore"
OWN_DRAFT: Final = f"Here the worked drafts can be chosen. One of your own {OWN}"
OWN_OBJECT: Final = f"Here the examples can be chosen. An object of your own {OWN}"
"""What a page says of what it cannot do, and with which command it is done."""
DRAFTS: Final = "drafts"
CONVERSIONS: Final = "conversions"
"""The names of what several pictures share."""


def outages_value(view: Outages) -> Told:
    """Every outage, wherever an entity is."""
    begun, answers = begins(view), Answers("modes", "summary")
    answers.record(view, {"down": begun["outages"], "at": AT})
    return packed({"begins": begun, "answers": [answers.value]})


def day_value(view: Day) -> Told:
    """A day in every mode, by every loss and of every length."""
    begun, answers = begins(view), Answers("shown", "done")
    choices = begun["choices"]
    controls = {
        "mode": choices["mode"],
        "lose": choices["lose"],
        "sessions": map(int, choices["sessions"]),
    }
    answers.record(view, controls, view.simulate)
    return packed({"begins": begun, "answers": [answers.value]})


def traceability_value(view: Traceability) -> Told:
    """Every rule with its places; the view sifts them by itself."""
    return packed(begins(view))


def lab_value(view: AmendmentLab) -> Told:
    """A lab with the worked drafts; what it answers is shared."""
    return packed({"begins": begins(view) | {"fixed": [OWN_DRAFT, COMMAND]}}) | {"of": DRAFTS}


def draft_told(name: str) -> Told:
    """What a worked draft changes, journeys, vectors and all states asked."""
    lab = AmendmentLab(worked_texts(), name)
    lead = {"picture": lab.differing[0]} if lab.differing else {}
    told = Answers("text", "faults", "summary", "rows", "differing", "asked", "asked_of")
    told.record(lab, {"chosen": [name]}, lab.ask)
    drawn = Answers("pictures")
    drawn.record(lab, {"chosen": [name], "picture": DRAWN})
    return {"answers": [told.value, drawn.value], "leads": {name: lead}}


def drafts_value(told: Iterable[Told]) -> Told:
    """What all worked drafts change, of what is told of each."""
    answers, leads = [], {}
    for one in told:
        answers += one["answers"]
        leads.update(one["leads"])
    return packed({"answers": answers, "leads": {"chosen": leads}})


def converter_value(view: Converter) -> Told:
    """A converter with the examples; what it answers is shared."""
    begun = begins(view) | {"fixed": [OWN_OBJECT, COMMAND]}
    return packed({"begins": begun}) | {"of": CONVERSIONS}


def conversions_value() -> Told:
    """What every example becomes, read as an object of each protocol, in each protocol."""
    first = next(iter(examples()))
    view = Converter(load(published()[-1]), first, protocol_of(first))
    told = Answers("faults", "marks", "summary", "ours", "theirs", "lost")
    titles = [*view.titles]
    told.record(view, {"chosen": view.names, "origin": titles, "to": titles})
    leads = {}
    for name, text in examples().items():
        leads[name] = {"origin": protocol_of(name), "text": text}
    return packed({"answers": [told.value], "leads": {"chosen": leads}})
