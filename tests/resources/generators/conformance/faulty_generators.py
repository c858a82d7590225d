"""Generators that break one law each: valid except for a few lines."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from pydantic import ConfigDict

from outcross.resources.generators.autoregressive.settings import Autoregressive
from outcross.resources.generators.closed_form.gaussian import Gaussian, GaussianModel
from outcross.resources.generators.contract import Cohort, CohortModel, Generator, Tensors
from outcross.resources.generators.ngram.settings import NGram


class Sound(Gaussian):
    """A Gaussian with a replaceable model class."""

    model_class: ClassVar[type[GaussianModel]] = GaussianModel

    def fit(self, cohort: Cohort, *, progress=None) -> GaussianModel:
        return self.model_class(**vars(super().fit(cohort, progress=progress)))

    def load(self, tensors: Tensors, card: dict[str, Any]) -> GaussianModel:
        return self.model_class(**vars(super().load(tensors, card)))


def with_models(model: type[GaussianModel]) -> Generator:
    """Return a generator with a model class."""

    class WithModels(Sound):
        model_class: ClassVar[type[GaussianModel]] = model

    return WithModels()


def shift_mean(model: GaussianModel, by: float | np.ndarray) -> GaussianModel:
    return replace(model, normals=replace(model.normals, mean=model.normals.mean + by))


class NoVersion(Sound):
    version: ClassVar[str] = ""


class SeveralKinds(Sound):
    kind: Literal["gaussian", "normal"] = "gaussian"


class TupleThatComesBackAsList(Sound):
    sizes: Any = (1, 2)


class AnySetting(Sound):
    model_config = ConfigDict(extra="ignore", frozen=True)


class AnyColumns(Sound):
    def check(self, schema) -> None:
        return


class OwnRandomness(Sound):
    def fit(self, cohort, *, progress=None):
        return shift_mean(super().fit(cohort), np.random.default_rng().random())


class LooksAside(Sound):
    def fit(self, cohort, *, progress=None):
        model = super().fit(cohort)
        return shift_mean(model, model.normals.mean.mean(axis=0))


class CountsNoRows(Sound):
    def fit(self, cohort, *, progress=None):
        model = super().fit(cohort)
        return replace(model, budget=replace(model.budget, rows=[0] * len(model.budget.rows)))


class CountsTokensOfNumbers(Sound):
    def fit(self, cohort, *, progress=None):
        model = super().fit(cohort)
        return replace(model, budget=replace(model.budget, tokens=model.budget.rows))


class StopsHalfWay(Sound):
    def fit(self, cohort, *, progress=None):
        if progress:
            progress(1, 2)
        return super().fit(cohort)


SHORT = {"hidden": 4, "steps": 110, "batch": 8}


class WritesNoCheckpoint(Autoregressive):
    def fit(self, cohort, *, progress=None):
        return super().fit(replace(cohort, checkpoint=None), progress=progress)


class ReadsNoCheckpoint(Autoregressive):
    def fit(self, cohort, *, progress=None):
        forgetful = cohort.checkpoint and Forgets(cohort.checkpoint)
        return super().fit(replace(cohort, checkpoint=forgetful), progress=progress)


class ResumesElsewhere(Autoregressive):
    def fit(self, cohort, *, progress=None):
        shaken = cohort.checkpoint and Shakes(cohort.checkpoint)
        return super().fit(replace(cohort, checkpoint=shaken), progress=progress)


class TrainsUnderOneSeed(Autoregressive):
    def fit(self, cohort, *, progress=None):
        return super().fit(replace(cohort, seeds={number: number for number in cohort.seeds}), progress=progress)


class Forgets:
    def __init__(self, checkpoint) -> None:
        self.checkpoint, self.save = checkpoint, checkpoint.save

    def load(self) -> Tensors | None:
        self.checkpoint.load()
        return None


class Shakes(Forgets):
    def load(self) -> Tensors | None:
        state = self.checkpoint.load()
        return state and {name: array if name == "done" else array * np.float32(1.01) for name, array in state.items()}


class AlwaysFromScratch(Autoregressive):
    def fit(self, cohort, *, progress=None):
        return super().fit(replace(cohort, start=None), progress=progress)


def reweight(cohort: Cohort, weight: pl.Expr) -> Cohort:
    return replace(cohort, rows=cohort.rows.with_columns(weight=weight))


class IgnoresWeights(Sound):
    def fit(self, cohort, *, progress=None):
        return super().fit(reweight(cohort, pl.lit(1.0)))


class AllOrNothing(Sound):
    def fit(self, cohort, *, progress=None):
        return super().fit(reweight(cohort, (pl.col("weight") > 0).cast(pl.Float64)))


class CountsByWeightUnstated(NGram):
    counts_by_weight: ClassVar[bool] = False


class ChangesSamples(GaussianModel):
    """Models that change their samples."""

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        return self.change(super().sample(rows=rows, seeds=seeds))

    def change(self, drawn: pl.DataFrame) -> pl.DataFrame:
        return drawn


def drawing(change) -> Generator:
    """Return a generator whose samples are changed."""
    return with_models(type("Changed", (ChangesSamples,), {"change": lambda self, drawn: change(drawn)}))


class SameSeed(GaussianModel):
    def sample(self, *, rows, seeds):
        return super().sample(rows=rows, seeds={number: number for number in seeds})


class Remembers(GaussianModel):
    drawn: ClassVar[list[int]] = []

    def sample(self, *, rows, seeds):
        self.drawn.append(rows)
        return super().sample(rows=rows, seeds={number: seed + len(self.drawn) for number, seed in seeds.items()})


class ShowsOneRow(GaussianModel):
    def exhibit(self, *, rows, labels, real, seeds):
        return self.sample(rows=1, seeds=seeds)


class ShowsByItsFit(GaussianModel):
    def exhibit(self, *, rows, labels, real, seeds):
        own = int.from_bytes(self.normals.mean.tobytes()[:8])
        return self.sample(rows=rows, seeds={number: seed ^ own for number, seed in seeds.items()})


class SaysItRepeats(Sound):
    repeats_draws: ClassVar[bool] = True
    model_class: ClassVar[type[GaussianModel]] = ShowsByItsFit

    def fit(self, cohort, *, progress=None):
        """Add some of the seed to the mean, since a network depends on it too."""
        return shift_mean(super().fit(cohort), 1e-9 * np.array([[seed % 97] for seed in cohort.seeds.values()]))


class SaysItScoresNothing(Sound):
    scores_rows: ClassVar[bool] = False


class ChangesLosses(GaussianModel):
    """Models that change their losses."""

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        return self.change(super().loss(rows, seeds=seeds))

    def change(self, losses: pl.DataFrame) -> pl.DataFrame:
        return losses


def scoring(change) -> Generator:
    """Return a generator whose losses are changed."""
    return with_models(type("Changed", (ChangesLosses,), {"change": lambda self, losses: change(losses)}))


def perturb(losses: pl.DataFrame) -> pl.DataFrame:
    return losses.with_columns(pl.col("nats") + np.random.default_rng().random())


class SumsItsLoss(Sound):
    def fit(self, cohort, *, progress=None):
        model = super().fit(cohort)
        return replace(model, fit_loss=[100 * (loss + 5) for loss in model.fit_loss])


class HoldsNaN(GaussianModel):
    def tensors(self) -> Tensors:
        return {**super().tensors(), "more": np.array([np.nan])}


class HoldsObjects(GaussianModel):
    def tensors(self) -> Tensors:
        return {**super().tensors(), "more": np.array([{}], dtype=object)}


class NumbersAsKeys(GaussianModel):
    def card(self) -> dict[str, Any]:
        return {**super().card(), "numbers": {1: "one"}}


class LoadsAnother(Sound):
    def load(self, tensors: Tensors, card: dict[str, Any]) -> CohortModel:
        return shift_mean(super().load(tensors, card), 0.5)


SORTED = pl.col("x1", "x2", "y").sort_by("x1").over("replicate")
FAULTY: dict[str, list[Generator]] = {
    "class_states_what_it_is": [NoVersion(), SeveralKinds()],
    "settings_survive_json": [TupleThatComesBackAsList()],
    "unknown_settings_are_refused": [AnySetting()],
    "other_columns_are_refused": [AnyColumns()],
    "same_seed_fits_same_bytes": [OwnRandomness()],
    "other_seeds_fit_other_models": [TrainsUnderOneSeed(**SHORT)],
    "replicate_ignores_those_beside_it": [LooksAside()],
    "budget_is_what_was_spent": [CountsNoRows(), CountsTokensOfNumbers()],
    "progress_ends_at_its_total": [StopsHalfWay()],
    "killed_fit_resumes": [WritesNoCheckpoint(**SHORT), ReadsNoCheckpoint(**SHORT), ResumesElsewhere(**SHORT)],
    "training_starts_from_an_earlier_model": [AlwaysFromScratch(**SHORT, start="base")],
    "rows_of_weight_0_are_absent": [IgnoresWeights(), CountsByWeightUnstated()],
    "unequal_weights_change_what_is_drawn": [IgnoresWeights(), AllOrNothing()],
    "samples_are_canonical": [
        drawing(lambda drawn: drawn[1:]),
        drawing(lambda drawn: drawn.reverse()),
        drawing(lambda drawn: drawn.select("replicate", "x2", "x1", "y")),
        drawing(lambda drawn: drawn.with_columns(pl.col("x1").cast(pl.Float32))),
    ],
    "samples_hold_allowed_values": [
        drawing(lambda drawn: drawn.with_columns(x1=pl.lit(None, dtype=pl.Float64))),
        drawing(lambda drawn: drawn.with_columns(x1=pl.lit(float("nan")))),
    ],
    "seed_decides_the_sample": [with_models(SameSeed), with_models(Remembers)],
    "samples_have_no_order": [drawing(lambda drawn: drawn.with_columns(SORTED))],
    "exhibits_are_canonical": [with_models(ShowsOneRow), with_models(Remembers)],
    "exhibits_repeat_their_draws": [SaysItRepeats()],
    "no_loss_without_likelihood": [SaysItScoresNothing()],
    "losses_are_one_a_row": [
        scoring(lambda losses: losses[1:]),
        scoring(lambda losses: losses.with_columns(units=pl.lit(2, dtype=pl.Int64))),
        scoring(lambda losses: losses.with_columns(nats=pl.lit(float("nan")))),
        scoring(lambda losses: losses.select("replicate", "units", "nats")),
        scoring(lambda losses: None),
    ],
    "losses_repeat_under_their_seeds": [scoring(perturb)],
    "losses_follow_the_order_of_rows": [
        scoring(lambda losses: losses.with_columns(pl.col("nats").sort().over("replicate")))
    ],
    "fit_loss_is_that_of_training_rows": [SumsItsLoss()],
    "tensors_are_safetensors": [with_models(HoldsNaN), with_models(HoldsObjects)],
    "card_is_json": [with_models(NumbersAsKeys)],
    "loaded_model_is_the_same": [LoadsAnother()],
}
"""Law → generators that break it."""
