"""What a branching stepper needs on a page: what may happen (`branches`), each thing in words,
and each arrow as the stepper draws it.
"""

from collections.abc import Iterator
from html import escape
from types import MappingProxyType
from typing import Any, Final

from refimpl.edition import load, published
from refimpl.messages import ANSWER_KINDS
from refimpl.play.opening import Opening, opening
from refimpl.play.telling import kind_in_short
from refimpl.play.traces import LETTERS, token_of
from refimpl.play.world import Action, World, begin
from refimpl.site.chapters.writing import for_site
from refimpl.site.live.branches import Branches
from refimpl.site.live.packing import Pieces, packed
from refimpl.views.film.branching import BranchingStepper
from refimpl.views.film.diagram import HEAD, HEADS, ROW, Arrow, Diagram, Event, Outcome
from refimpl.views.film.history import name_of, role_of, says
from refimpl.views.film.holdings import held_by
from refimpl.views.film.trace import lifelines_of
from refimpl.views.kit.rule_links import linked
from refimpl.vocabulary import Mode
from refimpl.wire import decode

TITLE: Final = "The trace so far"
HOLES: Final = MappingProxyType(
    {name: f"\u2060{name}\u2060" for name in ("number", "marks", "words", "bottom", "height")}
)
"""What stands in a drawing for what the page puts there: the number of a transmission, its
marks, the words of an event, and how far down and how high the whole is.
"""
TO_PEER: Final = "to "
"""How a row of a table begins that tells of something that waits."""
BELOW: Final = 8
"""Pixels beneath the last step."""
LOOKS: Final[tuple[tuple[str, Outcome, bool, bool], ...]] = (
    ("plain", "arrived", False, False),
    ("marked", "arrived", True, False),
    ("noted", "arrived", True, True),
    ("lost", "lost", True, True),
    ("under way", "under way", True, False),
)
"""How an arrow looks: by which name, what became of it, whether it is marked, and alarming."""
SHARED: Final = MappingProxyType(
    {
        f"world.charging.{mode}.{edition}": ("charging", edition, mode)
        for mode in (Mode.DIRECT, Mode.CLEARING_HOUSE)
        for edition in published()
    }
)
"""The worlds that a reader of any page may begin anew, by name: a story, an edition, a mode."""


def branching_value(stepper: BranchingStepper) -> dict[str, Any]:
    """What a branching stepper begins with: its token, the worlds that there are on a page,
    and all that may happen in its own where that is none of them.
    """
    worlds = [{**_called(begun), "name": name} for name, begun in _shared()]
    own = stepper.world.opening
    if _head(begin(own)) not in [world["head"] for world in worlds]:
        worlds.insert(0, {**_called(own), "own": world_value(own)})
    return {"token": stepper.token, "worlds": worlds}


def shared_world(story: str, edition: str, mode: str) -> dict[str, str]:
    """What may happen in a world that a reader of any page may begin anew."""
    return world_value(opening(story, load(edition), mode))


def _shared() -> Iterator[tuple[str, Opening]]:
    for name, (story, edition, mode) in SHARED.items():
        yield name, opening(story, load(edition), mode)


def _called(begun: Opening) -> dict[str, Any]:
    """How an opening is called: in a token, and in the menus."""
    world = begin(begun)
    stepper = BranchingStepper.of_world(world)
    labels = {name: stepper.choices[name][one] for name, one in stepper.chosen.items()}
    return {"head": _head(world), "chosen": dict(stepper.chosen), "labels": labels}


def _head(world: World) -> str:
    """The beginning of the tokens of a world: all but what happened, and the check figure."""
    return token_of(world).rsplit("~", 2)[0]


def _linked(text: str) -> str:
    return for_site(linked(text), "../")


