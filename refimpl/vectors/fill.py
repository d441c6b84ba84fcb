"""The suite filled in: what the reference answers to every witness, and everything that is
computed from that.

`build` is a pure function of the corpus, the schemas, what was released and the reference: no
clock, no dice, no Hypothesis.  To see what a vector is made of, print one of `build(...)`.
"""

import gc
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final, cast

from refimpl.edition import Edition, Rule, load
from refimpl.identifiers import PROFILES
from refimpl.vectors import tables
from refimpl.vectors.corpus import Corpus, SuiteHead, Witness, read_corpus, read_head
from refimpl.vectors.families import FAMILIES, OPERATIONS, is_outside
from refimpl.vectors.files import file_bytes, stored_bytes
from refimpl.vectors.history import check_kept, released_vectors
from refimpl.vectors.outside import OUTSIDE, neighbours_table
from refimpl.vectors.questions import Question, Reference, Reply
from refimpl.vectors.schemas import schema_files
from refimpl.vectors.suite import (
    MOST_ALIKE,
    UNREACHED,
    URN,
    BadSuite,
    Json,
    Vector,
    content_hashes,
    digest,
    expects,
    refusals,
    refused_by,
    schema_of,
)
from refimpl.vocabulary import Basis, Level

SURE: Final = (Basis.STATED, Basis.IMPLIED, Basis.CHOSEN)
FIRM: Final = (Level.SHALL, Level.SHOULD, Level.MAY)

Track = Callable[[Sequence[str]], Iterable[str]]
"""How the families go by while they are filled in, shown to the one who waits."""


