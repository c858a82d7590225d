"""The probe: everything a metric needs that is fitted on the anchor alone, once per study."""

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assets.evaluation.embedding import Embedding, fit_embedding
from assets.evaluation.neighbours import Manifold, manifold, sample_rows
from assets.evaluation.survival import rare_cells
from assets.evaluation.utility import accuracy, fit_classifier, known_labels
from resources.generators.contract import Cohort, CohortModel
from resources.generators.ngram import NGram
from resources.schema import Role, Schema
from resources.tokens import tokenize

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Probe:
    """What the metrics of a study share. Each part is fitted when it is first asked for.

    Attributes:
        anchor: canonical rows that everything is fitted to.
        holdout: canonical rows that it is measured on.
        schema: the columns' roles.
        seed: for what samples.
    """

    anchor: pl.DataFrame
    holdout: pl.DataFrame
    schema: Schema
    seed: int

    @cached_property
    def embedding(self) -> Embedding:
        """The frozen embedding of whole rows."""
        return fit_embedding(self.anchor, self.schema)

    @cached_property
    def holdout_manifold(self) -> Manifold:
        """The holdout's rows and neighbour distances, capped as any other side of a comparison."""
        return manifold(sample_rows(self.embedding.transform(self.holdout), self.seed))

    @cached_property
    def classes(self) -> set[str]:
        """The label's classes in the anchor."""
        assert self.schema.label is not None
        return set(self.anchor[self.schema.label.name].drop_nulls().unique().to_list())

    @cached_property
    def rare_cells(self) -> list[tuple[str, pl.Expr]]:
        """What is rare in the anchor."""
        return rare_cells(self.anchor, self.schema)

    @cached_property
    def real_classifier(self) -> Any:
        """A classifier of the anchor's labels."""
        assert self.schema.label is not None
        rows = known_labels(self.anchor, self.schema.label.name)
        return fit_classifier(self.features_without_label(rows), rows[self.schema.label.name].to_list())

    @cached_property
    def real_accuracy(self) -> tuple[float, float]:
        """Accuracy of that classifier on the holdout, and its standard error."""
        assert self.schema.label is not None
        rows = known_labels(self.holdout, self.schema.label.name)
        return accuracy(self.real_classifier, self.features_without_label(rows), rows[self.schema.label.name].to_list())

    @cached_property
    def vocabulary(self) -> set[str]:
        """Word types of the anchor's text."""
        assert self.schema.text is not None
        return set(chain.from_iterable(map(tokenize, self.anchor[self.schema.text.name].drop_nulls().to_list())))

    @cached_property
    def language_model(self) -> CohortModel:
        """An n-gram model of the anchor's text."""
        rows = self.anchor.select(
            pl.lit(0, dtype=pl.Int32).alias("replicate"), pl.lit(1.0).alias("weight"), *self.schema.names
        )
        return NGram(kind="ngram").fit(Cohort(rows=rows, schema=self.schema, seeds={0: self.seed}))

    def features_without_label(self, rows: pl.DataFrame) -> Floats:
        """Embed everything but the label, as a classifier of it may see."""
        return self._unlabelled.transform(rows)

    def predict_label(self, rows: pl.DataFrame) -> list[str]:
        """Predict rows' labels by the classifier of the anchor."""
        return [str(label) for label in self.real_classifier.predict(self.features_without_label(rows))]

    @cached_property
    def _unlabelled(self) -> Embedding:
        if self.schema.image is not None:
            return self.embedding
        columns = tuple(column for column in self.schema.columns if column.role is not Role.LABEL)
        return fit_embedding(self.anchor, Schema(columns))


def build_probe(anchor: pl.DataFrame, holdout: pl.DataFrame, schema: Schema, *, seed: int) -> Probe:
    """Prepare the probe of a study.

    Args:
        anchor: canonical rows.
        holdout: canonical rows.
        schema: the columns' roles.
        seed: for what samples.
    """
    return Probe(anchor, holdout, schema, seed)
