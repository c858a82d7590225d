"""The generator contract: settings that fit a cohort of models, which sample rows and score held-out rows.

A *cohort* is the replicates of one lineage, fitted together. Its rows travel as one canonical frame with a leading
``replicate`` column (Int32); rows of one replicate are contiguous and replicates ascend. A replicate's result must
not depend on the other replicates of its cohort, beyond float tolerance: draw every random number from its own seed.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
import polars as pl
from pydantic import PrivateAttr

from outcross.resources.schema import Modality, Schema
from outcross.resources.settings import Settings

Progress = Callable[[int, int], None]
"""Called as ``progress(done, total)`` from time to time during long work."""

Tensors = dict[str, np.ndarray]
"""Arrays by name, as in a safetensors file."""

Start = Literal["scratch", "base", "previous"]
"""Initial weights of training: new ones, those of generation 0, or those of the previous generation."""


CHECKPOINT_SECONDS = 5.0
"""Shortest time between two checkpoints of a long fit."""


class Checkpoint(Protocol):
    """Where a long fit writes the state of its training, so that it resumes from there after a kill."""

    def load(self) -> Tensors | None:
        """Read the state that :meth:`save` wrote last for this very fit; None where there is none."""

    def save(self, tensors: Tensors) -> None:
        """Write the state of the training; it replaces an earlier one."""


class KeptRows(Protocol):
    """Where a model whose rows come from outside keeps those of each run, so that a failed sampling resumes."""

    def load(self, name: str) -> bytes | None:
        """Read what :meth:`save` wrote under a name; None where there is nothing."""

    def save(self, name: str, content: bytes) -> None:
        """Write the rows of one run, whole or not at all."""


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """The training rows of the replicates of one lineage.

    Attributes:
        rows: ``replicate`` (Int32), ``weight`` (Float64, mean 1 within a replicate), then the schema's columns.
        schema: the columns' roles.
        seeds: replicate → seed for fitting.
        start: models of an earlier generation whose training is continued, these replicates among theirs; None to train
            from scratch.
        checkpoint: where a long fit writes its state, if anywhere.
        checkpoint_seconds: shortest time between two checkpoints.
        pool: rows made elsewhere that may be drawn: their ``pool_row`` (Int64, the place in their files), then the
            schema's columns; None where the generator's rows come from its model.
        orders: replicate → seed of its order of the pool, the same in all generations and arms; empty where none.
        drawn: rows that earlier generations of the lineage drew of each replicate.
    """

    rows: pl.DataFrame
    schema: Schema
    seeds: Mapping[int, int]
    start: "CohortModel | None" = None
    checkpoint: Checkpoint | None = None
    checkpoint_seconds: float = CHECKPOINT_SECONDS
    pool: pl.DataFrame | None = None
    orders: Mapping[int, int] = field(default_factory=dict)
    drawn: int = 0

    @property
    def replicates(self) -> list[int]:
        """Replicate numbers, ascending."""
        return sorted(self.seeds)

    def replicate(self, number: int) -> pl.DataFrame:
        """``weight`` and the schema's columns of one replicate."""
        return self.rows.filter(pl.col("replicate") == number).drop("replicate")


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Training cost of each replicate, which is compared across arms before a verdict.

    Attributes:
        rows: dataset rows of each replicate's fit, in order of replicate.
        tokens: tokens of text in training: the generator's own tokens that passed through the optimiser, or the words
            and punctuation marks in the rows of a closed-form fit; 0 where the data is not text.
        steps: optimiser steps; 1 for a closed-form fit.
        rows_seen: rows that passed through the optimiser (steps × batch, or the rows of a closed-form fit); token
            windows where rows are packed into windows.
    """

    rows: list[int]
    tokens: list[int]
    steps: int
    rows_seen: list[int]


class CohortModel(ABC):
    """The fitted models of one cohort."""

    budget: Budget
    fit_loss: list[float]
    """Mean training loss of each replicate at the end of the fit, in the units of :meth:`loss`; NaN where undefined."""

    @abstractmethod
    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw ``rows`` rows from each replicate's model.

        The first m of ``rows`` rows must have the same distribution as any other m (no order by class).
        Returns ``replicate`` (Int32) then the schema's columns, canonical, sorted by replicate.
        """

    def keep_rows(self, kept: KeptRows) -> bool:
        """Have :meth:`sample` keep the rows of each run there; return False where sampling costs no run."""
        return False

    def exhibit(
        self, *, rows: int, labels: pl.Series | None, real: pl.DataFrame, seeds: Mapping[int, int]
    ) -> pl.DataFrame:
        """Draw rows for a comparison, position by position, with those of other models under the same seeds.

        Args:
            rows: number of rows of each replicate.
            labels: label of each row, where rows have one; a model may ignore it.
            real: canonical real rows, the same for all models under comparison; models whose latent spaces differ by a
                rotation from fit to fit are aligned on them.
            seeds: replicate → seed.

        Returns a frame as :meth:`sample` does; a row is null next to a label that its replicate never saw.
        """
        return self.sample(rows=rows, seeds=seeds)

    @abstractmethod
    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame | None:
        """Compute the loss of rows outside the training data of every model.

        Args:
            rows: canonical rows without ``replicate``; every replicate scores the same rows.
            seeds: replicate → seed, for a loss that is a Monte Carlo estimate (a variational bound).

        Returns ``replicate`` (Int32), ``nats`` (Float64: negative log-likelihood of the row, or its upper bound) and
        ``units`` (Int64: 1, or tokens in the row for text), one line per replicate and row, in the rows' order; or
        None where the generator has no likelihood. Held-out loss is Σ nats ÷ Σ units.
        """

    def readings(self, truth: Mapping[str, Any]) -> pl.DataFrame | None:
        """Compare the estimates with the parameters of the population, in closed form, where both are known.

        Args:
            truth: :attr:`outcross.resources.sources.contract.RealData.truth`.

        Returns ``replicate`` (Int32), ``metric`` (a key of ``ENDPOINTS``) and ``value`` (Float64), a line per replicate
        and metric; or None where this family has no parameters to compare.
        """
        return None

    def offer_pool(self, read: Callable[[], pl.DataFrame]) -> None:  # noqa: B027 - most models draw from no pool
        """Have :meth:`sample` draw from rows made elsewhere: their ``pool_row``, then the schema's columns."""

    @property
    def places(self) -> pl.Series | None:
        """(rows,) the place in the pool of each row of the last sample; None where a model made the rows."""
        return None

    @property
    def log(self) -> Mapping[int, str]:
        """Replicate → log of its last sampling, for people to read; empty where there is none."""
        return {}

    @abstractmethod
    def tensors(self) -> Tensors:
        """Return every array of the models."""

    @abstractmethod
    def card(self) -> dict[str, Any]:
        """Return everything else that :meth:`Generator.load` needs, as JSON values, and what a reader wants to know."""


