"""A report as one HTML page that stands for itself: it loads nothing, and is read without
JavaScript as well.

With a script it is searched and filtered.  A policy in its head lets nothing run or be loaded
but the style and the script that are in it, whatever an implementation said.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from importlib.resources import files
from typing import Final

from refimpl.conformance.claims import ROLE_NAMES
from refimpl.conformance.forms.elements import element, fragment, table
from refimpl.conformance.forms.page_results import anchor, family_sections
from refimpl.conformance.forms.summary import (
    DIVERGED,
    MEANINGS,
    NOT_AFFILIATED,
    Share,
    groups,
    operations,
    shares,
    told_totals,
    troubles,
)
from refimpl.conformance.report import Claim, Report
from refimpl.conformance.verdicts import Verdict
from refimpl.vectors.suite import Suite

ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]{1,190}")
"""An address that a page may link to."""
GROUPS_SHOWN: Final = 50


def page_of(report: Report, suite: Suite | None) -> str:
    """Return a report as an HTML page; `suite` is the one that was asked, or None where it is
    not at hand: then the page tells neither titles nor reasons.
    """
    style, script = _part("page.css"), _part("page.js")
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}"
    about = report.implementation
    head = [
        '<meta charset="utf-8">',
        element(
            "meta",
            **{"http-equiv": "Content-Security-Policy"},
            content=f"{policy}; base-uri 'none'",
        ),
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        element("title", f"{about.name} {about.version}: conformance"),
        f"<style>{style}</style>",
    ]
    body = [
        *_head_of(report, suite),
        *_totals(report),
        *_claims(report),
        *_operations(report),
        *_groups(report),
        *_filter(report),
        *family_sections(report, suite),
        f"<script>{script}</script>",
    ]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head>',
            *head,
            "</head><body>",
            *body,
            "</body></html>\n",
        ]
    )


def _part(name: str) -> str:
    return (files("refimpl.conformance.forms") / name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


# --- Who, when, how far -----------------------------------------------------------------------


def _head_of(report: Report, suite: Suite | None) -> Iterator[str]:
    about = report.implementation
    yield fragment("h1", element("bdi", f"{about.name} {about.version}"))
    yield element("p", NOT_AFFILIATED, cls="quiet")
    for said in troubles(report):
        yield element("p", said, cls="alarm", role="alert")
    for said in report.warnings:
        yield element("p", f"Beware: {said}", cls="beware")
    if suite is None:
        said = (
            "The suite that was asked is not at hand: titles, reasons and rules are left out."
        )
        yield element("p", said, cls="beware")
    facts = {
        "written in": f"{about.language} {about.runtime or ''}".strip(),
        "home page": about.homepage,
        "issues": about.issues,
        "suite": f"{report.suite.id} {report.suite.version}",
        "root hash": report.suite.root_hash,
        "asked by": f"{report.runner.name} {report.runner.version}, seed {report.seed}",
        "began": f"{report.began}, {report.seconds} seconds",
        "takes part in": ", ".join(report.capabilities) or "all",
        "selected": _selected(report),
        "canaries": _canaries(report),
    }
    yield _facts(facts)


def _canaries(report: Report) -> str:
    seen = report.canaries
    told = f"{seen.twice} questions asked twice, {seen.made} made by lot"
    return f"{told}, {seen.agreed} of them answered as the reference does"


def _selected(report: Report) -> str:
    chosen = report.selection
    named = [*chosen.families, *chosen.editions, *chosen.operations]
    return ", ".join([*named, f"role {chosen.role}"] if chosen.role else named)


def _facts(facts: Mapping[str, str | None]) -> str:
    rows = []
    for name, value in facts.items():
        if value:
            told = fragment("bdi", _linked(value))
            rows.append(element("dt", name) + fragment("dd", told))
    return fragment("dl", "".join(rows), cls="facts")


def _linked(value: str) -> str:
    """An address as a link, and all else as text."""
    if ADDRESS.fullmatch(value):
        return element("a", value, href=value, rel="noreferrer noopener nofollow")
    return element("span", value)


# --- Totals, claims, groups -------------------------------------------------------------------


def _totals(report: Report) -> Iterator[str]:
    yield element("h2", "Totals")
    rows = []
    for verdict, number in told_totals(report):
        rows.append((_verdict(verdict), str(number), element("span", MEANINGS[verdict])))
    caption = f"{len(report.results)} questions: each is one vector in one edition"
    yield table(caption, ("verdict", "questions", "meaning"), rows, numbers={1})


def _verdict(verdict: Verdict) -> str:
    return element("span", verdict, cls=f"verdict {tone(verdict)}")


def tone(verdict: Verdict) -> str:
    """Name the tone in which a verdict is shown."""
    if verdict in DIVERGED:
        return "bad"
    return "good" if verdict == Verdict.PASS else "warn"


def _claims(report: Report) -> Iterator[str]:
    together = list(shares(report))
    if not together:
        return
    yield element("h2", "Claims")
    said = (
        "Standard: vectors that bind. Model profile: all that an endpoint in a role is asked."
    )
    yield element("p", f"{said} Worked out from the results below.", cls="quiet")
    rows = [
        _claim_row(share)
        for claim in reversed(Claim)
        for share in together
        if share.claim == claim
    ]
    heads = ("claim", "role", "edition", "passed", "of", "in short", "short of it")
    yield table(
        "What was passed, over the families that were asked", heads, rows, numbers={3, 4}
    )
    lines = "".join(element("li", row.line) for row in report.claims)
    told = element("summary", f"{len(report.claims)} claims, each for a family")
    yield fragment("details", told + fragment("ul", lines), cls="lines")


def _claim_row(share: Share) -> tuple[str, ...]:
    words = ("holds", "good") if share.holds else ("does not hold", "bad")
    return (
        element("span", share.claim),
        element("span", ROLE_NAMES[share.role]),
        element("span", share.edition),
        str(share.passed),
        str(share.applicable),
        element("span", words[0], cls=f"verdict {words[1]}"),
        element("span", ", ".join(share.told_short)),
    )


def _operations(report: Report) -> Iterator[str]:
    yield element("h2", "Operations")
    rows = []
    for name, (passed, asked) in sorted(operations(report).items()):
        rows.append((element("code", name), str(passed), str(asked)))
    yield table("Those that were asked", ("operation", "passed", "of"), rows, numbers={1, 2})


def _groups(report: Report) -> Iterator[str]:
    found = groups(report.results)
    if not found:
        return
    yield element("h2", "Divergences in groups")
    rows = []
    for group in found[:GROUPS_SHOWN]:
        first = group.results[0]
        rows.append(
            (
                _verdict(group.verdict),
                element("code", group.operation),
                str(len(group.results)),
                element("code", group.expected),
                fragment("bdi", element("code", group.got)),
                element("a", f"{first.id} ({first.edition})", href=f"#{anchor(first)}"),
            )
        )
    heads = ("verdict", "operation", "of them", "expected", "got", "first")
    caption = f"{len(found)} groups"
    if len(found) > GROUPS_SHOWN:
        caption += f", the first {GROUPS_SHOWN}"
    yield table(caption, heads, rows, numbers={2})


# --- Searching --------------------------------------------------------------------------------


def _filter(report: Report) -> Iterator[str]:
    yield element("h2", "Vectors")
    choices: dict[str, list[str]] = {
        "verdict": [verdict for verdict, _ in told_totals(report)],
        "family": sorted({result.family for result in report.results}),
        "edition": sorted({result.edition for result in report.results}),
    }
    text = element("input", name="text", type="search", autocomplete="off")
    fields = [fragment("label", element("span", "search") + text)]
    for name, values in choices.items():
        fields.append(fragment("label", element("span", name) + _choice(name, values)))
    shown = element("output", "", id="shown")
    yield fragment("form", "".join([*fields, shown]), id="filter", role="search")


def _choice(name: str, values: Iterable[str]) -> str:
    options = [element("option", "any", value="")]
    options += [element("option", value, value=value) for value in values]
    return fragment("select", "".join(options), name=name)
