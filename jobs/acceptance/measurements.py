"""Read what acceptance studies measured, through the SQL views and the artefacts that a user reads as well."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from outcross.assets.artefacts import Artefacts
from outcross.assets.study.study import Study
from outcross.resources.store import Store
from outcross.resources.warehouse import query

Floats = np.ndarray


@dataclass(frozen=True)
class Measurements:
    """Measurements of a result's studies, read from their store.

    Attributes:
        store: the store that the studies wrote.
        studies: name → study.
    """

    store: Store
    studies: dict[str, Study]

    def sql(self, statement: str) -> pl.DataFrame:
        """Run a SQL query over the store, as ``outcross sql`` does."""
        return query(self.store, statement)

    def artefacts(self, study: str) -> Artefacts:
        """Return the artefacts of one study."""
        return Artefacts(self.studies[study], self.store)

    @cached_property
    def evaluations(self) -> pl.DataFrame:
        """Every evaluation except those whose reference is the previous generation."""
        return self.sql(
            """
            SELECT study, coalesce(nullif(lineage, ''), 'shared') AS arm, generation, replicate, reference, metric,
                about, value
            FROM evaluations WHERE reference <> 'previous'
            """
        )

    def values(self, study: str, lineage: str, metric: str) -> Floats:
        """Return a metric of all rows for every model of a lineage, from generation 0: (generations, replicates)."""
        rows = self.evaluations.filter(
            (pl.col("study") == study) & (pl.col("metric") == metric) & (pl.col("about") == ""),
            (pl.col("generation") == 0) | (pl.col("arm") == lineage),
        ).sort("generation", "replicate")
        return rows["value"].to_numpy().reshape(rows["generation"].n_unique(), -1)