def world_value(begun: Opening) -> dict[str, str]:
    """All that may happen in the worlds of an opening, in words and drawn."""
    branches = Branches(begun)
    branches.find()
    world = begin(begun)
    lifelines = tuple(lifelines_of(world))
    drawing = _Drawing(Diagram(lifelines, ()))
    pieces = Pieces()
    flights, arrows = [], []
    for number in range(len(branches.flights)):
        flights.append(_flight(branches, world, number))
        looks = drawing.arrows(branches, number)
        arrows.append({name: pieces.cut(drawn) for name, drawn in looks})
    told = {
        "head": _head(world),
        "letters": dict(LETTERS),
        "entities": [_entity(world, name, drawing) for name in branches.names],
        "first": branches.first,
        "nodes": [_node(branches, number) for number in range(len(branches.nodes))],
        "flights": [
            _flight(branches, world, number) for number in range(len(branches.flights))
        ],
        "arrows": [
            {name: pieces.cut(drawn) for name, drawn in drawing.arrows(branches, number)}
            for number in range(len(branches.flights))
        ],
        "pieces": pieces.known,
        "deeds": branches.deeds,
        **branches.moves(),
        "notes": [[rule, _linked(told)] for rule, told in branches.notes],
        "event": drawing.event(""),
        "heads": drawing.diagram.heads(TITLE),
        "frame": drawing.frame,
        "holes": dict(HOLES),
        "sizes": {"first": HEAD, "row": ROW, "from": HEADS, "below": BELOW},
    }
    return packed(told)


def _entity(world: World, name: str, drawing: "_Drawing") -> dict[str, Any]:
    """An entity: its id, its caption, and what happens to it in words and drawn."""
    happens = {
        verb: says(world, Action(verb, name)) for verb in ("remind", "restart", "forget")
    }
    return {
        "id": name,
        "name": name_of(world, name),
        "caption": escape(f"{name_of(world, name)}, {role_of(world, name)}"),
        "happens": happens,
        "said": drawing.event(name, alarming=False),
        "suffered": drawing.event(name),
    }


def _node(branches: Branches, number: int) -> list[Any]:
    """An endpoint as it stands: what it holds, the rows that say how often something was said
    by the key of that, what it would say next, and its phase.
    """
    node = branches.nodes[number]
    held = list(held_by(node.rep))
    rows = [
        [for_site(linked(one.about), "../"), for_site(linked(one.says), "../")] for one in held
    ]
    waits = branches.waits(number)
    places = [place for place, one in enumerate(held) if one.about.startswith(TO_PEER)]
    said = {}
    for place, pending in zip(places, waits, strict=True):
        if pending.due is not None and pending.poll is None:
            said[f"{pending.peer} {pending.envelope.request_id}"] = place
    last = kind_in_short(waits[-1].envelope.message) if waits else ""
    return [rows, said, last, branches.phase(number)]


def _flight(branches: Branches, world: World, number: int) -> list[Any]:
    """A flight: the numbers of its sender and its receiver, in words, and what it says most."""
    flown = branches.flights[number]
    ends = f"{name_of(world, flown.sender)} to {name_of(world, flown.receiver)}"
    words = kind_in_short(decode(flown.raw).message)
    names = branches.names
    return [names.index(flown.sender), names.index(flown.receiver), f"{ends}: {words}", words]


class _Drawing:
    """What the steps of a trace look like, with words for what the page puts there."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram

    @property
    def frame(self) -> str:
        """What stands around the steps, which stand before its last two ends."""
        drawn = self.diagram.rows(TITLE)
        bottom = HEAD + BELOW
        drawn = drawn.replace(f' height="{bottom - HEADS}"', f' height="{HOLES["height"]}"')
        drawn = drawn.replace(f' {bottom - HEADS}"', f' {HOLES["height"]}"')
        return drawn.replace(f"V{bottom}", f"V{HOLES['bottom']}")

    def arrows(self, branches: Branches, number: int) -> Iterator[tuple[str, str]]:
        """Draw a flight in each way that it may look, by the names of `LOOKS`."""
        flown = branches.flights[number]
        message = decode(flown.raw).message
        for name, outcome, marked, alarming in LOOKS:
            arrow = Arrow(
                label=HOLES["number"],
                at="",
                sender=flown.sender,
                receiver=flown.receiver,
                words=kind_in_short(message),
                answers=message.kind in ANSWER_KINDS,
                outcome=outcome,
                marks=(HOLES["marks"],) if marked else (),
                alarming=alarming,
            )
            yield name, self._one(arrow)

    def event(self, entity: str, *, alarming: bool = True) -> str:
        """Draw what happens to an entity, or to none."""
        return self._one(Event(entity, HOLES["words"], alarming))

    def _one(self, line: Arrow | Event) -> str:
        """Draw one step as the first, without what holds it."""
        drawn = Diagram(self.diagram.lifelines, ((line,),)).rows(TITLE)
        _, _, inner = drawn.partition("<g data-step")
        return inner.partition(">")[2].removesuffix("</g></g></svg>")
