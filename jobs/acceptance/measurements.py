"""How acceptance looks at what the studies left: through the views that a user asks in SQL, and the verdict code."""

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
class Looks:
    """The store that a result's studies were run into."""

    store: Store
    studies: dict[str, Study]

    def sql(self, statement: str) -> pl.DataFrame:
        """Answer a question in SQL, as ``outcross sql`` does."""
        return query(self.store, statement)

    def artefacts(self, study: str) -> Artefacts:
        """A study's artefacts."""
        return Artefacts(self.studies[study], self.store)

    @cached_property
    def evaluations(self) -> pl.DataFrame:
        """Every evaluation that is not against the generation before."""
        return self.sql(
            """
            SELECT study, coalesce(nullif(lineage, ''), 'shared') AS arm, generation, replicate, reference, metric,
                about, value
            FROM evaluations WHERE reference <> 'previous'
            """
        )

    def values(self, study: str, lineage: str, metric: str) -> Floats:
        """A metric of every model of a lineage, generation 0 included: shape (generations, replicates)."""
        found = self.evaluations.filter(
            (pl.col("study") == study) & (pl.col("metric") == metric),
            (pl.col("generation") == 0) | (pl.col("arm") == lineage),
        ).sort("generation", "replicate")
        return found["value"].to_numpy().reshape(found["generation"].n_unique(), -1)
