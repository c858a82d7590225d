import numpy as np
import polars as pl
import pytest

from outcross.resources.errors import BadInput
from outcross.resources.generators.closed_form.gaussian import Gaussian
from outcross.resources.schema import Column, Role, Schema
from tests.resources.cohorts import cohort_of

NAMES = ["mean radius", "mean texture", "mean smoothness", "mean symmetry"]
SCHEMA = Schema(tuple(Column(name=name, role=Role.NUMERIC) for name in NAMES))
LINE = Schema((Column(name="x", role=Role.NUMERIC),))


@pytest.fixture(scope="module")
def tumours():
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    frame = pl.DataFrame(bunch.data, schema=[str(name) for name in bunch.feature_names])
    return frame.select(NAMES)


def standard_rows(seed, replicates, rows):
    values = np.random.default_rng(seed).standard_normal((replicates, rows))
    return cohort_of(LINE, {number: pl.DataFrame({"x": values[number]}) for number in range(replicates)})


@pytest.mark.parametrize("ddof", [0, 1])
def test_the_moments_are_the_weighted_moments_of_the_rows(tumours, ddof):
    weights = np.random.default_rng(1).uniform(0.2, 1.8, tumours.height)
    weights /= weights.mean()
    model = Gaussian(ddof=ddof).fit(cohort_of(SCHEMA, {0: tumours}, {0: weights.tolist()}))
    tensors = model.tensors()
    np.testing.assert_allclose(tensors["mean"][0], np.average(tumours, axis=0, weights=weights), rtol=1e-12)
    expected = np.cov(tumours.to_numpy().T, aweights=weights, ddof=ddof)
    np.testing.assert_allclose(tensors["covariance"][0], expected, rtol=1e-10, atol=1e-15)


def test_the_loss_is_the_negative_log_density(tumours):
    from scipy.stats import multivariate_normal

    model = Gaussian().fit(cohort_of(SCHEMA, {0: tumours[:400]}))
    holdout = tumours[400:]
    tensors = model.tensors()
    expected = -multivariate_normal(tensors["mean"][0], tensors["covariance"][0]).logpdf(holdout.to_numpy())
    loss = model.loss(holdout, seeds={0: 0})
    np.testing.assert_allclose(loss["nats"], expected, rtol=1e-9)
    assert loss["units"].to_list() == [1] * holdout.height


def test_a_diagonal_covariance_scores_columns_independently(tumours):
    from scipy.stats import norm

    model = Gaussian(covariance="diagonal").fit(cohort_of(SCHEMA, {0: tumours}))
    values = tumours.to_numpy()
    expected = -norm(values.mean(axis=0), values.std(axis=0, ddof=1)).logpdf(values).sum(axis=1)
    np.testing.assert_allclose(model.loss(tumours, seeds={0: 0})["nats"], expected, rtol=1e-9)


def test_samples_have_the_moments_of_the_rows(tumours):
    model = Gaussian().fit(cohort_of(SCHEMA, {0: tumours}))
    drawn = model.sample(rows=40_000, seeds={0: 7}).drop("replicate").to_numpy()
    real = tumours.to_numpy()
    standard_error = real.std(axis=0) / np.sqrt(len(drawn))
    assert np.all(np.abs(drawn.mean(axis=0) - real.mean(axis=0)) < 5 * standard_error)
    np.testing.assert_allclose(np.corrcoef(drawn.T), np.corrcoef(real.T), atol=0.03)
    np.testing.assert_allclose(drawn.std(axis=0), real.std(axis=0), rtol=0.02)


def test_log_variance_drifts_over_a_generation_as_theory_predicts():
    from scipy.special import digamma

    replicates, rows = 3_000, 10
    model = Gaussian().fit(standard_rows(2, replicates, rows))
    log_variance = np.log(model.tensors()["covariance"].ravel())
    # (M − 1) s² is χ² with M − 1 degrees of freedom.
    drift = digamma((rows - 1) / 2) + np.log(2 / (rows - 1))
    assert abs(log_variance.mean() - drift) < 4 * log_variance.std() / np.sqrt(replicates)


