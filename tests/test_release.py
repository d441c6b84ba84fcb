"""A release of the vectors: one archive, the same wherever it is packed, and refused where a bit
of it is another.

The recipe of `docs/releasing.md`, which needs none of this code, is run as it stands there.
"""

import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from typer.testing import CliRunner

from refimpl.cli.commands import application
from refimpl.conformance.roles import roles_of
from refimpl.shapes import canonical_json
from refimpl.vectors import archive
from refimpl.vectors.archive import archive_of, files_of
from refimpl.vectors.suite import content_hashes, expects, read_suite, suite_folder
from refimpl.vectors.verifying import digests_of, found_wrong, suite_in, sums_of
from tests.command import say
from tests.first_release import FIRST, first_release
from tests.fresh import VERSIONS, pythons

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).parents[1]
SUITE: Final = read_suite(suite_folder())
KEY: Final = Ed25519PrivateKey.from_private_bytes(sha256(b"a key of these tests").digest())
PEM: Final = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
PUBLIC: Final = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
VERSION: Final = SUITE.files["index.json"]["version"]
FOLDER: Final = f"iec63119-1-{VERSION}"
COMMAND: Final = (sys.executable, "-c", "from refimpl.cli import main; main()", "vectors")
SEED: Final = os.environ.get("SEED", "1")


def run(*args: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(application(["vectors"]), ["vectors", *map(str, args)])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of the release before."""
    path = tmp_path_factory.mktemp("first") / "first.tar"
    path.write_bytes(first_release())
    return path


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, first: Path) -> Path:
    """A folder with a key and a release signed by it."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "key.pem").write_bytes(PEM)
    (folder / "public.pem").write_bytes(PUBLIC)
    assert run("pack", folder, "--key", folder / "key.pem", "--previous", first)[0] == 0
    return folder


@pytest.fixture(scope="module")
def packed(desk: Path) -> bytes:
    return (desk / f"{FOLDER}.tar").read_bytes()


@pytest.fixture(scope="module")
def files(packed: bytes) -> dict[str, bytes]:
    return files_of(packed)


@pytest.fixture
def spoilt(desk: Path, tmp_path: Path) -> Path:
    """A copy of the release, with its key and signatures, to be spoilt."""
    return shutil.copytree(desk, tmp_path / "spoilt") / f"{FOLDER}.tar"


def wrong(raw: bytes, folder: Path) -> list[str]:
    """What is wrong with an archive that nothing vouches for."""
    path = folder / "some.tar"
    path.write_bytes(raw)
    return found_wrong(path, None)[0]


# --- One archive ------------------------------------------------------------------------------

NAMES = st.from_regex(r"[a-z]{1,8}(/[A-Za-z0-9.-]{1,9}x){1,3}", fullmatch=True)
OPTIONS = st.dictionaries(NAMES, st.binary(max_size=1500), min_size=1, max_size=8)


@given(OPTIONS)
def test_an_archive_holds_its_files(some: dict[str, bytes]) -> None:
    raw = archive_of(some)
    assert files_of(raw) == some
    with tarfile.open(fileobj=io.BytesIO(raw)) as opened:
        members = [(member.name, opened.extractfile(member)) for member in opened]
    assert [name for name, _ in members] == sorted(some)
    assert raw == archive_of(dict(reversed(some.items())))


def test_only_the_files_count(packed: bytes, first: Path, tmp_path: Path) -> None:
    beside = shutil.copytree(suite_folder(), tmp_path / "vectors")
    (beside / "notes.txt").write_text("not in the index")
    script = "import os, sys; os.umask(int(sys.argv.pop(1), 8)); from refimpl.cli import main; main()"
    for number, (umask, setting) in enumerate(
        [
            ("077", {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "1"}),
            ("000", {"TZ": "UTC", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "4711"}),
        ]
    ):
        out = tmp_path / f"{number}.tar"
        command = [sys.executable, "-c", script, umask, "vectors", "pack", str(out)]
        command += ["--previous", str(first)]
        if number:
            command += ["--dir", str(beside)]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), **setting},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert out.read_bytes() == packed


