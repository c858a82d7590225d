# ruff: noqa: TID253 - what it tests needs torch
"""The bound and the samplers with an exact denoiser: independent pixels, uniform over grey values."""

from dataclasses import dataclass
from math import log

import numpy as np
import pytest
import torch
from torch import Tensor

from outcross.resources.generators.diffusion.process import Process, diffusion_nats, signal_and_noise
from outcross.resources.generators.diffusion.sampling import SamplingPlan, denoise
from outcross.resources.generators.diffusion.values import OUTPUTS_PER_PIXEL, SHARPNESS, posterior_mean

PIXELS = 16


@dataclass(frozen=True)
class Exact:
    """The optimal denoiser of pixels that are uniform over grey values."""

    process: Process

    def predict_clean(self, noisy: Tensor, log_noise: Tensor, place: Tensor, condition: Tensor) -> Tensor:
        kept, deviation = (each[..., None, None].double() for each in signal_and_noise(log_noise))
        values = torch.arange(self.process.levels + 1) * self.process.spacing - 1
        apart = noisy.double().unsqueeze(-1) - kept * values
        return (torch.softmax(-0.5 * (apart / deviation) ** 2, dim=-1) * values).sum(-1).float()


def uniform_pixels(process: Process, rows: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(1).integers(0, process.levels + 1, (1, rows, PIXELS)))


def bound(process: Process, denoiser: Exact, pixels: Tensor) -> np.ndarray:
    random = np.random.default_rng(2)
    rows = pixels.shape[1]
    times = torch.from_numpy((random.random() + np.arange(rows) / rows) % 1)[None].float()
    noise = torch.from_numpy(random.standard_normal((1, rows, PIXELS))).float()
    nats = diffusion_nats(
        denoiser, process, process.scale(pixels), times=times, noise=noise, condition=torch.zeros(1, rows, 1)
    )
    return (process.prior_and_reconstruction_nats(pixels) + nats.double())[0].numpy()


@pytest.mark.parametrize("levels", [1, 16, 255])
def test_the_bound_of_the_best_denoiser_is_the_entropy(levels: int) -> None:
    process = Process(levels)
    nats = bound(process, Exact(process), uniform_pixels(process, 6_000))
    error = nats.std() / np.sqrt(len(nats))
    assert abs(nats.mean() - PIXELS * log(levels + 1)) < 4 * error
    assert error < 0.03 * nats.mean()


def test_the_bound_of_a_worse_denoiser_is_higher() -> None:
    process = Process(16)
    pixels = uniform_pixels(process, 6_000)
    best, blurred = bound(process, Exact(process), pixels), bound(process, Exact(Process(8)), pixels)
    assert blurred.mean() - best.mean() > 4 * (blurred - best).std() / np.sqrt(len(best))


@pytest.mark.parametrize(("sampler", "steps"), [("ddim", 60), ("ancestral", 60)])
def test_samples_of_the_best_denoiser_are_uniform_over_grey_values(sampler: str, steps: int) -> None:
    process, rows = Process(3), 1_500
    random = np.random.default_rng(3)

    def normals(step: int) -> Tensor:
        return torch.from_numpy(random.standard_normal((1, rows, PIXELS))).float()

    least_noisy = denoise(
        Exact(process),
        process,
        normals(0),
        torch.zeros(1, rows, 1),
        sampling=SamplingPlan(sampler=sampler, steps=steps, guidance=0),
        noise=normals,
    )
    drawn = process.draw_pixels(least_noisy, torch.from_numpy(random.random(least_noisy.shape)).float())
    shares = np.bincount(drawn.flatten().numpy(), minlength=4) / drawn.numel()
    assert drawn.dtype == torch.uint8
    assert shares == pytest.approx([0.25] * 4, abs=0.02)


def test_grey_values_are_decoded_from_the_least_noise_as_often_as_the_bound_implies() -> None:
    process = Process(16)
    pixels = torch.full((1, 40_000, 1), 5)
    kept, deviation = signal_and_noise(torch.tensor(process.lowest))
    random = np.random.default_rng(4)
    noise = torch.from_numpy(random.standard_normal(pixels.shape)).float()
    drawn = process.draw_pixels(
        kept * process.scale(pixels) + deviation * noise, torch.from_numpy(random.random(pixels.shape)).float()
    )
    wrong = float((drawn != 5).float().mean())
    # Two draws from one posterior differ with about this probability: 2·P(|ε| > 0.5/0.2).
    assert 0.005 < wrong < 0.03


@pytest.mark.parametrize("levels", [1, 16])
def test_a_network_with_zero_outputs_predicts_from_the_noisy_value_alone(levels: int) -> None:
    process = Process(levels)
    log_noise = process.log_noise(torch.linspace(0, 1, 7))[None]
    noisy = torch.linspace(-2, 2, 7 * PIXELS).view(1, 7, PIXELS)
    uninformed = posterior_mean(torch.zeros(1, 7, PIXELS, OUTPUTS_PER_PIXEL), noisy, log_noise, levels=levels)
    assert torch.allclose(uninformed, Exact(process).predict_clean(noisy, log_noise, log_noise, log_noise), atol=1e-4)


@pytest.mark.parametrize("levels", [16, 255])
def test_a_confident_network_overrides_the_noisy_value(levels: int) -> None:
    black = torch.tensor([0.0, 0.0, 9.0, 0.0]).expand(1, 1, PIXELS, OUTPUTS_PER_PIXEL)
    noisy = torch.full((1, 1, PIXELS), 0.5)
    assert torch.allclose(posterior_mean(black, noisy, torch.zeros(1, 1), levels=levels), torch.tensor(-1.0), atol=1e-3)


def test_with_many_grey_values_the_posterior_mean_is_that_of_the_mixture() -> None:
    outputs = torch.tensor([0.3, -0.2, -0.1, 0.05])
    values = torch.linspace(-4, 4, 80_001, dtype=torch.float64)
    seen, noise = 0.4, torch.tensor([[0.1]])
    variance = (SHARPNESS * outputs[1].double()).exp()
    prior = torch.exp(-0.5 * (values - outputs[0]) ** 2 / variance) / variance.sqrt() * (values[1] - values[0])
    prior[10_000 * 3], prior[10_000 * 5] = (
        prior[10_000 * place] + 6.283185**0.5 * (SHARPNESS * outputs[which]).exp() for place, which in ((3, 2), (5, 3))
    )
    posterior = prior * torch.exp(-0.5 * (seen - values) ** 2 / noise.double().exp())
    exact = float((posterior * values).sum() / posterior.sum())
    kept = float(signal_and_noise(noise)[0])
    found = posterior_mean(
        outputs.expand(1, 1, 1, OUTPUTS_PER_PIXEL), torch.full((1, 1, 1), seen * kept), noise, levels=255
    )
    assert float(found) == pytest.approx(exact, abs=1e-3)
