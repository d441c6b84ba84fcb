"""`iec63119 conform`: how another implementation answers the vectors.

What it asks, and how, says `vectors/HARNESS.md`.  Exit codes: 0 all that applies passed, 1
something diverged, 2 nothing could be measured, 3 the run is incomplete.

A terminal sees a bar; where there is none, a plain line tells now and then how far it is.
"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from typer.core import TyperGroup

from refimpl.cli import by_lot, reports
from refimpl.cli.ending import Refusal, ended_in_order, plain
from refimpl.cli.inputs import nearest
from refimpl.cli.output import progress_bar
from refimpl.conformance.as_report import as_report
from refimpl.conformance.asking import Patience, Program
from refimpl.conformance.child import CannotStart
from refimpl.conformance.differential import Comparison, Differential
from refimpl.conformance.http_service import Service
from refimpl.conformance.known_failures import (
    NONE_KNOWN,
    BadKnownFailures,
    KnownFailures,
    read_known_failures,
)
from refimpl.conformance.measurement import NOT_MEASURED, Measurement, exit_code
from refimpl.conformance.protocol import Introduction, start
from refimpl.conformance.report import Report as Told
from refimpl.conformance.results_file import read_results
from refimpl.conformance.runner import Implementation, Plan, Track, measure, measure_file
from refimpl.conformance.trials import BadCapability, Selection, Trial, capabilities_of, trials
from refimpl.conformance.verdicts import FAILED, Verdict
from refimpl.vectors.drawing import Source, sources
from refimpl.vectors.files import write_files
from refimpl.vectors.suite import BadSuite, Suite, read_suite, suite_folder
from refimpl.vocabulary import Role

FIRST: Final = 20
"""How many of the vectors that diverged are shown."""
TENTHS: Final = 10
TOLD: Final = FAILED | {Verdict.SKIPPED, Verdict.XPASS}


class _RunUnlessNamed(TyperGroup):
    """A group whose command is `run` where none is named."""

    # typer.Context is what a group is handed, by another name
    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    name="conform",
    cls=_RunUnlessNamed,
    help="Ask another implementation the vectors.\n\n"
    "`iec63119 conform -- CMD ...` asks a program; `iec63119 conform run --help` has all ways.",
)
app.add_typer(reports.app)


class Claim(StrEnum):
    """What is claimed: the vectors that bind, or all of them."""

    STANDARD = "standard"
    MODEL_PROFILE = "model-profile"


ClaimNamed = Annotated[
    Claim, typer.Option(help="What has to pass: the vectors that bind, or all of them.")
]
Dir = Annotated[
    Path,
    typer.Option(
        "--dir",
        default_factory=suite_folder,
        help="The folder of the suite.",
        show_default="the one of this package",
    ),
]
Command = Annotated[
    list[str] | None,
    typer.Argument(metavar="[-- CMD ...]", help="A program that speaks by JSON lines."),
]
Url = Annotated[str, typer.Option("--http", metavar="URL", help="A service, asked by POST.")]
Results = Annotated[
    Path | None,
    typer.Option("--results", metavar="FILE", help="Answers worked out without a runner."),
]
Family = Annotated[
    list[str] | None,
    typer.Option("--family", metavar="NAME", help="Only this family; may be given again."),
]
Operation = Annotated[
    list[str] | None,
    typer.Option(
        "--operation", metavar="NAME", help="Only this operation; may be given again."
    ),
]
EditionNamed = Annotated[
    list[str] | None,
    typer.Option("--edition", metavar="E", help="Only this edition; may be given again."),
]
RoleNamed = Annotated[
    Role | None, typer.Option("--role", help="Only what an endpoint in this role is asked.")
]
Seed = Annotated[
    int | None, typer.Option(metavar="N", help="Of the order.", show_default="a new one", min=0)
]
Timeout = Annotated[
    float, typer.Option(metavar="SECONDS", help="Seconds that an answer may take.", min=0.01)
]
Known = Annotated[
    Path | None, typer.Option("--known-failures", metavar="FILE", help="What is known to fail.")
]
Report = Annotated[
    Path | None, typer.Option("--report", metavar="FILE", help="Where the report is written.")
]


Random = Annotated[
    int, typer.Option("--random", metavar="N", help="So many questions by lot.", min=0)
]


@app.command()
def run(  # noqa: PLR0913, PLR0917 - every option is an argument
    folder: Dir,
    command: Command = None,
    http: Url = "",
    results: Results = None,
    family: Family = None,
    operation: Operation = None,
    edition: EditionNamed = None,
    role: RoleNamed = None,
    seed: Seed = None,
    timeout: Timeout = 10.0,
    known_failures: Known = None,
    claim: ClaimNamed = Claim.MODEL_PROFILE,
    report: Report = None,
    html: reports.Html = None,
    junit: reports.Junit = None,
    markdown: reports.Markdown = None,
    random: Random = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Ask an implementation the vectors (this is what `conform` does by itself).

    With --random, ask questions that no vector asks, and print those that the reference answers
    otherwise.
    """
    selection = Selection(
        tuple(family or ()), tuple(edition or ()), tuple(operation or ()), role
    )
    with _could_not_measure():
        suite = read_suite(folder)
        chosen = _chosen(suite, selection)
        known = _known(known_failures, chosen)
        wish = _Wish(suite, selection, chosen, known, _seed(seed))
        found = sources(folder, tuple(dict.fromkeys(trial.family for trial in chosen)))
        if random:
            with ended_in_order(), _implementation(suite, command, http, timeout) as one:
                compared = _compared(one, wish, found, random)
            by_lot.tell(compared, found, wish.seed, as_json=as_json)
            raise typer.Exit(by_lot.exit_code(compared))
        if results is not None:
            introduction, replies = read_results(results)
            measured = measure_file(introduction, replies, wish.plan(introduction))
        else:
            with ended_in_order(), _implementation(suite, command, http, timeout) as one:
                plan = wish.plan(one.introduction)
                with _progress() as track:
                    measured = measure(one, plan, found, _new_seq, track)
    only_standard = claim == Claim.STANDARD
    forms = reports.Forms(html, junit, markdown, only_standard)
    written = _write_report(as_report(measured, suite), suite, report, forms)
    if as_json:
        typer.echo(json.dumps(written, indent=1))
    else:
        _tell(measured)
    raise typer.Exit(exit_code(measured, only_standard=only_standard))


