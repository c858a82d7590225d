"""Rows that are taken out of a study or a corpus, with the claims about each."""

from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.provenance import COLUMNS
from outcross.assets.take.card import Card
from outcross.resources.carried.rows import Rows

WEIGHT = "weight"
CLAIMS: dict[str, pl.DataType] = {**COLUMNS, WEIGHT: pl.Float64()}
"""Columns of the claims: the provenance of each row, and its weight in the loss."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Rows in their order, to be written.

    Attributes:
        rows: the rows.
        claims: ``CLAIMS``, a line a row.
        form: name of the format that they came in, and are written in.
        card: writes the dataset card of what they are, given their files.
        about: what was taken, for the file of weights.
        notes: what a reader should know, such as columns that are not there.
        separator: between the fields of delimited text; None takes the format's own.
    """

    rows: Rows
    claims: pl.DataFrame
    form: str
    card: Card
    about: dict[str, str | int | float]
    notes: tuple[str, ...] = ()
    separator: str | None = None


def claims_frame(lines: pl.DataFrame) -> pl.DataFrame:
    """Complete claims: columns that are not there are null, and rows without a weight have weight 1."""
    complete = lines.select(
        (pl.col(name) if name in lines.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in CLAIMS.items()
    )
    return complete.with_columns(pl.col(WEIGHT).fill_null(1.0))
