"""What was released, and stays: each id, what it means, and the vectors that are withdrawn.

The history of a family is its file in `v1`, as it lies there: no vector that was released goes
out of it.  Filling a suite in reads it before it writes that file anew.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from refimpl.vectors.corpus import Corpus, SuiteHead
from refimpl.vectors.suite import BadSuite, Vector, with_defaults

FROM_LAST: Final = "take it from the last release: it is the history"
WITHDRAW: Final = "withdraw it and give the new one a new id"


def released_vectors(folder: Path, head: SuiteHead, corpus: Corpus) -> dict[str, Vector]:
    """Return the vectors of a family that were released, by their ids; raises `BadSuite` where
    its file cannot be read though it has some.
    """
    if not any(head.freezes(witness.since) for witness in corpus.witnesses):
        return {}
    name = f"v1/{corpus.family}.json"
    try:
        file = with_defaults(json.loads((folder / name).read_bytes()))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BadSuite(f"{name}: {error}", FROM_LAST) from error
    tests: list[Vector] = file["tests"]
    return {test["id"]: test for test in tests if head.freezes(test["since"])}


def check_kept(released: Mapping[str, Vector], filled: Mapping[str, Vector]) -> None:
    """Refuse, as `BadSuite`, that a released vector is gone, or means something else."""
    for name, old in released.items():
        new = filled.get(name)
        if new is None:
            raise BadSuite(f"{name}: was released and is gone", "withdraw it instead")
        if old["since"] != new["since"]:
            raise BadSuite(f"{name}: was released in {old['since']}", "put its since back")
        if not old["contentHashes"].items() <= new["contentHashes"].items():
            raise BadSuite(f"{name}: was released and means something else", WITHDRAW)
