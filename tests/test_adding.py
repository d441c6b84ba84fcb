"""What has to follow when something is added, and who says so: for each kind of thing, one
function names what was forgotten.

Today it names nothing; and with a thing that is added in one place only, it names the others.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

import pytest

from refimpl.edition import Edition, Rule, load, published
from refimpl.endpoint.asked_again import INQUIRIES
from refimpl.endpoint.decisions import DECISIONS, KEEPING
from refimpl.identifiers import PROFILES, Profile
from refimpl.messages import (
    ANSWERS,
    KINDS,
    CorrectionRequest,
    Message,
    News,
    Receipt,
    Refusal,
    Said,
)
from refimpl.play import journeys
from refimpl.play.journeys import JOURNEYS, Act, Journey, journeys_of
from refimpl.play.loopback import Faults
from refimpl.play.player import Story, play
from refimpl.play.telling import SHORT
from refimpl.security.authorization import RIGHTS
from refimpl.security.privacy import SHAPES
from refimpl.session import STEPS, Step
from refimpl.shapes import Member
from refimpl.trace import citations
from refimpl.vectors.families import FAMILIES, OPERATIONS
from refimpl.vectors.suite import PACKAGE, families_in, read_suite, suite_folder
from refimpl.views.film.stepper import Stepper
from refimpl.views.graphs.machine import session_machine
from refimpl.vocabulary import Basis, Level, Mode, Phase, PrivacyClass, Role, Strategy
from tests.strategies import MESSAGES
from tests.test_house import SOURCES

LATEST: Final = load(published()[-1])
SUITE: Final = read_suite(suite_folder())

# --- A kind of message ------------------------------------------------------------------------


def forgotten_of_message(shape: type[Said]) -> Iterator[str]:
    """Name what a message lacks, from the union of all of them to the vectors."""
    kind, asks = shape.shape_name(), shape.__name__.endswith(("Request", "Notice"))
    if shape not in get_args(get_args(Message)[0]):
        yield "refimpl/messages/envelope.py, Message: no envelope carries it"
    if shape not in ANSWERS and asks:
        yield "refimpl/messages/envelope.py, ANSWERS: what answers it"
    if shape not in KINDS.values():
        yield "refimpl/messages/envelope.py, KINDS: it is no answer to anything"
    yield from forgotten_of_members(shape)
    yield from forgotten_of_news(shape)
    of_service = {step.message for step in STEPS}
    inquiries = {*INQUIRIES, *(ANSWERS[asked] for asked in INQUIRIES)}
    if shape not in {*of_service, *KEEPING, *inquiries, Receipt}:  # which is of none, not kept
        yield "refimpl/session/steps.py, STEPS: its rows, or endpoint/decisions.py, KEEPING"
    if shape.__name__.endswith("Request") and shape not in {*DECISIONS, *INQUIRIES}:
        yield "refimpl/endpoint/decisions.py, DECISIONS: how it is answered"
    if not any(shape in right.messages for right in RIGHTS):
        yield "refimpl/security/authorization.py, RIGHTS: who may say it"
    if kind not in SHAPES:
        yield "refimpl/security/privacy.py, SHAPES: it lies in no envelope"
    if shape is not Refusal:
        yield from forgotten_in_use(shape, kind)
    if shape not in MESSAGES:
        yield "tests/strategies.py, MESSAGES: how one is made up"
    yield from forgotten_in_vectors(shape, kind)


def forgotten_of_news(shape: type[Said]) -> Iterator[str]:
    """Name what is kept and not said to be news, or the other way round."""
    if issubclass(shape, News) != (shape in KEEPING):
        yield "refimpl/endpoint/decisions.py, KEEPING: news is kept, and nothing else"
    if issubclass(shape, News) and "sequence" not in shape.model_fields:
        yield f"refimpl/messages, {shape.__name__}: its sequence"


def forgotten_of_members(shape: type[Said]) -> Iterator[str]:
    """Name the members that do not say what they tell, and the rules that no edition has."""
    told = shape.members()
    inner = [part.__name__ for part in shape.parts()]
    for name, field in shape.model_fields.items():
        holds_shapes = any(part in str(field.annotation) for part in inner)
        if name not in told and not holds_shapes:
            yield f"refimpl/messages, {shape.__name__}.{name}: what it tells, and its rule"
    for rule in sorted({shape.sort.rule, *(member.rule for member in told.values())}):
        if rule not in LATEST.rules:
            yield f"refimpl/messages, {shape.__name__}: no edition has rule {rule}"


def forgotten_in_use(shape: type[Said], kind: str) -> Iterator[str]:
    """Name the editions in which nothing says a message, the journeys that do without, and the
    table that has no words for it.
    """
    if shape not in SHORT:
        yield "refimpl/play/telling.py, SHORT: what it says most"
    exchanges = [row.id for row in LATEST.exchanges.values() if kind in row.messages]
    if not exchanges and kind != "receipt":
        yield f"refimpl/standard/{LATEST.id}.toml: an exchange with it among its messages"
    for name in published():
        for row in map(load(name).exchanges.get, exchanges):
            if row is not None and kind not in row.messages:
                yield f"refimpl/standard/{name}.toml, exchange {row.id}: has it not"
    if kind not in said_in_journeys():
        yield "refimpl/play/journeys.py: a journey in which it is said"


@cache
def said_in_journeys() -> set[str]:
    """The kinds of all messages that are said when every journey is played."""
    return {
        frame.envelope.message.kind
        for journey in journeys_of(LATEST)
        for strategy in Strategy
        for frame in play(journey.id, LATEST, Mode.CLEARING_HOUSE, strategy).frames
    }


def forgotten_in_vectors(shape: type[Said], kind: str) -> Iterator[str]:
    """Name the families and tables of the suite that say nothing of a message."""
    for family in ("messages", "redaction"):
        if f'"{kind}"' not in json.dumps(SUITE.tests_of(family)).replace("\\", ""):
            yield f"vectors/corpus/{family}.json: a base or witness with it"
    if not any(
        kind in right["messages"] for right in SUITE.files["tables/leaves.json"]["leaves"]
    ):
        yield "vectors/tables/leaves.json: run iec63119 vectors fill"
    steps = {step["message"] for step in SUITE.files["tables/steps.json"]["steps"]}
    if kind not in steps and shape in {step.message for step in STEPS}:
        yield "vectors/tables/steps.json: run iec63119 vectors fill"
    classes = SUITE.files["tables/classes.json"]["classes"]
    for name in shape.members():
        if f"{kind}.{name}" not in classes:
            yield f"vectors/tables/classes.json, {kind}.{name}: run iec63119 vectors fill"


@pytest.mark.parametrize(
    "shape", [one for one in get_args(get_args(Message)[0]) if "refimpl" in str(one)]
)
def test_no_message_lacks_anything(shape: type[Said]) -> None:
    assert not list(forgotten_of_message(shape))


def test_a_new_message_is_told_what_it_lacks() -> None:
    class TariffRequest(Said):
        """The home-CSP asks for a price."""

        sort = Refusal.sort._replace(rule="TAR-1")

        currency: str
        kind: Annotated[Literal["tariff-request"], Member(PrivacyClass.ROUTING, "WIR-3")] = (
            "tariff-request"
        )

    told = list(forgotten_of_message(TariffRequest))
    assert [line.partition(":")[0] for line in told] == [
        "refimpl/messages/envelope.py, Message",
        "refimpl/messages/envelope.py, ANSWERS",
        "refimpl/messages/envelope.py, KINDS",
        "refimpl/messages, TariffRequest.currency",
        "refimpl/messages, TariffRequest",
        "refimpl/session/steps.py, STEPS",
        "refimpl/endpoint/decisions.py, DECISIONS",
        "refimpl/security/authorization.py, RIGHTS",
        "refimpl/security/privacy.py, SHAPES",
        "refimpl/play/telling.py, SHORT",
        f"refimpl/standard/{LATEST.id}.toml",
        "refimpl/play/journeys.py",
        "tests/strategies.py, MESSAGES",
        "vectors/corpus/messages.json",
        "vectors/corpus/redaction.json",
        "vectors/tables/leaves.json",
        "vectors/tables/classes.json, tariff-request.kind",
    ]


# --- A step of a session, and its phases ------------------------------------------------------

# fmt: off
UNTOLD: Final[Mapping[str, str]] = {
    "awaited, remote-control-notice (not_begun)":       "a no",
    "booking, reservation-answer (negative)":           "a no",
    "granted, session-progress-notice (abandoned)":     "a no",
    "stopping, remote-control-answer (negative)":       "a no",
    "stopping, remote-control-notice (not_stopped)":    "a no",
    "disputed, correction-answer (negative)":           "a no",
    "stopping, session-progress-notice (updated)":      "crosses a stop on the way",
    "stopping, session-progress-notice (ended)":        "crosses a stop on the way",
    "ended, remote-control-answer (always)":            "crosses the end on the way",
    "ended, refusal (always)":                          "crosses the end on the way",
    "recorded, remote-control-answer (always)":         "crosses the record on the way",
    "recorded, refusal (always)":                       "crosses the record on the way",
    "active, remote-control-answer (always)":           "comes after the news that it failed",
    "disputed, remote-control-answer (always)":         "comes when the record is in dispute",
    "recorded, detail-record-notice (replacing)":       "comes before it is asked for",
    "awaited, session-progress-notice (ordered)":              "comes in the other order",
    "awaited, session-progress-notice (abandoned)":            "a no",
    "active, remote-control-notice (begun)":                   "comes in the other order",
    "active, session-progress-notice (ordered)":               "comes in the other order",
    "cancelling, remote-control-answer (negative)":            "a no",
    "cancelling, remote-control-notice (begun)":               "crosses a cancellation on the way",
    "cancelling, remote-control-notice (not_begun)":           "crosses a cancellation on the way",
    "cancelling, remote-control-notice (start_open)":          "crosses a cancellation on the way",
    "cancelling, session-progress-notice (ordered)":           "crosses a cancellation on the way",
    "cancelling, session-progress-notice (abandoned)":         "crosses a cancellation on the way",
    "releasing, remote-control-answer (negative)":             "a no",
    "releasing, session-progress-notice (started)":            "crosses a cancellation on the way",
    "releasing, session-progress-notice (abandoned)":          "crosses a cancellation on the way",
    "asked, session-progress-notice (fallback)":               "comes where an answer or news was lost",
    "refused, session-progress-notice (fallback)":             "comes where an answer or news was lost",
    "stopping, remote-control-notice (stop_open)":             "comes in the other order",
    "stopping, remote-control-notice (begun)":                 "comes in the other order",
    "stopping, session-progress-notice (ordered)":             "comes in the other order",
    "ended, remote-control-notice (done)":                     "comes in the other order",
    "recorded, remote-control-notice (done)":                  "comes in the other order",
    "ended, remote-control-request (too_late)":                "crosses the end on the way",
    "recorded, remote-control-request (too_late)":             "crosses the record on the way",
    "active, remote-control-request (cancel)":                 "crosses a cancellation on the way",
    "abandoned, remote-control-request (cancel)":              "crosses a cancellation on the way",
    "abandoned, remote-control-answer (always)":               "crosses a cancellation on the way",
    "abandoned, refusal (always)":                             "crosses a cancellation on the way",
    "granted, detail-record-notice (original)":                "comes where an answer or news was lost",
    "stopping, detail-record-notice (original)":               "comes where an answer or news was lost",
    "correcting, record-withdrawal-notice (always)":           "comes after a dispute",
    "withdrawn, remote-control-answer (always)":               "crosses the record on the way",
    "correcting, remote-control-notice (done)":                 "comes in the other order",
    "abandoned, remote-control-notice (start_open)":            "comes in the other order",
    "withdrawn, remote-control-request (too_late)":             "crosses the withdrawal on the way",
    "withdrawn, refusal (always)":                              "crosses the withdrawal on the way",
    "withdrawn, correction-request (always)":                   "crosses the withdrawal on the way",
    "withdrawn, correction-answer (negative)":                  "crosses the withdrawal on the way",
}
"""The rows of the session table that no journey takes, and why; the vectors take each."""
# fmt: on


def name_of_row(row: Step) -> str:
    kind = row.message.model_fields["kind"].default
    return f"{row.phase}, {kind} ({row.when.name})"


def rows_of_story(story: Story, steps: Iterable[Step]) -> Iterator[Step]:
    """Name the rows for the messages that reach either end of the service in a story."""
    phases = {story.setting.home_csp: Phase.NEW, story.setting.visited_cso: Phase.NEW}
    for frame in story.frames:
        message, phase = frame.envelope.message, phases.get(frame.receiver)
        for row in steps:
            fits = row.message is type(message) and row.phase is phase and row.when(message)
            if fits and story.setting.sides(row.by)[1] == frame.receiver:
                yield row
        for name in phases:
            session = story.session(frame.reps, name)
            phases[name] = session.phase if session else Phase.NEW


@cache
def told_stories() -> tuple[Story, ...]:
    """Every journey, from a store and without one, for a contract that is honoured or not, and
    with each of its messages turned away once.
    """
    edition, house, stories = load("2025"), Mode.CLEARING_HOUSE, []
    for journey in JOURNEYS:
        for strategy, valid in product(Strategy, (True, False)):
            stories.append(play(journey, edition, house, strategy, valid=valid))
        for number in range(1, len(play(journey, edition).frames) + 1):
            turned_away = Faults(at={number: "refused"})
            stories.append(play(journey, edition, faults=turned_away))
    return tuple(stories)


def forgotten_of_steps(steps: Iterable[Step]) -> Iterator[str]:
    """Name what the rows of a session lack: a journey, or the reason why none takes it."""
    steps = tuple(steps)
    taken = {row for story in told_stories() for row in rows_of_story(story, steps)}
    for row in steps:
        if row not in taken and name_of_row(row) not in UNTOLD:
            yield f"play/journeys.py: no journey takes {name_of_row(row)}, or UNTOLD says why"
        if row in taken and name_of_row(row) in UNTOLD:
            yield f"UNTOLD: {name_of_row(row)} is taken by a journey"
    drawn = session_machine(load("2025"), "both", steps)
    for phase in {phase for row in steps for phase in (row.phase, row.to)}:
        if f">{phase}<" not in drawn.dot or f"{phase}" not in drawn.text:
            yield f"views/graphs/machine.py: has no word for the phase {phase}"


def test_no_step_lacks_anything() -> None:
    assert not list(forgotten_of_steps(STEPS))
    assert set(UNTOLD) <= {name_of_row(row) for row in STEPS}


def test_a_new_step_is_told_what_it_lacks() -> None:
    late = Step(Phase.ENDED, CorrectionRequest, Phase.DISPUTED, "SES-7", Role.HOME_CSP)
    assert list(forgotten_of_steps((*STEPS, late))) == [
        "play/journeys.py: no journey takes ended, correction-request (always), or UNTOLD says why"
    ]


# --- A journey --------------------------------------------------------------------------------


def forgotten_of_journey(journey: Journey) -> Iterator[str]:
    """Name what a journey lacks: a stepper that offers it, and a message at its end."""
    if journey.id not in offered_by_steppers():
        yield f"views/film/stepper.py: no stepper offers {journey.id}"
    for edition in map(load, published()):
        for act in journey.acts:
            if act.through and act.through not in edition.exchanges:
                yield f"standard/{edition.id}.toml: no exchange {act.through}"
    if journey.service not in {name for one in published() for name in load(one).services}:
        yield f"standard/: no edition has the service {journey.service}"


@cache
def offered_by_steppers() -> frozenset[str]:
    """The journeys that a reader can choose, in one edition or another."""
    offered: set[str] = set()
    for edition in published():
        offered |= set(Stepper(load(edition)).choices["journey"])
    return frozenset(offered)


@pytest.mark.parametrize("journey", JOURNEYS.values(), ids=JOURNEYS)
def test_no_journey_lacks_anything(journey: Journey) -> None:
    assert not list(forgotten_of_journey(journey))


def test_a_new_journey_is_told_what_it_lacks() -> None:
    act = replace(JOURNEYS["stations"].acts[0], through="weather")
    told = list(forgotten_of_journey(Journey("walk", "Walk", "walking", (act,))))
    assert told == [
        "views/film/stepper.py: no stepper offers walk",
        *(f"standard/{name}.toml: no exchange weather" for name in published()),
        "standard/: no edition has the service walking",
    ]


def test_every_act_is_in_a_journey() -> None:
    acts = {name: one for name, one in vars(journeys).items() if isinstance(one, Act)}
    used = {act for journey in JOURNEYS.values() for act in journey.acts}
    assert [name for name, act in acts.items() if act not in used] == []


# --- An identifier profile --------------------------------------------------------------------


def forgotten_of_profile(name: str, profile: Profile) -> Iterator[str]:
    """Name what a profile of identifiers lacks: a source, vectors, its row in the tables."""
    for source in profile.source.split(";"):
        key = source.partition(":")[0].strip()
        if key not in LATEST.sources:
            yield f"refimpl/identifiers/grammar.py, {name}: no edition has source {key}"
    asked = {
        (test["operation"], expect["outcome"])
        for test in SUITE.tests_of("identifiers")
        for expect in (test["expect"],)
        if test["input"].get("profile") == name
    }
    for operation in ("emaid.parse", "evse-id.parse"):
        for outcome in ("accept", "reject"):
            if (operation, outcome) not in asked:
                yield f"vectors/corpus/identifiers.json: {operation} to {outcome} with {name}"
    if name not in SUITE.files["tables/profiles.json"]["profiles"]:
        yield "vectors/tables/profiles.json: run iec63119 vectors fill"


@pytest.mark.parametrize("name", PROFILES)
def test_no_profile_lacks_anything(name: str) -> None:
    assert not list(forgotten_of_profile(name, PROFILES[name]))


def test_a_new_profile_is_told_what_it_lacks() -> None:
    new = PROFILES["emi3"]._replace(source="hearsay: a talk")
    told = list(forgotten_of_profile("emi4", new))
    assert [line.partition(":")[0] for line in told] == [
        "refimpl/identifiers/grammar.py, emi4",
        "vectors/corpus/identifiers.json",  # what is there refuses emi4 as unknown
        "vectors/corpus/identifiers.json",
        "vectors/corpus/identifiers.json",
        "vectors/tables/profiles.json",
    ]


# --- A rule -----------------------------------------------------------------------------------


def forgotten_of_rule(rule: Rule, edition: Edition) -> Iterator[str]:
    """Name what a rule of an edition lacks: the code that holds it, and vectors or tests."""
    if not rule.modelled:
        return
    if rule.id not in cited_in_code():
        yield f"refimpl: no code cites {rule.id}"
    if rule.exercised == "tests":
        if rule.id not in cited_in_tests():
            yield f"tests: none names {rule.id}"
        return
    asked = {
        cited
        for test in SUITE.tests
        if edition.id in test["editions"]
        for cited in test["rules"]
    }
    if rule.id not in asked:
        yield f"vectors/corpus: no vector is about {rule.id}"
    if rule.id not in SUITE.files["errors.json"]["errors"]:
        yield f"vectors/errors.json: run iec63119 vectors fill for {rule.id}"


@cache
def cited_in_code() -> set[str]:
    return {cited for path in SOURCES for cited in citations(path.read_text("utf-8"))}


@cache
def cited_in_tests() -> set[str]:
    texts = (path.read_text("utf-8") for path in Path(__file__).parent.rglob("*.py"))
    return {cited for text in texts for cited in citations(text)}


@pytest.mark.parametrize("name", published())
def test_no_rule_lacks_anything(name: str) -> None:
    edition = load(name)
    told = [
        line for rule in edition.rules.values() for line in forgotten_of_rule(rule, edition)
    ]
    assert not told


@pytest.mark.parametrize(("exercised", "where"), [("vectors", "vectors"), ("tests", "tests")])
def test_a_new_rule_is_told_what_it_lacks(
    exercised: Literal["vectors", "tests"], where: str
) -> None:
    new = Rule(
        id="-".join(("TAR", "2")),  # written so that no test cites it
        basis=Basis.CHOSEN,
        source="model: a test",
        says="A price is asked for once.",
        level=Level.SHALL,
        exercised=exercised,
    )
    told = list(forgotten_of_rule(new, LATEST))
    assert told[0].startswith("refimpl: ")
    assert {line.partition(":")[0].partition("/")[0] for line in told[1:]} == {where}


# --- A family of vectors ----------------------------------------------------------------------


def forgotten_of_family(family: str, operations: Iterable[str], folder: Path) -> Iterator[str]:
    """Name what a family of vectors lacks: corpus, schema, vectors, or a word about it."""
    if family not in families_in(folder):
        yield f"corpus/{family}.json: bases and witnesses"
    if not (folder / "schemas" / "v1" / f"{family}.schema.json").exists():
        yield f"schemas/v1/{family}.schema.json: the shape of its vectors"
    if not (folder / "v1" / f"{family}.json").exists():
        yield f"v1/{family}.json: run iec63119 vectors fill"
    index = json.loads((folder / "index.json").read_bytes())
    if family not in index["families"]:
        yield f"index.json: has no {family}; run iec63119 vectors fill"
    pages = [folder / "README.md", *folder.glob(f"{family.upper()}.md")]
    readme = "".join(page.read_text("utf-8") for page in pages)
    if f"| `v1/{family}.json` |" not in readme:
        yield f"README.md: a row for v1/{family}.json under Files"
    if f"\n## Family `{family}`\n" not in readme:
        yield f"README.md: a section for the family {family}"
    for operation in operations:
        if f"`{operation}`" not in readme:
            yield f"README.md: what {operation} asks"


def operations_of(family: str) -> set[str]:
    """The operations that the vectors of a family ask."""
    file = json.loads((suite_folder() / "v1" / f"{family}.json").read_bytes())
    return {test["operation"] for test in file["tests"]}


@pytest.mark.parametrize("family", FAMILIES)
def test_no_family_lacks_anything(family: str) -> None:
    assert not list(forgotten_of_family(family, operations_of(family), suite_folder()))


def test_a_new_family_is_told_what_it_lacks() -> None:
    told = list(forgotten_of_family("weather", ["weather.ask"], suite_folder()))
    assert [line.partition(":")[0] for line in told] == [
        "corpus/weather.json",
        "schemas/v1/weather.schema.json",
        "v1/weather.json",
        "index.json",
        "README.md",
        "README.md",
        "README.md",
    ]


def test_the_files_of_the_families_are_those_of_the_suite() -> None:
    files = {path.stem for path in (PACKAGE / "vectors" / "families").glob("[!_]*.py")}
    assert tuple(sorted(name.replace("_", "-") for name in files)) == FAMILIES
    assert families_in(suite_folder()) == FAMILIES
    asked = {operation for family in FAMILIES for operation in operations_of(family)}
    assert asked == set(OPERATIONS)


def test_a_family_with_a_file_and_a_corpus_alone_is_refused(tmp_path: Path) -> None:
    """Without a schema lint says so, whatever else is there."""
    from refimpl.vectors.lint import schema_faults
    from refimpl.vectors.suite import Suite

    folder = shutil.copytree(suite_folder() / "schemas", tmp_path / "schemas").parent
    files: dict[str, Any] = {"v1/weather.json": {}, "corpus/weather.json": {}}
    told = list(schema_faults(Suite(folder, ("weather",), files)))
    assert told[0].startswith("v1/weather.json: no schema urn:")
    assert any(line.startswith("corpus/weather.json") for line in told[1:])


# --- A notebook -------------------------------------------------------------------------------


NOTEBOOKS: Final = Path(__file__).parents[1] / "notebooks"


def forgotten_of_notebooks(folder: Path) -> list[str]:
    """Name the notebooks that the first one does not lead to."""
    first, *others = sorted(folder.glob("*.ipynb"))
    cells = json.loads(first.read_text("utf-8"))["cells"]
    prose = "".join("".join(one["source"]) for one in cells if one["cell_type"] == "markdown")
    missing = [path.name for path in others if f"]({path.name})" not in prose]
    return [f"{first.name}: no line leads to {name}" for name in missing]


def test_each_notebook_has_its_line() -> None:
    assert len(list(NOTEBOOKS.glob("*.ipynb"))) > 8
    assert forgotten_of_notebooks(NOTEBOOKS) == []


def test_a_notebook_without_its_line_is_named(tmp_path: Path) -> None:
    folder = shutil.copytree(NOTEBOOKS, tmp_path / "notebooks")
    shutil.copy(folder / "08-privacy.ipynb", folder / "10-weather.ipynb")
    told = ["00-start-here.ipynb: no line leads to 10-weather.ipynb"]
    assert forgotten_of_notebooks(folder) == told
