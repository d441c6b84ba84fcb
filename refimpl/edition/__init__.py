"""An edition of the standard as a value: load it, extend it, compare two.

An edition is a set of tables of rows.  Every row says its basis (stated, implied or chosen) and
its public source, so that a reader always knows how sure the model is.  An amendment is a file
that extends an edition.

`rows` holds the shapes, `loading` reads files, `faults` says what is wrong with one,
`switches` which rules may be switched off, `comparing` finds differences.  Code asks an edition
for a fact (`edition.minimum_tls`) and never asks which edition it is.

Rules: EDN-*.
"""

from refimpl.edition.comparing import PROVENANCE, Difference, compare
from refimpl.edition.faults import FileFault, near
from refimpl.edition.loading import (
    LIKE,
    NAMES_NO_CHANGE,
    REQUIRED,
    STANDARD,
    Read,
    load,
    parse_edition,
    published,
    read_edition,
    read_text,
)
from refimpl.edition.rows import (
    TABLES,
    CheckRow,
    Clause,
    CrosswalkRow,
    Edition,
    ExchangeRow,
    InterfaceRow,
    ModeRow,
    ProtocolRow,
    RoleRow,
    Row,
    Rule,
    Source,
    StepRow,
    SuiteRow,
)

__all__ = [
    "LIKE",
    "NAMES_NO_CHANGE",
    "PROVENANCE",
    "REQUIRED",
    "STANDARD",
    "TABLES",
    "CheckRow",
    "Clause",
    "CrosswalkRow",
    "Difference",
    "Edition",
    "ExchangeRow",
    "FileFault",
    "InterfaceRow",
    "ModeRow",
    "ProtocolRow",
    "Read",
    "RoleRow",
    "Row",
    "Rule",
    "Source",
    "StepRow",
    "SuiteRow",
    "compare",
    "load",
    "near",
    "parse_edition",
    "published",
    "read_edition",
    "read_text",
]
