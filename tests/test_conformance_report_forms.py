"""What is written of a report: JUnit XML, Markdown and the HTML page, also where an
implementation says hostile things.
"""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from refimpl.conformance.claims import with_claims
from refimpl.conformance.forms.differing import (
    differences,
    first_difference,
    lines_of,
    marked_line,
)
from refimpl.conformance.forms.junit import junit_of
from refimpl.conformance.forms.markdown import code, markdown_of
from refimpl.conformance.forms.page import page_of
from refimpl.conformance.forms.summary import MEANINGS, groups, operations, shares, visible
from refimpl.conformance.report import Claim, Report, Result
from refimpl.conformance.trials import trials
from refimpl.conformance.verdicts import Verdict
from refimpl.vocabulary import Role
from tests.reports import SUITE, report, result

REAL = "identifiers/reject-ochp-plain"
TWIN = SUITE.by_id[REAL]["twin"]
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style></script><!--",
    "]]>&lt;&#60;",
    "\x00\x07\x1b[31m\u202egnp.exe\u2028\ufffe",
    "@everyone #1 https://evil.example/ | `` ` ``` | [x](javascript:alert(1))\n\n# head",
]


def refused(name: str, error: str) -> Result:
    """A vector that is refused by another rule than expected."""
    expected = {"outcome": "reject", "error": "EMA-3"}
    got = {"outcome": "reject", "error": error}
    return result(name, "wrong-code", expected=expected, got=got)


ALL = report(*(result(f"routing/accept-{verdict}", verdict) for verdict in Verdict))


def hostile(text: str) -> Report:
    """A report in which an implementation says a text wherever it can."""
    line = text[:200]
    about = dict.fromkeys(("name", "version", "language", "runtime", "homepage"), line)
    got = {"outcome": "accept", "output": {text: [text]}, "detail": text}
    results = [
        result(REAL, "wrong-output", got=got, detail=text),
        result("routing/accept-x", "wrong-code", got={"outcome": "reject", "error": text}),
        result("session/accept-y", "skipped", got=None, detail=text),
        result("session/accept-z", "crash", got=None, detail=text),
    ]
    return report(
        *results,
        implementation=about,
        warnings=[text],
        stopped=text,
        complete=False,
        capabilities=[text],
    )


# --- Differences ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "got", "path"),
    [
        ({"outcome": "accept"}, {"outcome": "accept", "detail": "x"}, None),
        ({"error": "A-1", "outcome": "reject"}, {"outcome": "accept"}, ("outcome",)),
        ({"error": "A-1", "outcome": "reject"}, {"outcome": "reject"}, ("error",)),
        ({"output": {"a": 1, "b": 2}}, {"output": {"a": 1, "c": 2}}, ("output", "b")),
        ({"output": [1, 2]}, {"output": [1]}, ("output", 1)),
        ({"output": [1]}, {"output": [1, 2]}, ("output", 1)),
        ({"output": 1}, {"output": True}, ("output",)),
        ({"alert": None}, {"alert": 42}, None),
        ({"alert": [40, 116]}, {"alert": 116}, None),
        ({"alert": [40, 116]}, {"alert": 42}, ("alert",)),
    ],
)
def test_first_difference(expected: dict[str, object], got: object, path: object) -> None:
    assert isinstance(got, dict)
    assert first_difference(expected, got) == path


def test_all_differences() -> None:
    one, other = {"a": [1, 2], "b": 1, "c": [1]}, {"a": [1, 3], "c": [1, 2], "d": 4}
    found = [path for path, _, _ in differences(one, other)]
    assert found == [("a", 1), ("b",), ("c",), ("d",)]


def test_lines_are_json() -> None:
    value = {"b": [1, {"c": None}], "a": "é", "d": {}, "e": []}
    text = "\n".join(line.text for line in lines_of(value))
    assert text.splitlines()[:3] == ["{", '  "a": "é",', '  "b": [']
    assert json.loads(text) == value


def test_marked_line_is_the_nearest_there_is() -> None:
    lines = list(lines_of({"a": {"b": 1}}))
    assert lines[marked_line(lines, ("a", "b"))].text == '    "b": 1'
    assert lines[marked_line(lines, ("a", "x"))].text == '  "a": {'
    assert lines[marked_line(lines, ("x",))].text == "{"


