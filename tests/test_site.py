"""The static site: it is whole, asks no other host for anything, and reads without a script."""

import posixpath
import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import pytest

from refimpl.crosswalk.rules import RULES as OUTSIDE
from refimpl.edition import load, published
from refimpl.vectors.suite import read_suite
from tests.built_site import ROOT, built_site
from tests.command import one_line, say

pytestmark = pytest.mark.slow

LED = re.compile(r"""\s(?:href|src)="([^"]*)\"""")
NAMED = re.compile(r"""\sid="([^"]+)\"""")
SPARE = re.compile(r"""<(script|style)\b(?![^>]*\ssrc=).*?</\1>|data:image/[^"]+""", re.DOTALL)
MOST_BYTES = 25 * 2**20
THEME = {
    "https://github.com/pradyunsg/furo",
    "https://pradyunsg.me",
    "https://www.sphinx-doc.org/",
}


@pytest.fixture(scope="module")
def site() -> Path:
    return built_site()


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, str]:
    """Every page by its path in the site, without its pictures and scripts."""
    found = {}
    for path in sorted(site.rglob("*.html")):
        text = SPARE.sub("", path.read_text("utf-8"))
        found[path.relative_to(site).as_posix()] = text
    return found


def links(pages: dict[str, str]) -> set[tuple[str, str]]:
    """The links of all pages, each with the page that it stands on."""
    return {(page, unquote(link)) for page, text in pages.items() for link in LED.findall(text)}


def misses(site: Path, anchors: dict[str, set[str]], page: str, link: str) -> bool:
    """Say whether a link within the site misses its file, or its place there."""
    address, _, place = link.partition("#")
    name = address.partition("?")[0]
    target = (
        posixpath.normpath(f"{posixpath.dirname(page)}/{name}").lstrip("/") if name else page
    )
    if target in anchors:
        return bool(place) and place not in anchors[target]
    return not (site / target).is_file()


def test_every_link_and_anchor_resolves(site: Path, pages: dict[str, str]) -> None:
    anchors = {name: set(NAMED.findall(text)) for name, text in pages.items()}
    inside = [one for one in links(pages) if not re.match(r"[a-z]+:", one[1])]
    assert len(inside) > 1000
    assert not [one for one in inside if misses(site, anchors, *one)]
    assert misses(site, anchors, "index.html", "rules.html#NET-0")
    assert misses(site, anchors, "docs/limits.html", "index.html")


def test_no_anchor_stands_twice(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        ids = Counter(NAMED.findall(text))
        assert not [one for one, count in ids.items() if count > 1], name


def test_nothing_leads_to_another_host(pages: dict[str, str]) -> None:
    outside = {link for _, link in links(pages) if re.match(r"(?:https?:)?//", link)}
    assert outside <= THEME


def test_every_rule_and_vector_has_its_anchor(pages: dict[str, str]) -> None:
    for name in published():
        assert {*load(name).rules} <= {*NAMED.findall(pages["rules.html"])}
    assert {*OUTSIDE} <= {*NAMED.findall(pages["crosswalk.html"])}
    for page, rule in (("docs/crosswalk-peers.html", 11), ("notebooks/13-crosswalk.html", 5)):
        assert f'href="../crosswalk.html#XWK-{rule}"' in pages[page]
    for test in read_suite(ROOT / "vectors").tests:
        family, _, name = test["id"].partition("/")
        assert f' id="{name}"' in pages[f"vectors/{family}.html"]


def test_it_is_small(site: Path) -> None:
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < MOST_BYTES


def test_a_folder_with_something_else_is_left(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    said = say("site", str(tmp_path))
    assert said.code == 2
    assert "is no site" in one_line(said)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_lies_beside_is_left(site: Path) -> None:
    """While it is built, it lies in a folder of its own that is gone afterwards."""
    beside = {path.name for path in site.parent.iterdir() if not path.name.startswith("user-")}
    assert beside == {"lock", "site", "site.new"}


def test_no_chromium_is_said_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = say("site", str(tmp_path / "site"), "--pdf")
    assert said.code == 1
    assert "--chromium" in one_line(said)
    assert not (tmp_path / "site").exists()
