"""A mark: what somebody else says of where rows come from, in a picture or in a file beside the data."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

Says = Literal["real", "synthetic", "mixed"]
"""What a mark says of rows: made by nobody's model, made by one, or in part."""
MARKS: Final[dict[str, pl.DataType]] = {
    "first": pl.Int64(),
    "last": pl.Int64(),
    "kind": pl.String(),
    "says": pl.String(),
    "statement": pl.String(),
    "generator": pl.String(),
    "doubt": pl.String(),
}
"""Columns of marks: the first and the last row that it is about (null: to the end), then those of a mark."""
LONGEST = 300
"""Characters of a statement that are kept."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One mark.

    Attributes:
        kind: where it stands, such as ``XMP`` or ``dataset card README.md``.
        says: what it says of the rows; None where it says nothing of their origin.
        statement: its words.
        generator: that it names, if it names one.
        doubt: why it proves nothing; empty where nothing speaks against it.
    """

    kind: str
    says: Says | None
    statement: str
    generator: str | None = None
    doubt: str = ""


def to_frame(marks: Iterable[tuple[int, int | None, Mark]]) -> pl.DataFrame:
    """Put marks into :data:`MARKS`; each comes with the first and the last row that it is about."""
    rows = [
        (
            first,
            last,
            mark.kind,
            mark.says,
            mark.statement[:LONGEST],
            None if mark.generator is None else mark.generator[:LONGEST],
            mark.doubt,
        )
        for first, last, mark in marks
    ]
    return pl.DataFrame(rows, schema=MARKS, orient="row")


def most_said(said: Iterable[Says | None]) -> Says | None:
    """Put together what several marks of one thing say: mixed where a model made some of it and not all."""
    found = {each for each in said if each is not None}
    if found <= {"synthetic"} or found <= {"real"}:
        return next(iter(found), None)
    return "mixed"
