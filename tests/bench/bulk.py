"""What a case of a bulk costs, beside one that Hypothesis draws in a plain `@given` loop."""

from collections.abc import Callable, Iterator
from time import process_time
from typing import Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from refimpl.edition import load
from refimpl.identifiers import PROFILES
from refimpl.shapes import canonical_json
from refimpl.vectors.bulk import case_of
from refimpl.vectors.corpus import Corpus, read_corpus
from refimpl.vectors.drawing import draw, sources
from refimpl.vectors.families import FAMILIES, answer
from refimpl.vectors.suite import Json, suite_folder
from refimpl.wire import encode
from tests import strategies
from tests.bench import Row, in_turns

Questions = st.SearchStrategy[tuple[str, Json | None, Json]]
"""What draws an operation, a context and an input."""

EDITION: Final = load("2025")
CASES: Final = 300
ROUNDS: Final = 7
RATE, TIMES = 10_000, 15


def bulk() -> Iterator[Row]:
    """The cases of each family that a second of one core makes, and how many times as many as
    by Hypothesis.
    """
    for family in FAMILIES:
        corpus = read_corpus(suite_folder(), family)
        cases = {"bulk": _drawn(corpus)}
        aimed_at = family in QUESTIONS
        if aimed_at:
            cases["@given"] = _by_hypothesis(corpus)
        took = in_turns(cases, rounds=ROUNDS, seconds=0, clock=process_time)
        spent = took.median("bulk") / CASES
        note = f"{spent * 1e6:.0f} µs of processor time a case"
        least = RATE if aimed_at else None
        yield Row(f"bulk of {family}", 1 / spent, "a second", least, True, note)
        if aimed_at:
            what = f"bulk of {family}, of the rate of a @given loop"
            ratio, note = took.ratio("@given", "bulk"), took.spread("@given", "bulk")
            yield Row(what, ratio, "x", TIMES, True, note)


def _drawn(corpus: Corpus) -> Callable[[], object]:
    """Make cases as a bulk does."""
    found = list(sources(suite_folder(), [corpus.family]).values())

    def make() -> int:
        size = 0
        for index in range(CASES):
            drawn = draw(found[index % len(found)], 1, index)
            size += len(canonical_json(case_of(index, drawn)))
        return size

    make()  # what is worked out once for a million is not measured
    return make


def _by_hypothesis(corpus: Corpus) -> Callable[[], object]:
    """Make as many in a loop as one would write first, with the strategies of the tests."""

    @seed(1)
    @settings(
        max_examples=CASES,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(QUESTIONS[corpus.family](corpus))
    def loop(drawn: tuple[str, Json | None, Json]) -> None:
        expect = answer(drawn[0], EDITION, *drawn[1:])
        canonical_json({"question": drawn, "expect": expect})

    return loop


def _of_identifiers(corpus: Corpus) -> Questions:
    profiles = st.sampled_from(sorted(PROFILES))
    emaids = st.fixed_dictionaries({"text": strategies.emaids(), "profile": profiles})
    evse_ids = st.fixed_dictionaries({"text": strategies.evse_ids(), "profile": profiles})
    return st.one_of(
        st.tuples(st.just("emaid.parse"), st.none(), emaids),
        st.tuples(st.just("evse-id.parse"), st.none(), evse_ids),
    )


def _of_messages(corpus: Corpus) -> Questions:
    texts = strategies.envelopes().map(lambda envelope: {"text": encode(envelope).decode()})
    return st.tuples(st.just("message.decode"), st.none(), texts)


def _of_routing(corpus: Corpus) -> Questions:
    return st.sampled_from(list(corpus.contexts.values())).flatmap(_of_network)


def _of_network(network: Json) -> Questions:
    names = st.sampled_from([entity["id"] for entity in network["entities"]])
    asked = {
        "mode": st.sampled_from(list(EDITION.modes)),
        "sender": names,
        "receiver": names,
        "exchange": st.sampled_from(list(EDITION.exchanges)),
    }
    return st.tuples(st.just("network.route"), st.just(network), st.fixed_dictionaries(asked))


QUESTIONS: Final[dict[str, Callable[[Corpus], Questions]]] = {
    "identifiers": _of_identifiers,
    "messages": _of_messages,
    "routing": _of_routing,
}
