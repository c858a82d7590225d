"""The spread of a distance between two samples: rows drawn again from both, near where chance would have them."""

from collections.abc import Callable

import numpy as np

from outcross.assets.instruments.columns import Columns

DRAWS = 16
"""Draws of a spread, so that it is known to a sixth."""


def redrawn_error(
    distance: Callable[[Columns, Columns], float], x: Columns, y: Columns, random: np.random.Generator
) -> float:
    """Return the deviation of a distance over samples that are drawn again, whole rows with replacement.

    Two samples of one population differ too, and a distance of absolute values has a kink there: rows of each side
    alone would overstate its spread by a fifth. What chance explains of the distance is therefore taken out first. Rows
    of both sides together give the distance d₀ of equal populations; then a row is drawn from its own side with the
    probability √(1 − d₀² ÷ d²), else from both.

    Args:
        distance: of two samples, 0 or above.
        x: one sample.
        y: the other, with the same codes.
        random: draws the rows.
    """
    both = x.joined(y)
    pairs = [[both.take(_draw(both, side, random)) for side in (x, y)] for _ in range(DRAWS)]
    by_chance, seen = sum(distance(*pair) for pair in pairs) / DRAWS, distance(x, y)
    own = np.sqrt(max(1 - (by_chance / seen) ** 2, 0.0)) if seen > 0 else 0.0
    found = []
    for _ in range(DRAWS):
        sides = []
        for side, start in ((x, 0), (y, x.rows)):
            rows = _draw(both, side, random)
            kept = random.random(side.rows) < own
            rows[kept] = start + random.integers(side.rows, size=int(kept.sum()))
            sides.append(both.take(rows))
        found.append(distance(sides[0], sides[1]))
    return float(np.std(found, ddof=1))


def _draw(both: Columns, side: Columns, random: np.random.Generator) -> np.ndarray:
    """Return as many positions in both samples as a side has rows."""
    return random.integers(both.rows, size=side.rows)
