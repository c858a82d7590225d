# ruff: noqa: TID253 - only the networks import this module, and they need torch
"""Pixel likelihoods: distributions of a grey value on 0..levels, given the outputs of a decoder."""

from typing import Literal, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

LikelihoodName = Literal["binomial", "logistic"]

NARROWEST = 0.01
"""Lowest scale of a discretised logistic, as a share of ``levels``, so that no pixel becomes deterministic."""


class PixelLikelihood(Protocol):
    """A distribution of each pixel, parametrised by the outputs of a decoder.

    The outputs of a row are ordered by parameter: (…, parameters × pixels). Its log-probability is ``log_kernel`` +
    ``log_base``; the second does not depend on the outputs, so training omits it.
    """

    levels: int

    def log_kernel(self, outputs: Tensor, pixels: Tensor) -> Tensor:
        """Return the part that depends on the outputs, summed over float pixels (…, pixels): nats (…)."""
        ...

    def log_base(self, pixels: Tensor) -> Tensor:
        """Return the part that depends on the pixels alone, summed over them: nats (…)."""
        ...

    def draw(self, outputs: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Draw grey values, uint8 (rows, pixels), given outputs (rows, parameters × pixels)."""
        ...

    def start(self, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
        """Return outputs for pixels of these means (within 0 and 1) and standard deviations, in shares of levels."""
        ...


class Binomial:
    """Binomial number of successes in ``levels`` trials; the one parameter is the logit of success."""

    def __init__(self, levels: int) -> None:
        self.levels = levels

    def log_kernel(self, outputs: Tensor, pixels: Tensor) -> Tensor:
        """Return k·logit − n·log(1 + e^logit), summed."""
        return (pixels * outputs - self.levels * softplus(outputs)).sum(-1)

    def log_base(self, pixels: Tensor) -> Tensor:
        """Return log C(n, k), summed."""
        counts = torch.arange(self.levels + 1, dtype=torch.float64)
        factorials = torch.lgamma(counts + 1)
        choices = (factorials[-1] - factorials - factorials.flip(0)).to(pixels.device, torch.float32)
        return choices[pixels.long()].sum(-1)

    def draw(self, outputs: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Draw every pixel from its Binomial."""
        success = np.exp(-np.logaddexp(0.0, -outputs.astype(np.float64)))
        return random.binomial(self.levels, success).astype(np.uint8)

    def start(self, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
        """Return the logits of the means."""
        result: np.ndarray = np.log(mean) - np.log1p(-mean)
        return result


class DiscretisedLogistic:
    """A logistic variable rounded to 0..levels, with the tails assigned to the ends.

    The parameters are its location and a raw scale, in shares of levels: location = ½ + first, scale = NARROWEST +
    softplus(second). Unlike a Binomial of many levels, it can be wide, and it can concentrate at both ends
    (after Salimans et al. 2017, arXiv 1701.05517, with one component).
    """

    def __init__(self, levels: int) -> None:
        self.levels = levels

    def log_kernel(self, outputs: Tensor, pixels: Tensor) -> Tensor:
        """Return log(σ(b) − σ(a)), summed, for the standardised edges a < b of each pixel's grey value.

        Computed as log σ(b) + log σ(−a) + log(1 − e^(a−b)), which is accurate far into the tails.
        """
        location, raw_scale = outputs.chunk(2, dim=-1)
        precision = 1.0 / (NARROWEST + softplus(raw_scale))
        centred = pixels / self.levels - 0.5 - location
        half = 0.5 / self.levels
        not_lowest, not_highest = pixels > 0, pixels < self.levels
        log_probability = (
            torch.where(not_highest, logsigmoid((half + centred) * precision), 0.0)
            + torch.where(not_lowest, logsigmoid((half - centred) * precision), 0.0)
            + torch.where(not_lowest & not_highest, torch.log(-torch.expm1(-precision / self.levels)), 0.0)
        )
        return log_probability.sum(-1)

    def log_base(self, pixels: Tensor) -> Tensor:
        """Return zeros: no term depends on the pixels alone."""
        return pixels.new_zeros(pixels.shape[:-1])

    def draw(self, outputs: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Draw every pixel from its logistic, round it and clip it."""
        location, raw_scale = np.split(outputs.astype(np.float64), 2, axis=-1)
        scale = NARROWEST + np.logaddexp(0.0, raw_scale)
        shares = 0.5 + location + scale * random.logistic(size=location.shape)
        return np.clip(np.rint(shares * self.levels), 0, self.levels).astype(np.uint8)

    def start(self, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
        """Return outputs with these means and half the deviations; the latent variables explain the rest."""
        scale = np.maximum(deviation / 2, NARROWEST)
        return np.concatenate([mean - 0.5, np.log(np.expm1(scale))])


def pixel_likelihood(name: LikelihoodName, levels: int) -> PixelLikelihood:
    """Return the named distribution over grey values 0..levels."""
    return Binomial(levels) if name == "binomial" else DiscretisedLogistic(levels)
