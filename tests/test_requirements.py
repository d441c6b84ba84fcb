"""What `requirements.txt` must name, so that an old pip installs from it as well as a new one.

pip before 23.3 asks the index for the newest release of a package when an extra of it is wanted
that the list does not name.  On the day of locking that is the pinned one, and the fault hides.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
OURS = "iec63119-refimpl"
PIN = re.compile(r"^([a-z0-9-]+)(?:\[([^]]*)\])?==", re.MULTILINE)
NONE = frozenset({""})  # the extra to evaluate a marker with where no extra is asked for


def locked(text: str) -> dict[str, set[str]]:
    """Read a lock: each name with the extras it is pinned with."""
    named: dict[str, set[str]] = {}
    for name, extras in PIN.findall(text):
        here = set(extras.split(",")) - {""}
        named[name] = named.get(name, here) & here  # a name can be pinned once for each Python
    return named


def installed() -> dict[str, list[Requirement]]:
    """Read what every installed package requires."""
    return {
        canonicalize_name(found.name): [Requirement(text) for text in found.requires or ()]
        for found in distributions()
    }


def asked(
    packages: Mapping[str, Iterable[Requirement]], extras: Mapping[str, set[str]]
) -> dict[str, set[str]]:
    """Collect the extras that active requirements ask for, by the name of who offers them."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for name, requirements in packages.items():
        for requirement in requirements:
            marker = requirement.marker
            chosen = NONE | extras.get(name, set())
            if not marker or any(marker.evaluate({"extra": extra}) for extra in chosen):
                wanted[canonicalize_name(requirement.name)] |= requirement.extras
    return wanted


def forgotten(lock: str, packages: Mapping[str, Iterable[Requirement]]) -> dict[str, set[str]]:
    """Find the extras that a package asks for and the lock does not name."""
    named = locked(lock)
    everything = {OURS: {"explorer", "discover", "dev"}}
    missing = {
        name: extras - named[name]
        for name, extras in asked(packages, named | everything).items()
        if name in named
    }
    return {name: extras for name, extras in missing.items() if extras}


def lock() -> str:
    return (ROOT / "requirements.txt").read_text("utf-8")


def test_the_lock_names_every_extra() -> None:
    packages = installed()
    assert OURS in packages
    assert not forgotten(lock(), packages)


def test_a_stripped_extra_is_found() -> None:
    stripped = PIN.sub(r"\1==", lock())
    assert forgotten(stripped, installed())["coverage"] == {"toml"}


def test_an_extra_behind_an_extra_is_found() -> None:
    packages = {"a": [Requirement("b[x]; extra == 'deep'")], "b": []}
    assert not forgotten("a==1\nb==1\n", packages)
    assert forgotten("a[deep]==1\nb==1\n", packages) == {"b": {"x"}}


def test_every_pin_has_a_hash_and_no_address() -> None:
    entries = re.split(r"^(?=[\w.-]+)", lock(), flags=re.MULTILINE)[1:]
    assert len(entries) == len(PIN.findall(lock()))
    assert not [entry for entry in entries if "--hash=sha256:" not in entry]
    assert "://" not in lock()


def test_the_lock_has_the_versions_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"]
    direct = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    direct += [text for texts in extras.values() for text in texts]
    pins = set(re.findall(r"^([a-z0-9-]+)(?:\[[^]]*\])?==(\S+)", lock(), re.MULTILINE))
    for requirement in map(Requirement, direct):
        pinned = str(requirement.specifier).removeprefix("==")
        assert (canonicalize_name(requirement.name), pinned) in pins
