"""The frame of readings: fitted parameters compared with those of the population."""

from collections.abc import Sequence

import numpy as np
import polars as pl


def reading(replicates: Sequence[int], **metrics: np.ndarray) -> pl.DataFrame:
    """Build the frame of :meth:`CohortModel.readings` from metric → value of each replicate (K,)."""
    numbers = pl.Series("replicate", np.asarray(replicates, dtype=np.int32))
    return pl.concat(
        [
            pl.DataFrame({"replicate": numbers, "metric": metric, "value": np.asarray(values, dtype=np.float64)})
            for metric, values in metrics.items()
        ]
    )
