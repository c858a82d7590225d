"""The models of one generation and the data with which a metric of models may compare them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from outcross.resources.generators.contract import CohortModel

MODEL_MEASUREMENTS: dict[str, pl.DataType] = {
    "replicate": pl.Int32(),
    "reference": pl.String(),
    "metric": pl.String(),
    "value": pl.Float64(),
    "standard_error": pl.Float64(),
}
"""Columns that a metric of models returns, with a line per replicate; a standard error may be NaN."""


@dataclass(frozen=True, kw_only=True)
class FittedModels:
    """The models of one generation of one lineage, one per replicate.

    Attributes:
        cohort: the models.
        replicates: the numbers of their replicates.
        generation: of the models; 0 where they were fitted to real rows alone.
        is_text: whether the rows are texts.
        truth: parameters of the population from which the real rows were drawn; empty if unknown.
        seed: (replicate, stage) → the seed of that stage.
        holdout: reads the canonical rows that no generation sees.
        dataset: reads the rows to which the models were fitted, with ``replicate`` and ``weight``.
        refit: fits the same generator to other rows with the same columns.
    """

    cohort: CohortModel
    replicates: tuple[int, ...]
    generation: int
    is_text: bool
    truth: Mapping[str, Any]
    seed: Callable[[int, str], int]
    holdout: Callable[[], pl.DataFrame]
    dataset: Callable[[], pl.DataFrame]
    refit: Callable[[pl.DataFrame], CohortModel]
