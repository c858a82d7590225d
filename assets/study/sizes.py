"""A ladder of rows: the same study at several numbers of rows a generation, each a study of its own in the store."""

from collections.abc import Mapping
from typing import Any

SMALLER = "smaller_rows"
LONGEST_NAME = 60
"""Characters of the name of a study."""


def read_sizes(settings: Any) -> Any:
    """Take a list in ``rows`` apart: the largest number is the study's own, the others are ``smaller_rows``.

    Raises:
        ValueError: the list has a number twice, or what is no whole number from 2 on.
    """
    if not isinstance(settings, Mapping) or not isinstance(rows := settings.get("rows"), list | tuple):
        return settings
    if settings.get(SMALLER):
        raise ValueError("'rows' is a list, and there is 'smaller_rows' too; keep the list")
    if not all(isinstance(each, int) and not isinstance(each, bool) and each >= 2 for each in rows):
        raise ValueError(f"'rows' is {list(rows)}; list whole numbers from 2 on, such as [250, 500, 1000]")
    if not rows or len(set(rows)) < len(rows):
        raise ValueError(f"'rows' is {list(rows)}; list at least one number, and none twice")
    *smaller, largest = sorted(rows)
    return {**settings, "rows": largest, SMALLER: smaller}


def check_sizes(study: str, rows: int | None, smaller: tuple[int, ...]) -> None:
    """Check the smaller sizes against the largest.

    Raises:
        ValueError: there is no largest, they are not ascending and below it, or the name of one is too long.
    """
    if not smaller:
        return
    if rows is None:
        raise ValueError("'smaller_rows' needs 'rows', the largest size; list all sizes in 'rows' instead")
    sizes = [*smaller, rows]
    if sizes != sorted(set(sizes)):
        raise ValueError(f"'smaller_rows' is {list(smaller)} and 'rows' {rows}; list all sizes in 'rows', ascending")
    if len(longest := name_of_size(study, smaller[-1])) > LONGEST_NAME:
        raise ValueError(
            f"each size is kept under a name such as '{longest}', which is longer than {LONGEST_NAME} characters; "
            "shorten 'study'"
        )


def name_of_size(study: str, rows: int) -> str:
    """What the study of a smaller size is called in the store."""
    return f"{study}-rows-{rows}"
