"""Drafts of amendments: read with everything that is wrong in them told in its place, the
worked ones that come with the package, and a start for one's own.

Rules: EDN-*.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from refimpl.edition import (
    NAMES_NO_CHANGE,
    REQUIRED,
    STANDARD,
    TABLES,
    Edition,
    FileFault,
    load,
    near,
    published,
    read_text,
)
from refimpl.errors import Misuse
from refimpl.session import faults_of_steps

EXAMPLES: Final = Path(__file__).parents[1] / "drafts"
MOST_BYTES: Final = 250_000
"""How long a draft may be: twice as long as all that the first edition holds."""
TOO_LONG: Final = "more than"
NO_TEXT: Final = "not UTF-8"


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it was read: its edition, and everything that is wrong with it.

    There is an edition as soon as it is known what the draft extends; with faults, it is made
    of the rows that fit, and only shown.
    """

    file: str
    edition: Edition | None
    faults: tuple[FileFault, ...] = ()

    def sound(self) -> Edition:
        """The edition of a draft in which nothing is wrong; raises `Misuse` for the first
        thing that is.
        """
        if self.faults:
            error = self.faults[0].error()
            error.add_note(way_out(self.faults[0]))
            raise error
        assert self.edition is not None
        return self.edition


def examples() -> tuple[str, ...]:
    """The names of the worked drafts, in their order.

    >>> examples()
    ('battery-swapping', 'house-to-house', 'record-after-end')
    """
    return tuple(sorted(path.stem for path in EXAMPLES.glob("*.toml")))


def example_path(name: str) -> Path:
    """Where a worked draft lies; raises `Misuse` EDN-1 for a name there is no draft of."""
    if name not in examples():
        has = f"the worked drafts are {', '.join(examples())}"
        raise Misuse("EDN-1", f"draft {name!r}, {has}")
    return EXAMPLES / f"{name}.toml"


def worked_texts() -> dict[str, str]:
    """The texts of the worked drafts by their names, and behind them that of the newest
    published edition, which extends the one before it as a draft does.
    """
    texts = {name: example_path(name).read_text("utf-8") for name in examples()}
    newest = published()[-1]
    texts[f"{newest}, as published"] = (STANDARD / f"{newest}.toml").read_text("utf-8")
    return texts


def base_of(draft: Edition) -> Edition:
    """The edition that a draft is compared with: the published one it extends, or else the
    newest.

    >>> base_of(load("2025")).id
    '2019'
    """
    extended = draft.extends if draft.extends in published() else published()[-1]
    return load(extended or published()[-1])


def read_draft(path: Path, most_bytes: int = MOST_BYTES) -> Draft:
    """Read the file of a draft; raises `Misuse` EDN-1 for one that cannot be read."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Misuse("EDN-1", f"{path.name}: {error.strerror}") from error
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        fault = FileFault("EDN-2", path.name, f"{NO_TEXT}, byte {error.start}")
        return Draft(path.name, None, (fault,))
    return read_draft_text(text, path, most_bytes)


def read_draft_text(text: str, path: Path, most_bytes: int = MOST_BYTES) -> Draft:
    """Read the text of a draft that lies, or would lie, at a path.

    >>> told = read_draft_text('edition = "x"', EXAMPLES / "x.toml")
    >>> [fault.rule for fault in told.faults]
    ['EDN-3']
    """
    if len(text.encode()) > most_bytes:
        fault = FileFault("EDN-1", path.name, f"{TOO_LONG} {most_bytes:,} bytes")
        return Draft(path.name, None, (fault,))
    read = read_text(text, path, (path.resolve(),))
    if read.edition is None:
        return Draft(path.name, None, read.faults)
    of_steps = tuple(_faults_of_steps(read.edition, text, path.name))
    return Draft(path.name, read.edition, (*read.faults, *of_steps))


def _faults_of_steps(edition: Edition, text: str, file: str) -> Iterator[FileFault]:
    for step in faults_of_steps(edition):
        fault = FileFault(step.rule, file, step.says, "step", step.row, step.field)
        yield fault.in_text(text)


# --- The way out ------------------------------------------------------------------------------


# fmt: off
WAYS_OUT: Final = {
    "EDN-1": "name a published edition, or a file beside this one, without .toml",
    "EDN-2": "TOML: key = value, texts in double quotes, lists in [ ], rows under [[table]]",
    "EDN-3": "see docs/amendments.md for the fields of each table",
    "EDN-4": "put the fields of both rows into one, or give one another id",
    "EDN-5": "correct the id, or add the row it names",
    "EDN-6": "let it extend a published edition",
}
# fmt: on
EXTRA: Final = "Extra inputs are not permitted"


def way_out(fault: FileFault) -> str:
    """Say what to do about a fault, in one line.

    >>> way_out(FileFault("EDN-3", "x.toml", "Field required", "mode", "relay", "says"))
    'add a line: says = ...'
    """
    if fault.field and fault.says == REQUIRED:
        return f"add a line: {fault.field} = ..."
    if fault.field and fault.says == EXTRA:
        meant = near(fault.field, TABLES[fault.table].shape.model_fields)
        no_such = f"the table {fault.table} has no such field{meant}"
        return f"take the line {fault.field} out: {no_such}"
    if fault.says.startswith(TOO_LONG):
        return "a draft holds only the rows that it changes; make it shorter"
    if fault.says.startswith(NO_TEXT):
        return "a draft is a text in UTF-8; save it as one"
    if fault.says == NAMES_NO_CHANGE:
        return 'add a line: change = "...", with the id of a [[change]] row'
    return WAYS_OUT[fault.rule]


# --- A start ----------------------------------------------------------------------------------


START: Final = """# A draft of an amendment: it holds only what it changes.
#
# iec63119 amend {file}    tells what it changes
#
# A row with a known id changes the fields that it names, a row with a new id is added, and one
# with `removed = true` is taken out.  Each names the [[change]] it comes under.
# docs/amendments.md has an example of each table.

edition = "{name}"
title = "Draft: {name}"
extends = "{base}"

[[change]]
id = "first"
says = "What this draft is for, in your own words."
basis = "chosen"
because = "A draft, to see what it would change."
source = "model: a draft"

# Take the marks away from what you want to try:

# [[check]]                  # how far what is told may be off
# id = "PLA-1"
# tolerance = 60
# change = "first"

# [[rule]]                   # let through what only this rule refuses
# id = "SES-4"
# off = true
# change = "first"

# [[interface]]              # in scope, an extension, or out
# id = "IF-5"
# scope = "in"
# change = "first"

# [[step]]                   # no record before the end of its service was told
# id = "active: detail-record-notice (original) from visited-cso"
# removed = true
# change = "first"
"""


def starting_text(file: str, base: str) -> str:
    """The text that a draft begins with, over an edition.

    >>> text = starting_text("mine.toml", "2025")
    >>> read_draft_text(text, EXAMPLES / "mine.toml").faults
    ()
    """
    name = Path(file).stem
    return START.format(file=file, name=name.replace('"', ""), base=base)
