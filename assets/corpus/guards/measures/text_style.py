"""Readings of how texts are written: their length, and how predictable they are to a model of the anchor."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from outcross.assets.corpus.guards import chance
from outcross.assets.corpus.guards.measures.contract import Reading
from outcross.assets.corpus.guards.profile import Spread

if TYPE_CHECKING:
    from outcross.assets.corpus.guards.measures.texts import Side

TAIL = 0.01
"""Quantile of that of real texts surprisal, on either side, at which its tails begin."""


def measure(side: "Side") -> Iterator[Reading]:
    """Measure the distance of the lengths, and the surprisal ÷ that of real texts, of rows not declared synthetic."""
    now, profile = side.described, side.profile
    seen, known = (np.sort(frame["tokens"].to_numpy()) for frame in (now, profile.real))
    points = np.union1d(seen, known)
    gap = np.searchsorted(seen, points, "right") / len(seen) - np.searchsorted(known, points, "right") / len(known)
    if side.declared:
        return
    limit = chance.kolmogorov_limit(len(seen), len(known))
    yield Reading("text_length", "kolmogorov_smirnov", side.group, float(np.abs(gap).max()), high=limit)
    real, found = (frame["surprisal"].drop_nulls().to_numpy() for frame in (profile.real, now))
    if len(real) and len(found):
        spread = Spread.of(real)
        reach = chance.mean_reach(spread.variance, spread.most, len(found), len(real)) / spread.mean
        ratio = float(found.mean() / spread.mean)
        yield Reading("perplexity", "surprisal_ratio", side.group, ratio, 1 - reach, 1 + reach)
        yield from _tails(real, found)


def _tails(real: np.ndarray, found: np.ndarray) -> Iterator[Reading]:
    low, high = np.quantile(real, [TAIL, 1 - TAIL], method="inverted_cdf")
    for name, known, seen in (
        ("surprisal below", real < low, found < low),
        ("surprisal above", real > high, found > high),
    ):
        share = float(known.mean())
        if share:
            least, most = chance.share_range(np.array(known.sum()), len(known), len(seen))
            yield Reading(
                "tails", "tail_mass", name, float(seen.mean()) / share, float(least) / share, float(most) / share
            )
