"""The documents: their links lead somewhere, and the commands that they name are there."""

import re
import subprocess
from pathlib import Path

import pytest

from refimpl.edition import load, published
from refimpl.play.journeys import JOURNEYS
from refimpl.vectors.suite import read_suite, suite_folder
from tests import foreign_peers, limits
from tests.cases import PAGE, cases, page

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", ".github/**/*.md", "vectors/*.md")
    for path in ROOT.glob(pattern)
)
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
LINK = re.compile(r"\]\(([^)\s]+)\)")


def prose(path: Path) -> str:
    """Read a page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    """Name the places on a page that a link can lead to."""
    heads = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    bare = (re.sub(r"[^\w\s-]", "", head.lower()) for head in heads)
    return {"", *(head.replace(" ", "-") for head in bare)}


def leads_nowhere(page: Path, link: str) -> bool:
    """Say whether a link misses: an address outside counts as found."""
    if re.match(r"[a-z]+:", link):
        return False
    name, _, place = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists():
        return True
    return target.suffix == ".md" and place not in anchors(target)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert not [link for link in LINK.findall(prose(page)) if leads_nowhere(page, link)]


def test_a_link_that_misses_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One head\n[a](#one-head) [b](page.md#one-head)", "utf-8")
    assert not [link for link in LINK.findall(prose(page)) if leads_nowhere(page, link)]
    assert leads_nowhere(page, "#another-head")
    assert leads_nowhere(page, "nowhere.md")


def rooms_of_the_readme() -> list[str]:
    rows = re.findall(
        r"^\| (`[a-z].*?) \|", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
    )
    return [room for row in rows for room in re.findall(r"`([\w/*.]+)`", row)]


def test_every_room_that_the_readme_names_exists() -> None:
    rooms = rooms_of_the_readme()
    assert rooms
    assert not [room for room in rooms if not list((ROOT / "refimpl").glob(room))]


def test_the_readme_names_every_room() -> None:
    rooms = {path.parent.name for path in (ROOT / "refimpl").glob("[a-z]*/__init__.py")}
    assert len(rooms) > 10
    assert {f"{name}/" for name in rooms} <= {*rooms_of_the_readme()}


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_target_that_is_named_exists(page: Path) -> None:
    named = re.findall(
        r"(?:^|`)make (?:[A-Z]+=\S* )*([a-z]+)", page.read_text("utf-8"), re.MULTILINE
    )
    assert set(named) <= targets()


def test_every_target_says_what_it_does() -> None:
    told = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make ([a-z]+)", told, re.MULTILINE)) == targets()


def test_the_decisions_are_numbered_and_listed() -> None:
    assert [path.name[:4] for path in DECISIONS] == [
        f"{number:03}-" for number in range(1, len(DECISIONS) + 1)
    ]
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    for path in DECISIONS:
        title = path.read_text("utf-8").partition("\n")[0].removeprefix("# ")
        assert f"* [{title}](decisions/{path.name})" in index


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_one_short_page(path: Path) -> None:
    text = path.read_text("utf-8")
    heads = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert heads == ["Context", "Choice", "Cost"]
    assert len(text.splitlines()) <= 40


def test_hooks_fetch_nothing() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    assert set(re.findall(r"repo: *(\S+)", hooks)) == {"local"}
    assert set(re.findall(r"language: *(\S+)", hooks)) == {"system"}
    assert "additional_dependencies" not in hooks


def test_real_roaming_is_answered() -> None:
    """Every kind of report has its line, and each name in it is one of the model's."""
    kinds = [case["id"] for case in cases()]
    assert kinds == [*(f"W{n}" for n in range(1, 12)), *(f"B{n}" for n in range(1, 18))]
    assert PAGE.read_text("utf-8") == page()
    rules = {rule for name in published() for rule in load(name).rules}
    vectors = {test["id"] for test in read_suite(suite_folder()).tests}
    written = "".join(path.read_text("utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    tests = set(re.findall(r"def (test_\w+)", written))
    notebooks = {path.name[:2] for path in (ROOT / "notebooks").glob("*.ipynb")}
    known = {
        "rules": rules,
        "vectors": vectors,
        "journeys": set(JOURNEYS),
        "notebooks": notebooks,
        "tests": tests,
    }
    for case in cases():
        for name, names in known.items():
            assert set(case.get(name, ())) <= names, case["id"]
        assert case["rules"]
        assert case["vectors"]
        if case["id"].startswith("B"):
            assert case["journeys"], case["id"]
            assert case["notebooks"], case["id"]
        else:
            assert case.get("tests") or case["id"] in {"W6", "W11"}, case["id"]


def test_foreign_peers_are_told() -> None:
    """The page is written from the tables that the failure matrix holds."""
    assert foreign_peers.PAGE.read_text("utf-8") == foreign_peers.page()


def test_every_limit_is_told() -> None:
    """The page is written from what stands beside each limit."""
    assert limits.PAGE.read_text("utf-8") == limits.page()
