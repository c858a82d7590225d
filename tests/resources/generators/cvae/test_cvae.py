"""The class-conditional variational autoencoder, on the bundled digits."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from outcross.resources.compute import bounded_threads
from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Cohort, CohortModel
from outcross.resources.generators.cvae.settings import CVAE
from outcross.resources.generators.images.image_rows import training_losses
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.seeds import derive_seed, generator
from outcross.resources.sources import Digits

DATA = Digits().load()
SHUFFLED = DATA.rows[generator(1).permutation(DATA.rows.height)]
HOLDOUT, ANCHOR = SHUFFLED[:360], SHUFFLED[360:]
QUICK = CVAE(hidden=32, latent=4, steps=60)
ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def one_thread():
    with bounded_threads():
        yield


def seeds(stage: str, numbers: Mapping[int, object]) -> dict[int, int]:
    return {number: derive_seed(stage, number) for number in numbers}


def cohort(members: dict[int, pl.DataFrame], schema: Schema = DATA.schema) -> Cohort:
    frames = [
        rows.select(
            pl.lit(number, dtype=pl.Int32).alias("replicate"),
            pl.col("weight") if "weight" in rows.columns else pl.lit(1.0).alias("weight"),
            *schema.names,
        )
        for number, rows in members.items()
    ]
    return Cohort(rows=pl.concat(frames), schema=schema, seeds=seeds("fit", members))


def held_out(model: CohortModel, rows: pl.DataFrame = HOLDOUT, stage: str = "loss") -> dict[int, float]:
    frame = model.loss(rows, seeds={number: derive_seed(stage, number) for number in range(9)})
    assert frame is not None
    return dict(frame.group_by("replicate").agg(pl.col("nats").sum() / pl.col("units").sum()).iter_rows())


def recall(real: np.ndarray, synthetic: np.ndarray, neighbours: int = 5) -> float:
    """Share of real rows within the k-NN balls of the synthetic ones (arXiv 1904.06991)."""
    from scipy.spatial.distance import cdist

    radius = np.partition(cdist(synthetic, synthetic), neighbours, axis=1)[:, neighbours]
    return float((cdist(synthetic, real) <= radius[:, np.newaxis]).any(axis=0).mean())


def agreement(synthetic: pl.DataFrame) -> float:
    """Share of the labels that classifiers of all real digits give too, the least of two classifiers."""
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.linear_model import LogisticRegression

    classifiers = (ExtraTreesClassifier(100, random_state=0), LogisticRegression(max_iter=300))
    fitted = [each.fit(pixels(DATA.rows) / 16, DATA.rows["label"].to_list()) for each in classifiers]
    return min(float(each.score(pixels(synthetic) / 16, synthetic["label"].to_list())) for each in fitted)


def pixels(rows: pl.DataFrame) -> np.ndarray:
    return rows["image"].to_numpy().astype(np.float64)


def test_the_module_loads_without_torch() -> None:
    code = "import sys, outcross.resources.generators.cvae.settings; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_defaults_cover_the_real_digits_and_beat_each_pixel_alone() -> None:
    model = CVAE().fit(cohort({0: ANCHOR}))
    synthetic = model.sample(rows=1_400, seeds={0: 1})
    assert recall(pixels(HOLDOUT), pixels(synthetic)) > 0.8
    assert agreement(synthetic) > 0.9, "classifiers of all real digits see the class that an image was drawn for"
    # A CVAE without training is a product of the pixels' own Binomials, its start.
    untrained = CVAE(steps=1, learning_rate=1e-9).fit(cohort({0: ANCHOR}))
    assert held_out(model)[0] < 0.6 * held_out(untrained)[0]
    assert model.fit_loss[0] == pytest.approx(held_out(model)[0], rel=0.1)


def test_a_replicate_alone_gives_the_loss_it_has_in_a_cohort_of_other_sizes_and_classes() -> None:
    fewer_classes = ANCHOR.filter(pl.col("label").is_in(["1", "4", "7"]))
    members = {0: ANCHOR, 1: ANCHOR[:500], 2: fewer_classes}
    together = QUICK.fit(cohort(members))
    losses = held_out(together)
    for number, rows in members.items():
        alone = QUICK.fit(cohort({number: rows}))
        assert held_out(alone)[number] == pytest.approx(losses[number], rel=1e-4)
        assert alone.fit_loss[0] == pytest.approx(together.fit_loss[number], rel=1e-4)


def test_a_model_of_version_2_has_the_prior_that_it_was_trained_with() -> None:
    model = QUICK.fit(cohort({0: ANCHOR, 1: ANCHOR[:500]}))
    before = {name: array for name, array in model.tensors().items() if not name.startswith("prior.")}
    loaded = QUICK.load(before, model.card() | {"version": "2"})
    assert loaded.sample(rows=50, seeds={0: 1, 1: 2}).height == 100
    # The prior of a class is where its images are: a standard normal gives them less probability.
    assert held_out(loaded)[0] > held_out(model)[0] + 1


def test_the_prior_of_a_class_is_that_of_the_latents_of_its_images() -> None:
    few = pl.concat([ANCHOR.filter(pl.col("label") != "3"), ANCHOR.filter(pl.col("label") == "3")[:1]])
    model = QUICK.fit(cohort({0: ANCHOR, 1: few, 2: ANCHOR.filter(pl.col("label") == "7")}))
    seen = model.labels[0].classes(ANCHOR)
    drawn = model.prior.latents(generator(1).standard_normal((3, len(seen), 4)), [seen, 0 * seen, 0 * seen - 1])
    images = model._draw([seen] * 3, [generator(2)] * 3, None)[0].astype(np.float64)
    means, real = ([rows[seen == number].mean(axis=0) for number in range(10)] for rows in (images, pixels(ANCHOR)))
    apart = np.linalg.norm(np.array(means)[:, np.newaxis] - np.array(real), axis=2)
    assert apart.argmin(axis=1).tolist() == list(range(10)), "a class looks like itself"
    of_nines = drawn[0, seen == 9]
    assert np.abs(of_nines.mean(axis=0) - model.prior.means[0, 9]).max() < 0.5
    assert np.abs(np.cov(of_nines.T) - model.prior.roots[0, 9] @ model.prior.roots[0, 9]).max() < 0.5
    assert np.linalg.eigvalsh(model.prior.roots).min() > 0, "a class of one row has a covariance too"
    noise = generator(3).standard_normal((3, 20, 4))
    classes = [seen[:20], 0 * seen[:20], 0 * seen[:20] - 1]
    again = model.prior.standardised(model.prior.latents(noise, classes), classes)
    np.testing.assert_allclose(again, noise, atol=1e-5)


def test_more_importance_samples_tighten_the_bound() -> None:
    model = QUICK.fit(cohort({0: ANCHOR}))
    bounds = [
        held_out(CVAE(**{**QUICK.model_dump(), "loss_samples": count}).load(model.tensors(), model.card()))[0]
        for count in (1, 8, 64)
    ]
    assert bounds[0] > bounds[1] > bounds[2]


def test_samples_are_drawn_pixels_and_not_the_decoders_means() -> None:
    black = ANCHOR.with_columns(
        image=pl.Series(np.full((ANCHOR.height, 64), 8, dtype=np.uint8), dtype=DATA.schema.polars["image"])
    )
    model = CVAE(hidden=8, latent=2, steps=5, learning_rate=1e-6).fit(cohort({0: black}))
    drawn = pixels(model.sample(rows=2_000, seeds={0: 3}))
    # Before any training the decoder knows only the mean, 8 of 16: what varies within a pixel is the Binomial alone.
    assert drawn.var(axis=0).mean() > 0.9 * 16 * 0.25
    assert drawn.min() >= 0
    assert drawn.max() <= 16


DIGITS = pl.Series([str(digit) for digit in range(10) for _ in range(20)])


def shown(model: CohortModel, seed: int, labels: pl.Series = DIGITS) -> pl.DataFrame:
    return model.exhibit(rows=len(labels), labels=labels, real=ANCHOR, seeds={0: seed, 1: seed + 1})


def likeness(one: pl.DataFrame, other: pl.DataFrame) -> float:
    """Correlation of the residuals from the class mean, of images at the same positions."""
    styles = []
    for rows in (one, other):
        images = pixels(rows).reshape(-1, 20, 64)
        styles.append((images - images.mean(axis=1, keepdims=True)).ravel())
    return float(np.corrcoef(*styles)[0, 1])


def test_independent_fits_exhibit_the_same_latents_at_the_same_positions() -> None:
    settings = CVAE(hidden=64, latent=8, steps=200)
    one = settings.fit(cohort({0: ANCHOR, 1: ANCHOR[:900]}))
    other = settings.fit(replace(cohort({0: ANCHOR[500:], 1: ANCHOR}), seeds={0: 77, 1: 78}))
    first, second, elsewhere = shown(one, 5), shown(other, 5), shown(other, 15)
    assert first.select("replicate", "label").equals(second.select("replicate", "label"))
    assert first["label"].to_list() == DIGITS.to_list() * 2
    assert likeness(first, second) > 0.6
    assert likeness(first, elsewhere) < 0.2
    assert likeness(first[:200], first[200:]) < 0.2
    assert shown(one, 5).equals(first)


def test_exhibits_of_a_label_have_the_distribution_of_its_samples() -> None:
    model = QUICK.fit(cohort({0: ANCHOR, 1: ANCHOR}))
    drawn = shown(model, 1, pl.Series(["0", "1"] * 1_000))
    assert dict(drawn.schema) == {"replicate": pl.Int32(), **DATA.schema.polars}
    sampled = model.sample(rows=8_000, seeds={0: 3, 1: 4})
    images = [pixels(rows.filter(pl.col("label") == "0")) for rows in (drawn, sampled)]
    error = np.sqrt(sum(each.var(axis=0) / len(each) for each in images) + 1e-9)
    assert np.abs(images[0].mean(axis=0) - images[1].mean(axis=0) <= 4.5 * error).all()
    assert images[0].var(axis=0).sum() == pytest.approx(images[1].var(axis=0).sum(), rel=0.1)


def test_exhibits_of_a_lost_class_are_null() -> None:
    model = QUICK.fit(cohort({0: ANCHOR, 1: ANCHOR.filter(pl.col("label") != "3")}))
    missing = shown(model, 1).filter(pl.col("image").is_null())
    assert missing.select("replicate", "label").unique().rows() == [(1, "3")] and missing.height == 20


def test_images_without_labels_are_exhibited_too() -> None:
    model = QUICK.fit(cohort({0: ANCHOR}, Schema((DATA.schema.columns[0],))))
    drawn = model.exhibit(rows=7, labels=None, real=ANCHOR.select("image"), seeds={0: 1})
    assert dict(drawn.schema) == {"replicate": pl.Int32(), "image": DATA.schema.polars["image"]}
    assert drawn.height == 7 and drawn["image"].null_count() == 0


def test_rows_count_by_their_weight_and_rows_of_weight_0_are_absent() -> None:
    ones = pl.col("label") == "1"
    heavy = ANCHOR.with_columns(weight=pl.when(ones).then(9.0).otherwise(0.25))
    none = ANCHOR.with_columns(weight=pl.when(ones).then(10.0).otherwise(0.0))
    model = QUICK.fit(cohort({0: ANCHOR, 1: heavy, 2: none}))
    share = (
        model.sample(rows=1_000, seeds={0: 1, 1: 2, 2: 3}).group_by("replicate").agg((ones).mean()).sort("replicate")
    )
    assert share["label"][0] < 0.2 < 0.6 < share["label"][1] < share["label"][2] == 1
    losses = held_out(model, HOLDOUT.filter(ones))
    assert losses[1] < losses[0]
    assert model.budget.rows == [ANCHOR.height] * 3
    alone = QUICK.fit(cohort({2: ANCHOR.filter(ones)}))
    assert held_out(alone)[2] == pytest.approx(held_out(model)[2], rel=1e-4)


def test_weights_count_in_the_loss_of_the_images_too() -> None:
    unlabelled = Schema((DATA.schema.columns[0],))
    ones = pl.col("label") == "1"
    heavy = ANCHOR.with_columns(weight=pl.when(ones).then(9.0).otherwise(0.1))
    model = QUICK.fit(cohort({0: ANCHOR, 1: heavy}, unlabelled))
    losses = held_out(model, HOLDOUT.filter(ones))
    assert losses[1] < losses[0] - 1


def test_without_a_label_the_loss_and_the_samples_are_of_the_image_alone() -> None:
    model = QUICK.fit(cohort({0: ANCHOR}, Schema((DATA.schema.columns[0],))))
    assert model.sample(rows=3, seeds={0: 1}).columns == ["replicate", "image"]
    assert held_out(model, HOLDOUT.select("image"))[0] == pytest.approx(held_out(model)[0])


def test_a_lost_class_makes_the_loss_higher_and_finite() -> None:
    model = QUICK.fit(cohort({0: ANCHOR, 1: ANCHOR.filter(pl.col("label") != "3")}))
    threes = HOLDOUT.filter(pl.col("label") == "3")
    losses = held_out(model, threes)
    assert losses[0] + 10 < losses[1] < np.inf


def test_images_of_another_shape_and_many_levels_are_modelled_as_logistic() -> None:
    column = Column(name="image", role=Role.IMAGE, shape=(4, 16), levels=255)
    schema = Schema((column, DATA.schema.columns[1]))
    brighter = ANCHOR.with_columns(image=pl.Series((pixels(ANCHOR) * 255 / 16).astype(np.uint8), dtype=column.dtype))
    losses = {}
    for name in ("auto", "logistic", "binomial"):
        model = CVAE(hidden=32, latent=4, steps=60, likelihood=name).fit(cohort({0: brighter}, schema))
        assert model.sample(rows=200, seeds={0: 1})["image"].dtype == column.dtype
        losses[name] = model.fit_loss[0]
    assert losses["auto"] == losses["logistic"] < losses["binomial"]


@pytest.mark.parametrize("role", [Role.NUMERIC, Role.CATEGORICAL, Role.GROUP, Role.TEXT])
def test_an_extra_column_is_rejected_by_name(role: Role) -> None:
    with pytest.raises(BadInput, match=r"column 'extra'.*'ignore'"):
        CVAE().check(Schema((*DATA.schema.columns, Column(name="extra", role=role))))


def test_a_table_and_a_second_image_are_rejected() -> None:
    image, label = DATA.schema.columns
    with pytest.raises(BadInput, match="copula"):
        CVAE().check(Schema((label,)))
    with pytest.raises(BadInput, match="column 'other'"):
        CVAE().check(Schema((image, Column(name="other", role=Role.IMAGE, shape=(8, 8), levels=16))))


def test_grey_values_above_the_levels_raise() -> None:
    schema = Schema((Column(name="image", role=Role.IMAGE, shape=(8, 8), levels=15), DATA.schema.columns[1]))
    with pytest.raises(BadInput, match="up to 16"):
        QUICK.fit(cohort({0: ANCHOR}, schema))


def test_a_training_that_diverges_raises() -> None:
    of = cohort({0: ANCHOR})
    model = QUICK.fit(of)
    broken = {name: array * np.nan if name.startswith("decoder.") else array for name, array in model.tensors().items()}
    losses = training_losses(QUICK.load(broken, model.card()), {0: of.replicate(0)}, of)
    with pytest.raises(BadInput, match=r"'cvae'.*replicate 0 diverged; lower 'learning_rate'"):
        QUICK.finite_losses(losses, of)


def test_samples_have_the_shares_of_the_balance() -> None:
    settings = CVAE(hidden=8, latent=2, steps=5, balance={"label": {"3": 0.7, "4": 0.3}})
    drawn = settings.fit(cohort({0: ANCHOR})).sample(rows=2_000, seeds={0: 1})
    assert (drawn["label"] == "3").mean() == pytest.approx(0.7, abs=0.05)
    with pytest.raises(BadInput, match="'image', which has no role label"):
        CVAE(balance={"image": {"3": 1.0}}).check(DATA.schema)
