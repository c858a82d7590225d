"""How many real and synthetic rows the last generation of each arm was fitted to: a dose by number of rows."""

from dataclasses import dataclass

import polars as pl

from outcross.assets.artefacts import DATASET, Artefacts


@dataclass(frozen=True)
class RowCounts:
    """Rows of one dataset, mean over replicates, to whole rows.

    Attributes:
        real: rows of the source.
        synthetic: rows that a model made.
    """

    real: int
    synthetic: int


def count_rows(artefacts: Artefacts) -> dict[str, RowCounts]:
    """Return arm → the rows of its last generation's dataset; raises as :meth:`Artefacts.load` does."""
    last = artefacts.study.generations - 1
    lines = [
        slot.load(DATASET, columns=["replicate", "origin", "start", "stop"]).select(
            pl.lit(slot.arm).alias("arm"), "replicate", "origin", (pl.col("stop") - pl.col("start")).alias("rows")
        )
        for slot in artefacts.slots
        if slot.generation == last
    ]
    counted = (
        pl.concat(lines)
        .group_by("arm", maintain_order=True)
        .agg(
            *(
                pl.col("rows").filter(pl.col("origin") == origin).sum().alias(origin)
                for origin in ("real", "synthetic")
            ),
            pl.col("replicate").n_unique(),
        )
    )
    return {
        arm: RowCounts(round(real / replicates), round(synthetic / replicates))
        for arm, real, synthetic, replicates in counted.iter_rows()
    }
