"""How a command ends: with an exit code and, where something is wrong, one line on stderr.

The line names the rule, the place and the way out.  With `--json` a broken rule stands on
stdout instead, as an object of `rule`, `says`, `where` and `way_out`.

Exit codes: 0 yes, 1 no, 2 asked in a way that has no answer, 70 a fault of ours, 130
interrupted, 141 the reader of a pipe went away.  The last two are what a shell reports of
programs that such a signal ends, so scripts meet nothing new, and nothing is said.

No control character of what is shown reaches the terminal, and no traceback.  Nothing slow is
loaded here.
"""

import io
import os
import signal
import sys
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from refimpl.errors import Misuse, RoamingError

STANDARD: Final = Path(__file__).parents[1] / "standard"

GROUPS: Final = ("conform", "id", "pki", "vectors")  # commands that have commands

WAYS_OUT: Final = {  # by the group of a rule and its number, or by the group alone
    ("EMA",): "iec63119 id check shows what each profile makes of it",
    ("EVS",): "iec63119 id check shows what each profile makes of it",
    ("EDN",): "name an edition, or a file in the form of refimpl/standard/2025.toml",
    ("NET", "1"): "name an entity of the network; iec63119 example prints one",
    ("NET", "2"): "only entities with an interface between them can be linked",
    ("NET", "3"): "see iec63119 schema network for the kinds of entity",
    ("NET", "4"): "add the link to the network file, or try another --mode",
    ("NET", "5"): "add the agreement to the network file",
    ("NET", "7"): "link both to one in the network file, or try another --mode",
    ("NET", "9"): "compare with iec63119 example and iec63119 schema network",
    ("XWK", "1"): "an object in JSON is expected, or with --lines one on each line",
}
SEE_HELP: Final = "see {command} --help"

Command = Callable[[Sequence[str]], int]


class Refusal(Exception):
    """What a command does not do: one line, and the way out of it."""

    def __init__(self, said: str, way_out: str = "", code: int = 1) -> None:
        super().__init__(said)
        self.said = said
        self.way_out = way_out
        self.code = code


class Trouble(NamedTuple):
    """What went wrong, in the parts of the line that a person reads."""

    code: int
    says: str
    rule: str = ""
    where: str = ""
    way_out: str = ""

    def __str__(self) -> str:
        said = ": ".join(filter(None, ("iec63119", self.rule, self.says)))
        if self.where:
            said = f"{said} ({self.where})"
        return plain("; ".join(filter(None, (said, self.way_out))))


def end_process(command: Command) -> NoReturn:
    """Carry out a command with the arguments of this process, and end it."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end_at_once)
    if not sys.warnoptions:  # what a library warns of, in a peer's certificate too, is for us
        warnings.simplefilter("ignore")
    if sys.stdout is None:  # it was closed before we began
        _print_trouble(Trouble(2, "standard output is closed"))
        os._exit(2)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a sign that the terminal lacks is shown by its number
            stream.reconfigure(errors="backslashreplace")
    code = command(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError:  # what is not taken goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _end_at_once(*_: object) -> None:
    """End the process on Ctrl-C while it loads, where an exception may be lost on its way."""
    os._exit(130)


def let_interrupt_be_caught() -> None:
    """Raise `KeyboardInterrupt` on Ctrl-C from here on: there is work to be left in order."""
    if signal.getsignal(signal.SIGINT) is _end_at_once:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Let SIGTERM end the work within as Ctrl-C does: what it began is cleared up."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def say_what_went_wrong(command: Command, arguments: Sequence[str]) -> int:
    """Carry out a command and give its exit code; whatever goes wrong becomes one line."""
    try:
        code = command(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
    except Exception as error:  # a person gets a line, never a traceback
        trouble = _trouble(error, arguments)
        if trouble.rule and "--json" in arguments:
            return _tell_as_json(trouble)
        _print_trouble(trouble)
        return trouble.code
    return code


def _print_trouble(trouble: Trouble) -> None:
    if sys.stderr is not None:
        print(trouble, file=sys.stderr)


def _tell_as_json(trouble: Trouble) -> int:
    import json

    names = ("rule", "says", "where", "way_out")
    print(json.dumps({name: getattr(trouble, name) for name in names}))
    return trouble.code


def _trouble(error: Exception, arguments: Sequence[str]) -> Trouble:
    match error:
        case RoamingError(rule_id=rule, where=where):
            code = 2 if isinstance(error, Misuse) else 1
            return Trouble(code, sentence(rule), rule, where, _way_out(error, arguments))
        case Refusal(said=said, way_out=way_out, code=code):
            return Trouble(code, said, way_out=way_out)
        case ModuleNotFoundError(name=str(name)):
            extra = EXTRAS.get(name, "explorer")
            way_out = f"pip install 'iec63119-refimpl[{extra}]'"
            return Trouble(2, f"{name.partition('.')[0]} is not installed", way_out=way_out)
        case OSError(strerror=reason, filename=name):
            return Trouble(2, reason or str(error), where=str(name or ""))
    said = f"{type(error).__name__}: {error}"
    return Trouble(70, said, way_out="this is a fault of the model, please report it")


EXTRAS: Final = {"distributed": "cluster", "hypothesis": "discover", "sphinx": "site"}
"""Which extra brings a module; else it is the explorer."""


def _way_out(error: RoamingError, arguments: Sequence[str]) -> str:
    """The names that were near, or what to do about the rule."""
    if near := getattr(error, "__notes__", ()):
        return "; ".join(near)
    group, _, number = error.rule_id.partition("-")
    known = WAYS_OUT.get((group, number)) or WAYS_OUT.get((group,)) or SEE_HELP
    length = 2 if arguments[0] in GROUPS else 1
    return known.format(command=" ".join(("iec63119", *arguments[:length])))


def sentence(rule_id: str) -> str:
    """What a rule asks in the words of the latest edition, or of the crosswalk; empty where
    neither has it.
    """
    if rule_id.startswith("XWK-"):
        from refimpl.crosswalk.rules import RULES

        return RULES[rule_id].says if rule_id in RULES else ""
    return _sentences().get(rule_id, "")


@cache
def _sentences() -> Mapping[str, str]:
    """What every rule asks, read once and from the files of the editions themselves, because
    loading an edition takes longer.
    """
    says: dict[str, str] = {}
    for file in sorted(STANDARD.glob("*.toml")):
        for row in tomllib.loads(file.read_text("utf-8")).get("rule", ()):
            if "says" in row:
                says[row["id"]] = row["says"]
    return says


def plain(text: str) -> str:
    """The text with its control characters as escapes, fit for a terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def print_json(data: object) -> None:
    """Print one JSON document."""
    import json

    print(json.dumps(data, indent=2))


def width() -> int:
    """How many columns there are for a line: as `COLUMNS` says, as the terminal has, or 80."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError):  # no terminal
        return 80
