"""Standard errors over rows for counts of tokens: rows are independent, the tokens within a row are not."""

import numpy as np

NONE = float("nan")
"""NaN: a value or standard error that does not exist."""


def ratio_of_sums(sums: np.ndarray, units: np.ndarray) -> tuple[float, float]:
    """Return Σ sums ÷ Σ units with its standard error over rows (Cochran 1977, section 2.11).

    Args:
        sums: (rows,) such as the nats of a row.
        units: (rows,) such as its tokens; the value is NaN if their sum is 0.
    """
    total = units.sum()
    if total == 0:
        return NONE, NONE
    value = sums.sum() / total
    if len(sums) < 2:
        return float(value), NONE
    return float(value), float((sums - units * value).std(ddof=1) * np.sqrt(len(sums)) / total)


def jackknife_error(without: np.ndarray) -> float:
    """Return the jackknife standard error of a statistic from its values without each row, or each group of rows.

    √((R − 1)/R · Σ(θ₋ᵣ − mean)²) (Tukey 1958). Its square is on average at least the variance (Efron & Stein 1981), and
    clearly larger for counts of distinct things. NaN for fewer than two rows.

    Args:
        without: (rows,) the statistic without each row.
    """
    rows = len(without)
    if rows < 2:
        return NONE
    return float(np.sqrt((rows - 1) / rows * ((without - without.mean()) ** 2).sum()))
