"""Places in the code at which no test of behaviour could tell a slip: no mutant is made there.

- Types: annotations, and what a module or class defines as a type (``A = B | None``). The type checker reads them.
- The ``*`` before keyword-only parameters: a call by position is what the type checker refuses.
- ``frozen``, ``kw_only`` and ``slots`` of a dataclass: they refuse statements that the type checker refuses as well,
  and that the product therefore has nowhere.
- ``init`` of a dataclass's field: an argument for what is no argument is what the type checker refuses.
- The condition of ``if TYPE_CHECKING:``: what it guards is imported for the type checker; a test of its own measures
  what importing costs.
- ``assert``: it tells the type checker and the reader what already holds, so that it fails for no user.
- ``strict`` of ``zip``: it refuses lengths that differ, which no correct caller passes; what users pass is refused by
  name where it comes in.
"""

import ast
from collections.abc import Iterator
from typing import Any

Position = tuple[int, int]
"""Line and column, both as Python's parser counts them."""

_HELD_BY_TYPES = frozenset({"frozen", "kw_only", "slots"})


def left_out(tree: ast.Module) -> Iterator[tuple[Position, Position]]:
    """Yield where each such place begins and ends."""
    for node in ast.walk(tree):
        yield from _types(node)
        if isinstance(node, ast.arguments) and node.kwonlyargs:
            yield _bare_star(node)
        if isinstance(node, ast.ClassDef):
            decorators = (each for each in node.decorator_list if _calls(each, "dataclass"))
            yield from (_span(word.value) for each in decorators for word in _keywords(each, _HELD_BY_TYPES))
        if isinstance(node, ast.If) and ast.unparse(node.test).rpartition(".")[2] == "TYPE_CHECKING":
            yield _span(node.test)
        if isinstance(node, ast.Assert):
            yield _span(node)
        if _calls(node, "field"):
            yield from (_span(word.value) for word in _keywords(node, frozenset({"init"})))
        if _calls(node, "zip"):
            yield from (_span(word.value) for word in _keywords(node, frozenset({"strict"})))


def _types(node: ast.AST) -> Iterator[tuple[Position, Position]]:
    for name in ("annotation", "returns"):
        if (annotation := getattr(node, name, None)) is not None:
            yield _span(annotation)
    if isinstance(node, ast.Module | ast.ClassDef):
        yield from (_span(each.value) for each in node.body if isinstance(each, ast.Assign) and _is_type(each.value))


def _is_type(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr))


def _calls(node: ast.AST, name: str) -> bool:
    """Whether a node is a call of a function of this name, wherever it was imported from."""
    if not isinstance(node, ast.Call):
        return False
    return isinstance(node.func, ast.Name | ast.Attribute) and ast.unparse(node.func).rpartition(".")[2] == name


def _keywords(call: ast.AST, names: frozenset[str]) -> list[ast.keyword]:
    return [each for each in call.keywords if each.arg in names] if isinstance(call, ast.Call) else []


def _bare_star(arguments: ast.arguments) -> tuple[Position, Position]:
    """Return where the ``*`` before the first keyword-only parameter is, which is no product."""
    first = arguments.kwonlyargs[0]
    before = [each.annotation or each for each in (*arguments.posonlyargs, *arguments.args)]
    begin = (before[-1].end_lineno or 0, before[-1].end_col_offset or 0) if before else (first.lineno - 2, 0)
    return begin, (first.lineno, first.col_offset)


def _span(node: Any) -> tuple[Position, Position]:
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
