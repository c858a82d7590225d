# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""From noise to images, by steps that take some noise away."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from outcross.resources.generators.diffusion.process import Denoiser, Process, kept_and_noise

Sampler = Literal["ddim", "ancestral"]


@dataclass(frozen=True, kw_only=True)
class Way:
    """How images are sampled.

    Attributes:
        sampler: ``ddim`` draws nothing after the first noise (Song et al. 2021, arXiv 2010.02502); ``ancestral`` draws
            new noise at every step (Ho et al. 2020, arXiv 2006.11239).
        steps: evenly spaced in the logarithm of the signal-to-noise ratio.
        guidance: w of classifier-free guidance (Ho and Salimans 2022, arXiv 2207.12598, equation 6), 0 for none.
    """

    sampler: Sampler
    steps: int
    guidance: float


def denoised(
    denoiser: Denoiser,
    process: Process,
    latents: Tensor,
    condition: Tensor,
    *,
    way: Way,
    noise: Callable[[int], Tensor],
) -> Tensor:
    """Return z_0 (K, B, pixels).

    Args:
        denoiser: the networks.
        process: of which time 1 is the beginning.
        latents: standard normals (K, B, pixels).
        condition: classes (K, B, C).
        way: how.
        noise: step → standard normals of the latents' shape, asked for by the ancestral sampler alone.
    """
    images = latents
    for step in range(way.steps, 0, -1):
        now, then = (
            torch.full(latents.shape[:2], place / way.steps, device=latents.device) for place in (step, step - 1)
        )
        log_noise, lower = process.log_noise(now), process.log_noise(then)
        (kept, deviation), (kept_then, deviation_then) = (
            tuple(each.unsqueeze(-1) for each in kept_and_noise(level)) for level in (log_noise, lower)
        )
        clean = _guided(denoiser, images, log_noise, now, condition, guidance=way.guidance).clamp(-1, 1)
        noisy = (images - kept * clean) / deviation
        if way.sampler == "ancestral":
            # The share of the noise's variance that this step takes away (arXiv 2107.00630, equation 34).
            share = -torch.expm1(lower - log_noise).unsqueeze(-1)
            images = kept_then / kept * (images - share * deviation * noisy)
            images = images + deviation_then * share.sqrt() * noise(step)
        else:
            images = kept_then * clean + deviation_then * noisy
    return images


def _guided(
    denoiser: Denoiser, images: Tensor, log_noise: Tensor, place: Tensor, condition: Tensor, *, guidance: float
) -> Tensor:
    """Return the expected image, led away from what it would be without the class."""
    if not guidance:
        return denoiser.clean(images, log_noise, place, condition)
    images, log_noise, place = (torch.cat([each, each], dim=1) for each in (images, log_noise, place))
    both = denoiser.clean(images, log_noise, place, torch.cat([condition, torch.zeros_like(condition)], dim=1))
    told, untold = both.chunk(2, dim=1)
    return told + guidance * (told - untold)
