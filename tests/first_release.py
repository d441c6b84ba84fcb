"""The release 0.1.0 of the vectors, made of what the suite keeps of it: each later release is
packed as the one after it.  `python -m tests.first_release OUT` writes its archive.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from refimpl.conformance.roles import roles_of
from refimpl.vectors.files import file_bytes
from refimpl.vectors.release import packed, suite_files
from refimpl.vectors.suite import suite_folder
from refimpl.vectors.verifying import INDEX, SUMS, digests_of, root_hash, sums_of

FIRST: Final = "0.1.0"


def first_release() -> bytes:
    """The archive of the families that were in it; none of these has changed since."""
    files = suite_files(suite_folder())
    index = json.loads(files[INDEX])
    for family in [*index["families"]]:
        file = json.loads(files[f"v1/{family}.json"])
        sinces = {test.get("since", file["defaults"]["since"]) for test in file["tests"]}
        if FIRST not in sinces:
            del index["families"][family]
            del files[f"v1/{family}.json"], files[f"corpus/{family}.json"]
        elif len(sinces) > 1:
            raise NotImplementedError(f"{family}: vectors of several releases in one family")
    files[INDEX] = file_bytes(_index_of(index, files))
    files[SUMS] = sums_of(digests_of({name: files[name] for name in files if name != SUMS}))
    return packed(files, roles_of, None)


def _index_of(index: dict[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    listed = {name: data for name, data in files.items() if name not in (INDEX, SUMS)}
    digests = digests_of(listed)
    entries = [
        {"path": name, "sha256": told, "bytes": len(files[name])}
        for name, told in digests.items()
    ]
    return {**index, "version": FIRST, "files": entries, "rootHash": root_hash(digests)}


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(first_release())
