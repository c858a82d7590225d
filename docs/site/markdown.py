"""Markdown: pages, tables, and prose out of docstrings and helps."""

from collections.abc import Iterable


def page(title: str, *blocks: str) -> str:
    """Return a page of a title and blocks; an empty block is left out."""
    return "\n\n".join([f"# {title}", *(each for each in blocks if each)]) + "\n"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table; without rows, an empty text."""
    lines = [list(head), *map(list, rows)]
    if len(lines) == 1:
        return ""
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def prose(text: str) -> str:
    """Return one paragraph without reStructuredText's and the terminal's marks."""
    plain = text.replace("``", "`").replace("[bold]", "**").replace("[/bold]", "**").replace("<", "&lt;")
    return " ".join(plain.split())
