"""What a generator is: settings that fit a cohort of models, which sample rows and score held-out rows.

A *cohort* is the replicates of one lineage, fitted together. Its rows travel as one canonical frame with a leading
``replicate`` column (Int32); rows of one replicate are contiguous and replicates ascend. A replicate's result must
not depend on which others are beside it, beyond float tolerance: draw every random number from that replicate's seed.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, PrivateAttr

from outcross.resources.schema import Modality, Schema

Progress = Callable[[int, int], None]
"""Called as ``progress(done, total)`` now and then during long work."""

Tensors = dict[str, np.ndarray]
"""Named arrays, as safetensors holds them."""

Start = Literal["scratch", "base", "previous"]
"""What training starts from: new weights, those of generation 0, or those of the generation before."""


CHECKPOINT_SECONDS = 5.0
"""A long fit writes a checkpoint when this time has passed since the last."""


class Checkpoint(Protocol):
    """Where a long fit writes how far it has come, so that one that was killed resumes from there."""

    def load(self) -> Tensors | None:
        """Read what :meth:`save` wrote last for this very fit; None where there is nothing."""

    def save(self, tensors: Tensors) -> None:
        """Write the state of the training, in place of an earlier one."""


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """The training rows of the replicates of one lineage.

    Attributes:
        rows: ``replicate`` (Int32), ``weight`` (Float64, mean 1 within a replicate), then the schema's columns.
        schema: the columns' roles.
        seeds: replicate → seed for fitting.
        start: models of an earlier generation to train on from, with these replicates among theirs, if so asked.
        checkpoint: where a long fit writes how far it has come, if anywhere.
        checkpoint_seconds: how much time passes between two checkpoints at least.
    """

    rows: pl.DataFrame
    schema: Schema
    seeds: Mapping[int, int]
    start: "CohortModel | None" = None
    checkpoint: Checkpoint | None = None
    checkpoint_seconds: float = CHECKPOINT_SECONDS

    @property
    def replicates(self) -> list[int]:
        """Replicate numbers, ascending."""
        return sorted(self.seeds)

    def replicate(self, number: int) -> pl.DataFrame:
        """``weight`` and the schema's columns of one replicate."""
        return self.rows.filter(pl.col("replicate") == number).drop("replicate")


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a fit spent on each replicate: compared across arms before a verdict is given.

    Attributes:
        rows: rows of the dataset each replicate was fitted to, in order of replicate.
        tokens: tokens of text trained on: the generator's own that passed through the optimiser, or the words and marks
            in the rows of a closed-form fit; 0 where the data is not text.
        steps: optimiser steps; 1 for a closed-form fit.
        rows_seen: rows that passed through the optimiser (steps × batch, or the rows of a closed-form fit); windows of
            tokens where rows are packed into such.
    """

    rows: list[int]
    tokens: list[int]
    steps: int
    rows_seen: list[int]


class CohortModel(ABC):
    """The fitted models of one cohort."""

    budget: Budget
    fit_loss: list[float]
    """Mean training loss at the end of the fit, one a replicate, in the units of :meth:`loss`; NaN where undefined."""

    @abstractmethod
    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw ``rows`` rows from each replicate's model.

        The first m of ``rows`` rows must have the same distribution as any other m (no order by class).
        Returns ``replicate`` (Int32) then the schema's columns, canonical, sorted by replicate.
        """

    def exhibit(
        self, *, rows: int, labels: pl.Series | None, real: pl.DataFrame, seeds: Mapping[int, int]
    ) -> pl.DataFrame:
        """Draw rows that people compare, place by place, with those of other models drawn with the same seeds.

        Args:
            rows: how many each replicate draws.
            labels: what label each of them is to have, where rows have one; a model need not be able to follow that.
            real: canonical real rows, the same for all that are compared; a model whose latents mean something else
                after every fit turns them to one meaning by these.
            seeds: replicate → seed.

        Returns as :meth:`sample` does, but for nulls beside a label that a replicate never saw.
        """
        return self.sample(rows=rows, seeds=seeds)

    @abstractmethod
    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame | None:
        """Score rows none of the models was fitted to.

        Args:
            rows: canonical rows without ``replicate``; every replicate scores the same rows.
            seeds: replicate → seed, for a loss that is itself an estimate (a variational bound).

        Returns ``replicate`` (Int32), ``nats`` (Float64: negative log-likelihood of the row, or its upper bound) and
        ``units`` (Int64: 1, or tokens in the row for text), one line per replicate and row, in the rows' order; or
        None where the generator has no likelihood. Held-out loss is Σ nats ÷ Σ units.
        """

    def readings(self, truth: Mapping[str, Any]) -> pl.DataFrame | None:
        """Hold what was fitted against the population it was drawn from, in closed form, where both are known.

        Args:
            truth: :attr:`outcross.resources.sources.contract.RealData.truth`.

        Returns ``replicate`` (Int32), ``metric`` (a key of ``ENDPOINTS``) and ``value`` (Float64), a line per replicate
        and metric; or None where this family has no parameters to compare.
        """
        return None

    @property
    def log(self) -> Mapping[int, str]:
        """Replicate → what the drawing of its last samples had to say, for people to read; empty where nothing was."""
        return {}

    @abstractmethod
    def tensors(self) -> Tensors:
        """Every array the models consist of."""

    @abstractmethod
    def card(self) -> dict[str, Any]:
        """Everything else they consist of, JSON-able, and what a reader wants to know."""


class Generator(BaseModel, ABC):
    """Settings of a generator. Subclasses add ``kind: Literal[...]`` and their own settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: ClassVar[str]
    """Raised whenever the same settings and seed would give other bytes."""
    modalities: ClassVar[frozenset[Modality]]
    honours_weights: ClassVar[bool] = True
    """Whether a fit honours unequal weights of rows."""
    counts_by_weight: ClassVar[bool] = False
    """Whether a row of weight w counts as w copies of it, so that twice the weights are twice the evidence; else only
    the ratios of weights matter."""
    scores_rows: ClassVar[bool] = True
    """Whether its models score rows; else :meth:`CohortModel.loss` gives None."""
    repeats_draws: ClassVar[bool] = False
    """Whether the models of any fit :meth:`~CohortModel.exhibit` the same latents (or prompts) in the same places, so
    that a place can be followed from generation to generation."""
    resumes: ClassVar[bool] = False
    """Whether a fit writes checkpoints and resumes from one, to the same bytes."""
    kind: str

    _distribution: str | None = PrivateAttr(default=None)

    @property
    def release(self) -> str:
        """Its version; for a plug-in, with the name and version of the distribution that it came in."""
        return self.version if self._distribution is None else f"{self.version} ({self._distribution})"

    @property
    def optimiser_steps(self) -> int | None:
        """Steps that every fit takes, whatever its rows; None for a closed-form fit."""
        return None

    @property
    def starts_from(self) -> Start:
        """What training starts from in every generation but the first."""
        return "scratch"

    @abstractmethod
    def check(self, schema: Schema) -> None:
        """Raise ``BadInput`` where this generator cannot model such columns, naming the column and the remedy."""

    @abstractmethod
    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> CohortModel:
        """Fit one model per replicate, honouring the rows' weights."""

    @abstractmethod
    def load(self, tensors: Tensors, card: dict[str, Any]) -> CohortModel:
        """Rebuild the models from what :meth:`CohortModel.tensors` and :meth:`CohortModel.card` gave."""
