"""The search for witnesses: for every goal that has none, the smallest recipe that Hypothesis
can find and shrink.

A goal is a label at a base: an error code that the operation may give, or a row of the session
table.  What is found is written to the corpus as a person would write it, and from then on it's
frozen: a witness that still meets its goal is never replaced, and filling knows nothing of this
module.  A better `why` is for a person to write.

A recipe counts only if leaving out one of its edits makes it accepted: that neighbour becomes
the twin.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

from refimpl.edition import load
from refimpl.session import STEPS
from refimpl.vectors.corpus import Corpus, Document, document, documents, read_corpus
from refimpl.vectors.edits import Recipe, shorter, wire_json
from refimpl.vectors.fill import answers, write
from refimpl.vectors.operations import Json, row_name, rows
from refimpl.vectors.suite import BadSuite

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MOST_EDITS: Final = 2
SEEDS: Final = (0, 1)
EXAMPLES: Final = 150

# Which rules an operation can refuse by, one or all of a group; what is signed, sealed or
# certified is not searched.
CODES: Final[Mapping[str, str]] = {
    "emaid.parse": "EMA IDP",
    "evse-id.parse": "EVS IDP",
    "emaid.check-character": "EMA",
    "emaid.din-check-digit": "EMA",
    "emaid.migrate-din": "EMA IDP",
    "network.read": "NET",
    "network.route": "NET",
    "session.follow": "SES REC",
    "message.decode": "WIR EMA EVS REC",
    "endpoint.play": "REP AUT SES NET",
    "hello.answer": "TLS-1 TLS-2 TLS-6",
    "peer.admit": "TLS-3 TLS-13",
    "frames.read": "TLS-6 TLS-7 TLS-8 TLS-9",
}
BY_BASE: Final = ("message.decode", "hello.answer", "peer.admit")


@dataclass(frozen=True, slots=True)
class Goal:
    """Something a vector could show: a label (an error code or a row of the session table) at a
    base.
    """

    label: str
    base: str


def goals(corpus: Corpus) -> Iterator[Goal]:
    """Every goal of a family that no witness meets.

    A code is a goal once for each cell: the phase in which a session stands, a profile, a mode,
    or else the base.  A row of the session table is a goal once.
    """
    met: set[tuple[object, ...]] = set()
    for witness, asked in documents(corpus):
        met |= {
            (label, *_cell(corpus, witness.base)) for label in _codes(answers(corpus, asked))
        }
        met |= {
            (row_name(row),)
            for name in asked.editions
            for row in rows(asked.operation, load(name), asked.input)
        }
    rules = [
        rule.id
        for rule in load(corpus.editions[-1]).rules.values()
        if rule.exercised == "vectors"
    ]
    for name, base in corpus.bases.items():
        codes = CODES.get(base.operation, "").split()
        for label in (rule for rule in rules if rule in codes or rule[:3] in codes):
            if (label, *_cell(corpus, name)) not in met:
                met.add((label, *_cell(corpus, name)))
                yield Goal(label, name)
        for label in (row_name(row) for row in STEPS if base.operation == "session.follow"):
            if (label,) not in met:
                yield Goal(label, name)


def _codes(got: Mapping[str, Json]) -> set[str]:
    return {answer["error"] for answer in got.values() if answer["outcome"] == "reject"}


def _cell(corpus: Corpus, name: str) -> tuple[object, ...]:
    base = corpus.bases[name]
    if base.operation == "session.follow":
        newest = document(corpus, name, (), base.editions[-1:])
        phases = answers(corpus, newest)[base.editions[-1]].get("output", {}).get("phases", ())
        return base.operation, tuple(phases[-1:])
    keys = ("profile", "convention", "mode", "entity", "strategy")
    named = name if base.operation in BY_BASE else ""
    return base.operation, *(base.input.get(key) for key in keys), named


def check_hypothesis() -> None:
    """Raise `BadSuite` where Hypothesis, which searches, is not installed."""
    try:
        import hypothesis  # noqa: F401 - only to say in time that it's missing
    except ImportError as error:
        raise BadSuite(
            "discover needs the package hypothesis", "install the extra discover"
        ) from error


def search(
    corpus: Corpus, goal: Goal, seeds: Sequence[int] = SEEDS, examples: int = EXAMPLES
) -> Recipe | None:
    """The smallest recipe for a goal that any of the seeds leads to, or None."""
    from hypothesis import HealthCheck, Phase, find, settings
    from hypothesis import strategies as st
    from hypothesis.errors import NoSuchExample

    quiet = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    recipes = st.lists(_wounds(corpus, goal.base), min_size=1, max_size=MOST_EDITS)
    known = {
        _content(asked): (witness.base, _frozen(witness.recipe))
        for witness, asked in documents(corpus)
    }
    found = []
    for seed in seeds:
        try:
            found.append(
                find(
                    recipes,
                    lambda r: _reaches(corpus, known, goal, r),
                    settings=quiet,
                    random=Random(seed),
                )
            )
        except NoSuchExample:
            continue
    return min(
        found,
        key=lambda recipe: (len(recipe), len(wire_json(recipe)), wire_json(recipe)),
        default=None,
    )


Known = Mapping[bytes, tuple[str, Recipe]]


def _content(asked: Document) -> bytes:
    return wire_json([asked.operation, asked.context, asked.input])


def _reaches(corpus: Corpus, known: Known, goal: Goal, recipe: Recipe) -> bool:
    try:
        asked = document(corpus, goal.base, recipe, corpus.bases[goal.base].editions[-1:])
        [(edition, newest)] = answers(corpus, asked).items()
    except BadSuite:
        return False
    if _content(asked) in known:
        return False
    if newest["outcome"] == "accept":
        return goal.label in {
            row_name(row) for row in rows(asked.operation, load(edition), asked.input)
        }
    neighbour = _neighbour(corpus, goal.base, recipe)
    if newest["error"] != goal.label or neighbour is None:
        return False
    here = (
        goal.base,
        _frozen(neighbour),
    )  # the twin is this witness, a new one, or else another base's and no twin
    return known.get(_content(document(corpus, *here)), here) == here


def _neighbour(corpus: Corpus, base: str, recipe: Recipe) -> Recipe | None:
    """The recipe without one of its edits that is accepted in every edition, if there is one."""
    for fewer in shorter(recipe):
        try:
            got = answers(corpus, document(corpus, base, fewer))
        except BadSuite:
            continue
        if all(answer["outcome"] == "accept" for answer in got.values()):
            return fewer
    return None


def _frozen(recipe: Recipe) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(edit) for edit in recipe)


def witnesses(corpus: Corpus, goal: Goal, recipe: Recipe) -> Iterator[Json]:
    """What the corpus gains by a recipe: the witness and, where nobody is yet what it's the
    neighbour of, its twin.
    """
    rule = load(corpus.editions[-1]).rules.get(goal.label)
    outcome = "reject" if rule else "accept"
    slug = re.sub(r"[^a-z0-9]+", "-", f"{goal.label} {goal.base}".lower())
    witness: Json = {
        "id": f"{corpus.family}/{outcome}-{slug}",
        "title": f"{outcome}s a wound of {goal.base}: {goal.label}",
        "why": f"{rule.says if rule else 'Every row of the table is taken.'} Found by discovery, and shrunk.",
        "goal": f"{goal.label}: {goal.base}",
        "base": goal.base,
        "recipe": [list(edit) for edit in recipe],
    }
    if outcome == "reject":
        fewer = _neighbour(corpus, goal.base, recipe)
        same = (
            w.id
            for w in corpus.witnesses
            if w.base == goal.base and w.recipe == _frozen(fewer or ())
        )
        twin = next(same, None)
        if twin is None:
            twin = f"{corpus.family}/accept-beside-{slug}"
            title = f"accepts the neighbour of {goal.label} at {goal.base}"
            beside = {
                "id": twin,
                "title": title,
                "goal": f"accept: {goal.base}",
                "recipe": fewer,
            }
            yield {**witness, **beside}
        witness["twin"] = twin
    yield witness


def add(folder: Path, family: str, found: Sequence[Json]) -> Corpus:
    """The corpus with new witnesses written after those that are there."""
    name = f"corpus/{family}.json"
    corpus = json.loads((folder / name).read_bytes())
    corpus["witnesses"] += found
    write(folder, {name: (json.dumps(corpus, ensure_ascii=False, indent=1) + "\n").encode()})
    return read_corpus(folder, family)


# --- What may be done to a base ---------------------------------------------------------------

CHARACTERS: Final = "0159ACEXZacez-*_+ \u00e9\u212a"
VALUES: Final = (
    'null true -1 0.5 [] {} "" "x" "2025-07-08T11:00:00Z" "DE8AA0012345671" 1'.split()
)


NAMES: Final = ("csp-alba", "csp-birch", "cso-elm", "house-north")
FRAMES: Final = (
    *"00000000 00000001 000000 00010001".split(),
    "00000001 78",
    f"00000005 {b'TLS-7'.hex()}",
)
CHANNEL: Final[Mapping[str, Mapping[str, Sequence[Any]]]] = {
    "hello.answer": {
        "input.hello.versions": [None, ["0302"], ["0303"], ["0304"]],
        "input.hello.legacy_version": ["0301", "0302", "0304"],
        "input.hello.suites": [[], *([number] for number in "002f 1301 c02b c02f".split())],
        "input.hello.type": ["02"],
        "input.hello.left_out": [1, 100],
        "input.keys": [["Ed25519"], ["RSA"]],
    },
    "peer.admit": {
        "input.shown": [
            None,
            *({"entity": name, "kind": kind} for name in NAMES for kind in ("csp", "cso")),
        ],
        "input.called": [None, *NAMES],
    },
    "frames.read": {
        "input.admitted": [False, True],
        "input.chunks": [
            [],
            *([one] for one in FRAMES),
            *([one, other] for one in FRAMES for other in FRAMES),
        ],
        "input.ends": [None, "said", "cut"],
    },
}
"""What may be put where in what two sides of a channel say to each other."""


def _wounds(corpus: Corpus, name: str) -> "SearchStrategy[list[Any]]":
    from hypothesis import strategies as st

    base = corpus.bases[name]
    given = document(corpus, name, ()).input
    if base.operation in ("message.decode", "network.read"):
        members = sorted(set(re.findall(r'"\w+":(?:"[^"]*"|[^",{}\[\]]+)', given["text"])))
        twice = [["replace", "input.text", member, f"{member},{member}"] for member in members]
        gone = [["replace", "input.text", f"{member},", ""] for member in members]
        other = [
            ["replace", "input.text", member, f"{member.partition(':')[0]}:{value}"]
            for member in members
            for value in VALUES
        ]
        return st.sampled_from([*twice, *gone, *other])
    if base.operation == "network.route":
        newest = load(corpus.editions[-1])
        entities = sorted(
            {
                entity["id"]
                for network in corpus.contexts.values()
                for entity in network["entities"]
            }
        )
        pools = {
            "context": sorted(corpus.contexts),
            "input.mode": [*newest.modes, "mesh"],
            "input.sender": entities,
            "input.receiver": entities,
            "input.exchange": [*newest.exchanges, "weather"],
        }
        return st.sampled_from(
            [["set", path, value] for path, pool in pools.items() for value in pool]
        )
    if base.operation in CHANNEL:
        return st.sampled_from(
            [
                ["set", path, value]
                for path, pool in CHANNEL[base.operation].items()
                for value in pool
            ]
        )
    if "steps" in given:
        return st.sampled_from(_steps(corpus, given["steps"]))
    places = st.integers(1, len(given["text"]))
    return st.one_of(
        st.builds(
            lambda place, char: ["put", "input.text", place, char],
            places,
            st.sampled_from(CHARACTERS),
        ),
        st.builds(
            lambda place, char: ["add", "input.text", place, char],
            places,
            st.sampled_from(CHARACTERS),
        ),
        st.builds(lambda place: ["cut", "input.text", place], places),
        st.just(["set", "input.profile", "none"]) if "profile" in given else st.nothing(),
        st.just(["lower", "input.text"]),
    )


def _steps(corpus: Corpus, steps: Sequence[Json]) -> list[list[Any]]:
    last = len(steps)
    edits: list[list[Any]] = [["drop", f"input.steps.{number}"] for number in range(last)]
    for name, part in corpus.parts.items():
        if "by" in part:
            edits.append(["insert", f"input.steps.{last}", f"@{name}"])
            edits += [["set", f"input.steps.{number}", f"@{name}"] for number in range(last)]
            continue
        for number, step in enumerate(steps):
            path = f"input.steps.{number}.{'hear.message' if 'hear' in step else 'say'}"
            edits.append(["set", path, f"@{name}"])
    for number, step in enumerate(steps):
        path = f"input.steps.{number}"
        edits += [
            ["set", f"{path}.by", by] for by in ("home-csp", "visited-cso") if "by" in step
        ]
        edits += [
            ["set", f"{path}.from", name]
            for name in ("csp-birch", "cso-fjord")
            if "hear" in step
        ]
        heard = ("request_id", "correlation_id", "sender", "receiver") if "hear" in step else ()
        edits += [
            ["set", f"{path}.hear.{key}", value]
            for key in heard
            for value in ("cso-fjord", "csp-birch", "m-9")
        ]
    return edits
