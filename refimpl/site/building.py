"""The site, built by Sphinx from the sources that `staging` lays out; nothing is fetched.

What Sphinx warns of is a fault of ours: `build` raises `SiteFailed` with its first line.
"""

import io
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

from sphinx.application import Sphinx

from refimpl.site.facts import Facts
from refimpl.site.live.pictures import preparing
from refimpl.site.staging import DATA, PAGE, lay_out, write_data
from refimpl.views.kit.palette import COLOURS, THEME

FIRST_SCRIPT: Final = "base.js"
"""What the other scripts of a page call, so it comes first."""
TITLE: Final = "An open reference model of IEC 63119-1"
LOOK: Final = "_static/page/palette.css"
COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
FURO: Final = {
    "color-brand-primary": "accent",
    "color-brand-content": "accent",
    "color-brand-visited": "accent",
    "color-background-primary": "paper",
    "color-background-secondary": "wash",
    "color-foreground-primary": "ink",
    "color-foreground-secondary": "muted",
    "color-foreground-muted": "muted",
}
"""The names that the theme has for colours of ours."""


class SiteFailed(RuntimeError):
    """The site could not be built; one line that says what of it is wrong."""


def is_site(folder: Path) -> bool:
    """Tell whether a folder is empty or holds a site that was built before."""
    return folder.is_dir() and ((folder / LOOK).exists() or not any(folder.iterdir()))


def build(root: Path, out: Path) -> None:
    """Build the site of a checkout into a folder, in place of what was built there before;
    raises `SiteFailed`, and then leaves the folder as it was.
    """
    facts = Facts.of(root)
    out.absolute().parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory(dir=out.absolute().parent, prefix=".site-") as beside,
        preparing(facts.notebooks) as prepared,
    ):
        source, aside = Path(folder) / "source", Path(beside) / "site"
        lay_out(facts, [pictures.result() for pictures in prepared.notebooks], source)
        _write_look(source / "_extra" / LOOK)
        warned = _run_sphinx(source, aside, Path(folder) / "read")
        for name, value in prepared.shared():
            write_data(aside / DATA, name, value)
        if said := COLOUR.sub("", warned).strip():
            first, *others = said.replace(f"{source}/", "").splitlines()
            more = f" (and {len(others)} more)" if others else ""
            raise SiteFailed(f"{first}{more}")
        if out.exists():
            shutil.rmtree(out)
        aside.rename(out)


def _run_sphinx(source: Path, out: Path, read: Path) -> str:
    """Write the pages, and tell what Sphinx warns of."""
    warned = io.StringIO()
    app = Sphinx(
        srcdir=source,
        confdir=None,
        outdir=out,
        doctreedir=read,
        buildername="html",
        confoverrides=_settings(source),
        status=None,
        warning=warned,
        freshenv=True,
    )
    app.build(force_all=True)
    return warned.getvalue()


def _write_look(palette: Path) -> None:
    """Write the style sheets and the scripts of the pages, the palette among them."""
    shutil.copytree(PAGE, palette.parent)
    palette.write_text(_palette(), "utf-8")


def _palette() -> str:
    """The colours of pictures as variables of the whole page, light and dark."""
    light = "".join(f"--{name}:{one};" for name, (one, _) in COLOURS.items())
    dark = "".join(f"--{name}:{one};" for name, (_, one) in COLOURS.items())
    lines = (
        f":root{{{light}}}",
        f"body[data-theme=dark]{{{dark}color-scheme:dark}}",
        "body[data-theme=light]{color-scheme:light}",
        "@media (prefers-color-scheme:dark){",
        f"body[data-theme=auto]{{{dark}color-scheme:dark}}",
        "}",
        THEME,
    )
    return "\n".join(lines)


def _settings(source: Path) -> dict[str, Any]:
    """What Sphinx, MyST-NB and the theme are told."""
    names = sorted(path.name for path in PAGE.glob("*.js"))
    scripts = sorted(names, key=lambda name: name != FIRST_SCRIPT)
    styles = ["palette.css", *sorted(path.name for path in PAGE.glob("*.css"))]
    extra = [str(source / "_extra")]
    return {
        "project": TITLE,
        "html_title": TITLE,
        "html_theme": "furo",
        "html_theme_options": {
            "light_css_variables": {ours: f"var(--{name})" for ours, name in FURO.items()},
            "dark_css_variables": {ours: f"var(--{name})" for ours, name in FURO.items()},
        },
        "html_extra_path": extra,
        "html_css_files": [f"page/{name}" for name in styles],
        "html_js_files": [(f"page/{name}", {"defer": "defer"}) for name in scripts],
        "html_copy_source": False,
        "html_show_sourcelink": False,
        "html_show_copyright": False,
        "html_use_index": False,
        "extensions": ["myst_nb", "refimpl.site.extension"],
        "exclude_patterns": ["_extra"],
        "nb_execution_mode": "off",
        "nb_mime_priority_overrides": [["html", "text/html", 0]],
        "nb_merge_streams": True,
        "myst_heading_anchors": 3,
    }
