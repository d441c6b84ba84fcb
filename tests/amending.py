"""Drafts for tests: an amendment of the newest edition out of a few rows."""

from pathlib import Path

from refimpl.edition import Edition, parse_edition
from refimpl.vectors.suite import read_suite, suite_folder

HEAD = """
edition = "{name}"
title = "An amendment of a test"
extends = "2025"

[[change]]
id = "t"
says = "A change of a test."
basis = "chosen"
source = "model: a test"
"""


def draft_text(rows: str, name: str = "draft") -> str:
    """The text of a draft with a change `t` and these rows."""
    return HEAD.format(name=name) + rows


def draft(rows: str, name: str = "draft") -> Edition:
    """The edition of such a draft."""
    return parse_edition(draft_text(rows, name), Path("draft.toml"))


def without(*rules: str, name: str = "draft") -> Edition:
    """The newest edition without some rules."""
    row = '[[rule]]\nid = "{}"\noff = true\nchange = "t"\n'
    return draft("\n".join(map(row.format, rules)), name)


def vectors_of(edition: str) -> int:
    """How many vectors of the suite are about an edition."""
    return sum(edition in test["editions"] for test in read_suite(suite_folder()).active)
