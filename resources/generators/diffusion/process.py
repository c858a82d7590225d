# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The diffusion process: forward noising, the variational bound in nats, and the decoding of grey values.

Grey values 0..levels are scaled to −1..1. At time t ∈ [0, 1], an image x becomes z = α·x + σ·ε with ε ~ N(0, 1),
α² + σ² = 1, and γ(t) = ln σ²/α² increases linearly: the schedule of variational diffusion models (Kingma et al. 2021,
arXiv 2107.00630) with fixed ends.
"""

from dataclasses import dataclass
from functools import cached_property
from math import exp, log, pi
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

NARROWEST = 0.2
"""σ/α at time 0, as a share of the distance of adjacent grey values, which are then almost certain."""
HIGHEST = 6.0
"""γ(1): a share α² = 0.0025 of an image's variance is left."""
NEIGHBOURS = 4
"""Grey values on either side of the true one in the quadrature; others have a probability below 1e-50."""


@dataclass(frozen=True)
class Process:
    """The diffusion process for images with grey values 0..levels.

    Attributes:
        levels: the highest grey value.
    """

    levels: int

    @property
    def spacing(self) -> float:
        """Distance of two adjacent grey values after scaling."""
        return 2.0 / self.levels

    @property
    def lowest(self) -> float:
        """γ(0)."""
        return 2 * log(NARROWEST * self.spacing)

    @property
    def span(self) -> float:
        """γ(1) − γ(0)."""
        return HIGHEST - self.lowest

    def log_noise(self, times: Tensor) -> Tensor:
        """Return γ(t)."""
        return self.lowest + self.span * times

    def training_times(self, uniforms: Tensor) -> Tensor:
        """Return times at which γ is distributed as under the cosine schedule: 2·ln tan(π·u/2) for uniform u.

        Nichol and Dhariwal 2021, arXiv 2102.09672; clamped to the ends of this process. Most of these noise levels are
        those that determine the shapes in an image.
        """
        return ((2 * torch.log(torch.tan(0.5 * pi * uniforms)) - self.lowest) / self.span).clamp(0, 1)

    def scale(self, pixels: Tensor) -> Tensor:
        """Scale grey values to −1..1."""
        return pixels.float() * self.spacing - 1

    def prior_and_reconstruction_nats(self, pixels: Tensor) -> Tensor:
        """Return the reconstruction and prior terms of the bound, which depend on no network: nats, float64 (…).

        The first is E −ln p(x | z_0) with p(x | z_0) ∝ q(z_0 | x) over grey values, by quadrature; the second
        KL(q(z_1 | x) ‖ N(0, 1)), in closed form (arXiv 2107.00630, equations 12 and 13).
        """
        values = torch.arange(self.levels + 1, dtype=torch.float64) * self.spacing - 1
        kept, variance = 1 / (1 + exp(HIGHEST)), 1 / (1 + exp(-HIGHEST))
        prior = 0.5 * (kept * values**2 + variance - 1 - log(variance))
        table = torch.from_numpy(self._reconstruction) + prior
        return table.to(pixels.device)[pixels.long()].sum(-1)

    @cached_property
    def _reconstruction(self) -> np.ndarray:
        """Expected reconstruction nats (levels + 1,) of each grey value given z_0."""
        points, weights = np.polynomial.hermite_e.hermegauss(64)
        steps = np.arange(-NEIGHBOURS, NEIGHBOURS + 1)[:, np.newaxis]
        exponents = -0.5 * (steps / NARROWEST + points) ** 2 + 0.5 * points**2
        nats = np.empty(self.levels + 1)
        for value in range(self.levels + 1):
            there = (value + steps >= 0) & (value + steps <= self.levels)
            nats[value] = weights @ np.logaddexp.reduce(np.where(there, exponents, -np.inf)) / weights.sum()
        return nats

    def draw_pixels(self, least_noisy: Tensor, uniforms: Tensor) -> Tensor:
        """Draw grey values, uint8, given z_0 and uniform numbers of its shape.

        Draws come from p(x | z_0) ∝ q(z_0 | x), limited to the two grey values next to z_0; a third has a probability
        of at most 4e-6.
        """
        place = (least_noisy * (1 + exp(self.lowest)) ** 0.5 + 1) / self.spacing
        lower = place.floor()
        upwards = torch.sigmoid((place - lower - 0.5) / NARROWEST**2)
        result: Tensor = (lower + (uniforms < upwards)).clamp(0, self.levels).to(torch.uint8)
        return result


def signal_and_noise(log_noise: Tensor) -> tuple[Tensor, Tensor]:
    """Return α and σ at log-noise γ."""
    return torch.sigmoid(-log_noise).sqrt(), torch.sigmoid(log_noise).sqrt()


class Denoiser(Protocol):
    """A denoiser of images."""

    def predict_clean(self, noisy: Tensor, log_noise: Tensor, place: Tensor, condition: Tensor) -> Tensor:
        """Return the expected image x̂ (K, B, pixels)."""


def diffusion_nats(
    denoiser: Denoiser, process: Process, images: Tensor, *, times: Tensor, noise: Tensor, condition: Tensor
) -> Tensor:
    """Return the diffusion loss of each row at its time, in nats (K, B); its mean over times is the bound's third term.

    ½·(γ(1) − γ(0))·e^(−γ)·‖x − x̂‖² (arXiv 2107.00630, equation 17, in terms of x).

    Args:
        denoiser: the networks.
        process: the forward process.
        images: scaled (K, B, pixels).
        times: in [0, 1] (K, B).
        noise: standard normals (K, B, pixels).
        condition: (K, B, C), one-hot for a known class, zeros for none.
    """
    log_noise = process.log_noise(times)
    kept, deviation = (each.unsqueeze(-1) for each in signal_and_noise(log_noise))
    missed = images - denoiser.predict_clean(kept * images + deviation * noise, log_noise, times, condition)
    return 0.5 * process.span * torch.exp(-log_noise) * missed.square().sum(-1)
