"""What a metric is: a function that measures rows or models, what it needs, and the endpoints that it gives."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Self

import numpy as np
import polars as pl

from outcross.assets.instruments.classifier import Classifier
from outcross.assets.instruments.columns import Columns, code_columns
from outcross.assets.instruments.gower import Nearest, nearest_records, sample_rows
from outcross.assets.instruments.nearest_points import nearest_points
from outcross.assets.instruments.probe import Probe, View
from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.metrics.fitted_models import FittedModels
from outcross.resources.schema import Modality, Schema
from outcross.resources.seeds import derive_seed

ANY: frozenset[Modality] = frozenset({"image", "table", "text"})
TEXT: frozenset[Modality] = frozenset({"text"})
TABLE: frozenset[Modality] = frozenset({"table"})
ROWS: frozenset[Modality] = frozenset({"image", "table"})
IMAGE: frozenset[Modality] = frozenset({"image"})

Against = Literal["holdout", "previous"]
"""Which rows synthetic ones are held against: the holdout's, or those of the generation before."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Synthetic rows of one replicate beside the rows they are held against.

    Attributes:
        synthetic: canonical rows that one model generated.
        reference: canonical rows they are compared with: the holdout, or the previous generation's synthetic rows.
        schema: the columns' roles.
        against: which of the two the reference is.
        probe: what was fitted on the anchor alone: the embedding, the real-only classifier and language model.
        seed: for a metric that samples.
    """

    synthetic: pl.DataFrame
    reference: pl.DataFrame
    schema: Schema
    probe: Probe
    seed: int
    against: Against

    @cached_property
    def views(self) -> tuple[View, View]:
        """The synthetic and the reference rows as the probe sees them."""
        return self.probe.view(self.synthetic, seed=self.seed), self.probe.view(self.reference, seed=self.seed)

    @property
    def records(self) -> pl.DataFrame:
        """The rows that synthetic ones might be copies of: the anchor, or the previous generation's."""
        return self.probe.anchor if self.against == "holdout" else self.reference

    @cached_property
    def nearest(self) -> Nearest:
        """The records nearest to each synthetic row, or to each of those drawn by seed where there are many.

        By Gower's distance; of images, by the Euclidean one in the embedding.
        """
        seed = derive_seed("records", self.seed)
        if self.schema.modality == "image":
            return nearest_points(sample_rows(self.views[0].points, seed), self._record_points)
        return nearest_records(sample_rows(self.synthetic, seed), self.records, self.schema)

    def nearest_to_records(self, places: np.ndarray) -> Nearest:
        """The records nearest to the records at some places: first each itself, then the one nearest to it."""
        if self.schema.modality == "image":
            return nearest_points(self._record_points[places], self._record_points)
        return nearest_records(self.records[places], self.records, self.schema)

    @property
    def _record_points(self) -> np.ndarray:
        return self.probe.anchor_view.points if self.against == "holdout" else self.views[1].points

    @cached_property
    def columns(self) -> tuple[Columns, Columns]:
        """The columns of the synthetic and of the reference rows as numbers, with one code for equal levels."""
        return code_columns(self.synthetic, self.reference, self.schema)

    @property
    def classifier(self) -> Classifier:
        """A classifier of the label, trained on the synthetic rows."""
        return self.views[0].classifier

    @property
    def test(self) -> tuple[pl.DataFrame, np.ndarray]:
        """The rows that classifiers are tested on, the holdout's or the previous generation's, and their features."""
        view = self.probe.holdout_view if self.against == "holdout" else self.views[1]
        return view.rows, view.label_points


@dataclass(frozen=True)
class Measurement:
    """One value and its standard error (NaN where the metric has none). The name is that of an endpoint of its metric.

    ``about`` says what part of the rows it is of: all of it (empty), a column (``age``), a group (``sex=Female``).
    """

    metric: str
    value: float
    standard_error: float
    about: str = ""

    @classmethod
    def of_mean(cls, metric: str, values: np.ndarray) -> Self:
        """Measure the mean over rows of (rows,) values, with its standard error."""
        return cls(metric, float(values.mean()), float(values.std() / np.sqrt(len(values))))


@dataclass(frozen=True, kw_only=True)
class Metric:
    """Endpoints that are computed together, and so chosen together: the facts. Subclasses add how they are measured.

    Attributes:
        name: what a study's ``metrics`` calls it.
        modalities: of the data that it is defined for.
        endpoints: the numbers it gives.
        needs_label: whether it is defined for data with a label only.
        needs_group: whether it is defined for data with a group column only.
        needs_holdout: whether it needs rows that no generation saw.
        needs_likelihood: whether it needs a generator whose models score rows.
        opt_in: of which data it is too expensive to measure unless ``metrics`` names it.
    """

    name: str
    modalities: frozenset[Modality]
    endpoints: tuple[Endpoint, ...]
    needs_label: bool = False
    needs_group: bool = False
    needs_holdout: bool = True
    needs_likelihood: bool = False
    opt_in: frozenset[Modality] = frozenset()

    def is_defined_for(self, schema: Schema) -> bool:
        """Whether data of these columns can be measured."""
        return (
            schema.modality in self.modalities
            and not (self.needs_label and schema.label is None)
            and not (self.needs_group and not schema.groups)
        )

    def is_wanted(self, names: Collection[str] | None, modality: Modality) -> bool:
        """Whether it is among the metrics that are named; where none are, whether it is measured by default."""
        return modality not in self.opt_in if names is None else self.name in names


@dataclass(frozen=True, kw_only=True)
class RowMetric(Metric):
    """A metric of synthetic rows.

    Attributes:
        measure: measures one comparison.
        absolute: whether it reads the synthetic rows alone: against another reference it would repeat itself.
    """

    measure: Callable[[Comparison], list[Measurement]]
    absolute: bool = False


@dataclass(frozen=True, kw_only=True)
class ModelMetric(Metric):
    """A metric of the models themselves.

    Attributes:
        measure: measures one generation's models; returns the columns of ``MODEL_MEASUREMENTS``.
    """

    measure: Callable[[FittedModels], pl.DataFrame]