def test_a_wheel_packs_the_same(packed: bytes, first: Path, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    [wheel] = tmp_path.glob("*.whl")
    shutil.unpack_archive(wheel, tmp_path / "unpacked", "zip")
    packing = ["pack", str(tmp_path / "x.tar"), "--previous", str(first)]
    for command in (["check"], packing):
        done = subprocess.run(
            [*COMMAND, *command],
            cwd=tmp_path,
            env={"PYTHONPATH": str(tmp_path / "unpacked")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "x.tar").read_bytes() == packed


NEEDED: Final = "cryptography pydantic rpds-py typer rich".split()
OTHERS: Final = [name for name in VERSIONS if not sys.version.startswith(f"{name}.")]


@pytest.mark.soak
@pytest.mark.parametrize("name", OTHERS)
def test_every_python_packs_the_same(
    packed: bytes, first: Path, name: str, tmp_path: Path
) -> None:
    """In an environment of its own under .bench, with the packages that are pinned."""
    python = pythons().get(name)
    if python is None:
        pytest.skip(f"no Python {name} here")
    place = ROOT / ".bench" / f"python-{name}"
    pinned = re.findall(
        r"^([a-z-]+)==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )
    wanted = [f"{package}=={version}" for package, version in pinned if package in NEEDED]
    assert len(wanted) == len(NEEDED)
    subprocess.run([python, "-m", "venv", place], check=True)
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, *wanted], check=True)
    packing = ["pack", str(tmp_path / "x.tar"), "--previous", str(first)]
    for command in (["check"], packing):
        done = subprocess.run(
            [str(place / "bin" / "python"), *COMMAND[1:], *command],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "x.tar").read_bytes() == packed


def test_other_tools_read_it(desk: Path, files: dict[str, bytes]) -> None:
    listed = subprocess.run(
        ["tar", "-tf", desk / f"{FOLDER}.tar"], capture_output=True, text=True, check=True
    )
    assert listed.stdout.splitlines() == list(files)
    assert not listed.stderr


# --- What is in it ----------------------------------------------------------------------------


def test_a_line_says_all(files: dict[str, bytes]) -> None:
    lines = files[f"{FOLDER}/all.jsonl"].decode().splitlines()
    assert len(lines) == len(SUITE.tests)
    for test in map(json.loads, lines):
        assert test["id"].startswith(f"{test['family']}/")
        context = canonical_json(test["context"])
        hashes = content_hashes(test["operation"], context, test["input"], expects(test))
        assert hashes == test["contentHashes"] == SUITE.by_id[test["id"]]["contentHashes"]


def test_operations_are_counted(files: dict[str, bytes]) -> None:
    table = json.loads(files[f"{FOLDER}/operations.json"])
    assert table["rootHash"] == SUITE.files["index.json"]["rootHash"]
    active = [test for test in SUITE.tests if test["status"] == "active"]
    assert sum(row["vectors"] for row in table["operations"]) == len(active)
    for row in table["operations"]:
        asked = [
            test
            for test in active
            if test["operation"] == row["operation"]
            and test["id"].startswith(f"{row['family']}/")
        ]
        assert row["roles"] == [*roles_of(row["family"], row["operation"])]
        assert row["vectors"] == len(asked)
        for edition, counts in row["editions"].items():
            answers = [test for test in asked if edition in test["editions"]]
            assert counts["accept"] + counts["reject"] == len(answers)
            assert counts["binding"] == sum(test["binding"] for test in answers)
            refused = [test for test in answers if "error" in expects(test)[edition]]
            assert counts["reject"] == len(refused)


@pytest.mark.parametrize("name", ["CHANGES.json", "operations.json"])
def test_schemas_describe_it(files: dict[str, bytes], name: str) -> None:
    schemas = [
        json.loads(data) for path, data in files.items() if path.endswith(".schema.json")
    ]
    registry: Registry[Any] = Registry().with_resources(
        [(schema["$id"], Resource.from_contents(schema)) for schema in schemas]
    )
    value = json.loads(files[f"{FOLDER}/{name}"])
    validator = Draft202012Validator({"$ref": value["$schema"]}, registry=registry)
    validator.validate(value)
    assert not validator.is_valid({**value, "x": 1})


def test_the_first_release_adds_all(first: Path) -> None:
    changes = json.loads(files_of(first.read_bytes())[f"iec63119-1-{FIRST}/CHANGES.json"])
    assert changes["added"] == sorted(
        test["id"] for test in SUITE.tests if test["since"] == FIRST
    )
    assert (changes["previous"], changes["withdrawn"], changes["changed"]) == (None, [], [])


def test_this_release_adds_what_is_new(files: dict[str, bytes]) -> None:
    changes = json.loads(files[f"{FOLDER}/CHANGES.json"])
    assert changes["added"] == sorted(
        test["id"] for test in SUITE.tests if test["since"] == VERSION
    )
    assert changes["previous"]["version"] == FIRST
    assert (changes["withdrawn"], changes["changed"]) == ([], [])


# --- Since the release before -----------------------------------------------------------------

LOST: Final = "identifiers/reject-emi3-kelvin"


@pytest.fixture(scope="module")
def next_one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The suite as it may be at its next release: with a vector withdrawn, and one added."""
    folder = shutil.copytree(suite_folder(), tmp_path_factory.mktemp("next") / "vectors")
    edit_corpus(folder, "suite", lambda head: head.update(version="9.0.0", released=True))
    edit_corpus(folder, "identifiers", withdraw_and_add)
    assert run("fill", "--dir", folder)[0] == 0
    return folder


def edit_corpus(folder: Path, name: str, edit: Callable[[Any], object]) -> None:
    path = folder / "corpus" / f"{name}.json"
    value = json.loads(path.read_bytes())
    edit(value)
    path.write_text(json.dumps(value), "utf-8")


def withdraw_and_add(corpus: Any) -> None:
    [old] = [witness for witness in corpus["witnesses"] if witness["id"] == LOST]
    old["status"] = "withdrawn"
    new = {**old, "id": f"{LOST}-again", "since": "9.0.0", "status": "active"}
    new["recipe"] = [*old["recipe"], ["add", "input.text", 1, "K"]]
    corpus["witnesses"].append(new)


def test_a_release_tells_what_is_new(next_one: Path, desk: Path, tmp_path: Path) -> None:
    before, out = desk / f"{FOLDER}.tar", tmp_path / "next.tar"
    assert run("pack", out, "--dir", next_one, "--previous", before)[0] == 0
    changes = json.loads(files_of(out.read_bytes())["iec63119-1-9.0.0/CHANGES.json"])
    assert changes["previous"]["version"] == VERSION
    assert changes["added"] == [f"{LOST}-again"]
    assert (changes["withdrawn"], changes["changed"]) == ([LOST], [])


def test_a_later_release_names_the_one_before(next_one: Path, tmp_path: Path) -> None:
    code, out, err = run("pack", tmp_path / "next.tar", "--dir", next_one)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.endswith("name the archive of the release before with --previous\n")
    assert not list(tmp_path.iterdir())


def test_what_was_withdrawn_does_not_come_back(
    next_one: Path, desk: Path, tmp_path: Path
) -> None:
    before, out = tmp_path / "next.tar", tmp_path / "over.tar"
    packing = ("pack", before, "--dir", next_one, "--previous", desk / f"{FOLDER}.tar")
    assert run(*packing)[0] == 0
    folder = shutil.copytree(next_one, tmp_path / "vectors")
    edit_corpus(folder, "suite", lambda head: head.update(version="9.1.0", released=False))
    edit_corpus(folder, "identifiers", put_back)
    assert run("fill", "--dir", folder)[0] == 0
    code, _, err = run("pack", out, "--dir", folder, "--previous", before)
    assert (code, f"{LOST}: was withdrawn and is back; give it a new id" in err) == (2, True)


def put_back(corpus: Any) -> None:
    for witness in corpus["witnesses"]:
        witness.pop("status", None)


def test_a_release_does_not_follow_itself(desk: Path, tmp_path: Path) -> None:
    before = desk / f"{FOLDER}.tar"
    code, _, err = run("pack", tmp_path / "x.tar", "--previous", before)
    assert (code, err.count("\n")) == (2, 1)
    assert f"the release before is {VERSION} too; raise it in corpus/suite.json" in err


def forget(path: Path) -> None:
    """Leave no history in a file of vectors, from which filling would know what was released."""
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "tests": []}), "utf-8")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (
            lambda corpus: corpus["witnesses"].pop(),
            r"was released and is gone; withdraw it instead",
        ),
        (
            lambda corpus: corpus["witnesses"][0].update(
                recipe=[["set", "input.receiver", "cso-gale"]]
            ),
            "means something else; withdraw it and give the new one a new id",
        ),
    ],
    ids=["gone", "changed"],
)
def test_what_was_released_stays(
    desk: Path, tmp_path: Path, edit: Callable[[Any], object], said: str
) -> None:
    folder = shutil.copytree(suite_folder(), tmp_path / "vectors")
    edit_corpus(folder, "suite", lambda head: head.update(version="9.0.0"))
    edit_corpus(folder, "pseudonym", edit)
    forget(folder / "v1" / "pseudonym.json")
    assert run("fill", "--dir", folder)[0] == 0
    packing = ("pack", tmp_path / "x.tar", "--dir", folder)
    code, _, err = run(*packing, "--previous", desk / f"{FOLDER}.tar")
    assert (code, err.count("\n")) == (2, 1)
    assert said in err
    assert not (tmp_path / "x.tar").exists()


# --- A bit that is another --------------------------------------------------------------------


def flipped(raw: bytes, bit: int) -> bytes:
    spoilt = bytearray(raw)
    spoilt[bit // 8] ^= 1 << bit % 8
    return bytes(spoilt)


def bits(raw: bytes, number: int) -> list[int]:
    """Bits all over an archive, and one of each kind of place in it."""
    dice = random.Random(SEED)
    places = [0, 100, 124, 136, 148, 156, 157, 257, 345, 511, 512, len(raw) - 1]
    length = len(raw) * 8
    return [*(8 * place for place in places), *(dice.randrange(length) for _ in range(number))]


def test_no_bit_may_be_another(packed: bytes, tmp_path: Path) -> None:
    assert wrong(packed, tmp_path) == []
    for bit in bits(packed, 300):
        assert wrong(flipped(packed, bit), tmp_path), bit


@pytest.mark.soak
def test_no_bit_of_many_may_be_another(packed: bytes, tmp_path: Path) -> None:
    for bit in bits(packed, 2000):
        assert wrong(flipped(packed, bit), tmp_path), bit


def test_a_bit_is_named_by_its_file(
    packed: bytes, files: dict[str, bytes], tmp_path: Path
) -> None:
    place = packed.index(files[f"{FOLDER}/vectors/v1/routing.json"])
    assert wrong(flipped(packed, 8 * place + 5), tmp_path) == [
        "vectors/v1/routing.json: is not what SHA256SUMS has",
        "vectors/v1/routing.json: is not what vectors/SHA256SUMS has",
        "vectors/index.json: does not list just what is there",
    ]


RECIPE: Final = re.search(
    r"^```sh\n(.*?)^```",
    (ROOT / "docs/releasing.md").read_text("utf-8"),
    re.DOTALL | re.MULTILINE,
)


def shell(path: Path, key: Path) -> subprocess.CompletedProcess[str]:
    assert RECIPE
    return subprocess.run(
        ["sh", "-c", RECIPE[1], "verify.sh", path, key],
        capture_output=True,
        text=True,
        check=False,
    )


needs_openssl = pytest.mark.skipif(
    "OpenSSL 3" not in str(shutil.which("openssl") and subprocess.getoutput("openssl version")),
    reason="no OpenSSL 3 here",
)


@needs_openssl
def test_the_recipe_verifies_too(desk: Path) -> None:
    assert RECIPE
    assert len(RECIPE[1].splitlines()) <= 20
    done = shell(desk / f"{FOLDER}.tar", desk / "public.pem")
    root = SUITE.files["index.json"]["rootHash"].removeprefix("sha256:")
    assert (done.returncode, done.stdout) == (0, f"whole and signed: {root}\n"), done.stderr


@needs_openssl
def test_both_refuse_a_bit(spoilt: Path) -> None:
    key = spoilt.with_name("public.pem")
    dice = random.Random(SEED)
    for ending, number in ((".tar", 24), (".tar.sig", 4), (".tar.index.sig", 4)):
        path = spoilt.with_suffix(ending)
        raw = path.read_bytes()
        for bit in [
            0,
            8 * len(raw) - 1,
            *(dice.randrange(8 * len(raw)) for _ in range(number)),
        ]:
            path.write_bytes(flipped(raw, bit))
            assert run("verify", spoilt, "--key", key)[0] == 1, (ending, bit)
            assert shell(spoilt, key).returncode, (ending, bit)
        path.write_bytes(raw)
    assert run("verify", spoilt, "--key", key)[0] == shell(spoilt, key).returncode == 0


@needs_openssl
@pytest.mark.parametrize("name", ["all.jsonl", "vectors/v1/routing.json"])
def test_the_recipe_needs_each_step(spoilt: Path, files: dict[str, bytes], name: str) -> None:
    """An archive that is signed anew is still refused where its own sums do not fit."""
    key = spoilt.with_name("public.pem")
    raw = archive_of({**files, f"{FOLDER}/{name}": files[f"{FOLDER}/{name}"] + b"\n"})
    spoilt.write_bytes(raw)
    spoilt.with_suffix(".tar.sig").write_bytes(KEY.sign(raw))
    assert run("verify", spoilt, "--key", key)[0] == 1
    assert shell(spoilt, key).returncode
    added = archive_of({**files, f"{FOLDER}/vectors/more": b""})
    spoilt.write_bytes(added)
    spoilt.with_suffix(".tar.sig").write_bytes(KEY.sign(added))
    assert shell(spoilt, key).returncode


# --- What is no archive of a release ----------------------------------------------------------


def made(*members: tuple[str, bytes, dict[str, Any]]) -> bytes:
    """A tar file with these members, as a tool may write them that is not ours."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data, other in members:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), archive.MOMENT
            for member, value in other.items():
                setattr(info, member, value)
            tar.addfile(info, io.BytesIO(data))
    return stream.getvalue()


LINK: Final = {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}
STRANGE: Final = {
    "link": (made(("a/b", b"", LINK)), "a/b: is a link"),
    "hard link": (made(("a/b", b"", {**LINK, "type": tarfile.LNKTYPE})), "a/b: is a link"),
    "folder": (made(("a/b", b"", {"type": tarfile.DIRTYPE})), "a/b: is no plain file"),
    "device": (made(("a/b", b"", {"type": tarfile.CHRTYPE})), "a/b: is no plain file"),
    "absolute": (made(("/etc/x", b"x", {})), "'/etc/x': is no path within"),
    "upwards": (made(("a/../../x", b"x", {})), "'a/../../x': is no path within"),
    "doubled": (made(("a/b", b"x", {}), ("a/b", b"y", {})), "a/b: stands twice"),
    "disordered": (made(("a/c", b"x", {}), ("a/b", b"y", {})), "a/b: is out of order"),
    "owner": (made(("a/b", b"x", {"uid": 1000})), "a/b: its header, at byte 0, is not"),
    "time": (made(("a/b", b"x", {"mtime": 1})), "a/b: its header, at byte 0, is not"),
    "mode": (made(("a/b", b"x", {"mode": 0o755})), "a/b: its header, at byte 0, is not"),
    "no folder": (made(("b", b"x", {})), "'b': is no path within the folder"),
    "two folders": (made(("a/b", b"x", {}), ("b/c", b"y", {})), "has 2 folders"),
    "empty": (archive_of({}), "has 0 folders"),
    "nothing": (b"", "is cut short"),
    "text": (b"hello" * 300, "byte 0: no header of a file in a tar archive"),
    "gzip": (b"\x1f\x8b\x08" + bytes(600), "byte 0: no header of a file in a tar archive"),
    "trailing": (archive_of({"a/b": b"x"}) + b"more", "bytes stand after its"),
    "zeros after": (archive_of({"a/b": b"x"}) + bytes(10_240), "bytes stand after its end"),
    "padding": (
        archive_of({"a/b": b"x"})[:700] + b"!" + archive_of({"a/b": b"x"})[701:],
        "a/b: bytes stand after its end, at byte 513",
    ),
    "cut": (archive_of({"a/b": bytes(2000)})[:1024], "a/b: is cut short"),
    "huge": (made(("a/b", b"x", {})).replace(b"00000000001", b"77777777777"), "byte 0: no"),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_strange_archives(kind: str, tmp_path: Path) -> None:
    raw, said = STRANGE[kind]
    [line] = wrong(raw, tmp_path)
    assert said in line


def test_a_large_archive_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tar"
    with path.open("wb") as stream:
        stream.truncate(2**40)
    code, out, _ = run("verify", path)
    assert (code, "has more than" in out) == (1, True)


Spoil = Callable[[dict[str, bytes]], object]
NAME: Final = f"{FOLDER}/vectors/v1/routing.json"
SPOIL: Final[dict[str, tuple[Spoil, str]]] = {
    "missing": (lambda files: files.pop(NAME), "vectors/v1/routing.json: is missing"),
    "added": (
        lambda files: files.update({f"{NAME}x": b""}),
        "vectors/v1/routing.jsonx: is not listed in SHA256SUMS",
    ),
    "renamed": (
        lambda files: files.update({f"{NAME}x": files.pop(NAME)}),
        "vectors/v1/routing.jsonx: is not listed in SHA256SUMS",
    ),
    "no sums": (lambda files: files.pop(f"{FOLDER}/SHA256SUMS"), "SHA256SUMS: is missing"),
    "no lines": (lambda files: files.pop(f"{FOLDER}/all.jsonl"), "all.jsonl: is missing"),
}


@pytest.mark.parametrize("kind", SPOIL)
def test_spoilt_releases(kind: str, files: dict[str, bytes], tmp_path: Path) -> None:
    spoil, said = SPOIL[kind]
    other = dict(files)
    spoil(other)
    assert said in wrong(archive_of(other), tmp_path)


FORGE: Final[dict[str, tuple[str, bytes, str]]] = {
    "index": ("vectors/index.json", b"[]", "vectors/index.json: is no index"),
    "nesting": ("vectors/index.json", b"[" * 99_999, "vectors/index.json: is no index"),
    "lines": ("all.jsonl", b"{}\n", "all.jsonl: is not the vectors of this suite"),
    "vectors": ("vectors/v1/routing.json", b"[]", "vectors/v1: are no vectors"),
}


@pytest.mark.parametrize("kind", FORGE)
def test_forged_releases(kind: str, files: dict[str, bytes], tmp_path: Path) -> None:
    """Sums that fit do not help: the index, and what follows from the vectors, has to fit too."""
    name, data, said = FORGE[kind]
    other = {path[len(FOLDER) + 1 :]: raw for path, raw in files.items()}
    other[name] = data
    suite = {path[8:]: raw for path, raw in other.items() if path.startswith("vectors/")}
    if kind == "vectors":
        index = json.loads(suite["index.json"])
        [entry] = [entry for entry in index["files"] if entry["path"] == "v1/routing.json"]
        entry.update(sha256=sha256(data).hexdigest(), bytes=len(data))
        rows = "".join(f"{one['path']}\0{one['sha256']}\n" for one in index["files"])
        index["rootHash"] = f"sha256:{sha256(rows.encode()).hexdigest()}"
        suite["index.json"] = other["vectors/index.json"] = json.dumps(index).encode()
    other["vectors/SHA256SUMS"] = sums_of(digests_of(suite))
    other["SHA256SUMS"] = sums_of(digests_of(other))
    assert wrong(archive_of({f"{FOLDER}/{p}": raw for p, raw in other.items()}), tmp_path) == [
        said
    ]


def test_a_wrong_root_hash(files: dict[str, bytes], tmp_path: Path) -> None:
    release = {path[len(FOLDER) + 1 :]: raw for path, raw in files.items()}
    index = json.loads(release["vectors/index.json"])
    index["rootHash"] = f"sha256:{64 * '0'}"
    release["vectors/index.json"] = json.dumps(index).encode()
    release["vectors/SHA256SUMS"] = sums_of(digests_of(suite_in(release)))
    release["SHA256SUMS"] = sums_of(digests_of(release))
    other = archive_of({f"{FOLDER}/{path}": raw for path, raw in release.items()})
    said = "vectors/index.json: has not the root hash of what it lists"
    assert wrong(other, tmp_path) == [said]


def test_a_renamed_folder(files: dict[str, bytes], tmp_path: Path) -> None:
    other = {name.replace(FOLDER, "iec63119-1-9"): data for name, data in files.items()}
    said = f"iec63119-1-9: is the folder of another release than {FOLDER}"
    assert wrong(archive_of(other), tmp_path) == [said]


# --- Keys and commands ------------------------------------------------------------------------


def test_verify_says_who_signed(desk: Path, tmp_path: Path) -> None:
    path, key = desk / f"{FOLDER}.tar", desk / "public.pem"
    code, out, _ = run("verify", path, "--key", key)
    assert (code, out.splitlines()[-1]) == (
        0,
        "whole, as it was packed, and signed by this key",
    )
    code, out, _ = run("verify", path)
    assert (code, "only --key can tell" in out) == (0, True)
    told = json.loads(run("verify", path, "--key", key, "--json")[1])
    assert (told["ok"], told["signed"], told["version"]) == (True, True, VERSION)
    other = Ed25519PrivateKey.generate().public_key()
    raw = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "other.pem").write_bytes(raw)
    code, out, _ = run("verify", path, "--key", tmp_path / "other.pem", "--json")
    told = json.loads(out)
    assert (code, told["ok"], told["signed"]) == (1, False, False)
    assert [line.partition(": ")[2] for line in told["found"]] == 2 * [
        "is no signature of this by that key"
    ]


def test_a_missing_signature(spoilt: Path) -> None:
    for ending in (".tar.sig", ".tar.index.sig"):
        spoilt.with_suffix(ending).unlink()
    code, out, _ = run("verify", spoilt, "--key", spoilt.with_name("public.pem"))
    assert (code, out.splitlines()) == (
        1,
        [
            f"{FOLDER}.tar.sig: No such file or directory",
            f"{FOLDER}.tar.index.sig: No such file or directory",
        ],
    )


P256: Final = ec.generate_private_key(ec.SECP256R1())
SUBJECT: Final = PublicFormat.SubjectPublicKeyInfo
SECRET: Final = BestAvailableEncryption(b"secret")
PRIVATE_KEYS: Final = {
    "is a public key; sign with the private one": PUBLIC,
    "is encrypted; decrypt it with openssl pkey -in": KEY.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, SECRET
    ),
    "is no Ed25519 key; make one with openssl genpkey": P256.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    ),
    "is no private key in PEM; make one": b"hello",
}
PUBLIC_KEYS: Final = {
    "is a private key; take its public key": PEM,
    "is no Ed25519 key; take the one": P256.public_key().public_bytes(Encoding.PEM, SUBJECT),
    "is no public key in PEM; take its public key": b"",
}


