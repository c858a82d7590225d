"""The contract of a metric: a function that measures rows or models, its requirements, and its endpoints."""

from collections.abc import Callable, Collection, Mapping
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
from outcross.assets.instruments.regressor import Regressor
from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.metrics.fitted_models import FittedModels
from outcross.assets.metrics.levels import Levels
from outcross.resources.schema import Modality, Schema
from outcross.resources.seeds import derive_seed

ANY: frozenset[Modality] = frozenset({"image", "table", "text"})
TEXT: frozenset[Modality] = frozenset({"text"})
TABLE: frozenset[Modality] = frozenset({"table"})
ROWS: frozenset[Modality] = frozenset({"image", "table"})
IMAGE: frozenset[Modality] = frozenset({"image"})

DEFAULT = "default"
"""The name in ``metrics`` of a study that stands for all metrics but the expensive ones."""


def may_measure(names: Collection[str] | None, metric: str) -> bool:
    """Return whether the names of ``metrics`` let a metric be measured; None and ``default`` stand for most of them."""
    return names is None or DEFAULT in names or metric in names


Against = Literal["holdout", "test", "previous"]
"""The reference of a comparison: the holdout, a named test set, or the synthetic rows of the previous generation."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Synthetic rows of one replicate and the reference rows with which they are compared.

    Attributes:
        synthetic: canonical rows that one model generated.
        reference: canonical rows of the holdout, of a named test set, or of the previous generation.
        schema: the columns' roles.
        against: which of these the reference is.
        probe: everything fitted to the anchor alone, such as the embedding, the classifier and the language model.
        seed: seed of metrics that sample.
    """

    synthetic: pl.DataFrame
    reference: pl.DataFrame
    schema: Schema
    probe: Probe
    seed: int
    against: Against

    @cached_property
    def views(self) -> tuple[View, View]:
        """The synthetic and the reference rows, viewed through the probe."""
        return self.probe.view(self.synthetic, seed=self.seed), self.probe.view(self.reference, seed=self.seed)

    @property
    def records(self) -> pl.DataFrame:
        """The rows that synthetic rows could copy: those of the anchor, or of the previous generation."""
        return self.reference if self.against == "previous" else self.probe.anchor

    @cached_property
    def nearest(self) -> Nearest:
        """The nearest records of each synthetic row; of many rows, a sample is drawn by seed.

        The distance is Gower's for tables, and Euclidean in the embedding for images.
        """
        seed = derive_seed("records", self.seed)
        if self.schema.modality == "image":
            return nearest_points(sample_rows(self.views[0].points, seed), self._record_points)
        return nearest_records(sample_rows(self.synthetic, seed), self.records, self.schema)

    def record_spacings(self, places: np.ndarray) -> np.ndarray:
        """Return the distance of the records at some places to their nearest other record; 0 if that is equal."""
        if self.schema.modality == "image":
            return nearest_points(self._record_points[places], self._record_points).second
        if self.against != "previous":
            return self.probe.anchor_spacings(places)
        return nearest_records(self.records[places], self.records, self.schema).second

    @property
    def _record_points(self) -> np.ndarray:
        return self.views[1].points if self.against == "previous" else self.probe.anchor_view.points

    @cached_property
    def columns(self) -> tuple[Columns, Columns]:
        """The columns of the synthetic and the reference rows as numbers; equal levels have equal codes."""
        return code_columns(self.synthetic, self.reference, self.schema)

    @property
    def classifier(self) -> Classifier:
        """A classifier of the label, trained on the synthetic rows."""
        return self.views[0].classifier

    @property
    def regressor(self) -> Regressor:
        """A regressor of the target, trained on the synthetic rows."""
        return self.views[0].regressor

    @property
    def test(self) -> tuple[pl.DataFrame, np.ndarray]:
        """The rows on which models of utility are tested, from the reference, and features."""
        view = self.probe.holdout_view if self.against == "holdout" else self.views[1]
        return view.rows, view.label_points


