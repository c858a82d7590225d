"""Protected groups whose real rows are alike more often than others are: likeness is no evidence against their rows."""

from collections.abc import Collection
from pathlib import Path

import polars as pl


def without_groups(reasons: pl.DataFrame, batch: Path, spared: Collection[str]) -> pl.DataFrame:
    """Drop the reasons against rows of the groups that are spared."""
    if not spared or not reasons.height:
        return reasons
    of_group = [pl.col(name) == level for name, _, level in (each.partition("=") for each in spared)]
    rows = (
        pl.scan_parquet(batch, glob=False)
        .filter(pl.any_horizontal(of_group))
        .select("position")
        .collect(engine="streaming")
    )
    return reasons.join(rows, on="position", how="anti", maintain_order="left")