@pytest.mark.parametrize("said", PRIVATE_KEYS)
def test_keys_that_cannot_sign(tmp_path: Path, said: str) -> None:
    key = tmp_path / "key.pem"
    key.write_bytes(PRIVATE_KEYS[said])
    code, out, err = run("pack", tmp_path, "--key", key)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"{key}: {said}" in err
    assert list(tmp_path.iterdir()) == [key]


@pytest.mark.parametrize("said", PUBLIC_KEYS)
def test_keys_that_cannot_verify(desk: Path, tmp_path: Path, said: str) -> None:
    key = tmp_path / "key.pem"
    key.write_bytes(PUBLIC_KEYS[said])
    code, out, err = run("verify", desk / f"{FOLDER}.tar", "--key", key)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"{key}: {said}" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("verify", "gone.tar"), "No such file or directory (gone.tar)"),
        (("verify", "."), "Is a directory (.)"),
        (("pack", "out.zip"), "out.zip: is no folder; name one, or an archive that ends in"),
        (("pack", "out.tar", "--key", "gone.pem"), "No such file or directory (gone.pem)"),
        (("pack", "out.tar", "--previous", "gone.tar"), "No such file or directory (gone.tar)"),
        (("pack", "out.tar", "--dir", "."), "no vectors in .; name their folder with --dir"),
    ],
)
def test_one_line_for_what_cannot_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert not list(tmp_path.iterdir())


