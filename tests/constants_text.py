"""The numbers that the product's files name, as text, for a file that a reviewer reads as a diff.

They are limits, periods, thresholds and sizes: decisions, which no other test could tell from their neighbours.
``make snapshot`` writes ``tests/constants.txt`` again after an intended change.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[1]
CONSTANTS = Path(__file__).with_name("constants.txt")
ROOMS = ("assets", "resources", "jobs")
LEFT_OUT = "jobs/bench"
"""Its numbers are of measurements, and of no product."""
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.LShift, ast.USub)


def describe_constants() -> str:
    """Return ``file NAME = value`` for each module-level name of a number, or of texts and numbers."""
    return "".join(f"{line}\n" for room in ROOMS for path in sorted((TOP / room).rglob("*.py")) for line in _of(path))


def _of(path: Path) -> Iterator[str]:
    file = str(path.relative_to(TOP))
    if file.startswith(LEFT_OUT):
        return
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            names = [each.id for each in ast.walk(target) if isinstance(each, ast.Name)]
            value = getattr(node, "value", None)
            if value is not None and names and _is_stated(value):
                yield f"{file} {', '.join(names)} = {_value(value)!r}"


def _is_stated(node: ast.expr) -> bool:
    """Whether a value is written out, and a number is in it."""
    parts = list(ast.walk(node))
    written = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.BinOp, ast.UnaryOp, ast.Load, *OPERATORS)
    numbers = [each for each in parts if isinstance(each, ast.Constant) and isinstance(each.value, int | float)]
    return bool(numbers) and all(isinstance(each, written) for each in parts)


def _value(node: ast.expr) -> Any:
    return eval(compile(ast.Expression(node), "constant", "eval"), {"__builtins__": {}})


if __name__ == "__main__":
    CONSTANTS.write_text(describe_constants(), encoding="utf-8")
