"""What an archive must be to be a release of the suite, and what is wrong with one.

`found_wrong` names everything that is not as it was packed.  Without a key, that shows that an
archive is whole; only a signature shows who made it.
"""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from refimpl.vectors.archive import BadArchive, files_of, read_archive
from refimpl.vectors.files import one_line
from refimpl.vectors.signing import is_signed, read_short
from refimpl.vectors.suite import Json, Vector, digest, with_defaults

SUITE: Final = "vectors/"
"""Where in the folder of a release the suite lies."""
SUMS: Final = "SHA256SUMS"
INDEX: Final = "index.json"
LINES: Final = "all.jsonl"
CHANGES: Final = "CHANGES.json"
OPERATIONS: Final = "operations.json"
SIGNATURE: Final = ".sig"
"""What the name of an archive's signature adds to that of the archive."""
INDEX_SIGNATURE: Final = ".index.sig"
"""The same for the signature of the index of its suite."""

T = TypeVar("T")
Files = Mapping[str, bytes]
"""The files of a release, or of the suite in it, by their paths in its folder."""
Digests = Mapping[str, str]
"""Their SHA-256 in hexadecimal, in the order of the paths."""


def read_release(path: Path) -> dict[str, bytes]:
    """Read the files of a release from its archive, by their paths in its folder; raises
    `BadArchive` for the first thing that is wrong.
    """
    folder, release = unfolded(files_of(read_archive(path)))
    for fault in broken(folder, release):
        raise BadArchive(f"{path}: {fault}")
    return release


def found_wrong(path: Path, key: Ed25519PublicKey | None) -> tuple[list[str], Json]:
    """Return what is wrong with an archive, in a line each, and what it says of itself as far
    as that can be read.
    """
    found: list[str] = []
    told: Json = {}
    try:
        raw = read_archive(path)
        if key is not None:
            found += _unsigned(raw, path, SIGNATURE, key)
        folder, release = unfolded(files_of(raw))
        found += broken(folder, release)
        index = release.get(SUITE + INDEX, b"")
        if key is not None:
            found += _unsigned(index, path, INDEX_SIGNATURE, key)
        told = _named(index)
    except BadArchive as error:
        found.append(str(error))
    return found, told


def _unsigned(data: bytes, path: Path, ending: str, key: Ed25519PublicKey) -> Iterator[str]:
    """What is wrong with the signature that lies beside an archive."""
    signature = path.with_name(path.name + ending)
    try:
        valid = is_signed(data, read_short(signature), key)
    except OSError as error:
        yield f"{signature.name}: {error.strerror}"
        return
    if not valid:
        yield f"{signature.name}: is no signature of this by that key"


def _named(raw: bytes) -> Json:
    """What an index says which suite it is of."""
    try:
        index = json_of(raw, SUITE + INDEX)
    except BadArchive:
        return {}
    if not isinstance(index, dict):
        return {}
    return {name: index.get(name) for name in ("suite", "version", "rootHash")}


# --- What is in a release ---------------------------------------------------------------------


def folder_of(suite: Files) -> str:
    """Return the name of the folder of a release: that of its suite, and its version."""
    index = json_of(suite[INDEX], INDEX)
    return f"{index['suite']}-{index['version']}"


def vectors_of(suite: Files) -> Iterator[tuple[Json, Vector]]:
    """Yield every vector of a suite with the file of its family, in the order of the files."""
    for name in sorted(suite):
        if name.startswith("v1/"):
            family = with_defaults(json_of(suite[name], name))
            for test in family["tests"]:
                yield family, test


def lines_of(suite: Files) -> bytes:
    """Return every vector on a line of its own: with its family, and its whole context."""
    lines = []
    for family, test in vectors_of(suite):
        context = family["contexts"].get(test.get("context", ""))
        lines.append(one_line({**test, "family": family["family"], "context": context}))
    return "".join(f"{one}\n" for one in lines).encode()


