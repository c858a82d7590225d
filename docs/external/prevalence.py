"""A learner as a plug-in: it learns the shares of the classes, and is judged by their total variation distance."""

from typing import ClassVar, Literal

import polars as pl

from outcross.assets.metrics.contract import Measurement
from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.study.learners.contract import Learner, Lesson, TrainedLearner, learner_endpoint
from outcross.resources.errors import BadInput
from outcross.resources.schema import Modality, Schema


class Prevalence(Learner):
    """Learn how frequent each class is."""

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table"})
    kind: Literal["prevalence"] = "prevalence"

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The distance: half the sum of the differences of shares."""
        return (learner_endpoint("prevalence_error", "lower", "how far the learned shares of the classes are off"),)

    def check(self, schema: Schema) -> None:
        """Raise ``BadInput`` if there is no label."""
        super().check(schema)
        if schema.label is None:
            raise BadInput("learner 'prevalence' needs a label; give a column the role 'label'")

    def train(self, lesson: Lesson) -> "TrainedPrevalence":
        """Weigh the rows of each class."""
        assert lesson.schema.label is not None
        name = lesson.schema.label.name
        rows = lesson.rows.select(name, weight=pl.Series(lesson.weights))
        return TrainedPrevalence(name, rows.group_by(name).agg(share=pl.col("weight").sum() / rows["weight"].sum()))


class TrainedPrevalence(TrainedLearner):
    """The learned shares of the classes."""

    def __init__(self, label: str, shares: pl.DataFrame) -> None:
        self._label, self._shares = label, shares

    def judge(self, rows: pl.DataFrame) -> list[Measurement]:
        """Compare them with the shares in real rows."""
        real = rows.group_by(self._label).agg(real=pl.len() / rows.height)
        both = self._shares.join(real, on=self._label, how="full", coalesce=True).fill_null(0)
        return [Measurement("learner_prevalence_error", (both["share"] - both["real"]).abs().sum() / 2, float("nan"))]
