"""Readings of diversity: different rows, and the entropy of the columns."""

from collections.abc import Iterator
from math import lgamma

import numpy as np

from outcross.assets.corpus.guards import chance
from outcross.assets.corpus.guards.measures.contract import Batch, Reading
from outcross.assets.corpus.guards.profile import Profile, column_entropies


def measure(batch: Batch) -> Iterator[Reading]:
    """Measure different rows ÷ those expected, and the entropy of the columns ÷ the anchor's."""
    scanned, profile, rows = batch.scanned, batch.profile, batch.rows
    expected, most_repeats = expected_distinct(profile, rows)
    low = max(rows - most_repeats, 1) / expected
    yield Reading("repeats", "distinct_share", "", min(scanned.distinct.count, rows) / expected, low)
    before, now = (sum(column_entropies(each, profile, rows=rows)) for each in (profile.counts, scanned.counts))
    if before:
        reach = chance.mean_reach(profile.surprise.variance, profile.surprise.most, rows, profile.rows) / before
        low = 1 - reach - chance.entropy_loss(_free_shares(profile, rows), rows) / before
        yield Reading("entropy", "entropy_ratio", "", now / before, low, 1 + reach)


def _free_shares(profile: Profile, rows: int) -> int:
    """Count the shares of levels and bins that the columns' entropies are computed from, less one a column."""
    binned = [profile.bins(profile.counts, place) for place in range(len(profile.scales.edges))]
    lumped = [profile.merge_levels(profile.counts, place, rows=rows) for place in range(len(profile.scales.levels))]
    return sum(max(int((counts > 0).sum()) - 1, 0) for counts in (*binned, *lumped))


def expected_distinct(profile: Profile, rows: int) -> tuple[float, float]:
    """Compute the expected number of different rows of a clean batch, and its largest number of repeats by chance.

    Up to the anchor's size this is rarefaction: the expectation for ``rows`` rows drawn from the anchor (Hurlbert 1971,
    Ecology 52:577). Beyond it, it is the larger of two low estimates: one from the number of pairs of equal rows, which
    grows with the square of the rows, and :func:`_extrapolate`.
    """
    of, log = profile.rows, np.log(1 / chance.RARELY)
    pairs = sum(many * times * (times - 1) / 2 for times, many in profile.repeats.items())
    if rows <= of:
        left_out = {
            times: np.exp(
                lgamma(of - times + 1) - lgamma(of - times - rows + 1) - lgamma(of + 1) + lgamma(of - rows + 1)
            )
            for times in profile.repeats
            if of - times >= rows
        }
        expected = sum(many * (1 - left_out.get(times, 0.0)) for times, many in profile.repeats.items())
    else:
        expected = max(rows - pairs * (rows / of) ** 2, _extrapolate(profile, rows))
    repeats = max(rows - expected, 0.0)
    # The repeats of one row are correlated, so their number varies more than a count of independent events.
    clumped = 1 + sum(many * times * (times - 1) ** 2 for times, many in profile.repeats.items()) / max(2 * pairs, 1)
    unknown = log * max((rows / of) ** 2, 1)
    most = repeats + np.sqrt(2 * log * clumped * repeats * (1 + rows / of)) + clumped * unknown
    return max(float(expected), 1.0), float(most)


def _extrapolate(profile: Profile, rows: int) -> float:
    """Extrapolate the number of different rows, by Chao's lower bound (Chao et al. 2014, Ecol. Monographs 84:45)."""
    once, twice = (profile.repeats.get(times, 0) for times in (1, 2))
    unseen = once**2 / (2 * twice) if twice else once * (once - 1) / 2
    found = (
        unseen * -np.expm1((rows - profile.rows) * np.log1p(-once / (profile.rows * unseen + once))) if unseen else 0
    )
    return float(sum(profile.repeats.values()) + found)
