"""What is prepared for pictures that live without a kernel."""

import base64
import gzip
import json
from typing import Any

import pytest

from refimpl.edition import load
from refimpl.play.opening import opening
from refimpl.play.world import ANY_NUMBER, Action, World, begin, enabled, take
from refimpl.site.live.branches import Branches, Came, Flown
from refimpl.site.live.branching import world_value
from refimpl.site.live.cells import live_objects
from refimpl.site.live.faces import face_scripts
from refimpl.site.live.packing import Pieces, packed
from refimpl.views.kit.menus import Menus


def notebook(*sources: str) -> dict[str, Any]:
    cells = []
    for number, source in enumerate(sources):
        cells.append({"cell_type": "code", "id": f"c{number}", "source": [source]})
    return {"cells": [{"cell_type": "markdown", "id": "m", "source": ["Words"]}, *cells]}


IMPORTS = """from refimpl import load
from refimpl.views.kit.menus import Menus
from refimpl.views.graphs.architecture import stack
"""


def test_only_what_is_needed_is_run() -> None:
    read = notebook(
        IMPORTS,
        "raise SystemExit\nunused = 1 / 0",
        "editions = {'2025': load('2025')}\nfor edition in editions:\n    print(1 / 0)",
        "looks = Menus(stack, edition=editions)\nlooks.choose(edition='2025')\nlooks",
        "1 / 0",
        "Menus(stack, edition=editions)",
    )
    made = list(live_objects(read))
    assert [one.cell for one in made] == ["c3", "c5"]
    assert all(isinstance(one.made, Menus) for one in made)
    assert not list(live_objects(notebook("load = 1", "load + 1")))


def unpacked(value: dict[str, str]) -> Any:
    return json.loads(gzip.decompress(base64.b64decode(value["gzip"])))


def test_pieces_make_the_text_again() -> None:
    pieces = Pieces()
    text = "<table>\n<tr><td>a</td><td>b</td></tr>\n<tr><td>a</td></tr></table>"
    numbers = pieces.cut(text)
    assert "".join(pieces.known[number] for number in numbers) == text
    assert len(set(numbers)) < len(numbers)
    assert unpacked(packed({"told": [1, "ü"]})) == {"told": [1, "ü"]}


def test_faces_hand_over_what_they_export() -> None:
    scripts = dict(face_scripts())
    assert {"face.menus.js", "face.bytes.js", "face.stepper.js"} <= scripts.keys()
    for name, script in scripts.items():
        assert script.startswith(f'iec63119.receive("{name.removesuffix(".js")}", {{look: ')
        assert "\nreturn " in script
        assert "export default" not in script


@pytest.fixture(scope="module")
def charging() -> Branches:
    branches = Branches(opening("charging", load("2025")))
    branches.find()
    return branches


def came_of(branches: Branches, world: World, action: Action) -> Came | None:
    """What the branches say comes of an action in a world, if anything."""
    node = {name: branches.number_of(one) for name, one in world.nodes.items()}
    match action:
        case ("deliver", number):
            one = world.flight(number)
            flight = branches.flights.index(Flown(one.sender, one.receiver, one.raw))
            return branches.heard.get((node[one.receiver], flight))
        case ("remind", name):
            return branches.again.get(node[name])
        case ("restart" | "forget", name):
            after = branches.lost[node[name]][action.verb == "forget"]
            return None if after is None else Came(after)
    return Came(-1)


@pytest.mark.parametrize("seed", range(4))
def test_every_action_of_a_walk_is_held(charging: Branches, seed: int) -> None:
    world, known = begin(charging.opening), len(charging.nodes)
    for step in range(25):
        actions = enabled(world, ANY_NUMBER)
        for action in actions:
            came = came_of(charging, world, action)
            assert came is not None, action
            if came.node >= 0:
                after = take(world, action)
                assert came.node in map(charging.number_of, after.nodes.values())
        if not actions:
            break
        world = take(world, actions[(seed * 7 + step * 5) % len(actions)])
    assert len(charging.nodes) == known


def test_one_loss_on_the_way_through_a_clearing_house_is_held() -> None:
    """Whichever transmission is lost, all that may happen on the way to the end is held."""
    branches = Branches(opening("charging", load("2025"), "clearing-house"))
    branches.find()
    known = len(branches.nodes)
    longest = 0
    for lost in range(1, 9):
        world = begin(branches.opening)
        while actions := [one for one in enabled(world) if one.verb != "lose"]:
            for action in enabled(world, ANY_NUMBER):
                assert came_of(branches, world, action) is not None, action
            first = min(actions, key=lambda one: ("deliver", "remind", "say").index(one.verb))
            lose = first == ("deliver", str(lost))
            world = take(world, Action("lose", str(lost)) if lose else first)
        longest = max(longest, len(world.trace))
    assert longest > 20  # more than where nothing is lost
    assert len(branches.nodes) == known


def test_a_world_is_small() -> None:
    value = world_value(opening("charging", load("2025")))
    assert len(value["gzip"]) < 20_000
    told = unpacked(value)
    assert len(told["nodes"]) == 100
    assert told["head"] == "w2~2025~direct~forward~charging~1~valid"
