"""`iec63119 journeys`: which there are; `iec63119 play`: one of them, transmission by
transmission.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import typer

from refimpl.cli.inputs import (
    LATEST,
    EditionOption,
    Json,
    ModeOption,
    StrategyOption,
    did_you_mean,
    edition_of,
)
from refimpl.cli.output import show, table_of
from refimpl.network import interface_between
from refimpl.play.journeys import JOURNEYS, journeys_of
from refimpl.play.loopback import Faults, Frame
from refimpl.play.player import Story, phase_at, play
from refimpl.play.telling import Happening, happenings, in_short, kind_in_short
from refimpl.vocabulary import Mode, Phase, Strategy

LONGEST_REPEATED: Final = 6
"""How many transmissions that are repeated together are told as one: a question over three hops
and its answer.
"""

app = typer.Typer()


@app.command("journeys")
def list_journeys(edition: EditionOption = LATEST, as_json: Json = False) -> None:
    """List the journeys that an edition has, to be played."""
    asked = edition_of(edition)
    facts = []
    for one in journeys_of(asked):
        shows = "medium" if one.card else "EMAID"
        service = str(one.service)
        facts.append({"id": one.id, "title": one.title, "service": service, "shows": shows})
    show(as_json, facts, table_of(f"{len(facts)} journeys, edition {asked.id}", facts))


@app.command("play")
def play_journey(
    journey: Annotated[
        str,
        typer.Argument(
            help=f"One of {', '.join(JOURNEYS)}.", autocompletion=lambda: [*JOURNEYS]
        ),
    ],
    edition: EditionOption = LATEST,
    mode: ModeOption = Mode.DIRECT,
    strategy: StrategyOption = Strategy.FORWARD,
    seed: Annotated[
        int, typer.Option(help="Of the dice; the same seed tells the same story.")
    ] = 0,
    lose: Annotated[
        list[int] | None,
        typer.Option(min=1, metavar="N", help="Lose transmission N; repeatable."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Play a journey and show each transmission.

    Each line is one of them: what was said, over which interface, what became of it, and where
    both sides then stand.
    """
    asked = edition_of(edition)
    faults = Faults(at=dict.fromkeys(lose or (), "lost"))
    known = [one.id for one in journeys_of(asked)]
    with did_you_mean((journey, known), (mode, asked.modes), (strategy, asked.strategies)):
        story = play(journey, asked, mode, strategy, seed=seed, faults=faults)
    last = max(frame.number for frame in story.frames)
    for number in lose or ():
        if number > last:
            raise typer.BadParameter(f"--lose {number}: there are {last} transmissions")
    setting = story.setting
    between = list(happenings(story))
    told = {
        "journey": journey,
        "edition": asked.id,
        "mode": mode,
        "strategy": strategy,
        "seed": seed,
        "home-csp": setting.home_csp,
        "visited-cso": setting.visited_cso,
        "transmissions": [_transmission(story, place) for place in range(len(story.frames))],
        "between": [_happening(one) for one in between],
    }
    title = f"{story.journey.title}, {mode}, edition {asked.id}"
    show(as_json, told, table_of(title, list(_lines_of(story, between))))


def _lines_of(story: Story, between: Sequence[Happening]) -> Iterator[dict[str, object]]:
    """Lay a story out as a person reads it, narrow enough for a terminal.

    Transmissions that are repeated stand once with a number, and what happens between two
    transmissions on a line of its own.
    """
    facts = [_facts(story, place) for place in range(len(story.frames))]
    place = 0
    while place < len(facts):
        many, times = _repeated(facts, place)
        for one in range(place, place + many):
            yield from (_line_between(told) for told in between if told.behind == one)
            line = _line_of(story, one)
            often = f" ×{times}" if times > 1 else ""
            yield {**line, "message": f"{line['message']}{often}"}
        place += many * times


def _repeated(facts: Sequence[object], place: int) -> tuple[int, int]:
    """How many transmissions from a place on are repeated at once, and how often in all."""
    for many in range(1, LONGEST_REPEATED + 1):
        block, times = facts[place : place + many], 1
        while facts[place + times * many :][:many] == block:
            times += 1
        if times > 1:
            return many, times
    return 1, 1


def _facts(story: Story, place: int) -> tuple[object, ...]:
    """All that tells a transmission from others but its number."""
    frame = story.frames[place]
    notes = tuple(map(str, frame.notes))
    return (frame.sender, frame.receiver, frame.raw, frame.fate, notes, _phases(story, place))


def _line_of(story: Story, place: int) -> dict[str, object]:
    """A transmission: its kind and, unless it only passes on, what it says most."""
    frame = story.frames[place]
    said: str = frame.envelope.message.kind
    if frame.sender == frame.envelope.sender:
        said = kind_in_short(frame.envelope.message)
    if frame.fate != "delivered":
        said += f" ({frame.fate})"
    for note in frame.notes:
        said += f"; {note}"
    way = f"{frame.sender} {_interface(story, frame) or '-'} {frame.receiver}"
    home, visited = _phases(story, place)
    return {
        "": frame.number,
        "from, over, to": way,
        "message": said,
        "home-csp": home,
        "visited-cso": visited,
    }


def _line_between(one: Happening) -> dict[str, object]:
    who = one.entity or f"{one.at:%Y-%m-%d}"
    return {
        "": "",
        "from, over, to": who,
        "message": one.says,
        "home-csp": "",
        "visited-cso": "",
    }


def _interface(story: Story, frame: Frame) -> str | None:
    """The interface over which a transmission goes."""
    network, edition = story.setting.network, story.setting.edition
    sender, receiver = network.entity(frame.sender), network.entity(frame.receiver)
    row = interface_between(edition, sender.kind, receiver.kind)
    return row.id if row else None


def _phases(story: Story, place: int) -> tuple[Phase, Phase]:
    """Where the home and the visited side of its service stand after a transmission."""
    setting, reps = story.setting_of(place), story.frames[place].reps
    home = phase_at(reps[setting.home_csp], setting)
    return home, phase_at(reps[setting.visited_cso], setting)


def _transmission(story: Story, place: int) -> dict[str, object]:
    """A transmission as a program reads it."""
    frame = story.frames[place]
    home, visited = _phases(story, place)
    return {
        "number": frame.number,
        "time": f"{frame.at:%H:%M:%S}",
        "from": frame.sender,
        "interface": _interface(story, frame),
        "to": frame.receiver,
        "says": in_short(frame.envelope.message),
        "message": json.loads(frame.raw),
        "fate": frame.fate,
        "home-csp": home,
        "visited-cso": visited,
        "found wrong": [str(note) for note in frame.notes],
    }


def _happening(one: Happening) -> dict[str, object]:
    """What happens between two transmissions, as a program reads it."""
    return {
        "behind": one.behind,
        "time": f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
        "entity": one.entity or None,
        "says": one.says,
    }
