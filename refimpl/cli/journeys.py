"""`iec63119 play`: a journey, transmission by transmission."""

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
)
from refimpl.cli.output import show, table_of
from refimpl.network import interface_between
from refimpl.play.journeys import JOURNEYS, journeys_of
from refimpl.play.loopback import Faults, Frame
from refimpl.play.player import Story, play
from refimpl.vocabulary import Mode, Phase, Strategy

app = typer.Typer()


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
    told = {
        "journey": journey,
        "edition": asked.id,
        "mode": mode,
        "strategy": strategy,
        "seed": seed,
        "home-csp": setting.home_csp,
        "visited-cso": setting.visited_cso,
        "transmissions": [_transmission(story, frame) for frame in story.frames],
    }
    title = f"{story.journey.title}, {mode}, edition {asked.id}"
    show(as_json, told, table_of(title, [_line_of(story, frame) for frame in story.frames]))


def _line_of(story: Story, frame: Frame) -> dict[str, object]:
    """A transmission as a person reads it, narrow enough for a terminal."""
    said: str = frame.envelope.message.kind
    if frame.fate != "delivered":
        said += f" ({frame.fate})"
    for note in frame.notes:
        said += f"; {note}"
    way = f"{frame.sender} {_interface(story, frame) or '-'} {frame.receiver}"
    home, visited = _phases(story, frame)
    return {
        "": frame.number,
        "from, over, to": way,
        "message": said,
        "home-csp": home,
        "visited-cso": visited,
    }


def _interface(story: Story, frame: Frame) -> str | None:
    """The interface over which a transmission goes."""
    network, edition = story.setting.network, story.setting.edition
    sender, receiver = network.entity(frame.sender), network.entity(frame.receiver)
    row = interface_between(edition, sender.kind, receiver.kind)
    return row.id if row else None


def _phases(story: Story, frame: Frame) -> tuple[Phase, Phase]:
    """Where the home and the visited side stand after a transmission."""
    home = _phase_of(story, frame, story.setting.home_csp)
    visited = _phase_of(story, frame, story.setting.visited_cso)
    return home, visited


def _phase_of(story: Story, frame: Frame, entity: str) -> Phase:
    session = story.session(frame.reps, entity)
    return session.phase if session else Phase.NEW


def _transmission(story: Story, frame: Frame) -> dict[str, object]:
    """A transmission as a program reads it."""
    home, visited = _phases(story, frame)
    return {
        "number": frame.number,
        "time": f"{frame.at:%H:%M:%S}",
        "from": frame.sender,
        "interface": _interface(story, frame),
        "to": frame.receiver,
        "message": json.loads(frame.raw),
        "fate": frame.fate,
        "home-csp": home,
        "visited-cso": visited,
        "found wrong": [str(note) for note in frame.notes],
    }
