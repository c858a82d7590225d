"""Correlations of a table's columns: Pearson's r of two numeric ones, η of a numeric and a discrete one."""

from dataclasses import dataclass

import numpy as np

from outcross.assets.instruments.influence import sample_slice

STILL = 1e-12
"""Variance of a standardised column below which it counts as constant, over the rows where another has a value."""


@dataclass(frozen=True)
class Correlations:
    """Pearson's r of all pairs of numeric columns, over the rows in which both have a value.

    Attributes:
        standard: (columns, rows) standardised values, 0 for a missing one.
        observed: (columns, rows) whether there is a value.
        r: (columns, columns) Pearson's r; NaN if a column is constant or fewer than two rows have both values.
        pairs: (columns, columns) number of rows that have both values.
    """

    standard: np.ndarray
    observed: np.ndarray
    r: np.ndarray
    pairs: np.ndarray

    @classmethod
    def of(cls, numeric: np.ndarray) -> "Correlations":
        """Correlate (columns, rows) float64; values that are not finite count as missing."""
        observed, standard = np.isfinite(numeric), np.zeros(numeric.shape)
        for values, seen, out in zip(numeric, observed, standard, strict=True):
            _standardise(values, seen, out)
        return cls(standard, observed, *_pairwise(standard, observed))

    def influences(self, weights: np.ndarray) -> np.ndarray:
        """Return (sampled rows,) influence on Σ weights · r over pairs; that on r is z₁z₂ − r (z₁² + z₂²) ÷ 2.

        Args:
            weights: (columns, columns), zero except above the diagonal.
        """
        chosen = sample_slice(self.standard.shape[1])
        z, seen = self.standard[:, chosen].T, self.observed[:, chosen].T.astype(np.float64)
        scaled = weights * self.standard.shape[1] / np.maximum(self.pairs, 1)
        product = ((z @ scaled) * z).sum(axis=1)
        shrink = scaled * np.nan_to_num(self.r)
        result: np.ndarray = product - ((z**2 @ shrink) * seen + (seen @ shrink) * z**2).sum(axis=1) / 2
        return result

    def variances(self) -> np.ndarray:
        """Return (columns, columns) variance of each r by the delta method: that of z₁z₂ − r (z₁² + z₂²) ÷ 2 ÷ rows."""
        chosen = sample_slice(self.standard.shape[1])
        z, seen = self.standard[:, chosen], self.observed[:, chosen].astype(np.float64)
        rows, r = np.maximum(seen @ seen.T, 1), np.nan_to_num(self.r)
        square, cube = z**2, z**3 @ z.T
        fourth = z**4 @ seen.T
        of_squares = square @ square.T
        moment = of_squares - r * (cube + cube.T) + r**2 * (fourth + fourth.T + 2 * of_squares) / 4
        result: np.ndarray = np.maximum(moment / rows, 0.0) / np.maximum(self.pairs, 1)
        return result

    def ratio(self, column: int, codes: np.ndarray, *, levels: int) -> tuple[float, np.ndarray]:
        """Return the correlation ratio η of a numeric on a discrete column, and the sampled rows' influence on it.

        η² is the variance between the means of the levels ÷ the variance of the numeric column (Pearson 1905).

        Args:
            column: number of the numeric column.
            codes: (rows,) codes of the discrete column.
            levels: number of codes.
        """
        z, seen = self.standard[column], self.observed[column]
        rows = int(self.pairs[column, column])
        counts = np.bincount(codes if rows == len(codes) else codes[seen], minlength=levels)
        means = np.bincount(codes, weights=z, minlength=levels) / np.maximum(counts, 1)
        squared = float(counts @ means**2) / max(rows, 1)
        chosen = sample_slice(len(codes))
        if squared < STILL:
            return 0.0, np.zeros(len(codes[chosen]))
        value, mean, drawn = np.sqrt(squared), means[codes[chosen]], z[chosen]
        influence = (2 * mean * drawn - mean**2 - squared * drawn**2) / (2 * value)
        return float(value), np.where(seen[chosen], influence * len(codes) / rows, 0.0)


def _standardise(values: np.ndarray, seen: np.ndarray, out: np.ndarray) -> None:
    """Write (rows,) standardised values of a column; leave 0 for a missing value and in a constant column."""
    known = values if seen.all() else values[seen]
    if not len(known) or known.min() == known.max():
        return
    centred = known - known.mean()
    size = max(centred.max(), -centred.min())
    scaled = centred / size
    deviation = size * np.sqrt(np.square(scaled, out=scaled).mean())
    out[seen] = centred / deviation if deviation > 0 else centred


def _pairwise(standard: np.ndarray, observed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Pearson's r and the number of rows of every pair, by matrix products."""
    if observed.all():
        pairs = np.full((len(standard), len(standard)), standard.shape[1])
        product = standard @ standard.T
        spread = np.diag(product)
        known = (spread > STILL)[:, None] & (spread > STILL) & (pairs > 1)
        r = product / np.where(known, np.sqrt(np.outer(spread, spread)), np.nan)
        return np.clip(r, -1, 1), pairs
    seen = observed.astype(np.float64)
    pairs = seen @ seen.T
    rows = np.maximum(pairs, 1)
    sums, squares = standard @ seen.T / rows, standard**2 @ seen.T / rows
    covariance = standard @ standard.T / rows - sums * sums.T
    variance = squares - sums**2
    known = (variance > STILL) & (variance.T > STILL) & (pairs > 1)
    r = covariance / np.sqrt(np.where(known, variance * variance.T, np.nan))
    return np.clip(r, -1, 1), pairs.astype(np.int64)
