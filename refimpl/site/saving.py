"""What of a notebook outlasts its kernel, and is stored.

A live widget is a number by which a kernel knows it.  Opened with the next kernel, JupyterLab
looks for that number, finds nothing and says so, instead of showing the picture and the words
that are stored beside it.
"""

from collections.abc import MutableMapping
from typing import Any, Final

WIDGET: Final = "application/vnd.jupyter.widget-view+json"


def store_what_lasts(model: MutableMapping[str, Any], **_: object) -> None:
    """Take out of a notebook, before JupyterLab stores it, what lives with its kernel alone:
    live widgets that show something without one, and which Python it was.

    >>> slider = {"data": {WIDGET: {"model_id": "1"}, "text/plain": "a slider"}}
    >>> content = {"cells": [{"outputs": [slider]}], "metadata": {"widgets": {}}}
    >>> store_what_lasts({"type": "notebook", "content": content})
    >>> content
    {'cells': [{'outputs': [{'data': {'text/plain': 'a slider'}}]}], 'metadata': {}}
    """
    if model["type"] != "notebook":
        return
    metadata = model["content"]["metadata"]
    metadata.pop("widgets", None)
    metadata.get("language_info", {}).pop("version", None)
    for cell in model["content"]["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if len(data) > 1:
                data.pop(WIDGET, None)
