"""The limit of versions before 0.2, to compare with: a percentile bootstrap of where the monotone curve crosses."""

import math

import numpy as np

from outcross.assets.verdict.dose_response import Floats, isotonic, safe_shares

_RESAMPLES = 500


def percentile_limit(
    change: Floats, base: Floats, shares: tuple[float, ...], tolerance: float, random: np.random.Generator
) -> tuple[float, bool]:
    """Return the 5 % quantile of the crossing over resampled replicates, and whether it was called decided.

    Deviations of the means are widened by √(R/(R−1))·t/z, after Hesterberg 2015 (The American Statistician 69:371).

    Args:
        change: (replicates, rungs) change against the control at the shares above 0.
        base: (replicates,) what it is a share of.
        shares: of all rungs, 0 first.
        tolerance: δ.
        random: draws the resamples.
    """
    from scipy.special import ndtri, stdtrit

    observed = len(base)
    widening = math.sqrt(observed / (observed - 1)) * stdtrit(observed - 1, 0.95) / ndtri(0.95)
    weights = random.multinomial(observed, np.full(observed, 1 / observed), size=_RESAMPLES) / observed
    centre = (change / base.mean()).mean(axis=0)
    means = centre + widening * ((weights @ change) / (weights @ base)[:, None] - centre)
    curves = isotonic(np.concatenate([np.zeros((_RESAMPLES, 1)), means], axis=1))
    point = safe_shares(np.array(shares), isotonic(np.concatenate([[0.0], centre])[None]), tolerance)[0]
    safe = safe_shares(np.array(shares), curves, tolerance)
    limit = min(float(point), float(np.quantile(safe, 0.05, method="inverted_cdf")))
    return limit, limit > 0 and bool((curves[:, -1] <= tolerance).mean() <= 0.05)
