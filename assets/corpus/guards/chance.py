"""Sampling error: how far a clean batch deviates from the anchor by chance, given the number of rows of both.

A bound that suits 1,000,000 rows would block every second batch of 200 rows, so the guards' bounds are widened to
these ranges. A clean batch leaves a range with a probability of at most ``RARELY`` on either side. So fewer than one
clean batch in a hundred is blocked, although each is compared with about a hundred bounds.

Not covered: rows that come in clusters (a household, a session) deviate more than independent rows.
"""

import numpy as np

RARELY = 1e-4
_EXPONENT = float(np.log(1 / RARELY))
NORMAL = 3.719016
"""Quantile 1 − RARELY of the standard normal distribution."""
CONFIDENCE = 0.975
"""Of the limit below which a rate lies too often by chance."""


def lies_above(hits: int, of: int, share: float) -> bool:
    """Whether a rate lies above a share by more than its exact 95 % interval (Clopper & Pearson 1934)."""
    from scipy.stats import beta

    return hits > 0 and bool(beta.ppf(1 - CONFIDENCE, hits, of - hits + 1) > share)


def both_rows(rows: int, anchor_rows: int) -> float:
    """Compute the effective sample size: one sample of this size has the error of the difference of two samples."""
    return 1 / (1 / max(rows, 1) + 1 / max(anchor_rows, 1))


def share_range(hits: np.ndarray, anchor_rows: np.ndarray | int, rows: np.ndarray | int) -> tuple[np.ndarray, ...]:
    """Compute the lowest and highest share of a batch's rows with a property that ``hits`` of the anchor's rows have.

    The true share is within the anchor's exact interval (Clopper & Pearson 1934, Biometrika 26:404); the batch's count
    is binomial at either end of it. Without rows the range is 0…1.
    """
    from scipy.stats import beta, binom

    hits, of, rows = np.broadcast_arrays(np.asarray(hits), np.asarray(anchor_rows), np.asarray(rows))
    least = np.where(hits > 0, beta.ppf(RARELY, np.maximum(hits, 0.5), of - hits + 1), 0.0)
    most = np.where(hits < of, beta.ppf(1 - RARELY, hits + 1, np.maximum(of - hits, 0.5)), 1.0)
    size = np.maximum(rows, 1)
    low, high = binom.ppf(RARELY, size, least) / size, binom.ppf(1 - RARELY, size, most) / size
    # By convention the quantile at a share of 0 or 1 is -1 or rows, which must not become a bound.
    low, high = np.where(least > 0, np.maximum(low, 0.0), 0.0), np.where(most < 1, high, 1.0)
    return np.where(rows > 0, low, 0.0), np.where(rows > 0, high, 1.0)


def unseen_range(once: int, anchor_rows: int, rows: int) -> float:
    """Compute the highest share of a batch's rows with a level that the anchor lacks (Good–Turing).

    The probability of a new level is about the share of the levels that the anchor has once (Good 1953, Biometrika
    40:237).
    """
    _, high = share_range(np.array(min(once, anchor_rows)), anchor_rows, rows)
    return float(high)


def kolmogorov_limit(rows: int, anchor_rows: int) -> float:
    """Compute the largest Kolmogorov–Smirnov distance of two samples (Massart 1990, Annals of Probability 18:1269)."""
    return float(np.sqrt(np.log(2 / RARELY) / 2 / both_rows(rows, anchor_rows)))


def variation_limit(shares: np.ndarray, rows: int, anchor_rows: int) -> float:
    """Compute the largest total variation of two samples of one discrete distribution.

    Its mean is at most ½ Σ √(p(1 − p)/n). One row changes it by at most 1/n, so McDiarmid's inequality (1989) bounds
    the deviation from the mean.
    """
    both = both_rows(rows, anchor_rows)
    mean = 0.5 * np.sqrt(shares * (1 - shares) / both).sum()
    return float(mean + np.sqrt(_EXPONENT / 2 / both))


def clustered_variation_limit(
    variances: np.ndarray, length: float, square: float, rows: int, anchor_rows: int
) -> float:
    """Compute the largest total variation of the words of two samples of rows; words of a row come together.

    Its mean is at most ½ Σ √(v/n) ÷ L̄, with v the variance over rows of a word's count less what its share explains. A
    row of L words changes it by at most L ÷ (n L̄), so McDiarmid's inequality (1989) bounds the deviation from the mean.

    Args:
        variances: v of each word.
        length: mean number of words of a row.
        square: mean of its square.
        rows: of the batch.
        anchor_rows: of the anchor.
    """
    both, length = both_rows(rows, anchor_rows), max(length, 1e-9)
    mean = 0.5 * np.sqrt(variances / both).sum() / length
    return float(mean + np.sqrt(_EXPONENT / 2 * square / length**2 / both))


def mean_reach(variance: float, most: float, rows: int, anchor_rows: int) -> float:
    """Compute the largest difference of the means of two samples, by Bernstein's inequality.

    Args:
        variance: of a row's value.
        most: the largest distance of a row's value from the mean.
        rows: of the batch.
        anchor_rows: of the anchor.
    """
    both = both_rows(rows, anchor_rows)
    return float(np.sqrt(2 * variance * _EXPONENT / both) + 2 * most * _EXPONENT / (3 * both))


def entropy_loss(shares: int, rows: int) -> float:
    """Compute the largest loss of entropy, nats, beyond the mean one, that levels of equal shares have by chance.

    The variance of their surprise is 0, and what is left is the second order: 2n times the divergence from the true
    shares has a χ² distribution (Wilks 1938, Annals of Mathematical Statistics 9:60).

    Args:
        shares: free shares of the levels, of all columns together.
        rows: of the batch.
    """
    from scipy.stats import chi2

    return float(chi2.isf(RARELY, shares) - shares) / (2 * max(rows, 1)) if shares else 0.0


def most_events(mean: float) -> float:
    """Compute the largest number of rare events, given their mean number (Poisson)."""
    from scipy.stats import poisson

    return float(poisson.ppf(1 - RARELY, mean)) if mean > 0 else 0.0


def area_limit(rows: int, anchor_rows: int) -> float:
    """Compute the largest C2ST AUC, averaged over two halves, of two samples of one distribution.

    The standard error is that of Hanley & McNeil 1982.
    """
    deviation = np.sqrt((rows + anchor_rows + 2) / (12 * max(rows, 1) * max(anchor_rows, 1)))
    return float(min(0.5 + NORMAL * deviation, 1.0))


def correlation_limit(pairs: int, rows: int, anchor_rows: int) -> float:
    """Compute the largest difference of a rank correlation between two samples, over ``pairs`` pairs of columns."""
    from scipy.stats import norm

    reach = norm.ppf(1 - RARELY / (2 * max(pairs, 1))) * np.sqrt(1.1 / both_rows(rows, anchor_rows))
    return float(min(reach, 2.0))
