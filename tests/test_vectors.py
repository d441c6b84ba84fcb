"""The vector suite: every frozen witness still shows what it was made for, and filling it in is
a pure function.

What a published identifier has to give is written here by hand, from the public texts, and not
taken from the suite.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from refimpl.cli import vectors
from refimpl.edition import load
from refimpl.session import STEPS
from refimpl.shapes import canonical_json
from refimpl.vectors import fill, lint, suite
from refimpl.vectors.corpus import read_corpus
from refimpl.vectors.families import FAMILIES, OPERATIONS, answer
from refimpl.vectors.families.session import row_name
from refimpl.vectors.files import differences, file_bytes, lined_bytes, readable_bytes
from refimpl.vectors.questions import answers, question
from refimpl.vectors.suite import (
    BadSuite,
    Vector,
    expects,
    read_suite,
    refused_by,
    suite_folder,
)

pytestmark = pytest.mark.slow

BESIDE = suite_folder()

CORPORA = {family: read_corpus(BESIDE, family) for family in FAMILIES}
SUITE = read_suite(BESIDE)
TESTS = SUITE.by_id


READ = ("corpus/*.json", "v1/*.json", "schemas/*/*.json", "README.md", "HARNESS.md", "LICENSE")
"""What a filling depends on, but for the model."""


@pytest.fixture(scope="module", autouse=True)
def remembered() -> Iterator[None]:
    """Fill in a suite once, however often it is asked for: the same files give the same bytes,
    as `test_filling_is_pure` shows.
    """
    build, known = fill.build, dict[str, dict[str, bytes]]()

    def remember(folder: Path, track: fill.Track = iter) -> dict[str, bytes]:
        read = [path for place in READ for path in sorted(folder.glob(place))]
        asked = fingerprint({str(path.relative_to(folder)): path.read_bytes() for path in read})
        known[asked] = known[asked] if asked in known else build(folder)
        return known[asked]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fill, "build", remember)
        yield


@pytest.fixture(scope="module")
def filled() -> dict[str, bytes]:
    return fill.build(BESIDE)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(BESIDE, tmp_path / "vectors")


def run(*args: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(vectors.app, [str(arg) for arg in args])
    return done.exit_code, done.stdout, done.stderr


# --- Any question is answered -----------------------------------------------------------------


@given(st.data())
def test_any_recipe_is_answered(data: st.DataObject) -> None:
    corpus = CORPORA[data.draw(st.sampled_from(FAMILIES))]
    one, other = (data.draw(st.sampled_from(corpus.witnesses)) for _ in range(2))
    try:
        asked = question(corpus, one.base, (*one.recipe, *other.recipe))
        got = answers(asked)
    except BadSuite:
        return
    errors = SUITE.files["errors.json"]["errors"]
    assert all(each["outcome"] == "accept" or each["error"] in errors for each in got.values())


def test_editions_answer_alike_where_they_are_said_to() -> None:
    for test in SUITE.tests:
        if not OPERATIONS[test["operation"]].by_edition:
            context = SUITE.context_of(test)
            one, other = (
                answer(test["operation"], load(name), context, test["input"])
                for name in ("2019", "2025")
            )
            assert one == other, test["id"]


# --- Against the public texts -----------------------------------------------------------------

CHECKED = """NN123ABCDEFGHI-T FRXYZ123456789-2 ITA1B2C3E4F5G6-4 ESZU8WOX834H1D-R
    PT73902837ABCZ-Z DE83DUIEN83QGZ-D DE8AA001234567-0 NLTNM000122045-U
    NLTNM000722345-X NLTNMC00122045-K""".split()
DIN_CHECKED = "INTNM000071-9 INTNM000110-X INTNM000191-5 NLTNM122045-0 NLTNM012204-5".split()
WRONG = """DE8AACA2B3C4D5N DE-8AA-CA2B3C4D5-N DE-8AA-00123A563-N DE-8AA-C0123A563-N
    DE-8AA-123A56-3 DE-8AC-C12E456L89-Y DE-8EO-CAet5e4XY-3 DE8EOCAet5e43X1
    DE-DCB-C12345678-X DE*8EO*Aet5e4*3 DE*ABC*C12345678*1 NL*TNM*840*6487""".split()
RIGHT = """FR*A23*E45B*78C DE*AB7*E840*6487 DEAB7E8406487 DE*ICE*E45B*78C DEAB7E1
    DE*DES*E*BMW*0113*2""".split()


def asked_for(**given_input: str) -> Iterator[Vector]:
    for test in SUITE.tests:
        if given_input.items() <= test["input"].items():
            yield test


@pytest.mark.parametrize(
    ("operation", "value"),
    [
        *(("emaid.check-character", value) for value in CHECKED),
        *(("emaid.din-check-digit", value) for value in DIN_CHECKED),
    ],
)
def test_published_check_characters(operation: str, value: str) -> None:
    text, check = value.split("-")
    [test] = [test for test in asked_for(text=text) if test["operation"] == operation]
    assert test["expect"]["output"] == {"check": check}
    assert test["source"]


@pytest.mark.parametrize("text", WRONG)
def test_published_errors_are_refused(text: str) -> None:
    found = list(asked_for(text=text))
    assert found
    for test in found:
        assert test["expect"]["outcome"] == "reject"
        assert test["source"]


@pytest.mark.parametrize("text", RIGHT)
def test_published_evse_ids(text: str) -> None:
    assert any(
        test["expect"]["outcome"] == "accept" and test.get("source")
        for test in asked_for(text=text)
    )


def test_published_migrations() -> None:
    got = {
        test["input"]["convention"]: test["expect"]["output"]["canonical"]
        for test in asked_for(text="NL-TNM-012204-5")
        if test["operation"] == "emaid.migrate-din" and test["expect"]["outcome"] == "accept"
    }
    assert got == {"ochp-1.4": "NLTNM000122045U", "emi3": "NLTNMC00122045K"}


# --- Filling is a pure function ---------------------------------------------------------------

PURE = """
import sys, random, time, os, uuid
for name in ("hypothesis", "jsonschema", "typer", "rich"):
    sys.modules[name] = None
