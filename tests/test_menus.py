"""Menus: a choice draws again, a menu that would change nothing is silent and says why, and a
page gets each picture when it asks for it.
"""

import json
import random
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from refimpl.edition import load
from refimpl.lab.attacks import ATTACKS
from refimpl.views.graphs.landscape import interfaces
from refimpl.views.graphs.modes import roaming_mode
from refimpl.views.kit.embedding import inline
from refimpl.views.kit.figure import Figure, digraph
from refimpl.views.kit.menus import Menus
from refimpl.views.secure.defences import attack_outcome
from refimpl.views.secure.exposure import exposure_map
from refimpl.vocabulary import Mode, Strategy
from tests.test_views import images

LATEST = load("2025")
EDITIONS = {"2025": LATEST, "2019": load("2019")}
NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
STATES_TRIED = 3  # of every menus: the first, and others at random


def modes_by_edition() -> Menus:
    return Menus(
        roaming_mode,
        mode={"through one": "clearing-house", "two": "federated"},
        edition=EDITIONS,
    )


def test_choosing_draws_again() -> None:
    menus = modes_by_edition()
    menus.choose(mode="two")
    assert menus.figure.title.startswith("Edition 2025, federated (extension)")
    menus.chosen = {"mode": "two", "edition": "2019"}  # as the page does it
    assert menus.figure.title.startswith("Edition 2019, federated")
    (picture,) = menus.pictures.values()
    assert inline(menus.figure.svg()) in picture
    assert menus.figure.words() in picture
    assert menus.figure.title in re.sub("<svg.*</svg>", "", picture, flags=re.DOTALL)


def test_one_picture_a_choice() -> None:
    """A choice sends one picture, and draws none that was drawn before."""
    drawn: list[str] = []

    def draw(letter: str, number: str) -> Figure:
        drawn.append(letter + number)
        graph = digraph("one")
        graph.node(letter + number)
        return Figure(letter, graph.source, letter + number)

    menus = Menus(draw, letter=["a", "b", "c"], number=["1", "2"])
    menus.choose(letter="b")
    menus.choose(letter="a")
    assert [*menus.pictures] == ["a\n1"]
    assert len(drawn) == len(set(drawn)) < 6  # and one more of each menu, to hear it


def test_a_page_asks_ahead() -> None:
    """A page gets a picture before it is chosen, and nothing for what is no option."""
    menus = modes_by_edition()
    before = menus.chosen
    menus._handle_custom_msg({"ahead": {"mode": "two", "edition": "2019"}}, [])
    assert [*menus.pictures] == ["two\n2019"]
    assert menus.chosen == before
    for nonsense in ({}, {"mode": "two"}, {"mode": "two", "edition": "1789"}):
        menus._handle_custom_msg({"ahead": nonsense}, [])
    assert [*menus.pictures] == ["two\n2019"]


def test_a_page_asks_what_is_silent() -> None:
    """A page gets its picture first; what is silent then, when it asks."""
    exchanges = ["partner-presence", "tariff"]
    menus = Menus(partial(interfaces, LATEST), exchange=exchanges, mode=[*Mode])
    menus.chosen = {**menus.chosen, "exchange": "tariff"}
    assert [*menus.silent] == ["mode"]
    menus._handle_custom_msg({"silent": menus.chosen}, [])
    assert not menus.silent


def test_no_more_is_drawn_than_tells_menus_apart() -> None:
    """A menu is no longer silent once one of its options differs, so the others wait."""
    drawn = []

    def draw(home: str) -> Figure:
        drawn.append(home)
        return Figure(home, "digraph {}", home)

    Menus(draw, home=[f"csp-{number}" for number in range(99)])
    assert drawn == ["csp-0", "csp-1"]


def test_a_question_may_overtake_a_choice() -> None:
    """What is silent is told beside the choice that a page names, though that comes later."""
    exchanges = ["partner-presence", "tariff"]
    menus = Menus(partial(interfaces, LATEST), exchange=exchanges, mode=[*Mode])
    menus._handle_custom_msg({"silent": {**menus.chosen, "exchange": "tariff"}}, [])
    assert not menus.silent


def test_without_a_kernel() -> None:
    """Without a kernel every option of the first menu is shown."""
    menus = Menus(roaming_mode, mode=list(Mode), edition=EDITIONS)
    html = menus._repr_mimebundle_()[0]["text/html"]
    labels = [str(one.get("aria-label")) for one in images(html)]
    assert len(labels) == len(Mode)
    for row in LATEST.modes.values():
        assert any(f"2025, {row.label}" in label for label in labels)
    assert html.count("in words</summary>") == len(Mode)


