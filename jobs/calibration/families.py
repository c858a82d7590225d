"""Families of studies whose damage can be simulated exactly and fast, so that the true safe share is known.

Each simulates lineages of six models under ``fixed``: (1−s)·n real rows, the same in every generation, and s·n rows
drawn from the model before. The control is the model of all n real rows, which ``fixed(0)`` fits in every generation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from outcross.resources.seeds import derive_seed, generator

Floats = NDArray[np.float64]
Random = np.random.Generator
Simulate = Callable[[Random, int, tuple[float, ...]], tuple[Floats, Floats]]
"""(random, replicates, shares above 0) → change against the control, (replicates, shares), and base, (replicates,)."""


class Named(Protocol):
    """What a calibration simulates, by its name."""

    @property
    def name(self) -> str:
        """What it is called in tables."""


LATER = 5
"""Generations after the first."""
_TRUTH_SHARES = tuple(step / 100 for step in range(1, 101))
_TRUTH_BATCHES, _TRUTH_REPLICATES = 12, 5_000


@dataclass(frozen=True, kw_only=True)
class Family:
    """One kind of damage.

    Attributes:
        name: of the family, with its number of rows.
        simulate: draws replicates.
        tolerances: the δ for which limits are asked.
        all_or_nothing: whether a run may lose everything at once, as ``class_survival`` may.
        limit_was_right: whether the percentile bootstrap of earlier versions covered, so that its power is the measure.
    """

    name: str
    simulate: Simulate
    tolerances: tuple[float, ...]
    all_or_nothing: bool = False
    limit_was_right: bool = False

    def safe_share(self, tolerance: float) -> float:
        """Return the share at which the expected damage is δ, from 60,000 replicates at each hundredth; else 1."""
        curve = _mean_damage(self.name, self.simulate)
        if curve[-1] <= tolerance:
            return 1.0
        return float(np.interp(tolerance, np.concatenate([[0.0], curve]), (0.0, *_TRUTH_SHARES)))


@cache
def _mean_damage(name: str, simulate: Simulate) -> Floats:
    change, base = np.zeros(len(_TRUTH_SHARES)), 0.0
    for batch in range(_TRUTH_BATCHES):
        drawn = simulate(generator(derive_seed("truth", name, batch)), _TRUTH_REPLICATES, _TRUTH_SHARES)
        change, base = change + drawn[0].mean(axis=0), base + float(drawn[1].mean())
    result: Floats = np.maximum.accumulate(change / base)
    return result


def _moments(random: Random, replicates: int, shares: tuple[float, ...], *, rows: int, ddof: int) -> list[Floats]:
    """Fitted (mean, variance) of the last generation at share 0 and each share: (replicates, 2) each.

    A normal sample is its mean and variance, which are drawn as such: N(μ, σ²/m) and σ²·χ²(m − 1)/m.
    """
    real = random.standard_normal((replicates, rows))
    found = []
    for share in (0.0, *shares):
        synthetic = round(share * rows)
        kept = real[:, : rows - synthetic]
        mean, squares = (kept.mean(axis=1), kept.var(axis=1) * kept.shape[1]) if kept.shape[1] else (0.0, 0.0)
        fitted_mean, fitted_variance = real.mean(axis=1), real.var(axis=1, ddof=ddof)
        for _ in range(LATER if synthetic else 0):
            drawn = fitted_mean + np.sqrt(fitted_variance / synthetic) * random.standard_normal(replicates)
            spread = fitted_variance * (random.chisquare(synthetic - 1, replicates) if synthetic > 1 else 0.0)
            together = ((rows - synthetic) * mean + synthetic * drawn) / rows
            between = (rows - synthetic) * (mean - together) ** 2 + synthetic * (drawn - together) ** 2
            fitted_mean, fitted_variance = together, (squares + spread + between) / (rows - ddof)
        found.append(np.stack([fitted_mean, fitted_variance], axis=1))
    return found


def _rise(values: list[Floats]) -> tuple[Floats, Floats]:
    """Change and base of an endpoint that is better when lower."""
    return np.stack(values[1:], axis=1) - values[0][:, None], values[0]


def gaussian_mean(random: Random, replicates: int, shares: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Squared error of the mean over five columns of 100 rows."""
    columns = [_moments(random, replicates, shares, rows=100, ddof=1) for _ in range(5)]
    return _rise([np.mean([column[rung][:, 0] ** 2 for column in columns], axis=0) for rung in range(len(shares) + 1)])


