# ruff: noqa: TID253 - devices are of torch
"""What trained generators share: budget, precision, and the error for a training that diverged."""

import polars as pl
import pytest
import torch

from outcross.resources.errors import BadInput
from outcross.resources.generators.autoregressive.settings import Autoregressive
from outcross.resources.generators.cvae.settings import CVAE
from outcross.resources.generators.diffusion.settings import Diffusion
from outcross.resources.generators.fitting.plan import TrainingPlan
from outcross.resources.generators.fitting.trained_generator import MixedPrecisionGenerator, TrainedGenerator
from outcross.resources.generators.transformer.settings import Transformer
from outcross.resources.schema import Column, Role, Schema
from tests.resources.cohorts import cohort_of

COHORT = cohort_of(
    Schema((Column(name="x", role=Role.NUMERIC),)), {0: pl.DataFrame({"x": [1.0, 2.0]}), 4: pl.DataFrame({"x": [3.0]})}
)


@pytest.mark.parametrize(
    "generator", [Autoregressive(), CVAE(), Diffusion(), Transformer()], ids=lambda each: each.kind
)
def test_a_budget_is_steps_times_batch_whatever_the_rows(generator: TrainedGenerator) -> None:
    budget = generator.budget(COHORT, tokens_each=7)
    seen = generator.steps * generator.batch
    assert (budget.rows, budget.steps) == ([2, 1], generator.optimiser_steps)
    assert (budget.rows_seen, budget.tokens) == ([seen, seen], [7 * seen, 7 * seen])


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_raises_with_the_number_of_its_replicate(loss: float) -> None:
    assert CVAE().finite_losses([1.0, 2.0], COHORT) == [1.0, 2.0]
    with pytest.raises(BadInput, match=r"'cvae': the training of replicate 4 diverged; lower 'learning_rate' .now 0.0"):
        CVAE().finite_losses([1.0, loss], COHORT)


@pytest.mark.parametrize("generator", [Diffusion(), Transformer()], ids=lambda each: each.kind)
def test_products_are_in_bfloat16_only_on_a_gpu_that_supports_it(
    generator: MixedPrecisionGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpu, processor = torch.device("cuda"), torch.device("cpu")
    for has_it, expected in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda has_it=has_it: has_it)
        assert generator.choose_precision(gpu) == expected
        assert generator.choose_precision(processor) == "float32"
    assert generator.model_copy(update={"precision": "bfloat16"}).choose_precision(processor) == "bfloat16"
    assert generator.compiles_on(gpu) and not generator.compiles_on(processor)


def test_the_learning_rate_rises_to_its_peak_and_falls_to_zero() -> None:
    plan = TrainingPlan(steps=100, batch=1, peak=2.0)
    rates = [plan.rate(step) for step in range(100)]
    assert max(rates) == rates[9] == 2.0
    assert rates[:10] == sorted(rates[:10]) and rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[-1] < 0.05


def test_cuda_without_a_gpu_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BadInput, match="'cvae': 'device: cuda' is set, but torch finds no GPU"):
        CVAE(device="cuda").choose_device()
    assert CVAE().choose_device() == torch.device("cpu")
