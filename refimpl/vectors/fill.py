"""The suite filled in: what the reference answers to every witness, and everything that is
computed from that.

`build` is a pure function of the corpus, the schemas, the ids ever published and the reference:
no clock, no dice, no Hypothesis.  `write` puts each file aside and renames it, so that a fill
that is cut short leaves whole files behind.

To see what a vector is made of, print one of `build(...)`; to compare with what lies there,
`differences`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from refimpl import identifiers
from refimpl.edition import Edition, load
from refimpl.security import privacy
from refimpl.security.authorization import LEAVES
from refimpl.session import STEPS
from refimpl.vectors.corpus import (
    FAMILIES,
    Corpus,
    Document,
    Suite,
    Witness,
    document,
    documents,
    read_corpus,
    read_suite,
)
from refimpl.vectors.edits import shorter, wire_json
from refimpl.vectors.operations import Json, answer, rows
from refimpl.vectors.secured import trace
from refimpl.vectors.suite import BadSuite
from refimpl.vocabulary import Basis, Level

SURE: Final = (Basis.STATED, Basis.IMPLIED, Basis.CHOSEN)
FIRM: Final = (Level.SHALL, Level.SHOULD, Level.MAY)
URN: Final = "urn:iec63119-refimpl:vectors:v1:"


def file_bytes(value: Any) -> bytes:
    """A file of the suite as it is stored: sorted members, one space of indentation, UTF-8, a
    line end at the end.
    """
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def digest(data: bytes) -> str:
    """A SHA-256 digest as the suite writes it."""
    return f"sha256:{sha256(data).hexdigest()}"


def content_hash(operation: str, edition: str, context: Any, given: Json, expect: Json) -> str:
    """The digest of what a vector means in one edition: its operation, context written out,
    input and expectation there.
    """
    meaning = {
        "operation": operation,
        "edition": edition,
        "context": context,
        "input": given,
        "expect": expect,
    }
    return digest(wire_json(meaning))


def build(folder: Path) -> dict[str, bytes]:
    """Every generated file by its path in the suite; raises `BadSuite`."""
    suite = read_suite(folder)
    files: dict[str, bytes] = {}
    counts = {}
    ids = _history(folder) if suite.released else {}
    for family in FAMILIES:
        filled = fill(
            read_corpus(folder, family),
            suite,
            (folder / "corpus" / f"{family}.json").read_bytes(),
        )
        files[f"v1/{family}.json"] = file_bytes(filled)
        counts[family] = filled["counts"]
        for test in filled["tests"]:
            ids[test["id"]] = test["contentHashes"] | ids.get(test["id"], {})
    for name in suite.editions:
        files[f"editions/{name}.json"] = file_bytes(_edition(load(name)))
    files["tables/profiles.json"] = file_bytes(_profiles())
    files["tables/classes.json"] = file_bytes(_classes())
    files["tables/leaves.json"] = file_bytes(_leaves())
    files["tables/steps.json"] = file_bytes(_steps())
    files["errors.json"] = file_bytes(_errors([load(name) for name in suite.editions]))
    files["ids.json"] = file_bytes(ids)
    given = [
        folder / "README.md",
        folder / "LICENSE",
        *folder.glob("corpus/*.json"),
        *folder.glob("schemas/*/*.json"),
    ]
    listed = files | {path.relative_to(folder).as_posix(): path.read_bytes() for path in given}
    files["index.json"] = file_bytes(_index(suite, counts, listed))
    listed["index.json"] = files["index.json"]
    sums = "".join(
        f"{sha256(data).hexdigest()}  {path}\n" for path, data in sorted(listed.items())
    )
    files["SHA256SUMS"] = sums.encode()
    return files


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put every file in its place, one by one, each whole or not at all; the manifest comes
    last.
    """
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.aside")
        aside.write_bytes(data)
        aside.replace(path)


def differences(folder: Path, files: Mapping[str, bytes]) -> Iterator[str]:
    """Each file that is not what it would be filled with, and the first vector in which it
    differs.
    """
    for name, data in files.items():
        path = folder / name
        stored = path.read_bytes() if path.exists() else None
        if stored != data:
            yield f"{name}: {'is missing' if stored is None else _first_difference(stored, data)}"


def _first_difference(stored: bytes, data: bytes) -> str:
    try:
        old, new = (json.loads(one)["tests"] for one in (stored, data))
        here, there = ({test["id"]: test for test in tests} for tests in (old, new))
        first = next(
            (name for name in (*there, *here) if here.get(name) != there.get(name)), None
        )
    except (ValueError, TypeError, KeyError):
        first = None
    pairs = zip(stored.split(b"\n"), data.split(b"\n"), strict=False)
    line = next(
        (number for number, (before, after) in enumerate(pairs, 1) if before != after), "last"
    )
    return f"differs{f' first in {first}' if first else ''} (line {line})"


