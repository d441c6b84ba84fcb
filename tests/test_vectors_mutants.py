"""Whether the vectors have teeth: the reference is broken in one place after another, and the
vectors have to notice.

`pytest -s` shows the figure, and `make soak` tries every mutant.  A mutant that lives needs a
vector, or a word here why no vector can tell it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Annotated, Any

import pytest
from cryptography import x509
from pydantic import Field, create_model

from refimpl import extension, identifiers, network, records, session, shapes, wire
from refimpl.credential import Medium
from refimpl.edition import Edition, SuiteRow, load
from refimpl.endpoint import (
    RoamingEndpoint,
    asked_again,
    clearing_house,
    contract_list,
    decisions,
    permission,
    sequences,
    state,
    taking_over,
)
from refimpl.endpoint import answers as endpoint_answers
from refimpl.endpoint import ledger as ledgers
from refimpl.endpoint import steps as endpoint_steps
from refimpl.endpoint.ledger import Ledger
from refimpl.errors import Misuse, Untrusted, Violation
from refimpl.identifiers import check_characters, medium, reading
from refimpl.identifiers import grammar as grammars
from refimpl.messages import ReconciliationRequest, again, said
from refimpl.network import Network, routes
from refimpl.network import reading as network_reading
from refimpl.security import (
    authorization,
    certificates,
    chain,
    compact,
    privacy,
    protection,
    revocation,
)
from refimpl.session import following, plausibility
from refimpl.shapes import Text, canonical_json
from refimpl.tls import channel, client_hello, framing
from refimpl.vectors import families
from refimpl.vectors.families import FAMILIES, tls_profile
from refimpl.vectors.families import session as session_family
from refimpl.vectors.files import content_hashes
from refimpl.vectors.suite import Expect, Json, expects, read_suite, suite_folder
from refimpl.vocabulary import Kind, Phase, Strategy

pytestmark = [pytest.mark.slow, pytest.mark.mutants]

BESIDE = suite_folder()

SUITE = read_suite(BESIDE)
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
        for name, expect in expects(test).items():
            try:
                got = families.answer(test["operation"], load(name), context, test["input"])
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
    return setting(
        reading, "PROFILES", MappingProxyType({**identifiers.PROFILES, profile: changed})
    )


def steps(rows: tuple[session.Step, ...]) -> Patch:
    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(following, "ROWS", session.by_message(rows))
        monkeypatch.setattr(following, "ANSWERS_LEAD", session.answers_lead(rows))
        monkeypatch.setattr(session_family, "STEPS", rows)

    return patch


def nothing(*args: object) -> None:
    return None


def yes(*args: object) -> bool:
    return True


def no(*args: object) -> bool:
    return False


# Mutants that no vector can tell from the reference, and why.
ABOVE = "whatever does not meet the condition has met that of the row above"
NEGATIVE = (
    "asked > authorization-answer (negative) > refused",
    "commanded > remote-control-answer (negative) > refused",
    "booking > reservation-answer (negative) > refused",
    "cancelling > remote-control-answer (negative) > awaited",
    "releasing > remote-control-answer (negative) > granted",
    "stopping > remote-control-answer (negative) > active",
    "disputed > correction-answer (negative) > recorded",
)
# fmt: off
EQUIVALENT = {
    "EMA-9 is checked too early":        "a check character that is missing is not wrong",
    "EVS-8 is checked too early":        "no grammar has a type and an operator to be wrong",
    "iso15118-2 evse_id outlet: longer": "the whole text has 37 characters at most",
    "din91286 evse_id outlet: shorter":  "a separator with nothing after it is found before",
    **{f"session: row {row} without its condition": ABOVE for row in NEGATIVE},
}
# fmt: on


def of_orders() -> Iterator[Mutant]:
    """A check left out, or put before the one above it."""
    for name in ("EMAID_ORDER", "EVSE_ID_ORDER"):
        order = getattr(reading, name)
        for index, (rule, _) in enumerate(order):
            yield (
                f"{rule} is not checked",
                "identifiers",
                setting(reading, name, without(order, index)),
            )
            if index:
                early = setting(reading, name, swapped(order, index - 1))
                yield f"{rule} is checked too early", "identifiers", early


def of_grammars() -> Iterator[Mutant]:
    """A field of a grammar changed."""
    for profile, row in identifiers.PROFILES.items():
        for which in ("emaid", "evse_id"):
            for what, changes in changed(getattr(row, which)):
                yield (
                    f"{profile} {which}{what}",
                    "identifiers",
                    grammar(profile, which, **changes),
                )


def changed(one: identifiers.Grammar) -> Iterator[tuple[str, dict[str, Any]]]:
    """What may be wrong in a grammar; that a part is too short shows in the last, unless
    separators cut the text.
    """
    if one.longest < identifiers.LONGEST:
        yield ": one character more", {"longest": one.longest + 1}
    capitals = (
        frozenset()
        if one.capitals
        else frozenset({"country", "type", "outlet", "instance", "provider"})
    )
    yield ": the other case", {"capitals": capitals}
    if one.separators:
        yield (
            ": separators elsewhere",
            {"stand": "all or none" if one.stand == "anywhere" else "anywhere"},
        )
        yield ": no separators", {"separators": ""}
    needed = [part for part in one.parts if part.least]
    for part in one.parts:

        def parts(
            wrong: identifiers.Part, index: int = one.parts.index(part)
        ) -> dict[str, Any]:
            return {"parts": (*one.parts[:index], wrong, *one.parts[index + 1 :])}

        yield f" {part.name}: longer", parts(part._replace(most=part.most + 1))
        if one.stand == "everywhere" or part is needed[-1]:
            yield f" {part.name}: shorter", parts(part._replace(least=part.least - 1))
        if not part.least:
            yield f" {part.name}: asked for", parts(part._replace(least=1))


def of_tables() -> Iterator[Mutant]:
    """A table of the identifiers or the network changed."""
    yield (
        "check: another character",
        "identifiers",
        setting(identifiers, "check_character", lambda text: "0"),
    )
    yield (
        "check: DIN digit for all",
        "identifiers",
        setting(reading, "METHODS", {14: identifiers.din_check_digit}),
    )
    yield (
        "migration: one convention",
        "identifiers",
        setting(reading, "MIGRATIONS", {"ochp-1.4": "C0", "emi3": "C0"}),
    )
    for name in ("linked", "agreed"):
        yield f"network: everyone {name}", "routing", setting(Network, name, yes)
    houses = Network.houses
    yield (
        "network: houses the other way round",
        "routing",
        setting(Network, "houses", lambda net, name: tuple(reversed(houses(net, name)))),
    )
    anything = network.interface_between(load("2025"), Kind.CSP, Kind.CSO)
    one_way = routes._misfit

    def either_way(edition: Edition, ends: Any, row: Any) -> None:
        if one_way(edition, ends, row) and one_way(edition, ends[::-1], row):
            raise Violation("NET-3", row.id)

    def never_back(edition: Edition, ends: Any, row: Any) -> None:
        if one_way(edition, ends, row):
            raise Violation("NET-3", row.id)

    for name, check in (("any is mutual", either_way), ("none is mutual", never_back)):
        yield f"network: {name}", "routing", setting(routes, "_check_roles", check)

    def all_in_scope(monkeypatch: pytest.MonkeyPatch) -> None:
        for room in (network_reading, routes):
            monkeypatch.setattr(room, "interface_in_scope", lambda *args: anything)

    yield "network: everything in scope", "routing", all_in_scope
    yield (
        "network: files are not checked",
        "routing",
        setting(network_reading, "check_network", nothing),
    )


def of_media() -> Iterator[Mutant]:
    """A uid, a free contract id or a carried EVSE ID read by other rules."""
    family = "identifiers"
    for table in ("UIDS", "HASHES"):
        rows = getattr(medium, table)
        for name, row in rows.items():
            for what, form in other_forms(row):
                changed_rows = MappingProxyType({**rows, name: form})
                yield f"{name}: {what}", family, setting(medium, table, changed_rows)
    for what, form in other_forms(medium.FREE):
        yield f"free: {what}", family, setting(medium, "FREE", form)
    yield (
        "free: no key",
        family,
        setting(medium, "FreeContractId", lambda text, _: Unfolded(text)),
    )

    def by_form(text: str) -> identifiers.EvseId:
        din = text[:1] in "+0123456789"
        return reading.parse_evse_id(text, "din91286" if din else "canonical")

    carried: dict[str, Callable[[str], identifiers.EvseId]] = {
        "canonical": lambda text: reading.parse_evse_id(text, "canonical"),
        "emi3": lambda text: reading.parse_evse_id(text, "emi3"),
        "plus or not": by_form,
    }
    for name, read in carried.items():
        yield f"carried: {name}", family, setting(identifiers, "parse_carried_evse_id", read)


def other_forms(form: identifiers.Form) -> Iterator[tuple[str, identifiers.Form]]:
    """What may be wrong in the form of a uid: one length more or fewer, another alphabet."""
    lengths = list(form.lengths)
    yield "longer", form._replace(lengths=[*lengths, lengths[-1] + 1])
    yield "shorter", form._replace(lengths=[lengths[0] - 1, *lengths])
    yield "no longest", form._replace(lengths=lengths[:-1] or [0])
    yield "no shortest", form._replace(lengths=lengths[1:] or [0])
    for more in ("abcdef", "ABCDEF", "G", "\t\x7f"):
        if not form.alphabet.issuperset(more):
            yield f"{more!a} too", form._replace(alphabet=form.alphabet | frozenset(more))


class Unfolded(identifiers.FreeContractId):
    """A free contract id that is compared as it is written."""

    def __init__(self, text: str) -> None:
        super().__init__(text, text)


def of_steps() -> Iterator[Mutant]:
    """A row of the session table left out, sent elsewhere or freed of its condition."""
    for index, row in enumerate(session.STEPS):
        rest = session.STEPS[:index] + session.STEPS[index + 1 :]
        yield f"session: no row {session_family.row_name(row)}", "session", steps(rest)
        other = Phase.NEW if row.to is not Phase.NEW else Phase.ENDED
        yield (
            f"session: row {session_family.row_name(row)} leads elsewhere",
            "session",
            steps(
                (*session.STEPS[:index], replace(row, to=other), *session.STEPS[index + 1 :])
            ),
        )
        yield (
            f"session: row {session_family.row_name(row)} without its condition",
            "session",
            steps(
                (
                    *session.STEPS[:index],
                    replace(row, when=session.always),
                    *session.STEPS[index + 1 :],
                )
            )
            if row.when is not session.always
            else steps(rest),
        )


def of_guards() -> Iterator[Mutant]:
    """A check of messages, services or endpoints made blind."""
    yield "session: any kind of record", "session", setting(following, "check_kind", nothing)
    yield "session: any subject", "session", setting(following, "check_subject", nothing)
    yield "session: any record", "session", setting(following, "_check_record", nothing)
    yield "wire: one byte more", "messages", setting(wire, "MAX_BYTES", wire.MAX_BYTES + 1)
    yield "wire: one byte fewer", "messages", setting(wire, "MAX_BYTES", wire.MAX_BYTES - 1)
    yield "wire: members may be repeated", "messages", setting(shapes, "_refuse_repeated", dict)
    yield "wire: NaN is a number", "messages", setting(wire, "_not_json", lambda constant: None)
    yield "wire: any form", "messages", setting(wire, "_first_difference", lambda *args: 1 // 0)
    yield "endpoint: any list", "exchange", setting(endpoint_steps, "check_on_list", nothing)
    yield "endpoint: anyone's list", "exchange", setting(decisions, "check_list", nothing)
    yield "endpoint: any answer", "exchange", setting(endpoint_answers, "check_answer", nothing)
    yield (
        "endpoint: any yes binds",
        "exchange",
        setting(endpoint_answers, "is_binding_yes", yes),
    )
    yield (
        "endpoint: forgets what it has seen",
        "exchange",
        setting(RoamingEndpoint, "remember", lambda rep, *rest: rep),
    )
    yield (
        "endpoint: forgets the service",
        "exchange",
        setting(RoamingEndpoint, "keep", lambda rep, *rest: rep),
    )
    for one in Strategy:
        for other in Strategy:
            if one is not other:
                table = {**clearing_house.STRATEGIES, one: clearing_house.STRATEGIES[other]}
                yield (
                    f"endpoint: {one} does as {other}",
                    "exchange",
                    setting(endpoint_steps, "STRATEGIES", table),
                )
    for shape, reply in decisions.DECISIONS.items():
        if shape.__name__ in ("AuthorizationRequest", "RemoteControlRequest"):
            others = {
                name: answer
                for name, answer in decisions.DECISIONS.items()
                if answer is not reply
            }
            yield (
                f"endpoint: no reply to {shape.__name__}",
                "exchange",
                setting(endpoint_steps, "DECISIONS", others),
            )


def relaxed(name: str, kind: Any) -> Patch:
    """Networks whose entities may have anything of a type in one member."""
    entity = create_model("RoamingEntity", __base__=network.RoamingEntity, **{name: kind})
    wider: Any = create_model(
        "Network",
        __base__=Network,
        entities=(Annotated[tuple[entity, ...], Field(min_length=1)], ...),
    )
    return setting(network_reading, "Network", wider)


def in_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def of_misread_texts() -> Iterator[Mutant]:
    """An identifier read by somebody who takes the README another way."""
    plain, cut = check_characters._upper_case, reading._cut
    for more in (0, 2, 99):

        def look(text: str, length: int, more: int = more) -> str:
            stray = any(char not in grammars.PLAIN for char in text[: length + more])
            return plain(
                "?" if stray else "0" * len(text) if len(text) != length else text, length
            )

        yield (
            f"check: the first {14 + more} are looked at",
            "identifiers",
            setting(check_characters, "_upper_case", look),
        )
    fold = setting(
        check_characters, "_upper_case", lambda text, length: plain(text.upper(), length)
    )
    yield "check: upper case first", "identifiers", fold
    for name in ("EMAID_ORDER", "EVSE_ID_ORDER"):
        (rule, limit), (stray, check), *rest = getattr(reading, name)
        for what, count in (
            ("units of UTF-16", in_units),
            ("bytes", lambda text: len(text.encode())),
        ):

            def endless(
                text: reading.Reading, count: Callable[[str], int] = count
            ) -> int | None:
                return 64 if count(text.text) > identifiers.LONGEST else None

            order = ((rule, endless), (stray, check), *rest)
            yield f"{rule}: counts {what}", "identifiers", setting(reading, name, order)

        def folded(text: reading.Reading, check: reading.Check = check) -> int | None:
            return check(text._replace(text=text.text.upper()))

        order = ((rule, limit), (stray, folded), *rest)
        yield f"{stray}: upper case first", "identifiers", setting(reading, name, order)
    yield (
        "a plus is no stray",
        "identifiers",
        setting(reading, "PLAIN", grammars.PLAIN | {"+"}),
    )
    stripped = setting(reading, "_cut", lambda text, grammar: cut(text.lstrip("+"), grammar))
    yield "any number of plus", "identifiers", stripped

    row = families.OPERATIONS["emaid.migrate-din"]

    def migrate(edition: Edition, context: Json, given: Json) -> Expect:
        if given["convention"] not in identifiers.MIGRATIONS:
            raise Misuse("IDP-2", "convention")
        return row.answer(edition, context, given)

    table = {**families.OPERATIONS, "emaid.migrate-din": replace(row, answer=migrate)}
    yield "migration: convention first", "identifiers", setting(families, "OPERATIONS", table)


def of_misread_networks() -> Iterator[Mutant]:
    """A network or a service read by somebody who takes the README another way."""
    path, after = routes._endpoints_passed, following._after

    def turned(
        net: Network, edition: Any, mode: str, sender: str, receiver: str, exchange: str
    ) -> Any:
        return tuple(reversed(path(net, edition, mode, receiver, sender, exchange)))

    yield (
        "network: by the receiver's houses",
        "routing",
        setting(routes, "_endpoints_passed", turned),
    )
    yield (
        "network: names may stand twice",
        "routing",
        setting(network_reading, "_repeated", lambda names: ()),
    )
    yield "network: any id", "routing", relaxed("id", (str, ...))
    yield "network: any name", "routing", relaxed("name", (str | None, None))
    for most in (199, 201):
        kind = (Annotated[str, Field(min_length=1, max_length=most)] | None, None)
        yield f"network: a name of {most}", "routing", relaxed("name", kind)
    yield "network: no name is null", "routing", relaxed("name", (Text, "none"))
    yield "network: any party id", "routing", relaxed("party_ids", (tuple[str, ...], ()))

    def first(before: Any, message: Any, *rest: Any) -> Any:
        return replace(
            after(before, message, *rest),
            record=before.record or getattr(message, "record", None),
        )

    yield "session: the first record counts", "session", setting(following, "_after", first)


def of_security() -> Iterator[Mutant]:
    """A check of the secure exchange left out, or a bound moved by one."""
    for index, (rule, *_) in enumerate(certificates.ORDER):
        order = without(certificates.ORDER, index)
        yield (
            f"{rule}: not checked ({index})",
            "certificate-profile",
            setting(certificates, "ORDER", order),
        )
    for index, (rule, _) in enumerate(authorization.GROUNDS):
        order = without(authorization.GROUNDS, index)
        yield f"{rule}: not checked", "authorization", setting(authorization, "GROUNDS", order)
    for index in range(len(authorization.RIGHTS)):
        rows = without(authorization.RIGHTS, index)
        yield (
            f"right {index}: not there",
            "authorization",
            setting(authorization, "RIGHTS_OF", authorization.by_kinds(rows)),
        )
    for name in ("LIFETIME", "SKEW"):
        for more in (-1, 1):
            bound = getattr(protection, name) + more
            yield f"{name}: {more:+}", "signed-message", setting(protection, name, bound)
    for more in (-1, 1):
        yield (
            f"MAX_CHARS: {more:+}",
            "signed-message",
            setting(compact, "MAX_CHARS", compact.MAX_CHARS + more),
        )
        yield (
            f"LONGEST: {more:+}",
            "certificate-profile",
            setting(chain, "LONGEST", chain.LONGEST + more),
        )
    yield from of_certificates("certificate-profile")
    for name in compact.KEYS_AND_THEIR_ADDRESSES:
        others = tuple(one for one in compact.KEYS_AND_THEIR_ADDRESSES if one != name)
        yield (
            f"header: any {name}",
            "signed-message",
            setting(compact, "KEYS_AND_THEIR_ADDRESSES", others),
        )
    yield (
        "header: members may be repeated",
        "signed-message",
        setting(shapes, "_refuse_repeated", dict),
    )
    yield "time: not checked", "sealed-message", setting(protection, "_check_time", nothing)


def of_certificates(family: str) -> Iterator[Mutant]:
    """What limits a certificate or a CRL passed over, or a serial number of any length."""
    for dotted in ("2.5.29.30", "2.5.29.36", "1.3.6.1.5.5.7.1.7"):
        rest = certificates.LIMITS - {x509.ObjectIdentifier(dotted)}
        yield f"limit: {dotted} passed over", family, setting(certificates, "LIMITS", rest)
    for index, shape in enumerate(revocation.PARTIAL):
        rows = without(revocation.PARTIAL, index)
        yield f"CRL: any {shape.__name__}", family, setting(revocation, "PARTIAL", rows)
    yield "serial: any length", family, setting(chain, "MOST", revocation.MOST << 64)
    anything = setting(certificates, "is_key_of", lambda named, authority: True)
    yield "issuer: any key identifier", family, anything
    newest = setting(
        revocation, "_is_of", lambda crl, authority: crl.issuer == authority.subject
    )
    yield "CRL: any key identifier", family, newest


def of_privacy() -> Iterator[Mutant]:
    """A need of a role left out, or a member sorted elsewhere."""
    for row in privacy.NEEDS:
        rest = {key: classes for key, classes in privacy.NEEDS.items() if key != row}
        yield f"needs: {' '.join(row)}", "redaction", setting(privacy, "NEEDS", rest)
    for name in privacy.CLASS_OF:
        if name.partition(".")[2] in privacy.EMAIDS:  # they go by alias, whatever their class
            continue
        other = "technical" if privacy.CLASS_OF[name] == "identifier" else "identifier"
        yield (
            f"class: {name}",
            "redaction",
            setting(privacy, "CLASS_OF", {**privacy.CLASS_OF, name: other}),
        )


def of_greetings() -> Iterator[Mutant]:
    """A greeting read, or answered, by somebody who takes the README another way."""
    family = "tls-profile/"
    for number, version in client_hello.VERSIONS.items():
        rest = {key: name for key, name in client_hello.VERSIONS.items() if key != number}
        yield f"hello: no TLS {version}", family, setting(client_hello, "VERSIONS", rest)
    oldest = dict(sorted(client_hello.VERSIONS.items()))
    yield "hello: the oldest version", family, setting(client_hello, "VERSIONS", oldest)
    for version in ("1.2", "1.3"):
        yield (
            f"hello: TLS {version} in any edition",
            family,
            setting(Edition, "minimum_tls", version),
        )
    for number, name in client_hello.TLS_1_3.items():
        others = {key: one for key, one in client_hello.TLS_1_3.items() if key != number}
        yield f"hello: no {name}", family, setting(client_hello, "TLS_1_3", others)
    suites = load("2019").suites
    good = suites["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]
    for name, suite in suites.items():
        yield (
            f"hello: no {name}",
            family,
            choosing({one: row for one, row in suites.items() if one != name}),
        )
        any_key = suite.model_copy(update={"keys": ("P-256", "Ed25519", "RSA")})
        yield f"hello: {name} with any key", family, choosing({**suites, name: any_key})
    for number in (
        0x00FF,
        0x002F,
        0x009C,
        0x1301,
        0xC006,
        0xC007,
        0xC008,
        0xC009,
        0xC018,
        0xC023,
        0xC0AC,
        0xCCA9,
        0xD001,
    ):
        weak = good.model_copy(update={"number": number})
        yield f"hello: {number:04x} with TLS 1.2", family, choosing({**suites, "weak": weak})
    yield "hello: no suite of the edition", family, choosing({})
    for rule, (alert, *_) in client_hello.ALERTS.items():
        alerts = {**client_hello.ALERTS, rule: (alert + 1,)}
        yield (
            f"hello: {rule} by alert {alert + 1}",
            family,
            setting(client_hello, "ALERTS", alerts),
        )
    for version in client_hello.NO_CERTIFICATE:
        same = dict.fromkeys(("1.2", "1.3"), client_hello.NO_CERTIFICATE[version])
        yield (
            f"no certificate: always the alert of TLS {version}",
            family,
            setting(client_hello, "NO_CERTIFICATE", same),
        )
    for more in (-1, 1):
        yield (
            f"hello: a session id {more:+}",
            family,
            setting(client_hello, "MAX_SESSION", client_hello.MAX_SESSION + more),
        )
    yield (
        "hello: one version of records",
        family,
        setting(client_hello, "HANDSHAKE", b"\x16\x03\x01"),
    )
    yield "hello: any type of record", family, setting(client_hello, "HANDSHAKE", b"")
    yield "hello: any version list", family, setting(client_hello, "SUPPORTED_VERSIONS", 44)
    yield (
        "hello: first record only",
        family,
        setting(
            client_hello,
            "_handshake_body",
            lambda raw: client_hello._read_vector(raw[3:], 2)[0][4:],
        ),
    )
    yield (
        "hello: in our order",
        family,
        setting(client_hello, "_read_numbers", ordered(client_hello._read_numbers)),
    )


def choosing(suites: Mapping[str, SuiteRow]) -> Patch:
    """Whoever takes other suites with TLS 1.2 than the edition has."""
    negotiate = client_hello.negotiate

    def other(
        said: client_hello.ClientHello, edition: Edition, keys: frozenset[str]
    ) -> tuple[str, tuple[str, ...]]:
        return negotiate(said, replace(edition, suites=suites), keys)

    return setting(client_hello, "negotiate", other)


def ordered(numbers: Callable[[bytes], tuple[int, ...]]) -> Callable[[bytes], tuple[int, ...]]:
    return lambda raw: tuple(sorted(numbers(raw)))


def of_peers() -> Iterator[Mutant]:
    """A peer taken on by somebody who takes the README another way."""
    family = "tls-profile/"

    def whoever(net: Network, entity: str, kind: Kind, called: str | None) -> None:
        channel.recognise(
            net, next((one.id for one in net.entities if one.kind is kind), entity), kind
        )

    def any_kind(net: Network, entity: str, kind: Kind, called: str | None) -> None:
        known = net.by_id.get(entity)
        channel.recognise(net, entity, known.kind if known else kind, called)

    def called_first(net: Network, entity: str, kind: Kind, called: str | None) -> None:
        if called not in (None, entity):
            raise Untrusted("CRT-10", entity)
        channel.recognise(net, entity, kind)

    def uncalled(net: Network, entity: str, kind: Kind, called: str | None) -> None:
        channel.recognise(net, entity, kind)

    readers: dict[str, Any] = {
        "any": whoever,
        "any kind": any_kind,
        "not called": uncalled,
        "called first": called_first,
    }
    for name, reader in readers.items():
        yield f"peer: {name}", family, setting(tls_profile, "recognise", reader)


def of_frames() -> Iterator[Mutant]:
    """A frame read by somebody who takes the README another way."""
    family = "tls-profile/"
    for more in (-1, 1):
        yield f"frames: {more:+}", family, setting(framing, "MAX_BYTES", wire.MAX_BYTES + more)
    for pattern in (
        *(
            b"[A-Z]{3}-[0-9]{1,2}",
            b"[A-Z]{3}-[0-9]{2,3}",
            b"[A-Z]{3}-[0-9]{1,4}",
            b"[A-Z]{3}-[0-9]{0,3}",
        ),
        *(
            b"(?i:[A-Z]{3}-[0-9]{1,3})",
            b"[A-Z]{2,3}-[0-9]{1,3}",
            b"(TLS|CRT|REP)-[0-9]{1,3}",
            b"TLS-[0-9]{1,3}",
        ),
        *(
            b"[A-Z]{3}-[0-9]{1,3}\n?",
            b"[A-Z]{3}-[0-9]{1,3} ?",
            b"[A-Z]{3}-[^A-Za-z \n]{1,3}",
            b"never",
        ),
    ):
        yield (
            f"frames: last word {pattern!r}",
            family,
            setting(framing, "GOODBYE", re.compile(pattern)),
        )
    end = framing.Frames.end_of_bytes
    yield (
        "frames: cut off is an end",
        family,
        setting(
            framing.Frames, "end_of_bytes", lambda heard, orderly: end(heard, orderly=True)
        ),
    )
    yield (
        "frames: any end",
        family,
        setting(
            framing.Frames,
            "end_of_bytes",
            lambda heard, orderly: setattr(heard, "closed", True),
        ),
    )

    def patient(heard: framing.Frames, raw: bytes) -> None:
        """Wait for a whole frame, however long."""
        heard._rest += raw
        length = int.from_bytes(heard._rest[: framing.HEAD], "big")
        if len(heard._rest) >= framing.HEAD + length:
            rest, heard._rest = bytes(heard._rest), bytearray()
            hear(heard, rest)

    hear = framing.Frames.add_bytes
    yield (
        "frames: waits for a frame that is too long",
        family,
        setting(framing.Frames, "add_bytes", patient),
    )
    for length in (2, 8):
        yield f"frames: a head of {length} bytes", family, setting(framing, "HEAD", length)
    yield "frames: welcome from the start", family, setting(tls_profile, "Frames", Welcomed)


class Welcomed(framing.Frames):
    """Who thinks that a handshake that went well is a welcome."""

    def add_bytes(self, raw: bytes) -> None:
        self.admitted = True
        super().add_bytes(raw)


def off_by(check: plausibility.Check, more: int) -> plausibility.Check:
    """A check with another tolerance."""
    return lambda told, tolerance: check(told, tolerance + more)


def of_plausibility() -> Iterator[Mutant]:
    """A check of what cannot be true left out, or its tolerance moved by one."""
    for rule, check in plausibility.CHECKS.items():
        blind = {**plausibility.CHECKS, rule: no}
        yield f"{rule}: not checked", "plausibility", setting(plausibility, "CHECKS", blind)
        for more in (-1, 1):
            moved = {**plausibility.CHECKS, rule: off_by(check, more)}
            yield f"{rule}: {more:+}", "plausibility", setting(plausibility, "CHECKS", moved)
    further = following._further

    def last_told(before: Any, at: Any, energy_wh: int | None) -> Any:
        told = before.energy_wh if energy_wh is None else energy_wh
        return replace(further(before, at, energy_wh), energy_wh=told)

    patch = setting(following, "_further", last_told)
    yield "plausibility: what was told last counts", "plausibility", patch
    for more in (-1, 1):
        watts = plausibility.MOST_POWER + more * 10
        yield (
            f"plausibility: {watts} W at most",
            "plausibility",
            setting(plausibility, "MOST_POWER", watts),
        )


def same(ledger: Ledger, *args: object) -> Ledger:
    return ledger


def touching(
    ledger: Ledger, visited_cso: str, service: session.ServiceKey, record: Any
) -> None:
    """Whoever finds two stays at once where one ends when the other begins."""
    for stay in ledger.stays.get(record.evse_id, ()):
        apart = record.ended_at < stay.started_at or stay.ended_at < record.started_at
        if not apart and stay.service != service:
            raise Violation("REC-8", "at once")


def whose_record(ledger: Ledger, visited_cso: str, *rest: Any) -> None:
    """Whoever takes the record ids of all partners for one."""
    check_record(ledger, "anybody", *rest)


def whose_count(ledger: Ledger, visited_cso: str, *rest: Any) -> Ledger:
    return count_record(ledger, "anybody", *rest)


check_record, count_record = Ledger.check, Ledger.count


def of_ledgers() -> Iterator[Mutant]:
    """Records counted by somebody who takes the README another way."""
    family = "exchange"
    yield "ledger: any record", family, setting(Ledger, "check", nothing)
    yield "ledger: touching is at once", family, setting(Ledger, "check", touching)
    yield "ledger: parking is at once", family, setting(ledgers, "_is_of_energy", yes)
    yield "ledger: no energy", family, setting(ledgers, "_is_of_energy", lambda record: False)
    for name in ("count", "hold", "withdraw"):
        yield f"ledger: does not {name}", family, setting(Ledger, name, same)

    def of_anybody(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(Ledger, "check", whose_record)
        patch.setattr(Ledger, "count", whose_count)

    yield "ledger: whosever record", family, of_anybody

    def stays_on(ledger: Ledger, visited_cso: str, service: Any, record: Any) -> Ledger:
        before = ledger.stays.get(record.evse_id, ())
        after = count_record(ledger, visited_cso, service, record)
        stays = after.stays.insert(
            record.evse_id, (*before, *after.stays.get(record.evse_id, ()))
        )
        return replace(after, stays=stays)

    yield "ledger: what was replaced counts", family, setting(Ledger, "count", stays_on)


def of_contract_lists() -> Iterator[Mutant]:
    """A list kept by somebody who takes the README another way."""
    family = "exchange"
    for more in (-1, 1):
        grace = timedelta(hours=1, seconds=more)
        yield (
            f"list: grace {more:+} s",
            family,
            setting(permission, "_grace", lambda _, g=grace: g),
        )
    yield "list: parts of 2", family, setting(contract_list, "PART_SIZE", 2)
    one = contract_list.ContractList
    yield "list: any number", family, setting(one, "_check_number", nothing)
    after = one.after

    def any_part(held: Any, notice: Any, now: Any) -> Any:
        part = notice.part
        if part is None or part.part == 1:
            return after(held, notice, now)
        return after(replace(held, coming_number=part.number, parts=part.part - 1), notice, now)

    def at_once(held: Any, notice: Any, now: Any) -> Any:
        coming = after(held, notice, now)
        return replace(coming, keys=coming.keys | notice.keys)

    def always_replaces(held: Any, notice: Any, now: Any) -> Any:
        kept = after(held, notice, now)
        last = notice.part is None or notice.part.part == notice.part.of
        return replace(kept, keys=held.coming | notice.keys) if last else kept

    def newer(held: Any, notice: Any, now: Any) -> Any:
        if notice.part and notice.part.number == held.number:
            raise Violation("LST-2", "the same number")
        return after(held, notice, now)

    readers = {
        "any part": any_part,
        "half a list counts": at_once,
        "always replaces": always_replaces,
        "a higher number to replace": newer,
    }
    for name, reader in readers.items():
        yield f"list: {name}", family, setting(one, "after", reader)


def of_numbers_given() -> Iterator[Mutant]:
    """News numbered by somebody who takes the README another way."""
    family, one = "exchange", sequences.Sequences
    said, numbered = one.after_saying, RoamingEndpoint.number

    def by_seconds(kept: Any, now: Any) -> Any:
        return replace(kept, said=max(int(now.timestamp()), (kept.said or 0) + 1))

    def by_clock(kept: Any, now: Any) -> Any:
        return said(replace(kept, said=None), now)

    def by_count(kept: Any, now: Any) -> Any:
        return replace(kept, said=(kept.said or 0) + 1)

    for name, by in (("seconds", by_seconds), ("clock", by_clock), ("count", by_count)):
        yield f"news: by {name}", family, setting(one, "after_saying", by)

    def told_on(rep: RoamingEndpoint, news: Any, now: Any) -> Any:
        return (rep, news) if news.sequence else numbered(rep, news, now)

    yield "news: told on alike", family, setting(RoamingEndpoint, "number", told_on)


def of_numbers_heard() -> Iterator[Mutant]:
    """News believed by somebody who takes the README another way."""
    family, one = "exchange", sequences.Sequences
    heard = one.after_hearing

    def any_number(kept: Any, sender: str, news: Any) -> Any:
        return kept

    def alike(kept: Any, sender: str, news: Any) -> Any:
        known = kept.heard.get((sender, news.kind))
        return kept if known == news.sequence else heard(kept, sender, news)

    def missing(kept: Any, sender: str, news: Any) -> Any:
        return kept if news.sequence is None else heard(kept, sender, news)

    def of_any_kind(kept: Any, sender: str, news: Any) -> Any:
        return heard(kept, sender, news.model_copy(update={"kind": "news"}))

    def of_any_sender(kept: Any, sender: str, news: Any) -> Any:
        return heard(kept, "anyone", news)

    def next_one(kept: Any, sender: str, news: Any) -> Any:
        known = kept.heard.get((sender, news.kind))
        if known is not None and news.sequence is not None and news.sequence != known + 1:
            raise Violation("REP-10", "a gap")
        return heard(kept, sender, news)

    readers = {
        "any number": any_number,
        "the same number": alike,
        "no number": missing,
        "of any kind": of_any_kind,
        "of any sender": of_any_sender,
        "no gap": next_one,
    }
    for name, reader in readers.items():
        yield f"news: {name}", family, setting(one, "after_hearing", reader)
    yield "news: fetched anyhow", family, setting(one, "check_fetched", nothing)

    def as_if_heard(kept: Any, partner: str, news: Any) -> None:
        heard(kept, partner, news)

    yield "news: fetched as heard", family, setting(one, "check_fetched", as_if_heard)


def of_words() -> Iterator[Mutant]:
    """What comes again over another hop, known by somebody who takes the README another way."""
    family, word = "exchange", state.Arrival.word
    for member in state.Word._fields:

        def without_it(arrival: Any, member: str = member) -> Any:
            return word.fget(arrival)._replace(**{member: ""})  # type: ignore[attr-defined]

        patch = setting(state.Arrival, "word", property(without_it))
        yield f"again: any {member}", family, patch
    for name, known in (("never", nothing), ("also directly", yes)):
        yield f"again: {name}", family, setting(RoamingEndpoint, "_came_through", known)

    def as_before(arrival: Any, answer: Any) -> Any:
        return answer

    patch = setting(state.Arrival, "readdressed", as_before)
    yield "again: to the old hop", family, patch


def of_asking_again() -> Iterator[Mutant]:
    """A partner answered by somebody who takes the README another way."""
    family, is_asked_for = "exchange", asked_again._is_asked_for
    yield "fetch: whatever is asked", family, setting(asked_again, "_check_fetch", nothing)
    for what in asked_again.NARROWED_BY:
        for members in ((), ("correlation_id", "day", "id")):
            rows = {**asked_again.NARROWED_BY, what: members}
            if members != asked_again.NARROWED_BY[what]:
                patch = setting(asked_again, "NARROWED_BY", rows)
                yield f"fetch: {what} by {len(members)}", family, patch
    yield "fetch: all there is", family, setting(asked_again, "_is_asked_for", yes)
    for member in ("correlation_id", "day", "id"):

        def without_it(state: Any, asked: Any, member: str = member) -> bool:
            return is_asked_for(state, asked.model_copy(update={member: None}))

        patch = setting(asked_again, "_is_asked_for", without_it)
        yield f"fetch: any {member}", family, patch
    for size in (asked_again.PAGE_BYTES - 1, asked_again.PAGE_BYTES + 1):
        yield f"fetch: {size} bytes", family, setting(asked_again, "PAGE_BYTES", size)
    yield "fetch: anyone's stations", family, setting(Network, "operator", nothing)

    def all_states(rep: RoamingEndpoint, partner: str) -> list[session.Session]:
        found = []
        for one in rep.sessions.values():
            found += services_with(rep, one.visited_cso)
        return found

    services_with = asked_again.services_with
    yield "fetch: anyone's services", family, setting(asked_again, "services_with", all_states)

    def unmatched_left_out(rep: RoamingEndpoint, partner: str) -> list[session.Session]:
        return services_with(replace(rep, ledger=Ledger()), partner)

    patch = setting(asked_again, "services_with", unmatched_left_out)
    yield "fetch: what waits is left out", family, patch


def of_taking_over() -> Iterator[Mutant]:
    """An answer taken in by somebody who takes the README another way."""
    family = "exchange"
    for phase, settled in taking_over.SETTLED.items():
        others = {one: to for one, to in taking_over.SETTLED.items() if one is not phase}
        yield f"taken over: no {phase}", family, setting(taking_over, "SETTLED", others)
        if settled is not phase:
            others[phase] = phase
            yield (
                f"taken over: {phase} as it is",
                family,
                setting(taking_over, "SETTLED", others),
            )
    for phase in set(Phase) - set(taking_over.SETTLED):
        more = {**taking_over.SETTLED, phase: phase}
        yield f"taken over: {phase}", family, setting(taking_over, "SETTLED", more)
    for name in ("check_own_contracts", "check_subject", "check_kind", "_take_record"):
        kept: Any = (lambda rep, *rest: rep) if name == "_take_record" else nothing
        yield f"taken over: no {name}", family, setting(taking_over, name, kept)
    for answer in (True, False):
        yield (
            f"taken over: known is {answer}",
            family,
            setting(endpoint_steps, "is_known", lambda *args, answer=answer: answer),
        )
        yield (
            f"fetch: further is {answer}",
            family,
            setting(taking_over, "_is_further", lambda *args, answer=answer: answer),
        )


def of_reconciling() -> Iterator[Mutant]:
    """Records reconciled by somebody who takes the README another way."""
    family = "exchange"
    marks_of, answer = asked_again.marks_of, asked_again._answer_reconciliation

    def any_order(rep: RoamingEndpoint, partner: str, asked: Any) -> Any:
        have = asked_again._in_order(set(asked.have))
        return answer(rep, partner, asked.model_copy(update={"have": have}))

    def whole_day(rep: RoamingEndpoint, partner: str, asked: Any) -> Any:
        answer(rep, partner, asked)
        return answer(rep, partner, asked.model_copy(update={"more": False}))

    def from_the_start(rep: RoamingEndpoint, partner: str, asked: Any) -> Any:
        answer(rep, partner, asked)
        return answer(rep, partner, asked.model_copy(update={"after": None}))

    def of_any_day(rep: RoamingEndpoint, partner: str, day: str) -> Any:
        found = set()
        for number in range(1, 32):
            found |= set(marks_of(rep, partner, f"2025-07-{number:02}"))
        return asked_again._in_order(found)

    def by_record(rep: RoamingEndpoint, partner: str, asked: Any) -> Any:
        told = answer(rep, partner, asked)
        ours = {mark.record_id for mark in told.besides}
        theirs = {mark.record_id for mark in told.lacks}
        besides = tuple(mark for mark in told.besides if mark.record_id not in theirs)
        lacks = tuple(mark for mark in told.lacks if mark.record_id not in ours)
        return told.model_copy(update={"besides": besides, "lacks": lacks})

    readers = {
        "in any order": any_order,
        "the whole day on each page": whole_day,
        "from the start of the day": from_the_start,
        "by record alone": by_record,
    }
    table = asked_again.INQUIRIES
    for name, reader in readers.items():
        rows: dict[Any, Any] = {**table, ReconciliationRequest: reader}
        yield f"reconcile: {name}", family, setting(endpoint_steps, "INQUIRIES", rows)
    yield "reconcile: of any day", family, setting(asked_again, "marks_of", of_any_day)
    yield (
        "reconcile: whatever is answered",
        family,
        setting(taking_over, "_take_in_differences", lambda settled, *rest: settled),
    )


def of_credentials() -> Iterator[Mutant]:
    """A credential, an extension or a record read by somebody who takes the README another
    way.
    """
    for module, family in ((said, "messages"), (records, "messages"), (again, "messages")):
        name = module.__name__.rpartition(".")[2]
        yield f"credential: none in {name}", family, setting(module, "check_named", nothing)
    plain = Medium.key
    cased = property(lambda medium: f"{medium.type}:{medium.hash or 'x'}:{medium.uid}")
    yield "credential: a uid is not its hash", "session", setting(Medium, "key", cased)

    def typeless(medium: Medium) -> str:
        return str(plain.__get__(medium)).partition(":")[2]

    yield "credential: no type", "session", setting(Medium, "key", property(typeless))

    def as_written(medium: Medium) -> str:
        digest = sha256(medium.uid.encode()).hexdigest()
        return f"{medium.type}:{medium.uid if medium.hash else digest}"

    yield (
        "credential: hashed as written",
        "session",
        setting(Medium, "key", property(as_written)),
    )
    for name in ("MAX_BYTES", "MAX_DEPTH"):
        for more in (-1, 1):
            bound = getattr(extension, name) + more
            yield f"extension: {name} {more:+}", "messages", setting(extension, name, bound)
    names = setting(extension, "_fault_of_names", lambda names: "")
    yield "extension: any names", "messages", names
    yield "extension: anything", "messages", setting(extension, "_fault", lambda *args: "")
    for more in (-1, 1):
        bound = records.MAX_BYTES + more
        yield f"record: MAX_BYTES {more:+}", "messages", setting(records, "MAX_BYTES", bound)
    yield "record: energy in parking", "messages", setting(records, "_may_have_energy", yes)


MUTANTS = [
    *of_greetings(),
    *of_peers(),
    *of_frames(),
    *of_security(),
    *of_privacy(),
    *of_misread_texts(),
    *of_misread_networks(),
    *of_orders(),
    *of_grammars(),
    *of_tables(),
    *of_media(),
    *of_steps(),
    *of_guards(),
    *of_plausibility(),
    *of_ledgers(),
    *of_contract_lists(),
    *of_numbers_given(),
    *of_numbers_heard(),
    *of_words(),
    *of_asking_again(),
    *of_taking_over(),
    *of_reconciling(),
    *of_credentials(),
]


def test_the_reference_itself_passes() -> None:
    assert all(first_killer(family) is None for family in FAMILIES)


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.soak)])
def test_the_vectors_notice_mutants(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One mutant in five day by day, each of them in a soak."""
    alive = []
    chosen = MUTANTS[::step]
    equivalent = {name for name, _, _ in chosen} & EQUIVALENT.keys()
    for name, family, patch in chosen:
        with monkeypatch.context() as mutated:
            patch(mutated)
            if first_killer(family) is None:
                alive.append(name)
    noticed, told = len(chosen) - len(alive), len(chosen) - len(equivalent)
    print(f"\n{noticed} of {told} mutants noticed, {len(equivalent)} more are equivalent")
    assert sorted(alive) == sorted(equivalent)


def test_a_stub_is_noticed_everywhere() -> None:
    for family in FAMILIES:
        expected = [expects(test) for test in SUITE.tests if test["id"].startswith(family)]
        outcomes = {expect["outcome"] for expects in expected for expect in expects.values()}
        assert outcomes == {"accept", "reject"}


def test_a_hash_covers_the_context() -> None:
    here, there = ({"entities": [{"id": name, "kind": "csp"}]} for name in ("a", "b"))
    yes: Expect = {"outcome": "accept"}
    hashes = {
        content_hashes("network.route", canonical_json(net), {}, {"2025": yes})["2025"]
        for net in (here, there)
    }
    assert len(hashes) == 2