@app.command()
def questions(
    folder: Dir,
    family: Family = None,
    operation: Operation = None,
    edition: EditionNamed = None,
    role: RoleNamed = None,
) -> None:
    """Print what there is to answer for --results, a question a line."""
    selection = Selection(
        tuple(family or ()), tuple(edition or ()), tuple(operation or ()), role
    )
    with _could_not_measure():
        for trial in _chosen(read_suite(folder), selection):
            asked = {
                "id": trial.id,
                "edition": trial.edition,
                "operation": trial.operation,
                "context": trial.context,
                "input": trial.input,
            }
            typer.echo(json.dumps(asked, ensure_ascii=False, separators=(",", ":")))


def _seed(named: int | None) -> int:
    return secrets.randbelow(2**32) if named is None else named


def _new_seq() -> str:
    return secrets.token_hex(8)


# --- Asking -----------------------------------------------------------------------------------


@contextmanager
def _could_not_measure() -> Iterator[None]:
    """Say in one line why nothing can be measured."""
    try:
        yield
    except CannotStart as error:
        raise Refusal(str(error), "see vectors/HARNESS.md", NOT_MEASURED) from error
    except BadSuite as error:
        raise Refusal(str(error), error.way_out, NOT_MEASURED) from error
    except (BadCapability, BadKnownFailures) as error:
        raise Refusal(str(error), code=NOT_MEASURED) from error


def _chosen(suite: Suite, selection: Selection) -> list[Trial]:
    """The trials that are wanted; a name that is in no trial is refused."""
    every = list(trials(suite))
    named = {
        "family": (selection.families, {trial.family for trial in every}),
        "edition": (selection.editions, {trial.edition for trial in every}),
        "operation": (selection.operations, {trial.operation for trial in every}),
    }
    for word, (wanted, known) in named.items():
        for name in wanted:
            if name not in known:
                way_out = nearest(name, known) or f"there are {', '.join(sorted(known))}"
                raise Refusal(f"no {word} {name!r}", way_out, NOT_MEASURED)
    return [trial for trial in every if selection.takes(trial)]


