"""One generator on one set of rows: the cohorts that laws ask about, and models fitted once for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import polars as pl

from outcross.resources.generators.conformance.data import Data
from outcross.resources.generators.contract import Cohort, CohortModel, Generator
from outcross.resources.seeds import derive_seed

FIRST, SECOND = 0, 3
"""Numbers of the replicates: not consecutive, as after a replicate was left out."""
SHARES = {FIRST: 0.45, SECOND: 0.35}
"""Of the rows, those of each replicate; the others are held out. Replicates are of unequal size."""


class Trial:
    """A generator under test.

    Attributes:
        generator: it.
        data: what it is fitted to.
        members: replicate → its training rows.
        holdout: rows that no replicate has seen.
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
        """How many rows are drawn from each replicate: as many as the smallest was fitted to."""
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
        """Make a cohort.

        Args:
            members: replicate → training rows; those of this trial where unset.
            weights: replicate → weight of each row; 1 where unset.
            stage: of the seeds.
            more: other attributes of the cohort.
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
    def under_other_seeds(self) -> CohortModel:
        """Models of the same rows, fitted under other seeds."""
        return self.generator.fit(replace(self.cohort(), seeds=self.seeds("another fit")))

    @cached_property
    def sample(self) -> pl.DataFrame:
        """Rows of :attr:`model`."""
        return self.draw(self.model)

    def draw(self, model: CohortModel, stage: str = "sample") -> pl.DataFrame:
        """Draw rows under the seeds of a stage."""
        return model.sample(rows=self.rows, seeds=self.seeds(stage))

    def exhibit(self, model: CohortModel, stage: str = "exhibit") -> pl.DataFrame:
        """Draw rows for people to compare, of the held-out rows' labels in turn."""
        label, labels = self.data.schema.label, None
        if label is not None:
            known = self.members[SECOND][label.name].drop_nulls().unique().sort()
            labels = pl.Series([known[place % len(known)] for place in range(self.rows)], dtype=pl.String)
        return model.exhibit(rows=self.rows, labels=labels, real=self.holdout, seeds=self.seeds(stage))

    def losses(self, model: CohortModel, rows: pl.DataFrame | None = None, stage: str = "loss") -> pl.DataFrame | None:
        """Score rows, the held-out ones where none are given."""
        return model.loss(self.holdout if rows is None else rows, seeds=self.seeds(stage))
