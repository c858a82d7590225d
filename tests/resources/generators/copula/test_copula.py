import numpy as np
import polars as pl
import pytest

from outcross.resources.errors import BadInput
from outcross.resources.generators.copula.latent_normal import (
    cut_points,
    hermite_coefficients,
    log_box_probability,
    match_correlation,
    normal_scores,
)
from outcross.resources.generators.copula.settings import Copula
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.seeds import generator
from tests.resources.cohorts import cohort_of, through_files
from tests.shared_data import shared_data

SCHEMA = Schema(
    (
        Column(name="radius", role=Role.NUMERIC),
        Column(name="texture", role=Role.NUMERIC),
        Column(name="area", role=Role.NUMERIC, integer=True),
        Column(name="concavity", role=Role.NUMERIC),
        Column(name="dent", role=Role.NUMERIC, nullable=True),
        Column(name="size", role=Role.CATEGORICAL, nullable=True),
        Column(name="diagnosis", role=Role.LABEL),
    )
)


@pytest.fixture(scope="module")
def tumours():
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    frame = pl.DataFrame(bunch.data, schema=[str(name) for name in bunch.feature_names])
    area = pl.col("mean area")
    return frame.select(
        radius="mean radius",
        texture="mean texture",
        area=area.round().cast(pl.Int64),
        # 13 tumours have none at all; below the detection limit there is a heavy point mass.
        concavity=pl.when(pl.col("mean concavity") < 0.03).then(0.0).otherwise(pl.col("mean concavity")),
        dent=pl.when(pl.col("mean concave points") > 0).then(pl.col("mean concave points")),
        size=pl.when(area < 350)
        .then(None)
        .when(area < 900)
        .then(pl.lit("usual"))
        .when(area < 1600)
        .then(pl.lit("large"))
        .otherwise(pl.lit("giant")),
        diagnosis=pl.Series(["benign" if label else "malignant" for label in bunch.target]),
    )


@pytest.fixture(scope="module")
def model(tumours):
    return Copula().fit(cohort_of(SCHEMA, {0: tumours}))


@pytest.fixture(scope="module")
def drawn(model):
    return model.sample(rows=20_000, seeds={0: 11}).drop("replicate")


@pytest.fixture(scope="module")
def adult():
    rows = pl.read_parquet(shared_data("adult.parquet"))
    columns = [
        Column(name=column.name, role=Role.NUMERIC, integer=True)
        if column.dtype.is_integer()
        else Column(name=column.name, role=Role.CATEGORICAL, nullable=column.null_count() > 0)
        for column in rows
    ]
    schema = Schema(tuple(columns))
    model = Copula().fit(cohort_of(schema, {0: rows}))
    return schema, rows, model, model.sample(rows=rows.height, seeds={0: 1}).drop("replicate")


def shares(column):
    counted = column.value_counts()
    return {value: count / len(column) for value, count in counted.iter_rows()}


def kolmogorov_smirnov(real, drawn):
    from scipy.stats import ks_2samp

    return ks_2samp(real.drop_nulls(), drawn.drop_nulls()).statistic


def total_variation(real, drawn):
    first, second = shares(real), shares(drawn)
    return sum(abs(first.get(value, 0) - second.get(value, 0)) for value in first | second) / 2


def one_column(values, column, **settings):
    schema = Schema((column,))
    rows = pl.DataFrame({column.name: values}, schema=dict(schema.polars))
    return Copula(**settings).fit(cohort_of(schema, {0: rows})), schema


def likelihood(model, schema, values):
    rows = pl.DataFrame({schema.names[0]: values}, schema=dict(schema.polars))
    return np.exp(-model.loss(rows, seeds={0: 0})["nats"].to_numpy())


def test_samples_stay_in_the_training_range(tumours, drawn):
    for column in SCHEMA.numeric:
        real, synthetic = tumours[column.name], drawn[column.name]
        assert real.min() <= synthetic.min() and synthetic.max() <= real.max()
    for column in SCHEMA.discrete:
        assert set(drawn[column.name]) == set(tumours[column.name])


