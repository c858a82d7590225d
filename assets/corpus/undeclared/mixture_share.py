"""The synthetic share of rows of uncertain origin: the mixture fit, its bootstrap interval, and two tests of fit.

A known generator whose rows are hardly told from real rows is merged with the real rows: the others are estimated as if
it were not known. So no known generator, and no real rows under the name of one, can undo the estimate of the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from outcross.assets.corpus.undeclared.cells import TREES, CellCounts, count_cells
from outcross.assets.corpus.undeclared.posterior import row_posteriors
from outcross.assets.corpus.undeclared.quantify import Mixture, fit_mixture, largest_share, misfit
from outcross.assets.instruments.classifier_two_sample import two_sample_auc
from outcross.resources.seeds import derive_seed, generator

LEAST_AUC = 0.55
"""Smallest lower 97.5 % limit of a generator's AUC against real rows. A generator below it is merged with these."""
ROBUST_AUC = 0.6
"""The same where no mixture fits: real rows that have changed look like rows of a generator below it."""
LEAST_LOWER = 0.001
"""A lower limit below it is 0; EM ends near 0, not at it."""
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
        shares: (generators,); 0 of a generator that is merged with the real rows.
        lower, upper: 95 % interval of the synthetic share. The upper limit is 1 where no row is told to be synthetic,
            where a generator is merged with the real rows, and where no mixture fits.
        auc: area under the ROC curve of the generator that is told least well from real rows, of those not merged.
        decided: whether the estimate is reliable.
        reason: why it is reliable, or why not.
        merged: generator that is merged with the real rows → its AUC.
        posteriors: (rows, 3) posterior of each row of the target, see :func:`.posterior.row_posteriors`; None where
            the estimate is not reliable.
    """

    shares: np.ndarray
    lower: float
    upper: float
    auc: float
    decided: bool
    reason: str
    merged: dict[str, float] = field(default_factory=dict)
    posteriors: np.ndarray | None = None

    @property
    def share(self) -> float:
        """The share of all generators together, as far as their rows are told from real ones."""
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
    given = _Given(target, samples, folds, names, more_real, seed)
    counted = count_cells(target, samples, folds, more_real=more_real)
    limits = _lower_aucs(counted)
    told, robust = (
        [place for place, limit in enumerate(limits) if limit >= least] for least in (LEAST_AUC, ROBUST_AUC)
    )
    found = _estimate_of(told, given, counted)
    return found if found.decided or robust == told else _estimate_of(robust, given, counted)


@dataclass(frozen=True)
class _Given:
    """What :func:`estimate_mixture` is given."""

    target: np.ndarray
    samples: Sequence[np.ndarray]
    folds: Sequence[np.ndarray]
    names: Sequence[str]
    more_real: np.ndarray | None
    seed: int

    def only(self, told: Sequence[int]) -> "_Given":
        """Keep these generators and the real rows."""
        samples, folds = ([each[0], *(each[place + 1] for place in told)] for each in (self.samples, self.folds))
        return replace(self, samples=samples, folds=folds, names=[self.names[place] for place in told])

    def count(self) -> CellCounts:
        """Count the rows in cells."""
        return count_cells(self.target, self.samples, self.folds, more_real=self.more_real)


def _estimate_of(told: Sequence[int], given: _Given, counted: CellCounts) -> Estimate:
    """Estimate the shares of the generators in these places, and merge the others with the real rows.

    Args:
        told: places of the generators.
        given: all of them.
        counted: the rows of all of them, in cells.
    """
    merged = {name: counted.aucs[place] for place, name in enumerate(given.names) if place not in told}
    shares = np.zeros(len(given.names))
    if not told:
        return Estimate(
            shares=shares,
            lower=0.0,
            upper=1.0,
            auc=min(counted.aucs),
            decided=False,
            reason=f"{describe_merged(merged)}, so there is no generator to compare with; provide rows of another one",
            merged=merged,
        )
    kept = given.only(told)
    found = _estimate_told(kept, kept.count() if merged else counted)
    shares[told] = found.shares
    if not merged:
        return replace(found, shares=shares)
    reason = f"{found.reason}; {describe_merged(merged)}"
    unseen = found.posteriors
    if unseen is not None:  # any row may be of a generator that is merged
        unseen = np.column_stack([unseen[:, :2], np.ones(len(unseen))])
    return replace(found, shares=shares, upper=1.0, reason=reason, merged=merged, posteriors=unseen)


def describe_merged(merged: Mapping[str, float]) -> str:
    """Say which generators are merged with the real rows; each with its AUC."""
    which = ", ".join(f"'{name}' (AUC {auc:.2f})" for name, auc in merged.items())
    return f"rows of {which} are hardly told from real rows and count as real"


def _lower_aucs(counted: CellCounts) -> list[float]:
    """Compute the lower 97.5 % limit of each generator's AUC."""
    from scipy.stats import norm

    z = float(norm.isf(TAIL))
    # Without an error, a side has one score: all its rows are equal to the trees.
    return [
        area - z * error if np.isfinite(error) else area
        for area, error in zip(counted.aucs, counted.errors, strict=True)
    ]


def _estimate_told(given: _Given, counted: CellCounts) -> Estimate:
    """Estimate the shares of generators that are all told from real rows."""
    counts, calibration = counted.target_counts(), counted.sample_counts()
    mixture = fit_mixture(counts[None], calibration[None])
    shares, auc = mixture.shares[0], min(counted.aucs)
    share = float(shares[1:].sum())
    lower, upper = bootstrap_interval(mixture, counts, calibration, seed=derive_seed("resamples", given.seed))
    of_cells = misfit(counts, calibration, mixture)[1]
    of_rows, area = misfit_of_rows(given.target, given.samples, shares, seed=derive_seed("misfit", given.seed))
    fits = min(of_cells, of_rows) >= LEAST_P
    if not fits:
        lower = min(lower, 1 - largest_share(counts, calibration[0], confidence=1 - TAIL))
    lower = min(share, lower) if lower >= LEAST_LOWER else 0.0
    found = Estimate(
        shares=shares[1:],
        lower=lower,
        upper=max(upper, share) if fits and lower else 1.0,
        auc=auc,
        decided=fits,
        reason="no mixture of real rows and rows of the known generators fits these rows "
        f"(p = {min(of_cells, of_rows):.1g}, AUC against the best fit {area:.2f}): some come from an unknown "
        "generator, or the real rows have changed; provide rows of every generator, and newer real rows",
    )
    if not fits:
        return found
    which = ", ".join(given.names)
    reason = (
        f"a mixture of real rows and rows of {which} fits these rows (AUC of the classifier {auc:.2f}; test of fit: "
        f"p = {min(of_cells, of_rows):.2g})"
    )
    if not lower:
        reason += (
            f"; none of them is told to be synthetic: at most {max(upper, share):.1%} are rows of {which}, and rows of "
            "an unknown generator may be among them"
        )
    posteriors = row_posteriors(counted.target, mixture, lower=found.lower, upper=found.upper)
    return replace(found, reason=reason, posteriors=posteriors)


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
