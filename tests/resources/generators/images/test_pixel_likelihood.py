# ruff: noqa: TID253 - what it tests needs torch
"""Pixel likelihoods, compared with SciPy and with their own samples."""

import numpy as np
import torch

from outcross.resources.generators.images.pixel_likelihood import Binomial, DiscretisedLogistic
from outcross.resources.seeds import generator


def test_the_binomial_is_that_of_scipy() -> None:
    from scipy.stats import binom

    outputs = generator(2).normal(size=(20, 64)) * 3
    images = generator(3).integers(0, 17, (20, 64))
    likelihood, counts = Binomial(16), torch.from_numpy(images).float()
    ours = likelihood.log_kernel(torch.from_numpy(outputs).float(), counts) + likelihood.log_base(counts)
    expected = binom.logpmf(images, 16, 1 / (1 + np.exp(-outputs))).sum(axis=1)
    assert np.allclose(ours.numpy(), expected, rtol=1e-4)


def test_the_discretised_logistic_sums_to_one_and_matches_its_samples() -> None:
    likelihood, outputs = DiscretisedLogistic(255), np.array([[-0.2, -1.5], [0.9, -4.0], [-0.6, -9.0]])
    values = torch.arange(256.0)[:, np.newaxis, np.newaxis].expand(256, 3, 1)
    probability = likelihood.log_kernel(torch.from_numpy(outputs), values).exp().numpy()
    assert np.allclose(probability.sum(axis=0), 1, atol=1e-5)
    drawn = np.stack([likelihood.draw(outputs, random)[:, 0] for random in map(generator, range(4_000))])
    mean = probability.T @ np.arange(256)
    deviation = np.sqrt(probability.T @ np.arange(256) ** 2 - mean**2)
    assert np.all(np.abs(drawn.mean(axis=0) - mean) <= 4 * deviation / np.sqrt(4_000) + 1e-9)