def test_a_chain_collapses_to_points_without_failing():
    replicates, cohort = 20, standard_rows(3, 20, 4)
    for step in range(250):
        model = Gaussian().fit(cohort)
        drawn = model.sample(rows=4, seeds={number: step * replicates + number for number in range(replicates)})
        assert drawn["x"].is_finite().all()
        cohort = cohort_of(LINE, {number: drawn.filter(replicate=number) for number in range(replicates)})
    assert model.card()["lowest_rank"] == 0
    nats = model.loss(pl.DataFrame({"x": [0.0, 1.0]}), seeds={})["nats"]
    assert not nats.is_nan().any()
    assert nats.is_infinite().any()


def test_a_constant_column_is_sampled_as_it_is_and_off_it_the_loss_is_infinite(tumours):
    schema = Schema((*SCHEMA.columns, Column(name="unit", role=Role.NUMERIC)))
    rows = tumours.with_columns(unit=pl.lit(0.1))
    model = Gaussian().fit(cohort_of(schema, {0: rows}))
    assert model.sample(rows=50, seeds={0: 1})["unit"].to_list() == pytest.approx([0.1] * 50, rel=1e-12)
    held = model.loss(rows[:2].with_columns(unit=pl.Series([0.1, 0.2])), seeds={0: 1})["nats"]
    without = Gaussian().fit(cohort_of(SCHEMA, {0: tumours})).loss(tumours[:1], seeds={0: 1})["nats"]
    assert held[0] == pytest.approx(without[0], rel=1e-9)
    assert held[1] == np.inf


def test_a_dependent_column_stays_dependent_and_off_the_plane_the_loss_is_infinite(tumours):
    schema = Schema((*SCHEMA.columns, Column(name="sum", role=Role.NUMERIC)))
    total = pl.col("mean radius") + pl.col("mean texture")
    rows = tumours.with_columns(sum=total)
    model = Gaussian().fit(cohort_of(schema, {0: rows}))
    drawn = model.sample(rows=100, seeds={0: 1})
    assert drawn["sum"].to_list() == pytest.approx(drawn.select(total).to_series().to_list(), rel=1e-6)
    nats = model.loss(rows[:2].with_columns(sum=pl.Series([rows["sum"][0], 1.0])), seeds={0: 1})["nats"]
    assert np.isfinite(nats[0])
    assert nats[1] == np.inf


def test_columns_of_very_different_scales_do_not_count_as_dependent(tumours):
    scaled = tumours.with_columns(pl.col("mean radius") * 1e9, pl.col("mean texture") * 1e-9)
    model = Gaussian().fit(cohort_of(SCHEMA, {0: scaled}))
    assert model.card()["lowest_rank"] == 4
    assert model.fit_loss == pytest.approx(Gaussian().fit(cohort_of(SCHEMA, {0: tumours})).fit_loss, rel=1e-6)


@pytest.mark.parametrize(
    "column",
    [
        Column(name="odd", role=Role.NUMERIC, integer=True),
        Column(name="odd", role=Role.NUMERIC, nullable=True),
        Column(name="odd", role=Role.LABEL),
        Column(name="odd", role=Role.CATEGORICAL),
    ],
)
def test_columns_that_a_normal_cannot_model_are_rejected(column):
    with pytest.raises(BadInput, match="column 'odd'"):
        Gaussian().check(Schema((*SCHEMA.columns, column)))


def test_values_that_are_not_finite_raise(tumours):
    rows = tumours.with_columns(pl.lit(float("nan")).alias("mean texture"))
    with pytest.raises(BadInput, match="mean texture"):
        Gaussian().fit(cohort_of(SCHEMA, {0: rows}))


def test_one_row_has_no_unbiased_covariance(tumours):
    with pytest.raises(BadInput, match="at least two"):
        Gaussian().fit(cohort_of(SCHEMA, {0: tumours[:1]}))
    assert Gaussian(ddof=0).fit(cohort_of(SCHEMA, {0: tumours[:1]})).card()["lowest_rank"] == 0
