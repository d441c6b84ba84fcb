"""How a command answers: tables for people, one JSON document for programs, and an exit code.

What goes wrong is one line on stderr that names the rule, the place and the way out; with
`--json` a broken rule stands on stdout instead, as an object of `rule`, `says`, `where` and
`way_out`.  Exit codes: 0 yes, 1 no, 2 asked in a way that has no answer, 70 a fault of ours,
130 interrupted, 141 the reader went away.

No control character of what is shown reaches the terminal, and no traceback.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn

import typer
from typer.core import TyperGroup

from refimpl.edition import PROVENANCE, load, published
from refimpl.errors import Misuse, RoamingError

WAY_OUT: Final[Mapping[str, str]] = {
    "EDN": "name an edition, or a file in the form of refimpl/standard/2025.toml",
    "IDP": "see iec63119 id check --help",
    "NET": "compare with iec63119 example and iec63119 schema network",
    "PKI": "see iec63119 pki new --help",
    "SES": "see iec63119 play --help",
}

Rows = Iterable[Iterable[object]]


class Commands(TyperGroup):
    """All commands together; whatever goes wrong in one of them ends here, as one line and an
    exit code.
    """

    def main(self, args: Sequence[str] | None = None, *rest: Any, **settings: Any) -> NoReturn:
        """Run the command that the arguments name and end the process."""
        args = list(sys.argv[1:] if args is None else args) or ["--help"]
        try:
            code = super().main(args, *rest, **{**settings, "standalone_mode": False}) or 0
            sys.stdout.flush()
        except BrokenPipeError:
            code = 141
        except Exception as error:  # a person gets a line, never a traceback
            code, rule, says, where, way_out = _trouble(error)
            if rule and "--json" in args:
                show(True, {"rule": rule, "says": says, "where": where, "way_out": way_out})
            else:
                said = ": ".join(filter(None, ("iec63119", rule, says))) + (
                    f" ({where})" if where else ""
                )
                print(plain("; ".join(filter(None, (said, way_out)))), file=sys.stderr)
        try:
            sys.stdout.flush()
        except OSError:  # what nobody takes goes nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(code)


def _trouble(error: Exception) -> tuple[int, str, str, str, str]:
    """Exit code, rule id, sentence, place and way out."""
    match error:
        case RoamingError(rule_id=rule, where=where):
            return (
                2 if isinstance(error, Misuse) else 1,
                rule,
                sentence(rule),
                where,
                WAY_OUT.get(rule[:3], ""),
            )
        case typer.TyperException():
            context = getattr(error, "ctx", None)
            way_out = f"see {context.command_path} --help" if context else ""
            return error.exit_code, "", error.format_message(), "", way_out
        case ModuleNotFoundError(name=str(name)):
            way_out = f"pip install 'iec63119-refimpl[{'discover' if name == 'hypothesis' else 'explorer'}]'"
            return 2, "", f"{name.partition('.')[0]} is not installed", "", way_out
        case OSError():
            return 2, "", error.strerror or str(error), str(error.filename or ""), ""
        case _:
            return (
                70,
                "",
                f"{type(error).__name__}: {error}",
                "",
                "this is a fault of the model, please report it",
            )


def sentence(rule_id: str) -> str:
    """What a rule asks in the words of the latest edition; empty for a rule it does not have."""
    return load(published()[-1]).sentence(rule_id)


def as_data(row: Any) -> Any:
    """A row of an edition as JSON data, without what it leaves open."""
    return row.model_dump(mode="json", exclude_none=True)


def show(as_json: bool, data: object, *tables: tuple[str, Iterable[str], Rows]) -> None:
    """The data as JSON, or the tables, each with a title and the heads of its columns."""
    if as_json:
        return print(json.dumps(data, indent=2))
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(
        width=None if sys.stdout.isatty() else 1000
    )  # a file or a pipe gets one line a row
    for title, heads, rows in tables:
        table = Table(*heads, box=SIMPLE_HEAD, show_header=bool(heads))
        for row in rows:
            table.add_row(*(Text(plain(_in_words(cell))) for cell in row))
        console.print(Text(plain(title), "bold"), table)
    return None


def values(rows: Iterable[Mapping[str, object]]) -> Rows:
    """The rows of a table, each without its keys."""
    return [row.values() for row in rows]


def _in_words(value: Any) -> str:
    match value:
        case None:
            return "-"
        case dict():  # a row of an edition, or counts
            facts = (
                f"{key} {value[key]}" for key in value.keys() - PROVENANCE - {"id", "basis"}
            )
            return str(
                value.get("says") or value.get("means") or "; ".join(sorted(facts)) or "-"
            )
        case list():
            return ", ".join(map(_in_words, value)) or "-"
    return str(value)


def plain(text: str) -> str:
    """The text with its control characters as escapes, fit for a terminal."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
