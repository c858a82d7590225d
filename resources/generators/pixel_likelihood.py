"""The distributions of a grey value on 0..levels that a decoder can end in.

Imported only where a network is already at work, so torch loads here at the top.
"""

from typing import Literal, Protocol

import numpy as np
import torch  # noqa: TID253 - only the networks import this module, and they need torch already
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

LikelihoodName = Literal["binomial", "logistic"]

NARROWEST = 0.01
"""Lowest scale of a discretised logistic, as a share of ``levels``: no pixel may become certain of one value."""


class PixelLikelihood(Protocol):
    """A distribution of one pixel whose parameters are ``outputs`` unbounded numbers of a decoder.

    The decoder's outputs of a row are laid out parameter by parameter: all pixels' first, then all pixels' second.
    """

    outputs: int
    levels: int

    def log_probability(self, outputs: Tensor, pixels: Tensor) -> Tensor:
        """Sum the pixels' log-probabilities: outputs (…, pixels × outputs) and pixels (…, pixels) to (…)."""
        ...

    def draw(self, outputs: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Draw grey values: outputs (rows, pixels × outputs) to uint8 (rows, pixels)."""
        ...

    def start(self, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
        """Return the outputs (pixels × outputs,) that fit pixels of such means and deviations, in shares of levels."""
        ...


class Binomial:
    """How many of ``levels`` trials succeed, with the logit of success as the one output."""

    outputs = 1

    def __init__(self, levels: int) -> None:
        self.levels = levels
        counts = torch.arange(levels + 1, dtype=torch.float64)
        log_factorial = torch.lgamma(counts + 1)
        self._log_choices = (log_factorial[-1] - log_factorial - log_factorial.flip(0)).float()

    def log_probability(self, outputs: Tensor, pixels: Tensor) -> Tensor:
        """Return log C(n, k) + k·logit − n·softplus(logit), summed over the pixels."""
        choices = self._log_choices.to(pixels.device)[pixels.long()].sum(-1)
        return choices + (pixels * outputs - self.levels * softplus(outputs)).sum(-1)

    def draw(self, outputs: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Draw every pixel from its Binomial."""
        return random.binomial(self.levels, _sigmoid(outputs.astype(np.float64))).astype(np.uint8)

    def start(self, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
        """Return the logits of the means."""
        return np.log(mean) - np.log1p(-mean)


class DiscretisedLogistic:
    """A logistic variable rounded to 0..levels, what falls outside counted at the ends.

    Its outputs are location and raw scale, in shares of ``levels``: location = ½ + first, scale = NARROWEST +
    softplus(second). It can be as wide as the data ask, and pile up at both ends, which a Binomial of many levels
    cannot (Salimans et al. 2017, arXiv 1701.05517, with one component).
    """

    outputs = 2

    def __init__(self, levels: int) -> None:
        self.levels = levels

    def log_probability(self, outputs: Tensor, pixels: Tensor) -> Tensor:
        """Return log(σ(b) − σ(a)) summed over the pixels, a and b the standardised edges of the pixel's grey value.

        Written as log σ(b) + log σ(−a) + log(1 − e^(a−b)), which loses no digits however far the tail.
        """
        location, raw_scale = outputs.chunk(2, dim=-1)
        inverse = self.levels / (NARROWEST + softplus(raw_scale)) / self.levels
        centred = pixels / self.levels - 0.5 - location
        half = 0.5 / self.levels
        below = torch.where(pixels < self.levels, logsigmoid((centred + half) * inverse), 0.0)
        above = torch.where(pixels > 0, logsigmoid((half - centred) * inverse), 0.0)
        inside = (pixels > 0) & (pixels < self.levels)
        width = torch.where(inside, torch.log(-torch.expm1(-inverse / self.levels)), 0.0)
        return (below + above + width).sum(-1)

    def draw(self, outputs: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Draw every pixel from its logistic, round and clip it."""
        location, raw_scale = np.split(outputs.astype(np.float64), 2, axis=-1)
        scale = NARROWEST + np.logaddexp(0.0, raw_scale)
        shares = 0.5 + location + scale * random.logistic(size=location.shape)
        return np.clip(np.rint(shares * self.levels), 0, self.levels).astype(np.uint8)

    def start(self, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
        """Match the means, and half the deviations: the latent variables explain the rest."""
        scale = np.maximum(deviation / 2, NARROWEST)
        return np.concatenate([mean - 0.5, np.log(np.expm1(scale))])


def pixel_likelihood(name: LikelihoodName, levels: int) -> PixelLikelihood:
    """Return the likelihood of a name, over grey values 0..levels."""
    return Binomial(levels) if name == "binomial" else DiscretisedLogistic(levels)


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0.0, -values))
