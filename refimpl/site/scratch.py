"""The reader's own copy of the notebooks, so that looking at them changes nothing of what is
kept with the program.

A copy lies in `notebooks` of a data folder, and beside it, in `notebooks.json`, what was
copied: a hash of each file, and one of what a reader may change of it.  A notebook counts as
changed if its cells say something else; what they show does not count, as running makes it
again.

Nothing that a reader wrote is ever removed: `bring_up_to_date` keeps it beside the new
notebook, `begin_anew` keeps the whole copy aside.
"""

import hashlib
import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple, Self

COPY: Final = "notebooks"
FIRST_NOTEBOOK: Final = "00-start-here.ipynb"
RECORD: Final = "notebooks.json"
CHECKPOINTS: Final = ".ipynb_checkpoints"


class Stamp(NamedTuple):
    """What is known of a file: a hash of its bytes, and of what a reader may change of it."""

    content: str
    said: str

    @classmethod
    def of(cls, path: Path) -> Self:
        """Read a file; of a notebook, what its cells show is not part of what it says."""
        content = path.read_bytes()
        return cls(_hash(content), _hash(_cells(content)))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _cells(content: bytes) -> bytes:
    """The cells of a notebook without what they show; all of a file that is none."""
    try:
        cells = json.loads(content)["cells"]
        said = [[cell["cell_type"], "".join(cell["source"])] for cell in cells]
    except (ValueError, LookupError, TypeError):
        return content
    return json.dumps(said).encode()


def data_folder() -> Path:
    """Return the folder where this platform keeps the data of a user's program."""
    import platformdirs

    return platformdirs.user_data_path("iec63119", appauthor=False)


def bring_up_to_date(shipped: Path, data: Path, today: date) -> dict[str, str]:
    """Copy into a data folder what is new among the notebooks shipped; give, by the name of a
    notebook that its reader had changed, the name under which that one is kept.

    What is as it was shipped the last time stays as the reader left it.
    """
    copy, record = data / COPY, _read_record(data)
    kept = {}
    _remove_what_is_gone(copy, record, {path.name for path in shipped.glob("*.ipynb")})
    for path in sorted(shipped.glob("*.ipynb")):
        name, mine, new = path.name, copy / path.name, Stamp.of(path)
        before = record.get(name)
        if mine.is_file() and before and before.content == new.content:
            continue
        if mine.is_file() and Stamp.of(mine).said not in (before and before.said, new.said):
            kept[name] = _keep_beside(mine, today)
        _replace(mine, path.read_bytes())
        record[name] = new
    text = json.dumps({name: stamp._asdict() for name, stamp in record.items()}, indent=1)
    _replace(data / RECORD, text.encode())
    return kept


def _remove_what_is_gone(copy: Path, record: dict[str, Stamp], names: Collection[str]) -> None:
    """Remove what is no longer shipped, if its reader has not changed it."""
    for name in record.keys() - names:
        stamp, path = record.pop(name), copy / name
        if path.is_file() and Stamp.of(path).said == stamp.said:
            path.unlink()


def begin_anew(shipped: Path, data: Path, today: date) -> Path | None:
    """Copy all notebooks afresh; give the folder in which the copy before is kept aside, if its
    reader had changed or added something there.
    """
    copy, record, aside = data / COPY, _read_record(data), None
    if any(_is_the_readers_own(name, path, record) for name, path in _files(copy)):
        aside = _free(data / f"{COPY}-until-{today}")
        copy.rename(aside)
    elif copy.exists():
        shutil.rmtree(copy)
    (data / RECORD).unlink(missing_ok=True)
    bring_up_to_date(shipped, data, today)
    return aside


def _is_the_readers_own(name: str, path: Path, record: Mapping[str, Stamp]) -> bool:
    copied = record.get(name)
    return copied is None or copied.said != Stamp.of(path).said


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """List the files of a folder by name, without the checkpoints that JupyterLab keeps."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and CHECKPOINTS not in name.parts:
            yield name.as_posix(), path


def _read_record(data: Path) -> dict[str, Stamp]:
    """Read what was copied; nothing is known of a record that is damaged."""
    with suppress(OSError, ValueError, TypeError, AttributeError):
        found = json.loads((data / RECORD).read_text("utf-8"))
        return {name: Stamp(**stamp) for name, stamp in found.items()}
    return {}


def _keep_beside(path: Path, today: date) -> str:
    aside = _free(path.with_stem(f"{path.stem}-yours-until-{today}"))
    path.rename(aside)
    return aside.name


def _free(path: Path) -> Path:
    """The path, numbered if there is something already."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")
    return free


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.new")
    aside.write_bytes(content)
    aside.replace(path)
