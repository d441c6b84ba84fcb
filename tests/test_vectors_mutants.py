"""Whether the vectors have teeth: the reference is broken in one place after another, and the vectors have to notice.

`pytest -s` shows the figure.  A mutant that lives needs a vector, or a word here why no vector can tell it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Any

import pytest
from pydantic import Field, create_model

from refimpl import endpoint, identifiers, network, session, wire
from refimpl.edition import load
from refimpl.errors import Misuse
from refimpl.messages import Text
from refimpl.network import Network
from refimpl.security import authorization, certificates, jose, privacy, protection
from refimpl.vectors import lint, operations
from refimpl.vectors.corpus import BESIDE, FAMILIES
from refimpl.vectors.fill import content_hash
from refimpl.vocabulary import Kind, Phase, Strategy

SUITE = lint.read(BESIDE)
CONTEXTS = {family: SUITE.files[f"v1/{family}.json"]["contexts"] for family in FAMILIES}

Patch = Callable[[pytest.MonkeyPatch], None]
Mutant = tuple[str, str, Patch]
"""What is broken, the family that has to notice, and how it is broken."""


def first_killer(family: str) -> str | None:
    """The first vector of a family that the reference, as it is now, answers another way."""
    for test in SUITE.tests:
        if not test["id"].startswith(family):
            continue
        context = CONTEXTS[test["id"].partition("/")[0]].get(test.get("context"))
        for name, expect in lint.expects(test).items():
            try:
                got = operations.answer(test["operation"], load(name), context, test["input"])
            except Exception:  # a crash is noticed as well
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


# Mutants that no vector can tell from the reference, and why.
ABOVE = "whatever does not meet the condition has met that of the row above"
# fmt: off
EQUIVALENT = {
    "EMA-9 is checked too early":        "a check character that is missing is not wrong",
    "EVS-8 is checked too early":        "no grammar has both an operator that can be wrong and a type",
    "iso15118-2 evse_id outlet: longer": "the whole text has 37 characters at most",
    "din91286 evse_id outlet: shorter":  "a separator after which nothing comes is found before",
    "session: row asked > authorization-answer > refused without its condition":    ABOVE,
    "session: row commanded > remote-control-answer > refused without its condition": ABOVE,
    "session: row booking > reservation-answer > refused without its condition":    ABOVE,
    "session: row stopping > remote-control-answer > active without its condition": ABOVE,
    "session: row disputed > correction-answer > recorded without its condition":   ABOVE,
}
# fmt: on


def of_orders() -> Iterator[Mutant]:
    """A check left out, or put before the one above it."""
    for name in ("EMAID_ORDER", "EVSE_ID_ORDER"):
        order = getattr(identifiers, name)
        for index, (rule, _) in enumerate(order):
            yield f"{rule} is not checked", "identifiers", setting(identifiers, name, without(order, index))
            if index:
                early = setting(identifiers, name, swapped(order, index - 1))
                yield f"{rule} is checked too early", "identifiers", early


def of_grammars() -> Iterator[Mutant]:
    """A field of a grammar changed."""
    for profile, row in identifiers.PROFILES.items():
        for which in ("emaid", "evse_id"):
            for what, changes in changed(getattr(row, which)):
                yield f"{profile} {which}{what}", "identifiers", grammar(profile, which, **changes)


def changed(one: identifiers.Grammar) -> Iterator[tuple[str, dict[str, Any]]]:
    """What may be wrong in a grammar; that a part is too short shows in the last, unless separators cut the text."""
    if one.longest < identifiers.LONGEST:
        yield ": one character more", {"longest": one.longest + 1}
    capitals = frozenset() if one.capitals else frozenset({"country", "type", "outlet", "instance", "provider"})
    yield ": the other case", {"capitals": capitals}
    if one.separators:
        yield ": separators elsewhere", {"stand": "all or none" if one.stand == "anywhere" else "anywhere"}
        yield ": no separators", {"separators": ""}
    needed = [part for part in one.parts if part.least]
    for part in one.parts:

        def parts(wrong: identifiers.Part, index: int = one.parts.index(part)) -> dict[str, Any]:
            return {"parts": (*one.parts[:index], wrong, *one.parts[index + 1 :])}

        yield f" {part.name}: longer", parts(part._replace(most=part.most + 1))
        if one.stand == "everywhere" or part is needed[-1]:
            yield f" {part.name}: shorter", parts(part._replace(least=part.least - 1))
        if not part.least:
            yield f" {part.name}: asked for", parts(part._replace(least=1))


def of_tables() -> Iterator[Mutant]:
    """A table of the identifiers or the network changed."""
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


def of_steps() -> Iterator[Mutant]:
    """A row of the session table left out, sent elsewhere or freed of its condition."""
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
            steps((*session.STEPS[:index], replace(row, when=session.always), *session.STEPS[index + 1 :]))
            if row.when is not session.always
            else steps(rest),
        )


def of_guards() -> Iterator[Mutant]:
    """A check of messages, services or endpoints made blind."""
    yield "session: any kind of record", "session", setting(session, "check_kind", nothing)
    yield "session: any subject", "session", setting(session, "_check_subject", nothing)
    yield "session: any record", "session", setting(session, "_check_record", nothing)
    yield "wire: one byte more", "messages", setting(wire, "MAX_BYTES", wire.MAX_BYTES + 1)
    yield "wire: one byte fewer", "messages", setting(wire, "MAX_BYTES", wire.MAX_BYTES - 1)
    yield "wire: members may be repeated", "messages", setting(wire, "_once", dict)
    yield "wire: NaN is a number", "messages", setting(wire, "_not_json", lambda constant: None)
    yield "wire: any form", "messages", setting(wire, "_first_difference", lambda *args: 1 // 0)
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
            others = {name: answer for name, answer in endpoint.REPLIES.items() if answer is not reply}
            yield f"endpoint: no reply to {shape.__name__}", "exchange", setting(endpoint, "REPLIES", others)


def relaxed(name: str, kind: Any) -> Patch:
    """Networks whose entities may have anything of a type in one member."""
    entity = create_model("RoamingEntity", __base__=network.RoamingEntity, **{name: kind})
    wider: Any = create_model(
        "Network", __base__=Network, entities=(Annotated[tuple[entity, ...], Field(min_length=1)], ...)
    )
    return setting(network, "Network", wider)


def in_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def of_misread_texts() -> Iterator[Mutant]:
    """An identifier read by somebody who takes the README another way."""
    plain, cut = identifiers._plain, identifiers._cut
    for more in (0, 2, 99):

        def look(text: str, length: int, more: int = more) -> str:
            stray = any(char not in identifiers.PLAIN for char in text[: length + more])
            return plain("?" if stray else "0" * len(text) if len(text) != length else text, length)

        yield f"check: the first {14 + more} are looked at", "identifiers", setting(identifiers, "_plain", look)
    fold = setting(identifiers, "_plain", lambda text, length: plain(text.upper(), length))
    yield "check: upper case first", "identifiers", fold
    for name in ("EMAID_ORDER", "EVSE_ID_ORDER"):
        (rule, limit), (stray, check), *rest = getattr(identifiers, name)
        for what, count in (("units of UTF-16", in_units), ("bytes", lambda text: len(text.encode()))):

            def endless(reading: identifiers.Reading, count: Callable[[str], int] = count) -> int | None:
                return 64 if count(reading.text) > identifiers.LONGEST else None

            order = ((rule, endless), (stray, check), *rest)
            yield f"{rule}: counts {what}", "identifiers", setting(identifiers, name, order)

        def folded(reading: identifiers.Reading, check: identifiers.Check = check) -> int | None:
            return check(reading._replace(text=reading.text.upper()))

        order = ((rule, limit), (stray, folded), *rest)
        yield f"{stray}: upper case first", "identifiers", setting(identifiers, name, order)
    yield "a plus is no stray", "identifiers", setting(identifiers, "PLAIN", identifiers.PLAIN | {"+"})
    stripped = setting(identifiers, "_cut", lambda text, grammar: cut(text.lstrip("+"), grammar))
    yield "any number of plus", "identifiers", stripped

    def migrate(edition: Any, context: Any, given: dict[str, Any]) -> dict[str, Any]:
        if given["convention"] not in identifiers.MIGRATIONS:
            raise Misuse("IDP-2", "convention")
        return operations._migrate_din(edition, context, given)

    table = {**operations.OPERATIONS, "emaid.migrate-din": migrate}
    yield "migration: convention first", "identifiers", setting(operations, "OPERATIONS", table)


def of_misread_networks() -> Iterator[Mutant]:
    """A network or a service read by somebody who takes the README another way."""
    path, after = network._path, session._after

    def turned(net: Network, edition: Any, mode: str, sender: str, receiver: str, exchange: str) -> Any:
        return tuple(reversed(path(net, edition, mode, receiver, sender, exchange)))

    yield "network: by the receiver's houses", "routing", setting(network, "_path", turned)
    yield "network: names may stand twice", "routing", setting(network, "_repeated", lambda names: ())
    yield "network: any id", "routing", relaxed("id", (str, ...))
    yield "network: any name", "routing", relaxed("name", (str | None, None))
    for most in (199, 201):
        kind = (Annotated[str, Field(min_length=1, max_length=most)] | None, None)
        yield f"network: a name of {most}", "routing", relaxed("name", kind)
    yield "network: no name is null", "routing", relaxed("name", (Text, "none"))
    yield "network: any party id", "routing", relaxed("party_ids", (tuple[str, ...], ()))

    def first(before: Any, message: Any, subject: Any, phase: Phase) -> Any:
        return replace(after(before, message, subject, phase), record=before.record or getattr(message, "record", None))

    yield "session: the first record counts", "session", setting(session, "_after", first)


def of_security() -> Iterator[Mutant]:
    """A check of the secure exchange left out, or a bound moved by one."""
    for index, (rule, *_) in enumerate(certificates.ORDER):
        order = without(certificates.ORDER, index)
        yield f"{rule}: not checked ({index})", "certificate-profile", setting(certificates, "ORDER", order)
    for index, (rule, _) in enumerate(authorization.GROUNDS):
        order = without(authorization.GROUNDS, index)
        yield f"{rule}: not checked", "authorisation", setting(authorization, "GROUNDS", order)
    for index in range(len(authorization.LEAVES)):
        rows = without(authorization.LEAVES, index)
        yield f"leave {index}: not there", "authorisation", setting(authorization, "LEAVES", rows)
    for name in ("LIFETIME", "SKEW"):
        for more in (-1, 1):
            bound = getattr(protection, name) + more
            yield f"{name}: {more:+}", "signed-message", setting(protection, name, bound)
    for more in (-1, 1):
        yield f"MAX_CHARS: {more:+}", "signed-message", setting(jose, "MAX_CHARS", jose.MAX_CHARS + more)
        yield f"LONGEST: {more:+}", "certificate-profile", setting(certificates, "LONGEST", certificates.LONGEST + more)
    for name in jose.KEYS_AND_THEIR_ADDRESSES:
        others = tuple(one for one in jose.KEYS_AND_THEIR_ADDRESSES if one != name)
        yield f"header: any {name}", "signed-message", setting(jose, "KEYS_AND_THEIR_ADDRESSES", others)
    yield "header: members may be repeated", "signed-message", setting(jose, "_once", dict)
    yield "time: not checked", "sealed-message", setting(protection, "_check_time", nothing)


def of_privacy() -> Iterator[Mutant]:
    """A need of a role left out, or a member sorted elsewhere."""
    for row in privacy.NEEDS:
        rest = {key: classes for key, classes in privacy.NEEDS.items() if key != row}
        yield f"needs: {' '.join(row)}", "redaction", setting(privacy, "NEEDS", rest)
    for name in privacy.CLASS_OF:
        if name.partition(".")[2] in privacy.EMAIDS:  # they go by alias, whatever their class
            continue
        other = "technical" if privacy.CLASS_OF[name] == "identifier" else "identifier"
        yield f"class: {name}", "redaction", setting(privacy, "CLASS_OF", {**privacy.CLASS_OF, name: other})


MUTANTS = [
    *of_security(),
    *of_privacy(),
    *of_misread_texts(),
    *of_misread_networks(),
    *of_orders(),
    *of_grammars(),
    *of_tables(),
    *of_steps(),
    *of_guards(),
]


def test_the_reference_itself_passes() -> None:
    assert all(first_killer(family) is None for family in FAMILIES)


def test_the_vectors_notice_every_mutant(monkeypatch: pytest.MonkeyPatch) -> None:
    alive = []
    for name, family, patch in MUTANTS:
        with monkeypatch.context() as mutated:
            patch(mutated)
            if first_killer(family) is None:
                alive.append(name)
    told = len(MUTANTS) - len(EQUIVALENT)
    print(f"\n{len(MUTANTS) - len(alive)} of {told} mutants noticed, {len(EQUIVALENT)} more are equivalent")
    assert sorted(alive) == sorted(EQUIVALENT)


def test_a_stub_that_accepts_or_refuses_everything_is_noticed_by_every_family() -> None:
    for family in FAMILIES:
        expected = [lint.expects(test) for test in SUITE.tests if test["id"].startswith(family)]
        outcomes = {expect["outcome"] for expects in expected for expect in expects.values()}
        assert outcomes == {"accept", "reject"}


def test_a_hash_tells_vectors_apart_by_their_context() -> None:
    here, there = ({"entities": [{"id": name, "kind": "csp"}]} for name in ("a", "b"))
    assert content_hash("network.route", here, {}, {}) != content_hash("network.route", there, {}, {})
