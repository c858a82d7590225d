"""The undeclared share of pooled rows: maximum likelihood, with an interval by the profile of the likelihood.

The error of the calibration samples is part of the likelihood (Hosmer 1973), so it is there once, and more batches do
not shrink it. Where the best mixture fits badly, as after a season, the likelihood is divided by the misfit a degree of
freedom (overdispersion; McCullagh & Nelder 1989, section 4.5): that error does not shrink with more rows either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from outcross.assets.corpus.ledger.share_evidence import Tally
from outcross.assets.corpus.undeclared.cells import FOLDS
from outcross.assets.corpus.undeclared.estimate import FEWEST_ROWS
from outcross.assets.corpus.undeclared.mixture_share import LEAST_LOWER, TAIL
from outcross.assets.corpus.undeclared.quantify import fit_mixture, log_likelihood, misfit

YEAR = 0.001
"""One-sided error of a limit that is held to its bound 50 times a year: 5 % of the years in all."""
MOST_DISPERSED = 10.0
"""Largest misfit a degree of freedom at which the estimate is decided: the error is three times that of chance."""
LEAST_P = 0.001
"""Smallest p of a batch's test of fit; below it, the batch is not pooled."""
ASKED = 16
"""Number of estimates that are remembered: an intake asks for that of the same rows several times, as does the next."""
GRID = 25
"""Shares at which the likelihood is computed in each of two rounds."""


@dataclass(frozen=True, kw_only=True)
class PooledShare:
    """The synthetic share of rows that are not declared so.

    Attributes:
        share: of the rows, with those that are certain.
        lower, upper: the 95 % interval; 0 and 1 where nothing was looked at.
        least: the lower limit with an error of :data:`YEAR`.
        decided: whether it is reliable.
        p: of the test of fit.
    """

    share: float
    lower: float
    upper: float
    least: float
    decided: bool
    p: float


@lru_cache(ASKED)
def estimate_pooled(tally: Tally, calibration: tuple[tuple[int, ...], ...]) -> PooledShare:
    """Estimate the share of a tally's rows.

    Args:
        tally: the rows.
        calibration: (components, cells) counts of the calibration samples, the real rows first.
    """
    unsure = sum(tally.cells) / FOLDS
    if not tally.rows:
        return PooledShare(share=0.0, lower=0.0, upper=0.0, least=0.0, decided=True, p=1.0)
    sure, error = tally.certain / tally.rows, 2 * tally.certain_variance**0.5 / tally.rows
    if unsure < FEWEST_ROWS:
        low = max(0.0, sure - error)
        return PooledShare(share=sure, lower=low, upper=1.0, least=low, decided=False, p=1.0)
    target, samples = _effective(tally), np.array(calibration, dtype=np.float64)
    mixture = fit_mixture(target[None], samples[None])
    statistic, p = misfit(target, samples, mixture)
    dispersion = max(1.0, statistic / max(samples.shape[1] - samples.shape[0], 1))
    share = float(mixture.shares[0, 1:].sum())
    lower, upper, least = _limits(target, samples, share, dispersion)
    part = unsure / tally.rows
    return PooledShare(
        share=min(1.0, sure + part * share),
        lower=max(0.0, sure - error + part * lower),
        upper=min(1.0, sure + error + part * upper),
        least=max(0.0, sure - error + part * least),
        decided=dispersion <= MOST_DISPERSED,
        p=p,
    )


def likelihood_ratio(tally: Tally, calibration: Sequence[Sequence[int]], kind: int) -> float:
    """Compute the log-likelihood ratio of the best share of one generator's rows to none.

    The error of the calibration samples is part of it.

    Args:
        tally: the rows.
        calibration: (components, cells) counts of the calibration samples, the real rows first.
        kind: place of the generator among the components.
    """
    target, samples = _effective(tally)[None], np.array(calibration, dtype=np.float64)[None, [0, kind]]
    best, none = fit_mixture(target, samples), fit_mixture(target, samples, others=np.zeros(1))
    return float((log_likelihood(target, samples, best) - log_likelihood(target, samples, none))[0])


@lru_cache(ASKED)
def fits(tally: Tally, calibration: tuple[tuple[int, ...], ...]) -> bool:
    """Test whether a mixture of the components fits a batch; few rows are not tested."""
    if sum(tally.cells) / FOLDS < FEWEST_ROWS:
        return True
    target, samples = _effective(tally), np.array(calibration, dtype=np.float64)
    return misfit(target, samples, fit_mixture(target[None], samples[None]))[1] >= LEAST_P


def _effective(tally: Tally) -> np.ndarray:
    """Return (cells,) counts of as many rows as the sample is worth (Kish 1965): fewer than looked at, if unequal."""
    counts = np.array(tally.cells)
    unsure = counts.sum() / FOLDS
    result: np.ndarray = counts / FOLDS * (unsure / tally.squares if tally.squares else 0.0)
    return result


def _limits(target: np.ndarray, samples: np.ndarray, share: float, dispersion: float) -> tuple[float, float, float]:
    """Compute the 95 % limits, and the lower limit with an error of :data:`YEAR`, where the profile crosses them."""
    from scipy.stats import norm

    usual, rare = (float(norm.isf(each)) ** 2 * dispersion / 2 for each in (TAIL, YEAR))

    def likelihood(shares: np.ndarray) -> np.ndarray:
        targets, repeated = (np.repeat(each[None], len(shares), axis=0) for each in (target, samples))
        return log_likelihood(targets, repeated, fit_mixture(targets, repeated, others=shares))

    top = float(likelihood(np.array([share]))[0])

    def cross(far: float, most: float) -> float:
        """Find the share between the estimate and ``far`` at which the loss is ``most``."""
        near = share
        for _ in range(2):
            shares = np.linspace(near, far, GRID)
            over = np.flatnonzero(top - likelihood(shares) > most)
            if not len(over):
                return far
            first = max(int(over[0]), 1)
            near, far = float(shares[first - 1]), float(shares[first])
        return near

    lower, least = (each if (each := cross(0.0, most)) >= LEAST_LOWER else 0.0 for most in (usual, rare))
    return lower, cross(1.0, usual), least
