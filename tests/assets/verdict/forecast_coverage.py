"""Simulations that hold forecasts against runs of twice the length.

``python -m tests.assets.verdict.forecast_coverage`` prints the table of ``docs/science.md``; a minute on one core.
"""

import sys
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.forecast import AHEAD, extrapolate
from outcross.resources.seeds import derive_seed, generator

LATER, REPLICATES, SHARES = (2, 5, 8), (5, 10, 20), (0.5, 0.8, 1.0)
STUDIES, TRUTH, ROWS = 1_000, 40_000, 100
Simulation = Callable[[np.random.Generator, int, int, float], Floats]


def gaussian_mean(random: np.random.Generator, runs: int, later: int, share: float) -> Floats:
    """(runs, generations) added squared error of a mean that carries on ``share`` of its error."""
    error, found = random.standard_normal(runs), []
    for _ in range(later):
        error = share * error + random.standard_normal(runs)
        found.append(error**2 - random.standard_normal(runs) ** 2)
    return np.stack(found, axis=-1)


def wasserstein(random: np.random.Generator, runs: int, later: int, share: float) -> Floats:
    """(runs, generations) added W₂² of a normal distribution fitted to 100 rows, of which ``share`` are its own."""
    own = round(share * ROWS)
    mean, deviation = _moments(random, np.zeros(runs), np.ones(runs), ROWS)
    found = []
    for _ in range(later):
        made, squares = _moments(random, mean, deviation, own)
        real, real_squares = _moments(random, np.zeros(runs), np.ones(runs), ROWS - own)
        mean = (own * made + (ROWS - own) * real) / ROWS
        between = own * (made - mean) ** 2 + (ROWS - own) * (real - mean) ** 2
        deviation = np.sqrt(
            ((own - 1) * squares**2 * (own > 1) + (ROWS - own - 1) * real_squares**2 * (own < ROWS - 1) + between)
            / (ROWS - 1)
        )
        control = _moments(random, np.zeros(runs), np.ones(runs), ROWS)
        found.append(_distance(mean, deviation) - _distance(*control))
    return np.stack(found, axis=-1)


def _moments(random: np.random.Generator, mean: Floats, deviation: Floats, rows: int) -> tuple[Floats, Floats]:
    """Mean and standard deviation of so many normal rows; of none, 0."""
    if rows == 0:
        return np.zeros_like(mean), np.zeros_like(mean)
    drawn = mean + deviation / np.sqrt(rows) * random.standard_normal(len(mean))
    spread = deviation * np.sqrt(random.chisquare(max(rows - 1, 1), len(mean)) / max(rows - 1, 1))
    return drawn, spread


def _distance(mean: Floats, deviation: Floats) -> Floats:
    result: Floats = mean**2 + (deviation - 1) ** 2
    return result


FAMILIES: dict[str, Simulation] = {"Gaussian mean": gaussian_mean, "Gaussian W2": wasserstein}


def coverage(family: str, share: float, later: int, replicates: int, *, studies: int = STUDIES) -> tuple[float, ...]:
    """Return the truth, how often intervals hold it, how often there is none, median estimate and width ÷ truth."""
    simulate = FAMILIES[family]
    random = generator(derive_seed("forecast", family, share, later, replicates))
    truth = simulate(random, TRUTH, AHEAD * later, share)[:, -1].mean()
    damage = simulate(random, studies * replicates, later, share).reshape(studies, replicates, later)
    estimate, lower, upper = extrapolate(damage, np.arange(1, later + 1), AHEAD * later)
    given = np.isfinite(estimate)
    held = ((lower <= truth) & (truth <= upper))[given].mean()
    median = float(np.median(estimate[given]) / truth)
    return float(truth), float(held), float(1 - given.mean()), median, float(np.median((upper - lower)[given]) / truth)


def lines() -> Iterator[str]:
    """Write the table, a line for each simulated setting."""
    yield "| family | share | generations run | R | true | covers | none given | estimate ÷ true | width ÷ true |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for family, share, later, replicates in product(FAMILIES, SHARES, LATER, REPLICATES):
        truth, held, none, median, width = coverage(family, share, later, replicates)
        setting = f"{family} | {share:g} | {later} | {replicates}"
        yield f"| {setting} | {truth:.3g} | {held:.2f} | {none:.2f} | {median:.2f} | {width:.1f} |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
