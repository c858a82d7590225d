"""The estimated share of synthetic rows among those of open origin, and whether the estimate may be relied upon."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from outcross.assets.corpus.undeclared.cells import TREES, count_cells
from outcross.assets.corpus.undeclared.quantify import Mixture, fit_mixture, misfit, most_of
from outcross.assets.instruments.classifier_two_sample import two_sample_auc
from outcross.resources.seeds import derive_seed, generator

LEAST_AUC = 0.6
"""Below it, real rows that have changed a little look like synthetic ones."""
LEAST_P = 0.005
"""Of either test of fit."""
MOST_TESTED = 5_000
"""Rows of the target that the second test looks at."""
RESAMPLES = 400
TAIL = 0.025


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Shares among the uncertain rows.

    Attributes:
        shares: (generators,).
        lower, upper: of their sum.
        auc: of the generator that is told least well from real rows.
        decided: whether to rely on it.
        reason: why, or why not.
    """

    shares: np.ndarray
    lower: float
    upper: float
    auc: float
    decided: bool
    reason: str

    @property
    def share(self) -> float:
        """Of all generators."""
        return float(self.shares.sum())


def estimate_uncertain(
    target: np.ndarray,
    samples: Sequence[np.ndarray],
    folds: Sequence[np.ndarray],
    names: Sequence[str],
    *,
    more_real: np.ndarray | None = None,
    seed: int,
) -> Estimate:
    """Fit the mixture of real rows and known generators that the target's scores most likely are.

    Args:
        target: (rows, features).
        samples: (rows, features) of the real rows, then of each generator.
        folds: the fold of each of their rows.
        names: of the generators.
        more_real: (rows, features) of real rows to learn from, that a generator may have learned from too.
        seed: of resamples and tests.
    """
    counted = count_cells(target, samples, folds, more_real=more_real)
    counts, calibration = counted.target_counts(), counted.sample_counts()
    mixture = fit_mixture(counts[None], calibration[None])
    shares, weakest = mixture.shares[0], int(np.argmin(counted.aucs))
    lower, upper = interval(mixture, counts, calibration, seed=derive_seed("resamples", seed))
    found = Estimate(
        shares=shares[1:],
        lower=min(lower, float(shares[1:].sum())),
        upper=max(upper, float(shares[1:].sum())),
        auc=counted.aucs[weakest],
        decided=False,
        reason=f"rows of '{names[weakest]}' are hardly told from real ones: AUC {counted.aucs[weakest]:.2f}, of which "
        f"{LEAST_AUC} is needed",
    )
    if found.auc < LEAST_AUC:
        return found
    of_cells = misfit(counts, calibration, mixture)[1]
    of_rows, area = misfit_of_rows(target, samples, shares, seed=derive_seed("misfit", seed))
    if min(of_cells, of_rows) < LEAST_P:
        return replace(
            found,
            lower=min(found.share, 1 - most_of(counts, calibration[0], confidence=1 - TAIL)),
            upper=1.0,
            reason="no mixture of known real rows and rows of the known generators looks like these "
            f"(p = {min(of_cells, of_rows):.1g}, AUC against the likeliest {area:.2f}): some are of an unknown "
            "generator, or the real ones have changed; pass rows of every generator, and newer real rows",
        )
    return replace(
        found,
        decided=True,
        reason=f"the rows look like a mixture of real rows and rows of {', '.join(names)}, told apart with an AUC of "
        f"{found.auc:.2f} (fit: p = {min(of_cells, of_rows):.2g})",
    )


def interval(mixture: Mixture, target: np.ndarray, calibration: np.ndarray, *, seed: int) -> tuple[float, float]:
    """The 95 % interval of the synthetic share: percentiles over targets and calibration samples redrawn from the fit.

    Rows drawn again from what was found instead (Efron 1979) would, where the estimate is 0, give 0 nearly always.
    The classifiers are taken as given: whatever they are, calibration rows are scored as the target's are.

    Args:
        mixture: the fit.
        target: (cells,) counts it was fitted to.
        calibration: (components, cells) counts.
        seed: of the draws.
    """
    random = generator(seed)
    targets = random.multinomial(round(target.sum()), mixture.expected[0] / mixture.expected[0].sum(), size=RESAMPLES)
    samples = [
        random.multinomial(round(own.sum()), cells / cells.sum(), size=RESAMPLES)
        for own, cells in zip(calibration, mixture.cells[0], strict=True)
    ]
    again = fit_mixture(targets.astype(np.float64), np.stack(samples, axis=1).astype(np.float64))
    lower, upper = np.quantile(again.shares[:, 1:].sum(axis=1), [TAIL, 1 - TAIL])
    return float(lower), float(upper)


def misfit_of_rows(
    target: np.ndarray, samples: Sequence[np.ndarray], shares: np.ndarray, *, seed: int
) -> tuple[float, float]:
    """Whether a classifier tells the target from calibration rows mixed in the estimated shares: p, and its AUC.

    The score of known generators may be blind to what gives an unknown one away; this test (Lopez-Paz & Oquab 2017,
    arXiv 1610.06545) looks at all columns anew.
    """
    from scipy.stats import norm

    random = generator(seed)
    drawn = target[np.sort(random.permutation(len(target))[:MOST_TESTED])]
    enough = [len(own) / share for own, share in zip(samples, shares, strict=True) if share > 0]
    mixed = np.concatenate(
        [
            own[random.permutation(len(own))[: round(min(len(drawn), *enough) * share)]]
            for own, share in zip(samples, shares, strict=True)
        ]
    )
    area, error = two_sample_auc(drawn, mixed, seed=derive_seed("halves", seed), trees=TREES)
    # Where the halves agree by chance, trees fitted to either find it in the other: both areas err alike, and the mean
    # is no more certain than each of them.
    error *= np.sqrt(2)
    return (float(norm.sf((area - 0.5) / error)) if error > 0 else 1.0), area
