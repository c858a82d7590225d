"""What a metric is: a function of one comparison that returns measurements."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from assets.evaluation.probe import Probe, View
from resources.schema import Modality, Schema


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Synthetic rows of one replicate beside the rows they are held against.

    Attributes:
        synthetic: canonical rows that one model generated.
        reference: canonical rows they are compared with: the holdout, or the previous generation's synthetic rows.
        schema: the columns' roles.
        probe: what was fitted on the anchor alone: the embedding, the real-only classifier and language model.
        seed: for a metric that samples.
    """

    synthetic: pl.DataFrame
    reference: pl.DataFrame
    schema: Schema
    probe: Probe
    seed: int

    @property
    def views(self) -> tuple[View, View]:
        """The synthetic and the reference rows as the probe sees them."""
        return self.probe.view(self.synthetic, seed=self.seed), self.probe.view(self.reference, seed=self.seed)


@dataclass(frozen=True)
class Measurement:
    """One value and its standard error (NaN where the metric has none). The name is a key of ``ENDPOINTS``."""

    metric: str
    value: float
    standard_error: float


@dataclass(frozen=True)
class Metric:
    """A family of measurements computed together, and the modalities it is defined for."""

    name: str
    modalities: frozenset[Modality]
    measure: Callable[[Comparison], list[Measurement]]
    needs_label: bool = False
