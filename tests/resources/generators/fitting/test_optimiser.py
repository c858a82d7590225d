# ruff: noqa: TID253 - tensors are of torch
"""AdamW gives the bits of torch's own optimiser, and needs none of it."""

import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from outcross.resources.generators.fitting.optimiser import AdamW

SHAPES = {"one": (1, 1), "bias": (3, 1, 7), "weight": (3, 17, 9), "long": (2, 5_001)}
"""Sizes below and above a vector register, a thread's share of work, and not multiples of either."""


def leaves() -> dict[str, Tensor]:
    drawn = torch.Generator().manual_seed(1)
    return {name: torch.randn(shape, generator=drawn) for name, shape in SHAPES.items()}


def loss_of(parameters: dict[str, Tensor], step: int) -> Tensor:
    parts = [(parameter * (1 + 0.1 * step)).sin().pow(2).sum() for parameter in parameters.values()]
    return torch.stack(parts).sum() + (parameters["bias"] ** 3).mean()


def rate(step: int) -> float:
    return 0.01 * (step + 1) / 7 if step % 5 else 0.0


def train(parameters: dict[str, Tensor], own: AdamW, steps: Sequence[int]) -> None:
    for step in steps:
        own.step(loss_of(parameters, step), rate(step))


def by_torch(
    parameters: dict[str, Tensor], steps: int, betas: tuple[float, float], shrink: Callable[[float], None]
) -> torch.optim.Adam:
    for parameter in parameters.values():
        parameter.requires_grad_()
    adam = torch.optim.Adam(list(parameters.values()), betas=betas, fused=True)
    for step in range(steps):
        adam.zero_grad()
        loss_of(parameters, step).backward()
        adam.param_groups[0]["lr"] = rate(step)
        shrink(rate(step))
        adam.step()
    return adam


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.9, 0.95)])
@pytest.mark.parametrize("threads", [1, 2])
def test_weights_and_moments_are_those_of_torch_to_the_bit(betas: tuple[float, float], threads: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        ours, theirs = leaves(), leaves()
        own = AdamW(ours, betas=betas)
        train(ours, own, range(20))
        adam = by_torch(theirs, 20, betas, shrink=lambda _: None)
    finally:
        torch.set_num_threads(before)
    state = own.state()
    for name, parameter in theirs.items():
        assert torch.equal(state[f"parameter/{name}"], parameter)
        assert torch.equal(state[f"mean/{name}"], adam.state[parameter]["exp_avg"])
        assert torch.equal(state[f"square/{name}"], adam.state[parameter]["exp_avg_sq"])


def test_each_replicate_decays_by_itself_and_only_where_named() -> None:
    decay, ours, theirs = torch.tensor([0.0, 0.5, 3.0]), leaves(), leaves()

    def shrink(rate: float) -> None:
        with torch.no_grad():
            for replicate, own in enumerate(decay):
                theirs["weight"][replicate] *= (-rate * own).exp()

    train(ours, AdamW(ours, decay=decay, decayed=["weight"]), range(20))
    by_torch(theirs, 20, (0.9, 0.999), shrink)
    for name in SHAPES:
        assert torch.equal(ours[name], theirs[name])


def test_a_training_goes_on_from_the_moments_of_torch_that_a_checkpoint_holds() -> None:
    """A checkpoint of an earlier version was written from torch's optimiser."""
    whole, first, rest = leaves(), leaves(), leaves()
    by_torch(whole, 20, (0.9, 0.999), lambda _: None)
    adam = by_torch(first, 12, (0.9, 0.999), lambda _: None)
    checkpoint = {f"parameter/{name}": parameter.detach().clone() for name, parameter in first.items()}
    for kind, moment in (("mean", "exp_avg"), ("square", "exp_avg_sq")):
        checkpoint |= {f"{kind}/{name}": adam.state[parameter][moment] for name, parameter in first.items()}
    resumed = AdamW(rest)
    resumed.resume(checkpoint, done=12)
    train(rest, resumed, range(12, 20))
    for name in SHAPES:
        assert torch.equal(rest[name], whole[name])
    assert torch.equal(adam.state[first["one"]]["exp_avg"], checkpoint["mean/one"]), "the checkpoint was changed"


def test_a_state_of_one_training_resumes_another() -> None:
    whole, first, rest = leaves(), leaves(), leaves()
    train(whole, AdamW(whole), range(20))
    own, other = AdamW(first), AdamW(rest)
    train(first, own, range(12))
    other.resume(own.state(), done=12)
    train(rest, other, range(12, 20))
    for name in SHAPES:
        assert torch.equal(rest[name], whole[name])


def test_a_parameter_without_a_gradient_rests() -> None:
    parameters = leaves() | {"unused": torch.ones(2, 2)}
    own = AdamW(parameters)
    for step in range(3):
        own.step(loss_of({name: parameters[name] for name in SHAPES}, step), 0.01)
    assert torch.equal(parameters["unused"], torch.ones(2, 2))


FITS = """
import sys
import polars as pl
from outcross.resources.generators import GENERATORS
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources import Digits
from tests.resources.cohorts import cohort_of

images, texts = Digits().load(), pl.DataFrame({"text": ["to be or not to be"] * 8})
of_text = Schema((Column(name="text", role=Role.TEXT),))
of_table = Schema((Column(name="x", role=Role.NUMERIC),))
cohorts = {
    "image": cohort_of(images.schema, {0: images.rows[:8]}),
    "text": cohort_of(of_text, {0: texts}),
    "table": cohort_of(of_table, {0: pl.DataFrame({"x": [1.0, 2.0, 3.0]})}),
}
small = {
    "diffusion": {"width": 8, "depth": 1, "loss_samples": 1},
    "transformer": {"width": 8, "layers": 1, "context": 8},
}
for kind in ("autoregressive", "cvae", "diffusion", "transformer"):
    settings = GENERATORS[kind](kind=kind, steps=2, batch=2, **small.get(kind, {}))
    modality = next(each for each in cohorts if each in settings.modalities)
    settings.fit(cohorts[modality])
    print(kind, [name for name in ("torch._dynamo", "sklearn") if name in sys.modules])
"""


def test_a_fit_imports_neither_the_compiler_of_torch_nor_scikit_learn() -> None:
    done = subprocess.run([sys.executable, "-c", FITS], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["autoregressive []", "cvae []", "diffusion []", "transformer []"]
