"""The autoregressive generator, on tables whose likelihood can be enumerated and on real tables."""

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from outcross.resources.compute import bounded_threads
from outcross.resources.errors import BadInput
from outcross.resources.generators.autoregressive.settings import Autoregressive
from outcross.resources.generators.contract import Cohort
from outcross.resources.generators.copula.settings import Copula
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources import BreastCancer, Files
from tests.resources.cohorts import cohort_of
from tests.shared_data import shared_data

COIN = {"role": Role.CATEGORICAL}
SCHEMA = Schema(
    (
        Column(name="left", **COIN),
        Column(name="right", **COIN, nullable=True),
        Column(name="differ", role=Role.LABEL),
        Column(name="waits", role=Role.NUMERIC, integer=True),
    )
)
QUICK = Autoregressive(hidden=16, steps=150)


@pytest.fixture(autouse=True)
def one_thread():
    with bounded_threads():
        yield


def coins(rows: int, seed: int) -> pl.DataFrame:
    """Two fair coins, their XOR (independent of each coin alone), and a skewed number that they shift."""
    random = np.random.default_rng(seed)
    left, right = random.integers(0, 2, (2, rows))
    return pl.DataFrame(
        {
            "left": np.where(left, "head", "tail"),
            "right": pl.Series(np.where(right, "head", "tail")).set(pl.Series(random.random(rows) < 0.1), None),
            "differ": np.where(left != right, "yes", "no"),
            "waits": random.geometric(0.3, rows) + 20 * (left == right),
        },
        schema=SCHEMA.polars,
    )


def held_out(model, rows) -> dict[int, float]:
    nats = model.loss(rows, seeds={})
    return dict(nats.group_by("replicate").agg(pl.col("nats").mean()).iter_rows())


@pytest.fixture(scope="module")
def model():
    with bounded_threads():
        return Autoregressive(hidden=32, steps=500, weight_decay=0.01).fit(cohort_of(SCHEMA, {0: coins(4000, 1)}))


def test_the_likelihood_sums_to_one_over_all_rows(model):
    levels = ["head", "tail"]
    every = pl.DataFrame(
        [(a, b, c, w) for a in levels for b in [*levels, None] for c in ("yes", "no") for w in range(-2000, 2000)],
        schema=SCHEMA.polars,
        orient="row",
    )
    total = np.exp(-model.loss(every, seeds={})["nats"].to_numpy()).sum()
    # What is missing is the share kept for levels and numbers never seen: four columns, 1 / 4001 each, partly in reach.
    assert 1 - 4 / 4001 - 1e-3 < total < 1


def test_the_likelihood_is_that_of_the_samples(model):
    drawn = model.sample(rows=40_000, seeds={0: 5}).drop("replicate")
    groups = drawn.group_by("left", "right", "differ", "waits").len().filter(pl.col("len") > 300)
    observed = groups["len"].to_numpy() / drawn.height
    stated = np.exp(-model.loss(groups.drop("len"), seeds={})["nats"].to_numpy())
    error = np.sqrt(observed * (1 - observed) / drawn.height)
    assert np.abs(observed - stated).max() < 4.5 * error.max()
    assert groups.height > 20


def test_it_learns_a_three_way_dependence_that_a_copula_cannot(model):
    holdout = coins(2000, 2)
    copula = Copula().fit(cohort_of(SCHEMA, {0: coins(4000, 1)}))
    assert held_out(model, holdout)[0] < held_out_copula(copula, holdout) - 0.5
    drawn = model.sample(rows=4000, seeds={0: 3}).drop_nulls("right")
    assert ((drawn["left"] != drawn["right"]) == (drawn["differ"] == "yes")).mean() > 0.97


def held_out_copula(copula, rows) -> float:
    return copula.loss(rows, seeds={0: 1})["nats"].mean()