def gaussian_wasserstein(random: Random, replicates: int, shares: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Squared 2-Wasserstein distance of a fitted normal distribution to the true one, 100 rows."""
    moments = _moments(random, replicates, shares, rows=100, ddof=1)
    return _rise([each[:, 0] ** 2 + (np.sqrt(each[:, 1]) - 1) ** 2 for each in moments])


def gaussian_variance(random: Random, replicates: int, shares: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Fall of the maximum likelihood variance, 30 rows."""
    values = [each[:, 1] for each in _moments(random, replicates, shares, rows=30, ddof=0)]
    return values[0][:, None] - np.stack(values[1:], axis=1), values[0]


def uniform_support(random: Random, replicates: int, shares: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Fall of the fitted support of a uniform distribution, its largest row of 100."""
    real = random.random((replicates, 100))
    first = real.max(axis=1)
    changes = []
    for share in shares:
        synthetic = round(100 * share)
        largest = real[:, : 100 - synthetic].max(axis=1, initial=0.0)
        support = first
        for _ in range(LATER if synthetic else 0):
            support = np.maximum(largest, support * random.random(replicates) ** (1 / max(synthetic, 1)))
        changes.append(first - support)
    return np.stack(changes, axis=1), first


def collapse(random: Random, replicates: int, shares: tuple[float, ...]) -> tuple[Floats, Floats]:
    """15 % · s² of runs lose everything, the others nothing."""
    lost = random.random((replicates, len(shares))) < 0.15 * np.square(shares)
    return lost + 0.002 * random.standard_normal(lost.shape), np.ones(replicates)


def concave(random: Random, replicates: int, shares: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Damage 0.3·√s with a deviation of 0.05: fastest where little is synthetic."""
    return 0.3 * np.sqrt(shares) + 0.05 * random.standard_normal((replicates, len(shares))), np.ones(replicates)


def s_shaped(random: Random, replicates: int, shares: tuple[float, ...]) -> tuple[Floats, Floats]:
    """The curve of a Gaussian copula on a census table, 150 rows: convex, then concave; deviation 0.02."""
    curve = np.interp(shares, np.linspace(0, 1, 9), (0, 0.007, 0.029, 0.057, 0.077, 0.098, 0.119, 0.134, 0.136))
    return curve + 0.02 * random.standard_normal((replicates, len(shares))), np.ones(replicates)


def linear(random: Random, replicates: int, shares: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Damage 0.2·s with a deviation that grows as s."""
    noise = 0.05 * np.array(shares) * random.standard_normal((replicates, len(shares)))
    return 0.2 * np.array(shares) + noise, np.ones(replicates)


FAMILIES = (
    Family(name="Gaussian mean", simulate=gaussian_mean, tolerances=(0.25, 0.5), limit_was_right=True),
    Family(name="Gaussian W2", simulate=gaussian_wasserstein, tolerances=(0.25, 1.0), limit_was_right=True),
    Family(name="Gaussian variance", simulate=gaussian_variance, tolerances=(0.05, 0.15)),
    Family(name="uniform support", simulate=uniform_support, tolerances=(0.02, 0.05)),
    Family(name="rare collapse", simulate=collapse, tolerances=(0.02,), all_or_nothing=True),
    Family(name="concave", simulate=concave, tolerances=(0.05,)),
    Family(name="S-shaped", simulate=s_shaped, tolerances=(0.1, 0.125)),
    Family(name="linear", simulate=linear, tolerances=(0.1,)),
)
