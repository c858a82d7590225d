"""Draw a seeded sample of mutants, made by cosmic-ray's operators, and print it as JSON.

Run it as a program in the environment of ``tool.txt``, at the top of the checkout; ``run.py`` reads what it prints. A
place in the code is drawn first, then one of the operators that fit it, so that what has many variants (arithmetic)
does not crowd out what has one (a condition). ``left_out.py`` says where none is made. A room gives as many mutants as
the square root of its places.
"""

import argparse
import ast
import json
import math
import random
import sys
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.ast.ast_query import ASTQuery
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from left_out import Position, left_out
from rooms import ROOMS, files_of

OPERATORS = [
    "AddNot",
    "NumberReplacer",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ZeroIterationForLoop",
    "ReplaceUnaryOperator_USub_UAdd",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceUnaryOperator_Invert_USub",
    "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add",
    "ReplaceBinaryOperator_Mul_Div",
    "ReplaceBinaryOperator_Div_Mul",
    "ReplaceBinaryOperator_FloorDiv_Div",
    "ReplaceBinaryOperator_Mod_Mul",
    "ReplaceBinaryOperator_Pow_Mul",
    "ReplaceBinaryOperator_BitOr_BitAnd",
    "ReplaceBinaryOperator_BitAnd_BitOr",
    "ReplaceComparisonOperator_Eq_NotEq",
    "ReplaceComparisonOperator_NotEq_Eq",
    "ReplaceComparisonOperator_Lt_LtE",
    "ReplaceComparisonOperator_Lt_GtE",
    "ReplaceComparisonOperator_LtE_Lt",
    "ReplaceComparisonOperator_LtE_Gt",
    "ReplaceComparisonOperator_Gt_GtE",
    "ReplaceComparisonOperator_Gt_LtE",
    "ReplaceComparisonOperator_GtE_Gt",
    "ReplaceComparisonOperator_GtE_Lt",
    "ReplaceComparisonOperator_Is_IsNot",
    "ReplaceComparisonOperator_IsNot_Is",
]
"""Slips that a person makes: a sign, an edge, a condition, a constant. Identity for equality is none."""


def places(path: Path) -> dict[Position, list[tuple[str, int]]]:
    """Return (line, column) → the operators that fit there, each with its occurrence in the file."""
    source = path.read_text(encoding="utf-8")
    left = list(left_out(ast.parse(source)))
    found: dict[Position, list[tuple[str, int]]] = {}
    nodes = list(ast_nodes(get_ast(source)))
    for name in OPERATORS:
        operator = get_operator(f"core/{name}")()
        positions = (start for node in nodes for start, _ in operator.mutation_positions(node))
        for occurrence, position in enumerate(positions):
            if not any(begin <= position < end for begin, end in left):
                found.setdefault(position, []).append((name, occurrence))
    return found


def mutant(top: Path, room: str, path: Path, operator: str, occurrence: int) -> dict[str, Any] | None:
    """Return a mutant of a file: where it is, its line before and after, and the whole mutated text."""
    source = (top / path).read_text(encoding="utf-8")
    text = mutate_code(source, get_operator(f"core/{operator}")(), occurrence)
    if text is None or text == source or not _is_python(text):
        return None
    before, after = source.splitlines(), text.splitlines()
    line = next(n for n, (old, new) in enumerate(zip(before, after, strict=False)) if old != new)
    return {
        "room": room,
        "file": str(path),
        "line": line + 1,
        "definition": _definition(source, line + 1),
        "operator": operator,
        "before": before[line].strip(),
        "after": after[line].strip(),
        "text": text,
    }


def _is_python(text: str) -> bool:
    """Whether a mutated text can be run at all; ``if not a := b:`` cannot."""
    try:
        compile(text, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def _definition(source: str, line: int) -> str:
    """Return the name of the innermost function or class around a line."""
    names = [
        ASTQuery(node).get_definition_name()
        for node in ast_nodes(get_ast(source))
        if node.type in {"funcdef", "classdef"} and node.start_pos[0] <= line <= node.end_pos[0]
    ]
    return ".".join(name for name in names if name) or "module"


def sample(top: Path, rooms: list[str], *, count: int, seed: int) -> list[dict[str, Any]]:
    """Draw mutants from rooms, in the order of the rooms and of their files."""
    by_room = {
        room: [(path, each) for path in files_of(room, top) for each in places(top / path).values()] for room in rooms
    }
    weights = {room: math.sqrt(len(found)) for room, found in by_room.items()}
    drawn = []
    for room, found in by_room.items():
        stream = random.Random(f"{seed}/{room}")
        stream.shuffle(found)
        wanted = min(len(found), math.ceil(count * weights[room] / sum(weights.values())))
        made: list[dict[str, Any]] = []
        for path, operators in found:
            if len(made) == wanted:
                break
            each = mutant(top, room, path, *stream.choice(operators))
            made += [each] if each else []
        drawn += sorted(made, key=lambda each: (each["file"], each["line"]))
    return drawn


def main() -> None:
    """Print a sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--room", choices=ROOMS, action="append", default=None)
    options = parser.parse_args()
    json.dump(sample(Path(), options.room or list(ROOMS), count=options.count, seed=options.seed), sys.stdout)


if __name__ == "__main__":
    main()
