"""What a sample is a mixture of: the shares of known components, by maximum likelihood over counts in cells.

Rows are counted in cells (of a classifier's score, say): of the target, and of one *calibration* sample of each
component. With cell probabilities p_kb and shares π_k the log-likelihood of all of these counts together is

    Σ_k Σ_b c_kb ln p_kb + Σ_b t_b ln Σ_k π_k p_kb,

the mixture with calibration samples of Hosmer 1973 (Biometrics 29:761), without a parametric form. Its EM algorithm
is that of Saerens, Latinne & Decaestecker 2002 (Neural Computation 14:21) with one more line, by which the target's
rows also say where in the cells their component lies. Taking c_kb ÷ c_k for p_kb instead, as those authors do with a
classifier's posteriors, treats the noise of the calibration samples as if it told the components apart.
"""

from dataclasses import dataclass

import numpy as np

MOST_STEPS = 1_000
STEP = 1e-6
"""EM ends where no share moves by more in a step."""
LONGEST = 64
"""Steps of EM that one leap may stand for, about."""


@dataclass(frozen=True)
class Mixture:
    """The fit of R targets, each with its own calibration samples.

    Attributes:
        shares: (R, components), each row on the simplex.
        cells: (R, components, cells) probabilities.
    """

    shares: np.ndarray
    cells: np.ndarray

    @property
    def expected(self) -> np.ndarray:
        """(R, cells) probabilities of the target's rows."""
        return np.einsum("rk,rkb->rb", self.shares, self.cells)


def fit_mixture(target: np.ndarray, samples: np.ndarray) -> Mixture:
    """Find the shares and the cells that make the counts most likely.

    Args:
        target: (R, cells) counts, which need not be whole; some in every one of the R.
        samples: (R, components, cells) counts of the calibration samples.
    """
    cells = (samples + 0.5) / (samples.sum(axis=2, keepdims=True) + 0.5 * samples.shape[2])
    found = Mixture(np.full(samples.shape[:2], 1 / samples.shape[1]), cells)
    for _ in range(MOST_STEPS):
        once = _step(found, target, samples)
        twice = _step(once, target, samples)
        if np.abs(twice.shares - once.shares).max() < STEP:
            return twice
        found = _leap(found, once, twice)
    return twice


def _step(found: Mixture, target: np.ndarray, samples: np.ndarray) -> Mixture:
    """One step of EM: the target's rows are dealt out to the components, and all is counted anew."""
    ratio = target / np.maximum(found.expected, 1e-300)
    dealt = found.shares[:, :, None] * found.cells * ratio[:, None, :]
    own = dealt.sum(axis=2)
    cells = (samples + dealt) / (samples.sum(axis=2) + own)[:, :, None]
    return Mixture(own / target.sum(axis=1, keepdims=True), cells)


def _leap(start: Mixture, once: Mixture, twice: Mixture) -> Mixture:
    """Go as far as two steps of EM foretell, where that stays a mixture (SQUAREM's third scheme).

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
    """Likelihood-ratio test of the mixture against a target of any cells: the statistic and its p.

    Twice the log-likelihood that is lost by explaining one target, (cells,) counts, by its components, (components,
    cells) counts; χ² with cells − components degrees of freedom (Wilks 1938), fewer than which leave nothing to test.
    """
    from scipy.special import xlogy
    from scipy.stats import chi2

    def lost(counts: np.ndarray, probabilities: np.ndarray) -> float:
        total = counts.sum(axis=-1, keepdims=True)
        return 2 * float((xlogy(counts, counts / total) - xlogy(counts, probabilities)).sum())

    statistic = max(0.0, lost(target, mixture.expected[0]) + lost(samples, mixture.cells[0]))
    freedom = samples.shape[1] - samples.shape[0]
    return statistic, float(chi2.sf(statistic, freedom)) if freedom > 0 else 1.0


def most_of(target: np.ndarray, sample: np.ndarray, *, confidence: float = 0.95) -> float:
    """Upper limit of the share of one component, whatever the rest of the target consists of.

    A share a of it puts a · p_b rows in cell b, so a ≤ min_b q_b ÷ p_b: the most that Blanchard, Lee & Scott 2010
    (JMLR 11:2973) leave to the known class. Both sides are (cells,) counts; the limit of each ratio is that of two
    Poisson counts in logarithms, and holds for all cells at once (Bonferroni).
    """
    from scipy.stats import norm

    z = norm.ppf(1 - (1 - confidence) / len(target))
    ratio = np.log((target + 0.5) / target.sum()) - np.log((sample + 0.5) / sample.sum())
    error = np.sqrt(1 / (target + 0.5) + 1 / (sample + 0.5))
    return float(min(1.0, np.exp((ratio + z * error).min())))
