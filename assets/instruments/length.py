"""The variance of the length of a normal vector, such as an absolute value or a norm, also where it is near 0."""

import numpy as np

FAR = 200.0
"""Squared length, in variances, from which on a length is linear in its vector."""


def length_variance(squared: np.ndarray | float, freedom: np.ndarray | float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return the slope of the expected length along its mean, and the variance that this slope does not explain.

    An absolute value or a norm has a kink at 0: near it, the delta method's variance is up to 2.8 times the true one.
    The length of a vector of ``freedom`` independent normal values of variance 1 is noncentral chi, with mean
    √2 Γ((ν+1)/2)/Γ(ν/2) · ₁F₁(−½; ν/2; −λ/2) and second moment ν + λ (Johnson, Kotz & Balakrishnan 1995, Continuous
    Univariate Distributions 2, chapter 29). The noncentrality λ is estimated by max(squared − ν, 0).

    Args:
        squared: squared length, in variances of a coordinate.
        freedom: number ν of coordinates, of the same shape or one for all.

    Returns:
        slope, 0 at the origin and 1 far from it; and the rest of the variance, in variances of a coordinate.
    """
    from scipy.special import gammaln, hyp1f1

    squared, freedom = np.broadcast_arrays(np.asarray(squared, dtype=float), np.asarray(freedom, dtype=float))
    excess = np.clip(squared - freedom, 0.0, FAR)
    half = freedom / 2
    central = np.sqrt(2) * np.exp(gammaln(half + 0.5) - gammaln(half))
    mean = central * hyp1f1(-0.5, half, -excess / 2)
    slope = central * np.sqrt(excess) / freedom * hyp1f1(0.5, half + 1, -excess / 2)
    rest = np.maximum(freedom + excess - mean**2 - slope**2, 0.0)
    far = excess >= FAR
    return np.where(far, 1.0, slope), np.where(far, 0.0, rest)
