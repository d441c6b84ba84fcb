"""All vectors, to search and to filter: in the browser, where a line of each is sent once and
packed; one that is opened is fetched whole.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

from refimpl.vectors.finding import family_of, outcome_of
from refimpl.vectors.suite import Suite, Vector, expects
from refimpl.views.kit.palette import THEME
from refimpl.views.kit.rule_links import lead_to_rules, linked
from refimpl.views.kit.table import Table

LONGEST: Final = 4_000
"""How many characters are shown of a part of a vector."""
HERE: Final = Path(__file__).parent
SEARCH: Final = (
    ("iec63119 vectors find lost record", "those with both words"),
    ("iec63119 vectors find --family session --outcome reject", "what a session refuses"),
    ("iec63119 vectors find --rule SES-4 --edition 2019", "those that exercise a rule"),
    ("iec63119 conform explain session/accept-new", "one of them, whole"),
)


class VectorSearch(anywidget.AnyWidget):
    """The vectors of a suite: a reader filters them by family, outcome, rule, edition and
    words, and opens one.

    >>> from refimpl.vectors.suite import read_suite, suite_folder
    >>> search = VectorSearch(read_suite(suite_folder()))
    >>> search.counts.rows[-1]
    ('all', '1295', '2157', '14', '3466')
    """

    _esm = HERE / "vector_search.js"
    _css = THEME + (HERE / "listing.css").read_text("utf-8")

    packed = traitlets.Bytes().tag(sync=True)

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        super().__init__(packed=_packed(suite))
        self.on_msg(self._open)
        lead_to_rules()

    def _open(self, _: object, asked: Mapping[str, str], __: object) -> None:
        """Send the vector that is opened, laid out."""
        test = self._suite.by_id.get(asked["open"])
        if test:
            self.send({"id": test["id"], "html": self.opened(test["id"])})

    def opened(self, name: str) -> str:
        """Lay out one vector: what is given, when what is asked, and then what is right."""
        test = self._suite.by_id[name]
        context = self._suite.context_of(test)
        when = {"operation": test["operation"], "input": test["input"]}
        then = expects(test)
        parts = [
            f"<p>{linked(test['title'])}. {linked(test['why'])}</p>",
            _listed(test),
            _part("Given", test.get("context", "no context"), context),
            _part("When", f"{test['operation']} is asked", when["input"]),
        ]
        for edition, expected in then.items():
            parts.append(_part(f"Then, {edition}", expected["outcome"], expected))
        parts.append(f"<p>Told whole: <code>iec63119 conform explain {escape(name)}</code></p>")
        return "\n".join(parts)

    @cached_property
    def counts(self) -> Table:
        """How many vectors each family has, by outcome."""
        counts: dict[str, Counter[str]] = {family: Counter() for family in self._suite.families}
        for test in self._suite.tests:
            counts[family_of(test)][outcome_of(test)] += 1
        counts["all"] = sum(counts.values(), Counter())
        rows = []
        for family, count in counts.items():
            cells = [count[name] for name in ("accept", "reject", "by edition")]
            rows.append((family, *map(str, [*cells, count.total()])))
        heads = ("family", "accepted", "refused", "by edition", "in all")
        return Table("Vectors by family", heads, tuple(rows))

    @property
    def _commands(self) -> Table:
        return Table("Search them from a terminal", ("command", "shows"), SEARCH)

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        tables = (self.counts, self._commands)
        whole = f"<div>{''.join(table.html() for table in tables)}</div>"
        text = "\n\n".join(table.text() for table in tables)
        return {**data, "text/html": whole, "text/plain": text}, metadata


def _packed(suite: Suite) -> bytes:
    """Pack a line of each vector."""
    told = json.dumps(searched_lines(suite), separators=(",", ":"))
    return gzip.compress(told.encode(), 6, mtime=0)


def searched_lines(suite: Suite) -> dict[str, object]:
    """Tell a line of each vector; names that come again are numbers into a list of names.

    >>> from refimpl.vectors.suite import read_suite, suite_folder
    >>> list(searched_lines(read_suite(suite_folder())))
    ['rules', 'flags', 'families', 'vectors']
    """
    rules = sorted({rule for test in suite.tests for rule in test["rules"]})
    flags = sorted({flag for test in suite.tests for flag in test["flags"]})
    lines = []
    for test in suite.tests:
        named = [rules.index(rule) for rule in test["rules"]]
        flagged = [flags.index(flag) for flag in test["flags"]]
        line = [test["id"], test["title"], test["why"], test["operation"]]
        lines.append([*line, outcome_of(test), test["editions"], named, flagged])
    return {"rules": rules, "flags": flags, "families": suite.families, "vectors": lines}


def _listed(test: Vector) -> str:
    """List what is known of a vector besides what it asks."""
    rows = [*_facts(test)]
    lines = "".join(f"<dt>{name}</dt><dd>{linked(text)}</dd>" for name, text in rows)
    return f"<dl>{lines}</dl>"


def _facts(test: Vector) -> Iterator[tuple[str, str]]:
    binds = "binds" if test["binding"] else "does not bind: a choice of this model decides"
    yield "rules", ", ".join(test["rules"])
    yield "how sure", f"{test['basis']}, {test['level']}; {binds}"
    for name in ("clauses", "flags"):
        if test[name]:
            yield name, ", ".join(test[name])
    for name in ("source", "twin"):
        if name in test:
            yield name, test[name]  # type: ignore[literal-required]  # as above
    yield "permalink", f"{test['id']} since {test['since']}; the id is never given to another"


def _part(title: str, said: str, value: object) -> str:
    """Write a part of a vector as JSON, cut off where it is very long."""
    if value is None:
        return f"<p><b>{title}</b> {escape(said)}.</p>"
    text = json.dumps(value, indent=1, ensure_ascii=True)
    more = f"\n… {len(text) - LONGEST:,} characters more" if len(text) > LONGEST else ""
    return f"<p><b>{title}</b> {escape(said)}:</p>\n<pre>{escape(text[:LONGEST])}{more}</pre>"
