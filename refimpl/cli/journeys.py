"""`iec63119 play`: a journey, transmission by transmission."""

import json
from typing import Annotated, Any

import typer

from refimpl.cli.inputs import LATEST, EditionOption, Json, ModeOption, edition_of
from refimpl.cli.output import show, values
from refimpl.network import interface_between
from refimpl.play.journeys import JOURNEYS
from refimpl.play.loopback import Faults, Frame
from refimpl.play.player import Story, play
from refimpl.vocabulary import Mode, Phase, Strategy

app = typer.Typer()


@app.command("play")
def play_journey(
    journey: Annotated[str, typer.Argument(help=f"One of {', '.join(JOURNEYS)}.")],
    edition: EditionOption = LATEST,
    mode: ModeOption = Mode.DIRECT,
    strategy: Annotated[
        Strategy, typer.Option(help="How a clearing house finds the answer.")
    ] = Strategy.FORWARD,
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
    faults = Faults(at=dict.fromkeys(lose or (), "lost"))
    story = play(journey, edition_of(edition), mode, strategy, seed=seed, faults=faults)
    if beyond := [
        number for number in lose or () if number > max(frame.number for frame in story.frames)
    ]:
        raise typer.BadParameter(
            f"--lose {beyond[0]}: there are {len(story.frames)} transmissions"
        )
    frames = [_transmission(story, frame) for frame in story.frames]
    lines = [_line(frame) for frame in frames]
    setting = story.setting
    told = {
        "journey": journey,
        "edition": setting.edition.id,
        "mode": mode,
        "strategy": strategy,
        "seed": seed,
    }
    sides = {"home-csp": setting.home_csp, "visited-cso": setting.visited_cso}
    title = f"{story.journey.title}, {mode}, edition {setting.edition.id}"
    show(as_json, {**told, **sides, "transmissions": frames}, (title, lines[0], values(lines)))


def _line(frame: dict[str, Any]) -> dict[str, Any]:
    """The same, narrow enough for a terminal."""
    said = frame["message"]["message"]["kind"] + (
        f" ({frame['fate']})" if frame["fate"] != "delivered" else ""
    )
    where = {name: frame[name] for name in ("home-csp", "visited-cso")}
    wrong = f"; {'; '.join(frame['found wrong'])}" if frame["found wrong"] else ""
    way = f"{frame['from']} {frame['interface'] or '-'} {frame['to']}"
    return {"": frame["number"], "from, over, to": way, "message": said + wrong, **where}


def _transmission(story: Story, frame: Frame) -> dict[str, Any]:
    setting = story.setting
    one, other = (setting.network.entity(name).kind for name in (frame.sender, frame.receiver))
    row = interface_between(setting.edition, one, other)
    sides = (
        frame.reps[name].sessions.get(setting.correlation_id)
        for name in (setting.home_csp, setting.visited_cso)
    )
    home, visited = (side.phase if side else Phase.NEW for side in sides)
    return {
        "number": frame.number,
        "time": f"{frame.at:%H:%M:%S}",
        "from": frame.sender,
        "interface": row.id if row else None,
        "to": frame.receiver,
        "message": json.loads(frame.raw),
        "fate": frame.fate,
        "home-csp": home,
        "visited-cso": visited,
        "found wrong": [str(note) for note in frame.notes],
    }