def test_samples_preserve_modes_tails_bounds_point_masses_nulls_and_dates():
    random = np.random.default_rng(4)
    rows = 6000
    two_modes = np.where(random.random(rows) < 0.3, random.normal(-5, 0.5, rows), random.normal(4, 1, rows))
    frame = pl.DataFrame(
        {
            "modes": two_modes,
            "tail": random.standard_t(2, rows),
            "share": random.beta(0.5, 0.5, rows),
            "spent": np.where(random.random(rows) < 0.6, 0.0, random.lognormal(3, 2, rows)),
            "day": pl.Series(random.integers(15_000, 20_000, rows)).set(pl.Series(two_modes < 0), None),
        }
    )
    numeric = {"role": Role.NUMERIC}
    schema = Schema(
        (
            *(Column(name=name, **numeric) for name in frame.columns[:-1]),
            Column(name="day", **numeric, integer=True, nullable=True),
        )
    )
    fitted = Autoregressive(steps=300).fit(cohort_of(schema, {0: frame}))
    drawn = fitted.sample(rows=rows, seeds={0: 1})
    from scipy.stats import ks_2samp

    for name in frame.columns:
        real, synthetic = frame[name].drop_nulls(), drawn[name].drop_nulls()
        assert ks_2samp(real, synthetic).statistic < 0.04, name
        assert real.min() <= synthetic.min() and synthetic.max() <= real.max(), name
    assert (drawn["spent"] == 0).mean() == pytest.approx(0.6, abs=0.03)
    # A day is missing just where the first mode is.
    assert ((drawn["modes"] < 0) == drawn["day"].is_null()).mean() > 0.97


def test_thousands_of_levels_keep_their_shares_and_dependences():
    random = np.random.default_rng(5)
    share = np.arange(1, 3001) ** -0.9
    code = random.choice(np.arange(1, 3001), 8000, p=share / share.sum())
    frame = pl.DataFrame({"code": code.astype(str), "even": np.where(code % 2 == 0, "yes", "no")})
    schema = Schema((Column(name="code", **COIN), Column(name="even", **COIN)))
    assert frame["code"].n_unique() > 1500
    drawn = Autoregressive(steps=300).fit(cohort_of(schema, {0: frame})).sample(rows=8000, seeds={0: 1})
    real, synthetic = (each["code"].value_counts(normalize=True, name="share") for each in (frame, drawn))
    both = real.join(synthetic, on="code", how="full", coalesce=True).fill_null(0)
    again = frame.sample(8000, with_replacement=True, seed=1)["code"].value_counts(normalize=True, name="share")
    chance = real.join(again, on="code", how="full", coalesce=True).fill_null(0)
    apart = [(each["share"] - each["share_right"]).abs().sum() / 2 for each in (both, chance)]
    assert apart[0] < 1.25 * apart[1]
    frequent = drawn.filter(pl.col("code").is_in(["1", "2", "3", "4"]))
    assert ((frequent["code"].cast(pl.Int64) % 2 == 0) == (frequent["even"] == "yes")).mean() > 0.95


def test_training_continues_from_an_earlier_model():
    frames = {0: coins(500, 1), 1: coins(500, 2)}
    earlier = QUICK.fit(cohort_of(SCHEMA, frames))
    other = coins(500, 3).filter(pl.col("left") == "head")
    brief = QUICK.model_copy(update={"steps": 1, "learning_rate": 1e-6})

    def fit(start):
        cohort = cohort_of(SCHEMA, {1: other})
        return brief.fit(Cohort(rows=cohort.rows, schema=SCHEMA, seeds=cohort.seeds, start=start))

    warm, cold = fit(earlier), fit(None)
    holdout = coins(1000, 9)
    assert held_out(warm, holdout)[1] == pytest.approx(held_out(earlier, holdout)[1], rel=1e-3)
    assert abs(held_out(cold, holdout)[1] - held_out(earlier, holdout)[1]) > 0.5


def test_levels_outside_the_earlier_model_are_skipped():
    earlier = QUICK.fit(cohort_of(SCHEMA, {0: coins(500, 1).filter(pl.col("left") == "head")}))
    cohort = cohort_of(SCHEMA, {0: coins(500, 2)})
    warm = QUICK.fit(Cohort(rows=cohort.rows, schema=SCHEMA, seeds=cohort.seeds, start=earlier))
    assert np.isfinite(held_out(warm, coins(100, 3))[0])
    assert warm.sample(rows=200, seeds={0: 1})["left"].unique().to_list() == ["head"]


