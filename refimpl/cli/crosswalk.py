"""`iec63119 crosswalk`: objects of a protocol next door carried into ours, on to another, and
what became of every leaf on the way.

Exit code 1 where an object was refused or still needs something.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import typer

from refimpl.cli.ending import Refusal, ended_in_order, plain, sentence
from refimpl.cli.inputs import MAX_FILE, require_known
from refimpl.cli.inputs import Json as AsJson
from refimpl.cli.output import Table, progress_bar, show
from refimpl.crosswalk import PROTOCOLS, Protocol, Report, take
from refimpl.crosswalk.assuming import assumptions_of, unknown_of
from refimpl.crosswalk.chains import take_together
from refimpl.crosswalk.onward import Onward, carry_on, carry_on_together, identifying_of
from refimpl.crosswalk.reading import Json, read, write
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.sessions import Sessions
from refimpl.crosswalk.streams import Taken, Totals, take_lines

app = typer.Typer()

CONVERTING: Final = [name for name, protocol in PROTOCOLS.items() if protocol.converts]
LINE_FILES: Final = frozenset({".jsonl", ".ndjson"})
SHOWN: Final = 20
"""How many refused lines are shown."""


@dataclass(frozen=True)
class Way:
    """From which protocol to which, of what kind, with what supplied and assumed."""

    start: Protocol
    end: Protocol | None
    kind: str
    context: Mapping[str, Json]
    assume: tuple[str, ...]
    lines: bool

    def has_lines(self, file: str) -> bool:
        """Whether a file has an object each line: by its own ending, or where all have."""
        return self.lines or Path(file).suffix in LINE_FILES

    def onward(self, report: Report) -> Onward | None:
        """What came of a report on its way to the other protocol; None where it ends in ours,
        or was refused.
        """
        if self.end is None or report.refusal is not None:
            return None
        return carry_on(report, self.start, self.end, self.context)

    def onward_together(self, reports: tuple[Report, ...]) -> list[Onward | None]:
        """The same of several that belong together."""
        if self.end is None:
            return [None for _ in reports]
        return [*carry_on_together(reports, self.start, self.end, self.context)]

    def tell_unused(self, used: set[str]) -> None:
        """Tell which assumptions were not made use of."""
        for name in self.assume:
            if name not in used:
                typer.echo(plain(f"--assume {name}: not made use of"), err=True)


@app.command("crosswalk")
def carry_over(  # noqa: PLR0913, PLR0917 - every option is an argument
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="JSON, JSON Lines, - for stdin.")
    ],
    start: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="P",
            help=f"Their protocol: {', '.join(CONVERTING)}.",
            autocompletion=lambda: CONVERTING,
        ),
    ],
    end: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="P",
            help="Another protocol to go on to.",
            autocompletion=lambda: CONVERTING,
        ),
    ] = "",
    kind: Annotated[
        str, typer.Option(metavar="KIND", help="Of the object; else seen by its members.")
    ] = "",
    context: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --to: what ours does not know, in JSON."),
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="What may be assumed, as periods=whole; repeatable."),
    ] = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="An object each line; so of .jsonl and .ndjson.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Carry objects of OCPI or OICP over, and tell what is lost.

    Every leaf ends in one class: exact, form, derived, rounded, widened, residue (ours has no
    place) or refused.  Nothing is guessed: what is assumed is named, and what is still needed
    is listed.  A credit record comes with the record that it takes back and, where there is
    one, the new record.  Of JSON Lines, --json prints a report each line, the totals last.
    """
    way = _way(start, end, kind, context, assume or [], lines)
    if any(way.has_lines(file) for file in files):
        whole = _carry_lines(way, files, as_json)
    else:
        whole = _carry_objects(way, files, as_json)
    if not whole:
        raise typer.Exit(1)


def _way(
    start: str, end: str, kind: str, context: Path | None, assume: list[str], lines: bool
) -> Way:
    for name in filter(None, (start, end)):
        require_known("protocol", name, CONVERTING)
    if kind:
        require_known(f"kind of object of {start}", kind, PROTOCOLS[start].kinds)
    if context and not end:
        raise Refusal("--context is for the way to another protocol", "add --to", 2)
    supplied = _read_object(str(context)) if context else {}
    if not isinstance(supplied, dict):
        raise Refusal(f"{context}: no object", "a part of an object of --to, in JSON", 2)
    if unknown := unknown_of(PROTOCOLS[start], assume):
        known = ", ".join(one.shown for one in assumptions_of(PROTOCOLS[start]))
        raise Refusal(
            f"--assume {unknown[0]!r} is none of {start}", f"each once, of {known}", 2
        )
    further = PROTOCOLS[end] if end else None
    return Way(PROTOCOLS[start], further, kind, supplied, tuple(assume), lines)


