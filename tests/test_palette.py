"""The colours of pictures: every picture draws in them alone, and every text can be read on what
it stands on, on a light page and on a dark one.
"""

import re
from collections.abc import Iterator

import pytest

from refimpl.edition import load
from refimpl.lab.attacks import ATTACKS
from refimpl.lab.defences import LOOKS
from refimpl.lab.drafts import example_path, examples, read_draft
from refimpl.views.amended.pictures import pictures
from refimpl.views.film.stepper import Stepper
from refimpl.views.graphs.machine import session_machine
from refimpl.views.graphs.modes import roaming_mode
from refimpl.views.graphs.space import state_graph
from refimpl.views.kit.palette import COLOURS, THEME, with_dark
from refimpl.views.markets.costs import mode_costs
from refimpl.views.markets.outage import Outages
from refimpl.views.secure.defences import attack_outcome
from refimpl.views.secure.exposure import exposure_map
from refimpl.views.secure.handshake import handshake
from refimpl.views.secure.message_steps import message_step
from refimpl.views.secure.trust import trust_graph
from tests.test_figures import figures

LATEST = load("2025")
LIGHT, DARK = 0, 1
TEXTS = ("ink", "muted", "accent", "alarm", "green", "brown")


def drawings() -> Iterator[str]:
    """One drawing of every sort, with what is drawn in it only at times."""
    for figure in figures(LATEST).values():
        yield figure.svg()
    yield session_machine(LATEST).svg()
    yield state_graph(LATEST, lose=1).svg()
    for mode in LATEST.modes:
        yield roaming_mode(LATEST, mode).svg()
    assert len(LOOKS) < len(ATTACKS)
    for attack in ("nothing", "resealed"):
        yield attack_outcome(LATEST, attack).svg()
    yield exposure_map(LATEST, "clearing-house", "broadcast").svg()
    for certificate in ("", "revoked"):
        yield handshake(LATEST, certificate).svg()
    yield message_step(LATEST, 3).svg()
    yield trust_graph(LATEST, "csp-birch").svg()
    for fate in ("lost", "refused"):
        stepper = Stepper(LATEST, "charge", "direct", faults={3: fate})
        yield from (stepper.heads, stepper.rows)
        yield from (stepper.picture(at) for at in range(1, len(stepper.steps) + 1))
    yield from (mode["svg"] for mode in Outages(LATEST, down=[1]).modes)
    for name in examples():
        for pair in pictures(LATEST, read_draft(example_path(name)).sound()).values():
            yield from (figure.svg() for figure in pair)
    yield from (plot.svg() for plot in mode_costs(LATEST, [(1, 1), (20, 30)]).plots)


def colours_of(svg: str) -> set[str]:
    return set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg)) - {"none", "transparent"}


def test_no_colour_but_ours() -> None:
    """Every drawing is made in colours that have a dark one."""
    light = {pair[LIGHT] for pair in COLOURS.values()}
    used: set[str] = set()
    for svg in drawings():
        assert colours_of(svg) <= light
        used |= colours_of(svg)
    assert len(used) > 12


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, page: int) -> float:
    """The contrast of two colours by name (WCAG 2.2, 1.4.3)."""
    lights = sorted(luminance(COLOURS[name][page]) for name in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def test_contrast_by_hand() -> None:
    assert luminance("#ffffff") == pytest.approx(1)
    assert luminance("#000000") == 0
    assert contrast("edge", "paper", LIGHT) == pytest.approx(4.54, abs=0.005)  # as published


@pytest.mark.parametrize("page", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_stand_out(page: int) -> None:
    """Texts stand out by 4.5 to 1 from whatever they may stand on, borders by 3 to 1."""
    grounds = [name for name in COLOURS if name.endswith("-fill")]
    for ground in ("paper", "wash", *grounds):
        for text in TEXTS:
            assert contrast(text, ground, page) >= 4.5, (text, ground)
        assert contrast("edge", ground, page) >= 3, ground
    for ground in COLOURS:
        if ground.startswith("heat-") or ground in ("band", "grey"):
            assert contrast("ink", ground, page) >= 4.5, ground


def test_every_colour_turns_dark() -> None:
    """A drawing in an image, and one on a page, has a rule for each of its colours."""
    for svg in drawings():
        assert colours_of(svg)
        style = re.search(r"<style>(.*?)</style>", with_dark(svg))
        assert style
        for colour in colours_of(svg):
            assert f'="{colour}"]{{' in style[1]
            assert f'.iec63119 svg [fill="{colour}"]{{' in THEME
    assert len({dark for _, dark in COLOURS.values()}) == len(COLOURS)
    assert len({light for light, _ in COLOURS.values()}) == len(COLOURS)
