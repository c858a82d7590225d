"""The class-conditional variational autoencoders of a cohort, as one batched network.

Every parameter has a leading axis of K replicates and every product is a ``baddbmm`` over it, so that K small networks
cost little more than one. Nothing mixes replicates: each has its own weights, rows and noise.
Imported only by the methods of :mod:`resources.generators.cvae`, so torch loads here at the top.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
import torch  # noqa: TID253 - imported inside the generator's methods only
from torch import Tensor

from resources.generators.contract import Tensors
from resources.generators.pixel_likelihood import PixelLikelihood
from resources.seeds import derive_seed, generator


@dataclass(frozen=True)
class Network:
    """K encoders and decoders of one hidden layer each.

    A row's class enters as the bias of both hidden layers: its *condition* is a vector over the classes, one-hot where
    the class is known, that weights a table of one bias per class.

    Attributes:
        parameters: ``encoder.*`` and ``decoder.*``, float32, leading axis K; see :func:`initial_parameters`.
        likelihood: the distribution of a pixel.
    """

    parameters: Mapping[str, Tensor]
    likelihood: PixelLikelihood

    @property
    def latent(self) -> int:
        """Dimensions of the latent variable."""
        return self.parameters["decoder.weight"].shape[1]

    def encode(self, pixels: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance (K, B, latent) of q(z | x, y) for float pixels (K, B, pixels)."""
        shares = pixels / self.likelihood.levels
        mean, log_variance = self._layers("encoder", shares, condition).chunk(2, dim=-1)
        return mean, log_variance

    def decode(self, latent: Tensor, condition: Tensor) -> Tensor:
        """Return the pixels' outputs (K, B, pixels × outputs) for latent (K, B, latent) and condition (K, B, C)."""
        return self._layers("decoder", latent, condition)

    def _layers(self, part: str, inputs: Tensor, condition: Tensor) -> Tensor:
        weights = self.parameters
        biases = torch.bmm(condition, weights[f"{part}.class_bias"])
        hidden = torch.baddbmm(biases, inputs, weights[f"{part}.weight"]).relu()
        return torch.baddbmm(weights[f"{part}.output_bias"], hidden, weights[f"{part}.output_weight"])

    def evidence_bound(self, pixels: Tensor, condition: Tensor, noise: Tensor) -> Tensor:
        """Return the evidence lower bound of each row, one draw of z each: nats (K, B) (arXiv 1312.6114, eq. 10)."""
        mean, log_variance = self.encode(pixels, condition)
        latent = mean + noise * (0.5 * log_variance).exp()
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum(-1)
        return self.likelihood.log_probability(self.decode(latent, condition), pixels) - divergence

    def importance_bound(self, pixels: Tensor, condition: Tensor, noise: Tensor) -> Tensor:
        """Return the importance-weighted bound on log p(x | y): nats (K, B) (arXiv 1509.00519, eq. 8).

        Args:
            pixels: (K, B, pixels).
            condition: (K, B, C).
            noise: standard normals (K, B, S, latent), one for each of S importance samples.
        """
        replicates, rows, samples, latent_size = noise.shape
        mean, log_variance = self.encode(pixels, condition)
        latent = mean.unsqueeze(2) + noise * (0.5 * log_variance).exp().unsqueeze(2)
        # log p(z) − log q(z | x, y); the constants of both normals cancel.
        log_ratio = 0.5 * (noise.square() - latent.square() + log_variance.unsqueeze(2)).sum(-1)
        repeated = condition.unsqueeze(2).expand(-1, -1, samples, -1).reshape(replicates, rows * samples, -1)
        outputs = self.decode(latent.reshape(replicates, rows * samples, latent_size), repeated)
        outputs = outputs.view(replicates, rows, samples, -1)
        log_weights = self.likelihood.log_probability(outputs, pixels.unsqueeze(2)) + log_ratio
        return log_weights.logsumexp(dim=2) - log(samples)


def initial_parameters(
    *, start: np.ndarray, pixels: int, classes: int, hidden: int, latent: int, seeds: list[int]
) -> Tensors:
    """Draw the parameters of K networks, each from its own seed.

    Args:
        start: (K, pixels × outputs), the decoder's last bias: training starts at each pixel's own distribution.
        pixels: inputs of the encoder.
        classes: C, rows of the tables of class biases, which start at zero.
        hidden: width of both hidden layers.
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
    drawn = {
        name: np.stack([stream.standard_normal(shape, dtype=np.float32) for stream in streams]) / sqrt(shape[0])
        for name, shape in shapes.items()
    }
    zeros = {
        "encoder.class_bias": np.zeros((len(seeds), classes, hidden)),
        "encoder.output_bias": np.zeros((len(seeds), 1, 2 * latent)),
        "decoder.class_bias": np.zeros((len(seeds), classes, hidden)),
    }
    parameters = {**drawn, **zeros, "decoder.output_bias": start[:, np.newaxis]}
    return {name: array.astype(np.float32) for name, array in parameters.items()}
