"""How acceptance looks at what the studies left: through the views that a user asks in SQL, and the verdict code."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import polars as pl

from assets.artefacts import Artefacts
from assets.study import Study
from resources.store import Store
from resources.warehouse import query

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

    def values(self, study: str, lineage: str, metric: str) -> Floats:
        """A metric of every model of a lineage, generation 0 included: shape (generations, replicates)."""
        found = self.sql(
            f"""
            SELECT generation, replicate, value FROM evaluations
            WHERE study = '{study}' AND metric = '{metric}' AND reference <> 'previous'
                AND (generation = 0 OR lineage = '{lineage}')
            ORDER BY generation, replicate
            """  # noqa: S608 - names of shipped studies
        )
        generations = cast("int", found["generation"].n_unique())
        return found["value"].to_numpy().reshape(generations, -1)


def mean(values: Floats) -> tuple[float, float]:
    """Mean over replicates and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
