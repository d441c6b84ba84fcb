"""A report as Markdown, short enough for a comment on a pull request.

What an implementation says stands in code spans, where it names nobody and links to nothing.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from refimpl.conformance.claims import ROLE_NAMES
from refimpl.conformance.forms.summary import (
    DIVERGED,
    MEANINGS,
    NOT_AFFILIATED,
    Group,
    Share,
    groups,
    shares,
    told_totals,
    troubles,
    visible,
)
from refimpl.conformance.report import Claim, Report

GROUPS_SHOWN: Final = 10
IDS_SHOWN: Final = 3
FAMILIES_SHOWN: Final = 4
LONGEST: Final = 120
"""How many characters of what an implementation says are shown."""


def markdown_of(report: Report) -> str:
    """Return a report as Markdown: totals, claims, and the first divergences in groups."""
    about = report.implementation
    title = code(f"{about.name} {about.version}")
    digest = report.suite.root_hash.removeprefix("sha256:")[:12]
    parts = [
        f"### Conformance of {title} to the vectors, suite {code(report.suite.version)}",
        *(f"**Beware:** {code(said, 3 * LONGEST)}" for said in troubles(report)),
        _totals(report),
        *_claims(report),
        *_divergences(report),
        *(f"Beware: {code(said, 3 * LONGEST)}" for said in report.warnings[:IDS_SHOWN]),
        f"<sub>Suite {code(digest)}, seed {report.seed}. {NOT_AFFILIATED}</sub>",
    ]
    return "\n\n".join(parts) + "\n"


def _totals(report: Report) -> str:
    told = [f"{number} {verdict}" for verdict, number in told_totals(report)]
    whole = f"{len(report.results)} questions, a vector in an edition each"
    return f"{whole}: {', '.join(told) or 'none answered'}."


def _claims(report: Report) -> Iterator[str]:
    for claim in reversed(Claim):
        together = [share for share in shares(report) if share.claim == claim]
        if together:
            heads = f"{claim.capitalize()}, role", "edition", "passed", "short of it"
            yield _table(heads, map(_claim_row, together))


def _claim_row(share: Share) -> tuple[str, ...]:
    short = share.told_short
    told = ", ".join(short[:FAMILIES_SHOWN])
    if len(short) > FAMILIES_SHOWN:
        told += f" and {len(short) - FAMILIES_SHOWN} more"
    passed = f"{share.passed}/{share.applicable}"
    return ROLE_NAMES[share.role], code(share.edition), passed, code(told) if told else "–"


def _divergences(report: Report) -> Iterator[str]:
    found = groups(report.results)
    if not found:
        return
    number = sum(one.verdict in DIVERGED for one in report.results)
    heads = "divergences", "of them", "expected", "got", "for example"
    table = _table(heads, map(_group_row, found[:GROUPS_SHOWN]))
    more = f" The {GROUPS_SHOWN} first of {len(found)} groups." * (len(found) > GROUPS_SHOWN)
    first = found[0].results[0]
    yield f"{number} diverged.{more} Why: {code(f'iec63119 conform explain {first.id}')}"
    yield table
    verdicts = {group.verdict for group in found[:GROUPS_SHOWN]}
    meant = [f"*{one}*: {MEANINGS[one]}" for one in MEANINGS if one in verdicts]
    yield f"<sub>{'; '.join(meant)}.</sub>"


def _group_row(group: Group) -> tuple[str, ...]:
    results = group.results
    editions: dict[str, list[str]] = {}
    for one in results:
        editions.setdefault(one.id, []).append(one.edition)
    first = list(editions.items())[:IDS_SHOWN]
    ids = [code(f"{name} ({', '.join(those)})") for name, those in first]
    return (
        f"{group.verdict} {code(group.operation)}",
        str(len(results)),
        code(group.expected),
        code(group.got),
        "<br>".join(ids),
    )


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(text: str, longest: int = LONGEST) -> str:
    """Return a text as a code span that fits in a table, whatever is in it.

    >>> code("a`b|c")
    '`` a`b\\\\|c ``'
    """
    shown = visible(text).replace("|", "\\|")
    if len(shown) > longest:
        shown = f"{shown[:longest].rstrip(chr(92))}…"
    runs = [len(run) for run in re.findall("`+", shown)]
    fence = "`" * (max(runs, default=0) + 1)
    return f"{fence} {shown} {fence}" if runs else f"`{shown or ' '}`"
