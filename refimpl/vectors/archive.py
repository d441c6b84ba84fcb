"""The archive of a release: a tar file whose bytes follow from the files in it alone.

It has no times, owners or folders of a machine, its names stand in their order, and nothing is
compressed: what a compressor writes differs from one build of it to the next.  `archive_of`
makes it, and `files_of` takes no archive that `archive_of` would not have made.

Nothing is ever unpacked here: an archive is at most `MOST_BYTES` in memory, and so are its
files.
"""

import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from refimpl.vectors.suite import BadSuite

MOST_BYTES: Final = 64 * 2**20
"""Of an archive; a larger one is not read."""
MOMENT: Final = 315_532_800
"""The time of every file: the first second of 1980, before which some tools complain."""
BLOCK: Final = tarfile.BLOCKSIZE
RECORD: Final = tarfile.RECORDSIZE
FETCH_AGAIN: Final = "fetch the archive again"


class BadArchive(BadSuite):
    """An archive that is none of a release: what and where in one line, and the way out."""

    def __init__(self, said: str, way_out: str = FETCH_AGAIN) -> None:
        super().__init__(said, way_out)


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of these files, by their names in it."""
    parts: list[bytes] = []
    for name in sorted(files):
        data = files[name]
        parts += (_header(name, len(data)), data, bytes(-len(data) % BLOCK))
    length = sum(map(len, parts))
    return b"".join([*parts, bytes(_whole_length(length) - length)])


def _header(name: str, size: int) -> bytes:
    """The block before a file: all but its name and size is the same for every file."""
    info = tarfile.TarInfo(name)
    info.size, info.mtime = size, MOMENT
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def _whole_length(length: int) -> int:
    """The length of an archive with its end, two empty blocks at least, in whole records."""
    return -(-(length + 2 * BLOCK) // RECORD) * RECORD


def read_archive(path: Path) -> bytes:
    """Read an archive; raises `BadArchive` for one that is too large."""
    with path.open("rb") as stream:
        raw = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise BadArchive(f"{path}: has more than {MOST_BYTES} bytes")
    return raw


def files_of(raw: bytes) -> dict[str, bytes]:
    """Return the files of an archive by their names in it; raises `BadArchive` at the first
    byte that `archive_of` would not have written.

    >>> files_of(archive_of({"a-1/b": b"c"}))
    {'a-1/b': b'c'}
    """
    files: dict[str, bytes] = {}
    place = 0
    for name, size in _headers(raw):
        _check_name(name, place, files)
        if raw[place : place + BLOCK] != _header(name, size):
            raise BadArchive(f"{name}: its header, at byte {place}, is not that of a release")
        start = place + BLOCK
        place = start + size + -size % BLOCK
        if any(raw[start + size : place]):
            raise BadArchive(f"{name}: bytes stand after its end, at byte {start + size}")
        files[name] = raw[start : start + size]
    _check_end(raw, place)
    return files


def _headers(raw: bytes) -> Iterator[tuple[str, int]]:
    """Yield the name and size of each file that is whole; raises `BadArchive`."""
    place = 0
    while any(block := raw[place : place + BLOCK]):
        try:
            info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
        except (tarfile.HeaderError, ValueError) as error:
            raise BadArchive(f"byte {place}: no header of a file in a tar archive") from error
        if info.type != tarfile.REGTYPE:
            kind = "a link" if info.islnk() or info.issym() else "no plain file"
            raise BadArchive(f"{info.name}: is {kind}")
        start = place + BLOCK
        place = start + info.size + -info.size % BLOCK
        if not start <= start + info.size <= place <= len(raw):
            raise BadArchive(f"{info.name}: is cut short")
        yield info.name, info.size


def _check_name(name: str, place: int, before: dict[str, bytes]) -> None:
    """Refuse a name that leads elsewhere, comes again, or comes too late."""
    parts = name.split("/")
    if len(parts) < 2 or not {"", ".", ".."}.isdisjoint(parts) or "\\" in name:
        raise BadArchive(f"{name!r}: is no path within the folder of a release")
    if name in before:
        raise BadArchive(f"{name}: stands twice")
    if name < next(reversed(before), ""):
        raise BadArchive(f"{name}: is out of order, at byte {place}")


def _check_end(raw: bytes, place: int) -> None:
    """Refuse what is not just the end of an archive from a byte on."""
    length = _whole_length(place)
    if len(raw) < length:
        raise BadArchive(f"is cut short: {len(raw)} bytes of {length}")
    if any(raw[place:]):
        raise BadArchive(f"bytes stand after its last file, from byte {place} on")
    if len(raw) > length:
        raise BadArchive(f"bytes stand after its end, at byte {length}")
