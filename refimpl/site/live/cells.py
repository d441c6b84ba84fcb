"""The live objects that the cells of a notebook show, made again: only those statements are run
that they need.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

LIVE: Final = frozenset(
    """Menus Stepper BranchingStepper ByteView VectorSearch Traceability Outages Day
    AmendmentLab Converter IdentifierField""".split()
)
"""The classes whose objects a page brings to life."""


class Shown(NamedTuple):
    """A cell that ends with a live object, by its id, and that object."""

    cell: str
    made: object


class _Cell(NamedTuple):
    """A cell by its id, and its statements."""

    id: str
    statements: Sequence[ast.stmt]

    @property
    def shows(self) -> ast.expr | None:
        """The expression that the cell shows, where it ends with one."""
        last = self.statements[-1] if self.statements else None
        return last.value if isinstance(last, ast.Expr) else None


def live_objects(notebook: Mapping[str, Any]) -> Iterator[Shown]:
    """Make the live objects of a notebook as its cells make them, in the order of the cells."""
    code = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    cells = [_Cell(cell["id"], ast.parse("".join(cell["source"])).body) for cell in code]
    statements = [one for cell in cells for one in cell.statements]
    names = {name for one in statements if _makes_live(one) for name in _bound(one)}
    wanted = [cell for cell in cells if _is_live(cell.shows, names)]
    needed = _needed(statements, [cell.shows for cell in wanted])
    space: dict[str, object] = {}
    for cell in cells:
        run = [one for one in cell.statements if one in needed and not _shown_by(cell, one)]
        exec(compile(ast.Module(run, []), cell.id, "exec"), space)
        if cell in wanted and cell.shows is not None:
            shown = compile(ast.Expression(cell.shows), cell.id, "eval")
            yield Shown(cell.id, eval(shown, space))


def _shown_by(cell: _Cell, statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and statement.value is cell.shows


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _makes_live(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Assign) else None
    return isinstance(value, ast.Call) and bool(_names(value.func) & LIVE)


def _is_live(shown: ast.expr | None, names: set[str]) -> bool:
    """Whether an expression gives an object of a live class, or names one."""
    if isinstance(shown, ast.Call):
        return bool(_names(shown.func) & LIVE)
    return isinstance(shown, ast.Name) and shown.id in names


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement binds."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {one.asname or one.name for one in statement.names}
    stored: set[str] = set()
    if not isinstance(statement, ast.Assign | ast.AugAssign):
        return stored
    for one in ast.walk(statement):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            stored.add(one.id)
    return stored


def _acts_on(statement: ast.stmt) -> set[str]:
    """The object that a statement calls a method of, by its name."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    method = call.func if isinstance(call, ast.Call) else None
    owner = method.value if isinstance(method, ast.Attribute) else None
    return {owner.id} if isinstance(owner, ast.Name) else set()


def _needed(statements: Sequence[ast.stmt], shown: Sequence[ast.expr | None]) -> set[ast.stmt]:
    """The statements that some expressions need, found from the last to the first."""
    names = {name for one in shown if one is not None for name in _names(one)}
    needed: set[ast.stmt] = set()
    for statement in reversed(statements):
        if names & (_bound(statement) | _acts_on(statement)):
            needed.add(statement)
            names |= _names(statement)
    return needed
