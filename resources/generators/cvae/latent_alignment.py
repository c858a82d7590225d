"""One meaning for the latents of autoencoders that were fitted apart.

A prior that is the same from all sides leaves open which way the latents of a fit are turned: the same z is another
image after every fit. Here they are turned so that the latents of real images lie as near as they can to how these
look, which is the same for every fit. A rotation leaves the prior as it is.
"""

import numpy as np


def within(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return values (…, N, D) less the mean of their group; ``groups`` (N,) are small integers."""
    shown = np.eye(groups.max(initial=0) + 1)[groups]
    return values - shown @ (shown.T @ values / np.maximum(shown.sum(axis=0), 1)[:, np.newaxis])


def principal_looks(pixels: np.ndarray, groups: np.ndarray, *, count: int) -> np.ndarray:
    """Return the scores (N, count) of images (N, pixels) on what varies most within groups; zeros beyond their rank."""
    varying = within(pixels.astype(np.float64), groups)
    if varying.shape[0] > varying.shape[1]:
        scores = varying @ np.linalg.eigh(varying.T @ varying)[1]
    else:
        squares, directions = np.linalg.eigh(varying @ varying.T)
        scores = directions * np.sqrt(squares.clip(0))
    scores = scores[:, ::-1][:, :count]
    return np.pad(scores, ((0, 0), (0, count - scores.shape[1])))


def turns(latents: np.ndarray, looks: np.ndarray) -> np.ndarray:
    """Return, for each of K models, the rotation R (K, L, L) for which looks @ R is nearest to its latents.

    The orthogonal Procrustes problem (Schönemann 1966): R = V Uᵀ of the singular vectors of latentsᵀ @ looks.

    Args:
        latents: (K, N, L), of N real images.
        looks: (N, L), of the same images.
    """
    left, _, right = np.linalg.svd(latents.astype(np.float64).transpose(0, 2, 1) @ looks)
    return (left @ right).transpose(0, 2, 1)
