"""The proof that a refused vector is refused for one reason: with that check switched off, the
reference accepts it.

A second copy of the package is loaded in which every `raise` asks first whether its rule is on.
`Isolation.of` asks that copy a vector with the rule off that refuses it.  Where the copy can't
go on without the check, `Isolation` tells so, and `NOT_SWITCHABLE` says why for each rule.

Nothing of the copy reaches the caller but JSON.
"""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module, invalidate_caches
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, MappingProxyType, ModuleType
from typing import Any, Final, Literal, NamedTuple, Protocol

from refimpl.vectors.families import is_outside
from refimpl.vectors.suite import Json, Suite, Vector, refused_by

PACKAGE: Final = "refimpl"
MOST_PASSED: Final = 1000
IS_ON: Final = "_is_on"
RAISED: Final = "_raised"

NOT_SWITCHABLE: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            "WIR-2 WIR-3 WIR-5 NET-9 MSG-8 CRT-1 TLS-6".split(),
            "nothing was read, so there is nothing to go on with",
        ),
        **dict.fromkeys(
            "NET-1 NET-6 NET-8 IDP-1 IDP-2 CRD-2 PRV-1".split(),
            "what is named does not exist, so nothing can be looked up by it",
        ),
        **dict.fromkeys(
            "NET-2 NET-7 REP-1".split(), "there is no way, so no hop of it can be named"
        ),
        **dict.fromkeys(
            "SES-1 SES-2 SES-3 SES-5 SES-6 SES-8".split(),
            "the service stays where it was, and what comes after it finds no row",
        ),
        **dict.fromkeys(
            "CRT-10 CRT-11 CRT-13".split(),
            "the certificate has none or several of what the answer has one of",
        ),
        **dict.fromkeys(
            "EMA-2 EMA-4".split(), "the check character is not defined for such a text"
        ),
        **dict.fromkeys(
            "AUT-1 FET-1 REP-8".split(), "a partner refused by it, and its word is noted"
        ),
        "FET-3": "the place to go on from cannot be read",
        "LST-1": "the parts of a list do not fit together, so there is no list",
        "RCL-1": "what was taken over is settled by the same rule",
        "SES-11": "the session table has no row of it, so no phase follows",
        "SES-12": "who speaks is neither side of the service, so nothing says in which role",
        "REP-7": "there is no question to which the answer belongs",
        "TLS-3": "there is no peer that could be admitted",
    }
)
"""Why the reference cannot go on without a check, at least in some places."""

OF_THE_TABLE: Final = frozenset(
    "SES-1 SES-2 SES-3 SES-4 SES-5 SES-6 SES-7 SES-8 SES-14 SES-15".split()
)
"""The rules that rows of the session table name.  Without one of them a service stays where it
was, so that what comes after it in the same question may find no row.  That is one cause.
"""

OF_A_TEXT: Final = "JOS-"
"""The rules whose vectors are no proofs here.  The reference reads a text in one go and says
only afterwards what is wrong, so that without one rule the next is raised for the same fault.
The tests of the project prove them with a reader that overlooks one rule at a time.
"""

How = Literal["isolated", "precedence", "not switchable"]


class Proof(NamedTuple):
    """What came of a refused vector with the rule off that refuses it in an edition.

    `then` is the rule that refuses it next, or what kept the copy from going on.
    """

    id: str
    edition: str
    rule: str
    how: How
    then: str = ""

    @property
    def is_stuck(self) -> bool:
        """Whether the reference cannot go on without the rule."""
        return self.how == "not switchable"

    @property
    def says(self) -> str:
        """What came of it, in words."""
        return f"{self.how} ({self.then})" if self.then else self.how


def proofs(suite: Suite) -> Iterator[Proof]:
    """Yield a proof for every refused vector of Part 1, in each edition that refuses it, but
    for those refused by a rule `OF_A_TEXT`.
    """
    with second_copy() as copy:
        for test in suite.active:
            if is_outside(test["operation"]):
                continue
            for edition, rule in refused_by(test).items():
                if rule.startswith(OF_A_TEXT):
                    continue
                yield _proof(copy, suite, test, edition, rule)


def faults(suite: Suite, found: Iterable[Proof]) -> Iterator[str]:
    """Yield where proofs and the flags of a suite, or `NOT_SWITCHABLE`, do not agree."""
    several: dict[str, list[str]] = {}
    stuck: set[str] = set()
    for proof in found:
        then = several.setdefault(proof.id, [])
        if proof.how == "precedence":
            then.append(proof.then)
        elif proof.is_stuck:
            then.append("")
            stuck.add(proof.rule)
            if proof.rule not in NOT_SWITCHABLE:
                yield f"{proof.id}: not to be asked without {proof.rule}, {proof.then}"
    for name, then in several.items():
        flagged = "Precedence" in suite.by_id[name]["flags"]
        if any(then) and not flagged:
            yield f"{name}: {max(then)} refuses it as well, and it has no flag Precedence"
        if not then and flagged:
            yield f"{name}: one rule alone refuses it, and it has the flag Precedence"
    for rule in sorted(NOT_SWITCHABLE.keys() - stuck):
        yield f"{rule}: is not among the rules that cannot be switched off"


