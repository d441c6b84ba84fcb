"""The page about OCPI packages of PyPI, and in `make soak` those packages themselves: they do
with the objects what the page says.
"""

import pytest

from tests.crosswalk_peers import (
    CASES,
    GOOD,
    PAGE,
    PEERS,
    PLACES,
    REWRITES,
    measure,
    ours,
    page,
    python_of,
)


def test_the_page_is_as_measured() -> None:
    assert PAGE.read_text("utf-8") == page()


@pytest.mark.parametrize("name", PEERS)
def test_each_place_is_told(name: str) -> None:
    assert (len(REWRITES[name]), len(PLACES[name])) == (len(GOOD), len(CASES))


def test_ours_loses_nothing() -> None:
    """What ours does not refuse has a class at the place that was looked at."""
    assert [case.says for case in CASES if ours(case).startswith("taken without")] == []


@pytest.mark.soak
@pytest.mark.parametrize("name", PEERS)
def test_a_peer_is_as_measured(name: str) -> None:
    python = python_of(name)
    if python is None:
        pytest.skip(f"{name} does not install here")
    assert measure(name, python) == (REWRITES[name], PLACES[name])