def fill(corpus: Corpus, suite: Suite, source: bytes) -> Json:
    """One family as a vector file; `source` is the file that the corpus was read from."""
    tests = [_vector(corpus, witness, asked) for witness, asked in documents(corpus)]
    _shared_rules(tests)
    for test in tests:
        _judge(test)
    notes = {flag for test in tests for flag in test["flags"]}
    if unknown := sorted(notes - suite.flags.keys()):
        raise BadSuite(f"{corpus.family}: no flag {unknown[0]!r}")
    rejected = sum("/reject-" in test["id"] for test in tests)
    return {
        "$schema": URN + corpus.family,
        "formatVersion": "1.0",
        "suite": suite.suite,
        "family": corpus.family,
        "title": corpus.title,
        "editions": suite.editions,
        "numberOfTests": len(tests),
        "counts": {"accept": len(tests) - rejected, "reject": rejected},
        "source": {"generator": "iec63119-refimpl", "corpus": digest(source)},
        "notes": {
            name: suite.flags[name].model_dump(mode="json", exclude_defaults=True)
            for name in sorted(notes)
        },
        "contexts": corpus.contexts,
        "tests": tests,
    }


def _vector(corpus: Corpus, witness: Witness, asked: Document) -> Json:
    expects = answers(corpus, asked)
    same = len({wire_json(expect) for expect in expects.values()}) == 1
    expect = next(iter(expects.values())) if same else expects
    refused = {
        name: expect["error"]
        for name, expect in expects.items()
        if expect["outcome"] == "reject"
    }
    context = corpus.contexts[asked.context] if asked.context else None
    evidence: Json = {"goal": witness.goal, "base": witness.base, "recipe": witness.recipe}
    if refused:
        evidence["decidedBy"] = sorted(set(refused.values()))
        evidence["oneMinimal"] = _minimal(corpus, witness, refused)
    taken = {
        row.rule
        for name in asked.editions
        for row in rows(asked.operation, load(name), asked.input)
    }
    accepted = len(refused) < len(expects)
    told = {
        *witness.rules,
        *(corpus.bases[witness.base].rules if accepted else ()),
        *(taken if accepted else ()),
    }
    test: Json = {
        "id": witness.id,
        "contentHashes": {
            name: content_hash(asked.operation, name, context, asked.input, one)
            for name, one in expects.items()
        },
        "since": witness.since,
        "status": witness.status,
        "title": witness.title,
        "why": witness.why,
        "rules": sorted(told | set(refused.values())),
        "editions": list(asked.editions),
        "flags": list(witness.flags),
        "operation": asked.operation,
        "input": asked.input,
        "expect" if same else "expectByEdition": expect,
        "evidence": evidence,
    }
    for name, value in (
        ("context", asked.context),
        ("twin", witness.twin),
        ("source", witness.source),
        ("supersededBy", witness.superseded_by),
        ("trace", trace(asked.operation, context, asked.input) or None),
    ):
        if value is not None:
            test[name] = value
    return test


def answers(corpus: Corpus, asked: Document) -> dict[str, Json]:
    """What the reference answers in each of its editions; raises `BadSuite` for what is no
    question.
    """
    context = corpus.contexts[asked.context] if asked.context else None
    try:
        return {
            name: answer(asked.operation, load(name), context, asked.input)
            for name in asked.editions
        }
    except (LookupError, TypeError, ValueError) as error:
        raise BadSuite(f"no question for {asked.operation}: {error!r}") from error


def _minimal(corpus: Corpus, witness: Witness, refused: Mapping[str, str]) -> bool:
    """Whether no edit can be left out without another answer in every edition that refuses."""
    for fewer in shorter(witness.recipe):
        try:
            now = answers(corpus, document(corpus, witness.base, fewer, tuple(refused)))
        except BadSuite:  # the rest of the recipe stands on this edit
            continue
        if all(now[name].get("error") == error for name, error in refused.items()):
            return False
    return True


def _shared_rules(tests: list[Json]) -> None:
    """An accepted vector shows what the refusals it is the twin of are about."""
    by_id = {test["id"]: test for test in tests}
    for test in tests:
        twin = by_id.get(test.get("twin", ""))
        if twin is not None:
            twin["rules"] = sorted({*twin["rules"], *test["evidence"].get("decidedBy", ())})


def _judge(test: Json) -> None:
    """Clauses, level and basis, from the rules that decide and the profile they are put to."""
    editions = [load(name) for name in test["editions"]]
    if not test["rules"]:
        raise BadSuite(f"{test['id']}: exercises no rule; name one in the corpus")
    if missing := [
        rule for rule in test["rules"] if not any(rule in edition.rules for edition in editions)
    ]:
        raise BadSuite(f"{test['id']}: rule {missing[0]} is in no edition")
    expects = test.get("expectByEdition") or {"all": test["expect"]}
    accepted = any(expect["outcome"] == "accept" for expect in expects.values())
    deciding = test["rules"] if accepted else test["evidence"]["decidedBy"]
    found = [
        edition.rules[rule]
        for edition in editions
        for rule in deciding
        if rule in edition.rules
    ]
    test["level"] = max((row.level for row in found), key=FIRM.index).value
    profile = identifiers.PROFILES.get(test["input"].get("profile", ""))
    bases = [*(row.basis for row in found), *([profile.basis] if profile else ())]
    test["basis"] = max(bases, key=SURE.index).value
    test["binding"] = test["basis"] != Basis.CHOSEN
    clauses = {
        (_contents_list(edition), edition.rules[rule].clause)
        for edition in editions
        for rule in test["rules"]
        if rule in edition.rules
    }
    named = sorted((name, clause) for name, clause in clauses if clause)
    test["clauses"] = [
        {"doc": "IEC 63119-1", "edition": name, "clause": clause} for name, clause in named
    ]


