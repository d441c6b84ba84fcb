"""An amendment is drawn, stepped, attacked and tabled like a published edition.

`SHOWN` calls every view with one.  A new view that is not called is named; so is one that takes
the name of an edition and loads it.
"""

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Final

import pytest

from refimpl import views
from refimpl.crosswalk.examples import examples
from refimpl.edition import Edition, load, read_edition
from refimpl.play.player import Story, play
from refimpl.views.amended import pictures
from refimpl.views.crosswalk import matrix, trip
from refimpl.views.film import sequence, table
from refimpl.views.film.branching import BranchingStepper
from refimpl.views.film.panel import panel_of
from refimpl.views.film.stepper import Stepper
from refimpl.views.graphs import architecture, landscape, machine, modes, space
from refimpl.views.kit.figure import Figure
from refimpl.views.kit.menus import Menus
from refimpl.views.kit.table import Table
from refimpl.views.markets import costs
from refimpl.views.markets.outage import Outages
from refimpl.views.secure import defences, exposure, handshake, message_steps, trust
from refimpl.views.tables import identifiers, listings

AMENDMENT: Final = """
edition = "draft"
title = "An amendment that nobody has published"
extends = "2025"

[[change]]
id = "draft"
says = "The amendment of this test."
basis = "chosen"
source = "model: a test"

[[role]]
id = "visited-cso"
label = "HOST"
change = "draft"

[[role]]
id = "home-csp"
label = "HOME"
change = "draft"

[[mode]]
id = "relay"
label = "RELAYED"
extension = true
path = ["producer", "clearing-house", "consumer"]
says = "RELAYED as the draft says."
basis = "chosen"
source = "model: a test"
change = "draft"

[[protocol]]
id = "tls"
says = "TLS OF THE DRAFT"
change = "draft"

[[exchange]]
id = "authorization"
label = "ASKED FIRST"
change = "draft"
"""

RULES: Final = """
[[rule]]
id = "{rule}"
says = "REWORDED {rule}"
change = "draft"
"""


