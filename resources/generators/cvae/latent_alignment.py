"""Align the latent spaces of independently trained VAEs (orthogonal Procrustes).

The prior N(0, I) is invariant under rotations, so a fit determines its latent space only up to a rotation: the same z
decodes to a different image after every fit. Here each latent space is rotated so that the latents of real images are
as close as possible to reference scores of these images, which do not depend on the fit. The prior is unchanged.
"""

import numpy as np


def centre_by_group(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Subtract the mean of its group from each row of values (…, N, D); ``groups`` (N,) are small integers."""
    members = np.eye(groups.max(initial=0) + 1)[groups]
    result: np.ndarray = values - members @ (members.T @ values / np.maximum(members.sum(axis=0), 1)[:, np.newaxis])
    return result


def reference_scores(pixels: np.ndarray, groups: np.ndarray, *, count: int) -> np.ndarray:
    """Return the principal-component scores (N, count) of images (N, pixels) within groups; zeros beyond their rank."""
    varying = centre_by_group(pixels.astype(np.float64), groups)
    if varying.shape[0] > varying.shape[1]:
        scores = varying @ np.linalg.eigh(varying.T @ varying)[1]
    else:
        squares, directions = np.linalg.eigh(varying @ varying.T)
        scores = directions * np.sqrt(squares.clip(0))
    scores = scores[:, ::-1][:, :count]
    return np.pad(scores, ((0, 0), (0, count - scores.shape[1])))


def procrustes_rotations(latents: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return, for each of K models, the rotation R (K, L, L) that minimises ‖scores @ R − latents‖.

    The orthogonal Procrustes problem (Schönemann 1966): R = V Uᵀ of the singular vectors of latentsᵀ @ scores.

    Args:
        latents: (K, N, L), latents of N real images.
        scores: (N, L), reference scores of the same images.
    """
    left, _, right = np.linalg.svd(latents.astype(np.float64).transpose(0, 2, 1) @ scores)
    result: np.ndarray = (left @ right).transpose(0, 2, 1)
    return result
