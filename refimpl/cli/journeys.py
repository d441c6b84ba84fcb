"""`iec63119 journeys`: which there are; `iec63119 play`: one of them, transmission by
transmission.
"""

import json
from typing import Annotated

import typer

from refimpl.cli.inputs import (
    LATEST,
    EditionOption,
    Json,
    ModeOption,
    StrategyOption,
    did_you_mean,
    edition_of,
    require_known,
)
from refimpl.cli.output import Table, show, table_of
from refimpl.play.journeys import JOURNEYS, journeys_of
from refimpl.play.lines import HEADS, interface_of, lines_of, parties, phases_at
from refimpl.play.loopback import Faults
from refimpl.play.player import Story, play
from refimpl.play.telling import Happening, happenings, in_short
from refimpl.vocabulary import Mode, Strategy

app = typer.Typer()


@app.command("journeys")
def list_journeys(edition: EditionOption = LATEST, as_json: Json = False) -> None:
    """List the journeys that an edition has, to be played."""
    asked = edition_of(edition)
    facts = []
    for one in journeys_of(asked):
        service = str(one.service)
        facts.append({"id": one.id, "title": one.title, "service": service, "shows": one.shows})
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
        int,
        typer.Option(metavar="N", help="Of the dice; the same seed tells the same story."),
    ] = 0,
    lose: Annotated[
        list[int] | None,
        typer.Option(min=1, metavar="N", help="Lose transmission N; repeatable."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Play a journey and show each transmission.

    Each line is one of them: what was said, over which interface, what became of it, and where
    both sides then stand.  What is repeated stands once, with how often; a line without a
    number is what happens meanwhile, such as a restart.
    """
    asked = edition_of(edition)
    faults = Faults(at=dict.fromkeys(lose or (), "lost"))
    require_known("journey", journey, (*JOURNEYS, *[one.id for one in journeys_of(asked)]))
    with did_you_mean((mode, asked.modes), (strategy, asked.strategies)):
        story = play(journey, asked, mode, strategy, seed=seed, faults=faults)
    last = max(frame.number for frame in story.frames)
    for number in lose or ():
        if number > last:
            raise typer.BadParameter(f"--lose {number}: there are {last} transmissions")
    setting = story.setting
    told = {
        "journey": journey,
        "edition": asked.id,
        "mode": mode,
        "strategy": strategy,
        "seed": seed,
        "home-csp": setting.home_csp,
        "visited-cso": setting.visited_cso,
        "transmissions": [_transmission(story, place) for place in range(len(story.frames))],
        "between": [_happening(one) for one in happenings(story)],
    }
    title = f"{story.journey.title}, {mode}, edition {asked.id}: {parties(story)}"
    show(as_json, told, Table(title, HEADS, list(lines_of(story))))


def _transmission(story: Story, place: int) -> dict[str, object]:
    """A transmission as a program reads it."""
    frame = story.frames[place]
    home, visited = phases_at(story, place)
    return {
        "number": frame.number,
        "time": f"{frame.at:%H:%M:%S}",
        "from": frame.sender,
        "interface": interface_of(story, frame),
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