@pytest.fixture(scope="module")
def amendment(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """Add a mode, rename roles, and reword the rules that the views speak of."""
    reworded = (
        *("MSG-7", "CRT-5", "CRT-17", "JOS-15", "MSG-3", "MSG-9", "TLS-3", "EMA-9", "EMA-2"),
        *("CRD-2", "EVS-10", "IDP-4", "AUT-5"),
    )
    path = tmp_path_factory.mktemp("amendment") / "draft.toml"
    rules = "".join(RULES.format(rule=rule) for rule in reworded)
    path.write_text(AMENDMENT + rules, "utf-8")
    return read_edition(path)


def everything(shown: object) -> str:
    """All the words of a figure, a table, or anything else a view gives."""
    if isinstance(shown, Figure):
        return f"{shown.title}\n{shown.text}\n{shown.dot}"
    if isinstance(shown, Table):
        return shown.text()
    return str(shown)


Call = Callable[[Edition], object]


def story(edition: Edition) -> Story:
    """Play a story under an edition, in the new mode where it has it."""
    mode = "relay" if "relay" in edition.modes else "clearing-house"
    return play("charge", edition, mode)


def verdicts(edition: Edition) -> object:
    return identifiers.verdicts({"DE-8AA-CA2B3C4D5-X": "emi3"}, edition)


def role_of_visited(edition: Edition) -> object:
    told = story(edition)
    return sequence.role_name(told, told.setting.network.entity(told.setting.visited_cso))


def differing(edition: Edition) -> object:
    return pictures.differing_pictures(load("2025"), edition)


def round_trip_of_example(edition: Edition) -> object:
    text = examples()["ocpi-2.2.1/cdr-smallest"]
    return trip.round_trip(edition, "ocpi-2.2.1", text)


def first_message(edition: Edition) -> object:
    told = story(edition)
    return sequence.sequence_svg(told, sequence.steps_of(told), 0)


def first_panel(edition: Edition) -> object:
    told = story(edition)
    return panel_of(told, sequence.steps_of(told)[0])


def crossed(edition: Edition) -> object:
    return landscape.crossed(edition, edition.exchanges["authorization"], "relay")


# fmt: off
SHOWN: Final[dict[str, tuple[Call, str]]] = {
    # view                          call                                            what must show
    "architecture.architecture":    (architecture.architecture,                     "HOST"),
    "pictures.pictures":            (lambda e: pictures.pictures(load("2025"), e),  "RELAYED"),
    "pictures.differing_pictures":  (differing,                                     "modes"),
    "architecture.classification":  (architecture.classification,                   "RELAYED"),
    "architecture.stack":           (architecture.stack,                            "TLS OF THE DRAFT"),
    "landscape.landscape":          (landscape.landscape,                           "draft"),
    "landscape.interfaces":         (lambda e: landscape.interfaces(e, "all", "relay"), "ASKED FIRST"),
    "landscape.crossed":            (crossed,                                       "IF-4"),
    "machine.session_machine":      (machine.session_machine,                       "HOST"),
    "space.state_graph":            (space.state_graph,                             "HOST"),
    "space.properties":             (space.properties,                              "draft"),
    "space.state_counts":           (lambda e: space.state_counts(e, ["charging"]), "draft"),
    "modes.roaming_mode":           (lambda e: modes.roaming_mode(e, "relay"),      "RELAYED as the draft"),
    "modes.standing":               (lambda e: modes.standing(e.modes["relay"]),    "chosen"),
    "listings.terms":               (listings.terms,                                "draft"),
    "listings.exchanges":           (listings.exchanges,                            "ASKED FIRST"),
    "listings.checks":              (listings.checks,                               "draft"),
    "listings.word_sets":           (listings.word_sets,                            "REWORDED AUT-5"),
    "listings.crosswalk":           (listings.crosswalk,                            "HOST"),
    "listings.changes":             (lambda e: listings.changes(load("2025"), e),   "draft"),
    "listings.change_list":         (listings.change_list,                          "draft"),
    "listings.basis":               (listings.basis,                                "draft"),
    "identifiers.profiles":         (lambda e: identifiers.profiles("?", e),        "REWORDED EMA-2"),
    "identifiers.carried":          (lambda e: identifiers.carried(["49*810*1"], e), "REWORDED EVS-10"),
    "identifiers.free_contract_ids": (lambda e: identifiers.free_contract_ids([""], e), "REWORDED IDP-4"),
    "identifiers.uids":             (lambda e: identifiers.uids([("rfid", "", None)], e), "REWORDED CRD-2"),
    "identifiers.verdicts":         (verdicts,                                      "REWORDED EMA-9"),
    "matrix.roles":                 (matrix.roles,                                  "HOST"),
    "matrix.messages":              (matrix.messages,                               "ASKED FIRST"),
    "matrix.objects":               (matrix.objects,                                "draft"),
    "matrix.fields":                (lambda e: matrix.fields(e, "ocpi-2.2.1", "cdr"), "draft"),
    "matrix.words":                 (matrix.words,                                  "draft"),
    "trip.round_trip":              (round_trip_of_example,                         "draft"),
    "costs.mode_costs":             (costs.mode_costs,                              "RELAYED"),
    "panel.panel_of":               (first_panel,                                   "HOST"),
    "sequence.role_name":           (role_of_visited,                               "HOST"),
    "sequence.sequence_svg":        (first_message,                                 "HOST"),
    "table.journey_table":          (table.journey_table,                           "draft"),
    "table.story_table":            (lambda e: table.story_table(story(e)),         "RELAYED"),
    "defences.attack_outcome":      (lambda e: defences.attack_outcome(e, "replayed"), "REWORDED MSG-7"),
    "defences.attack_outcomes":     (defences.attack_outcomes,                      "REWORDED MSG-7"),
    "defences.attack_sheets":       (lambda e: defences.attack_sheets(e, "routing").text(), "REWORDED MSG-3"),
    "defences.attack_changes":      (defences.attack_changes,                       "draft"),
    "exposure.exposure_map":        (exposure.exposure_map,                         "HOME"),
    "exposure.exposure_of_ways":    (exposure.exposure_of_ways,                     "RELAYED"),
    "handshake.handshake":          (handshake.handshake,                           "edition draft"),
    "handshake.handshake_records":  (handshake.handshake_records,                   "edition draft"),
    "handshake.handshake_sheets":  (lambda e: handshake.handshake_sheets(e).text(), "REWORDED TLS-3"),
    "handshake.handshake_refusal":  (lambda e: handshake.handshake_refusal(e, "expired"), "REWORDED CRT-5"),
    "message_steps.message_step":   (message_steps.message_step,                    "REWORDED MSG-9"),
    "message_steps.message_steps":  (message_steps.message_steps,                   "draft"),
    "message_steps.message_sheets": (lambda e: message_steps.message_sheets(e).text(), "REWORDED MSG-3"),
    "trust.certificate_sheets":     (lambda e: trust.certificate_sheets(e).text(), "REWORDED CRT-5"),
    "message_steps.header_members": (lambda e: message_steps.header_members(e, "sealed"), "REWORDED MSG-3"),
    "trust.trust_graph":            (lambda e: trust.trust_graph(e, "csp-birch"),   "REWORDED CRT-17"),
    "trust.certificate_members":    (trust.certificate_members,                     "REWORDED CRT-5"),
    "trust.basis_of_exchange":      (trust.basis_of_exchange,                       "draft"),
}
# fmt: on
PARTS: Final = {
    "actions.groups_of": "lists what may happen in a world, whose opening has its edition",
    "history.in_words": "tells what is under way in a world",
    "history.name_of": "names an entity of a world",
    "history.role_of": "names a role in a world, whose opening has its edition",
    "history.says": "tells an action of a world, whose opening has its edition",
    "history.speaker_of": "names an entity by id",
    "holdings.changes": "tables what endpoints hold, which have their edition",
    "holdings.held_by": "lists what an endpoint holds",
    "holdings.phases_in": "names phases of a world",
    "stepper.editions_beside": "lists editions",
    "stepper.mode_labels": "names modes of an edition for a menu",
    "stepper.one_of": "chooses one of some names",
    "trace.lifelines_of": "names lifelines of a world, whose opening has its edition",
    "vector_search.searched_lines": "lists vectors, whose editions are those of the suite",
    "trace.trace_diagram": "draws moments of worlds, whose opening has its edition",
    "identifiers.migrations": "shows what published texts make of an identifier",
    "identifiers.worked": "works out a check character, which is no matter of editions",
    "identifiers.worked_din": "works out a check digit, which is no matter of editions",
    "conformance.claims": "shows a report, whose editions are those of the suite",
    "conformance.divergences": "shows a report, whose editions are those of the suite",
    "conformance.explained": "shows a vector, whose editions are those of the suite",
    "conformance.totals": "shows a report, whose editions are those of the suite",
    "plot.number": "writes a number",
    "converter.totals": "counts the leaves of an object",
    "matrix.rules": "lists the rules of the crosswalk, which are in no edition",
    "lines.lines_html": "lays out lines of a JSON text",
    "lines.lines_of": "lists the lines of a JSON text",
    "lines.places_of": "finds the lines of a JSON text",
    "lines.tidy": "writes a JSON text",
    "sequence.caption": "tells a step of a story, whose setting has its edition",
    "sequence.diagram_of": "draws a story, whose setting has its edition",
    "sequence.names_in": "names entities by id",
    "sequence.only": "leaves out frames of a story",
    "sequence.phases_of": "names phases of a story",
    "sequence.roles_in": "names roles by id",
    "sequence.steps_of": "lists the frames of a story",
    "sequence.told": "tells what happens in a story, whose setting has its edition",
}
"""Public functions of views that show nothing of an edition themselves, and why."""


def public_views() -> Iterator[tuple[str, Callable[..., object]]]:
    """Every public function of the rooms of views, but of `kit`, which knows no edition."""
    for found in walk_packages(views.__path__, "refimpl.views."):
        if found.ispkg or ".kit." in found.name:
            continue
        module = import_module(found.name)
        for name, member in inspect.getmembers(module, inspect.isfunction):
            if member.__module__ == found.name and not name.startswith("_"):
                yield f"{found.name.rpartition('.')[2]}.{name}", member


def test_every_view_is_called() -> None:
    assert {name for name, _ in public_views()} == SHOWN.keys() | PARTS.keys()


def test_no_view_takes_a_name() -> None:
    for name, view in public_views():
        asked = inspect.signature(view).parameters.get("edition")
        assert asked is None or asked.annotation is Edition, name


def test_no_view_loads_an_edition() -> None:
    """Only the stepper does, to offer the published ones in its menu; and a rule id leads to
    the published rules.
    """
    rooms = Path(views.__file__).parent
    loading = {path.stem for path in rooms.rglob("*.py") if " load(" in code_of(path)}
    assert loading <= {"stepper", "rule_links"}


def code_of(path: Path) -> str:
    """The lines of a module that are no examples."""
    lines = path.read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.strip().startswith(">>>"))