def build(folder: Path, track: Track = iter) -> dict[str, bytes]:
    """Return every generated file by its path in the suite; raises `BadSuite`."""
    with _no_collection():
        return _files(folder, track)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Look for no garbage meanwhile: what is built stays until it is written, and looking
    through it takes a tenth of the time.
    """
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()


def _files(folder: Path, track: Track) -> dict[str, bytes]:
    head = read_head(folder)
    families: dict[str, Json] = {}
    for family in track(FAMILIES):
        source = folder / "corpus" / f"{family}.json"
        corpus = read_corpus(folder, family)
        released = released_vectors(folder, head, corpus)
        families[family] = fill(corpus, head, source.read_bytes(), released)
    by_name = {f"v1/{family}.json": filled for family, filled in families.items()}
    files = {name: stored_bytes(name, filled) for name, filled in by_name.items()}
    files |= _table_files(head)
    listed = files | _given_files(folder)
    counts = {name: filled["counts"] for name, filled in families.items()}
    files["index.json"] = file_bytes(_index(head, counts, listed))
    listed["index.json"] = files["index.json"]
    files["SHA256SUMS"] = _sums(listed)
    return files


def _table_files(head: SuiteHead) -> dict[str, bytes]:
    editions = [load(name) for name in head.editions]
    files: dict[str, Json] = {}
    for edition in editions:
        files[f"editions/{edition.id}.json"] = tables.edition_table(edition)
    files["tables/profiles.json"] = tables.profiles_table()
    files["tables/classes.json"] = tables.classes_table()
    files["tables/endpoint.json"] = tables.endpoint_table()
    files["tables/leaves.json"] = {"leaves": tables.leaves_table()}
    files["tables/neighbours.json"] = neighbours_table()
    files["tables/orders.json"] = tables.orders_table()
    files["tables/steps.json"] = {"steps": tables.steps_table()}
    files["errors.json"] = {"errors": tables.errors_table(editions)}
    for name, table in files.items():
        table["$schema"] = URN + schema_of(name)
    files |= schema_files(editions)
    return {name: stored_bytes(name, value) for name, value in files.items()}


def _given_files(folder: Path) -> dict[str, bytes]:
    """The files of the suite that people write."""
    names = ("README.md", "HARNESS.md", "CROSSWALK.md", "LICENSE", UNREACHED)
    paths = [folder / name for name in names]
    paths += [*folder.glob("corpus/*.json"), *folder.glob("schemas/*/*.json")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _index(
    head: SuiteHead, counts: Mapping[str, Mapping[str, int]], files: Mapping[str, bytes]
) -> Json:
    entries = []
    lines = ""
    for path, data in sorted(files.items()):
        digits = sha256(data).hexdigest()
        entries.append({"path": path, "sha256": digits, "bytes": len(data)})
        lines += f"{path}\0{digits}\n"
    total = Counter[str]()
    for count in counts.values():
        total.update(count)
    return {
        "$schema": URN + "index",
        "suite": head.suite,
        "version": head.version,
        "licence": head.licence,
        "files": entries,
        "families": counts,
        "counts": total,
        "rootHash": digest(lines.encode()),
    }


def _sums(files: Mapping[str, bytes]) -> bytes:
    lines = [f"{sha256(data).hexdigest()}  {path}\n" for path, data in sorted(files.items())]
    return "".join(lines).encode()


# --- One family -------------------------------------------------------------------------------


def fill(
    corpus: Corpus, head: SuiteHead, source: bytes, released: Mapping[str, Vector]
) -> Json:
    """Return one family as a vector file; `source` is the file its corpus was read from, and
    `released` are those of its vectors that stay as they are.

    What is withdrawn of them asks and expects what it did, whatever the model answers now.
    """
    withdrawn = {one.id for one in corpus.witnesses if one.status == "withdrawn"}
    withdrawn &= released.keys()
    asked = [witness for witness in corpus.witnesses if witness.id not in withdrawn]
    reference = Reference(corpus.model_copy(update={"witnesses": asked}))
    filled = {one.id: _vector(reference, one, reply) for one, reply in reference.replies()}
    _share_rules(filled.values())
    for test in filled.values():
        _judge(test)
    for witness in corpus.witnesses:
        if witness.id in withdrawn:
            filled[witness.id] = _still_told(reference, witness, released[witness.id])
    check_kept(released, filled)
    tests = [filled[witness.id] for witness in corpus.witnesses]
    rejected = sum("/reject-" in test["id"] for test in tests)
    return {
        "$schema": URN + corpus.family,
        "formatVersion": "1.0",
        "suite": head.suite,
        "family": corpus.family,
        "title": corpus.title,
        "editions": head.editions,
        "numberOfTests": len(tests),
        "counts": {"accept": len(tests) - rejected, "reject": rejected},
        "source": {"generator": "iec63119-refimpl", "corpus": digest(source)},
        "notes": _notes(corpus.family, head, tests),
        "contexts": corpus.contexts,
        "defaults": _defaults(tests),
        "tests": tests,
    }


def _defaults(tests: Sequence[Vector]) -> Json:
    """What most vectors have in each of the members in which most are alike."""
    found: Json = {}
    for name in MOST_ALIKE:
        values = Counter(json.dumps(cast(Json, test)[name]) for test in tests)
        commonest = max(sorted(values), key=values.__getitem__)
        found[name] = json.loads(commonest)
    return found


def _notes(family: str, head: SuiteHead, tests: Iterable[Vector]) -> Json:
    """What the flags of these vectors mean."""
    used: set[str] = set()
    for test in tests:
        used |= {*test["flags"]}
    if unknown := sorted(used - head.flags.keys()):
        raise BadSuite(f"{family}: no flag {unknown[0]!r}")
    return {
        name: head.flags[name].model_dump(mode="json", exclude_defaults=True)
        for name in sorted(used)
    }


def _vector(reference: Reference, witness: Witness, reply: Reply) -> Vector:
    asked, expected = reply
    refused = refusals(expected)
    test: Vector = {
        "id": witness.id,
        "contentHashes": content_hashes(
            asked.operation, reference.setting_bytes(asked.context), asked.input, expected
        ),
        "since": witness.since,
        "status": witness.status,
        "title": witness.title,
        "why": witness.why,
        "rules": _rules(reference.corpus, witness, asked, refused),
        "level": "",  # this and the next three are judged once twins have shared their rules
        "basis": "",
        "binding": False,
        "clauses": [],
        "editions": list(asked.editions),
        "flags": list(witness.flags),
        "operation": asked.operation,
        "input": asked.input,
    }
    first, *others = expected.values()
    if all(other == first for other in others):
        test["expect"] = first
    else:
        test["expectByEdition"] = expected
    _add_optional(test, witness, asked)
    return test


def _still_told(reference: Reference, witness: Witness, kept: Vector) -> Vector:
    """A vector as it was released, with what is told of it now that it is withdrawn."""
    name = kept.get("context")
    if name is not None and name not in reference.corpus.contexts:
        raise BadSuite(f"{witness.id}: its context {name!r} is gone", "put it back")
    test: Vector = {**kept, "status": "withdrawn", "title": witness.title, "why": witness.why}
    test["contentHashes"] = content_hashes(
        kept["operation"], reference.setting_bytes(name), kept["input"], expects(kept)
    )
    if witness.superseded_by is not None:
        test["supersededBy"] = witness.superseded_by
    return test


def _add_optional(test: Vector, witness: Witness, asked: Question) -> None:
    if asked.context is not None:
        test["context"] = asked.context
    if witness.twin is not None:
        test["twin"] = witness.twin
    if witness.source is not None:
        test["source"] = witness.source
    if witness.superseded_by is not None:
        test["supersededBy"] = witness.superseded_by
    if len(refused_by(test)) < len(asked.editions):
        trace = OPERATIONS[asked.operation].trace(asked.setting or {}, asked.input)
        if trace:
            test["trace"] = trace


def _rules(
    corpus: Corpus, witness: Witness, asked: Question, refused: Mapping[str, str]
) -> list[str]:
    """The rules that a vector exercises: those that refuse it, and those it is accepted by."""
    rules = {*witness.rules, *refused.values()}
    if len(refused) < len(asked.editions):
        rules.update(corpus.bases[witness.base].rules)
        rules.update(row.rule for row in asked.rows())
    return sorted(rules)


def _share_rules(tests: Iterable[Vector]) -> None:
    """Let an accepted vector show what the refusals it is the twin of are about."""
    by_id = {test["id"]: test for test in tests}
    for test in tests:
        twin = by_id.get(test.get("twin", ""))
        if twin is not None:
            twin["rules"] = sorted({*twin["rules"], *refused_by(test).values()})


# --- How sure and how binding -----------------------------------------------------------------


def _judge(test: Vector) -> None:
    """Add clauses, level and basis, from the rules that decide and the profile asked of."""
    editions = [load(name) for name in test["editions"]]
    if not test["rules"]:
        raise BadSuite(f"{test['id']}: exercises no rule; name one in the corpus")
    for rule in test["rules"]:
        if rule not in OUTSIDE and not any(rule in edition.rules for edition in editions):
            raise BadSuite(f"{test['id']}: rule {rule} is in no edition")
    found = list(_rows_of(_deciding(test), editions))
    bases = [row.basis for row in found]
    if profile := PROFILES.get(test["input"].get("profile", "")):
        bases.append(profile.basis)
    if is_outside(test["operation"]):
        bases.append(Basis.CHOSEN)
    test["level"] = max((row.level for row in found), key=FIRM.index).value
    test["basis"] = max(bases, key=SURE.index).value
    test["binding"] = test["basis"] != Basis.CHOSEN
    test["clauses"] = _clauses(test["rules"], editions)


def _deciding(test: Vector) -> list[str]:
    """The rules that decide: those that refuse where every edition does, or else all."""
    if "expect" in test:
        accepted = test["expect"]["outcome"] == "accept"
    else:
        expected = test["expectByEdition"].values()
        accepted = any(expect["outcome"] == "accept" for expect in expected)
    return test["rules"] if accepted else sorted({*refused_by(test).values()})


def _rows_of(rules: Iterable[str], editions: Iterable[Edition]) -> Iterator[Rule]:
    for edition in editions:
        for rule in rules:
            if row := edition.rules.get(rule, OUTSIDE.get(rule)):
                yield row


def _clauses(rules: Iterable[str], editions: Iterable[Edition]) -> list[str]:
    """The clauses that the rules cite, by their numbers in the one contents list that is
    public: that of the first edition.
    """
    return sorted({row.clause for row in _rows_of(rules, editions) if row.clause})
