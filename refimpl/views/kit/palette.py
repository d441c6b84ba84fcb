"""The colours of pictures, each with the one that takes its place on a dark page.

A drawing is made once, in the colours of a light page.  A style sheet turns them dark: `THEME`
on a page of JupyterLab, where it follows the theme; the one of `with_dark` within an image,
where it follows the page that shows the image.  Where neither is read, the drawing is as it was
made.

So a drawing uses these colours and no others, and what is dark is decided here alone.
"""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

# fmt: off
COLOURS: Final = MappingProxyType({
    #               light       dark
    "paper":       ("#ffffff", "#1c1c1c"),
    "ink":         ("#1a1a1a", "#ececec"),
    "muted":       ("#595959", "#bdbdbd"),
    "faint":       ("#b0b0b0", "#6e6e6e"),
    "edge":        ("#767676", "#9a9a9a"),
    "rule":        ("#d0d0d0", "#4a4a4a"),
    "wash":        ("#f4f4f4", "#2e2e2e"),
    "grey":        ("#e4e4e4", "#3d3d3d"),
    "accent":      ("#0b4fa3", "#92c1ff"),
    "accent-fill": ("#e3edf9", "#1d3047"),
    "alarm":       ("#b3261e", "#ff9f95"),
    "green":       ("#1e6b3a", "#8fd9a8"),
    "green-fill":  ("#e6f3e8", "#1c3524"),
    "brown":       ("#8a4b00", "#f2b872"),
    "brown-fill":  ("#fdf0da", "#3f2e12"),
    "band":        ("#fff6cc", "#45400f"),
    "heat-1":      ("#fdebdc", "#372a20"),
    "heat-2":      ("#f9cfae", "#4d3520"),
    "heat-3":      ("#f4b183", "#65411f"),
    "heat-4":      ("#ef9a5f", "#7d4e1f"),
})
"""Every colour by name: on a light page, and on a dark one."""
# fmt: on


def _light(name: str) -> str:
    light, _ = COLOURS[name]
    return light


PAPER: Final = _light("paper")
INK: Final = _light("ink")
MUTED: Final = _light("muted")
FAINT: Final = _light("faint")
WASH: Final = _light("wash")
RULE: Final = _light("rule")
GREY: Final = _light("grey")
ACCENT: Final = _light("accent")
ACCENT_FILL: Final = _light("accent-fill")
ALARM: Final = _light("alarm")
GREEN: Final = _light("green")
GREEN_FILL: Final = _light("green-fill")
BROWN: Final = _light("brown")
BROWN_FILL: Final = _light("brown-fill")
BAND: Final = _light("band")
HEAT: Final = tuple(_light(f"heat-{step}") for step in range(1, 5))

DARK_PAGE: Final = 'body[data-jp-theme-light="false"]'
ROOT: Final = ".iec63119"


def with_dark(svg: str) -> str:
    """Give a drawing that will be an image the dark colours of those that it uses.

    >>> print(with_dark('<svg><path stroke="#1a1a1a"/></svg>').partition("dark)")[2])
    {[stroke="#1a1a1a"]{stroke:#ececec}}</style><path stroke="#1a1a1a"/></svg>
    """
    used = (rule for drawn, rule in _dark_rules() if drawn in svg)
    style = f"<style>@media (prefers-color-scheme: dark){{{''.join(used)}}}</style>"
    opening, rest = svg.split(">", 1)
    return f"{opening}>{style}{rest}"


def _dark_rules() -> Iterator[tuple[str, str]]:
    """Each way a colour is drawn, with the rule that turns it dark."""
    for light, dark in COLOURS.values():
        for attribute in ("fill", "stroke"):
            drawn = f'{attribute}="{light}"'
            yield drawn, f"[{drawn}]{{{attribute}:{dark}}}"


def _theme() -> str:
    light = "".join(f"--{name}:{on_light};" for name, (on_light, _) in COLOURS.items())
    dark = "".join(f"--{name}:{on_dark};" for name, (_, on_dark) in COLOURS.items())
    whole = "color: var(--ink); background: var(--paper);"
    lines = [
        f"{ROOT} {{ color-scheme: light; {whole} {light} }}",
        f"{DARK_PAGE} {ROOT} {{ color-scheme: dark; {dark} }}",
    ]
    lines += [f"{DARK_PAGE} {ROOT} svg {rule}" for _, rule in _dark_rules()]
    return "\n".join([*lines, ""])


THEME: Final = _theme()
"""The style sheet of a live view: its colours as variables (`var(--ink)`), light and dark, for
what stands within an element of the class `iec63119`; and those of the drawings in it.
"""