@pytest.mark.parametrize("view", SHOWN)
def test_a_view_shows_the_amendment(view: str, amendment: Edition) -> None:
    call, words = SHOWN[view]
    shown = everything(call(amendment))
    assert words in shown
    assert words == "" or words not in everything(call_published(call))


def call_published(call: Call) -> object:
    """What a view shows of the edition that is amended; nothing where the mode is new."""
    try:
        return call(load("2025"))
    except (KeyError, ValueError):
        return ""


def test_an_amendment_in_an_outage(amendment: Edition) -> None:
    shown = Outages(amendment, down=[1])
    assert shown.modes[-1]["title"] == "RELAYED: 36 of 54 pairs (67%)"
    assert "RELAYED" in shown.html()


def test_an_amendment_is_stepped_and_chosen(amendment: Edition) -> None:
    stepper = Stepper(amendment, "charge", "relay")
    assert "HOST" in stepper.html()
    assert stepper.choices["edition"]["draft"] == "draft"
    assert stepper.choices["mode"]["relay"] == "RELAYED (extension)"
    assert "Stepper(edition, " in stepper.snippet(1)
    stepper.edition = "2025"
    assert "HOST" not in stepper.html()
    branching = BranchingStepper(amendment, mode="relay", trace=["say 1.1"])
    assert "HOST" in branching.html()
    assert branching.choices["mode"]["relay"] == "RELAYED (extension)"
    again = BranchingStepper.from_token(branching.token, amendment)
    assert again.changed == branching.changed
    menus = Menus(machine.session_machine, edition={"draft": amendment, "2025": load("2025")})
    assert "HOST" in menus.html()
