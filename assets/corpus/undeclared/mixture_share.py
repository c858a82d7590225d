"""The synthetic share of rows of uncertain origin: the mixture fit, its bootstrap interval, and two tests of fit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from outcross.assets.corpus.undeclared.cells import TREES, count_cells
from outcross.assets.corpus.undeclared.quantify import Mixture, fit_mixture, largest_share, misfit
from outcross.assets.instruments.classifier_two_sample import two_sample_auc
from outcross.resources.seeds import derive_seed, generator

LEAST_AUC = 0.6
"""Smallest AUC of an estimate. Below it, real rows that have changed slightly look like synthetic rows."""
LEAST_P = 0.005
"""Smallest p of either test of fit."""
MOST_TESTED = 5_000
"""Largest number of the target's rows in the second test of fit."""
RESAMPLES = 400
"""Bootstrap resamples."""
TAIL = 0.025


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The estimated shares of the generators among the uncertain rows.

    Attributes:
        shares: (generators,).
        lower, upper: 95 % interval of their sum.
        auc: area under the ROC curve of the generator that is separated least well from real rows.
        decided: whether the estimate is reliable.
        reason: why it is reliable, or why not.
    """

    shares: np.ndarray
    lower: float
    upper: float
    auc: float
    decided: bool
    reason: str

    @property
    def share(self) -> float:
        """The share of all generators together."""
        return float(self.shares.sum())


def estimate_mixture(
    target: np.ndarray,
    samples: Sequence[np.ndarray],
    folds: Sequence[np.ndarray],
    names: Sequence[str],
    *,
    more_real: np.ndarray | None = None,
    seed: int,
) -> Estimate:
    """Estimate the target's mixture of real rows and rows of known generators by maximum likelihood.

    Args:
        target: (rows, features).
        samples: (rows, features) of the real rows, then of each generator.
        folds: for each sample, the fold of each row.
        names: of the generators.
        more_real: (rows, features) of real rows that the classifiers are fitted to as well; a generator may have been
            fitted to them.
        seed: of resamples and tests.
    """
    counted = count_cells(target, samples, folds, more_real=more_real)
    counts, calibration = counted.target_counts(), counted.sample_counts()
    mixture = fit_mixture(counts[None], calibration[None])
    shares, weakest = mixture.shares[0], int(np.argmin(counted.aucs))
    lower, upper = bootstrap_interval(mixture, counts, calibration, seed=derive_seed("resamples", seed))
    found = Estimate(
        shares=shares[1:],
        lower=min(lower, float(shares[1:].sum())),
        upper=max(upper, float(shares[1:].sum())),
        auc=counted.aucs[weakest],
        decided=False,
        reason=f"the classifier hardly separates rows of '{names[weakest]}' from real rows: its AUC is "
        f"{counted.aucs[weakest]:.2f}, and an estimate needs {LEAST_AUC}",
    )
    if found.auc < LEAST_AUC:
        return found
    of_cells = misfit(counts, calibration, mixture)[1]
    of_rows, area = misfit_of_rows(target, samples, shares, seed=derive_seed("misfit", seed))
    if min(of_cells, of_rows) < LEAST_P:
        return replace(
            found,
            lower=min(found.share, 1 - largest_share(counts, calibration[0], confidence=1 - TAIL)),
            upper=1.0,
            reason="no mixture of real rows and rows of the known generators fits these rows "
            f"(p = {min(of_cells, of_rows):.1g}, AUC against the best fit {area:.2f}): some come from an unknown "
            "generator, or the real rows have changed; provide rows of every generator, and newer real rows",
        )
    return replace(
        found,
        decided=True,
        reason=f"a mixture of real rows and rows of {', '.join(names)} fits these rows (AUC of the classifier "
        f"{found.auc:.2f}; test of fit: p = {min(of_cells, of_rows):.2g})",
    )


def bootstrap_interval(
    mixture: Mixture, target: np.ndarray, calibration: np.ndarray, *, seed: int
) -> tuple[float, float]:
    """Compute the 95 % interval of the synthetic share: percentile limits of a parametric bootstrap.

    Target and calibration samples are drawn from the fitted mixture. Resampling the observed rows instead (Efron 1979)
    would nearly always give 0 where the estimate is 0. The classifiers are not refitted: whatever they are, calibration
    rows are scored as the target's rows are.

    Args:
        mixture: the fit.
        target: (cells,) counts that it was fitted to.
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
    """Run a C2ST of the target against calibration rows mixed in the estimated shares: return p and the AUC.

    The score that separates known generators may miss the traces of an unknown one; this classifier two-sample test
    (Lopez-Paz & Oquab 2017, arXiv 1610.06545) uses all columns again.
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
    return (float(norm.sf((area - 0.5) / error)) if error > 0 else 1.0), area