def json_of(raw: bytes, name: str) -> Any:
    """Read a file as JSON; raises `BadArchive`."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadArchive(f"{name}: is no JSON") from error


def unfolded(files: Files) -> tuple[str, dict[str, bytes]]:
    """Return the folder in which all files of an archive lie, and their paths in it; raises
    `BadArchive` where there is more than one, or none.
    """
    folders = {name.partition("/")[0] for name in files}
    if len(folders) != 1:
        raise BadArchive(f"has {len(folders)} folders of a release in place of one")
    [folder] = folders
    return folder, {name[len(folder) + 1 :]: data for name, data in files.items()}


def suite_in(release: Mapping[str, T]) -> dict[str, T]:
    """Return what a release has of its suite, by the paths in the suite."""
    return {
        name[len(SUITE) :]: value for name, value in release.items() if name.startswith(SUITE)
    }


# --- What is wrong with it --------------------------------------------------------------------


def digests_of(files: Files) -> dict[str, str]:
    """Return the SHA-256 of every file but `SHA256SUMS`, in the order of the paths."""
    return {name: sha256(files[name]).hexdigest() for name in sorted(files.keys() - {SUMS})}


def sums_of(digests: Digests) -> bytes:
    """Return digests as sha256sum writes and reads them."""
    return "".join(f"{told}  {name}\n" for name, told in digests.items()).encode()


def root_hash(digests: Digests) -> str:
    """Return the one digest of a suite: over the path and digest of each file that its index
    lists.
    """
    return digest("".join(f"{name}\0{told}\n" for name, told in digests.items()).encode())


def broken(folder: str, release: Files) -> Iterator[str]:
    """Yield everything that is wrong with the files of a release, in a line each."""
    digests = digests_of(release)
    faults = list(_faults_of_sums("", release, digests))
    suite = suite_in(release)
    faults += faults_of_suite(suite, suite_in(digests))
    for name in (LINES, OPERATIONS, CHANGES):
        if name not in release:
            faults.append(f"{name}: is missing")
    yield from faults
    if faults:
        return
    if folder != folder_of(suite):
        yield f"{folder}: is the folder of another release than {folder_of(suite)}"
    try:
        lines = lines_of(suite)
    except (BadArchive, AttributeError, LookupError, TypeError):
        yield f"{SUITE}v1: are no vectors"
    else:
        if release[LINES] != lines:
            yield f"{LINES}: is not the vectors of this suite"


def faults_of_suite(suite: Files, digests: Digests) -> Iterator[str]:
    """Yield what of a suite is not as its index and its sums have it."""
    known = {name: told for name, told in digests.items() if name != SUMS}
    yield from _faults_of_sums(SUITE, suite, known)
    if INDEX not in suite:
        yield f"{SUITE}{INDEX}: is missing"
        return
    known.pop(INDEX)
    entries = [
        {"path": name, "sha256": told, "bytes": len(suite[name])}
        for name, told in known.items()
    ]
    try:
        index = json_of(suite[INDEX], f"{SUITE}{INDEX}")
        listed, root = index["files"], index["rootHash"]
        folder_of(suite)
    except (BadArchive, LookupError, TypeError):
        yield f"{SUITE}{INDEX}: is no index"
        return
    if listed != entries:
        yield f"{SUITE}{INDEX}: does not list just what is there"
    elif root != root_hash(known):
        yield f"{SUITE}{INDEX}: has not the root hash of what it lists"


def _faults_of_sums(where: str, files: Files, there: Digests) -> Iterator[str]:
    """What is missing, added or changed beside the sums of a folder."""
    if SUMS not in files:
        yield f"{where}{SUMS}: is missing"
        return
    told = files[SUMS].decode("ascii", "replace").splitlines()
    listed = {row[66:]: row[:64] for row in told}
    for name in sorted(listed.keys() - there.keys()):
        yield f"{where}{name}: is missing"
    for name in sorted(there.keys() - listed.keys()):
        yield f"{where}{name}: is not listed in {where}{SUMS}"
    for name in sorted(there.keys() & listed.keys()):
        if there[name] != listed[name]:
            yield f"{where}{name}: is not what {where}{SUMS} has"
    if files[SUMS] != sums_of(there) and there == listed:
        yield f"{where}{SUMS}: is not written as sha256sum writes it"
