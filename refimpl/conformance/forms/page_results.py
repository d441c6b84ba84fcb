"""The part of the page that has every vector: what diverged in full, and what passed in a table
that is folded up.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from refimpl.conformance.explaining import rule_in_words
from refimpl.conformance.forms.differing import (
    Line,
    Path,
    common_beginning,
    first_difference,
    lines_of,
    marked_line,
    shown_path,
)
from refimpl.conformance.forms.elements import element, fragment
from refimpl.conformance.forms.summary import MEANINGS, expected_of
from refimpl.conformance.report import Report, Result
from refimpl.conformance.verdicts import Verdict
from refimpl.vectors.suite import Suite, Vector

QUIET: Final = frozenset({Verdict.PASS, Verdict.NOT_APPLICABLE})
"""The verdicts of which there is no more to say than their word."""
LINES_SHOWN: Final = 60
LONGEST: Final = 400
"""How many characters of a line are shown."""
BYTES: Final = 3 * 2**20
"""How much is told of expected and got in one page; of what comes later, only the words."""
HEADS: Final = ("vector", "edition", "expected", "title")

NOTHING: Final[Mapping[str, Vector]] = {}


class Mark(NamedTuple):
    """The number of a line that is marked, and how many of its characters are the same."""

    line: int
    same: int


UNMARKED: Final = Mark(-1, 0)


def anchor(result: Result) -> str:
    """Return the id of a result in the page."""
    return f"{result.id}:{result.edition}"


def family_sections(report: Report, suite: Suite | None) -> Iterator[str]:
    """Yield a section for each family."""
    vectors = NOTHING if suite is None else suite.by_id
    families: dict[str, list[Result]] = {}
    for result in report.results:
        families.setdefault(result.family, []).append(result)
    room = BYTES
    for family, results in families.items():
        parts = [element("h3", f"{family}: {_counted(results)}")]
        for result in results:
            if result.verdict not in QUIET:
                told = _article(result, vectors.get(result.id), suite, brief=room < 0)
                room -= len(told)
                parts.append(told)
        parts += _folded(results, vectors)
        yield fragment("section", "\n".join(parts), data_family=family)


def _counted(results: Sequence[Result]) -> str:
    passed = sum(result.verdict == Verdict.PASS for result in results)
    return f"{passed} of {len(results)} passed"


# --- What there is something to say of --------------------------------------------------------


def _article(result: Result, vector: Vector | None, suite: Suite | None, *, brief: bool) -> str:
    tone = "warn" if result.verdict in {Verdict.SKIPPED, Verdict.XFAIL} else "bad"
    badge = element("span", result.verdict, cls=f"verdict {tone}")
    name = element("code", result.id)
    head = fragment("h4", f"{badge} {name} {element('span', result.edition)}")
    said = result.detail or MEANINGS[result.verdict]
    parts = [head, fragment("p", element("bdi", said)), _facts(result, vector, suite)]
    if not brief:
        parts += _sides(result)
        parts += _input(vector)
    return fragment(
        "article",
        "".join(parts),
        id=anchor(result),
        data_verdict=result.verdict,
        data_family=result.family,
        data_edition=result.edition,
    )


def _facts(result: Result, vector: Vector | None, suite: Suite | None) -> str:
    told = {"operation": result.operation}
    if vector is not None and suite is not None:
        rules = suite.files["errors.json"]["errors"]
        told |= {"title": vector["title"], "why": vector["why"]}
        told |= {f"rule {one}": rule_in_words(rules.get(one, {})) for one in vector["rules"]}
        told["how sure"] = vector["basis"] + ("" if vector["binding"] else ", does not bind")
        twin = suite.by_id.get(vector.get("twin", ""))
        if twin is not None:
            told["twin"] = f"{twin['id']}: {twin['title']}"
    told["look"] = f"iec63119 conform explain {result.id}"
    rows = [element("dt", name) + element("dd", value) for name, value in told.items()]
    return fragment("dl", "".join(rows), cls="facts")


def _input(vector: Vector | None) -> Iterator[str]:
    if vector is not None:
        lines = list(lines_of(vector["input"]))
        told = element("summary", "input") + _written(lines)
        yield fragment("details", told)


def _sides(result: Result) -> Iterator[str]:
    """Expected and got side by side, the first difference marked."""
    expected = list(lines_of(dict(result.expected)))
    got = [] if result.got is None else list(lines_of(result.got))
    path = first_difference(result.expected, result.got or {})
    if not got or path is None:
        sides = [_side("expected", _written(expected))]
        if got:
            sides.append(_side("got", fragment("bdi", _written(got))))
        yield fragment("div", "".join(sides), cls="sides")
        return
    at, other = marked_line(expected, path), marked_line(got, path)
    same = _common(expected[at], got[other], path)
    sides = [
        _side("expected", _written(expected, Mark(at, same))),
        _side("got", fragment("bdi", _written(got, Mark(other, same)))),
    ]
    yield element("p", f"first difference: {shown_path(path)}", cls="quiet")
    yield fragment("div", "".join(sides), cls="sides")


def _common(line: Line, other: Line, path: Path) -> int:
    """How far the two marked lines are the same; all of them, where one lacks the member."""
    if line.path != path or other.path != path:
        return max(len(line.text), len(other.text))
    return len(common_beginning(line.text, other.text))


def _side(name: str, inner: str) -> str:
    return fragment("div", element("h5", name) + inner)


def _written(lines: Sequence[Line], mark: Mark = UNMARKED) -> str:
    """The lines around one that is marked, or the first."""
    begin = max(0, min(mark.line - LINES_SHOWN // 2, len(lines) - LINES_SHOWN))
    told = []
    if begin:
        told.append(element("span", f"… {begin} lines"))
    for number, line in enumerate(lines[begin : begin + LINES_SHOWN], begin):
        if number == mark.line:
            told.append(_marked(line.text, mark.same))
        else:
            told.append(element("span", _cut(line.text)))
    left = len(lines) - begin - LINES_SHOWN
    if left > 0:
        told.append(element("span", f"… {left} lines"))
    return fragment("pre", "\n".join(told))


def _marked(text: str, same: int) -> str:
    """A line of which what comes after the same is marked; of that only the end, where it is
    long.
    """
    before, differs = text[:same], text[same:]
    if len(before) > LONGEST // 2:
        before = f"…{before[-LONGEST // 4 :]}"
    marked = element("mark", _cut(differs)) if differs else ""
    return fragment("span", element("span", before) + marked, cls="here")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


# --- What passed ------------------------------------------------------------------------------


def _folded(results: Sequence[Result], vectors: Mapping[str, Vector]) -> Iterator[str]:
    """What passed or was not asked, as a table for each verdict."""
    heads = [element("th", name, scope="col") for name in HEADS]
    head = fragment("thead", fragment("tr", "".join(heads)))
    for verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE):
        rows = [_row(one, vectors.get(one.id)) for one in results if one.verdict == verdict]
        if rows:
            whole = fragment("table", head + fragment("tbody", "\n".join(rows)))
            caption = element("summary", f"{len(rows)} {verdict}")
            inner = caption + fragment("div", whole, cls="wide")
            yield fragment("details", inner, cls="passed")


def _row(result: Result, vector: Vector | None) -> str:
    cells = [
        fragment("td", element("code", result.id)),
        element("td", result.edition),
        fragment("td", element("code", expected_of(result))),
        element("td", "" if vector is None else vector["title"], cls="long"),
    ]
    return fragment(
        "tr",
        "".join(cells),
        id=anchor(result),
        data_verdict=result.verdict,
        data_family=result.family,
        data_edition=result.edition,
    )