from pathlib import Path
from hashlib import sha256
from refimpl.vectors import fill
def loud(*args, **kwargs):
    raise AssertionError("a clock or dice")
random.random = random.Random = random.randint = loud
time.time = time.time_ns = time.monotonic = loud
os.urandom = uuid.uuid4 = loud
files = fill.build(Path(sys.argv[1]))
print(sha256(b"".join(name.encode() + data for name, data in files.items())).hexdigest())
"""


def fingerprint(files: dict[str, bytes]) -> str:
    return sha256(b"".join(name.encode() + data for name, data in files.items())).hexdigest()


@pytest.mark.parametrize("seed", ["4711"])
def test_filling_is_pure(seed: str, filled: dict[str, bytes]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PURE, BESIDE],
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(BESIDE.parent), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == fingerprint(filled)


def test_the_suite_is_filled_in(filled: dict[str, bytes]) -> None:
    assert list(differences(BESIDE, filled)) == []


def test_check_names_what_differs(copy: Path) -> None:
    assert run("check", "--dir", copy)[0] == 0
    other = SUITE.tests_of("session")[3]
    path = copy / "v1" / "session.json"
    title = json.dumps(other["title"])
    path.write_text(path.read_text("utf-8").replace(title, '"another title"', 1), "utf-8")
    (copy / "tables" / "steps.json").unlink()
    code, out, _ = run("check", "--dir", copy)
    assert code == 1
    assert f"v1/session.json: differs first in {other['id']}" in out
    assert "tables/steps.json: is missing" in out


# --- A fill that is cut short -----------------------------------------------------------------


def old_or_new(folder: Path, old: dict[str, bytes], new: dict[str, bytes]) -> tuple[int, int]:
    """How many files are still the old ones and how many the new; none may be anything else."""
    stored = {name: (folder / name).read_bytes() for name in new}
    assert all(data in (old[name], new[name]) for name, data in stored.items())
    changed = [name for name in new if old[name] != new[name]]
    return sum(stored[name] == old[name] for name in changed), sum(
        stored[name] == new[name] for name in changed
    )


def retold(folder: Path) -> dict[str, bytes]:
    """What every file would be if each vector had another why."""
    for path in (folder / "corpus").glob("*.json"):
        path.write_text(
            path.read_text("utf-8").replace('"why": "', '"why": "Retold. '), "utf-8"
        )
    return fill.build(folder)


@pytest.mark.parametrize("fatal", [1, 2, 3, 4, 5])
def test_a_failing_fill_leaves_whole_files(
    copy: Path, fatal: int, filled: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    new = retold(copy)
    replace, count = Path.replace, iter(range(1, 100))

    def failing(self: Path, target: Path) -> Path:
        if next(count) == fatal:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    code, _, err = run("fill", "--dir", copy)
    assert (code, err.count("\n")) == (2, 1)
    files = len(FAMILIES) + 2  # and the manifest and the sums
    assert old_or_new(copy, filled, new) == (files + 1 - fatal, fatal - 1)


def test_a_killed_fill_leaves_whole_files(copy: Path, filled: dict[str, bytes]) -> None:
    new = retold(copy)
    script = """
