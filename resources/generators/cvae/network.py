# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The class-conditional variational autoencoders of a cohort, as one batched network.

Every parameter has a leading axis of K replicates, and every product is batched over it, so that K small networks cost
little more than one. Replicates do not interact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
import torch
from torch import Tensor

from outcross.resources.generators.contract import Tensors
from outcross.resources.generators.images.pixel_likelihood import PixelLikelihood
from outcross.resources.seeds import derive_seed, generator


@dataclass(frozen=True)
class PriorOfRows:
    """The normal prior p(z | y) of each row.

    Attributes:
        mean: (K, B, latent).
        inverse: (K, B, latent, latent), the inverse of the symmetric square root of the covariance.
        log_scale: (K, B), half the log-determinant of the covariance.
    """

    mean: Tensor
    inverse: Tensor
    log_scale: Tensor


@dataclass(frozen=True)
class Network:
    """K encoders and K decoders with one hidden layer each.

    A row's class enters as the bias of both hidden layers. Its *condition*, a vector over the C classes, weights
    a table of one bias per class: one-hot for a known class.

    Attributes:
        parameters: as :func:`initial_parameters` draws them, float32, on one device.
        likelihood: the distribution of a pixel.
    """

    parameters: Mapping[str, Tensor]
    likelihood: PixelLikelihood

    @property
    def device(self) -> torch.device:
        """Device of the parameters."""
        return self.parameters["decoder.weight"].device

    @property
    def classes(self) -> int:
        """C."""
        return self.parameters["decoder.class_bias"].shape[1]

    @property
    def latent(self) -> int:
        """Dimensions of the latent variable z."""
        return self.parameters["decoder.weight"].shape[1]

    def part(self, replicates: slice) -> "Network":
        """Return the networks of some of the replicates."""
        return Network({name: each[replicates] for name, each in self.parameters.items()}, self.likelihood)

    def encode(self, pixels: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean and the log-variance, each (K, B, latent), of the variational posterior q(z | x, y).

        Args:
            pixels: float grey values (K, B, pixels).
            condition: (K, B, C).
        """
        mean, log_variance = self._layers("encoder", pixels / self.likelihood.levels, condition).chunk(2, dim=-1)
        return mean, log_variance

    def decode(self, latent: Tensor, condition: Tensor) -> Tensor:
        """Return the outputs of the pixels (K, B, parameters × pixels) for z (K, B, latent) and condition (K, B, C)."""
        return self._layers("decoder", latent, condition)

    def _layers(self, part: str, inputs: Tensor, condition: Tensor) -> Tensor:
        parameters = self.parameters
        biases = torch.bmm(condition, parameters[f"{part}.class_bias"])
        hidden = torch.baddbmm(biases, inputs, parameters[f"{part}.weight"]).relu_()
        return torch.baddbmm(parameters[f"{part}.output_bias"], hidden, parameters[f"{part}.output_weight"])

    def evidence_bound(self, pixels: Tensor, condition: Tensor, noise: Tensor) -> Tensor:
        """Return the evidence lower bound (ELBO) of each row without the pixels' base measure: nats (K, B).

        One z per row is drawn with ``noise``, standard normals (K, B, latent), and its prior is N(0, I) (Kingma and
        Welling 2014, arXiv 1312.6114, equation 10).
        """
        mean, log_variance = self.encode(pixels, condition)
        latent = mean + noise * (0.5 * log_variance).exp()
        divergence = 0.5 * (mean * mean + log_variance.exp() - log_variance - 1.0).sum(-1)
        return self.likelihood.log_kernel(self.decode(latent, condition), pixels) - divergence

    def importance_bound(self, pixels: Tensor, condition: Tensor, noise: Tensor, prior: PriorOfRows) -> Tensor:
        """Return the importance-weighted lower bound (IWAE) on log p(x | y): nats (K, B).

        ``noise`` holds standard normals (K, B, S, latent), for S importance samples per row (Burda et al. 2016,
        arXiv 1509.00519, equation 8).
        """
        replicates, rows, samples, _ = noise.shape
        mean, log_variance = (part.unsqueeze(2) for part in self.encode(pixels, condition))
        latent = mean + noise * (0.5 * log_variance).exp()
        # log p(z) − log q(z | x, y), in which the constants of the two normals cancel.
        standardised = (latent - prior.mean.unsqueeze(2)) @ prior.inverse
        log_ratio = 0.5 * (noise * noise - standardised * standardised + log_variance).sum(-1)
        log_ratio = log_ratio - prior.log_scale.unsqueeze(2)
        repeated = condition.unsqueeze(2).expand(-1, -1, samples, -1)
        outputs = self.decode(latent.flatten(1, 2), repeated.flatten(1, 2)).view(replicates, rows, samples, -1)
        log_weights = self.likelihood.log_kernel(outputs, pixels.unsqueeze(2)) + log_ratio
        return log_weights.logsumexp(dim=2) - log(samples) + self.likelihood.log_base(pixels)


def initial_parameters(
    start: np.ndarray, *, pixels: int, classes: int, hidden: int, latent: int, seeds: list[int]
) -> Tensors:
    """Draw the initial parameters of K networks, each from its own seed.

    Class biases start at zero, so that padding the table for replicates with fewer classes changes nothing.

    Args:
        start: (K, parameters × pixels), the decoder's last bias: training starts at each pixel's own distribution.
        pixels: inputs of the encoder.
        classes: C, rows of the tables of class biases.
        hidden: width of the hidden layers.
        latent: dimensions of z.
        seeds: K seeds.
    """
    shapes = {
        "encoder.weight": (pixels, hidden),
        "encoder.output_weight": (hidden, 2 * latent),
        "decoder.weight": (latent, hidden),
        "decoder.output_weight": (hidden, start.shape[1]),
    }
    streams = [generator(derive_seed(seed, "parameters")) for seed in seeds]
    weights = {
        name: np.stack([stream.standard_normal(shape, dtype=np.float32) for stream in streams]) / sqrt(shape[0])
        for name, shape in shapes.items()
    }
    biases = {
        "encoder.class_bias": np.zeros((len(seeds), classes, hidden)),
        "encoder.output_bias": np.zeros((len(seeds), 1, 2 * latent)),
        "decoder.class_bias": np.zeros((len(seeds), classes, hidden)),
        "decoder.output_bias": start[:, np.newaxis],
    }
    return {name: array.astype(np.float32) for name, array in (weights | biases).items()}
