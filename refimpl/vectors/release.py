"""A release of the suite: what goes into its archive.

In the folder of a release, `vectors` is the suite as it lies in the project.  Beside it stand
`all.jsonl`, which has every vector on a line, its context written out; `operations.json`, which
counts them for claims about a part of the suite; `CHANGES.json`, which tells what is new since
the release before; and `SHA256SUMS` of every file but itself.

`packed` makes the archive of a suite, and looks at nothing but its files; `verifying` finds
what is wrong with one.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from refimpl.vectors.archive import archive_of
from refimpl.vectors.files import file_bytes
from refimpl.vectors.suite import URN, BadSuite, Json, Vector, expects
from refimpl.vectors.verifying import (
    CHANGES,
    INDEX,
    INDEX_SIGNATURE,
    LINES,
    OPERATIONS,
    SIGNATURE,
    SUITE,
    SUMS,
    Files,
    digests_of,
    faults_of_suite,
    folder_of,
    json_of,
    lines_of,
    sums_of,
    vectors_of,
)

RolesOf = Callable[[str, str], Sequence[str]]
"""The roles that cannot do without an operation of a family."""


def packed(suite: Files, roles_of: RolesOf, previous: Files | None) -> bytes:
    """Return the archive of a release of a suite.

    `previous` is the suite of the release before; raises `BadSuite` for what may not follow it.
    """
    files = {SUITE + name: data for name, data in suite.items()}
    files[LINES] = lines_of(suite)
    files[OPERATIONS] = file_bytes(operations(suite, roles_of))
    files[CHANGES] = file_bytes(changes(suite, previous))
    files[SUMS] = sums_of(digests_of(files))
    folder = folder_of(suite)
    return archive_of({f"{folder}/{name}": data for name, data in files.items()})


def signatures(
    name: str, archive: bytes, suite: Files, key: Ed25519PrivateKey
) -> dict[str, bytes]:
    """Return the signatures that lie beside an archive of that name, by their own names."""
    return {
        name + SIGNATURE: key.sign(archive),
        name + INDEX_SIGNATURE: key.sign(suite[INDEX]),
    }


def suite_files(folder: Path) -> dict[str, bytes]:
    """Return the files of the suite in a folder, those that its index lists; raises `BadSuite`
    where they are not what it lists.
    """
    files = {name: (folder / name).read_bytes() for name in (INDEX, SUMS)}
    for entry in json_of(files[INDEX], INDEX)["files"]:
        files[entry["path"]] = (folder / entry["path"]).read_bytes()
    for fault in faults_of_suite(files, digests_of(files)):
        raise BadSuite(fault, "run iec63119 vectors fill first")
    return files


# --- What can be claimed of a part ------------------------------------------------------------


def operations(suite: Files, roles_of: RolesOf) -> Json:
    """Return how many active vectors of each family ask each operation, by edition, outcome and
    whether they bind, and which roles need it.
    """
    index = json_of(suite[INDEX], INDEX)
    rows: dict[tuple[str, str], Json] = {}
    for file, test in vectors_of(suite):
        if test["status"] == "active":
            place = (test["operation"], file["family"])
            row = rows.setdefault(place, {"vectors": 0, "editions": {}})
            row["vectors"] += 1
            _count(row["editions"], test)
    table = []
    for (operation, family), row in sorted(rows.items()):
        roles = [*roles_of(family, operation)]
        table.append({"operation": operation, "family": family, "roles": roles, **row})
    return {
        "$schema": URN + "operations",
        "suite": index["suite"],
        "version": index["version"],
        "rootHash": index["rootHash"],
        "operations": table,
    }


def _count(editions: dict[str, Json], test: Vector) -> None:
    """Count a vector in each of its editions."""
    for edition, expect in expects(test).items():
        counts = editions.setdefault(edition, {"accept": 0, "reject": 0, "binding": 0})
        counts[expect["outcome"]] += 1
        counts["binding"] += test["binding"]


# --- Since the release before -----------------------------------------------------------------


def changes(suite: Files, previous: Files | None) -> Json:
    """Return which ids are new, withdrawn, or asked in more editions since the release before.

    Raises `BadSuite` where one that was released is gone, back, or means something else.
    """
    now, before = _history(suite), _history(previous or {})
    _check_version(suite, previous, now)
    withdrawn, changed = [], []
    for name, old in sorted(before.items()):
        new = now.get(name)
        if new is None:
            raise BadSuite(f"{name}: was released and is gone", "withdraw it instead")
        if not old["contentHashes"].items() <= new["contentHashes"].items():
            way_out = "withdraw it and give the new one a new id"
            raise BadSuite(f"{name}: was released and means something else", way_out)
        if (old["status"], new["status"]) == ("withdrawn", "active"):
            raise BadSuite(f"{name}: was withdrawn and is back", "give it a new id")
        if old["status"] != new["status"]:
            withdrawn.append(name)
        if old["contentHashes"] != new["contentHashes"]:
            changed.append(name)
    version = json_of(suite[INDEX], INDEX)["version"]
    added = sorted(now.keys() - before.keys())
    for name in added:
        if now[name]["since"] != version:
            raise BadSuite(f"{name}: is in no release before {version}", "say so in its since")
    return {
        "$schema": URN + "changes",
        "suite": json_of(suite[INDEX], INDEX)["suite"],
        "version": version,
        "previous": _named(previous),
        "added": added,
        "withdrawn": withdrawn,
        "changed": changed,
    }


def _history(suite: Files) -> dict[str, Vector]:
    return {test["id"]: test for _, test in vectors_of(suite)}


def _check_version(suite: Files, previous: Files | None, now: Mapping[str, Vector]) -> None:
    """Refuse a release that does not say after which one it comes, or comes after itself."""
    version = json_of(suite[INDEX], INDEX)["version"]
    if previous is None:
        older = {test["since"] for test in now.values()} - {version}
        if older:
            said = f"vectors are there since {max(older)}"
            raise BadSuite(said, "name the archive of the release before with --previous")
    elif json_of(previous[INDEX], INDEX)["version"] == version:
        raise BadSuite(f"the release before is {version} too", "raise it in corpus/suite.json")


def _named(previous: Files | None) -> Json | None:
    if previous is None:
        return None
    index = json_of(previous[INDEX], INDEX)
    return {"version": index["version"], "rootHash": index["rootHash"]}
