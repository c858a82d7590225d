"""The dataset card of rows that were taken: what they are made of, and the files that they are written to."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl

from outcross.assets.corpus.ledger.records import Count
from outcross.assets.export.card import write
from outcross.assets.export.description import Description, File, Table
from outcross.assets.export.fields import schema_fields

Card = Callable[[Sequence[File]], str]
"""Writes the card, given the files of rows."""


def card_of(dataset: Description, claims: pl.DataFrame, *, about: str = "") -> Card:
    """Return what writes the card of rows of a dataset.

    Args:
        dataset: that they were taken from.
        claims: about each of them.
        about: what they are, in a sentence; by default what the dataset is.
    """
    counts = tuple(Count(**line) for line in _counts(claims).iter_rows(named=True))
    synthetic = sum(count.rows for count in counts if count.origin == "synthetic")
    licences = sorted({count.licence for count in counts if count.licence})

    def card(files: Sequence[File]) -> str:
        rows = Table(
            name="rows",
            about="the rows; columns that nothing models are there as they came, and are not listed",
            files=tuple(files),
            fields=schema_fields(dataset.schema),
        )
        described = replace(
            dataset,
            about=about or dataset.about,
            tables=(rows,),
            counts=counts,
            declared_share=synthetic / max(claims.height, 1),
            rows_written=claims.height,
            licences=dataset.licences or tuple(licences),
            notes=(),
        )
        return write(described)

    return card


def _counts(claims: pl.DataFrame) -> pl.DataFrame:
    keys = ["origin", "depth", "generator", "licence"]
    return claims.group_by(keys).agg(rows=pl.len().cast(pl.Int64)).sort(keys, nulls_last=False)