# --- In short ---------------------------------------------------------------------------------


def test_every_verdict_has_a_meaning() -> None:
    assert {*MEANINGS} == {*Verdict}


def test_groups_are_alike_and_the_largest_comes_first() -> None:
    found = groups([refused("a/x", "EMA-4"), refused("a/y", "EMA-5"), refused("a/z", "EMA-5")])
    assert [(one.got, len(one.results)) for one in found] == [("EMA-5", 2), ("EMA-4", 1)]


def test_only_divergences_are_grouped() -> None:
    told = {one.verdict for one in groups(ALL.results)}
    still = {"pass", "skipped", "not-applicable", "xfail"}
    assert told == {*Verdict} - {Verdict(one) for one in still}


def test_shares_add_up_over_families() -> None:
    one = with_claims(report(), trials(SUITE))
    for share in shares(one):
        rows = [row for row in one.claims if row.claim == share.claim]
        those = [r for r in rows if (r.role, r.edition) == (share.role, share.edition)]
        assert share.applicable == sum(row.applicable for row in those)
        assert len(share.unasked) == len(those)


def test_what_was_not_asked_is_counted_apart() -> None:
    """A share tells families that fell short, and only the number of those not asked."""
    one = with_claims(report(result(REAL, "crash", got=None)), trials(SUITE))
    told = {(share.claim, share.role, share.edition): share for share in shares(one)}
    share = told[Claim.STANDARD, Role.HOME_CSP, "2025"]
    assert [row.family for row in share.short] == ["identifiers"]
    assert share.told_short[1:] == [f"{len(share.unasked)} families not asked"]
    assert not share.holds


def test_operations_are_counted() -> None:
    rows = [result("a/x"), result("a/y", "xpass"), result("a/z", "skipped")]
    last = result("a/w", "not-applicable", operation="medium.uid")
    assert operations(report(*rows, last)) == {"emaid.check-character": (2, 3)}


def test_what_is_not_seen_is_shown_as_an_escape() -> None:
    assert visible("a\x00\u202eé\u00ad") == r"a\x00\u202eé\xad"


# --- JUnit ------------------------------------------------------------------------------------

SUITE_MEMBERS = ["properties", "testcase", "system-out", "system-err"]
SUITE_ATTRIBUTES = {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"} | {
    "hostname",
    "id",
    "package",
}


def parsed(text: str) -> ET.Element:
    """The root of JUnit XML that keeps to the rules of its elements."""
    root = ET.fromstring(text)
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert suite.attrib.keys() == SUITE_ATTRIBUTES
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
        places = [SUITE_MEMBERS.index(member.tag) for member in suite]
        assert places == sorted(places)
        assert {*range(4)} == {*places}
        cases = suite.findall("testcase")
        assert suite.attrib["tests"] == str(len(cases))
        for kind, count in (
            ("failure", "failures"),
            ("error", "errors"),
            ("skipped", "skipped"),
        ):
            told = [case for case in cases if case.find(kind) is not None]
            assert suite.attrib[count] == str(len(told))
        for case in cases:
            assert case.attrib.keys() == {"name", "classname", "time"}
            assert float(case.attrib["time"]) >= 0
            assert len(case) <= 1
            for member in case:
                allowed = {"message"} if member.tag == "skipped" else {"message", "type"}
                assert member.attrib.keys() == allowed
    return root


def told(text: str) -> dict[str, str]:
    """What JUnit XML says of each case."""
    cases = parsed(text).iter("testcase")
    return {case.attrib["name"]: case[0].tag if len(case) else "" for case in cases}


def test_junit_tells_each_verdict() -> None:
    failure, error, skipped = "failure", "error", "skipped"
    kinds = {
        "pass": "",
        "wrong-outcome": failure,
        "wrong-code": failure,
        "wrong-output": failure,
        "different": failure,
        "xpass": failure,
        "error": error,
        "crash": error,
        "timeout": error,
        "skipped": skipped,
        "not-applicable": skipped,
        "xfail": skipped,
    }
    said = told(junit_of(ALL))
    assert said == {f"routing/accept-{name} (2025)": kind for name, kind in kinds.items()}