import os, signal, sys
from pathlib import Path
from refimpl.vectors import fill, files
write, count = Path.write_bytes, iter(range(100))
def dying(self, data):
    if next(count) == 3:
        with self.open("wb") as file:
            file.write(data[: len(data) // 2])
            file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    return write(self, data)
Path.write_bytes = dying
files.write_files(Path(sys.argv[1]), fill.build(Path(sys.argv[1])))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, copy],
        cwd=BESIDE.parent,
        capture_output=True,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    assert old_or_new(copy, filled, new) == (len(FAMILIES) - 1, 3)
    assert run("fill", "--dir", copy)[0] == 0  # and the next one makes it whole
    assert list(differences(copy, new)) == []


def test_a_refused_fill_changes_nothing(copy: Path, filled: dict[str, bytes]) -> None:
    path = copy / "corpus" / "exchange.json"
    path.write_text(
        path.read_text("utf-8").replace('"endpoint.play"', '"endpoint.dance"'), "utf-8"
    )
    code, _, err = run("fill", "--dir", copy)
    said = "exchange.json, base home: no operation 'endpoint.dance'"
    way_out = "mend the corpus, as README.md beside it tells"
    assert (code, err) == (2, f"iec63119 vectors: {said}; {way_out}\n")
    assert all((copy / name).read_bytes() == data for name, data in filled.items())


# --- The stored form ---------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(("tests", "contexts", "title", "x")), VALUES))
def test_a_form_changes_no_value(value: dict[str, object]) -> None:
    for form in (lined_bytes, readable_bytes, file_bytes):
        raw = form(value)
        assert json.loads(raw) == value
        assert raw == form(json.loads(raw))


def test_a_vector_is_a_line() -> None:
    for family in FAMILIES:
        defaults = SUITE.files[f"v1/{family}.json"]["defaults"]
        lines = (BESIDE / "v1" / f"{family}.json").read_text("utf-8").splitlines()
        for test in SUITE.tests_of(family):
            [line] = [line for line in lines if f'"id":"{test["id"]}"' in line]
            told = defaults | json.loads(line.rstrip(","))
            assert {**told, "contentHashes": test["contentHashes"]} == test


def test_fill_tidies_the_corpus(copy: Path) -> None:
    path = copy / "corpus" / "pseudonym.json"
    tidy = path.read_bytes()
    path.write_text(json.dumps(json.loads(tidy), indent=1), "utf-8")
    assert (
        "bytes: corpus/pseudonym.json: not in the stored form" in run("lint", "--dir", copy)[1]
    )
    code, out, _ = run("fill", "--dir", copy)
    assert (code, out.splitlines()[0]) == (0, "corpus/pseudonym.json: in its form again")
    assert path.read_bytes() == tidy
    path.write_bytes(b"{")
    assert run("fill", "--dir", copy)[0] == 2
    assert path.read_bytes() == b"{"


# --- Digests ----------------------------------------------------------------------------------


def test_manifest_and_sums(filled: dict[str, bytes]) -> None:
    index = json.loads(filled["index.json"])
    for entry in index["files"]:
        data = (BESIDE / entry["path"]).read_bytes()
        assert (entry["sha256"], entry["bytes"]) == (sha256(data).hexdigest(), len(data))
    lying = {
        path.relative_to(BESIDE).as_posix() for path in BESIDE.rglob("*") if path.is_file()
    }
    assert {entry["path"] for entry in index["files"]} == lying - {"index.json", "SHA256SUMS"}
    for family in FAMILIES:
        raw = (BESIDE / "corpus" / f"{family}.json").read_bytes()
        assert (
            SUITE.files[f"v1/{family}.json"]["source"]["corpus"]
            == f"sha256:{sha256(raw).hexdigest()}"
        )
    root = sha256(
        "".join(f"{e['path']}\0{e['sha256']}\n" for e in index["files"]).encode()
    ).hexdigest()
    assert index["rootHash"] == f"sha256:{root}"
    assert index["counts"]["accept"] + index["counts"]["reject"] == len(SUITE.tests)
    if (tool := shutil.which("sha256sum")) is None:
        pytest.skip("no sha256sum here")
    done = subprocess.run(
        [tool, "--check", "--quiet", "SHA256SUMS"], cwd=BESIDE, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_hashes_by_another_canonical_writer() -> None:
    for family in FAMILIES:
        file = SUITE.files[f"v1/{family}.json"]
        assert file["tests"]
        for test in file["tests"]:
            meaning = {
                "operation": test["operation"],
                "context": file["contexts"].get(test.get("context")),
                "input": test["input"],
            }
            hashes = {}
            for edition, expect in expects(test).items():
                raw = rfc8785.dumps(meaning | {"edition": edition, "expect": expect})
                assert raw == canonical_json(json.loads(raw))
                hashes[edition] = "sha256:" + sha256(raw).hexdigest()
            assert test["contentHashes"] == hashes


# --- What is in it ----------------------------------------------------------------------------


def test_the_suite_keeps_its_promises() -> None:
    said = f"{len(lint.PROMISES)} promises kept: {', '.join(lint.PROMISES)}\n"
    assert run("lint") == (0, said, "")


def test_operations_and_rows_have_names() -> None:
    assert {test["operation"] for test in SUITE.tests} == set(OPERATIONS)
    assert len({row_name(row) for row in STEPS}) == len(STEPS)


def test_a_choice_does_not_bind() -> None:
    assert {test["binding"] for test in SUITE.tests} == {True, False}
    for test in SUITE.tests:
        accepted = any(expect["outcome"] == "accept" for expect in expects(test).values())
        deciding = test["rules"] if accepted else refused_by(test).values()
        rows = [load(name).rules.get(rule) for name in test["editions"] for rule in deciding]
        chosen = any(row.basis == "chosen" for row in rows if row)
        assert not (chosen and test["binding"]), test["id"]
        assert test["binding"] == (test["basis"] != "chosen")


def test_clauses_of_the_public_contents() -> None:
    cited = {clause for test in SUITE.tests for clause in test["clauses"]}
    assert cited
    assert cited <= load("2019").clauses.keys()


def test_the_readme_explains_all() -> None:
    readme = "".join(
        (BESIDE / name).read_text("utf-8") for name in ("README.md", "CROSSWALK.md")
    )
    words = {*OPERATIONS, *(row.when.name for row in STEPS)}
    words |= {
        "EMA-1",
        "EMA-9",
        "EVS-1",
        "EVS-9",
        "EVS-10",
        "CRD-2",
        *(f"IDP-{n}" for n in range(1, 5)),
        *(f"NET-{n}" for n in range(1, 11)),
    }
    words |= {
        "SES-10",
        "SES-11",
        "SES-12",
        *(f"WIR-{n}" for n in range(1, 6)),
        *(f"REC-{n}" for n in range(1, 6)),
    }
    words |= set(SUITE.files["v1/session.json"]["tests"][0]) | set(
        SUITE.files["tables/profiles.json"]["profiles"]["emi3"]
    )
    assert not [
        word
        for word in sorted(words)
        if f"`{word}`" not in readme and f".{word}`" not in readme
    ]


# --- Commands ---------------------------------------------------------------------------------


def test_stats_count_what_is_there() -> None:
    code, out, _ = run("stats", "--json")
    assert code == 0
    table = json.loads(out)["families"]
    assert table["all"]["accept"] + table["all"]["reject"] == len(SUITE.tests)
    assert "identifiers" in run("stats")[1]


def test_fill_says_what_it_changed(copy: Path, filled: dict[str, bytes]) -> None:
    assert run("fill", "--dir", copy)[:2] == (0, f"{len(filled)} files, 0 changed\n")
    path = copy / "corpus" / "exchange.json"
    path.write_text(path.read_text("utf-8").replace('"why": "', '"why": "Retold. ', 1), "utf-8")
    code, out, _ = run("fill", "--dir", copy, "--json")
    assert code == 0
    changed = [line.partition(":")[0] for line in json.loads(out)["changed"]]
    assert changed == ["v1/exchange.json", "index.json", "SHA256SUMS"]


@pytest.mark.parametrize("command", ["fill", "check", "lint", "stats", "discover"])
def test_a_folder_without_vectors(tmp_path: Path, command: str) -> None:
    code, out, err = run(command, "--dir", tmp_path)
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        f"iec63119 vectors: no vectors in {tmp_path}; name their folder with --dir"
    ]


@pytest.mark.parametrize(
    ("command", "name", "way_out"),
    [
        ("lint", "errors.json", "run iec63119 vectors fill again"),
        ("stats", "index.json", "run iec63119 vectors fill again"),
        ("check", "corpus/suite.json", "mend the corpus, as README.md beside it tells"),
    ],
)
def test_a_damaged_file(copy: Path, command: str, name: str, way_out: str) -> None:
    (copy / name).write_bytes(b"{")
    code, _, err = run(command, "--dir", copy)
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith(f"iec63119 vectors: {name.rpartition('/')[2]}")
    assert err.endswith(f"; {way_out}\n")


def test_an_installed_suite_stays_as_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = shutil.copytree(BESIDE, tmp_path / "site-packages" / "refimpl" / "_suite")
    elsewhere = shutil.copytree(BESIDE, tmp_path / "target" / "refimpl" / "_suite")
    monkeypatch.setattr(suite, "INSTALLED", elsewhere)
    for folder in (beside, elsewhere):
        (folder / "SHA256SUMS").unlink()
        for command in ("fill", "discover"):
            code, out, err = run(command, "--dir", folder)
            assert (code, out, err.count("\n")) == (2, "", 1)
            assert "work in a checkout" in err
        assert run("check", "--dir", folder)[0] == 1
        assert not (folder / "SHA256SUMS").exists()


def test_the_suite_within_the_package_comes_first(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert suite_folder() == suite.PACKAGE.parent / "vectors"
    monkeypatch.setattr(suite, "INSTALLED", copy)
    assert suite_folder() == copy


@pytest.mark.parametrize(
    ("command", "package"), [("lint", "jsonschema"), ("discover", "hypothesis")]
)
def test_a_missing_package_is_named(
    monkeypatch: pytest.MonkeyPatch, command: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    code, _, err = run(command)
    assert (code, err.count("\n")) == (2, 1)
    assert package in err


def test_discover_refuses_no_family() -> None:
    code, _, err = run("discover", "--family", "weather")
    assert (code, "no family 'weather'" in err) == (2, True)
