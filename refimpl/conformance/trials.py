"""Trials: every active vector in each of its editions, and which of them an implementation is
asked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Protocol

from refimpl.conformance.protocol import Introduction
from refimpl.conformance.roles import is_needed
from refimpl.vectors.families import role_asked
from refimpl.vectors.suite import Expect, Json, Suite, expects
from refimpl.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Trial:
    """One vector in one edition; `role` is None where it is asked of every role."""

    id: str
    edition: str
    content_hash: str
    operation: str
    context: Json | None
    input: Json
    expected: Expect
    binding: bool
    level: str
    role: Role | None

    @property
    def family(self) -> str:
        """The family of the vector."""
        return self.id.partition("/")[0]


def trials(suite: Suite) -> Iterator[Trial]:
    """Yield every active vector of a suite in each of its editions."""
    for test in suite.tests:
        if test["status"] != "active":
            continue
        context = suite.context_of(test)
        for edition, expected in expects(test).items():
            yield Trial(
                id=test["id"],
                edition=edition,
                content_hash=test["contentHashes"][edition],
                operation=test["operation"],
                context=context,
                input=test["input"],
                expected=expected,
                binding=test["binding"],
                level=test["level"],
                role=role_asked(test["operation"], context, test["input"]),
            )


class Asked(Protocol):
    """What is asked: a vector in an edition, or a question by lot."""

    @property
    def family(self) -> str:
        """The family it belongs to."""

    @property
    def operation(self) -> str:
        """The operation that is asked."""

    @property
    def edition(self) -> str:
        """The edition in which it is asked."""

    @property
    def role(self) -> Role | None:
        """The role that is asked; None where that is all the same."""


def is_of(role: Role, asked: Asked) -> bool:
    """Tell whether something belongs to the model profile of a role."""
    return asked.role in (None, role) and is_needed(role, asked.family, asked.operation)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which trials are wanted; all, where nothing is named."""

    families: tuple[str, ...] = ()
    editions: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    role: Role | None = None

    def takes(self, asked: Asked) -> bool:
        """Tell whether that is wanted."""
        return (
            (not self.families or asked.family in self.families)
            and (not self.editions or asked.edition in self.editions)
            and (not self.operations or asked.operation in self.operations)
            and (self.role is None or is_of(self.role, asked))
        )


ALL: Final = Selection()


class BadCapability(ValueError):
    """A capability that names no edition, role or operation of the suite."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an implementation takes part in; a kind of which none is named is not narrowed."""

    editions: frozenset[str] = field(default=frozenset())
    roles: frozenset[Role] = field(default=frozenset())
    operations: frozenset[str] = field(default=frozenset())

    def allow(self, asked: Asked) -> bool:
        """Tell whether that applies to an implementation that has these."""
        return (
            (not self.editions or asked.edition in self.editions)
            and (not self.roles or any(is_of(role, asked) for role in self.roles))
            and (not self.operations or asked.operation in self.operations)
        )


def capabilities_of(introduction: Introduction, suite: Suite) -> Capabilities:
    """Return what an implementation says that it takes part in; raises `BadCapability`."""
    known = {
        "edition": {*suite.files["corpus/suite.json"]["editions"]},
        "role": {*Role},
        "": {test["operation"] for test in suite.tests},
    }
    named: dict[str, set[str]] = {kind: set() for kind in known}
    for capability in introduction.capabilities:
        kind, _, name = capability.rpartition(":")
        if name not in known.get(kind, ()):
            raise BadCapability(f"no edition, role or operation {capability!r}")
        named[kind].add(name)
    return Capabilities(
        frozenset(named["edition"]),
        frozenset(map(Role, named["role"])),
        frozenset(named[""]),
    )


def digest_of(chosen: Iterable[Trial]) -> str:
    """Return the digest over the trials: sorted lines of id, edition and content hash."""
    lines = sorted(f"{one.id} {one.edition} {one.content_hash}\n" for one in chosen)
    return f"sha256:{sha256(''.join(lines).encode()).hexdigest()}"
