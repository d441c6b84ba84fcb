"""A drawing on a page: in line where the page is live, an image where it is kept.

Either way it shrinks with the page until its smallest text is `READABLE_PX` high, and from
there on its box scrolls instead, and a line above it says so.
"""

import re
from base64 import b64encode
from html import escape
from math import ceil
from typing import Final

from refimpl.views.kit.palette import with_dark

READABLE_PX: Final = 11
LINE_PX: Final = 16
"""How high the line is that says that a box scrolls."""


def inline(svg: str) -> str:
    """A drawing as it stands in a live page, in a box that scrolls."""
    least = least_width_px(svg)
    style = f"max-width:100%;height:auto;min-width:{least}px"
    return boxed(_bare(svg).replace("<svg ", f'<svg style="{style}" ', 1), least)


def image(svg: str, alt: str) -> str:
    """A drawing as an `img` element that holds it whole, in a box that scrolls; a notebook that
    is not trusted yet keeps both.
    """
    data = b64encode(with_dark(_bare(svg)).encode()).decode()
    least = least_width_px(svg)
    style = f"max-width:100%;min-width:{least}px"
    source = f"data:image/svg+xml;base64,{data}"
    return boxed(f'<img alt="{escape(alt)}" src="{source}" style="{style}">', least)


def _bare(svg: str) -> str:
    """A drawing without its words, which stand beside it on a page."""
    return re.sub(r"<desc>.*?</desc>\n?", "", svg, flags=re.DOTALL)


def boxed(content: str, least_px: int = 0) -> str:
    """What may be wider than the page, in a box that scrolls and that the keyboard reaches; it
    says that it scrolls where the page is narrower than `least_px`, if that is known.
    """
    box = f'<div style="overflow-x:auto" tabindex="0">{content}</div>'
    if not least_px:
        return box
    return f"{_sign(least_px)}{box}"


def _sign(least_px: int) -> str:
    """A line that shows where there are fewer than so many pixels, without script or style
    sheet: it stands beside what is so wide, out of sight, and wraps where there is no room.
    """
    words = "width:250px;margin-right:-250px;font-size:12px;line-height:16px"
    return (
        '<div aria-hidden="true" style="overflow:hidden">'
        f'<div style="display:flex;flex-wrap:wrap;margin-top:-{LINE_PX}px">'
        f'<div style="flex:0 0 {least_px}px;height:{LINE_PX}px"></div>'
        f'<div style="{words}">Wider than the page: scroll sideways →</div></div></div>'
    )


def least_width_px(svg: str) -> int:
    """Tell how many pixels wide a drawing must be for its smallest text to be readable.

    >>> least_width_px('<svg width="300pt"><text font-size="9">a</text></svg>')
    367
    """
    width = re.search(r'^<svg[^>]* width="([\d.]+)', svg)
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)', svg)]
    if width is None or not sizes:
        return 0
    return ceil(float(width[1]) * READABLE_PX / min(sizes))