class Generator(Settings, ABC):
    """Settings of a generator. Subclasses add ``kind: Literal[...]`` and their own settings."""

    version: ClassVar[str]
    """Increased whenever the same settings and seed would give other bytes."""
    modalities: ClassVar[frozenset[Modality]]
    honours_weights: ClassVar[bool] = True
    """Whether a fit honours unequal weights of rows."""
    counts_by_weight: ClassVar[bool] = False
    """Whether a row of weight w counts as w copies of it, so that twice the weight is twice the evidence; else only the
    ratios of weights matter."""
    scores_rows: ClassVar[bool] = True
    """Whether its models have a likelihood; else :meth:`CohortModel.loss` returns None."""
    repeats_draws: ClassVar[bool] = False
    """Whether the models of any fit :meth:`~CohortModel.exhibit` the same latents (or prompts) at the same positions,
    so that a position is comparable across generations."""
    resumes: ClassVar[bool] = False
    """Whether a fit writes checkpoints and resumes from one, to the same bytes."""
    keeps_lengths: ClassVar[bool] = False
    """Whether a text that its models sample has as many words as one of their training rows."""
    without_effect: ClassVar[frozenset[str]] = frozenset()
    """Names of settings that change no row, so that another value makes nothing stale."""
    needs_fit: ClassVar[bool] = True
    """Whether models are fitted to the dataset; else a fit costs nothing, and rows come from a pool."""
    asks_outside: ClassVar[bool] = False
    """Whether rows come from a program outside, which is run once for each replicate and generation, and may cost."""
    kind: str

    _distribution: str | None = PrivateAttr(default=None)

    @property
    def release(self) -> str:
        """Its version; for a plug-in, followed by the name and version of its distribution."""
        return self.version if self._distribution is None else f"{self.version} ({self._distribution})"

    @property
    def optimiser_steps(self) -> int | None:
        """Optimiser steps of every fit, whatever its rows; None for a closed-form fit."""
        return None

    @property
    def starts_from(self) -> Start:
        """Initial weights of training in every generation but the first."""
        return "scratch"

    def named_files(self) -> Mapping[str, Callable[[], str]]:
        """Return the settings that name files by their path → what identifies the content of these files.

        Such a setting counts as the same where its files were moved, copied or linked. What identifies them raises
        ``BadInput`` where a file cannot be read. By default there is none.
        """
        return {}

    @abstractmethod
    def check(self, schema: Schema) -> None:
        """Raise ``BadInput`` where this generator cannot model the columns, with the column and the remedy."""

    @abstractmethod
    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> CohortModel:
        """Fit one model per replicate, honouring the rows' weights."""

    @abstractmethod
    def load(self, tensors: Tensors, card: dict[str, Any]) -> CohortModel:
        """Rebuild the models from the values of :meth:`CohortModel.tensors` and :meth:`CohortModel.card`."""
