"""The page about JOSE libraries, and in `make soak` those libraries themselves: they do with
the vectors what the page says.
"""

import pytest

from tests.jose_libraries import (
    LIMITS,
    MEASURED,
    PAGE,
    RAISES,
    READS,
    algorithms,
    how_often,
    limits,
    measured_often,
    page,
    strange_exceptions,
)
from tests.jose_readers import library


def test_the_page_is_as_measured() -> None:
    assert PAGE.read_text("utf-8") == page()


@pytest.mark.soak
@pytest.mark.parametrize("name", MEASURED)
def test_versions(name: str) -> None:
    assert library(name).version == MEASURED[name].version


@pytest.mark.soak
@pytest.mark.parametrize("name", MEASURED)
def test_algorithms(name: str) -> None:
    assert algorithms(library(name)) == READS[name]


@pytest.mark.soak
@pytest.mark.parametrize("name", MEASURED)
def test_rules(name: str) -> None:
    assert how_often(library(name)) == measured_often(name)


@pytest.mark.soak
@pytest.mark.parametrize("name", MEASURED)
def test_sizes(name: str) -> None:
    assert limits(library(name)) == LIMITS[name]


@pytest.mark.soak
@pytest.mark.parametrize("name", RAISES)
def test_exceptions(name: str) -> None:
    assert strange_exceptions(name, library(name)) == RAISES[name]