def test_numbers_keep_their_distribution(tumours, drawn):
    for column in SCHEMA.numeric:
        distance = kolmogorov_smirnov(tumours[column.name], drawn[column.name])
        assert distance < 1.63 / np.sqrt(drawn.height) + 0.02, column.name


def test_integers_of_an_interval_are_uniform_including_both_ends():
    model, _ = one_column(list(range(1000)), Column(name="x", role=Role.NUMERIC, integer=True), bins=2)
    counts = np.bincount(model.sample(rows=40_000, seeds={0: 1})["x"], minlength=1000)
    # 40 of each are expected: these bounds lie five and a half standard deviations off.
    assert counts.min() > 5 and counts.max() < 75


def test_floats_are_uniform_in_an_interval():
    model, _ = one_column(list(range(1000)), Column(name="x", role=Role.NUMERIC), bins=2)
    drawn = model.sample(rows=20_000, seeds={0: 1})["x"]
    assert kolmogorov_smirnov(pl.Series(range(1000)), drawn) < 0.02


def test_point_masses_and_nulls_keep_their_share(tumours, drawn):
    zero = (tumours["concavity"] == 0).mean()
    assert zero > 0.2
    assert (drawn["concavity"] == 0).mean() == pytest.approx(zero, abs=0.012)
    assert tumours["dent"].null_count() == 13
    assert drawn["dent"].null_count() / drawn.height == pytest.approx(13 / tumours.height, abs=0.005)


def test_categories_keep_their_frequencies(tumours, drawn):
    for column in SCHEMA.discrete:
        assert total_variation(tumours[column.name], drawn[column.name]) < 0.015


def test_columns_stay_correlated(tumours, drawn):
    names = ["radius", "texture", "area", "concavity"]
    real, synthetic = (frame.select(pl.col(names).rank()).to_numpy().T for frame in (tumours, drawn))
    np.testing.assert_allclose(np.corrcoef(synthetic), np.corrcoef(real), atol=0.06)
    for frame in (tumours, drawn):
        means = frame.group_by("diagnosis").agg(pl.col("radius").mean()).sort("diagnosis")["radius"]
        assert means[1] - means[0] > 4


def test_refitting_to_samples_gives_the_same_correlations(tumours, model):
    # Discrete columns are where a correlation of jittered scores would lose a third of itself at every generation.
    rows = model.sample(rows=30_000, seeds={0: 3}).drop("replicate")
    again = Copula().fit(cohort_of(SCHEMA, {0: rows}))
    first, second = model.members[0].correlation, again.members[0].correlation
    assert abs(first[0, 6]) > 0.6
    np.testing.assert_allclose(second, first, atol=0.05)


def test_the_latent_correlation_of_two_halved_columns_is_matched_exactly():
    mass = np.array([0.5, 0.5])
    cuts = cut_points(mass)
    scores = normal_scores(cuts, mass)
    np.testing.assert_allclose(scores, [-np.sqrt(2 / np.pi), np.sqrt(2 / np.pi)])
    for correlation in (-0.8, 0.0, 0.3, 0.9):
        # Both scores are ±√(2/π); by Sheppard's formula their signs agree with probability ½ + asin ρ / π.
        product = (2 / np.pi) * (2 / np.pi) * np.arcsin(correlation)
        moments = np.array([[1.0, product], [product, 1.0]])
        coefficients = np.stack([hermite_coefficients(cuts, scores)] * 2)
        assert match_correlation(moments, coefficients)[0, 1] == pytest.approx(correlation, abs=1e-3)


