"""An extension of Sphinx: in the prose of every page, the id of a rule leads to its rule; and
the code of a cell is folded away under a word that is also what is read out.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from docutils import nodes  # type: ignore[import-untyped]  # it brings no types
from myst_nb.sphinx_ import HideCodeCellNode  # type: ignore[import-untyped]  # nor has this
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from refimpl.crosswalk.rules import RULES
from refimpl.edition import load, published
from refimpl.trace import CITATION

UNTOUCHED: Final = (nodes.reference, nodes.literal_block, nodes.title, nodes.raw, nodes.comment)
"""What an id in it is no link: it leads elsewhere, or stands as it is."""


class RuleIds(SphinxTransform):
    """Turns the ids of published rules into links."""

    default_priority = 900

    def apply(self, **_: Any) -> None:
        """Turn those of one page."""
        root = "../" * self.env.docname.count("/")
        known = dict.fromkeys(RULES, f"{root}crosswalk.html")
        for edition in published():
            known |= dict.fromkeys(load(edition).rules, f"{root}rules.html")
        for text in [*self.document.findall(nodes.Text)]:
            said, holder = text.astext(), text.parent
            if not CITATION.search(said) or _is_within(text, UNTOUCHED):
                continue
            if not isinstance(holder, nodes.literal):
                holder.replace(text, [*_parts(said, known)])
            elif said in known:
                link = _link("", said, known[said])
                holder.replace_self(link)
                link += holder


def _is_within(node: Any, kinds: tuple[type, ...]) -> bool:
    """Tell whether a node stands in one of some kinds, however deep."""
    above = node.parent
    while above is not None and not isinstance(above, kinds):
        above = above.parent
    return above is not None


def _parts(text: str, known: Mapping[str, str]) -> Iterator[Any]:
    """Yield the parts of a text: links to rules, and what stands between them."""
    for part in re.split(f"({CITATION.pattern})", text):
        if part in known:
            yield _link(part, part, known[part])
        elif part:
            yield nodes.Text(part)


def _link(words: str, rule: str, page: str) -> Any:
    return nodes.reference("", words, refuri=f"{page}#{rule}", internal=True)


FOLDED: Final = '<details class="hide"><summary>Code</summary>\n'


def _fold(writer: Any, _: Any) -> None:
    writer.body.append(FOLDED)


def _end_fold(writer: Any, _: Any) -> None:
    writer.body.append("</details>\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Let Sphinx know of it."""
    app.add_transform(RuleIds)
    app.add_node(HideCodeCellNode, override=True, html=(_fold, _end_fold))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
