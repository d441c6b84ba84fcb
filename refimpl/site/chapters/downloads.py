"""The page of downloads: the suite in one archive, drafts, and editions, with checksums."""

import gzip
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from pathlib import Path

from refimpl.site.chapters.writing import raw, said, table
from refimpl.site.facts import Facts
from refimpl.vectors.archive import archive_of
from refimpl.vectors.release import suite_files
from refimpl.vectors.verifying import (
    LINES,
    SUITE,
    SUMS,
    Files,
    digests_of,
    folder_of,
    lines_of,
    sums_of,
)

FOLDER = "downloads"


def downloads_of(root: Path) -> dict[str, bytes]:
    """Gather what can be taken away, by its name: the suite as one compressed archive, the
    draft amendments, and the editions as data.
    """
    suite = suite_files(root / "vectors")
    name = folder_of(suite)
    files = {f"{name}.tar.gz": gzip.compress(_archive(suite, name), 9, mtime=0)}
    for folder in ("drafts", "standard"):
        for path in sorted((root / "refimpl" / folder).glob("*.toml")):
            files[path.name] = path.read_bytes()
    lines = (f"{sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    return {**files, SUMS: "".join(lines).encode()}


def _archive(suite: Files, folder: str) -> bytes:
    """Put the suite into an archive, with every vector on a line of its own besides, and the
    checksums of all.  A release, which tells what is new in it, is made by `vectors pack`.
    """
    files = {SUITE + name: data for name, data in suite.items()}
    files[LINES] = lines_of(suite)
    files[SUMS] = sums_of(digests_of(files))
    return archive_of({f"{folder}/{name}": data for name, data in files.items()})


WORDS: Mapping[str, str] = {
    ".gz": "all vectors, their schemas, the texts about them, and checksums of each file",
    "2019.toml": "the first edition as data",
    "2025.toml": "the second edition, as what it changed",
    ".toml": "an example of a draft amendment, for iec63119 amend",
    SUMS: "the checksums of the others, for sha256sum --check",
}
"""What each download is, by the end of its name; the first that fits."""


def downloads_page(_: Facts, files: Mapping[str, bytes]) -> str:
    """Write what can be taken away, with the size and the checksum of each."""
    rows = []
    for name, data in sorted(files.items()):
        link = f'<a href="{FOLDER}/{escape(name)}" download>{escape(name)}</a>'
        says = next(said for end, said in WORDS.items() if name.endswith(end))
        digest = f"<code>{sha256(data).hexdigest()}</code>"
        rows.append((name, (link, escape(says), f"{len(data):,}", digest)))
    heads = ("file", "what it is", "bytes", "SHA-256")
    files_told = raw(table("Files, each with its checksum", heads, rows, "files"))
    return said("downloads", files=files_told)
