# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""Samplers: from noise to images by denoising steps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from outcross.resources.generators.diffusion.process import Denoiser, Process, signal_and_noise

Sampler = Literal["ddim", "ancestral"]


@dataclass(frozen=True, kw_only=True)
class SamplingPlan:
    """The sampler and its steps.

    Attributes:
        sampler: ``ddim`` is deterministic given the initial noise (Song et al. 2021, arXiv 2010.02502); ``ancestral``
            draws new noise at every step (Ho et al. 2020, arXiv 2006.11239).
        steps: number of steps, evenly spaced in the logarithm of the signal-to-noise ratio.
        guidance: w of classifier-free guidance (Ho and Salimans 2022, arXiv 2207.12598, equation 6), 0 for none.
    """

    sampler: Sampler
    steps: int
    guidance: float


def denoise(
    denoiser: Denoiser,
    process: Process,
    latents: Tensor,
    condition: Tensor,
    *,
    sampling: SamplingPlan,
    noise: Callable[[int], Tensor],
) -> Tensor:
    """Denoise latents from time 1 to z_0 (K, B, pixels).

    Args:
        denoiser: the networks.
        process: the forward process.
        latents: standard normals (K, B, pixels).
        condition: classes (K, B, C).
        sampling: the sampler and its steps.
        noise: step → standard normals of the latents' shape; only the ancestral sampler calls it.
    """
    images = latents
    for step in range(sampling.steps, 0, -1):
        now, then = (
            torch.full(latents.shape[:2], place / sampling.steps, device=latents.device) for place in (step, step - 1)
        )
        log_noise, lower = process.log_noise(now), process.log_noise(then)
        (kept, deviation), (kept_then, deviation_then) = (
            tuple(each.unsqueeze(-1) for each in signal_and_noise(level)) for level in (log_noise, lower)
        )
        clean = _predict_guided(denoiser, images, log_noise, now, condition, guidance=sampling.guidance).clamp(-1, 1)
        noisy = (images - kept * clean) / deviation
        if sampling.sampler == "ancestral":
            # The share of the noise variance that this step removes (arXiv 2107.00630, equation 34).
            share = -torch.expm1(lower - log_noise).unsqueeze(-1)
            images = kept_then / kept * (images - share * deviation * noisy)
            images = images + deviation_then * share.sqrt() * noise(step)
        else:
            images = kept_then * clean + deviation_then * noisy
    return images


def _predict_guided(
    denoiser: Denoiser, images: Tensor, log_noise: Tensor, place: Tensor, condition: Tensor, *, guidance: float
) -> Tensor:
    """Return the expected image under classifier-free guidance: extrapolated away from the unconditional image."""
    if not guidance:
        return denoiser.predict_clean(images, log_noise, place, condition)
    images, log_noise, place = (torch.cat([each, each], dim=1) for each in (images, log_noise, place))
    both = denoiser.predict_clean(images, log_noise, place, torch.cat([condition, torch.zeros_like(condition)], dim=1))
    conditional, unconditional = both.chunk(2, dim=1)
    return conditional + guidance * (conditional - unconditional)