def test_simulated_box_probabilities_agree_with_numerical_integration():
    from scipy.stats import multivariate_normal

    correlation = np.array([[1, 0.7, -0.3], [0.7, 1, 0.1], [-0.3, 0.1, 1]])
    lower = np.array([[-np.inf, 0.2, -1.0], [1.5, 1.0, -0.5], [3.5, 3.0, -np.inf]])
    upper = np.array([[0.5, np.inf, 0.4], [2.5, 1.6, np.inf], [np.inf, 4.0, np.inf]])
    expected = [
        multivariate_normal(cov=correlation).cdf(np.minimum(high, 9), lower_limit=np.maximum(low, -9))
        for low, high in zip(lower, upper, strict=True)
    ]
    estimate = log_box_probability(lower, upper, correlation, draws=20_000, random=generator(1))
    np.testing.assert_allclose(np.exp(estimate), expected, rtol=0.03)


def test_the_likelihood_of_categories_sums_to_one():
    values = ["a"] * 60 + ["b"] * 30 + ["c"] * 9 + [None]
    model, schema = one_column(values, Column(name="x", role=Role.CATEGORICAL, nullable=True), alphabet=50)
    seen = likelihood(model, schema, ["a", "b", "c", None])
    unseen = likelihood(model, schema, ["never"])[0]
    assert seen.sum() + (50 - 4) * unseen == pytest.approx(1, abs=1e-9)
    assert 0 < unseen < seen.min()


def test_the_joint_likelihood_of_two_correlated_columns_sums_to_one(tumours):
    schema = Schema(tuple(column for column in SCHEMA.columns if column.name in ("size", "diagnosis")))
    model = Copula(draws=4000).fit(cohort_of(schema, {0: tumours}))
    pairs = [(size, label) for size in ("usual", "large", "giant", None) for label in ("benign", "malignant")]
    rows = pl.DataFrame(pairs, schema=dict(schema.polars), orient="row")
    joint = np.exp(-model.loss(rows, seeds={0: 0})["nats"].to_numpy())
    assert joint.sum() == pytest.approx((1 - 1 / 570) ** 2, abs=0.005)
    both = (tumours["size"] == "giant") & (tumours["diagnosis"] == "malignant")
    assert joint[5] == pytest.approx(both.fill_null(False).mean(), abs=0.02)


def test_the_likelihood_of_integers_sums_to_one():
    values = [0] * 500 + [*range(10, 60)] * 3 + [70, 90, 400]
    model, schema = one_column(values, Column(name="x", role=Role.NUMERIC, integer=True))
    every = likelihood(model, schema, list(range(-3000, 3000)))
    assert 0.995 < every.sum() <= 1 + 1e-9
    # A value in the gap next to the point mass is unseen, but possible.
    assert 0 < every[3000 + 5] < every[3000 + 400]


def test_the_density_of_a_float_integrates_to_one(tumours):
    model, schema = one_column(tumours["radius"], Column(name="x", role=Role.NUMERIC))
    edges = np.linspace(0, 40, 200_001)
    middles = (edges[1:] + edges[:-1]) / 2
    assert likelihood(model, schema, middles).sum() * (edges[1] - edges[0]) == pytest.approx(1, abs=0.003)


def test_unseen_values_have_a_finite_and_larger_loss(tumours, model):
    usual = tumours[:1]
    odd = pl.concat(
        [
            usual,
            usual.with_columns(size=pl.lit("microscopic")),
            usual.with_columns(radius=pl.lit(1e4)),
            usual.with_columns(area=pl.lit(-7, dtype=pl.Int64)),
            usual.with_columns(dent=pl.lit(None, dtype=pl.Float64)),
        ]
    )
    nats = model.loss(odd, seeds={0: 0})["nats"]
    assert nats.is_finite().all()
    assert nats[1:].min() > nats[0] + 1


def test_a_model_of_independently_shuffled_columns_scores_real_rows_worse(tumours):
    order = np.random.default_rng(2).permutation(tumours.height)
    train, holdout = tumours[order[:400]], tumours[order[400:]]
    apart = train.select(pl.col(name).shuffle(seed=index) for index, name in enumerate(train.columns))
    together, separate = (Copula().fit(cohort_of(SCHEMA, {0: rows})) for rows in (train, apart))
    difference = separate.loss(holdout, seeds={0: 0})["nats"] - together.loss(holdout, seeds={0: 0})["nats"]
    assert difference.mean() > 1