def _read_object(file: str) -> Json:
    with _opened(file) as stream:
        text = stream.read(MAX_FILE + 1)
    if len(text) > MAX_FILE:
        said = f"{_place(file)}: more than {MAX_FILE:,} bytes"
        raise Refusal(said, "put an object on each line, and add --lines", 2)
    try:
        return read(text)
    except Refused as refusal:
        raise Refused(refusal.rule_id, _place(file), refusal.says) from None


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file != "-":
        with Path(file).open("rb") as stream:
            yield stream
    elif sys.stdin is None:
        raise Refusal("stdin is closed", "name a file", 2)
    else:
        yield sys.stdin.buffer


def _place(file: str) -> str:
    return "stdin" if file == "-" else file


# --- A few objects ----------------------------------------------------------------------------


def _carry_objects(way: Way, files: list[str], as_json: bool) -> bool:
    """Carry each file's object over, those of a credit together; say whether all went well."""
    objects = [_read_object(file) for file in files]
    if len(objects) > 1:
        reports = take_together(way.start, objects, way.assume, way.kind)
    else:
        reports = tuple(take(way.start.id, value, way.kind, way.assume) for value in objects)
    onward = way.onward_together(reports)
    found: list[Json] = [_as_json(way, *both) for both in zip(reports, onward, strict=True)]
    if as_json:
        print(write(found[0] if len(found) == 1 else found))
    else:
        for report, further in zip(reports, onward, strict=True):
            _show_report(way, report, further)
    way.tell_unused({name for report in reports for name in report.assumed})
    refused = any(report.refusal is not None for report in reports)
    return not refused and all(further is None or further.whole for further in onward)


def _as_json(way: Way, report: Report, onward: Onward | None) -> dict[str, Json]:
    told = report.as_json()
    if way.end is None or onward is None or report.refusal is not None:
        return told
    there: dict[str, Json] = {"protocol": way.end.id}
    if onward.refusal is not None:
        refusal = onward.refusal
        there["refused"] = {"rule": refusal.rule_id, "says": refusal.says}
    if onward.given is not None:
        given = onward.given
        there["conflicts"] = [*given.conflicts]
        there["faults"] = [one._asdict() for one in onward.faults]
        there["lost"] = [*given.lost]
        there["needs"] = [*given.needs]
        there["object"] = given.object
        there["without_place"] = [*onward.without_place]
    told["to"] = there
    return told


def _show_report(way: Way, report: Report, onward: Onward | None) -> None:
    rows = []
    left_over: dict[str, list[str]] = {}
    for one in report.entries:
        if one.settled == "residue":
            left_over.setdefault(one.kind, []).append(one.at)
        else:
            rows.append((one.at or "/", one.settled, one.to))
    kind = way.start.kinds.get(report.kind)
    title = f"{way.start.title} {kind.word if kind else 'object'}: {report.grade}"
    heads = ("theirs", "class", "ours")
    tables = [Table(f"{title}, {len(report.entries)} leaves", heads, rows)]
    if report.assumed:
        tables.append(Table("assumed", (), [(name,) for name in report.assumed]))
    if left_over:
        lost = [
            (name, str(len(places)), " ".join(places)) for name, places in left_over.items()
        ]
        tables.append(Table("ours has no place for", ("kind", "leaves", "theirs"), lost))
    if report.findings:
        faults = [(one.at or "/", one.rule, one.says) for one in report.findings]
        tables.append(Table("faults by its own protocol", ("theirs", "rule", "says"), faults))
    show(False, None, *tables)
    if report.refusal is not None:
        refusal = report.refusal
        where = f"{refusal.at or '/'}: {refusal.says}"
        typer.echo(plain(f"refused: {refusal.rule_id}: {sentence(refusal.rule_id)} ({where})"))
        return
    where = "apart, for it does not fit" if report.apart else "in its extension"
    typer.echo(f"ours; what it has no place for travels {where}, and --json shows it:")
    members = {
        name: value for name, value in (report.ours or {}).items() if name != "extension"
    }
    typer.echo(plain(write(members)))
    if way.end is not None and onward is not None:
        _show_given(way.end, onward)


def _show_given(end: Protocol, onward: Onward) -> None:
    given = onward.given
    if given is None:
        typer.echo(plain(f"not on to {end.title}: {onward.refusal}"))
        return
    for title, head, places in (
        (f"{end.title} does not get", "theirs", onward.without_place),
        (f"{end.title} has no place for", "ours", given.lost),
        ("the context contradicts the record", "theirs", given.conflicts),
    ):
        if places:
            show(False, None, Table(title, (head,), [(at,) for at in places]))
    if onward.faults:
        faults = [(one.at or "/", one.rule, one.says) for one in onward.faults]
        show(False, None, Table(f"faults by {end.title}", ("theirs", "rule", "says"), faults))
    if given.needs:
        needs = [(at,) for at in given.needs]
        show(False, None, Table(f"{end.title} still needs", ("theirs",), needs))
        typer.echo("supply it with --context FILE, a part of such an object in JSON")
    typer.echo(f"{end.title}:")
    typer.echo(plain(write(given.object)))