def test_rows_can_be_drawn_conditional_on_label_and_group():
    frame = coins(3000, 1).with_columns(
        place=pl.when(pl.col("differ") == "yes").then(pl.lit("here")).otherwise(pl.lit("there"))
    )
    schema = Schema((*SCHEMA.columns, Column(name="place", role=Role.GROUP)))
    settings = Autoregressive(steps=300, balance={"place": {"here": 0.9, "there": 0.1}})
    drawn = settings.fit(cohort_of(schema, {0: frame})).sample(rows=5000, seeds={0: 1})
    assert (drawn["place"] == "here").mean() == pytest.approx(0.9, abs=0.02)
    assert ((drawn["place"] == "here") == (drawn["differ"] == "yes")).mean() > 0.97
    lost = settings.fit(cohort_of(schema, {0: frame.filter(pl.col("place") == "there")}))
    assert lost.sample(rows=50, seeds={0: 1})["place"].unique().to_list() == ["there"]


def test_a_balance_must_fit_the_columns():
    with pytest.raises(ValidationError, match="add up to 1"):
        Autoregressive(balance={"differ": {"yes": 0.9}})
    with pytest.raises(BadInput, match="'left', which has no role label or group"):
        Autoregressive(balance={"left": {"head": 1.0}}).check(SCHEMA)


def test_a_low_temperature_draws_what_is_likely(model):
    cold = Autoregressive(hidden=32, temperature=0.2).load(model.tensors(), model.card())
    warm = model.sample(rows=3000, seeds={0: 1})["waits"].n_unique()
    assert cold.sample(rows=3000, seeds={0: 1})["waits"].n_unique() < 0.8 * warm


def test_rows_count_by_their_weight():
    frame = coins(2000, 1)
    heavier = [3.0 if differ == "yes" else 1.0 for differ in frame["differ"]]
    tilted = QUICK.fit(cohort_of(SCHEMA, {0: frame}, {0: heavier})).sample(rows=5000, seeds={0: 1})
    assert (tilted["differ"] == "yes").mean() == pytest.approx(0.75, abs=0.04)


def test_a_training_that_diverges_raises():
    settings = Autoregressive(hidden=4, steps=1)
    fitted = settings.fit(cohort_of(SCHEMA, {0: coins(50, 1)}))
    thrown_off = {
        name: array * np.float32("inf") if "bias" in name else array for name, array in fitted.tensors().items()
    }
    cohort = cohort_of(SCHEMA, {0: coins(50, 1)})
    start = settings.load(thrown_off, fitted.card())
    with pytest.raises(BadInput, match="lower 'learning_rate'"):
        settings.fit(Cohort(rows=cohort.rows, schema=SCHEMA, seeds=cohort.seeds, start=start))


def test_text_and_images_are_rejected():
    with pytest.raises(BadInput, match="'note' has role 'text'"):
        QUICK.check(Schema((*SCHEMA.columns, Column(name="note", role=Role.TEXT))))


def test_it_scores_unseen_tumours_better_than_independent_columns():
    data = BreastCancer().load()
    order = np.random.default_rng(1).permutation(data.rows.height)
    anchor, holdout = data.rows[order[:430]], data.rows[order[430:]]
    apart = anchor.select(pl.col(name).shuffle(seed=index) for index, name in enumerate(anchor.columns))
    together, separate = (Autoregressive(steps=80).fit(cohort_of(data.schema, {0: rows})) for rows in (anchor, apart))
    assert held_out(together, holdout)[0] < held_out(separate, holdout)[0] - 5


def test_a_real_census_is_scored_better_than_by_a_copula():
    path = shared_data("adult.parquet")
    data = Files(path=str(path), columns={"income": "label", "sex": "group"}).load()
    rows = data.rows.sample(8000, seed=1)
    anchor, holdout = rows[:6000], rows[6000:]
    neural = Autoregressive().fit(cohort_of(data.schema, {0: anchor}))
    copula = Copula().fit(cohort_of(data.schema, {0: anchor}))
    assert held_out(neural, holdout)[0] < held_out_copula(copula, holdout) - 3
    assert neural.fit_loss[0] < held_out(neural, holdout)[0] < neural.fit_loss[0] + 2
