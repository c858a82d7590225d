"""Which rows are rare: a row is as rare as its rarest value, a level or a tail.

The anchor decides which values are rare. How many rows have one is counted in the anchor and its holdout together. A
row of the anchor counts itself: without itself, a level of one row more than the limit would be rare in the anchor
alone, and that would be told as a loss. So the share that is expected is a little too low, by 1 % of it on a census.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from outcross.assets.corpus.guards.counting import CodedRows
from outcross.assets.corpus.guards.profile import Profile

SHARES = (0.02, 0.05)
"""Rows are rare, at two levels, where at most this share of the anchor's rows has their rarest value."""
MOST_ROWS = 0.5
"""A level of rarity that more rows have is none."""


@dataclass(frozen=True)
class Rarity:
    """The rare rows of the anchor.

    Attributes:
        rows: of the anchor and its holdout.
        shares: levels of rarity at which some rows are rare, and not most.
        rare: number of rows that are rare at each.
    """

    rows: int
    shares: tuple[float, ...]
    rare: tuple[int, ...]
    _profile: Profile

    @classmethod
    def fit(cls, real: Sequence[CodedRows], profile: Profile) -> "Rarity | None":
        """Fit to rows of the anchor and of its holdout; None where no row is rarer than the others."""
        least, rows = np.concatenate([_rarest(each, profile) for each in real]), sum(each.rows for each in real)
        counts = {share: int((least <= share * profile.rows).sum()) for share in SHARES}
        found = {share: rare for share, rare in counts.items() if 0 < rare <= MOST_ROWS * rows}
        return cls(rows, tuple(found), tuple(found.values()), profile) if found else None

    def count(self, coded: CodedRows) -> np.ndarray:
        """Count the rare rows at each level of rarity."""
        least = _rarest(coded, self._profile)
        return np.array([(least <= share * self._profile.rows).sum() for share in self.shares])


def _rarest(coded: CodedRows, profile: Profile) -> np.ndarray:
    """Count the anchor's rows with the rarest level or tail of each row; a level that is new is as rare as can be."""
    least = np.full(coded.rows, profile.rows)
    for place, codes in enumerate(coded.discrete):
        least = np.minimum(least, profile.counts.levels[place][codes])
    for place, (values, (low, high)) in enumerate(zip(coded.numeric, profile.tails, strict=True)):
        edges, at_most = profile.scales.edges[place], profile.counts.at_most[place]
        with np.errstate(invalid="ignore"):
            if low is not None:
                below = at_most[np.searchsorted(edges, np.nextafter(low, -np.inf))]
                least = np.where(values < low, np.minimum(least, below), least)
            if high is not None:
                above = profile.counts.observed(profile.scales, place) - at_most[np.searchsorted(edges, high)]
                least = np.where(values > high, np.minimum(least, above), least)
    return least