# --- Very many --------------------------------------------------------------------------------


def _carry_lines(way: Way, files: list[str], as_json: bool) -> bool:
    """Carry the object of each line over; an interruption leaves the totals until then."""
    totals = Totals()
    refused: list[tuple[str, str]] = []
    used: set[str] = set()
    needing = 0
    with ExitStack() as stack:
        stack.enter_context(ended_in_order())
        taken = stack.enter_context(_all_lines(way, files))
        interrupted = False
        try:
            for file, line in taken():
                onward = way.onward(line.report)
                totals.add(line.report)
                used.update(line.report.assumed)
                needing += onward is not None and not onward.whole
                if as_json:
                    print(_line_as_json(way, file, line, onward))
                elif line.report.refusal and len(refused) < SHOWN:
                    place = f"{_place(file)} line {line.number}"
                    refused.append((place, str(line.report.refusal)))
        except KeyboardInterrupt:
            interrupted = True
    if as_json:
        counts: dict[str, Json] = {"interrupted": interrupted, "needing": needing}
        for name, counted in totals.as_json().items():
            counts[name] = {**counted}
        print(write({"totals": counts}))
    else:
        _show_totals(way, totals, refused, needing)
    if interrupted:
        if not as_json:
            typer.echo("interrupted: the totals are of what was read until then", err=True)
        raise KeyboardInterrupt
    _tell_after(way, totals, used)
    return not (totals.objects["refused"] or needing)


def _tell_after(way: Way, totals: Totals, used: set[str]) -> None:
    """Tell on stderr what no line of the many shows by itself."""
    way.tell_unused(used)
    if stamped := ", ".join(identifying_of(way.context)):
        typer.echo(plain(f"the context gave every object the same {stamped}"), err=True)
    for told in totals.told_apart():
        typer.echo(told, err=True)


Lines = Callable[[], Iterator[tuple[str, Taken]]]


@contextmanager
def _all_lines(way: Way, files: list[str]) -> Iterator[Lines]:
    """What gives each line of all files with its file, and moves a bar on stderr."""
    sizes = [Path(file).stat().st_size for file in files if file != "-"]
    known = sum(sizes) if len(sizes) == len(files) else None
    with progress_bar() as bar:
        task = bar.add_task("crosswalk", total=known)

        def taken() -> Iterator[tuple[str, Taken]]:
            before = 0
            seen = Sessions()
            for file in files:
                end = 0
                if not way.has_lines(file):
                    yield file, _whole_file(way, file, seen)
                    continue
                with _opened(file) as stream:
                    for line in take_lines(
                        way.start, stream, way.kind, way.assume, seen, _place(file)
                    ):
                        end = line.end
                        if line.number % 500 == 0:
                            bar.update(task, completed=before + end)
                        yield file, line
                    before += end

        yield taken


def _whole_file(way: Way, file: str, seen: Sessions) -> Taken:
    """The object of a file that has one, among files that have one each line."""
    value = _read_object(file)
    report = take(way.start.id, value, way.kind, way.assume)
    return Taken(1, 0, seen.once(way.start, value, report, _place(file)))


def _line_as_json(way: Way, file: str, line: Taken, onward: Onward | None) -> str:
    head = f'{{"file":{write(_place(file))},"line":{line.number},"report":'
    if onward is None:
        return f"{head}{line.report.canonical().decode()}}}"
    return f"{head}{write(_as_json(way, line.report, onward))}}}"


def _show_totals(
    way: Way, totals: Totals, refused: list[tuple[str, str]], needing: int
) -> None:
    told = totals.as_json()
    number = totals.objects.total()
    tables = [Table(f"{number:,} objects of {way.start.title}", (), _counted(told["objects"]))]
    if way.end is not None:
        rows = [("not complete, or not given on", f"{needing:,}")]
        tables.append(Table(f"on to {way.end.title}", (), rows))
    tables.append(Table("leaves by class", (), _counted(told["leaves"])))
    for title, name in (
        ("ours has no place for", "residue"),
        ("faults by its own protocol, by rule", "source"),
        ("refused, by rule", "refused"),
    ):
        if told[name]:
            tables.append(Table(title, (), _counted(told[name])))
    if refused:
        left = totals.objects["refused"] - len(refused)
        title = f"refused lines; {left:,} more, --json has all" if left else "refused lines"
        tables.append(Table(title, ("line", "why"), refused))
    show(False, None, *tables)


def _counted(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    return [(name, f"{count:,}") for name, count in counts.items()]
