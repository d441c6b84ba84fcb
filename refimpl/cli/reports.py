"""`iec63119 conform report`, `compare` and `explain`: what can be read from a stored report.

A report is held against the suite of this package, or the one that `--dir` names: another root
hash is told, and then nothing of the suite is shown with it.  Exit codes: 0 well, 1 something
got worse, 2 a report or suite cannot be read, 3 a report is incomplete.
"""

import json
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from refimpl.cli.ending import Refusal, plain
from refimpl.cli.inputs import nearest
from refimpl.conformance.checking import faults_against
from refimpl.conformance.claims import ROLE_NAMES
from refimpl.conformance.comparing import (
    MEANINGS,
    Change,
    Changed,
    claims_lost,
    compare_reports,
    is_worse,
)
from refimpl.conformance.explaining import explanation, lines_of_explanation
from refimpl.conformance.forms.junit import junit_of
from refimpl.conformance.forms.markdown import markdown_of
from refimpl.conformance.forms.page import page_of
from refimpl.conformance.forms.summary import operations, shares, told_totals, troubles
from refimpl.conformance.measurement import DIVERGED, INCOMPLETE, NOT_MEASURED
from refimpl.conformance.report import BadReport, Claim, Report, read_report
from refimpl.vectors.files import write_files
from refimpl.vectors.suite import BadSuite, Suite, read_suite, suite_folder

FIRST: Final = 20
"""How many vectors are shown of each change."""

app = typer.Typer()

