"""The spread of a largest value or of a total variation: shares drawn again near those that were seen."""

import numpy as np

DRAWS = 200
"""Draws of a spread, so that it is known to 5 %."""

Counts = tuple[np.ndarray, np.ndarray]
"""(levels,) counts of two sides."""


def redraw_shares(random: np.random.Generator, counts: Counts) -> tuple[np.ndarray, np.ndarray]:
    """Return (draws, levels) shares of both sides, drawn from the shares that were seen.

    What chance explains of the sides' difference is taken out before: it is shrunk by √(1 − 2 (levels − 1) ÷ χ²) (after
    James & Stein 1961). So the spread is right for equal sides as well, where differences have a kink at 0; with 1 in
    place of 2 it is a fifth too large there, since χ² exceeds its mean in a third of the draws.
    """
    sizes = [int(count.sum()) for count in counts]
    pooled = (counts[0] + counts[1]) / max(sum(sizes), 1)
    seen = [count / max(size, 1) for count, size in zip(counts, sizes, strict=True)]
    scale = np.where(pooled > 0, pooled, 1.0) * (1 / max(sizes[0], 1) + 1 / max(sizes[1], 1))
    kept = _kept(float(((seen[0] - seen[1]) ** 2 / scale).sum()), int(np.count_nonzero(pooled)) - 1)
    sides = []
    for shares, size in zip(seen, sizes, strict=True):
        centre = pooled + kept * (shares - pooled)
        sides.append(random.multinomial(size, centre / centre.sum(), size=DRAWS) / max(size, 1))
    return sides[0], sides[1]


def _kept(squared: float, freedom: int) -> float:
    """Return the part of a difference that chance does not explain, between 0 and 1."""
    return float(np.sqrt(max(1 - 2 * freedom / squared, 0.0))) if squared > 0 else 0.0
