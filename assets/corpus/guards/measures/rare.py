"""Rare levels, the first to vanish."""

from collections.abc import Iterator

import numpy as np

from outcross.assets.corpus.guards import chance
from outcross.assets.corpus.guards.measures.contract import Batch, Reading

FEW_LEVELS = 5
"""So many levels that the anchor has equally often say how likely one of them is."""


def measure(batch: Batch) -> Iterator[Reading]:
    """Measure how many rare levels a row has ÷ the anchor's; and how many of them occur at all ÷ how many should."""
    profile = batch.profile
    if not profile.rare.mean:
        return
    rows, known = batch.rows, profile.rows
    total, present, missing, expected = 0, 0, 0.0, 0.0
    for place, codes in enumerate(profile.rare_levels):
        now, before = (each.levels[place] for each in (batch.scanned.counts, profile.counts))
        total += int(now[codes].sum() + now[-2])
        shares = _likely_shares(before[:-2], known)[codes]
        absent = np.exp(rows * np.log1p(-np.minimum(shares, 0.5)))
        present += int((now[codes][shares > 0] > 0).sum())
        missing += float(absent[shares > 0].sum())
        expected += float((1 - absent).sum())
    yield batch.mean_ratio("rare_mass", "rare_mass", total / rows, profile.rare)
    if expected:
        least = expected + missing - chance.most_events(missing)
        yield Reading("rare_survival", "rare_survival", "", present / expected, least / expected)


def _likely_shares(before: np.ndarray, rows: int) -> np.ndarray:
    """How likely the anchor's levels are: less than their shares, since of the unlikely ones it has the lucky.

    Each of N_k levels that it has k times is expected (k + 1) N_{k+1} ÷ N_k times in as many new rows (Good 1953,
    Biometrika 40:237), where N_k is not too few; else k(1 − e^−k) times, as if it might as well have been missed.
    """
    likely = before * -np.expm1(-before.astype(np.float64))
    for times in range(1, FEW_LEVELS):
        having, next_ones = (before == times), int((before == times + 1).sum())
        if having.sum() >= FEW_LEVELS:
            likely[having] = np.minimum((times + 1) * next_ones / having.sum(), likely[having])
    return likely / rows
