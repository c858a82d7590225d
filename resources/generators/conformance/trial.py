"""One generator on one data set: the cohorts for the laws, and the models that the laws share."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import polars as pl

from outcross.resources.generators.conformance.data import Data
from outcross.resources.generators.contract import Cohort, CohortModel, Generator
from outcross.resources.seeds import derive_seed

FIRST, SECOND = 0, 3
"""Numbers of the replicates: not consecutive, as after the loss of a replicate."""
SHARES = {FIRST: 0.45, SECOND: 0.35}
"""Replicate → its share of the rows; the rest are held out. Replicates are of unequal size."""


class Trial:
    """A generator under test.

    Attributes:
        generator: the generator.
        data: its training and held-out rows.
        members: replicate → its training rows.
        holdout: rows outside every replicate's training rows.
    """

    def __init__(self, generator: Generator, data: Data) -> None:
        self.generator, self.data = generator, data
        self.members: dict[int, pl.DataFrame] = {}
        first = 0
        for number, share in SHARES.items():
            self.members[number] = data.rows[first : (first := first + int(share * data.rows.height))]
        self.holdout = data.rows[first:]

    @property
    def rows(self) -> int:
        """Number of rows to sample from each replicate: the size of the smallest training set."""
        return min(rows.height for rows in self.members.values())

    def seeds(self, stage: str, numbers: Sequence[int] = (FIRST, SECOND)) -> dict[int, int]:
        """Return replicate → seed of a stage."""
        return {number: derive_seed("conformance", number, stage) for number in numbers}

    def cohort(
        self,
        members: Mapping[int, pl.DataFrame] | None = None,
        *,
        weights: Mapping[int, Sequence[float]] | None = None,
        stage: str = "fit",
        **more: Any,
    ) -> Cohort:
        """Build a cohort.

        Args:
            members: replicate → training rows; those of this trial where unset.
            weights: replicate → weight of each row; 1 where unset.
            stage: stage of the seeds.
            more: further attributes of the cohort.
        """
        members = self.members if members is None else members
        parts = [
            pl.DataFrame(
                {
                    "replicate": pl.Series([number] * rows.height, dtype=pl.Int32),
                    "weight": pl.Series(weights[number] if weights else [1.0] * rows.height, dtype=pl.Float64),
                }
            ).hstack(rows)
            for number, rows in sorted(members.items())
        ]
        return Cohort(rows=pl.concat(parts), schema=self.data.schema, seeds=self.seeds(stage, sorted(members)), **more)

    @cached_property
    def model(self) -> CohortModel:
        """The models of both replicates."""
        return self.generator.fit(self.cohort())

    @cached_property
    def alone(self) -> CohortModel:
        """The model of the second replicate, fitted without the first."""
        return self.generator.fit(self.cohort({SECOND: self.members[SECOND]}))

    @cached_property
    def reseeded_model(self) -> CohortModel:
        """Models of the same rows, fitted under other seeds."""
        return self.generator.fit(replace(self.cohort(), seeds=self.seeds("another fit")))

    @cached_property
    def sample(self) -> pl.DataFrame:
        """Samples of :attr:`model`."""
        return self.draw(self.model)

    def draw(self, model: CohortModel, stage: str = "sample") -> pl.DataFrame:
        """Draw rows under the seeds of a stage."""
        return model.sample(rows=self.rows, seeds=self.seeds(stage))

    def exhibit(self, model: CohortModel, stage: str = "exhibit") -> pl.DataFrame:
        """Draw an exhibit; its labels cycle through those of the second replicate."""
        label, labels = self.data.schema.label, None
        if label is not None:
            known = self.members[SECOND][label.name].drop_nulls().unique().sort()
            labels = pl.Series([known[place % len(known)] for place in range(self.rows)], dtype=pl.String)
        return model.exhibit(rows=self.rows, labels=labels, real=self.holdout, seeds=self.seeds(stage))

    def losses(self, model: CohortModel, rows: pl.DataFrame | None = None, stage: str = "loss") -> pl.DataFrame | None:
        """Compute the losses of rows; of the held-out rows where none are given."""
        return model.loss(self.holdout if rows is None else rows, seeds=self.seeds(stage))
