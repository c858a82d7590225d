"""The models of one generation, and what they may be held against: all that a metric of models looks at."""

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
"""Columns of what a metric of models returns, a line per replicate; the standard error is NaN where it has none."""


@dataclass(frozen=True, kw_only=True)
class FittedModels:
    """The models of one generation of one lineage, one a replicate.

    Attributes:
        cohort: the models.
        replicates: their numbers.
        truth: parameters of the population that the real rows were drawn from; empty where nobody knows them.
        seed: (replicate, stage) → the seed of that stage.
        holdout: reads the canonical rows that no generation ever saw.
        dataset: reads the rows that the models were fitted to, with ``replicate`` and ``weight``.
        refit: fits the same generator to other rows of the same columns.
    """

    cohort: CohortModel
    replicates: tuple[int, ...]
    truth: Mapping[str, Any]
    seed: Callable[[int, str], int]
    holdout: Callable[[], pl.DataFrame]
    dataset: Callable[[], pl.DataFrame]
    refit: Callable[[pl.DataFrame], CohortModel]
