"""The infrastructure of the pictures: figures, choices, the mode explorer, the machine and the
stepper.
"""

import os
import re
import stat
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from refimpl import load
from refimpl.edition import published
from refimpl.play import journeys_of, play
from refimpl.play.example import CSOS, CSPS, NETWORK
from refimpl.play.journeys import JOURNEYS
from refimpl.play.loopback import Faults
from refimpl.session import STEPS
from refimpl.views.film import sequence
from refimpl.views.film.panel import _as_text as as_text
from refimpl.views.film.stepper import Stepper
from refimpl.views.graphs.machine import session_machine
from refimpl.views.graphs.modes import roaming_mode
from refimpl.views.kit import figure
from refimpl.views.kit.figure import Figure, NoLayout, digraph
from refimpl.views.kit.palette import BAND, with_dark
from refimpl.vocabulary import Mode, Phase, Strategy

LATEST = load("2025")
SVG = "{http://www.w3.org/2000/svg}"
FRESH = """
from refimpl.edition import load
from refimpl.views.graphs.modes import roaming_mode
print(roaming_mode(load("2025"), "federated", visited="cso-heath").svg())
"""


@pytest.fixture
def no_cache() -> Iterator[None]:
    """Every drawing is laid out anew, and none of this test's is kept."""
    for cached in (figure._svg, figure._lay_out):
        cached.cache_clear()
    yield
    for cached in (figure._svg, figure._lay_out):
        cached.cache_clear()


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_cache: None) -> Path:
    """A machine without a layout program; what the test puts into the folder is on the PATH."""
    monkeypatch.delenv("IEC63119_DOT", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / "scripts"))
    return tmp_path


def program(path: Path, script: str) -> Path:
    """A program that does what the shell script says."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def small(label: str = "a & b") -> Figure:
    graph = digraph("small")
    graph.edge("a", "b", label=label)
    return Figure('A "small" <one>', graph.source, "From a & to b.\nNothing else.")


def images(html: str) -> list[ElementTree.Element]:
    """Every image in the HTML, decoded and parsed; and no drawing stands outside of one."""
    assert "<svg" not in html
    found = re.findall(r'<img alt="[^"]+" src="data:image/svg\+xml;base64,([^"]+)" style', html)
    assert len(found) == html.count("<img")
    return [ElementTree.fromstring(b64decode(one)) for one in found]


def texts(svg: str) -> str:
    """What can be read in a drawing."""
    return " ".join(
        "".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")
    )


def test_accessible_drawings() -> None:
    """A drawing is one accessible element."""
    svg = small().svg()
    root = ElementTree.fromstring(svg)
    assert svg.startswith("<svg ")
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'A "small" <one>'
    assert root.findtext(f"{SVG}title") == 'A "small" <one>'
    assert root.findtext(f"{SVG}desc") == "From a & to b.\nNothing else."


def test_no_ids() -> None:
    """No id of a drawing can meet another one on the page."""
    svg = small(' id="x"').svg()
    assert " id=&quot;x" in svg
    assert not re.findall(r'\sid="', svg)


@pytest.mark.slow
def test_same_bytes_elsewhere() -> None:
    """The same drawing comes out as the same bytes in another process."""
    made = {
        subprocess.run(
            [sys.executable, "-c", FRESH],
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert made == {roaming_mode(LATEST, "federated", visited="cso-heath").svg() + "\n"}


def test_image_and_words() -> None:
    """A notebook gets an image and the same in words."""
    bundle = small()._repr_mimebundle_()
    (drawn,) = images(bundle["text/html"])
    assert drawn.get("aria-label") == 'A "small" <one>'
    assert "<details>" in bundle["text/html"]
    assert "From a &amp; to b." in bundle["text/html"]
    assert bundle["text/plain"] == 'A "small" <one>\n\nFrom a & to b.\nNothing else.'


def test_no_layout_program(nowhere: Path) -> None:
    """Without a layout program one line names the ways out."""
    with pytest.raises(NoLayout) as caught:
        small().svg()
    message = str(caught.value)
    assert "\n" not in message
    assert all(
        way in message
        for way in ("graphviz-pure", "iec63119-refimpl[explorer]", "dot", "IEC63119_DOT")
    )


def test_dot_as_a_fallback(nowhere: Path) -> None:
    """Dot serves where graphviz pure does not work."""
    program(nowhere / "scripts" / "graphviz-pure", "exit 1")
    program(nowhere / "dot", "echo '<?xml?><svg width=\"1pt\"></svg>'")
    assert 'width="1pt"' in small().svg()


def test_graphviz_pure_comes_before_dot(nowhere: Path) -> None:
    program(nowhere / "scripts" / "graphviz-pure", "echo '<svg width=\"2pt\"></svg>'")
    program(nowhere / "dot", "echo '<svg width=\"1pt\"></svg>'")
    assert 'width="2pt"' in small().svg()


def test_named_program_only(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program that is named is the only one."""
    program(nowhere / "dot", "echo '<svg></svg>'")
    monkeypatch.setenv("IEC63119_DOT", str(nowhere / "mine"))
    with pytest.raises(NoLayout, match=r"mine: No such file"):
        small().svg()


