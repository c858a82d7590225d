"""Damage beyond the generations that ran: an extrapolation by a model of its growth, with an interval over replicates.

Each generation adds r times the damage that the one before it added: D_g = a(1 + r + … + r^(g−1)), 0 ≤ r ≤ 1. The mean
of a Gaussian, its variance, the support of a uniform distribution and every other error that is carried on linearly
follow it: damage levels off for r < 1, and grows in a straight line for r = 1.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.metrics.loss import INDEPENDENT
from outcross.assets.study.tolerance import Scale
from outcross.assets.verdict.degradation import degradations
from outcross.assets.verdict.dose_response import Floats, Ladder
from outcross.assets.verdict.limits import FEWEST_REPLICATES
from outcross.assets.verdict.skewed_t import sample_skewness, t_quantile

AHEAD = 2
"""How far the forecast looks: so many times the later generations that ran."""
_RATES = np.linspace(0, 1, 21)
_MOST_GENERATIONS = 12
"""Generations that the growth is read from, evenly spread where there are more."""
_OF_RATE, _OF_LEVEL = 0.01, 0.04
"""How the 5 % that an interval may miss are divided between the rate of growth and the damage that was measured."""
_CAUTION = 1.0
"""Standard errors that are added to the estimated skewness: one rung has to estimate its own."""


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """Damage of one rung after more generations than ran; None where no growth within the model fits.

    Attributes:
        share: of the rung.
        generations: models of a lineage that it speaks of, generation 0 included.
        measured: mean damage in the last generation that ran.
        damage: estimate, in the unit of the degradation.
        lower: lower end of its 95 % interval.
        upper: upper end.
        reason: why there is none; empty where there is one.
    """

    share: float
    generations: int
    measured: float
    damage: float | None = None
    lower: float | None = None
    upper: float | None = None
    reason: str = ""


def forecast_rungs(
    evaluations: pl.DataFrame, ladder: Ladder, endpoint: Endpoint, *, scale: Scale, generations: int
) -> tuple[Forecast, ...]:
    """Extrapolate the damage of every rung above the control to twice the later generations that ran.

    Args:
        evaluations: long form, as :func:`degradations` takes it.
        ladder: the rungs.
        endpoint: whose damage it is.
        scale: what the damage is a share of.
        generations: models of a lineage that ran, generation 0 included.

    Returns:
        A forecast for each rung; nothing with fewer than three models or three replicates, or without a damage.
    """
    ran, ahead = generations - 1, AHEAD * (generations - 1)
    if ran < 2:
        return ()
    measured = evaluations.filter(pl.col("metric") == endpoint.metric, pl.col("about").is_in(["", INDEPENDENT]))
    later = np.unique(np.linspace(1, ran, min(ran, _MOST_GENERATIONS)).round().astype(int))
    damage = []
    for generation in later.tolist():
        paired = degradations(measured, ladder, endpoint, scale=scale, generations=generation + 1)
        if paired.undefined or len(paired.replicates) < FEWEST_REPLICATES:
            return ()
        damage.append(paired.relative[:, 1:])
    trajectories = np.stack(damage, axis=-1)
    return tuple(
        _forecast(trajectories[:, rung], later, ahead, share=share) for rung, share in enumerate(ladder.shares[1:])
    )


def _forecast(damage: Floats, later: np.ndarray, ahead: int, *, share: float) -> Forecast:
    mean = float(damage[:, -1].mean())
    if not np.isfinite(damage).all():
        return Forecast(share=share, generations=ahead + 1, measured=mean, reason="a run has no finite value left")
    estimate, lower, upper = extrapolate(damage, later, ahead)
    if not np.isfinite(estimate):
        reason = "damage grew unevenly, or faster with every generation"
        return Forecast(share=share, generations=ahead + 1, measured=mean, reason=reason)
    return Forecast(
        share=share,
        generations=ahead + 1,
        measured=mean,
        damage=float(estimate),
        lower=float(lower),
        upper=float(upper),
    )


def extrapolate(damage: Floats, later: np.ndarray, ahead: int) -> tuple[Floats, Floats, Floats]:
    """Return the damage in generation ``ahead``, with its 95 % interval; NaN where every rate is refuted.

    The damage of the last generation is multiplied by how much it still grows at a rate r: (1 − r^ahead)/(1 − r^last).
    A rate is kept unless the replicates refute it: by a t test, corrected for skewness, of that combination of
    generations which the model says is 0 and which moves most with the rate. The interval holds the limits of the mean
    for all rates kept.

    Args:
        damage: (…, replicates, generations), finite.
        later: (generations,) ascending numbers of the generations, from 1.
        ahead: generation that is asked for.
    """
    grown, moved = _growth(later), _growth_by_rate(later)
    contrasts = moved - grown * ((grown * moved).sum(axis=1) / (grown**2).sum(axis=1))[:, None]
    low, high = _interval(damage @ contrasts.T, _OF_RATE)
    kept = (low <= 0) & (high >= 0)
    factors = _growth(np.array([ahead]))[:, 0] / grown[:, -1]
    least = np.where(kept, factors, np.inf).min(axis=-1)
    most = np.where(kept, factors, -np.inf).max(axis=-1)
    possible = kept.any(axis=-1)
    least, most = np.where(possible, least, np.nan), np.where(possible, most, np.nan)
    lower, upper = (each[..., 0] for each in _interval(damage[..., -1:], _OF_LEVEL))
    mean = damage.mean(axis=-2)
    fit = (mean @ grown.T) ** 2 / (grown**2).sum(axis=1)
    best = np.clip(factors[fit.argmax(axis=-1)], least, most)
    return mean[..., -1] * best, np.minimum(lower * least, lower * most), np.maximum(upper * least, upper * most)


def _growth(later: np.ndarray) -> Floats:
    """(rates, generations) 1 + r + … + r^(g−1)."""
    powers = _RATES[:, None] ** np.arange(later.max())
    result: Floats = np.cumsum(powers, axis=1)[:, later - 1]
    return result


def _growth_by_rate(later: np.ndarray) -> Floats:
    """(rates, generations) derivative of the growth by the rate."""
    order = np.arange(later.max())
    powers = order * _RATES[:, None] ** np.maximum(order - 1, 0)
    result: Floats = np.cumsum(powers, axis=1)[:, later - 1]
    return result


def _interval(values: Floats, miss: float) -> tuple[Floats, Floats]:
    """(…) limits of the mean over replicates (…, replicates, each), which miss it in a share ``miss`` of cases."""
    n = values.shape[-2]
    mean, deviation = values.mean(axis=-2), values.std(axis=-2, ddof=1)
    skewness = sample_skewness(values, axis=-2)
    caution, error = _CAUTION * np.sqrt(6 / n), deviation / np.sqrt(n)
    lower = mean + t_quantile(miss / 2, n, -skewness + caution) * error
    upper = mean - t_quantile(miss / 2, n, skewness + caution) * error
    return lower, upper
