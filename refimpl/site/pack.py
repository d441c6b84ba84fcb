"""The reviewer pack: the pages that a reviewer reads, as one document, printed by Chromium as
a tagged PDF with bookmarks.

It is made of the pages that were built.  The words of a picture are unfolded; of what else is
folded away on a page the pack has the heading, and of a picture that has steps the first one.
The code of cells is left out.  A link to a page of the pack leads into the pack, any other is
plain text.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Final

from bs4 import BeautifulSoup, Tag

TITLE: Final = "An open reference model of IEC 63119-1: reviewer pack"
PACK: Final = "reviewer-pack"
PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--export-tagged-pdf",
    "--generate-pdf-document-outline",
)
TIMEOUT_S: Final = 120
FIRST: Final = (
    "reviewer",
    "rules",
    "editions",
    "terms",
    "crosswalk",
    "traceability",
)
"""What a reviewer reads first; notebooks, documents and decisions follow."""
FOLDERS: Final = ("notebooks", "docs", "docs/decisions")
BOXES: Final = ".stored, .live"
IN_WORDS: Final = ", in words"
"""How the summary of a picture's words ends."""
HELD: Final = "data:held-"
NUMBER: Final = re.compile(rf"{HELD}(\d+)")
DATA: Final = re.compile(r'data:image/[^"]+')
LEFT_OUT: Final = ", ".join(
    (
        ".headerlink",
        "script",
        "style",
        "button",
        "form",
        ".cell_input",
        "details.hide",
        ".toctree-wrapper",
        ".link-bar",
    )
)


class NoPdf(RuntimeError):
    """The pack could not be printed; one line that tells the way out."""


def find_chromium() -> Path:
    """Find a Chromium on this machine; raises `NoPdf` where there is none."""
    for name in PROGRAMS:
        if found := shutil.which(name):
            return Path(found)
    raise NoPdf("no Chromium is here to print with; install one, or name it with --chromium")


def write_pack(site: Path, pages: Sequence[str] = ()) -> Path:
    """Write the pack as one more page of a site that was built: of the pages that are named, or
    of all that a reviewer reads.
    """
    pages = pages or [*_pages(site)]
    chapters = "\n".join(_chapter(site, page, pages) for page in pages)
    look = "".join(
        f'<link rel="stylesheet" href="_static/page/{name}.css">'
        for name in ("palette", "site", "print/pack")
    )
    path = site / f"{PACK}.html"
    path.write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f'{look}</head><body data-theme="light" data-jp-theme-light="true">\n'
        f"{_contents(site, pages)}\n{chapters}\n</body></html>\n",
        "utf-8",
    )
    return path


def _pages(site: Path) -> Iterator[str]:
    """Yield the pages of the pack by their names, in the order in which they are read."""
    yield from FIRST
    for folder in FOLDERS:
        for path in sorted((site / folder).glob("*.html")):
            yield f"{folder}/{path.stem}"


def _contents(site: Path, pages: Sequence[str]) -> str:
    """Write the title of the pack, and its contents as links."""
    titles = (f'<li><a href="#{_place(page)}">{_title(site, page)}</a></li>' for page in pages)
    return (
        f'<article class="contents"><h1>{TITLE}</h1><p>Printed from the site, which has the '
        "vectors, the library and the pictures that can be stepped through besides.</p>"
        f"<h2>Contents</h2><ol>{''.join(titles)}</ol></article>"
    )


def _title(site: Path, page: str) -> str:
    head = re.search(r"<h1>(.*?)<a class=", (site / f"{page}.html").read_text("utf-8"))
    return re.sub(r"<[^>]+>", "", head[1]) if head else page


def _place(page: str, anchor: str = "") -> str:
    """Name a place of a page within the pack."""
    whole = page.replace("/", "-")
    return f"{whole}--{anchor}" if anchor else whole


def _chapter(site: Path, page: str, pages: Sequence[str]) -> str:
    """Take over a page: its text, its anchors and links renamed, and what is folded away."""
    text = (site / f"{page}.html").read_text("utf-8")
    pictures = DATA.findall(text)  # a number stands for each, for they are long
    numbers = count()
    built = BeautifulSoup(DATA.sub(lambda _: f"{HELD}{next(numbers)}", text), "html.parser")
    article = built.find("article")
    assert isinstance(article, Tag)
    for spare in article.select(LEFT_OUT):
        spare.decompose()
    for one in article.select("[id]"):
        one["id"] = _place(page, str(one["id"]))
    for link in article.select("a[href]"):
        _lead_within(link, page, pages)
    _unfold(article)
    for image in article.select("img[src]"):
        _find_picture(image, page)
    article["id"] = _place(page)
    return NUMBER.sub(lambda found: pictures[int(found[1])], str(article))


def _unfold(article: Tag) -> None:
    """Unfold the words of pictures, and one picture where all are folded away; of what else is
    folded, leave the heading.
    """
    for box in article.select(BOXES):
        images = box.select("img")
        if images and all(image.find_parent("details") for image in images):
            _open(images[0].find_parent("details"))
    for folded in article.select("details"):
        if folded.decomposed:
            continue
        summary = folded.summary
        if summary and summary.get_text().endswith(IN_WORDS):
            _open(folded)
        elif summary:
            summary.name, summary["class"] = "span", "folded"
            folded.replace_with(summary.extract())
            folded.decompose()


def _open(folded: Tag | None) -> None:
    """Turn what is folded away into what stands on the page."""
    if folded and folded.summary:
        folded.summary["class"] = "summary"
        folded.summary.name = "p"
        folded.name = "div"


def _lead_within(link: Tag, page: str, pages: Sequence[str]) -> None:
    """Let a link lead to its place in the pack, or be plain text."""
    target, _, anchor = str(link["href"]).partition("#")
    if target.startswith(("http:", "https:")):
        return
    name = page
    if target:
        name = os.path.normpath(Path(page).parent / target.removesuffix(".html"))
    if name in pages:
        link["href"] = f"#{_place(name, anchor)}"
    else:
        link.name = "span"
        del link["href"]


def _find_picture(image: Tag, page: str) -> None:
    """Let an image be found from the pack, which lies beside the front page."""
    source = str(image["src"])
    if not source.startswith("data:"):
        image["src"] = os.path.normpath(Path(page).parent / source)


def print_pack(pack: Path, program: Path) -> Path:
    """Print the pack as a PDF beside it; raises `NoPdf`."""
    out = pack.with_suffix(".pdf")
    with tempfile.TemporaryDirectory() as home:
        command = [str(program), *FLAGS, f"--user-data-dir={home}", f"--print-to-pdf={out}"]
        try:
            subprocess.run(
                [*command, pack.resolve().as_uri()],
                capture_output=True,
                check=True,
                timeout=TIMEOUT_S,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise NoPdf(f"{program}: printed nothing; name another with --chromium") from error
    if not out.is_file():
        raise NoPdf(f"{program}: printed nothing; name another with --chromium")
    return out