def test_junit_of_the_standard_skips_what_is_different() -> None:
    one = report(result(REAL, "different"), result(TWIN, "wrong-code"))
    assert [*told(junit_of(one, Claim.STANDARD)).values()] == ["skipped", "failure"]


def test_junit_has_a_suite_for_each_family_and_the_root_hash() -> None:
    one = report(result(REAL), result(REAL, edition="2019"), result("routing/accept-a"))
    root = parsed(junit_of(one))
    assert [suite.attrib["name"] for suite in root] == ["identifiers", "routing"]
    assert [len(suite.findall("testcase")) for suite in root] == [2, 1]
    for suite in root:
        found = {row.attrib["name"]: row.attrib["value"] for row in suite.iter("property")}
        assert found["suite.rootHash"] == one.suite.root_hash


def test_junit_of_a_cut_run_is_not_green() -> None:
    one = report(result(REAL), complete=False, stopped="interrupted")
    assert told(junit_of(one))["whole run"] == "error"
    assert "interrupted" in junit_of(one)


# --- Markdown ---------------------------------------------------------------------------------


def test_markdown_in_full() -> None:
    one = report(result(TWIN), refused(REAL, "EMA-4"), refused("identifiers/reject-x", "EMA-4"))
    text = markdown_of(one)
    assert "### Conformance of `example 1.2` to the vectors, suite `0.1.0`" in text
    assert "3 questions, a vector in an edition each: 1 pass, 2 wrong-code." in text
    ids = f"`{REAL} (2025)`<br>`identifiers/reject-x (2025)`"
    row = f"| wrong-code `emaid.check-character` | 2 | `EMA-3` | `EMA-4` | {ids} |"
    assert row in text.splitlines()
    assert f"`iec63119 conform explain {REAL}`" in text
    assert "no certificate" in text


def test_markdown_stays_short() -> None:
    rows = [refused(f"identifiers/reject-{n}", f"X-{n}") for n in range(500)]
    text = markdown_of(with_claims(report(*rows), trials(SUITE)))
    assert "The 10 first of 500 groups" in text
    assert len(text) < 8_000


def test_markdown_tells_a_cut_run() -> None:
    text = markdown_of(report(complete=False, stopped="interrupted"))
    assert "**Beware:** `The run is incomplete (interrupted)" in text


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("a", "`a`"),
        ("", "` `"),
        ("a|b", "`a\\|b`"),
        ("a`b", "`` a`b ``"),
        ("```", "```` ``` ````"),
        ("a\nb", "`a\\nb`"),
        ("x" * 200, f"`{'x' * 120}…`"),
    ],
)
def test_code_span(text: str, span: str) -> None:
    assert code(text) == span


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_of_hostile_texts(text: str) -> None:
    """Outside code spans stands nothing that an implementation said."""
    written = markdown_of(hostile(text))
    bare = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", written)
    for sign in ("script", "img", "onmouse", "@", "#1", "http", "\u202e", "javascript"):
        assert sign not in bare
    assert written.count("\n#") == 0
    for line in written.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in {5, 6}


# --- The page ---------------------------------------------------------------------------------

VOID = {"meta", "input"}
ATTRIBUTES = {"class", "id", "href", "rel", "role", "scope", "name", "type", "value"} | {
    "lang",
    "charset",
    "content",
    "http-equiv",
    "autocomplete",
    "data-verdict",
    "data-family",
    "data-edition",
}


