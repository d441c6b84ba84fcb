"""A figure: what is drawn, its title, and a text that tells the same without the picture.

`digraph` opens a drawing in the house look; `Figure.svg` lays it out.  The layout program is
graphviz-pure, which comes with the `explorer` extra, or else the `dot` of the machine;
`IEC63119_DOT` names another one.  The same drawing always comes out as the same bytes, and it
has no ids, so that it can stand on a page beside any other.

A notebook that was not run on this machine is shown without its inline SVG, so a figure goes
into a notebook as an image with its text beneath.
"""

import html
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import graphviz

from refimpl.views.kit.embedding import image
from refimpl.views.kit.palette import (
    ACCENT,
    ACCENT_FILL,
    BROWN,
    BROWN_FILL,
    GREEN,
    GREEN_FILL,
    INK,
    MUTED,
    PAPER,
    WASH,
)
from refimpl.views.kit.rule_links import linked

TIMEOUT_S: Final = 10

# fmt: off
KIND_LOOK: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({
    "csp":            {"fillcolor": ACCENT_FILL, "color": ACCENT,
                       "shape": "box",     "style": "rounded,filled"},
    "cso":            {"fillcolor": GREEN_FILL,  "color": GREEN,
                       "shape": "box",     "style": "filled"},
    "clearing-house": {"fillcolor": BROWN_FILL,  "color": BROWN,
                       "shape": "hexagon", "style": "filled"},
    "cs":             {"fillcolor": WASH,        "color": MUTED,
                       "shape": "box",     "style": "filled"},
    "ev":             {"fillcolor": WASH,        "color": MUTED,
                       "shape": "ellipse", "style": "filled"},
    "user":           {"fillcolor": WASH,        "color": MUTED,
                       "shape": "ellipse", "style": "filled"},
})
"""How a node of each kind looks; kinds are told apart by shape where there is no colour."""

BASIS_LOOK: Final = MappingProxyType({
    "stated": "solid", "implied": "dashed", "chosen": "dotted",
})
"""How a line looks by the basis of its row."""
# fmt: on

FONT: Final = "Arial"
FONTS: Final = "Arial,Arimo,Liberation Sans,sans-serif"
SPARE: Final = re.compile(
    r"<!--.*?-->\n?|<title>.*?</title>\n?"
    rf'| font-family="{FONT}"| xml:space="preserve"| id="[^"]*"',
    re.DOTALL,
)
"""Of a drawing that is laid out: names of nodes, what each text has as the whole has, ids."""


class NoLayout(RuntimeError):
    """A drawing could not be laid out; the message is one line and names the ways out."""


def digraph(name: str, **attributes: str) -> Any:
    """An empty directed graph in the house look, as the graphviz package builds it;
    `attributes` are of the graph.

    >>> print(digraph("pair", rankdir="LR").source.splitlines()[0])
    digraph pair {
    """
    shared = {"fontname": FONT, "fontsize": "11", "fontcolor": INK}
    return graphviz.Digraph(
        name,
        graph_attr={
            **shared,
            "pad": "0.1",
            "nodesep": "0.3",
            "ranksep": "0.5",
            "bgcolor": PAPER,
            **attributes,
        },
        node_attr={
            **shared,
            "margin": "0.2,0.1",
            "shape": "box",
            "color": INK,
            "penwidth": "1.2",
        },
        edge_attr={
            **shared,
            "fontsize": "10",
            "color": INK,
            "arrowsize": "0.7",
            "penwidth": "1.2",
        },
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """What is drawn (DOT), its title, and a text that tells the same without the picture.

    `unmoved_by` tells of arguments that would change nothing here why they would not.
    """

    title: str
    dot: str
    text: str
    unmoved_by: Mapping[str, str] = field(default_factory=dict)

    def shows_as(self, other: "Figure") -> bool:
        """Tell whether another figure shows just this, whatever it is called."""
        return (self.dot, self.text) == (other.dot, other.text)

    def svg(self) -> str:
        """The drawing as one SVG element, accessible and self-contained; raises `NoLayout`."""
        return _svg(self.title, self.dot, self.text)

    def image(self) -> str:
        """The drawing as an `img` element, which a notebook that is not trusted yet keeps."""
        return image(self.svg(), self.title)

    def words(self) -> str:
        """The text beneath the drawing, folded away."""
        lines = "<br>\n".join(linked(line) for line in self.text.splitlines())
        summary = f"<summary>{html.escape(self.title)}, in words</summary>"
        breaks = 'style="overflow-wrap:anywhere"'  # a cipher text is one long word
        return f"<details>{summary}\n<p {breaks}>{lines}</p>\n</details>"

    def html(self) -> str:
        """The title, the drawing and the words beneath it, as a notebook keeps them."""
        title = f"<p><b>{html.escape(self.title)}</b></p>"
        return f"{title}\n{self.image()}\n{self.words()}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {
            "text/html": f"<div>{self.html()}</div>",
            "text/plain": f"{self.title}\n\n{self.text}",
        }


@lru_cache(maxsize=1024)
def _svg(title: str, dot: str, text: str) -> str:
    laid_out = _lay_out(dot)
    drawing = laid_out[laid_out.index("<svg") :]
    drawing = SPARE.sub("", drawing)
    opening, rest = drawing.removeprefix("<svg").split(">", 1)
    head = f'<svg role="img" aria-label="{html.escape(title)}"'
    whole = f'font-family="{FONTS}" xml:space="preserve"'
    told = f"<title>{html.escape(title)}</title>\n<desc>{html.escape(text)}</desc>"
    return f"{head}{opening} {whole}>\n{told}{rest}".strip()


@lru_cache(maxsize=1024)
def _lay_out(dot: str) -> str:
    tried = []
    for program in _programs():
        try:
            done = subprocess.run(
                [program, "-Tsvg"],
                input=dot.encode(),
                capture_output=True,
                timeout=TIMEOUT_S,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            first, *_ = error.stderr.decode(errors="replace").strip().split("\n")
            tried.append(f"{program}: {first}")
        except subprocess.TimeoutExpired:
            tried.append(f"{program}: no drawing after {TIMEOUT_S} s")
        except OSError as error:
            tried.append(f"{program}: {error.strerror}")
        else:
            return done.stdout.decode()
    raise NoLayout(
        "nothing here can lay out a drawing: install graphviz-pure (it comes with "
        "iec63119-refimpl[explorer]), or Graphviz with dot on the PATH, or name a program in "
        "IEC63119_DOT; "
        f"tried {'; '.join(tried) or 'nothing, as none was found'}"
    )


def _programs() -> Iterator[str]:
    """List the layout programs to try; one that `IEC63119_DOT` names is the only one."""
    if named := os.environ.get("IEC63119_DOT"):
        yield named
        return
    pure = "graphviz-pure.exe" if sys.platform == "win32" else "graphviz-pure"
    beside = Path(sysconfig.get_path("scripts")) / pure
    found = [str(beside)] if beside.exists() else []
    found += filter(None, map(shutil.which, ("graphviz-pure", "dot")))
    yield from dict.fromkeys(found)
