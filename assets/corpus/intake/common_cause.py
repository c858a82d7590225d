"""The one cause for which most rows of a batch are quarantined, with a value, so that nobody has to look for it."""

from pathlib import Path

import polars as pl

MOST_ROWS = 0.95
"""Share of a batch's rows from which on a cause is named."""
_OF_COLUMN = r"^((?:schema|range): column .*? (?:holds|has no value)).*$"


def find_common_cause(quarantine: Path, *, rows: int) -> str | None:
    """Name the cause for which nearly all rows of a batch are quarantined, by the reason of the first of them.

    Reasons have one cause where the same guard rejects the same column, whatever its values are.

    Args:
        quarantine: Parquet of the quarantined rows, with ``reasons``.
        rows: of the batch.

    Returns a sentence, or None where no cause has that many rows.
    """
    if pl.scan_parquet(quarantine, glob=False).select(pl.len()).collect().item() < MOST_ROWS * rows:
        return None  # by the file's own count: the reasons of other batches are not read
    reasons = (
        pl.read_parquet(quarantine, columns=["position", "reasons"], glob=False).sort("position").explode("reasons")
    )
    cause = pl.col("reasons").str.extract(_OF_COLUMN, 1)
    others = pl.col("reasons").str.replace_all(r"\d+", "0")
    counted = (
        reasons.drop_nulls("reasons")
        .group_by(cause.fill_null(others).alias("cause"), maintain_order=True)
        .agg(pl.col("position").n_unique().alias("rows"), pl.col("reasons").first())
        .sort("rows", descending=True, maintain_order=True)
    )
    if not counted.height or not rows or counted["rows"][0] < MOST_ROWS * rows:
        return None
    return f"{counted['rows'][0]:,} of its {rows:,} rows have one cause: {counted['reasons'][0]}"
