"""How the properties are searched: the same examples every time where `CI=true`, new and more
of them on a desk, few of them in `make quick`, and by far the most in `make soak`.
"""

import json
import os
import signal
from collections.abc import Iterator
from functools import partial
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.browser import Explorer, Started
    from tests.live import EndpointThread

collect_ignore = ["bench"]  # it measures, and some of it runs in the environments of peers

# A shell starts what runs in its background with Ctrl-C ignored, and whatever that starts inherits
# it.  The commands under test are to hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What commands keep unasked is kept in a folder of its own.
STATE = TemporaryDirectory(prefix="state-")
os.environ["XDG_STATE_HOME"] = STATE.name
os.environ["XDG_DATA_HOME"] = STATE.name

settings.register_profile("ci", deadline=None, derandomize=True, database=None, max_examples=60)
settings.register_profile("desk", deadline=None, database=None, max_examples=120)
settings.register_profile("quick", deadline=None, database=None, max_examples=30)
settings.register_profile("soak", deadline=None, database=None, max_examples=1_000)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")


@pytest.fixture(scope="module")
def endpoints() -> Iterator["EndpointThread"]:
    """Where endpoints run on real connections, in a thread beside the test."""
    from tests.live import endpoint_thread

    with endpoint_thread() as it:
        yield it


@pytest.fixture(scope="session")
def running_explorer() -> Iterator["Started"]:
    """One explorer for all."""
    from tests.browser import CHROMIUM, started

    assert CHROMIUM, "no Chromium on this machine, and IEC63119_REQUIRE_BROWSER=1"
    with started() as there:
        yield there


@pytest.fixture(scope="module")
def started_explorer(running_explorer: "Started") -> Iterator["Explorer"]:
    """A browser of this module's own that looks at it: what drives a browser occupies the event
    loop of its thread, which other modules need.
    """
    from tests.browser import looked_at

    with looked_at(running_explorer) as shown:
        yield shown


@pytest.fixture(scope="module")
def lab(started_explorer: "Explorer") -> Iterator["Explorer"]:
    """The explorer in a page of this module's own, with every address outside of this machine
    that the page asks for.
    """
    with started_explorer.another_page() as page:
        yield page
        assert page.outside == []


@pytest.fixture
def in_canonical_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `joserfc` write its headers in canonical order, as the profile asks; it leaves that
    to its caller.
    """
    pytest.importorskip("joserfc", reason="joserfc is not installed")
    dumps = partial(json.dumps, sort_keys=True)
    monkeypatch.setattr("joserfc.util.json", SimpleNamespace(dumps=dumps, loads=json.loads))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """On several cores, keep the tests of a file together, and those of all files that open a
    browser: they share one explorer.
    """
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]  # no types

    class Sharing(LoadFileScheduling):  # type: ignore[misc]  # of a package without types
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "browser" if "test_browser" in file else file

    return Sharing(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Count the lines of what is the same every time only: the gate stands on written examples,
    and a search costs twice as much when it is counted.
    """
    if hasattr(config, "workerinput"):  # what takes longest begins
        items.sort(key=lambda item: "test_browser" not in item.path.name)
    for item in items:
        if item.get_closest_marker("hypothesis"):
            item.add_marker(pytest.mark.no_cover)
