"""Standard errors of what is counted over rows of several tokens: the rows vary, not the tokens by themselves."""

import numpy as np

NONE = float("nan")
"""The standard error where there is none to be had."""


def ratio_of_sums(sums: np.ndarray, units: np.ndarray) -> tuple[float, float]:
    """Σ sums ÷ Σ units, and its standard error over rows (Cochran 1977, section 2.11).

    Args:
        sums: (rows,) such as the nats of a row.
        units: (rows,) such as its tokens; the value is NaN where there are none at all.
    """
    total = units.sum()
    if total == 0:
        return NONE, NONE
    value = sums.sum() / total
    if len(sums) < 2:
        return float(value), NONE
    return float(value), float((sums - units * value).std(ddof=1) * np.sqrt(len(sums)) / total)


def jackknife_error(without: np.ndarray) -> float:
    """The standard error of a statistic from its values without each of the rows, or groups of rows, in turn.

    √((R − 1)/R · Σ(θ₋ᵣ − mean)²) (Tukey 1958). Its square is on average no smaller than the variance (Efron & Stein
    1981), for counts of distinct things noticeably larger. NaN for fewer than two rows.

    Args:
        without: (rows,).
    """
    rows = len(without)
    if rows < 2:
        return NONE
    return float(np.sqrt((rows - 1) / rows * ((without - without.mean()) ** 2).sum()))
