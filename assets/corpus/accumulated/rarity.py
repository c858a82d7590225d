"""Which rows are rare: a row is as rare as its rarest value, a level or a tail; about a fifth of the anchor's are."""

from dataclasses import dataclass

import numpy as np

from outcross.assets.corpus.guards.counting import CodedRows
from outcross.assets.corpus.guards.profile import Profile

RARE_ROWS = 0.25
"""Share of the anchor's rows that count as rare, at most."""


@dataclass(frozen=True)
class Rarity:
    """The rare rows of the anchor.

    Attributes:
        rows: of the anchor.
        rare: number of these that are rare.
    """

    rows: int
    rare: int
    _profile: Profile
    _limit: int

    @classmethod
    def fit(cls, anchor: CodedRows, profile: Profile) -> "Rarity | None":
        """Fit to the anchor; None where no row is rarer than the others."""
        least = _rarest(anchor, profile)
        limit = int(np.quantile(least, RARE_ROWS, method="lower"))
        rare = int((least < limit).sum())
        return cls(anchor.rows, rare, profile, limit) if rare else None

    @property
    def share(self) -> float:
        """Share of the anchor's rows that are rare."""
        return self.rare / self.rows

    def count(self, coded: CodedRows) -> np.ndarray:
        """Count the rare rows: (1,) integer."""
        return np.array([(_rarest(coded, self._profile) < self._limit).sum()])


def _rarest(coded: CodedRows, profile: Profile) -> np.ndarray:
    """Count the anchor's rows with the rarest level or tail of each row; a level that is new is as rare as can be."""
    least = np.full(coded.rows, profile.rows)
    for place, codes in enumerate(coded.discrete):
        counts, common = profile.merge_levels(profile.counts, place, rows=profile.rows), profile.common[place]
        merged = np.where(codes == coded.null_codes[place], common + 1, np.minimum(codes, common))
        least = np.minimum(least, counts[merged])
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
