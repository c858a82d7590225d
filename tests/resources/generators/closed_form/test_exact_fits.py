"""Fits, losses and samples of the exact families, compared with NumPy and SciPy on small data."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from outcross.resources.errors import BadInput
from outcross.resources.generators.closed_form.categorical import Categorical
from outcross.resources.generators.closed_form.gaussian import Gaussian
from outcross.resources.generators.closed_form.linear_classifier import LinearClassifier
from outcross.resources.generators.closed_form.linear_regression import LinearRegression
from outcross.resources.generators.closed_form.uniform import Uniform
from outcross.resources.generators.contract import CohortModel, Generator
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.population import Population
from tests.resources.cohorts import cohort_of, seeds_of

DRAWN = 40_000


def population(rows: int = 60, **of: Any) -> tuple[pl.DataFrame, Schema, dict[str, Any]]:
    data = Population.model_validate({"rows": rows, "seed": 3, "of": of}).load()
    assert data.truth is not None
    return data.rows, data.schema, dict(data.truth)


def regression(**settings: Any) -> LinearRegression:
    return LinearRegression.model_validate({"kind": "linear_regression", "noise": 0.5, "design": "fresh", **settings})


def uneven(rows: int) -> list[float]:
    weights = np.random.default_rng(4).uniform(0.2, 1.8, rows)
    return (weights / weights.mean()).tolist()


def values_of(model: CohortModel, truth: dict[str, Any]) -> dict[str, float]:
    readings = model.readings(truth)
    assert readings is not None
    return dict(readings.select("metric", "value").iter_rows())


def test_a_regression_solves_weighted_least_squares() -> None:
    rows, schema, _ = population(family="regression", coefficients=[1.0, -2.0, 0.5])
    weights = uneven(rows.height)
    model = regression().fit(cohort_of(schema, {0: rows}, {0: weights}))
    root = np.sqrt(weights)
    features, target = rows.select("x1", "x2", "x3").to_numpy(), rows["y"].to_numpy()
    expected = np.linalg.lstsq(features * root[:, np.newaxis], target * root, rcond=None)[0]
    np.testing.assert_allclose(model.tensors()["coefficients"][0], expected, rtol=1e-10)


def test_a_regression_scores_targets_by_its_stated_noise() -> None:
    from scipy.stats import norm

    rows, schema, _ = population(family="regression", coefficients=[1.0, -2.0])
    model = regression(noise=0.7).fit(cohort_of(schema, {0: rows[:40]}))
    predicted = rows[40:].select("x1", "x2").to_numpy() @ model.tensors()["coefficients"][0]
    loss = model.loss(rows[40:], seeds={0: 0})
    assert loss is not None
    np.testing.assert_allclose(loss["nats"], -norm(predicted, 0.7).logpdf(rows["y"][40:]), rtol=1e-10)


def test_labels_of_a_regression_have_the_stated_noise_about_the_fit() -> None:
    rows, schema, _ = population(family="regression", coefficients=[1.0, -2.0])
    model = regression().fit(cohort_of(schema, {0: rows}))
    drawn = model.sample(rows=DRAWN, seeds=seeds_of([0]))
    features = drawn.select("x1", "x2").to_numpy()
    residual = drawn["y"].to_numpy() - features @ model.tensors()["coefficients"][0]
    assert residual.mean() == pytest.approx(0, abs=4 * 0.5 / np.sqrt(DRAWN))
    assert residual.std() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(2 * DRAWN))
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=4 / np.sqrt(DRAWN))
    np.testing.assert_allclose(features.var(axis=0), 1, atol=4 * np.sqrt(2 / DRAWN))


def test_a_classifier_is_least_squares_on_signs() -> None:
    rows, schema, truth = population(family="classes", dimensions=3)
    model = LinearClassifier().fit(cohort_of(schema, {0: rows}))
    features, signs = rows.select("x1", "x2", "x3").to_numpy(), np.where(rows["y"] == "1", 1.0, -1.0)
    expected = np.linalg.lstsq(features, signs, rcond=None)[0]
    np.testing.assert_allclose(model.tensors()["direction"][0], expected, rtol=1e-10)
    angle = np.arccos(expected[0] / np.linalg.norm(expected))
    assert values_of(model, truth) == pytest.approx({"accuracy": 1 - angle / np.pi})
    assert model.loss(rows, seeds={0: 0}) is None


@pytest.mark.parametrize("only", ["0", "1"])
def test_a_replicate_of_one_class_never_makes_the_class_of_another(only: str) -> None:
    rows, schema, _ = population(family="classes", dimensions=2)
    of_one = rows.filter(pl.col("y") == only)
    together = LinearClassifier().fit(cohort_of(schema, {0: of_one, 1: rows}))
    alone = LinearClassifier().fit(cohort_of(schema, {0: of_one}))
    seeds = seeds_of([0, 1])
    drawn = together.sample(rows=50, seeds=seeds)
    assert drawn.filter(pl.col("replicate") == 0).equals(alone.sample(rows=50, seeds={0: seeds[0]}))
    assert set(drawn.filter(pl.col("replicate") == 0)["y"]) == {only}
    assert set(drawn.filter(pl.col("replicate") == 1)["y"]) == {"0", "1"}


def test_a_class_without_weight_is_never_made() -> None:
    rows, schema, _ = population(family="classes", dimensions=2)
    weights = (rows["y"] == "0").cast(pl.Float64).to_list()
    model = LinearClassifier().fit(cohort_of(schema, {0: rows}, {0: weights}))
    assert set(model.sample(rows=50, seeds=seeds_of([0]))["y"]) == {"0"}


def test_with_a_known_deviation_only_the_mean_is_estimated() -> None:
    from scipy.stats import norm

    rows, schema, _ = population(family="gaussian", dimensions=2)
    model = Gaussian(covariance="known", deviation=3.0).fit(cohort_of(schema, {0: rows[:1]}))
    np.testing.assert_allclose(model.tensors()["mean"][0], rows[:1].to_numpy()[0])
    loss = model.loss(rows, seeds={0: 0})
    assert loss is not None
    expected = -norm(rows[:1].to_numpy(), 3.0).logpdf(rows.to_numpy()).sum(axis=1)
    np.testing.assert_allclose(loss["nats"], expected, rtol=1e-10)


def test_a_sampling_bias_shrinks_a_full_covariance_about_its_mean() -> None:
    rows, schema, _ = population(family="gaussian", dimensions=2, mean=5.0)
    mixed = rows.with_columns(x2=pl.col("x1") + pl.col("x2"))
    model = Gaussian(sampling_bias=0.5).fit(cohort_of(schema, {0: mixed}))
    drawn = model.sample(rows=DRAWN, seeds=seeds_of([0])).drop("replicate").to_numpy()
    covariance = 0.5 * np.cov(mixed.to_numpy().T)
    deviation = np.sqrt(np.diag(covariance))
    error = 4 * deviation / np.sqrt(DRAWN)
    assert (np.abs(drawn.mean(axis=0) - mixed.to_numpy().mean(axis=0)) < error).all()
    # A sample covariance has variance (σᵢᵢσⱼⱼ + σᵢⱼ²)/n under normality.
    spread = np.sqrt((np.outer(deviation, deviation) ** 2 + covariance**2) / DRAWN)
    assert (np.abs(np.cov(drawn.T) - covariance) < 4 * spread).all()


def test_a_full_covariance_of_several_columns_has_no_wasserstein_reading() -> None:
    rows, schema, truth = population(family="gaussian", dimensions=2, mean=1.0, deviation=2.0)
    found = values_of(Gaussian().fit(cohort_of(schema, {0: rows})), truth)
    values = rows.to_numpy()
    expected = {"excess_risk": ((values.mean(axis=0) - 1) ** 2).mean() / 4}
    expected["fitted_variance"] = values.var(axis=0, ddof=1).mean() / 4
    assert found == pytest.approx(expected)
    rows, schema, truth = population(family="gaussian")
    assert "wasserstein" in values_of(Gaussian().fit(cohort_of(schema, {0: rows})), truth)


def test_a_uniform_fits_the_largest_value_and_fills_the_interval_below() -> None:
    rows, schema, truth = population(family="uniform", upper=4.0)
    model = Uniform().fit(cohort_of(schema, {0: rows}))
    largest = rows["x1"].to_numpy().max()
    assert values_of(model, truth) == pytest.approx({"support": largest / 4})
    drawn = model.sample(rows=DRAWN, seeds=seeds_of([0]))["x1"].to_numpy()
    assert drawn.mean() == pytest.approx(largest / 2, abs=4 * largest / np.sqrt(12 * DRAWN))
    assert drawn.var() == pytest.approx(largest**2 / 12, abs=4 * largest**2 / np.sqrt(180 * DRAWN))
    assert model.fit_loss == pytest.approx([np.log(largest)])


def test_a_categorical_counts_rows_by_their_weights_and_a_null_is_a_category() -> None:
    schema = Schema((Column(name="state", role=Role.CATEGORICAL, nullable=True),))
    rows = pl.DataFrame({"state": ["a", "a", "b", None]})
    model = Categorical().fit(cohort_of(schema, {0: rows}, {0: [0.4, 0.4, 1.2, 2.0]}))
    loss = model.loss(pl.DataFrame({"state": ["a", "b", None, "c"]}), seeds={0: 0})
    assert loss is not None
    np.testing.assert_allclose(loss["nats"], [-np.log(0.2), -np.log(0.3), np.log(2), np.inf])
    drawn = model.sample(rows=DRAWN, seeds=seeds_of([0]))["state"]
    for state, probability in (("a", 0.2), ("b", 0.3), (None, 0.5)):
        error = np.sqrt(probability * (1 - probability) / DRAWN)
        share = drawn.eq_missing(pl.Series([state], dtype=pl.String)).mean()
        assert share == pytest.approx(probability, abs=4 * error)


def test_the_same_design_labels_at_most_its_own_rows() -> None:
    rows, schema, _ = population(family="regression", coefficients=[1.0])
    model = regression(design="same").fit(cohort_of(schema, {0: rows[:20]}))
    with pytest.raises(BadInput, match=r"relabel the 20 rows of its design, but 21 are requested; use 'design: fresh'"):
        model.sample(rows=21, seeds=seeds_of([0]))


@pytest.mark.parametrize("change", [pl.col("x1") * 3.0, pl.lit(0.0)], ids=["a multiple", "a constant nought"])
def test_linearly_dependent_features_raise(change: pl.Expr) -> None:
    rows, schema, _ = population(family="regression", coefficients=[1.0, 1.0])
    with pytest.raises(BadInput, match="not linearly independent; raise 'rows', or drop columns"):
        regression().fit(cohort_of(schema, {0: rows.with_columns(x2=change)}))


def test_fewer_rows_than_features_raise() -> None:
    rows, schema, _ = population(family="regression", coefficients=[1.0, 1.0, 1.0])
    with pytest.raises(BadInput, match="2 rows for 3 features"):
        regression().fit(cohort_of(schema, {0: rows[:2]}))


@pytest.mark.parametrize("labels", [["0", "1", "2"], ["0", "1", None]])
def test_a_label_with_nulls_or_more_than_two_classes_raises(labels: list[str | None]) -> None:
    rows, schema, _ = population(family="classes")
    with pytest.raises(
        BadInput, match=r"'y' has 3 values \(a null counts as one\), but at most 2 classes and no nulls are allowed"
    ):
        LinearClassifier().fit(cohort_of(schema, {0: rows.with_columns(y=pl.Series(labels * 20))}))


def test_a_labeller_has_a_coefficient_for_each_feature() -> None:
    with pytest.raises(
        BadInput, match="'labeller' has 1 coefficients for 2 features; give one coefficient per feature"
    ):
        regression(labeller=[1.0]).check(population(family="regression", coefficients=[1.0, 1.0])[1])


@pytest.mark.parametrize(
    ("generator", "settings"),
    [
        (Gaussian, {"deviation": 0.0}),
        (Gaussian, {"deviation": float("inf")}),
        (Gaussian, {"sampling_bias": 0.0}),
        (Gaussian, {"sampling_bias": 1.1}),
        (Gaussian, {"covariance": "banded"}),
        (LinearClassifier, {"label_noise": -0.1}),
        (LinearClassifier, {"label_noise": 1.1}),
        (LinearRegression, {"design": "same", "noise": -1.0}),
        (LinearRegression, {"design": "same", "noise": float("inf")}),
        (LinearRegression, {"design": "same", "noise": 1.0, "labeller": [float("nan")]}),
        (LinearRegression, {"design": "other", "noise": 1.0}),
    ],
)
def test_settings_outside_their_range_are_rejected_by_name(
    generator: type[Generator], settings: dict[str, Any]
) -> None:
    kind = {"kind": "linear_regression"} if generator is LinearRegression else {}
    with pytest.raises(ValidationError) as refusal:
        generator.model_validate({**kind, **settings})
    assert {error["loc"][0] for error in refusal.value.errors()} <= set(settings)


def test_without_noise_a_regression_gives_what_it_predicts_no_loss_and_all_else_an_infinite_one() -> None:
    rows, schema, _ = population(family="regression", coefficients=[1.0])
    exact = rows.with_columns(x1=pl.col("x1").round(2)).with_columns(y=pl.col("x1") * 2)
    model = regression(noise=0.0, labeller=[2.0]).fit(cohort_of(schema, {0: exact[:2]}))
    predicted = model.tensors()["coefficients"][0, 0] * exact["x1"]
    asked = exact.with_columns(y=predicted)[2:6].vstack(exact.with_columns(y=predicted - 1)[6:8])
    loss = model.loss(asked, seeds={0: 0})
    assert loss is not None
    assert loss["nats"].to_list() == [0.0] * 4 + [np.inf] * 2


def test_the_training_loss_of_a_regression_is_weighted_by_the_rows() -> None:
    rows, schema, _ = population(family="regression", coefficients=[1.0, -2.0])
    weights = uneven(rows.height)
    model = regression(noise=0.5).fit(cohort_of(schema, {0: rows}, {0: weights}))
    loss = model.loss(rows, seeds={0: 0})
    assert loss is not None
    assert model.fit_loss == pytest.approx([np.average(loss["nats"], weights=weights)])


def test_both_ends_of_a_uniform_are_inside_and_nothing_beyond() -> None:
    schema = Schema((Column(name="x1", role=Role.NUMERIC), Column(name="x2", role=Role.NUMERIC)))
    rows = pl.DataFrame({"x1": [1.0, 3.0], "x2": [8.0, 0.0]})
    model = Uniform().fit(cohort_of(schema, {0: rows}))
    asked = [(3.0, 8.0), (0.0, 0.0), (np.nextafter(3.0, 4.0), 1.0), (1.0, np.nextafter(8.0, 9.0)), (-1e-300, 1.0)]
    loss = model.loss(pl.DataFrame(asked, schema=["x1", "x2"], orient="row"), seeds={})
    assert loss is not None
    assert loss["nats"].to_list() == pytest.approx([np.log(24)] * 2 + [np.inf] * 3)
    assert model.fit_loss == pytest.approx([np.log(24)])


def test_a_uniform_of_nothing_but_zero_is_fitted() -> None:
    schema = Schema((Column(name="x1", role=Role.NUMERIC),))
    model = Uniform().fit(cohort_of(schema, {0: pl.DataFrame({"x1": [0.0, 0.0]})}))
    assert model.sample(rows=2, seeds=seeds_of([0]))["x1"].to_list() == [0.0, 0.0]
