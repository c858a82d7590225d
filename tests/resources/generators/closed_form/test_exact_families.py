"""The exact families: their fits, samples, and readings against the population."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from outcross.resources.errors import BadInput
from outcross.resources.generators.closed_form.categorical import Categorical
from outcross.resources.generators.closed_form.gaussian import Gaussian
from outcross.resources.generators.closed_form.linear import Features, least_squares
from outcross.resources.generators.closed_form.linear_classifier import LinearClassifier
from outcross.resources.generators.closed_form.linear_regression import LinearRegression
from outcross.resources.generators.closed_form.uniform import Uniform
from outcross.resources.generators.contract import CohortModel, Generator
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.seeds import generator
from outcross.resources.sources.population import Population
from tests.resources.cohorts import cohort_of, seeds_of, through_files

REPLICATES = (0, 3, 4)
SIZES = {0: 40, 3: 40, 4: 25}
"""Two replicates of one size, which are fitted in one batch, and one of another."""

CASES: dict[str, tuple[dict[str, Any], Generator]] = {
    "gaussian, diagonal": ({"family": "gaussian", "dimensions": 3}, Gaussian(covariance="diagonal")),
    "gaussian, known": ({"family": "gaussian", "dimensions": 3}, Gaussian(covariance="known", deviation=1.0)),
    "gaussian, biased": ({"family": "gaussian", "dimensions": 2}, Gaussian(covariance="diagonal", sampling_bias=0.5)),
    "uniform": ({"family": "uniform"}, Uniform()),
    "categorical": ({"family": "categorical", "probabilities": (0.6, 0.3, 0.1)}, Categorical()),
    "regression, same": (
        {"family": "regression", "coefficients": (1.0, -1.0)},
        LinearRegression(kind="linear_regression", noise=1.0, design="same"),
    ),
    "regression, fresh": (
        {"family": "regression", "coefficients": (1.0, -1.0)},
        LinearRegression(kind="linear_regression", noise=1.0, design="fresh"),
    ),
    "classifier": ({"family": "classes", "dimensions": 3}, LinearClassifier(label_noise=0.2)),
}
each_case = pytest.mark.parametrize("name", CASES)


def parts_of(name: str) -> tuple[dict[int, pl.DataFrame], Schema, dict[str, Any]]:
    data = Population(rows=sum(SIZES.values()), seed=5, of=CASES[name][0]).load()
    start, parts = 0, {}
    for replicate, size in SIZES.items():
        parts[replicate] = data.rows[start : start + size]
        start += size
    assert data.truth is not None
    return parts, data.schema, dict(data.truth)


def fitted(name: str, *replicates: int) -> CohortModel:
    parts, schema, _ = parts_of(name)
    return CASES[name][1].fit(cohort_of(schema, {number: parts[number] for number in replicates or REPLICATES}))


@each_case
def test_readings_have_a_line_per_replicate_and_are_none_for_another_family(name: str) -> None:
    model, truth = fitted(name), parts_of(name)[2]
    readings = model.readings(truth)
    assert readings is not None
    assert readings.filter(pl.col("metric") == readings["metric"][0])["replicate"].to_list() == list(REPLICATES)
    assert readings["value"].is_finite().all()
    assert model.readings({"family": "another"}) is None


@each_case
def test_models_of_several_replicates_draw_the_same_rows_after_they_were_stored(name: str, tmp_path: Path) -> None:
    model = fitted(name)
    again, seeds = through_files(model, CASES[name][1], tmp_path), seeds_of(REPLICATES)
    assert again.sample(rows=25, seeds=seeds).equals(model.sample(rows=25, seeds=seeds))


@each_case
def test_rows_of_weight_0_are_absent(name: str) -> None:
    parts, schema, truth = parts_of(name)
    rows = parts[0]
    weights = [1.0] * 20 + [0.0] * 20
    weighted = CASES[name][1].fit(cohort_of(schema, {0: rows}, {0: weights})).readings(truth)
    shorter = CASES[name][1].fit(cohort_of(schema, {0: rows[:20]})).readings(truth)
    assert weighted is not None
    assert shorter is not None
    np.testing.assert_allclose(weighted["value"], shorter["value"], rtol=1e-9)


@pytest.mark.parametrize("name", [name for name in CASES if name != "classifier"])
def test_the_training_loss_is_the_mean_loss_of_the_rows_each_by_its_weight(name: str) -> None:
    parts, schema, _ = parts_of(name)
    draws = np.random.default_rng(2)
    weights = {number: draws.choice([0.0, 0.5, 1.0, 3.0], size).tolist() for number, size in SIZES.items()}
    model = CASES[name][1].fit(cohort_of(schema, parts, weights))
    for place, number in enumerate(REPLICATES):
        loss = model.loss(parts[number], seeds={})
        assert loss is not None
        nats, own = loss.filter(replicate=number)["nats"].to_numpy(), np.array(weights[number])
        assert model.fit_loss[place] == pytest.approx((nats[own > 0] @ own[own > 0]) / own.sum(), rel=1e-9)


def reading(model: CohortModel, truth: dict[str, Any], metric: str) -> np.ndarray:
    readings = model.readings(truth)
    assert readings is not None
    return readings.filter(pl.col("metric") == metric)["value"].to_numpy()


def test_a_gaussian_reads_its_moments_in_units_of_the_population() -> None:
    parts, schema, truth = parts_of("gaussian, diagonal")
    truth |= {"mean": 0.5, "deviation": 2.0}
    model = Gaussian(covariance="diagonal", ddof=0).fit(cohort_of(schema, parts))
    for index, number in enumerate(REPLICATES):
        values = parts[number].to_numpy()
        error, variance = (values.mean(axis=0) - 0.5) / 2, values.var(axis=0) / 4
        assert reading(model, truth, "excess_risk")[index] == pytest.approx((error**2).mean())
        assert reading(model, truth, "fitted_variance")[index] == pytest.approx(variance.mean())
        distance = (error**2 + (np.sqrt(variance) - 1) ** 2).mean()
        assert reading(model, truth, "wasserstein")[index] == pytest.approx(distance)


def test_a_known_deviation_is_kept_and_a_sampling_bias_shrinks_the_samples() -> None:
    parts, schema, _ = parts_of("gaussian, known")
    known = Gaussian(covariance="known", deviation=3.0).fit(cohort_of(schema, parts))
    drawn = known.sample(rows=20_000, seeds=seeds_of(REPLICATES)).filter(pl.col("replicate") == 3)
    variances = drawn.drop("replicate").to_numpy().var(axis=0)
    np.testing.assert_allclose(variances, 9.0, rtol=4 * np.sqrt(2 / 20_000))
    biased = Gaussian(covariance="diagonal", sampling_bias=0.25).fit(cohort_of(schema, parts))
    drawn = biased.sample(rows=20_000, seeds=seeds_of(REPLICATES)).filter(pl.col("replicate") == 3)
    expected = 0.25 * parts[3].to_numpy().var(axis=0, ddof=1)
    np.testing.assert_allclose(drawn.drop("replicate").to_numpy().var(axis=0), expected, rtol=4 * np.sqrt(2 / 20_000))


def test_a_uniform_reads_its_largest_row_and_never_samples_beyond_it() -> None:
    parts, _, truth = parts_of("uniform")
    model = fitted("uniform")
    largest = [parts[number]["x1"].max() for number in REPLICATES]
    assert reading(model, truth, "support").tolist() == largest
    drawn = model.sample(rows=5000, seeds=seeds_of(REPLICATES)).group_by("replicate").agg(pl.col("x1").max())
    for (_, found), upper in zip(drawn.sort("replicate").iter_rows(), largest, strict=True):
        assert 0.99 * upper < found <= upper
    assert model.loss(pl.DataFrame({"x1": [2.0]}), seeds={})["nats"].to_list() == [float("inf")] * 3


def test_a_categorical_reads_its_frequencies_and_never_samples_what_it_lost() -> None:
    schema = Schema((Column(name="state", role=Role.CATEGORICAL),))
    parts = {0: pl.DataFrame({"state": ["0", "0", "1", "1"]}), 1: pl.DataFrame({"state": ["0", "2", "2", "2"]})}
    model = Categorical().fit(cohort_of(schema, parts))
    truth = {"family": "categorical", "probabilities": [0.5, 0.3, 0.2]}
    expected = np.array([1 - 0.5, 1 - (0.25**2 + 0.75**2)]) / (1 - 0.38)
    np.testing.assert_allclose(reading(model, truth, "diversity"), expected)
    drawn = model.sample(rows=4000, seeds=seeds_of([0, 1]))
    shares = drawn.group_by("replicate", "state").len().sort("replicate", "state").rows()
    assert {(replicate, state) for replicate, state, _ in shares} == {(0, "0"), (0, "1"), (1, "0"), (1, "2")}
    counts = {(replicate, state): count for replicate, state, count in shares}
    assert counts[1, "2"] / 4000 == pytest.approx(0.75, abs=4 * np.sqrt(0.75 * 0.25 / 4000))
    nats = model.loss(pl.DataFrame({"state": ["1", "2"]}), seeds={})["nats"].to_list()
    assert nats == pytest.approx([np.log(2), np.inf, np.inf, -np.log(0.75)])


def test_a_regression_is_least_squares_and_relabels_or_draws_by_its_design() -> None:
    parts, _, truth = parts_of("regression, same")
    same, fresh = fitted("regression, same"), fitted("regression, fresh")
    for index, number in enumerate(REPLICATES):
        features, target = parts[number].select("x1", "x2").to_numpy(), parts[number]["y"].to_numpy()
        solved = np.linalg.lstsq(features, target, rcond=None)[0]
        expected = ((solved - np.array([1.0, -1.0])) ** 2).sum()
        assert reading(same, truth, "excess_risk")[index] == pytest.approx(expected)
        relabelled = same.sample(rows=25, seeds=seeds_of(REPLICATES)).filter(pl.col("replicate") == number)
        np.testing.assert_array_equal(relabelled.select("x1", "x2"), features[:25])
        assert not np.array_equal(relabelled["y"], target[:25])
    drawn = fresh.sample(rows=25, seeds=seeds_of(REPLICATES)).filter(pl.col("replicate") == 0)
    assert not np.array_equal(drawn["x1"], parts[0]["x1"][:25])


def test_a_labeller_of_known_bias_replaces_the_fit() -> None:
    parts, schema, _ = parts_of("regression, fresh")
    settings = LinearRegression(kind="linear_regression", noise=0.0, design="fresh", labeller=(5.0, 0.0))
    drawn = settings.fit(cohort_of(schema, parts)).sample(rows=50, seeds=seeds_of(REPLICATES))
    np.testing.assert_allclose(drawn["y"], 5 * drawn["x1"])


def test_a_classifier_reads_the_angle_and_flips_labels_at_the_stated_rate() -> None:
    model, truth = fitted("classifier"), parts_of("classifier")[2]
    random = np.random.default_rng(1).standard_normal((200_000, 3))
    drawn = model.sample(rows=20_000, seeds=seeds_of(REPLICATES))
    for index, number in enumerate(REPLICATES):
        direction = model.tensors()["direction"][index]
        agreed = ((random @ direction > 0) == (random[:, 0] > 0)).mean()
        assert reading(model, truth, "accuracy")[index] == pytest.approx(agreed, abs=0.005)
        rows = drawn.filter(pl.col("replicate") == number)
        right = (rows.select("x1", "x2", "x3").to_numpy() @ direction > 0) == (rows["y"] == "1").to_numpy()
        assert 1 - right.mean() == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / 20_000))


TABLE = Schema((Column(name="x1", role=Role.NUMERIC), Column(name="state", role=Role.CATEGORICAL)))


@pytest.mark.parametrize(
    ("settings", "schema", "words"),
    [
        (Uniform(), TABLE, "'state' does not hold real numbers"),
        (Categorical(), TABLE, "'x1' has role 'numeric'"),
        (LinearClassifier(), TABLE, "no column has role 'label'"),
        (LinearRegression(kind="linear_regression", noise=1, design="fresh"), TABLE, "no column 'y'"),
        (LinearRegression(kind="linear_regression", noise=1, design="fresh", target="x1"), TABLE, "'state'"),
    ],
)
def test_columns_that_a_family_cannot_model_are_rejected(settings: Generator, schema: Schema, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        settings.check(schema)


def test_a_uniform_rejects_values_below_zero() -> None:
    schema = Schema((Column(name="x1", role=Role.NUMERIC),))
    with pytest.raises(BadInput, match="'x1' has values below 0"):
        Uniform().fit(cohort_of(schema, {0: pl.DataFrame({"x1": [1.0, -1.0]})}))


def test_design_has_no_default() -> None:
    with pytest.raises(ValidationError, match="design"):
        LinearRegression.model_validate({"kind": "linear_regression", "noise": 1.0})
    with pytest.raises(ValidationError, match="noise"):
        LinearRegression.model_validate({"kind": "linear_regression", "design": "same"})


class NextToOne:
    """Draws of which the sum with a whole number is rounded up to the next one."""

    def random(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.full(shape, np.nextafter(1.0, 0.0))


def test_a_draw_next_to_1_is_the_last_category_that_its_replicate_has(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = Schema((Column(name="state", role=Role.CATEGORICAL),))
    seen = {0: ["0", "1", "2"], 1: ["0", "1", "1"], 2: ["1", "1", "1"], 3: ["0", "2", "2"]}
    model = Categorical().fit(cohort_of(schema, {place: pl.DataFrame({"state": each}) for place, each in seen.items()}))
    monkeypatch.setattr("outcross.resources.generators.closed_form.categorical.generator", lambda seed: NextToOne())
    drawn = model.sample(rows=2, seeds=dict.fromkeys(seen, 0))
    assert drawn["state"].to_list() == ["2", "2", "1", "1", "1", "1", "2", "2"]


X1, STATE, Y = (
    Column(name="x1", role=Role.NUMERIC),
    Column(name="state", role=Role.LABEL),
    Column(name="y", role=Role.NUMERIC),
)
NUMERIC_FAMILIES: dict[str, tuple[Generator, tuple[Column, ...]]] = {
    "gaussian": (Gaussian(), (X1,)),
    "uniform": (Uniform(), (X1,)),
    "regression": (LinearRegression(kind="linear_regression", noise=1, design="fresh"), (X1, Y)),
    "classifier": (LinearClassifier(), (X1, STATE)),
}
ODD = {
    "whole numbers": Column(name="odd", role=Role.NUMERIC, integer=True),
    "nulls": Column(name="odd", role=Role.NUMERIC, nullable=True),
    "categories": Column(name="odd", role=Role.CATEGORICAL),
    "groups": Column(name="odd", role=Role.GROUP),
}


@pytest.mark.parametrize("family", NUMERIC_FAMILIES)
@pytest.mark.parametrize("odd", ODD)
def test_each_column_that_is_not_of_real_numbers_without_nulls_is_rejected(family: str, odd: str) -> None:
    settings, columns = NUMERIC_FAMILIES[family]
    settings.check(Schema(columns))
    with pytest.raises(BadInput, match=r"column 'odd' .*; .*(role 'ignore'|kind 'copula')"):
        settings.check(Schema((*columns, ODD[odd])))


@pytest.mark.parametrize("role", [Role.CATEGORICAL, Role.LABEL, Role.GROUP])
def test_categories_may_have_any_discrete_role(role: Role) -> None:
    Categorical().check(Schema((Column(name="state", role=role),)))


def test_a_label_or_a_target_alone_has_no_features() -> None:
    with pytest.raises(BadInput, match="the label is the only column; add numeric features"):
        LinearClassifier().check(Schema((STATE,)))
    with pytest.raises(BadInput, match="the target is the only column; add numeric features"):
        NUMERIC_FAMILIES["regression"][0].check(Schema((Y,)))


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_as_many_rows_as_features_are_enough_for_a_regression(rows: int) -> None:
    features = np.array([[[1.0, 0.5], [0.25, 2.0], [1.0, 1.0]]])[:, :rows]
    targets, weights = features @ [3.0, -1.0], np.ones((1, rows))
    if rows < 2:
        with pytest.raises(BadInput, match="a replicate has 1 rows for 2 features"):
            least_squares(features, targets, weights, kind="mine")
        return
    assert least_squares(features, targets, weights, kind="mine")[0] == pytest.approx([3.0, -1.0])


@pytest.mark.parametrize(("apart", "refused"), [(1e-4, False), (1e-6, True)])
def test_features_that_hardly_differ_are_dependent(apart: float, refused: bool) -> None:
    one = np.random.default_rng(1).normal(size=(1, 50, 1))
    features = np.concatenate([one, one + apart * np.random.default_rng(2).normal(size=(1, 50, 1))], axis=2)
    if refused:
        with pytest.raises(BadInput, match="not linearly independent"):
            least_squares(features, features[..., 0], np.ones((1, 50)), kind="mine")
    else:
        found = least_squares(features, features[..., 0], np.ones((1, 50)), kind="mine")
        assert found[0] == pytest.approx([1.0, 0.0], abs=1e-5)


def test_the_same_design_gives_its_first_rows_and_no_more_than_the_shortest_has() -> None:
    training = [np.arange(6.0).reshape(3, 2), np.arange(8.0).reshape(4, 2)]
    features = Features("same", training, 2)
    drawn, streams = features.draw([0, 5], {0: 1, 5: 2}, 3)
    assert drawn.tolist() == [training[0].tolist(), training[1][:3].tolist()]
    assert [stream.random() for stream in streams] == [generator(1).random(), generator(2).random()]
    with pytest.raises(BadInput, match="can relabel the 3 rows of its design, but 4 are requested"):
        features.draw([0, 5], {0: 1, 5: 2}, 4)
    fresh, _ = Features("fresh", [], 2).draw([5], {5: 2}, 4)
    np.testing.assert_array_equal(fresh[0], generator(2).standard_normal((4, 2)))
