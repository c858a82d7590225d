"""Protected groups whose real rows are alike more often than others are: likeness is no evidence against their rows."""

from collections.abc import Collection, Mapping
from pathlib import Path

import polars as pl

from outcross.assets.corpus.guards.chance import lies_above


def find_spared(counts: Mapping[str, tuple[int, int]], whole: float, *, what: str) -> dict[str, str]:
    """Find the groups whose rate lies above the whole's, beyond the 95 % interval (Clopper & Pearson 1934), and say so.

    Args:
        counts: group (``sex=f``) → its real rows that are as alike as near copies, and all of them.
        whole: the share of all real rows.
        what: is compared, such as ``texts``.
    """
    return {
        name: f"{what} of {name} are not compared: {hits / of:.1%} of its real rows are as alike as near copies, and "
        f"{whole:.1%} of all"
        for name, (hits, of) in counts.items()
        if lies_above(hits, of, whole)
    }


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
