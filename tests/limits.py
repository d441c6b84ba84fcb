"""The page of all limits: written from what stands beside each of them by `python -m
tests.limits`.
"""

import ast
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from refimpl.tls import limits as limits_module
from refimpl.tls.limits import Limits

PAGE: Final = Path(__file__).parents[1] / "docs" / "limits.md"
HEAD: Final = """# Limits

What a stranger, a peer or a partner may cost an endpoint of the model, each with its reason.
What is beyond a limit is refused, dropped or forgotten, as its reason says; a refusal names a
rule. The limits of a live endpoint are counted under their names when they bite, and
`iec63119 serve --json` tells the counts. All of them are choices of this model.

This page is written by `python -m tests.limits` from what stands beside each limit.
"""
# fmt: off
SECTIONS: Final[dict[str, tuple[str, ...]]] = {
    "What an endpoint takes on": (
        "endpoint.waiting.MOST_WAITING",
        "endpoint.state.MOST_UNBILLED",
        "endpoint.waiting.RETRY_AFTER",
        "endpoint.clearing_house.MOST_POLLS",
        "endpoint.answers.MOST_TRIES",
        "endpoint.ledger.MOST_UNMATCHED",
        "endpoint.ledger.MOST_STAYS",
        "endpoint.state.RECENT",
        "endpoint.asked_again.PAGE_BYTES",
        "endpoint.asked_again.MARKS",
        "endpoint.contract_list.PART_SIZE",
        "network.routes.MOST_WAYS",
    ),
    "Messages": (
        "wire.MAX_BYTES",
        "records.MAX_BYTES",
        "extension.MAX_BYTES",
        "security.protection.LIFETIME",
        "security.protection.SKEW",
    ),
    "Handshakes and certificates": (
        "tls.channel.HANDSHAKE_BYTES",
        "tls.channel.KNOWN_CHAINS",
    ),
    "Looking at another endpoint": (
        "tls.probing.PATIENCE",
        "tls.probing.LONGEST_LOOK",
    ),
    "The store": (
        "tls.store.LEAST_CALLS",
        "tls.store.SHARE",
    ),
    "What is told and read": (
        "cli.telling.WAITING",
        "cli.telling.PATIENCE",
        "cli.inputs.MAX_FILE",
    ),
}
# fmt: on


class Limit(NamedTuple):
    """One limit: its name, how much it is, and why."""

    name: str
    amount: str
    reason: str


def _reasons(source: str) -> dict[str, str]:
    """The text that stands below each assignment of a module or class, by its name."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        for here, below in pairwise(body):
            if isinstance(here, ast.AnnAssign) and isinstance(below, ast.Expr):
                reason = ast.literal_eval(below.value)
                found[ast.unparse(here.target)] = " ".join(reason.split())
    return found


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value}"


def of_live_endpoints() -> Iterator[Limit]:
    """The limits of a live endpoint."""
    reasons = _reasons(inspect.getsource(limits_module))
    for field in fields(Limits):
        yield Limit(field.name, _shown(field.default), reasons[field.name])


def named(names: tuple[str, ...]) -> Iterator[Limit]:
    """The limits of these names, each after the module that holds it."""
    for name in names:
        module_name, _, constant = name.rpartition(".")
        module = importlib.import_module(f"refimpl.{module_name}")
        reasons = _reasons(inspect.getsource(module))
        yield Limit(name, _shown(getattr(module, constant)), reasons[constant])


def page() -> str:
    """The page as it should stand."""
    sections = {"Live endpoints": tuple(of_live_endpoints())}
    for title, names in SECTIONS.items():
        sections[title] = tuple(named(names))
    return HEAD + "".join(
        f"\n## {title}\n\n| limit | value | reason |\n|---|---|---|\n"
        + "".join(f"| `{one.name}` | {one.amount} | {one.reason} |\n" for one in limits)
        for title, limits in sections.items()
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
