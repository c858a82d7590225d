"""Metrics of models without a holdout, without a likelihood, or without a known population."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from outcross.assets.artefacts import ANCHOR, EVALUATION, HOLDOUT, Artefacts, Slot
from outcross.assets.evaluation.models import load_fitted_models
from outcross.assets.metrics import loss
from outcross.assets.metrics.loss import INDEPENDENT
from outcross.assets.study.preflight import check_study
from outcross.assets.study.study import Study
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.errors import BadInput
from outcross.resources.store import Store

GAUSSIAN = {"kind": "population", "rows": 120, "of": {"family": "gaussian", "dimensions": 2}}


def study(**changes: Any) -> Study:
    settings: dict[str, Any] = {
        "study": "models",
        "source": GAUSSIAN,
        "generator": {"kind": "gaussian", "covariance": "diagonal"},
        "metrics": ["loss", "population"],
        "generations": 2,
        "replicates": 3,
        "arms": {"replace": {"policy": "replace"}},
    }
    return Study.model_validate(settings | changes)


def run(folder: Path, **changes: Any) -> Artefacts:
    settings = study(**changes)
    artefacts = Artefacts(settings, Store(str(folder)))
    run_plainly(artefacts, settings.lineages, checks=False)
    return artefacts


def evaluation(artefacts: Artefacts) -> pl.DataFrame:
    return artefacts.load(artefacts.address(EVALUATION, 1, "replace"))


def test_without_a_holdout_all_rows_are_fitted_and_models_are_compared_with_the_population(tmp_path: Path) -> None:
    made = run(tmp_path, holdout=0, metrics=["population"])
    assert made.load(made.address(ANCHOR)).height == 120
    assert made.load(made.address(HOLDOUT)).height == 0
    found = evaluation(made)
    assert set(found["reference"]) == {"population"}
    assert set(found["metric"]) == {"excess_risk", "fitted_variance", "wasserstein"}
    assert found.height == 9


def test_held_out_loss_is_a_mean_over_the_holdout_with_its_standard_error(tmp_path: Path) -> None:
    from scipy.stats import norm

    made = run(tmp_path)
    models = load_fitted_models(Slot(made, 1, "replace"))
    values = made.load(made.address(HOLDOUT)).select("x1", "x2").to_numpy()
    found = loss.measure(models)
    tensors = models.cohort.tensors()
    for index, line in enumerate(found.iter_rows(named=True)):
        fitted = norm(tensors["mean"][index], np.sqrt(tensors["variances"][index]))
        nats = -fitted.logpdf(values).sum(axis=1)
        assert line["value"] == pytest.approx(nats.mean())
        assert line["standard_error"] == pytest.approx(nats.std(ddof=1) / np.sqrt(len(nats)))


def test_a_generator_without_a_likelihood_has_neither_loss_nor_gain(tmp_path: Path) -> None:
    source = {"kind": "population", "rows": 120, "of": {"family": "classes"}}
    generator = {"kind": "linear_classifier"}
    made = run(tmp_path, source=source, generator=generator, metrics=["loss", "population", "scaling"])
    assert set(evaluation(made)["metric"]) == {"accuracy"}


def test_without_a_known_population_nothing_is_measured_against_it(tmp_path: Path) -> None:
    made = run(tmp_path, source={"kind": "breast_cancer"}, generator={"kind": "copula"}, replicates=1, rows=100)
    assert set(evaluation(made)["metric"]) == {"loss"}


def test_a_model_of_another_family_is_not_compared_with_the_population(tmp_path: Path) -> None:
    source = {"kind": "population", "rows": 120, "of": {"family": "regression", "coefficients": [1.0]}}
    assert set(evaluation(run(tmp_path, source=source))["metric"]) == {"loss"}


@pytest.mark.parametrize(
    ("source", "generator", "about"),
    [
        ({"kind": "python_docs"}, {"kind": "ngram"}, {"", INDEPENDENT}),
        (GAUSSIAN | {"of": {"family": "gaussian", "dimensions": 1}}, {"kind": "gaussian"}, {""}),
        (GAUSSIAN, {"kind": "gaussian"}, {"", INDEPENDENT}),
    ],
)
def test_words_of_texts_and_several_columns_can_be_made_independent_and_one_column_cannot(
    tmp_path: Path, source: dict[str, Any], generator: dict[str, Any], about: set[str]
) -> None:
    made = run(tmp_path, source=source, generator=generator, metrics=["loss"], rows=10, replicates=1)
    assert set(made.load(made.address(EVALUATION, 0))["about"]) == about


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rows": 41}, ["'rows' is 41", "the anchor has 120, that is 40 for each of 3 replicates", "add data"]),
        ({"replicates": 61}, ["needs at least 2 rows", "1 for each of 61 replicates", "lower 'rows', 'replicates'"]),
        (
            {"rows": 25, "arms": {"f": {"policy": "fresh", "share": 0.2}}},
            ["arm 'f' needs 45 real rows over 2 generations", "a replicate has 40", "raise the share"],
        ),
    ],
)
def test_too_few_own_rows_per_replicate_are_refused(changes: dict[str, Any], words: list[str]) -> None:
    settings = study(**({"real_rows": "own"} | changes))
    data = settings.source.load()
    with pytest.raises(BadInput) as refusal:
        check_study(settings, data.schema, anchor_rows=120)
    for word in words:
        assert word in str(refusal.value)
    check_study(study(**({"real_rows": "own"} | changes | {"rows": 20, "replicates": 3})), data.schema, anchor_rows=120)