class Page(HTMLParser):
    """A page as it was read: each element in order, its text, and that all are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        members = {name: value or "" for name, value in attrs}
        assert members.keys() <= ATTRIBUTES
        self.found.append((tag, members))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"script", "style"}:
            self.texts.append(data)

    def of(self, tag: str) -> list[dict[str, str]]:
        """The attributes of each element of a kind."""
        return [members for name, members in self.found if name == tag]


def test_page_has_every_vector_once() -> None:
    ids = [m["id"] for _, m in Page(page_of(ALL, SUITE)).found if "data-verdict" in m]
    assert sorted(ids) == sorted(f"{one.id}:{one.edition}" for one in ALL.results)


def test_page_tells_what_diverged_and_why() -> None:
    text = " ".join(Page(page_of(report(refused(REAL, "EMA-4")), SUITE)).texts)
    vector = SUITE.by_id[REAL]
    rules = [SUITE.files["errors.json"]["errors"][name]["says"] for name in vector["rules"]]
    for said in (vector["title"], vector["why"], vector["twin"], *rules):
        assert said in text
    assert "first difference: error" in text


def test_page_marks_from_the_first_difference() -> None:
    text = page_of(report(refused(REAL, "EMA-4")), SUITE)
    marks = re.findall(r"<mark>(.*?)</mark>", text)
    assert marks == ["3&quot;,", "4&quot;,"]


def test_page_loads_nothing() -> None:
    text = page_of(ALL, SUITE)
    page = Page(text)
    assert not [members for _, members in page.found if "src" in members]
    assert not page.of("link")
    assert "url(" not in text
    assert "@import" not in text
    [policy] = [m["content"] for m in page.of("meta") if "http-equiv" in m]
    assert policy.startswith("default-src 'none'; ")
    assert len(page.of("script")) == len(page.of("style")) == 1


def test_page_links_only_to_addresses() -> None:
    good = report(implementation={"homepage": "https://example.org/a?b=1&c"})
    assert {"https://example.org/a?b=1&c"} == {
        m["href"] for m in Page(page_of(good, None)).of("a")
    }
    for address in (
        "javascript:alert(1)",
        "data:text/html,x",
        "https://x/\u202e",
        "http://a b",
    ):
        bad = page_of(report(implementation={"homepage": address}), None)
        assert not Page(bad).of("a")


@pytest.mark.parametrize("text", HOSTILE)
def test_page_of_hostile_texts(text: str) -> None:
    """It has the elements of a page of harmless texts, and shows each as it was said."""
    harmless, said = Page(page_of(hostile("x"), SUITE)), Page(page_of(hostile(text), SUITE))
    tags = [tag for tag, _ in said.found if tag not in {"mark", "span"}]
    assert tags == [tag for tag, _ in harmless.found if tag not in {"mark", "span"}]
    assert visible(text) in "".join(said.texts)
    assert not [
        sign for sign in "\x00\x1b\u202e\u2028" if sign in page_of(hostile(text), SUITE)
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_forms_of_a_hostile_report(text: str) -> None:
    """A report from elsewhere may have any vectors, families, editions and operations."""
    named = {"family": text, "edition": text, "operation": text}
    got = {"outcome": "reject", "error": text}
    rows = [result(text, "wrong-code", got=got, **named), result(f"{text}/a", **named)]
    page = Page(page_of(report(*rows), None))
    harmless = [result("x", "wrong-code", got=got, **dict.fromkeys(named, "x")), result("x/a")]
    like = Page(page_of(report(*harmless), None))
    assert {tag for tag, _ in page.found} == {tag for tag, _ in like.found}
    assert [members["data-family"] for members in page.of("article")] == [visible(text)]
    assert len(parsed(junit_of(report(*rows)))) == 1
    assert "<script" not in re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", markdown_of(report(*rows)))


@pytest.mark.parametrize("text", HOSTILE)
def test_junit_of_hostile_texts(text: str) -> None:
    root = parsed(junit_of(hostile(text)))
    assert len([*root.iter("testcase")]) == 5
    messages = [one.attrib["message"] for one in root.iter("error")]
    assert all(message.strip() for message in messages)


def test_page_without_its_suite_says_so() -> None:
    text = " ".join(Page(page_of(report(refused(REAL, "EMA-4")), None)).texts)
    assert "The suite that was asked is not at hand" in text
    assert SUITE.by_id[REAL]["why"] not in text


def test_page_of_a_cut_run_says_so() -> None:
    page = page_of(report(complete=False, stopped="interrupted"), SUITE)
    assert "The run is incomplete (interrupted)" in page


def test_page_of_much_stays_small() -> None:
    long = {"outcome": "accept", "output": {"text": "x" * 10_000, "list": [*range(200)]}}
    rows = [result(f"routing/accept-{n}", "wrong-output", got=long) for n in range(2_000)]
    assert len(page_of(report(*rows), SUITE)) < 8 * 2**20