def test_layout_complaints(nowhere: Path) -> None:
    """What the layout program complains of is told."""
    program(nowhere / "dot", "echo 'line 1: cannot' >&2; exit 3")
    with pytest.raises(NoLayout, match="line 1: cannot"):
        small().svg()


def test_hanging_layout(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layout program that hangs is given up."""
    monkeypatch.setattr(figure, "TIMEOUT_S", 0.1)
    program(nowhere / "dot", "exec /bin/sleep 5")
    with pytest.raises(NoLayout, match="no drawing after"):
        small().svg()


@pytest.mark.parametrize("edition", published())
@pytest.mark.parametrize("mode", list(Mode))
def test_labels_of_modes(edition: str, mode: Mode) -> None:
    """Every mode is drawn with the labels of its edition."""
    row = load(edition).modes[mode]
    drawn = roaming_mode(
        load(edition), mode, visited="cso-heath" if mode is Mode.FEDERATED else "cso-elm"
    )
    seen = texts(drawn.svg())
    assert all(entity.name in seen for entity in NETWORK.entities if entity.name)
    assert ("home-CSP" in seen) == (edition == "2025")
    assert ("EXTENSION" in seen) == row.extension
    assert ("an extension, not in the scope" in drawn.text) == row.extension


# Read off the landscape by hand: who is at which clearing house, and what the mode's row says.
@pytest.mark.parametrize(
    ("mode", "exchange", "visited", "hops"),
    [
        ("direct", "authorization", "cso-elm", ["Elm Stations>Alba Mobility IF-2"]),
        ("direct", "remote-control", "cso-elm", ["Alba Mobility>Elm Stations IF-2"]),
        (
            "clearing-house",
            "authorization",
            "cso-elm",
            [
                "Elm Stations>Clearing House North IF-4",
                "Clearing House North>Alba Mobility IF-3",
            ],
        ),
        ("hybrid", "authorization", "cso-elm", ["Elm Stations>Alba Mobility IF-2"]),
        (
            "hybrid",
            "station-status",
            "cso-elm",
            [
                "Elm Stations>Clearing House North IF-4",
                "Clearing House North>Alba Mobility IF-3",
            ],
        ),
        (
            "federated",
            "authorization",
            "cso-heath",
            [
                "Heath Energy>Clearing House South IF-4",
                "Clearing House South>Clearing House North IF-5",
                "Clearing House North>Alba Mobility IF-3",
            ],
        ),
        ("clearing-house", "authorization", "cso-heath", []),
    ],
)
def test_the_way_is_told_hop_by_hop(
    mode: str, exchange: str, visited: str, hops: list[str]
) -> None:
    drawn = roaming_mode(LATEST, mode, exchange, visited=visited)
    told = re.findall(
        r"^\d\. (.+?) \(.+?\) to (.+?) \(.+?\) over (IF-\d)\.$", drawn.text, re.MULTILINE
    )
    assert [f"{sender}>{receiver} {interface}" for sender, receiver, interface in told] == hops
    signs = re.findall(r"(\d): IF-\d", texts(drawn.svg()))
    assert sorted(signs) == [str(number) for number in range(1, len(hops) + 1)]


def test_what_a_mode_cannot_carry() -> None:
    """What a mode cannot carry is told with its rule."""
    drawn = roaming_mode(LATEST, "clearing-house", visited="cso-heath")
    assert "Not possible. NET-7:" in drawn.text
    assert "NET-7" in texts(drawn.svg())
    assert "NET-8" in roaming_mode(load("2019"), "direct", "reservation").text


Points = list[tuple[float, float]]


def points_of(drawn: str) -> Points:
    return [(float(x), float(y)) for x, y in re.findall(r"([-.\d]+),([-.\d]+)", drawn)]


def outlines(svg: str) -> dict[str, Points]:
    """The outline of each entity of a drawing, by the name on it."""
    found = {}
    for node in ElementTree.fromstring(svg).iterfind(f".//{SVG}g[@class='node']"):
        drawn = [part.get("points") or part.get("d") or "" for part in node.iter()]
        name = "".join(next(node.iter(f"{SVG}text")).itertext())
        if any(drawn):  # what stands above the picture has no border
            found[name] = points_of(max(drawn))
    return found


def lines(svg: str) -> Iterator[tuple[float, Points]]:
    """The width of each line of a drawing, and points all along it."""
    for edge in ElementTree.fromstring(svg).iterfind(f".//{SVG}g[@class='edge']"):
        path = next(edge.iter(f"{SVG}path"))
        (x, y), *_, (other_x, other_y) = points_of(path.get("d") or "")
        steps = [step / 100 for step in range(3, 98)]  # but for where it ends
        yield (
            float(path.get("stroke-width") or 1),
            [(x + (other_x - x) * step, y + (other_y - y) * step) for step in steps],
        )


def within(outline: Points, point: tuple[float, float]) -> bool:
    """Whether a ray to the right crosses the outline an odd number of times."""
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in pairwise([*outline, outline[0]]):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


@pytest.mark.parametrize("mode", LATEST.modes)
def test_nothing_runs_behind_a_house(mode: str) -> None:
    """No link runs behind a clearing house, and no arrow behind anybody."""
    arrows = 0
    for home in CSPS:
        for visited in (*CSOS, *CSPS):
            svg = roaming_mode(LATEST, mode, home=home, visited=visited).svg()
            nodes = {
                name: points for name, points in outlines(svg).items() if ": IF-" not in name
            }
            houses = [points for name, points in nodes.items() if "Clearing House" in name]
            assert len(houses) == 2
            for width, points in lines(svg):
                arrows += width == 3
                in_front = nodes.values() if width == 3 else houses
                assert not [one for node in in_front for one in points if within(node, one)]
    assert arrows >= 12


def test_machine_shows_every_row() -> None:
    """The machine shows every row of the table."""
    drawn = session_machine(LATEST)
    seen = texts(drawn.svg()).replace("- ", "-")  # a long word is broken
    assert all(phase in seen for phase in Phase)
    assert len(drawn.text.splitlines()) == 1 + len(STEPS)
    for step in STEPS:
        assert step.message.model_fields["kind"].default in seen


def test_machine_draws_no_arrow_to_where_it_is() -> None:
    """What changes no phase stands within it, and what is too late is one line."""
    drawn = session_machine(LATEST)
    assert not re.search(r"^\s*(\w+) -> \1 ", drawn.dot, re.MULTILINE)
    seen = texts(drawn.svg()).replace("- ", "-")
    assert "recorded" in seen
    assert "detail-record-notice (replacing)" in seen  # of a record that is there already
    late = {step.phase for step in STEPS if step.rule == "SES-9" and step.to is step.phase}
    assert seen.count("what is too late (SES-9)") == len(late) > 0


def test_machine_marks_who_speaks() -> None:
    """Who says a message is told by a mark, and not by colour alone."""
    seen = texts(session_machine(LATEST).svg()).replace("- ", "-")
    for step in STEPS:
        mark = {"home-csp": "●", "visited-cso": "■"}[step.by]
        if step.rule != "SES-9":
            assert f"{mark} {step.message.model_fields['kind'].default}" in seen
    assert "● home-CSP" in seen
    assert "■ visited-CSO" in seen


def test_machine_of_one_role() -> None:
    """The machine can be narrowed to one role."""
    assert "session-progress-notice" not in texts(
        session_machine(LATEST, says="home-csp").svg()
    )
    assert "authorization-answer" not in texts(
        session_machine(LATEST, says="visited-cso").svg()
    )
    assert "home-CSP" not in texts(session_machine(load("2019")).svg())


FAULTS = {"lost": "(lost)", "duplicated": "(arrives twice)", "refused": "(turned away)"}


@pytest.mark.parametrize("fate", FAULTS)
def test_fault_is_shown(fate: str) -> None:
    """A fault shows in the words and in the drawing."""
    stepper = Stepper(LATEST, "charge", "direct", faults={3: fate}, at=3)
    assert stepper.captions[2].startswith(
        "3. Elm Stations to Alba Mobility: session-progress-notice: started"
    )
    assert stepper.captions[2].endswith(FAULTS[fate])
    assert FAULTS[fate].strip("()") in texts(stepper.picture(3))
    assert stepper.picture(3) != Stepper(LATEST, "charge", "direct").picture(3)


def test_arriving_twice() -> None:
    """A message that arrives twice is two steps of one number."""
    stepper = Stepper(LATEST, "charge", "direct", faults={1: "duplicated"})
    assert [caption.partition(".")[0] for caption in stepper.captions[:2]] == ["1", "1′"]


def test_an_answer_is_never_turned_away() -> None:
    stepper = Stepper(LATEST, "charge", "direct", faults={2: "refused"})
    assert "turned away" not in " ".join(stepper.captions)
    assert stepper.steps[1]["answer"]
    assert not stepper.steps[0]["answer"]


def test_notes_are_told() -> None:
    """What was noted is told with the sentence of its rule."""
    stepper = Stepper(LATEST, "charge", "direct", faults={3: "refused"})
    (noted,) = [at for at, told in enumerate(stepper.captions) if "notes REP-8" in told]
    leads = '<a href="11-traceability.ipynb#REP-8">REP-8</a>'
    told = f"Noted by Elm Stations.</b> {leads}: {load('2025').rules['REP-8'].says}"
    assert told in stepper.panels[noted]
    assert "REP-8" in texts(stepper.picture(noted + 1))


def test_fault_put_in_later() -> None:
    """A fault put in later plays the story again and stays at the step."""
    stepper = Stepper(LATEST, "charge", "clearing-house", at=3)
    before = len(stepper.captions)
    stepper.faults = {"3": "lost"}
    assert stepper.at == 3
    assert (
        len(stepper.captions) == before + 3
    )  # three hops are said again before the answer comes
    stepper.faults = {}
    assert len(stepper.captions) == before


def test_another_story() -> None:
    """Another story starts without faults."""
    stepper = Stepper(LATEST, "charge", "clearing-house", faults={3: "lost"}, at=20)
    stepper.mode = "direct"
    assert stepper.faults == {}
    assert stepper.at == len(stepper.captions) == 10


def test_edition_without_journey() -> None:
    """An edition without the journey shows one it has."""
    stepper = Stepper(LATEST, "parking", "direct")
    stepper.edition = "2019"
    assert stepper.journey == "charge"
    assert set(stepper.choices["journey"]) == {one.id for one in journeys_of(load("2019"))}


def test_one_role() -> None:
    """A role sees only what it sends or receives."""
    stepper = Stepper(LATEST, "charge", "clearing-house", show="home-csp")
    assert len(stepper.captions) == 10
    assert all("Alba Mobility" in caption for caption in stepper.captions)
    assert "Elm Stations to" not in " ".join(stepper.captions)
    stepper.mode = "direct"
    assert "clearing-house" not in stepper.choices["show"]


def test_role_without_part() -> None:
    """A role that takes no part cannot be singled out."""
    stepper = Stepper(LATEST, "charge", "clearing-house", show="clearing-house")
    stepper.mode = "direct"
    assert stepper.show == "all"


def test_a_menu_that_changes_nothing_says_why() -> None:
    """Without a clearing house no strategy tells another story, and both roles see it all."""
    stepper = Stepper(LATEST, "charge", "direct")
    assert stepper.silent == {
        "strategy": "no clearing house takes part",
        "show": "each role sends or receives every step",
    }
    stepper.mode = "clearing-house"
    assert stepper.panels == []  # the page asks for the rest once it has painted the picture
    stepper.tell_details()
    assert len(stepper.panels) == len(stepper.steps)
    assert stepper.silent == {}
    stepper.mode = "federated"
    stepper.tell_details()
    assert stepper.silent == {"strategy": "every strategy tells this same story"}


def test_arrows_up_to_the_step() -> None:
    """The arrows go up to the step one looks at."""
    stepper = Stepper(LATEST, "charge", "direct")
    assert len(stepper.steps) > 1
    for at in range(1, len(stepper.steps) + 1):
        picture = stepper.picture(at)
        root = ElementTree.fromstring(picture)
        assert len([node for node in root.iter(f"{SVG}g") if node.get("data-step")]) == at
        assert picture.count(BAND) == 2  # one band, and the halo of its words


def test_both_phases() -> None:
    """Both phases are those of the story."""
    told = sequence.steps_of(play("charge", load("2025"), "clearing-house"))
    # Worked out by hand: the visited-CSO asks at once, the home-CSP grants on hearing, the
    # answer takes two hops back.
    assert [step.after for step in told[:4]] == [
        (Phase.NEW, Phase.ASKED),
        (Phase.GRANTED, Phase.ASKED),
        (Phase.GRANTED, Phase.ASKED),
        (Phase.GRANTED, Phase.GRANTED),
    ]


def test_what_happens_is_drawn_and_told() -> None:
    """What happens between two messages has a line of its own, before the message behind it."""
    stepper = Stepper(LATEST, "offline", "direct")
    assert stepper.captions[2].endswith("(before it: Alba Mobility cannot be reached; lost)")
    assert "cannot be reached" not in stepper.picture(2)
    seen = texts(stepper.picture(3))
    assert seen.index("Alba Mobility cannot be reached") < seen.index(
        "authorization-request: rfid 04A2B3C4D5E680  [lost]"
    )
    assert "restarts, and has lost what waited to be said" in stepper.panels[14]


def test_what_happens_is_told_with_the_next_that_is_shown() -> None:
    stepper = Stepper(LATEST, "restored", "clearing-house", show="visited-cso")
    (told,) = [caption for caption in stepper.captions if "before it" in caption]
    assert told.startswith("22. Clearing House North to Elm Stations: reconciliation-request")
    assert "Alba Mobility restarts, and has lost everything, the next day" in told


def test_a_restart_is_not_the_doing_of_a_message() -> None:
    """After a restart an end stands where that left it, before it says anything."""
    steps = sequence.steps_of(play("restored", LATEST))
    assert steps[9].after == (Phase.RECORDED, Phase.RECORDED)
    assert steps[10].before == (Phase.NEW, Phase.RECORDED)
    assert steps[13].after == (Phase.RECORDED, Phase.RECORDED)


def test_two_visited_csos_have_lifelines() -> None:
    """Each stands in its own service, and the home-CSP in that of the step."""
    stepper = Stepper(LATEST, "one-id-twice", "direct")
    seen = texts(stepper.picture(11))
    assert "Elm Stations visited-CSO recorded Fjord Power visited-CSO asked Alba" in seen
    assert "Fjord Power: new → <b>asked</b>" in stepper.panels[10]


def test_an_extension_is_shown_as_it_is() -> None:
    assert as_text({"ocpi-2.2.1": {"id": "1"}}) == '{"ocpi-2.2.1": {"id": "1"}}'


@pytest.mark.parametrize("edition", published())
def test_members_have_rules(edition: str) -> None:
    """Every member of every message has a rule of the edition."""
    known = load(edition)
    for journey in journeys_of(known):
        stepper = Stepper(known, journey.id, "clearing-house", faults={1: "refused"})
        for panel in stepper.panels:
            rows = ElementTree.fromstring(panel.partition("</p>")[2]).findall("tbody/tr")
            assert len(rows) > 6  # the members of every envelope, and some of its message
            for row in rows:
                rule, _, _ = "".join(row[2].itertext()).partition(" (")
                assert rule in known.rules, row[0].text


def test_steps_without_a_kernel() -> None:
    """Without a kernel every step is there with picture and words."""
    stepper = Stepper(LATEST, "charge", "clearing-house", faults={3: "lost"})
    data, _ = stepper._repr_mimebundle_()
    html = data["text/html"]
    assert len(images(html)) == 1 + len(stepper.captions)
    assert html.count("<summary>") == 1 + len(stepper.captions)
    assert html.count("<table>") == len(stepper.captions)
    assert html.count("<details open><summary>1. Elm Stations") == 1
    assert not re.search(r"<(style|script)\b|\bon\w+=", html)
    for caption in stepper.captions:
        assert f"<summary>{caption}</summary>" in html
    assert data["text/plain"].splitlines() == stepper.captions


def test_snippet_leads_back() -> None:
    """The snippet leads back to the same view."""
    stepper = Stepper(
        LATEST,
        "charge",
        "clearing-house",
        "broadcast",
        faults={3: "lost"},
        show="home-csp",
        at=2,
    )
    view, value = stepper.snippet(stepper.at).splitlines()
    again = eval(view, {"Stepper": Stepper, "load": load})
    assert again.get_state() | {"_css": "", "layout": ""} == stepper.get_state() | {
        "_css": "",
        "layout": "",
    }
    story = eval(value, {"play": play, "load": load, "Faults": Faults})
    assert [frame.raw for frame in story.frames] == [
        frame.raw for frame in stepper.story().frames
    ]


@pytest.mark.parametrize("mode", list(Mode))
def test_every_journey_in_every_mode(mode: Mode) -> None:
    """Every journey can be stepped through in every mode."""
    drawn = set()
    for journey in journeys_of(load("2025")):
        for strategy in load("2025").strategies:
            stepper = Stepper(LATEST, journey.id, mode, strategy)
            frames = play(journey.id, load("2025"), mode, strategy).frames
            assert len(stepper.steps) == len(frames) > 0
            for drawn_svg in (stepper.heads, stepper.rows, stepper.picture(len(frames))):
                assert ElementTree.fromstring(drawn_svg).tag == f"{SVG}svg"
            rows = ElementTree.fromstring(stepper.rows).iter(f"{SVG}g")
            assert len([row for row in rows if row.get("data-step")]) == len(frames)
            drawn.add((journey.id, strategy))
    assert len(drawn) == len(JOURNEYS) * len(Strategy)


def test_picture_of_the_readme() -> None:
    """The picture of the readme is what the model draws."""
    stored = Path(__file__).parents[1] / "notebooks" / "pictures" / "roaming.svg"
    assert stored.read_text(encoding="utf-8") == with_dark(
        roaming_mode(LATEST, "clearing-house", "authorization").svg()
    )
