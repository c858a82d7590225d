"""Metrics of models: held-out loss, distance to a population, and the gain from more data."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from outcross.assets.artefacts import EVALUATION, Artefacts, Slot
from outcross.assets.dataset.make import load_dataset
from outcross.assets.metrics.loss import INDEPENDENT
from outcross.assets.study.study import Study
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store

DIMENSIONS, ROWS, REPLICATES = 40, 20, 25


def study(**changes: Any) -> Study:
    return Study.model_validate(
        {
            "study": "models",
            "source": {"kind": "population", "rows": 700, "of": {"family": "gaussian", "dimensions": DIMENSIONS}},
            "holdout": 0.2,
            "metrics": ["loss", "population", "scaling"],
            "real_rows": "own",
            "generator": {"kind": "gaussian", "covariance": "known"},
            "generations": 2,
            "replicates": REPLICATES,
            "rows": ROWS,
            "arms": {"replace": {"policy": "replace"}},
            **changes,
        }
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    settings = study()
    artefacts = Artefacts(settings, Store(str(tmp_path_factory.mktemp("models"))))
    run_plainly(artefacts, settings.lineages, checks=False)
    return artefacts


def values(artefacts: Artefacts, metric: str, generation: int, lineage: str) -> pl.DataFrame:
    evaluation = artefacts.load(artefacts.address(EVALUATION, generation, lineage))
    return evaluation.filter(pl.col("metric") == metric, pl.col("about") == "").sort("replicate")


def test_the_gain_of_the_last_doubling_is_that_of_theory(made: Artefacts) -> None:
    """The mean of d columns fitted to n rows costs d/(2n) nats; fitted to n/2 rows it costs d/n."""
    gains = values(made, "doubling_gain", 0, "shared")["value"].to_numpy()
    assert len(gains) == REPLICATES
    error = gains.std(ddof=1) / np.sqrt(REPLICATES)
    assert gains.mean() == pytest.approx(DIMENSIONS / (2 * ROWS), abs=4 * error)
    assert gains.mean() > 4 * error


def test_there_is_a_line_per_replicate_for_losses_parameters_and_gains(made: Artefacts) -> None:
    for generation, lineage in ((0, "shared"), (1, "replace")):
        for metric, reference in (("loss", "holdout"), ("excess_risk", "population"), ("doubling_gain", "holdout")):
            found = values(made, metric, generation, lineage)
            assert found["replicate"].to_list() == list(range(REPLICATES))
            assert set(found["reference"]) == {reference}
            assert found["value"].is_finite().all()
    assert (values(made, "loss", 0, "shared")["standard_error"] > 0).all()


def test_independent_columns_are_lost_to_a_model_that_knows_they_are_independent(made: Artefacts) -> None:
    """The population's columns are independent, so shuffling them costs nothing but noise of the order of 1/n."""
    first, later = (
        made.load(made.address(EVALUATION, each, lineage)) for each, lineage in ((0, "shared"), (1, "replace"))
    )
    apart = first.filter(metric="loss", about=INDEPENDENT).sort("replicate")
    assert apart["replicate"].to_list() == list(range(REPLICATES))
    assert abs((apart["value"] - values(made, "loss", 0, "shared")["value"]).mean()) < 1e-9
    assert later.filter(about=INDEPENDENT).is_empty()


def test_only_the_metrics_named_are_measured(made: Artefacts) -> None:
    evaluation = made.load(made.address(EVALUATION, 1, "replace"))
    expected = {"loss", "excess_risk", "fitted_variance", "wasserstein", "doubling_gain"}
    assert set(evaluation["metric"]) == expected


def test_with_own_real_rows_no_two_replicates_share_a_row(made: Artefacts) -> None:
    rows = load_dataset(Slot(made, 0, "shared"))
    assert rows["row_id"].n_unique() == rows.height == REPLICATES * ROWS
    assert set(rows["origin"]) == {"real"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"holdout": 0}, r"'holdout: 0' leaves no rows to measure loss, scaling on"),
        ({"holdout": 0, "metrics": None}, "'holdout: 0' leaves no rows to measure loss on"),
        (
            {"metrics": ["loss"], "endpoints": {"excess_risk": {"tolerance": 0.1}}},
            "'excess_risk' is measured by metric 'population', which 'metrics' does not name",
        ),
        ({"metrics": None, "endpoints": {"doubling_gain": {"tolerance": 0.1}}}, "'metrics' .* include 'scaling'"),
        ({"metrics": None, "endpoints": {"near_copies": {"tolerance": 0.1}}}, "'metrics' .* include 'near_duplicates'"),
        ({"metrics": ["beauty"]}, "metrics"),
    ],
)
def test_metrics_that_cannot_be_measured_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        study(**changes)