def _known(path: Path | None, chosen: Sequence[Trial]) -> KnownFailures:
    if path is None:
        return NONE_KNOWN
    by_key = {(trial.id, trial.edition): trial for trial in chosen}
    return read_known_failures(path, by_key, datetime.now(UTC).date())


@contextmanager
def _implementation(
    suite: Suite, command: Sequence[str] | None, url: str, timeout: float
) -> Iterator[Implementation]:
    """Who is asked, begun and ended."""
    index = suite.files["index.json"]
    first = start(index["suite"], index["version"], index["rootHash"])
    patience = Patience(timeout=timeout)
    if bool(command) == bool(url):
        raise Refusal("name one of -- CMD, --http URL and --results FILE", code=NOT_MEASURED)
    one: Program | Service
    one = Program(command, first, patience) if command else Service(url, first, patience)
    try:
        yield one
    finally:
        one.close()


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a user wants to know, before it is known who answers."""

    suite: Suite
    selection: Selection
    chosen: Sequence[Trial]
    known_failures: KnownFailures
    seed: int

    def plan(self, introduction: Introduction) -> Plan:
        """What is asked of the one who introduces itself so."""
        return Plan(
            self.chosen,
            capabilities_of(introduction, self.suite),
            self.seed,
            self.selection,
            self.known_failures,
        )


@contextmanager
def _progress() -> Iterator[Track]:
    """Show on stderr how far it is: a bar on a terminal, else a line for each tenth."""
    bar = progress_bar()
    console = bar.console
    plainly = console.is_dumb_terminal or not console.is_terminal
    task = bar.add_task("conform", total=None)

    def track(number: int, whole: int) -> None:
        bar.update(task, completed=number, total=whole)
        if plainly and number * TENTHS // whole > (number - 1) * TENTHS // whole:
            typer.echo(f"conform: {number} of {whole}", err=True)

    with bar:
        yield track


def _compared(
    one: Implementation, wish: _Wish, found: Mapping[str, Sequence[Source]], number: int
) -> Comparison:
    """How an implementation and the reference answer questions by lot."""
    allowed = capabilities_of(one.introduction, wish.suite).allow
    takes = wish.selection.takes
    asked = {trial.operation for trial in wish.chosen if allowed(trial)}
    chosen = {operation: found[operation] for operation in sorted(asked)}
    differential = Differential(
        one, chosen, lambda drawn: takes(drawn) and allowed(drawn), _new_seq
    )
    with _progress() as track:
        return differential.compare(number, wish.seed, track)


# --- Telling ----------------------------------------------------------------------------------


def _write_report(
    told: Told, suite: Suite, path: Path | None, forms: reports.Forms
) -> dict[str, object]:
    """Write a report and the forms of it that are wanted, and return it as JSON data."""
    document = told.document()
    if path is not None:
        _write(path, document)
    reports.write_forms(told, suite, forms)
    return document


def _write(path: Path, document: object) -> None:
    """Write a document whole or not at all."""
    raw = json.dumps(document, indent=1) + "\n"
    write_files(path.parent, {path.name: raw.encode()})


def _tell(measured: Measurement) -> None:
    """Print what was measured, for people."""
    about = measured.introduction.implementation
    typer.echo(plain(f"{about.name} {about.version} ({about.language})"))
    shown = [result for result in measured.results if result.judgement.verdict in TOLD]
    for result in shown[:FIRST]:
        trial, (verdict, detail) = result.trial, result.judgement
        typer.echo(plain(f"{verdict:<14} {trial.id} ({trial.edition}): {detail}"))
    if len(shown) > FIRST:
        typer.echo(f"... and {len(shown) - FIRST} more; --report FILE has them all")
    counted = [f"{number} {verdict}" for verdict, number in measured.totals.items() if number]
    typer.echo(f"{', '.join(counted) or 'nothing asked'}; seed {measured.seed}")
    for warning in measured.warnings:
        typer.echo(plain(f"beware: {warning}"), err=True)
    if measured.stopped or not measured.complete:
        typer.echo(plain(f"incomplete: {measured.stopped or 'not all was answered'}"), err=True)
    for finding in measured.canaries.findings:
        typer.echo(plain(f"not measured: {finding}"), err=True)
