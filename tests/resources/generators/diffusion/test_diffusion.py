"""The diffusion model, on the bundled digits."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from outcross.resources.compute import bounded_threads
from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Cohort, CohortModel
from outcross.resources.generators.diffusion.settings import Diffusion
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.seeds import generator
from outcross.resources.sources import Digits
from tests.resources.cohorts import cohort_of, seeds_of

DATA = Digits().load()
SHUFFLED = DATA.rows[generator(1).permutation(DATA.rows.height)]
HOLDOUT, ANCHOR = SHUFFLED[:200], SHUFFLED[360:]
QUICK = Diffusion(width=8, patch=2, steps=30, batch=16, sample_steps=4, loss_samples=2)
LEARNED = Diffusion(depth=1, patch=2, steps=200, batch=32, learning_rate=0.01, sample_steps=12)
ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def one_thread():
    with bounded_threads():
        yield


@pytest.fixture(scope="module")
def models() -> list[CohortModel]:
    """Two models of different halves of the digits, each with its own seed."""
    half = ANCHOR.height // 2
    with bounded_threads():
        return [LEARNED.fit(cohort_of(DATA.schema, {0: rows})) for rows in (ANCHOR[:half], ANCHOR[half:])]


def held_out(model: CohortModel, rows: pl.DataFrame = HOLDOUT) -> dict[int, float]:
    frame = model.loss(rows, seeds=seeds_of(range(9), "loss"))
    assert frame is not None
    return dict(frame.group_by("replicate").agg(pl.col("nats").mean()).iter_rows())


def network_of(model: CohortModel) -> dict[str, np.ndarray]:
    return {name: tensor for name, tensor in model.tensors().items() if name.startswith("network/")}


def same(first: CohortModel, second: CohortModel) -> bool:
    own, other = network_of(first), network_of(second)
    return own.keys() == other.keys() and all(np.array_equal(array, other[name]) for name, array in own.items())


def again(model: CohortModel, settings: Diffusion, **changes: object) -> CohortModel:
    """The same weights under other sampling settings."""
    return Diffusion(**{**settings.model_dump(), **changes}).load(model.tensors(), model.card())


def pixels(rows: pl.DataFrame) -> np.ndarray:
    return rows["image"].to_numpy().astype(np.float64)


def test_the_module_loads_without_torch() -> None:
    code = "import sys, outcross.resources.generators.diffusion.settings; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_training_reduces_the_held_out_loss_far_below_that_of_independent_pixels(models: list[CohortModel]) -> None:
    shares = np.stack([np.bincount(column, minlength=17) + 1 for column in ANCHOR["image"].to_numpy().T])
    logs = -np.log(shares / shares.sum(axis=1, keepdims=True))
    apart = logs[np.arange(64), HOLDOUT["image"].to_numpy()].sum(axis=1).mean() + np.log(10)
    assert held_out(models[0])[0] < 0.85 * apart
    assert models[0].fit_loss[0] == pytest.approx(held_out(models[0])[0], rel=0.1)


def test_a_classifier_of_real_digits_recognises_the_samples(models: list[CohortModel]) -> None:
    drawn = models[0].sample(rows=400, seeds={0: 1})
    assert read(drawn) > 0.8
    assert 0.8 < pixels(drawn).var(axis=0).sum() / pixels(HOLDOUT).var(axis=0).sum() < 1.2


def read(rows: pl.DataFrame) -> float:
    """Share of rows whose label is that of the nearest real digit."""
    from sklearn.neighbors import KNeighborsClassifier

    real = KNeighborsClassifier(3).fit(pixels(SHUFFLED), SHUFFLED["label"].to_numpy())
    return float((real.predict(pixels(rows)) == rows["label"].to_numpy()).mean())


def test_guidance_makes_digits_easier_to_recognise_and_less_diverse(models: list[CohortModel]) -> None:
    plain = models[0].sample(rows=400, seeds={0: 1})
    guided = again(models[0], LEARNED, guidance=2.0).sample(rows=400, seeds={0: 1})
    assert guided["label"].equals(plain["label"])
    assert read(guided) > read(plain)
    assert spread(guided) < 0.9 * spread(plain)


def spread(rows: pl.DataFrame) -> float:
    """Variance within a class, summed over pixels, mean over classes."""
    return float(np.mean([pixels(own).var(axis=0).sum() for own in rows.partition_by("label")]))


def test_a_seed_gives_every_model_the_same_noise_and_labels(models: list[CohortModel]) -> None:
    first, second = (model.sample(rows=300, seeds={0: 5}) for model in models)
    assert (first["label"] == second["label"]).mean() > 0.8
    told = (first["label"] == second["label"]).to_numpy()
    distance = np.square(pixels(first) - pixels(second)).sum(axis=1)[told].mean()
    other = models[1].sample(rows=300, seeds={0: 6})
    pairs = (first["label"] == other["label"]).to_numpy()
    # Digits of one label drawn from other noise are farther from one another.
    unlike = np.square(pixels(second)[told][:-1] - pixels(first)[told][1:]).sum(axis=1).mean()
    assert pairs.mean() < 0.3
    assert distance < 0.6 * unlike


def test_an_exhibit_has_the_same_noise_and_labels_and_nulls_for_an_unknown_label(
    models: list[CohortModel],
) -> None:
    labels = pl.Series([str(digit) for digit in range(10)] * 10 + ["eleven"])
    first, second, other = (
        model.exhibit(rows=len(labels), labels=labels, real=HOLDOUT, seeds={0: seed})
        for model, seed in ((models[0], 5), (models[1], 5), (models[1], 6))
    )
    assert first["label"].to_list() == labels.to_list()
    assert first["image"].is_null().to_list() == [False] * 100 + [True]
    near, far = (np.square(pixels(first[:100]) - pixels(each[:100])).sum(axis=1).mean() for each in (second, other))
    assert near < 0.7 * far


def test_a_row_is_the_same_however_many_are_drawn(models: list[CohortModel]) -> None:
    few, many = (models[0].sample(rows=rows, seeds={0: 5}) for rows in (3, 300))
    assert few["label"].equals(many["label"][:3])
    assert np.abs(pixels(few) - pixels(many)[:3]).max() <= 1
    assert not many["image"][:3].equals(models[0].sample(rows=3, seeds={0: 6})["image"])


def test_the_ancestral_sampler_draws_noise_at_every_step(models: list[CohortModel]) -> None:
    ancestral = again(models[0], LEARNED, sampler="ancestral", sample_steps=25)
    drawn = ancestral.sample(rows=300, seeds={0: 5})
    assert drawn.equals(ancestral.sample(rows=300, seeds={0: 5}))
    assert not drawn.equals(again(models[0], LEARNED, sample_steps=25).sample(rows=300, seeds={0: 5}))
    assert read(drawn) > 0.75


def test_a_replicate_does_not_depend_on_the_sizes_and_classes_of_its_cohort() -> None:
    members = {0: ANCHOR, 1: ANCHOR[:500], 2: ANCHOR.filter(pl.col("label").is_in(["1", "4", "7"]))}
    together = QUICK.fit(cohort_of(DATA.schema, members))
    losses, drawn = held_out(together), together.sample(rows=20, seeds=seeds_of(members, "sample"))
    for number, rows in members.items():
        alone = QUICK.fit(cohort_of(DATA.schema, {number: rows}))
        assert held_out(alone)[number] == pytest.approx(losses[number], rel=1e-4)
        own = alone.sample(rows=20, seeds=seeds_of(members, "sample"))
        assert own["label"].equals(drawn.filter(replicate=number)["label"])
        assert np.abs(pixels(own) - pixels(drawn.filter(replicate=number))).max() <= 1


def test_several_threads_train_the_same_models() -> None:
    import torch

    members = {0: ANCHOR[:500], 1: ANCHOR[:300]}
    one = QUICK.fit(cohort_of(DATA.schema, members))
    torch.set_num_threads(2)
    two = QUICK.fit(cohort_of(DATA.schema, members))
    assert held_out(two) == pytest.approx(held_out(one), rel=1e-4)


def test_batched_networks_give_the_same_outputs_as_single_ones() -> None:
    import torch

    fitted = QUICK.fit(cohort_of(DATA.schema, {0: ANCHOR, 1: ANCHOR[:500]}))
    network = fitted.network  # type: ignore[attr-defined]
    random = torch.Generator().manual_seed(1)
    noisy, condition = torch.randn(2, 5, 64, generator=random), torch.eye(10)[:5].expand(2, 5, 10)
    told = torch.rand(2, 5, generator=random)
    both = network.predict_clean(noisy, 4 * told, told, condition)
    for place in range(2):
        own = slice(place, place + 1)
        alone = network.part(own).predict_clean(noisy[own], 4 * told[own], told[own], condition[own])
        assert torch.allclose(both[own], alone, atol=1e-5)


def test_training_continues_from_an_earlier_model_with_other_classes() -> None:
    evens, threes = (ANCHOR.filter(pl.col("label").is_in(labels)) for labels in (["0", "2", "4"], ["4", "3", "0"]))
    earlier = QUICK.fit(cohort_of(DATA.schema, {0: ANCHOR, 1: evens}))
    brief = QUICK.model_copy(update={"steps": 1, "learning_rate": 1e-9, "loss_samples": 8})
    cohort = cohort_of(DATA.schema, {1: threes})
    warm = brief.fit(Cohort(rows=cohort.rows, schema=DATA.schema, seeds=cohort.seeds, start=earlier))
    known = HOLDOUT.filter(pl.col("label").is_in(["0", "4"]))
    images = {
        name: held_out(model, known)[1] - label_nats(rows, known)
        for name, model, rows in (("warm", warm, threes), ("before", again(earlier, brief), evens))
    }
    assert images["warm"] == pytest.approx(images["before"], rel=1e-4)
    assert images["warm"] < 0.9 * (held_out(brief.fit(cohort), known)[1] - label_nats(threes, known))


def label_nats(training: pl.DataFrame, rows: pl.DataFrame) -> float:
    from outcross.resources.generators.images.class_labels import ClassLabels

    labels = ClassLabels.fit(training.with_columns(weight=pl.lit(1.0)), DATA.schema.label, kind="diffusion")
    return float(labels.nats(labels.classes(rows)).mean())


def test_heavy_rows_count_for_more() -> None:
    ones = (ANCHOR["label"] == "1").to_numpy()
    schema, settings = Schema((DATA.schema.columns[0],)), LEARNED.model_copy(update={"steps": 120})
    tilt = np.where(ones, 9.0, 0.1).tolist()
    both = settings.fit(cohort_of(schema, {0: ANCHOR, 1: ANCHOR}, {0: [1.0] * ANCHOR.height, 1: tilt}))
    drawn = both.sample(rows=200, seeds={0: 1, 1: 2}).with_columns(label=pl.lit("1"))
    assert read(drawn.filter(replicate=0)) < 0.2
    assert read(drawn.filter(replicate=1)) > 0.35


def test_labels_are_drawn_by_frequency_or_by_balance() -> None:
    rare = ANCHOR.filter((pl.col("label") != "3") | (pl.int_range(pl.len()) % 10 == 0))
    model = QUICK.fit(cohort_of(DATA.schema, {0: rare, 1: rare.filter(pl.col("label") != "3")}))
    seeds = {0: 1, 1: 2}
    assert share(again(model, QUICK, sample_steps=1).sample(rows=2_000, seeds=seeds), "3")[0] < 0.03
    balance = {"label": {"3": 0.5, "4": 0.25, "5": 0.25}}
    drawn = again(model, QUICK, sample_steps=1, balance=balance).sample(rows=2_000, seeds=seeds)
    assert share(drawn, "3") == {0: pytest.approx(0.5, abs=0.05), 1: 0}
    assert share(drawn, "4") == {0: pytest.approx(0.25, abs=0.05), 1: pytest.approx(0.5, abs=0.05)}


def share(rows: pl.DataFrame, label: str) -> dict[int, float]:
    return dict(rows.group_by("replicate").agg((pl.col("label") == label).mean()).iter_rows())


def test_without_a_label_images_are_modelled_alone() -> None:
    schema = Schema((DATA.schema.columns[0],))
    model = QUICK.fit(cohort_of(schema, {0: ANCHOR.select("image")}))
    assert model.sample(rows=3, seeds={0: 1}).columns == ["replicate", "image"]
    assert np.isfinite(held_out(model, HOLDOUT.select("image"))[0])


def test_a_lost_class_makes_the_loss_higher_and_finite() -> None:
    model = QUICK.fit(cohort_of(DATA.schema, {0: ANCHOR, 1: ANCHOR.filter(pl.col("label") != "3")}))
    losses = held_out(model, HOLDOUT.filter(pl.col("label") == "3"))
    assert losses[0] + 5 < losses[1] < np.inf


@pytest.mark.parametrize(("shape", "levels"), [((5, 7), 255), ((11, 3), 1)])
def test_images_of_odd_sides_and_other_levels_are_modelled(shape: tuple[int, int], levels: int) -> None:
    column = Column(name="image", role=Role.IMAGE, shape=shape, levels=levels)
    random = np.random.default_rng(1)
    halves = random.integers(0, 2, (200, 1)) * levels * np.ones(shape[0] * shape[1])
    rows = pl.DataFrame({"image": pl.Series(halves.astype(np.uint8), dtype=column.dtype)})
    settings = Diffusion(width=8, depth=3, steps=80, batch=16, learning_rate=0.01, sample_steps=8)
    model = settings.fit(cohort_of(Schema((column,)), {0: rows}))
    drawn = model.sample(rows=200, seeds={0: 1})["image"]
    assert drawn.dtype == column.dtype
    means = drawn.to_numpy().mean(axis=1) / levels
    assert ((means < 0.25) | (means > 0.75)).mean() > 0.8
    assert 0.2 < (means > 0.5).mean() < 0.8


def test_bfloat16_trains_nearly_the_same_model() -> None:
    half = Diffusion(**{**QUICK.model_dump(), "precision": "bfloat16"}).fit(cohort_of(DATA.schema, {0: ANCHOR}))
    whole = QUICK.fit(cohort_of(DATA.schema, {0: ANCHOR}))
    assert not same(half, whole)
    assert held_out(half)[0] == pytest.approx(held_out(whole)[0], rel=0.03)


def test_guidance_needs_a_label_and_some_training_without_it() -> None:
    with pytest.raises(ValidationError, match="'label_dropout' above 0"):
        Diffusion(guidance=1.0, label_dropout=0.0)
    with pytest.raises(BadInput, match="'guidance' needs a label, but no column has role 'label'"):
        Diffusion(guidance=1.0).check(Schema((DATA.schema.columns[0],)))


def test_an_extra_column_is_rejected_by_name() -> None:
    with pytest.raises(BadInput, match=r"'diffusion': column 'extra'.*'ignore'"):
        Diffusion().check(Schema((*DATA.schema.columns, Column(name="extra", role=Role.NUMERIC))))


def test_a_training_that_diverges_raises() -> None:
    fitted = QUICK.fit(cohort_of(DATA.schema, {0: ANCHOR}))
    broken = {name: array * np.float32("nan") if "bias" in name else array for name, array in fitted.tensors().items()}
    cohort = cohort_of(DATA.schema, {0: ANCHOR})
    start = QUICK.load(broken, fitted.card())
    with pytest.raises(BadInput, match=r"'diffusion'.*lower 'learning_rate'"):
        QUICK.fit(Cohort(rows=cohort.rows, schema=DATA.schema, seeds=cohort.seeds, start=start))