# --- silent menus -----------------------------------------------------------------------------


@pytest.mark.parametrize("attack", ["nothing", "replayed", "resealed"])
def test_an_attack_in_any_edition(attack: str) -> None:
    menus = Menus(attack_outcome, attack=[attack, *ATTACKS], edition=EDITIONS)
    assert [*menus.silent] == ["edition"]
    assert "Every edition" in menus.silent["edition"]


# Who is asked first, and through whom, is read off the modes by hand.
@pytest.mark.parametrize(
    ("mode", "journey", "silent"),
    [
        (Mode.CLEARING_HOUSE, "charge", set()),
        (Mode.CLEARING_HOUSE, "remote-control", {"strategy"}),  # no user is asked for
        (Mode.HYBRID, "charge", {"strategy", "sealed"}),  # what concerns one goes directly
        (Mode.DIRECT, "charge", {"strategy", "sealed"}),
        (Mode.FEDERATED, "charge", {"strategy"}),  # a house passes on to a house
    ],
)
def test_what_a_clearing_house_cannot_change(
    mode: Mode, journey: str, silent: set[str]
) -> None:
    menus = Menus(
        partial(exposure_map, LATEST),
        strategy=["forward", *Strategy],
        sealed={"no": False, "yes": True},
        journey=[journey],
        mode=[mode],
    )
    # A menu of one option is silent by nature.
    assert {*menus.silent} - {"journey", "mode"} == silent
    assert all(menus.silent.values())


def test_same_way_in_every_mode() -> None:
    """What one tells a clearing house of itself takes the same way in every mode."""
    exchanges = ["partner-presence", "tariff"]
    menus = Menus(partial(interfaces, LATEST), exchange=exchanges, mode=[*Mode])
    assert [*menus.silent] == ["mode"]
    menus.choose(exchange="tariff")
    assert not menus.silent


def test_title_alone_is_no_change() -> None:
    """A menu that changes the title alone is silent."""
    graph = digraph("same").source
    menus = Menus(lambda name: Figure(name, graph, "Same."), name=["a", "b"])
    assert menus.silent == {"name": "The picture is the same for all 2."}
    moved = Menus(lambda name: Figure("Same", graph, name), name=["a", "b"])
    assert not moved.silent
    alone = Menus(lambda name: Figure(name, graph, "Same."), name=["a"])
    assert alone.silent == {"name": "There is no other."}


def menus_of(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Menus]:
    """Run the code of a notebook up to its last menus, and give all of them."""
    made: list[Menus] = []
    as_ever: Callable[..., None] = Menus.__init__

    def begin(menus: Menus, *arguments: Any, **options: Any) -> None:
        as_ever(menus, *arguments, **options)
        made.append(menus)

    monkeypatch.setattr(Menus, "__init__", begin)
    cells = json.loads(path.read_text("utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    last = max((place for place, one in enumerate(sources) if "Menus(" in one), default=-1)
    names: dict[str, Any] = {}
    with redirect_stdout(StringIO()):
        for source in sources[: last + 1]:
            exec(source, names)
    return made


def seen_in(figure: Figure) -> tuple[list[str], str]:
    """What a reader sees of a figure beside its title: every mark of the drawing, and the
    words.
    """
    drawing = re.sub(r"<(title|desc)>.*?</\1>", "", figure.svg(), flags=re.DOTALL)
    marks = re.findall(r"<(?:path|polygon|polyline|ellipse)[^>]*>|>[^<]+</text>", drawing)
    return marks, figure.text


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_menu_of_the_notebooks(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every menu, as the others stand: it is silent if and only if no option changes what is
    seen; and the first of a notebook has something to say.
    """
    dice = random.Random(path.stem)
    for menus in menus_of(path, monkeypatch):
        first, *_ = menus.options
        assert first not in menus.silent
        for state in range(STATES_TRIED):
            if state:
                chosen = {name: dice.choice(menus.options[name]) for name in menus.options}
                menus.choose(**chosen)
            for name, labels in menus.options.items():
                start, heard = menus.chosen, []
                silent = name in menus.silent
                for label in labels:
                    menus.choose(**{name: label})
                    heard.append(seen_in(menus.figure))
                menus.choose(**start)
                assert silent == (heard.count(heard[0]) == len(labels)), (start, name)


def test_notebooks_have_menus() -> None:
    """The test above looks at something."""
    text = "".join(path.read_text("utf-8") for path in NOTEBOOKS)
    assert text.count("Menus(") >= 11
