"""How models that are held against their population say what they found."""

from collections.abc import Sequence

import numpy as np
import polars as pl


def reading(replicates: Sequence[int], **metrics: np.ndarray) -> pl.DataFrame:
    """Lay out metric → value of each replicate (K,) as :meth:`CohortModel.readings` returns them."""
    numbers = pl.Series("replicate", np.asarray(replicates, dtype=np.int32))
    return pl.concat(
        [
            pl.DataFrame({"replicate": numbers, "metric": metric, "value": np.asarray(values, dtype=np.float64)})
            for metric, values in metrics.items()
        ]
    )