def test_rows_count_by_their_weight(tumours):
    heavier = [3.0 if label == "benign" else 1.0 for label in tumours["diagnosis"]]
    marginal = Copula().fit(cohort_of(SCHEMA, {0: tumours}, {0: heavier})).members[0].codebook.marginals[6]
    benign = 357 * 3 / (357 * 3 + 212)
    assert dict(zip(marginal.levels, marginal.mass, strict=True))["benign"] == pytest.approx(benign)


def test_columns_of_one_value_or_of_nulls_only_are_preserved(tumours, tmp_path):
    schema = Schema(
        (
            *SCHEMA.columns,
            Column(name="unit", role=Role.NUMERIC, integer=True),
            Column(name="void", role=Role.NUMERIC, nullable=True),
            Column(name="site", role=Role.GROUP),
        )
    )
    rows = tumours.with_columns(
        unit=pl.lit(7, dtype=pl.Int64), void=pl.lit(None, dtype=pl.Float64), site=pl.lit("Madison")
    )
    model = through_files(Copula().fit(cohort_of(schema, {0: rows})), Copula(), tmp_path)
    drawn = model.sample(rows=20, seeds={0: 1})
    assert drawn.select("unit", "void", "site").unique().rows() == [(7, None, "Madison")]
    assert model.loss(rows, seeds={0: 1})["nats"].is_finite().all()


def test_a_real_census_keeps_its_columns(adult):
    schema, rows, _, drawn = adult
    for column in schema.columns:
        real, synthetic = rows[column.name], drawn[column.name]
        if column.role is Role.NUMERIC:
            assert kolmogorov_smirnov(real, synthetic) < 0.015, column.name
        else:
            assert total_variation(real, synthetic) < 0.015, column.name
            common = {value for value, share in shares(real).items() if share * rows.height >= 15}
            assert common <= set(synthetic), column.name


def test_a_real_census_refitted_scores_the_real_rows_nearly_as_well(adult):
    schema, rows, model, drawn = adult
    again = Copula().fit(cohort_of(schema, {0: drawn}))
    before, after = (each.loss(rows[:3000], seeds={0: 1})["nats"].mean() for each in (model, again))
    assert -0.05 < after - before < 0.3


def test_text_images_and_identifiers_are_rejected(tumours):
    with pytest.raises(BadInput, match="'note'"):
        Copula().check(Schema((*SCHEMA.columns, Column(name="note", role=Role.TEXT))))
    named = tumours.with_columns(size=pl.int_range(tumours.height).cast(pl.String))
    with pytest.raises(BadInput, match="column 'size' has 569 categories"):
        Copula(alphabet=500).fit(cohort_of(SCHEMA, {0: named}))
    with pytest.raises(BadInput, match="'radius'"):
        Copula().fit(cohort_of(SCHEMA, {0: tumours.with_columns(radius=pl.lit(float("inf")))}))


def test_a_row_of_weight_2_counts_in_the_correlation_as_two_rows():
    random = np.random.default_rng(1)
    first = random.choice(["a", "b", "c"], 90, p=[0.5, 0.3, 0.2])
    second = np.where(random.random(90) < 0.5, first, random.choice(["a", "b", "c"], 90))
    rows = pl.DataFrame({"x": first, "y": second})
    schema = Schema(tuple(Column(name=name, role=Role.CATEGORICAL) for name in rows.columns))
    alike = rows["x"] == rows["y"]
    weighted = Copula().fit(cohort_of(schema, {0: rows}, {0: [2.0 if same else 1.0 for same in alike]}))
    twice = Copula().fit(cohort_of(schema, {0: pl.concat([rows, rows.filter(alike)])}))
    once = Copula().fit(cohort_of(schema, {0: rows}))
    found = [model.members[0].correlation[0, 1] for model in (weighted, twice, once)]
    assert found[0] == pytest.approx(found[1], abs=1e-9)
    assert found[0] > found[2] + 0.05
