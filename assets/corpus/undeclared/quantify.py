"""Quantification: the shares of known components in a sample, by maximum likelihood over counts in cells.

Rows of the target, and of one *calibration* sample of each component, are counted in cells, such as intervals of a
classifier's score. With cell probabilities p_kb and shares π_k, the log-likelihood of all these counts is

    Σ_k Σ_b c_kb ln p_kb + Σ_b t_b ln Σ_k π_k p_kb,

the mixture with calibration samples of Hosmer 1973 (Biometrics 29:761), without a parametric form. The EM algorithm
is that of Saerens, Latinne & Decaestecker 2002 (Neural Computation 14:21) with one more step, which updates the cell
probabilities from the target's rows as well. Fixing p_kb at c_kb ÷ c_k, as those authors do with a classifier's
posteriors, would treat noise in the calibration samples as a difference between the components.
"""

from dataclasses import dataclass

import numpy as np

MOST_STEPS = 1_000
STEP = 1e-6
"""EM stops when no share changes by more in a step."""
LONGEST = 64
"""Largest step length of the extrapolation, in steps of EM."""


@dataclass(frozen=True)
class Mixture:
    """The mixtures fitted to R targets, each with its own calibration samples.

    Attributes:
        shares: (R, components), each row on the simplex.
        cells: (R, components, cells) probabilities.
    """

    shares: np.ndarray
    cells: np.ndarray

    @property
    def expected(self) -> np.ndarray:
        """(R, cells) probabilities of the target's rows."""
        result: np.ndarray = np.einsum("rk,rkb->rb", self.shares, self.cells)
        return result


def fit_mixture(target: np.ndarray, samples: np.ndarray, *, others: np.ndarray | None = None) -> Mixture:
    """Fit the shares and the cell probabilities by maximum likelihood, with EM.

    Args:
        target: (R, cells) counts; they may be fractions, and each of the R has some rows.
        samples: (R, components, cells) counts of the calibration samples.
        others: (R,) the share of all components but the first together, where it is given and not estimated.
    """
    cells = (samples + 0.5) / (samples.sum(axis=2, keepdims=True) + 0.5 * samples.shape[2])
    found = _with_others(Mixture(np.full(samples.shape[:2], 1 / samples.shape[1]), cells), others)
    for _ in range(MOST_STEPS):
        once = _with_others(_step(found, target, samples), others)
        twice = _with_others(_step(once, target, samples), others)
        moved = np.abs(twice.shares - once.shares).max()
        if max(moved, 0.0 if others is None else np.abs(twice.cells - once.cells).max()) < STEP:
            return twice
        found = _extrapolate(found, once, twice)
    return twice


def _step(found: Mixture, target: np.ndarray, samples: np.ndarray) -> Mixture:
    """Make one step of EM: assign the target's rows to the components in proportion, and recompute the mixture."""
    ratio = target / np.maximum(found.expected, 1e-300)
    dealt = found.shares[:, :, None] * found.cells * ratio[:, None, :]
    own = dealt.sum(axis=2)
    cells = (samples + dealt) / (samples.sum(axis=2) + own)[:, :, None]
    return Mixture(own / target.sum(axis=1, keepdims=True), cells)


def _with_others(found: Mixture, others: np.ndarray | None) -> Mixture:
    """Give the components but the first their share together; what each has of it stays in proportion."""
    if others is None:
        return found
    each = found.shares[:, 1:] + 1e-12
    shares = np.hstack([1 - others[:, None], others[:, None] * each / each.sum(axis=1, keepdims=True)])
    return Mixture(shares, found.cells)


def log_likelihood(target: np.ndarray, samples: np.ndarray, mixture: Mixture) -> np.ndarray:
    """Return the (R,) log-likelihood of all counts; the arguments are those of :func:`fit_mixture`, and its result."""
    from scipy.special import xlogy

    own = xlogy(samples, np.maximum(mixture.cells, 1e-300)).sum(axis=(1, 2))
    result: np.ndarray = own + xlogy(target, np.maximum(mixture.expected, 1e-300)).sum(axis=1)
    return result


def _extrapolate(start: Mixture, once: Mixture, twice: Mixture) -> Mixture:
    """Extrapolate two steps of EM where the result is a valid mixture (SQUAREM, third scheme).

    Varadhan & Roland 2008 (Scandinavian Journal of Statistics 35:335).
    """
    first = once.shares - start.shares, once.cells - start.cells
    second = twice.shares - once.shares - first[0], twice.cells - once.cells - first[1]
    lengths = [np.sqrt((shares**2).sum(axis=1) + (cells**2).sum(axis=(1, 2))) for shares, cells in (first, second)]
    far = np.clip(lengths[0] / np.maximum(lengths[1], 1e-300), 1, LONGEST)
    shares = start.shares + 2 * far[:, None] * first[0] + far[:, None] ** 2 * second[0]
    wide = far[:, None, None]
    cells = start.cells + 2 * wide * first[1] + wide**2 * second[1]
    kept = (shares >= 0).all(axis=1) & (cells >= 0).all(axis=(1, 2))
    return Mixture(np.where(kept[:, None], shares, twice.shares), np.where(kept[:, None, None], cells, twice.cells))


def misfit(target: np.ndarray, samples: np.ndarray, mixture: Mixture) -> tuple[float, float]:
    """Test the mixture with a likelihood-ratio test against an unrestricted target: return the statistic and p.

    The statistic is twice the loss in log-likelihood when one target, (cells,) counts, is explained by the components,
    (components, cells) counts. It is χ² with cells − components degrees of freedom (Wilks 1938); with none, p is 1.
    """
    from scipy.special import xlogy
    from scipy.stats import chi2

    def lost(counts: np.ndarray, probabilities: np.ndarray) -> float:
        total = counts.sum(axis=-1, keepdims=True)
        return 2 * float((xlogy(counts, counts / total) - xlogy(counts, probabilities)).sum())

    statistic = max(0.0, lost(target, mixture.expected[0]) + lost(samples, mixture.cells[0]))
    freedom = samples.shape[1] - samples.shape[0]
    return statistic, float(chi2.sf(statistic, freedom)) if freedom > 0 else 1.0


def largest_share(target: np.ndarray, sample: np.ndarray, *, confidence: float = 0.95) -> float:
    """Compute an upper confidence limit on the share of one component, whatever the rest of the target consists of.

    A share a of the component puts a · p_b of the rows in cell b, so a ≤ min_b q_b ÷ p_b: the largest proportion of the
    known class (Blanchard, Lee & Scott 2010, JMLR 11:2973). Both arguments are (cells,) counts. The limit of each ratio
    is that of two Poisson counts on the logarithmic scale, and holds for all cells at once (Bonferroni).
    """
    from scipy.stats import norm

    z = norm.ppf(1 - (1 - confidence) / len(target))
    ratio = np.log((target + 0.5) / target.sum()) - np.log((sample + 0.5) / sample.sum())
    error = np.sqrt(1 / (target + 0.5) + 1 / (sample + 0.5))
    return float(min(1.0, np.exp((ratio + z * error).min())))