def _proof(copy: "Copy", suite: Suite, test: Vector, edition: str, rule: str) -> Proof:
    context = suite.context_of(test)
    try:
        got = copy.answer(rule, test["operation"], edition, context, test["input"])
    except Exception as error:
        return Proof(test["id"], edition, rule, "not switchable", repr(error)[:200])
    if got["outcome"] == "accept":
        return Proof(test["id"], edition, rule, "isolated")
    if got["error"] == rule:
        return Proof(test["id"], edition, rule, "not switchable", "it is refused all the same")
    if OF_THE_TABLE.issuperset((rule, got["error"])):
        return Proof(
            test["id"], edition, rule, "not switchable", "a row is missing all the same"
        )
    return Proof(test["id"], edition, rule, "precedence", got["error"])


# --- The second copy --------------------------------------------------------------------------


class Switches:
    """Which rule is off, and how often it was passed over."""

    def __init__(self) -> None:
        self.off = ""
        self._passed = 0

    def turn_off(self, rule: str) -> None:
        """Turn off one rule, and all others on."""
        self.off, self._passed = rule, 0

    def is_on(self, error: object) -> bool:
        """Tell whether an error is raised; raises RecursionError where code without a check
        does not come to an end.
        """
        if self.off != (getattr(error, "rule_id", None) or getattr(error, "type", None)):
            return True
        self._passed += 1
        if self._passed > MOST_PASSED:
            raise RecursionError(f"{self.off} passed over {MOST_PASSED} times")
        return False


class Copy:
    """A second copy of the package, in which rules can be switched off."""

    def __init__(self, modules: Sequence[ModuleType], switches: Switches) -> None:
        self._switches = switches
        self._answer = import_module(f"{PACKAGE}.vectors.families").answer
        self._load = import_module(f"{PACKAGE}.edition").load
        found = {id(cache): cache for module in modules for cache in _caches_of(module)}
        del found[id(self._load)]  # no edition depends on what is off
        self._caches = list(found.values())

    def answer(
        self, off: str, operation: str, edition: str, context: Json | None, given: Json
    ) -> Json:
        """Return what the reference answers without one of its rules; raises whatever comes of
        code that has lost a check.

        What it remembers is forgotten, as it was found out with other rules on.
        """
        for cache in self._caches:
            cache.cache_clear()
        self._switches.turn_off(off)
        answer: Json = self._answer(operation, self._load(edition), context, given)
        return answer


class _Cache(Protocol):
    def cache_clear(self) -> None: ...


def _caches_of(module: ModuleType) -> Iterator[_Cache]:
    for value in vars(module).values():
        holders = [value, *vars(value).values()] if isinstance(value, type) else [value]
        for holder in holders:
            if callable(getattr(holder, "cache_clear", None)):
                yield holder


@contextmanager
def second_copy() -> Iterator[Copy]:
    """Load the package a second time, with a switch before every raise; what was loaded before
    is there again afterwards.
    """
    before = {name: module for name, module in sys.modules.items() if _is_ours(name)}
    switches = Switches()
    finder = _Finder(switches)
    for name in before:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    invalidate_caches()
    try:
        import_module(f"{PACKAGE}.vectors.families")
        modules = [module for name, module in sys.modules.items() if _is_ours(name)]
        _switch_grounds(switches)
        yield Copy(modules, switches)
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if _is_ours(name)]:
            del sys.modules[name]
        sys.modules.update(before)


def _is_ours(name: str) -> bool:
    return name == PACKAGE or name.startswith(f"{PACKAGE}.")


def _switch_grounds(switches: Switches) -> None:
    """Let the rows of the one table whose rules are not raised but returned ask as well."""
    module = import_module(f"{PACKAGE}.security.authorization")
    rows = []
    for rule, holds in module.GROUNDS:
        rows.append((rule, _switched(rule, holds, switches)))
    vars(module)["GROUNDS"] = tuple(rows)


def _switched(
    rule: str, holds: Callable[[Any], bool], switches: Switches
) -> Callable[[Any], bool]:
    return lambda presented: rule != switches.off and holds(presented)


class _Finder(MetaPathFinder):
    """It finds the modules of the package, to be loaded with switches."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not _is_ours(fullname):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and spec.origin and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(fullname, spec.origin, self._switches)
        return spec


class _Loader(SourceFileLoader):
    """It compiles a module with a switch before every raise."""

    def __init__(self, fullname: str, path: str, switches: Switches) -> None:
        super().__init__(fullname, path)
        self._switches = switches

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        tree = _SwitchedRaises().visit(ast.parse(self.get_data(path), path))
        return compile(ast.fix_missing_locations(tree), path, "exec")

    def exec_module(self, module: ModuleType) -> None:
        vars(module)[IS_ON] = self._switches.is_on
        super().exec_module(module)


class _SwitchedRaises(ast.NodeTransformer):
    """`raise error` becomes `raised = error`, and the raise of it where its rule is on."""

    def visit_Raise(self, node: ast.Raise) -> ast.Raise | list[ast.stmt]:
        if node.exc is None:
            return node
        asked = ast.Call(ast.Name(IS_ON, ast.Load()), [ast.Name(RAISED, ast.Load())], [])
        raising = ast.Raise(ast.Name(RAISED, ast.Load()), node.cause)
        made: list[ast.stmt] = [
            ast.Assign([ast.Name(RAISED, ast.Store())], node.exc),
            ast.If(asked, [raising], []),
        ]
        return [ast.copy_location(each, node) for each in made]