Dir = Annotated[
    Path,
    typer.Option(
        "--dir",
        default_factory=suite_folder,
        help="The folder of the suite.",
        show_default="the one of this package",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
Html = Annotated[
    Path | None, typer.Option("--html", metavar="OUT", help="Where one HTML page is written.")
]
Junit = Annotated[
    Path | None, typer.Option("--junit", metavar="OUT", help="Where JUnit XML is written.")
]
Markdown = Annotated[
    Path | None, typer.Option("--markdown", metavar="OUT", help="Where Markdown is written.")
]


class Forms(NamedTuple):
    """Where the forms of a report are written, and whether only what binds is a failure."""

    html: Path | None
    junit: Path | None
    markdown: Path | None
    only_standard: bool


@app.command()
def report(
    stored: Annotated[Path, typer.Argument(metavar="REPORT", help="A report as JSON.")],
    folder: Dir,
    html: Html = None,
    junit: Junit = None,
    markdown: Markdown = None,
    only_standard: Annotated[
        bool, typer.Option("--standard", help="In JUnit, what does not bind is no failure.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell what a stored report says, and write its other forms."""
    one = _read(stored)
    suite = _suite_of(one, stored, _suite(folder))
    write_forms(one, suite, Forms(html, junit, markdown, only_standard))
    if as_json:
        typer.echo(json.dumps(one.document(), indent=1))
        return
    _tell(one)


def write_forms(one: Report, suite: Suite | None, forms: Forms) -> None:
    """Write the forms of a report that are wanted, each whole or not at all."""
    claim = Claim.STANDARD if forms.only_standard else Claim.MODEL_PROFILE
    if forms.html is not None:
        _write(forms.html, page_of(one, suite))
    if forms.junit is not None:
        _write(forms.junit, junit_of(one, claim))
    if forms.markdown is not None:
        _write(forms.markdown, markdown_of(one))


def _write(path: Path, text: str) -> None:
    write_files(path.parent, {path.name: text.encode()})


def _tell(one: Report) -> None:
    about = one.implementation
    typer.echo(plain(f"{about.name} {about.version} ({about.language})"))
    typer.echo(", ".join(f"{number} {verdict}" for verdict, number in told_totals(one)))
    for said in troubles(one):
        typer.echo(plain(said), err=True)
    for share in shares(one):
        subject = f"{share.claim}, {ROLE_NAMES[share.role]}, {share.edition}"
        told = ", ".join(share.told_short) or "all hold"
        typer.echo(plain(f"{subject}: {share.passed}/{share.applicable}; {told}"))
    for name, (passed, asked) in sorted(operations(one).items()):
        typer.echo(plain(f"{name}: {passed}/{asked}"))


# --- Two reports ------------------------------------------------------------------------------


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(metavar="A", help="The report before.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="The report after.")],
    as_json: AsJson = False,
) -> None:
    """Tell what got better, worse, is newly asked or gone from report A to report B.

    Ends with 1 where something got worse, and with 3 where nothing did, but B is incomplete.
    """
    one, other = _read(before), _read(after)
    same_suite = one.suite == other.suite
    changed = list(compare_reports(one, other))
    worse = [each for each in changed if is_worse(each, same_suite=same_suite)]
    if as_json:
        typer.echo(json.dumps(_comparison(one, other, changed, len(worse)), indent=1))
    else:
        _tell_comparison(one, other, changed)
        typer.echo(f"{len(worse)} worse" if worse else "nothing is worse")
    if worse:
        raise typer.Exit(DIVERGED)
    raise typer.Exit(0 if other.is_measured else INCOMPLETE)


def _comparison(
    before: Report, after: Report, changed: list[Changed], worse: int
) -> dict[str, object]:
    rows = []
    for each in changed:
        verdicts = [one and one.verdict for one in (each.before, each.after)]
        row = {"id": each.result.id, "edition": each.result.edition, "change": each.change}
        rows.append({**row, "before": verdicts[0], "after": verdicts[1]})
    return {
        "before": before.suite.model_dump(by_alias=True),
        "after": after.suite.model_dump(by_alias=True),
        "complete": after.complete,
        "worse": worse,
        "claimsLost": [row.line for row in claims_lost(before, after)],
        "changes": rows,
    }


def _tell_comparison(before: Report, after: Report, changed: list[Changed]) -> None:
    if before.suite != after.suite:
        typer.echo(f"two suites: {_named(before)} and {_named(after)}")
    for change in Change:
        those = [each for each in changed if each.change == change]
        if those:
            typer.echo(f"{len(those)} {change}: {MEANINGS[change]}")
        for each in those[:FIRST]:
            typer.echo(plain(f"  {_told(each)}"))
        if len(those) > FIRST:
            typer.echo(f"  ... and {len(those) - FIRST} more; --json has all")
    for row in claims_lost(before, after):
        typer.echo(plain(f"held before: {row.line}"))
    if not after.is_measured:
        typer.echo("incomplete: what B does not tell cannot be compared", err=True)


def _named(one: Report) -> str:
    return plain(f"{one.suite.version} ({one.suite.root_hash[:19]})")


def _told(each: Changed) -> str:
    verdicts = [one.verdict.value if one else "not asked" for one in (each.before, each.after)]
    detail = f": {each.after.detail}" if each.after and each.after.detail else ""
    return f"{each.result.id} ({each.result.edition}), {' -> '.join(verdicts)}{detail}"


# --- One vector -------------------------------------------------------------------------------


@app.command()
def explain(
    name: Annotated[str, typer.Argument(metavar="ID", help="The id of a vector.")],
    folder: Dir,
    stored: Annotated[
        Path | None, typer.Option("--report", metavar="R", help="Tell what was answered, too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain a vector: what it asks and why, by which rules, and how its twin differs."""
    suite = _suite(folder)
    vector = suite.by_id.get(name)
    if vector is None:
        way_out = nearest(name, suite.by_id) or "grep the files of v1 for a word of it"
        raise Refusal(f"no vector {name!r}", way_out, NOT_MEASURED)
    one = None
    if stored is not None:
        one = _read(stored)
        _suite_of(one, stored, suite)
    told = explanation(suite, vector, one)
    if as_json:
        typer.echo(json.dumps(told, indent=1))
        return
    for line in lines_of_explanation(told):
        typer.echo(plain(line))


# --- Reading ----------------------------------------------------------------------------------


def _read(path: Path) -> Report:
    try:
        return read_report(path)
    except BadReport as error:
        way_out = "write one with iec63119 conform --report FILE"
        raise Refusal(plain(str(error)), way_out, NOT_MEASURED) from error


def _suite(folder: Path) -> Suite:
    try:
        return read_suite(folder)
    except BadSuite as error:
        raise Refusal(str(error), error.way_out, NOT_MEASURED) from error


def _suite_of(one: Report, path: Path, suite: Suite) -> Suite | None:
    """The suite, if it is the one that a report is on; another is told, and one that the report
    contradicts is refused.
    """
    if not one.is_of(suite):
        here = suite.files["index.json"]["rootHash"]
        said = f"{path} is on suite {one.suite.version} {one.suite.root_hash}, here is {here}"
        typer.echo(plain(f"beware: {said}; name the folder of its suite with --dir"), err=True)
        return None
    for fault in faults_against(one, suite):
        said = "it is no report on the suite that it names"
        raise Refusal(plain(f"{path}: {fault}"), said, NOT_MEASURED)
    return suite
