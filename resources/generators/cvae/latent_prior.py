# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The prior p(z | y) of a fitted VAE: a normal distribution of each class.

Training assumes N(0, I) for every class. What the encoder then makes of the real images of a class does not fill that
sphere, and where it does not, the decoder has learned nothing: an image drawn there is no image of its class. So the
prior is fitted after training. With encoder and decoder fixed, the evidence bound is highest for the normal
distribution with the mean and the covariance of the class's aggregated posterior, the mixture of q(z | x, y) over its
training rows (a Gaussian second stage: Dai and Wipf 2019, arXiv 1903.05789; Ghosh et al. 2020, arXiv 1903.12436).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch

from outcross.resources.generators.contract import Tensors
from outcross.resources.generators.cvae.network import Network, PriorOfRows
from outcross.resources.generators.images.image_rows import ImageRows

ENCODED_AT_ONCE = 4_096
"""Rows of a replicate per batch of the encoder."""
POOLED_ROWS = 4.0
"""Rows as which the covariance within all classes counts in the covariance of each class, so that a class of one row
has one too."""


@dataclass(frozen=True)
class LatentPrior:
    """The prior of each class of K models; the last of the C + 1 is that of any class outside the training rows.

    Attributes:
        means: (K, C + 1, latent).
        roots: (K, C + 1, latent, latent), the symmetric square root of each covariance.
    """

    means: np.ndarray
    roots: np.ndarray

    @classmethod
    def standard(cls, *, replicates: int, classes: int, latent: int) -> Self:
        """Return N(0, I) for every class: the prior of models whose tensors have none (version 2)."""
        shape = (replicates, classes + 1, latent)
        return cls(np.zeros(shape), np.broadcast_to(np.eye(latent), (*shape, latent)).copy())

    @classmethod
    def fit(cls, network: Network, rows: ImageRows) -> Self:
        """Fit the priors of a trained network to the rows that it was trained on, by their weights.

        The covariance of a class is shrunk towards the one within all classes (:data:`POOLED_ROWS`). The prior of
        an unseen class has the moments of the mixture of all classes.
        """
        prior = cls.standard(replicates=len(rows.sizes), classes=network.classes, latent=network.latent)
        for number in range(len(rows.sizes)):
            own = slice(number, number + 1)
            means, covariances = _moments(network.part(own), rows.part(own))
            seen = [*range(len(means) - 1), network.classes]
            prior.means[number, seen], prior.roots[number, seen] = means, _symmetric_roots(covariances)
        return prior

    def latents(self, noise: np.ndarray, classes: Sequence[np.ndarray]) -> np.ndarray:
        """Return z (K, rows, latent) for standard normals (K, rows, latent) and the classes (rows,) of each model."""
        drawn = [
            means[own] + np.einsum("nl,nlm->nm", each, roots[own])
            for each, own, means, roots in zip(noise, classes, self.means, self.roots, strict=True)
        ]
        return np.stack(drawn).astype(np.float32)

    def standardised(self, latents: np.ndarray, classes: Sequence[np.ndarray]) -> np.ndarray:
        """Return the standard normals (K, rows, latent) that :meth:`latents` makes these z of."""
        inverses = np.linalg.inv(self.roots)
        return np.stack(
            [
                np.einsum("nl,nlm->nm", each - means[own], inverse[own])
                for each, own, means, inverse in zip(latents, classes, self.means, inverses, strict=True)
            ]
        )

    def of_rows(self, classes: Sequence[np.ndarray], device: torch.device) -> PriorOfRows:
        """Return the prior of each row, by the classes (rows,) of each model."""
        own = [(number, each) for number, each in enumerate(classes)]
        inverses, scales = np.linalg.inv(self.roots), np.linalg.slogdet(self.roots).logabsdet
        gathered = (np.stack([table[pair] for pair in own]) for table in (self.means, inverses, scales))
        return PriorOfRows(*(torch.from_numpy(each.astype(np.float32)).to(device) for each in gathered))

    def tensors(self) -> Tensors:
        """Return both arrays; :meth:`load` rebuilds them."""
        return {"prior.means": self.means, "prior.roots": self.roots}

    @classmethod
    def load(cls, tensors: Tensors, network: Network) -> Self:
        """Rebuild from all tensors of a model."""
        if "prior.means" not in tensors:
            replicates = len(next(iter(network.parameters.values())))
            return cls.standard(replicates=replicates, classes=network.classes, latent=network.latent)
        return cls(tensors["prior.means"], tensors["prior.roots"])


def _moments(network: Network, rows: ImageRows) -> tuple[np.ndarray, np.ndarray]:
    """Return means (C + 1, latent) and covariances of the aggregated posterior of one model, its own C classes and all.

    Args:
        network: of one replicate.
        rows: of the same.
    """
    means, variances = _encoded(network, rows)
    weights = rows.weights.astype(np.float64)
    classes = rows.classes.max() + 1
    share, centre = np.zeros(classes), np.zeros((classes, means.shape[1]))
    effective, within = np.zeros(classes), np.zeros((classes, means.shape[1], means.shape[1]))
    for number in range(classes):
        mine = rows.classes == number
        own = weights[mine] / weights[mine].sum()
        share[number], effective[number] = weights[mine].sum(), 1 / (own**2).sum()
        centre[number] = own @ means[mine]
        apart = means[mine] - centre[number]
        within[number] = (apart * own[:, np.newaxis]).T @ apart + np.diag(own @ variances[mine])
    share /= share.sum()
    pooled = np.tensordot(share, within, axes=1)
    counted = effective[:, np.newaxis, np.newaxis]
    shrunk = (counted * within + POOLED_ROWS * pooled) / (counted + POOLED_ROWS)
    middle = share @ centre
    between = ((centre - middle) * share[:, np.newaxis]).T @ (centre - middle)
    return np.vstack([centre, middle]), np.concatenate([shrunk, [pooled + between]])


def _encoded(network: Network, rows: ImageRows) -> tuple[np.ndarray, np.ndarray]:
    """Return the means and the variances (N, latent) of q(z | x, y) of the rows of one model."""
    parts = []
    for first in range(0, len(rows.pixels), ENCODED_AT_ONCE):
        part = slice(first, first + ENCODED_AT_ONCE)
        condition = np.eye(network.classes, dtype=np.float32)[rows.classes[part]]
        with torch.inference_mode():
            pixels, conditions = (
                torch.from_numpy(each).to(network.device)[None] for each in (rows.pixels[part].copy(), condition)
            )
            mean, log_variance = network.encode(pixels.float(), conditions)
            parts.append((mean[0].double().cpu().numpy(), log_variance[0].double().exp().cpu().numpy()))
    means, variances = zip(*parts, strict=True)
    return np.concatenate(means), np.concatenate(variances)


def _symmetric_roots(covariances: np.ndarray) -> np.ndarray:
    """Return the symmetric square roots of positive definite matrices (…, L, L)."""
    squares, directions = np.linalg.eigh(covariances)
    result: np.ndarray = (directions * np.sqrt(squares)[..., np.newaxis, :]) @ directions.swapaxes(-1, -2)
    return result
