"""Whether the vectors have teeth: the reference is broken in one place after another, and the vectors have to notice.

`pytest -s` shows the figure.  A mutant that lives needs a vector, or a word here why no vector can tell it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from refimpl import endpoint, identifiers, network, records, session, wire
from refimpl.edition import load
from refimpl.network import Network
from refimpl.vectors import lint, operations
from refimpl.vectors.corpus import BESIDE, FAMILIES
from refimpl.vectors.fill import content_hash
from refimpl.vocabulary import Kind, Phase, Strategy

SUITE = lint.read(BESIDE)
CONTEXTS = {family: SUITE.files[f"v1/{family}.json"]["contexts"] for family in FAMILIES}

Patch = Callable[[pytest.MonkeyPatch], None]


def first_killer(family: str) -> str | None:
    """The first vector of a family that the reference, as it is now, answers another way."""
    for test in SUITE.tests:
        if not test["id"].startswith(family):
            continue
        context = CONTEXTS[test["id"].partition("/")[0]].get(test.get("context"))
        for name, expect in lint.expects(test).items():
            try:
                got = operations.answer(test["operation"], load(name), context, test["input"])
            except Exception:  # noqa: BLE001 - a crash is noticed as well
                return str(test["id"])
            if got != expect:
                return str(test["id"])
    return None


def setting(owner: object, name: str, value: object) -> Patch:
    return lambda patch: patch.setattr(owner, name, value)


def without(order: tuple[Any, ...], index: int) -> tuple[Any, ...]:
    return order[:index] + order[index + 1 :]


def swapped(order: tuple[Any, ...], index: int) -> tuple[Any, ...]:
    return (*order[:index], order[index + 1], order[index], *order[index + 2 :])


def grammar(profile: str, which: str, **changes: Any) -> Patch:
    row = identifiers.PROFILES[profile]
    changed = row._replace(**{which: getattr(row, which)._replace(**changes)})
    return setting(identifiers, "PROFILES", MappingProxyType({**identifiers.PROFILES, profile: changed}))


def steps(rows: tuple[session.Step, ...]) -> Patch:
    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(session, "STEPS", rows)
        monkeypatch.setattr(operations, "STEPS", rows)

    return patch


def nothing(*args: object) -> None:
    return None


def yes(*args: object) -> bool:
    return True


# Neighbours in an order of checks that no text can tell apart, and why.
# fmt: off
SAME = {
    ("EVSE_ID_ORDER", 6): "no grammar has both an operator that can be wrong and a type",
}
# fmt: on


def mutants() -> Iterator[tuple[str, str, Patch]]:
    for name in ("EMAID_ORDER", "EVSE_ID_ORDER"):
        order = getattr(identifiers, name)
        for index, (rule, _) in enumerate(order):
            yield f"{rule} is not checked", "identifiers", setting(identifiers, name, without(order, index))
            if index and (name, index - 1) not in SAME:
                yield (
                    f"{rule} is checked too early",
                    "identifiers",
                    setting(identifiers, name, swapped(order, index - 1)),
                )
    for profile, row in identifiers.PROFILES.items():
        for which in ("emaid", "evse_id"):
            one = getattr(row, which)
            label = f"{profile} {which}"
            yield f"{label}: one character more", "identifiers", grammar(profile, which, longest=one.longest + 1)
            capitals = frozenset() if one.capitals else frozenset({"country", "type", "outlet", "instance", "provider"})
            yield f"{label}: the other case", "identifiers", grammar(profile, which, capitals=capitals)
            stand = "nowhere" if one.stand == "anywhere" else "anywhere"
            if one.separators:
                yield f"{label}: separators {stand}", "identifiers", grammar(profile, which, stand=stand)
                yield f"{label}: other separators", "identifiers", grammar(profile, which, separators="")
            for index, part in enumerate(one.parts):
                parts = lambda change, index=index, one=one: (*one.parts[:index], change, *one.parts[index + 1 :])  # noqa: E731
                longer = part._replace(most=part.most + 1)
                yield f"{label} {part.name}: longer", "identifiers", grammar(profile, which, parts=parts(longer))
                shorter = part._replace(least=part.least - 1) if part.least else part._replace(least=1)
                yield f"{label} {part.name}: least", "identifiers", grammar(profile, which, parts=parts(shorter))
    yield "check: another character", "identifiers", setting(identifiers, "check_character", lambda text: "0")
    yield "check: DIN digit for all", "identifiers", setting(identifiers, "METHODS", {14: identifiers.din_check_digit})
    yield (
        "migration: one convention",
        "identifiers",
        setting(identifiers, "MIGRATIONS", {"ochp-1.4": "C0", "emi3": "C0"}),
    )
    for name in ("linked", "agreed"):
        yield f"network: everyone {name}", "routing", setting(Network, name, yes)
    houses = Network.houses
    yield (
        "network: houses the other way round",
        "routing",
        setting(Network, "houses", lambda net, name: tuple(reversed(houses(net, name)))),
    )
    anything = network.interface(load("2025"), Kind.CSP, Kind.CSO)
    yield "network: everything in scope", "routing", setting(network, "_in_scope", lambda *args: anything)
    yield "network: files are not checked", "routing", setting(network, "check", nothing)
    for index, row in enumerate(session.STEPS):
        rest = session.STEPS[:index] + session.STEPS[index + 1 :]
        yield f"session: no row {operations.row_name(row)}", "session", steps(rest)
        other = Phase.NEW if row.to is not Phase.NEW else Phase.ENDED
        yield (
            f"session: row {operations.row_name(row)} leads elsewhere",
            "session",
            steps((*session.STEPS[:index], replace(row, to=other), *session.STEPS[index + 1 :])),
        )
        yield (
            f"session: row {operations.row_name(row)} without its condition",
            "session",
            steps((*session.STEPS[:index], replace(row, when=yes), *session.STEPS[index + 1 :]))
            if row.when is not session.always
            else steps(rest),
        )
    yield "session: any kind of record", "session", setting(session, "check_kind", nothing)
    yield "session: any subject", "session", setting(session, "_check_subject", nothing)
    yield "session: any record", "session", setting(session, "_check_record", nothing)
    yield "wire: one byte more", "messages", setting(wire, "MAX_BYTES", wire.MAX_BYTES + 1)
    yield "wire: one byte fewer", "messages", setting(wire, "MAX_BYTES", wire.MAX_BYTES - 1)
    yield "wire: members may be repeated", "messages", setting(wire, "_once", dict)
    yield "wire: NaN is a number", "messages", setting(wire, "_not_json", lambda constant: None)
    yield "wire: any form", "messages", setting(wire, "_first_difference", lambda *args: 1 // 0)
    yield "record: order of times", "messages", setting(records, "_in_order", nothing)
    yield "endpoint: any list", "exchange", setting(endpoint, "_check_listed", nothing)
    yield "endpoint: anyone's list", "exchange", setting(endpoint, "_check_list", nothing)
    yield "endpoint: any answer", "exchange", setting(endpoint, "_check_answer", nothing)
    yield "endpoint: any yes binds", "exchange", setting(endpoint, "_binds", yes)
    yield "endpoint: forgets what it has seen", "exchange", setting(endpoint, "_remember", lambda rep, *rest: rep)
    yield "endpoint: forgets the service", "exchange", setting(endpoint, "_keep", lambda rep, *rest: rep)
    for one in Strategy:
        for other in Strategy:
            if one is not other:
                table = {**endpoint.STRATEGIES, one: endpoint.STRATEGIES[other]}
                yield f"endpoint: {one} does as {other}", "exchange", setting(endpoint, "STRATEGIES", table)
    for shape, reply in endpoint.REPLIES.items():
        if shape.__name__ in ("AuthorizationRequest", "RemoteControlRequest"):
            table = {name: answer for name, answer in endpoint.REPLIES.items() if answer is not reply}
            yield f"endpoint: no reply to {shape.__name__}", "exchange", setting(endpoint, "REPLIES", table)


MUTANTS = list(mutants())


def test_the_reference_itself_passes() -> None:
    assert all(first_killer(family) is None for family in FAMILIES)


def test_the_vectors_notice_every_mutant(monkeypatch: pytest.MonkeyPatch) -> None:
    alive = []
    for name, family, patch in MUTANTS:
        with monkeypatch.context() as mutated:
            patch(mutated)
            if first_killer(family) is None:
                alive.append(name)
    print(f"\n{len(MUTANTS) - len(alive)} of {len(MUTANTS)} mutants noticed")
    assert not alive


def test_a_stub_that_accepts_or_refuses_everything_is_noticed_by_every_family() -> None:
    for family in FAMILIES:
        expected = [lint.expects(test) for test in SUITE.tests if test["id"].startswith(family)]
        outcomes = {expect["outcome"] for expects in expected for expect in expects.values()}
        assert outcomes == {"accept", "reject"}


def test_a_hash_tells_vectors_apart_by_their_context() -> None:
    here, there = ({"entities": [{"id": name, "kind": "csp"}]} for name in ("a", "b"))
    assert content_hash("network.route", here, {}, {}) != content_hash("network.route", there, {}, {})
