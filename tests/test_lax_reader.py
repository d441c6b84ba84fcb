"""A text that is refused for its form is refused for that alone: a reader of its own accepts it
once it overlooks that one rule.
"""

from typing import Any, Final

import pytest

from refimpl.vectors.suite import Vector, read_suite, suite_folder
from tests.lax_reader import Reader, Refused

SUITE: Final = read_suite(suite_folder())
FAMILIES: Final = ("sealed-message", "signed-message")
TESTS: Final = [test for test in SUITE.tests if test["id"].partition("/")[0] in FAMILIES]
REFUSED: Final = [test for test in TESTS if test["expect"]["outcome"] == "reject"]


def answer(test: Vector, *off: str) -> dict[str, Any]:
    """What a reader says that overlooks some rules."""
    family, _, _ = test["id"].partition("/")
    context = SUITE.files[f"v1/{family}.json"]["contexts"][test["context"]]
    reader = Reader(context, off)
    try:
        if test["operation"] == "message.unprotect":
            output = reader.unprotect(test["input"])
        else:
            output = reader.passages(test["input"])
    except Refused as refused:
        return {"outcome": "reject", "error": str(refused)}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if not off:
            raise
        return {"outcome": "reject", "error": f"cannot go on: {error!r}"}
    return {"outcome": "accept", "output": output}


def ids(tests: list[Vector]) -> list[str]:
    return [test["id"] for test in tests]


@pytest.mark.parametrize("test", TESTS, ids=ids(TESTS))
def test_the_strict_reader_agrees(test: Vector) -> None:
    assert answer(test) == test["expect"]


@pytest.mark.parametrize("test", REFUSED, ids=ids(REFUSED))
def test_one_rule_alone_refuses(test: Vector) -> None:
    without = answer(test, test["expect"]["error"])
    alone = without["outcome"] == "accept"
    assert alone != ("Precedence" in test["flags"]), without
