"""What the kinks of |p − q| at 0 do to the variance of a total variation distance."""

import numpy as np

from outcross.assets.instruments.length import length_variance


def kinked_shares(counts: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, float]:
    """Return the slope of each level's expected |p − q|, and the variance of ½ Σ |p − q| that slopes do not explain.

    Args:
        counts: (levels,) rows of each level, per side; no side is empty.

    Returns:
        (levels,) slopes between 0 and 1; and the rest of the variance.
    """
    sizes = [int(count.sum()) for count in counts]
    p, q = (count / size for count, size in zip(counts, sizes, strict=True))
    pooled = (counts[0] + counts[1]) / sum(sizes)
    variances = pooled * (1 - pooled) * (1 / sizes[0] + 1 / sizes[1])
    slopes, rests = length_variance((p - q) ** 2 / np.where(variances > 0, variances, np.inf))
    # The rests of two levels are correlated by the square of the correlation of their shares.
    alone = np.sqrt(rests * variances)
    shared = alone * pooled / np.maximum(1 - pooled, 1e-12)
    rest = ((alone**2).sum() + shared.sum() ** 2 - (shared**2).sum()) / 4
    return slopes, float(rest)
