"""Readings of rare levels, which vanish first; their probabilities are Good–Turing estimates."""

from collections.abc import Iterator

import numpy as np

from outcross.assets.corpus.guards import chance
from outcross.assets.corpus.guards.measures.contract import Batch, Reading

FEW_LEVELS = 5
"""Smallest number of levels with equal counts for a Good–Turing estimate."""


def measure(batch: Batch) -> Iterator[Reading]:
    """Measure the rare levels per row ÷ the anchor's, and the rare levels that occur ÷ the number expected."""
    profile = batch.profile
    if not profile.rare.mean:
        return
    rows, known = batch.rows, profile.rows
    total, present, missing, expected = 0, 0, 0.0, 0.0
    for place, codes in enumerate(profile.rare_levels):
        now, before = (each.levels[place] for each in (batch.scanned.counts, profile.counts))
        total += int(now[codes].sum() + now[-2])
        shares = _good_turing_shares(before[:-2], known)[codes]
        absent = np.exp(rows * np.log1p(-np.minimum(shares, 0.5)))
        present += int((now[codes][shares > 0] > 0).sum())
        missing += float(absent[shares > 0].sum())
        expected += float((1 - absent).sum())
    yield batch.mean_ratio("rare_mass", "rare_mass", total / rows, profile.rare)
    if expected:
        least = expected + missing - chance.most_events(missing)
        yield Reading("rare_survival", "rare_survival", "", present / expected, least / expected, least=0.0)


def _good_turing_shares(before: np.ndarray, rows: int) -> np.ndarray:
    """Estimate the probabilities of the anchor's levels (Good–Turing).

    They are below the observed shares, because rare levels that were observed are over-represented. A level that occurs
    k times, one of N_k, is expected (k + 1) N_{k+1} ÷ N_k times in as many new rows (Good 1953, Biometrika 40:237).
    Where N_k is below ``FEW_LEVELS``, it is expected k(1 − e^−k) times: 1 − e^−k is its chance of occurring at all.
    """
    likely = before * -np.expm1(-before.astype(np.float64))
    for times in range(1, FEW_LEVELS):
        having, next_ones = (before == times), int((before == times + 1).sum())
        if having.sum() >= FEW_LEVELS:
            likely[having] = np.minimum((times + 1) * next_ones / having.sum(), likely[having])
    return likely / rows
