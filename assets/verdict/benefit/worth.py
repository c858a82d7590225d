"""How many real rows one synthetic row replaces: the learning curve of real rows alone, read backwards.

The error with x real rows is taken to be a + b·x^(−c): a power law with a floor, as learning curves of many models have
it (Hestness et al. 2017, arXiv 1712.00409; Viering & Loog 2023, IEEE TPAMI 45:7799). A mix of r real and m synthetic
rows is then as good as x real ones, and a synthetic row is worth (x − r)/m of them. The interval holds every worth that
the replicates do not contradict: for each exponent c that they leave open, the curve is linear in a and b, so that one
paired mean has to be zero (Fieller 1954, Journal of the Royal Statistical Society B 16:175).
"""

from dataclasses import dataclass

import numpy as np

from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.limits import CONFIDENCE, FEWEST_REPLICATES, Flags
from outcross.assets.verdict.skewed_t import sample_skewness, t_quantile
from outcross.resources.errors import BadInput

CURVE = (0.25, 0.5, 1.0)
"""Parts of the real rows with which the learning curve is measured."""
_EXPONENT_STEP = 0.1
_EXPONENTS = np.arange(1, 13) * _EXPONENT_STEP
"""c. 1 is the rate of a parametric model; nonparametric and deep models learn more slowly."""
_EXPONENT_CONFIDENCE = 0.7
"""Of the exponents that stay open. The worth's own test has 95 %; together they cover in 94 to 99 % of studies, as
``outcross calibrate`` measures. At 50 % they cover in 87 % where the curve is steep and replicates are many."""
_LEAST, _MOST, _STEP = -2.0, 5.0, 0.01
"""Worths that are tried; beyond them a curve over ¼, ½ and all of the real rows says nothing."""
_SURE_SKEWNESS = 20
"""Replicates from which on the skewness of one mean is believed as it is estimated; that of fewer shrinks towards 0."""


@dataclass(frozen=True, kw_only=True)
class Worth:
    """Real rows that one synthetic row replaces.

    Attributes:
        worth: estimate; None where the curve does not fall, or not so far that the error of the mix lies on it.
        lower: lower limit of the 95 % interval; None where it is open.
        upper: its upper limit; None where it is open.
    """

    worth: float | None
    lower: float | None
    upper: float | None


def find_worth(mix: Floats, curve: Floats, *, real: float, synthetic: float) -> Worth:
    """Return what a synthetic row of a mix is worth in real rows.

    Args:
        mix: (replicates,) error with the mix; lower is better.
        curve: (replicates, 3) error with each part of :data:`CURVE` of the real rows, of the same replicates.
        real: real rows of the mix ÷ all real rows.
        synthetic: synthetic rows of the mix ÷ all real rows.

    Raises:
        BadInput: fewer than three replicates, or no synthetic rows.
    """
    if len(mix) < FEWEST_REPLICATES or not synthetic > 0:
        raise BadInput(
            f"a worth needs {FEWEST_REPLICATES} replicates and synthetic rows; there are {len(mix)} replicates and "
            f"{synthetic:g} synthetic rows per real one"
        )
    if not (np.isfinite(mix).all() and np.isfinite(curve).all()):
        return Worth(worth=None, lower=None, upper=None)
    tried = np.arange(_LEAST, _MOST + _STEP / 2, _STEP)
    tried = tried[real + tried * synthetic > 0]
    left_open = tried[worths_left_open(mix[None], curve[None], tried, real=real, synthetic=synthetic)[0]]
    point = _estimate(mix, curve, real, synthetic)
    held = np.append(left_open, [] if point is None else point)
    if not len(held):
        return Worth(worth=None, lower=None, upper=None)
    first, last = float(held.min()), float(held.max())
    return Worth(worth=point, lower=None if first <= tried[0] else first, upper=None if last >= tried[-1] else last)


def worths_left_open(mix: Floats, curve: Floats, worths: Floats, *, real: float, synthetic: float) -> Flags:
    """Return which worths the replicates do not contradict, at 95 %: (studies, worths).

    Args:
        mix: (studies, replicates) as in :func:`find_worth`.
        curve: (studies, replicates, 3).
        worths: (worths,) to try.
        real: real rows of the mix ÷ all real rows.
        synthetic: synthetic rows of the mix ÷ all real rows.
    """
    found = np.zeros((len(mix), len(worths)), dtype=bool)
    fitting = _exponent(curve.mean(axis=-2))
    for exponent in _EXPONENTS:
        bend = (curve[..., 1] - curve[..., 2]) - 2.0**-exponent * (curve[..., 0] - curve[..., 1])
        # Replicates that hardly vary contradict every exponent of the grid, the nearest one too.
        nearest = np.abs(fitting - exponent) <= _EXPONENT_STEP / 2
        possible = nearest | _may_be_zero(bend, _EXPONENT_CONFIDENCE)
        if possible.any():
            weights = _on_curve((real + worths * synthetic) ** -exponent, exponent)
            apart = mix[possible, :, None] - curve[possible] @ weights
            found[possible] |= _may_be_zero(np.moveaxis(apart, 1, -1), CONFIDENCE)
    return found


def _on_curve(places: Floats, exponent: float) -> Floats:
    """Weights of the three measured points that give the curve at x^(−c) = ``places``: (3, places).

    Least squares in which a point counts as the square of its rows: the deviation of an error falls with its mean.
    """
    rows = np.array(CURVE)
    design = np.stack([np.ones(3), rows**-exponent], axis=1)
    solved = np.linalg.solve(design.T @ (design * rows[:, None] ** 2), design.T * rows**2)
    result: Floats = solved[0][:, None] + solved[1][:, None] * places
    return result


def _may_be_zero(values: Floats, confidence: float) -> Flags:
    """Whether a two-sided test, corrected for skewness, leaves open that the mean over the last axis is zero: (…)."""
    count = values.shape[-1]
    mean, deviation = values.mean(axis=-1), values.std(axis=-1, ddof=1)
    skewness = np.clip(sample_skewness(values, axis=-1), -3, 3) * min(1.0, count / _SURE_SKEWNESS)
    caution = np.sqrt(6 / count) / 4
    error, tail = deviation / np.sqrt(count), (1 - confidence) / 2
    lower = mean + t_quantile(tail, count, -skewness + caution) * error
    upper = mean - t_quantile(tail, count, skewness + caution) * error
    result: Flags = np.asarray((lower <= 0) & (upper >= 0))
    return result


def _exponent(means: Floats) -> Floats:
    """The exponent that fits three mean errors, within the range tried; NaN where the curve does not fall: (…)."""
    first, last = means[..., 0] - means[..., 1], means[..., 1] - means[..., 2]
    falls = (first > 0) & (last > 0)
    ratio = np.divide(first, last, out=np.full(np.shape(first), np.nan), where=falls)
    result: Floats = np.clip(np.log2(ratio), _EXPONENTS[0], _EXPONENTS[-1])
    return result


def _estimate(mix: Floats, curve: Floats, real: float, synthetic: float) -> float | None:
    """Worth by the means; None where the curve does not fall, or not to the error of the mix."""
    means = curve.mean(axis=0)
    exponent = float(_exponent(means))
    if np.isnan(exponent):
        return None
    floor = _on_curve(np.zeros(1), exponent)[:, 0] @ means
    slope = _on_curve(np.ones(1), exponent)[:, 0] @ means - floor
    height = (mix.mean() - floor) / slope
    if not height > 0:
        return None
    worth = float((height ** (-1 / exponent) - real) / synthetic)
    return worth if _LEAST < worth < _MOST else None
