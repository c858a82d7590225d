"""The names by which a test reaches a place in a file: of the functions and classes around it, or of their callers."""

import ast

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def names_that_reach(text: str, definition: str) -> set[str]:
    """Return the public names of a file that lead to a definition in it.

    Args:
        text: of the file.
        definition: the names of the functions and classes around a place, joined by dots; ``module`` for none.
    """
    used = _used_by_name(ast.parse(text))
    found: set[str] = set()
    waiting = [] if definition == "module" else definition.split(".")
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        if _is_private(name):
            waiting += [other for other, names in used.items() if name in names]
    return {name for name in found if not _is_private(name)}


def _used_by_name(tree: ast.Module) -> dict[str, set[str]]:
    """Return the name of each function and class → the names in its body."""
    used: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, Definition):
            used.setdefault(node.name, set()).update(_names_in(node))
    return used


def _names_in(node: ast.AST) -> set[str]:
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return names | {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


def _is_private(name: str) -> bool:
    return name.startswith("_")
