"""Studies whose answer is known, in the long form that evaluations have."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from outcross.assets.verdict.degradation import Degradations
from outcross.assets.verdict.dose_response import Floats, Ladder
from outcross.resources.seeds import derive_seed, generator


def ladder(*shares: float, policy: str = "fresh") -> Ladder:
    """A ladder with an arm for each share, such as ``fresh-0.5``, and the control ``fresh-0``."""
    return Ladder("freshness", policy, tuple((share, arm(share, policy)) for share in (0.0, *shares)))


def arm(share: float, policy: str = "fresh") -> str:
    """What the arm of a share is called."""
    return f"{policy}-{share:g}"


def evaluations(
    first: Sequence[float | None],
    last: Mapping[str, Sequence[float | None]],
    *,
    metric: str = "frechet",
    generations: int = 3,
    policy: str = "fresh",
) -> pl.DataFrame:
    """Measurements against the holdout: those of generation 0, and for each arm those of its last generation.

    The control, share 0, stays as generation 0 is unless ``last`` says otherwise. In between every arm lies at 77, a
    value that no test is about.
    """
    rows = [("shared", 0, replicate, value) for replicate, value in enumerate(first)]
    for name, values in {arm(0, policy): first, **last}.items():
        for replicate, value in enumerate(values):
            rows += [(name, generation, replicate, 77.0) for generation in range(1, generations - 1)]
            rows.append((name, generations - 1, replicate, value))
    schema = {"arm": pl.String, "generation": pl.Int32, "replicate": pl.Int32, "value": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        metric=pl.lit(metric), about=pl.lit(""), reference=pl.lit("holdout")
    )


def noisy(
    degradation: Mapping[float, float], *, noise: float, replicates: int = 10, seed: int = 1, policy: str = "fresh"
) -> pl.DataFrame:
    """Share → mean degradation, with normal noise around it for each replicate; generation 0 lies at 2."""
    draws = generator(derive_seed("noisy", seed))
    last = {
        arm(share, policy): (2 * (1 + mean + noise * draws.standard_normal(replicates))).tolist()
        for share, mean in degradation.items()
    }
    return evaluations([2.0] * replicates, last, policy=policy)


def gaussian_mean(share: float) -> float:
    """Degradation in the limit of a Gaussian mean refitted to ``share`` synthetic and 1 − ``share`` new real rows.

    The error of the mean follows e' = share·e + noise, whose variance is 1 ÷ (1 − share²) times the noise's.
    """
    return 1 / (1 - share**2) - 1


def gaussian_mean_limit(tolerance: float) -> float:
    """The share at which :func:`gaussian_mean` meets the tolerance."""
    return math.sqrt(tolerance / (1 + tolerance))


def gaussian_mean_study(
    shares: Sequence[float], *, replicates: int, dimensions: int, generations: int, seed: int
) -> Degradations:
    """Run the loop itself: the excess risk of a mean of ``dimensions`` numbers, in units of its first variance."""
    draws = generator(derive_seed("gaussian mean", seed))
    first: Floats = draws.standard_normal((replicates, 1, dimensions))
    error = first
    for _ in range(generations - 1):
        noise = draws.standard_normal((replicates, len(shares), dimensions))
        error = np.array(shares)[:, None] * error + noise
    base, last = (first**2).mean(axis=2)[:, 0], (error**2).mean(axis=2)
    change = np.concatenate([np.zeros((replicates, 1)), last - base[:, None]], axis=1)
    return Degradations(tuple(range(replicates)), change, base, base, np.zeros(replicates))
