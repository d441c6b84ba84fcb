"""How what a page needs travels: texts cut into pieces of which each is kept once, and a large
value packed as the text of its gzip.
"""

import gzip
import json
import re
from base64 import b64encode
from typing import Final

from refimpl.site.chapters.writing import for_site

CUT: Final = re.compile(r"(?<=\n)|(?=<(?:tr|td|g|details|text|path)\b)")
"""Where a text is cut: what lies between comes again in other pictures."""


class Pieces:
    """Texts, each as the numbers of its pieces.

    >>> pieces = Pieces()
    >>> pieces.cut("<tr><td>a</td></tr>"), pieces.cut("<tr><td>b</td></tr>"), pieces.known
    ([0, 1], [0, 2], ['<tr>', '<td>a</td></tr>', '<td>b</td></tr>'])
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def known(self) -> list[str]:
        """Every piece, in the order of the numbers."""
        return list(self._numbers)

    def cut(self, text: str) -> list[int]:
        """Cut a text, in which a rule is linked to as on a page of the site."""
        pieces = filter(None, CUT.split(for_site(text, "../")))
        return [self._numbers.setdefault(piece, len(self._numbers)) for piece in pieces]


def packed(value: object) -> dict[str, str]:
    """Pack a value as the page unpacks it."""
    told = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return {"gzip": b64encode(gzip.compress(told.encode(), 9, mtime=0)).decode()}
