"""What was released, and stays: the ids with their hashes, and the vectors that are withdrawn.

Filling a suite in reads both from where they lie, in `ids.json` and in the families of `v1`;
everything else it works out anew.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from refimpl.vectors.corpus import Corpus, SuiteHead
from refimpl.vectors.files import short_hashes
from refimpl.vectors.suite import BadSuite, Json, Vector

FROM_LAST: Final = "take it from the last release: it is the history"

Ids = dict[str, dict[str, str]]
"""Every id with its short hash in each edition."""


def ids_of(history: Ids, head: SuiteHead, families: Iterable[Json]) -> Ids:
    """Return the ids that are frozen, with their hashes; those that were so stay so."""
    ids = dict(history)
    for test in (test for filled in families for test in filled["tests"]):
        if head.freezes(test["since"]):
            hashes = short_hashes(test["contentHashes"])
            ids[test["id"]] = hashes | ids.get(test["id"], {})
    return ids


def released_ids(folder: Path, head: SuiteHead, corpora: Iterable[Corpus]) -> Ids:
    """Return the ids that were released; none while the first version is made.

    Raises `BadSuite` where they cannot be read.
    """
    since = {witness.since for corpus in corpora for witness in corpus.witnesses}
    if not any(map(head.freezes, since)):
        return {}
    try:
        known: Ids = json.loads((folder / "ids.json").read_bytes())["ids"]
    except (OSError, ValueError, KeyError) as error:
        raise BadSuite(f"ids.json: {error}", FROM_LAST) from error
    return known


def withdrawn_vectors(folder: Path, corpus: Corpus, history: Ids) -> dict[str, Vector]:
    """Return the vectors of a family that were released and are withdrawn, by their ids.

    They ask and expect what they did then, whatever the model answers now; raises `BadSuite`
    where they do not lie there as they were.
    """
    wanted = {one.id for one in corpus.witnesses if one.status == "withdrawn"} & history.keys()
    if not wanted:
        return {}
    name = f"v1/{corpus.family}.json"
    try:
        tests: list[Vector] = json.loads((folder / name).read_bytes())["tests"]
    except (OSError, ValueError, KeyError) as error:
        raise BadSuite(f"{name}: {error}", FROM_LAST) from error
    found = {test["id"]: test for test in tests if test["id"] in wanted}
    for one in sorted(wanted):
        if one not in found or short_hashes(found[one]["contentHashes"]) != history[one]:
            raise BadSuite(f"{name}: {one} is withdrawn, and not as it was released", FROM_LAST)
    return found
