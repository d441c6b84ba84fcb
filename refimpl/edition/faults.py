"""What is wrong with the file of an edition, and in which line of it.

Rules: EDN-1 to EDN-6.
"""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Final, NamedTuple

from refimpl.errors import Misuse

HEADER: Final = re.compile(r"\s*\[\[\s*(?P<table>[\w-]+)\s*\]\]")
ID: Final = re.compile(r"\s*id\s*=\s*(?P<quote>[\"'])(?P<id>.*?)(?P=quote)")
AT_LINE: Final = re.compile(r"at line (?P<line>\d+)")


class FileFault(NamedTuple):
    """One thing that is wrong with a file: the rule it breaks, the table, row and field it
    stands in as far as it is in one, the words for it, and its line where that is found.

    `number` is the place of the row among those of its table in the file, from 1; 0 where it
    is not known; `first` is that of another row that has its id already.  `key` is the key at
    the head of the file that it is about, where it is about one.
    """

    rule: str
    file: str
    says: str
    table: str = ""
    row: str = ""
    field: str = ""
    number: int = 0
    key: str = ""
    line: int | None = None
    first: int = 0

    @property
    def place(self) -> str:
        """File, table, row and field in one text, as `draft.toml [[mode]] relay, path`."""
        place = self.file
        if self.table:
            place += f" [[{self.table}]]"
        if self.row:
            place += f" {self.row}"
        return f"{place}, {self.field}" if self.field else place

    @property
    def where(self) -> str:
        """The place and what is wrong there."""
        return f"{self.place}: {self.says}"

    @property
    def with_line(self) -> str:
        """The same behind its line, where that is known."""
        return f"line {self.line}, {self.where}" if self.line else self.where

    def error(self) -> Misuse:
        """The error that a caller gets who asked for an edition."""
        return Misuse(self.rule, self.with_line)

    def in_text(self, text: str) -> "FileFault":
        """The same with the line of the text that it stands in, where one is found.

        >>> fault = FileFault("EDN-3", "a.toml", "no", table="mode", row="relay", field="says")
        >>> fault.in_text('[[mode]]\\nid = "relay"\\nsays = 3\\n').line
        3
        """
        if self.line is not None:
            return self
        fault = self._replace(line=_line_of(text, self))
        if self.first:
            line = _line_of(text, self._replace(number=self.first))
            return fault._replace(says=f"{self.says}, first in line {line}")
        return fault


def near(text: str, names: Iterable[str], likeness: float = 0.6) -> str:
    """Ask whether the name was meant that is nearest to a text; empty where none is near.

    >>> near("setp", ["step", "role"])
    "; did you mean 'step'?"
    """
    found = get_close_matches(text, list(names), 1, likeness)
    return f"; did you mean {found[0]!r}?" if found else ""


def line_in_words(says: str) -> int | None:
    """Read off the line that the reader of TOML names in its words; None where it names none.

    >>> line_in_words("Expected '=' after a key (at line 7, column 3)")
    7
    """
    found = AT_LINE.search(says)
    return int(found["line"]) if found else None


def _line_of(text: str, fault: FileFault) -> int | None:
    """The line of the field, or else of the row, or else of the table."""
    if fault.key:
        return _first_line(text, rf"\s*(\[\[?\s*)?{re.escape(fault.key)}\b")
    if not fault.table:
        return None
    block = _block_of(text, fault)
    if not block:
        return _first_line(text, rf"\s*(\[\[?\s*)?{re.escape(fault.table)}\b")
    name = fault.field.partition(".")[0] or "id"
    wanted = re.compile(rf"\s*{re.escape(name)}\s*=")
    for number, line in block:
        if wanted.match(line):
            return number
    return block[0][0]


def _first_line(text: str, pattern: str) -> int | None:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(pattern, line):
            return number
    return None


def _block_of(text: str, fault: FileFault) -> list[tuple[int, str]]:
    """The lines of a row, numbered: the last one with its id, or the one of its number."""
    found: list[tuple[int, str]] = []
    blocks = (block for table, block in _blocks(text) if table == fault.table)
    for place, block in enumerate(blocks, 1):
        ids = [match["id"] for _, line in block if (match := ID.match(line))]
        named = fault.row in ids if not fault.number else place == fault.number
        if named:
            found = block
    return found


def _blocks(text: str) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """Each row that has a header of its own: its table, and its lines with their numbers."""
    table = ""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        header = HEADER.match(line)
        if header:
            if table:
                yield table, block
            table, block = header["table"], []
        block.append((number, line))
    if table:
        yield table, block