def _contents_list(edition: Edition) -> str:
    """The edition whose clause numbers the rows cite: the first, while no other contents list
    is public.
    """
    while edition.extends:
        edition = load(edition.extends)
    return edition.id


def _history(folder: Path) -> dict[str, dict[str, str]]:
    """The hashes of every id released, by edition."""
    path = folder / "ids.json"
    try:
        known: dict[str, dict[str, str]] = (
            json.loads(path.read_bytes()) if path.exists() else {}
        )
    except ValueError as error:
        raise BadSuite(
            f"{path.name}: {error}", "take it from the last release: it is the history"
        ) from error
    return known


def _index(
    suite: Suite, counts: Mapping[str, Mapping[str, int]], files: Mapping[str, bytes]
) -> Json:
    sums = {path: sha256(data).hexdigest() for path, data in sorted(files.items())}
    return {
        "$schema": URN + "index",
        "suite": suite.suite,
        "version": suite.version,
        "licence": suite.licence,
        "files": [
            {"path": path, "sha256": sums[path], "bytes": len(files[path])} for path in sums
        ],
        "families": counts,
        "counts": {
            name: sum(count[name] for count in counts.values()) for name in ("accept", "reject")
        },
        "rootHash": digest(
            "".join(f"{path}\0{total}\n" for path, total in sums.items()).encode()
        ),
    }


# --- The reference's tables, for whoever implements them from the README alone ----------------

_PROSE: Final = {"source", "because", "change", "clause", "says"}


def _edition(edition: Edition) -> Json:
    tables = ("interfaces", "roles", "modes", "exchanges", "services", "protocols", "suites")
    whole: Json = {"edition": edition.id, "title": edition.title}
    for table in tables:
        whole[table] = [
            row.model_dump(mode="json", exclude=_PROSE)
            for row in getattr(edition, table).values()
        ]
    return whole


def _profiles() -> Json:
    def grammar(one: identifiers.Grammar) -> Json:
        parts = [
            {**part._asdict(), "alphabet": "".join(sorted(part.alphabet))} for part in one.parts
        ]
        return {
            "parts": parts,
            "separators": one.separators,
            "stand": one.stand,
            "capitals": sorted(one.capitals & {part.name for part in one.parts}),
            "checkAsked": one.check_asked,
            "prefix": one.prefix,
            "longest": one.longest,
        }

    return {
        "longest": identifiers.LONGEST,
        "emaidOrder": [rule for rule, _ in identifiers.EMAID_ORDER],
        "evseIdOrder": [rule for rule, _ in identifiers.EVSE_ID_ORDER],
        "migrations": dict(identifiers.MIGRATIONS),
        "profiles": {
            name: {
                "emaid": grammar(profile.emaid),
                "evseId": grammar(profile.evse_id),
                "basis": profile.basis.value,
                "source": profile.source,
            }
            for name, profile in identifiers.PROFILES.items()
        },
    }


def _steps() -> list[Json]:
    return [
        {
            "phase": row.phase.value,
            "message": row.message.model_fields["kind"].default,
            "by": row.by.value,
            "when": row.when.name,
            "to": row.to.value,
            "rule": row.rule,
        }
        for row in STEPS
    ]


def _classes() -> Json:
    return {
        "classes": {name: privacy.CLASS_OF[name] for name in sorted(privacy.CLASS_OF)},
        "needs": [
            {"purpose": purpose, "role": role.value, "classes": list(classes)}
            for (purpose, role), classes in privacy.NEEDS.items()
        ],
        "purposes": {name: sort.purpose for name, sort in privacy.SHAPES.items()},
    }


def _leaves() -> list[Json]:
    return [
        {
            "by": [kind.value for kind in row.by],
            "to": [kind.value for kind in row.to],
            "messages": sorted(shape.model_fields["kind"].default for shape in row.messages),
            "strategies": sorted(row.strategies),
            "on": row.on,
        }
        for row in LEAVES
    ]


def _errors(editions: Sequence[Edition]) -> Json:
    """The closed registry of error codes: every rule that a vector may break, as the newest
    edition words it.
    """
    found = {
        rule.id: rule
        for edition in editions
        for rule in edition.rules.values()
        if rule.modelled
    }
    return {
        code: {
            "says": rule.says,
            "level": rule.level.value,
            "basis": rule.basis.value,
            "clause": rule.clause,
            "exercised": rule.exercised,
            "editions": [edition.id for edition in editions if code in edition.rules],
        }
        for code, rule in found.items()
    }
