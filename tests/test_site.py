"""The static site: it is whole, asks no other host for anything, and reads without a script."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from refimpl.edition import load, published
from refimpl.vectors.suite import read_suite
from tests.built_site import ROOT, built_site

pytestmark = pytest.mark.slow

LED = re.compile(r"""\s(?:href|src)="([^"]*)\"""")
NAMED = re.compile(r"""\sid="([^"]+)\"""")
CODE = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)
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
    """Every page by its path in the site, without its pictures."""
    found = {}
    for path in sorted(site.rglob("*.html")):
        text = re.sub(r"data:image/[^\"]+", "data:", path.read_text("utf-8"))
        found[path.relative_to(site).as_posix()] = text
    return found


def links(pages: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in pages.items():
        yield from ((name, unquote(link)) for link in LED.findall(CODE.sub("", text)))


def leads_nowhere(site: Path, anchors: dict[str, set[str]], page: str, link: str) -> bool:
    """Say whether a link within the site misses its file, or its place there."""
    name, _, place = link.partition("#")
    name = name.partition("?")[0]
    target = (site / page).parent.joinpath(name).resolve() if name else site / page
    if not target.is_file():
        return True
    there = anchors.get(target.relative_to(site.resolve()).as_posix(), set())
    return bool(place) and place not in there


def test_every_link_and_anchor_resolves(site: Path, pages: dict[str, str]) -> None:
    anchors = {name: {"", *NAMED.findall(text)} for name, text in pages.items()}
    inside = [(page, link) for page, link in links(pages) if not re.match(r"[a-z]+:", link)]
    assert len(inside) > 1000
    site = site.resolve()
    assert not [one for one in inside if leads_nowhere(site, anchors, *one)]
    assert leads_nowhere(site, anchors, "index.html", "rules.html#NET-0")
    assert leads_nowhere(site, anchors, "index.html", "nowhere.html")


def test_no_anchor_stands_twice(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        ids = Counter(NAMED.findall(CODE.sub("", text)))
        assert not [one for one, count in ids.items() if count > 1], name


def test_nothing_leads_to_another_host(pages: dict[str, str]) -> None:
    outside = {link for _, link in links(pages) if re.match(r"(?:https?:)?//", link)}
    assert outside <= THEME


def test_every_rule_and_vector_has_its_anchor(pages: dict[str, str]) -> None:
    for name in published():
        assert {*load(name).rules} <= {*NAMED.findall(pages["rules.html"])}
    for test in read_suite(ROOT / "vectors").tests:
        family, _, name = test["id"].partition("/")
        assert f' id="{name}"' in pages[f"vectors/{family}.html"]


def test_it_is_small(site: Path) -> None:
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < MOST_BYTES