def test_a_suite_that_is_not_filled_in(tmp_path: Path) -> None:
    folder = shutil.copytree(suite_folder(), tmp_path / "vectors")
    path = folder / "v1" / "routing.json"
    path.write_bytes(path.read_bytes() + b"\n")
    code, out, err = run("pack", tmp_path, "--dir", folder)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert (
        "v1/routing.json: is not what vectors/SHA256SUMS has; run iec63119 vectors fill" in err
    )


def test_no_control_character_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(made(("a/\x1b[31mb", b"", LINK)))
    code, out, _ = run("verify", path)
    assert (code, "\x1b" in out) == (1, False)


def test_pack_spares_what_is_there(first: Path, tmp_path: Path) -> None:
    """Another file of the archive's name is left alone, and the suite holds no archive."""
    other = tmp_path / "mine.tar"
    other.write_bytes(b"mine")
    said = say("vectors", "pack", str(other), "--previous", str(first))
    assert (said.code, said.out) == (2, "")
    assert "is there, and is another; name another" in said.err
    assert other.read_bytes() == b"mine"
    suite = shutil.copytree(suite_folder(), tmp_path / "vectors")
    said = say("vectors", "pack", str(suite / "v1"), "--dir", str(suite))
    assert (said.code, said.out) == (2, "")
    assert "lies within the suite itself" in said.err
    assert not list(suite.rglob("*.tar"))