@dataclass(frozen=True)
class Measurement:
    """One value of an endpoint with its standard error (NaN where the metric has none).

    ``about`` names the part that was measured: empty for all rows, a column (``age``), or a group (``sex=Female``).
    """

    metric: str
    value: float
    standard_error: float
    about: str = ""

    @classmethod
    def of_mean(cls, metric: str, values: np.ndarray, about: str = "") -> Self:
        """Return the mean of (rows,) values with its standard error."""
        return cls(metric, float(values.mean()), float(values.std() / np.sqrt(len(values))), about)


@dataclass(frozen=True, kw_only=True)
class Margin:
    """What a model that is trained on real rows gains on a constant prediction.

    Attributes:
        value: of the model, on the holdout.
        constant: the value that a constant prediction has.
        error: standard error of the difference.
    """

    value: float
    constant: float
    error: float

    @property
    def is_none(self) -> bool:
        """Whether the model does no better, within the standard error, or cannot be measured."""
        return not self.value - self.constant > self.error


@dataclass(frozen=True, kw_only=True)
class Metric:
    """Endpoints that are computed together, and so selected together. Subclasses add how they are measured.

    Attributes:
        name: its name under ``metrics`` of a study.
        modalities: modalities of the data for which it is defined.
        endpoints: the numbers that it measures.
        needs_label: whether it is defined only for data with a label.
        needs_group: whether it is defined only for data with a group column.
        needs_holdout: whether it needs rows that no generation sees.
        needs_likelihood: whether it needs a generator whose models score rows.
        opt_in: modalities for which it is expensive, so that it is measured only if ``metrics`` names it.
        needs_outcome: whether it is defined only for data with a label or a target.
        needs_colour: whether it is defined only for pictures in colour.
        of_labels: names of the endpoints that need a label even so.
        count_levels: counts, given the schema, the anchor and the holdout, the levels that it measures one by one.
        of_levels: names of the endpoints that need one such level.
        find_lack: returns, given the schema and the anchor, why these rows show nothing to measure.
        version: raised when the same rows would measure differently: it makes the evaluations out of date that have it.
        find_constants: returns what a constant prediction has, by endpoint, given the schema, anchor and holdout.
        find_margins: measures by how much the model that is trained on real rows beats a constant, by endpoint.
    """

    name: str
    modalities: frozenset[Modality]
    endpoints: tuple[Endpoint, ...]
    needs_label: bool = False
    needs_group: bool = False
    needs_holdout: bool = True
    needs_likelihood: bool = False
    opt_in: frozenset[Modality] = frozenset()
    needs_outcome: bool = False
    needs_colour: bool = False
    of_labels: frozenset[str] = frozenset()
    count_levels: Callable[[Schema, pl.DataFrame, pl.DataFrame], Levels] | None = None
    of_levels: frozenset[str] = frozenset()
    find_constants: Callable[[Schema, pl.DataFrame, pl.DataFrame], Mapping[str, float]] | None = None
    find_margins: Callable[[Probe], Mapping[str, Margin]] | None = None
    find_lack: Callable[[Schema, pl.DataFrame], str | None] | None = None
    version: str = "1"

    def is_defined_for(self, schema: Schema) -> bool:
        """Return whether it is defined for data with these columns."""
        return (
            schema.modality in self.modalities
            and not (self.needs_label and schema.label is None)
            and not (self.needs_group and not schema.groups)
            and not (self.needs_outcome and schema.outcome is None)
            and not (self.needs_colour and not schema.is_in_colour)
        )

    def is_wanted(self, names: Collection[str] | None, modality: Modality) -> bool:
        """Return whether it is among the names, or they ask for the default and it is measured by default."""
        by_default = names is None or DEFAULT in names
        return (by_default and modality not in self.opt_in) or (names is not None and self.name in names)


@dataclass(frozen=True, kw_only=True)
class RowMetric(Metric):
    """A metric of synthetic rows.

    Attributes:
        measure: measures one comparison.
        absolute: whether it reads the synthetic rows alone, so that another reference would give the same value.
    """

    measure: Callable[[Comparison], list[Measurement]]
    absolute: bool = False


@dataclass(frozen=True, kw_only=True)
class ModelMetric(Metric):
    """A metric of the models themselves.

    Attributes:
        measure: measures the models of one generation; returns the columns of ``MODEL_MEASUREMENTS``.
    """

    measure: Callable[[FittedModels], pl.DataFrame]
