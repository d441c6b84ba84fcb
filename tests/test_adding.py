"""What has to follow when something is added, and who says so: for each kind of thing, one
function names what was forgotten.

Today it names nothing; and with a thing that is added in one place only, it names all the others.
"""

import json
import shutil
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

import pytest

from refimpl.edition import Edition, Rule, load, published
from refimpl.endpoint.decisions import DECISIONS, KEEPING
from refimpl.identifiers import PROFILES, Profile
from refimpl.messages import ANSWERS, KINDS, Message, Refusal, Said
from refimpl.play.journeys import journeys_of
from refimpl.play.player import play
from refimpl.security.authorization import RIGHTS
from refimpl.security.privacy import SHAPES
from refimpl.session import STEPS
from refimpl.shapes import Member
from refimpl.vectors.families import FAMILIES, OPERATIONS
from refimpl.vectors.suite import PACKAGE, families_in, read_suite, suite_folder
from refimpl.vocabulary import Basis, Level, Mode, PrivacyClass, Strategy
from tests.strategies import MESSAGES
from tests.test_house import SOURCES, citations

LATEST: Final = load(published()[-1])
SUITE: Final = read_suite(suite_folder())

# --- A kind of message ------------------------------------------------------------------------


def forgotten_of_message(shape: type[Said]) -> Iterator[str]:
    """Name what a message lacks, from the union of all of them to the vectors."""
    kind, asks = shape.shape_name(), shape.__name__.endswith(("Request", "Notice"))
    if shape not in get_args(get_args(Message)[0]):
        yield "refimpl/messages.py, Message: no envelope carries it"
    if shape not in ANSWERS and asks:
        yield "refimpl/messages.py, ANSWERS: what answers it"
    if shape not in KINDS.values():
        yield "refimpl/messages.py, KINDS: it is no answer to anything"
    yield from forgotten_of_members(shape)
    if shape not in {step.message for step in STEPS} | {*KEEPING, ANSWERS_NOTICES}:
        yield "refimpl/session.py, STEPS: the rows of a service, or endpoint/decisions.py, KEEPING"
    if shape.__name__.endswith("Request") and shape not in DECISIONS:
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


ANSWERS_NOTICES: Final = KINDS["receipt"]
"""The one message that is of no service and is not kept."""


def forgotten_of_members(shape: type[Said]) -> Iterator[str]:
    """Name the members that do not say what they tell, and the rules that no edition has."""
    told = shape.members()
    inner = [part.__name__ for part in shape.parts()]
    for name, field in shape.model_fields.items():
        holds_shapes = any(part in str(field.annotation) for part in inner)
        if name not in told and not holds_shapes:
            yield f"refimpl/messages.py, {shape.__name__}.{name}: what it tells, and its rule"
    for rule in sorted({shape.sort.rule, *(member.rule for member in told.values())}):
        if rule not in LATEST.rules:
            yield f"refimpl/messages.py, {shape.__name__}: no edition has rule {rule}"


def forgotten_in_use(shape: type[Said], kind: str) -> Iterator[str]:
    """Name the editions in which nothing says a message, and the journeys that do without."""
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
    if not any(kind in right["messages"] for right in SUITE.files["tables/leaves.json"]):
        yield "vectors/tables/leaves.json: run iec63119 vectors fill"
    steps = {step["message"] for step in SUITE.files["tables/steps.json"]}
    if kind not in steps and shape in {step.message for step in STEPS}:
        yield "vectors/tables/steps.json: run iec63119 vectors fill"
    classes = SUITE.files["tables/classes.json"]["classes"]
    for name in shape.members():
        if f"{kind}.{name}" not in classes:
            yield f"vectors/tables/classes.json, {kind}.{name}: run iec63119 vectors fill"


@pytest.mark.parametrize(
    "shape", [one for one in Said.__subclasses__() if "refimpl" in str(one)]
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
        "refimpl/messages.py, Message",
        "refimpl/messages.py, ANSWERS",
        "refimpl/messages.py, KINDS",
        "refimpl/messages.py, TariffRequest.currency",
        "refimpl/messages.py, TariffRequest",
        "refimpl/session.py, STEPS",
        "refimpl/endpoint/decisions.py, DECISIONS",
        "refimpl/security/authorization.py, RIGHTS",
        "refimpl/security/privacy.py, SHAPES",
        f"refimpl/standard/{LATEST.id}.toml",
        "refimpl/play/journeys.py",
        "tests/strategies.py, MESSAGES",
        "vectors/corpus/messages.json",
        "vectors/corpus/redaction.json",
        "vectors/tables/leaves.json",
        "vectors/tables/classes.json, tariff-request.kind",
    ]


# --- An identifier profile --------------------------------------------------------------------


def forgotten_of_profile(name: str, profile: Profile) -> Iterator[str]:
    """Name what a profile of identifiers lacks: a source, vectors, its row for other readers."""
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
    if rule.id not in SUITE.files["errors.json"]:
        yield f"vectors/errors.json: run iec63119 vectors fill for {rule.id}"


@cache
def cited_in_code() -> set[str]:
    return {cited for path in SOURCES for cited in citations(path)}


@cache
def cited_in_tests() -> set[str]:
    return {cited for path in Path(__file__).parent.rglob("*.py") for cited in citations(path)}


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
    readme = (folder / "README.md").read_text("utf-8")
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
