"""Every built-in generator satisfies the contract: all laws of ``outcross.testing``, checked on every kind."""

import sys
from collections.abc import Callable, Iterator

import pytest

from outcross.resources.generators import GENERATORS
from outcross.resources.generators.autoregressive.settings import Autoregressive
from outcross.resources.generators.closed_form.categorical import Categorical
from outcross.resources.generators.closed_form.gaussian import Gaussian
from outcross.resources.generators.closed_form.linear_classifier import LinearClassifier
from outcross.resources.generators.closed_form.linear_regression import LinearRegression
from outcross.resources.generators.closed_form.uniform import Uniform
from outcross.resources.generators.contract import Generator
from outcross.resources.generators.copula.settings import Copula
from outcross.resources.generators.cvae.settings import CVAE
from outcross.resources.generators.diffusion.settings import Diffusion
from outcross.resources.generators.external.settings import External
from outcross.resources.generators.ngram.settings import NGram
from outcross.resources.generators.transformer.settings import Transformer
from outcross.testing import generator_checks

SIMPLE_CVAE = CVAE(hidden=16, latent=2, steps=52, batch=32)
SIMPLE_TRANSFORMER = Transformer(width=16, layers=1, heads=2, context=32, batch=4, steps=12, learning_rate=0.03)
PROGRAM = """
import sys, polars as pl
train, out, rows, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
pl.read_parquet(train).sample(rows, with_replacement=True, seed=seed).write_parquet(out)
"""
COMMAND = (sys.executable, "-c", PROGRAM, "{train}", "{out}", "{rows}", "{seed}")

CASES: dict[str, Generator] = {
    "autoregressive": Autoregressive(hidden=8, steps=52),
    "autoregressive, warm": Autoregressive(hidden=8, steps=52, start="previous", balance={"bought": {"yes": 1.0}}),
    "categorical": Categorical(),
    "copula": Copula(draws=8),
    "cvae": SIMPLE_CVAE,
    "cvae, logistic": SIMPLE_CVAE.model_copy(update={"likelihood": "logistic"}),
    "diffusion": Diffusion(width=8, depth=1, patch=2, steps=30, batch=8, sample_steps=3, loss_samples=4),
    "diffusion, warm": Diffusion(
        width=8, depth=1, patch=2, steps=30, batch=8, sample_steps=3, start="base", sampler="ancestral"
    ),
    "external": External(command=COMMAND),
    "gaussian": Gaussian(),
    "gaussian, diagonal": Gaussian(covariance="diagonal", ddof=0),
    "gaussian, known": Gaussian(covariance="known", sampling_bias=0.5),
    "linear_classifier": LinearClassifier(label_noise=0.1),
    "linear_regression, fresh": LinearRegression(kind="linear_regression", noise=0.5, design="fresh"),
    "linear_regression, same": LinearRegression(kind="linear_regression", noise=0.5, design="same"),
    "ngram": NGram(),
    "ngram, unsmoothed": NGram(order=2, smoothing="none"),
    "transformer": SIMPLE_TRANSFORMER,
    "transformer, warm": SIMPLE_TRANSFORMER.model_copy(
        update={"tokens": "bpe", "vocabulary": 300, "prompt_tokens": 2, "start": "previous"}
    ),
    "uniform": Uniform(),
}
OF_THE_ROWS = {"samples_are_canonical", "samples_hold_allowed_values"}
"""Laws that a command is checked against on rows of every kind; against the others on tables, since each starts it."""
EXCEPTIONS = {
    "linear_regression, same": {
        "rows_of_weight_0_are_absent": "a kept design is relabelled row by row, those of weight 0 among them"
    },
    "uniform": {"unequal_weights_change_what_is_drawn": "the largest value is the largest whatever its row weighs"},
}


def checks() -> Iterator[pytest.param]:
    for name, generator in CASES.items():
        for law, check in generator_checks(generator, except_for=EXCEPTIONS.get(name)):
            if name != "external" or law.endswith("(table)") or law.partition(" ")[0] in OF_THE_ROWS:
                yield pytest.param(check, id=f"{name}: {law}")


@pytest.mark.parametrize("check", checks())
def test_a_built_in_generator_satisfies_the_law(check: Callable[[], None]) -> None:
    check()


def test_every_built_in_kind_is_checked() -> None:
    here = {kind: each for kind, each in GENERATORS.items() if kind != "pool"}  # a pool has a test file of its own
    assert {type(generator) for generator in CASES.values()} == set(here.values())
    assert {generator.kind for generator in CASES.values()} == set(here)
