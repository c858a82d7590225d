"""The contract of a learner: what is trained on the dataset of each generation, and judged on real rows."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import polars as pl
from pydantic import PrivateAttr, model_validator

from outcross.assets.metrics.contract import Measurement
from outcross.assets.metrics.endpoint import Definition, Direction, Endpoint, Reading
from outcross.resources.carried.carried import Carried
from outcross.resources.errors import BadInput
from outcross.resources.schema import Modality, Schema
from outcross.resources.settings import Settings

PREFIX = "learner_"
"""What the names of a learner's endpoints begin with."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What one replicate's learner is trained on: the dataset itself, synthetic and real rows alike.

    Attributes:
        rows: canonical training rows, the schema's columns.
        weights: (rows,) weight of each row, mean 1.
        schema: the columns.
        seed: every random number comes from it.
        replicate: its number, for messages.
        carried: the same rows as they came, with columns that nothing models; None where none are carried.
    """

    rows: pl.DataFrame
    weights: np.ndarray
    schema: Schema
    seed: int
    replicate: int = 0
    carried: Carried | None = None


class TrainedLearner(ABC):
    """A learner after its training."""

    @property
    def log(self) -> str:
        """What there is to read about the training and the judging, once judged; empty where there is nothing."""
        return ""

    @abstractmethod
    def judge(self, rows: pl.DataFrame) -> Sequence[Measurement]:
        """Measure what it does on real rows.

        Args:
            rows: canonical rows of the holdout, the schema's columns.

        Returns one measurement for each of the learner's endpoints, and further ones ``about`` a part of the rows.
        """

    def judge_carried(self, rows: pl.DataFrame, carried: Carried | None) -> Sequence[Measurement]:
        """Measure what it does on real rows that are given as they came as well; by default, these play no part."""
        return self.judge(rows)

    def close(self) -> None:  # noqa: B027 - most leave nothing behind
        """Release what training left behind, such as a folder; called once, also after an error."""


class Learner(Settings, ABC):
    """Settings of a learner. Subclasses add ``kind: Literal[...]`` and their own settings.

    A learner never sees the holdout before it is judged: :meth:`train` is given training rows alone.
    """

    version: ClassVar[str]
    """Increased whenever the same settings and seed would give other scores."""
    modalities: ClassVar[frozenset[Modality]]
    """What data it learns from."""
    honours_weights: ClassVar[bool] = True
    """Whether training honours unequal weights of rows."""
    keeps_scores: ClassVar[bool] = True
    """Whether the scores of each replicate are kept until all are there, since a training is dear."""
    without_effect: ClassVar[frozenset[str]] = frozenset()
    """Names of settings that change no score, so that another value makes nothing stale."""
    asks_outside: ClassVar[bool] = False
    """Whether it is a program outside, which is run for each replicate and generation, and may cost."""
    reads_carried: ClassVar[bool] = False
    """Whether it is given rows as they came, with the columns that nothing models."""
    kind: str

    _distribution: str | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _check_endpoints(self) -> Self:
        for endpoint in self.endpoints:
            if not endpoint.metric.startswith(PREFIX):
                raise ValueError(
                    f"learner '{self.kind}' has an endpoint '{endpoint.metric}', whose name does not begin with "
                    f"'{PREFIX}'; rename it in its class"
                )
        return self

    @property
    def release(self) -> str:
        """Its version; for a plug-in, followed by the name and version of its distribution."""
        return self.version if self._distribution is None else f"{self.version} ({self._distribution})"

    @property
    @abstractmethod
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The numbers that it is judged by; each name begins with ``learner_``."""

    def check(self, schema: Schema) -> None:
        """Raise ``BadInput`` where the data are of another kind; a subclass adds the columns that it needs."""
        if schema.modality not in self.modalities:
            raise BadInput(
                f"learner '{self.kind}' learns from {' and '.join(sorted(self.modalities))} data, but the source has "
                f"{schema.modality} data; choose another learner"
            )

    def check_rows(self, schema: Schema, *, anchor: pl.DataFrame, holdout: pl.DataFrame) -> None:
        """Accept any real rows; a subclass raises ``BadInput`` where no score could be computed on them."""

    def alternatives(self) -> Mapping[str, "Learner"]:
        """Return what real rows alone can do otherwise: name → this learner with other settings; none by default.

        Where a study asks if synthetic rows help, they have to beat these as well.
        """
        return {}

    def resamples(self, *, has_label: bool) -> bool:
        """Return whether real rows with a mix's shares of the labels are an alternative; where there are labels.

        Args:
            has_label: whether the study file states a label.
        """
        return has_label

    @abstractmethod
    def train(self, lesson: Lesson) -> TrainedLearner:
        """Train on the rows of one replicate."""


def learner_endpoint(
    name: str, direction: Direction, meaning: str, *, has_zero: bool = True, unit: str = ""
) -> Endpoint:
    """Return an endpoint of a learner: each is of what a model that is trained on the dataset is worth.

    Args:
        name: without the prefix.
        direction: which values are better.
        meaning: a short description for the reader of a verdict.
        has_zero: whether its zero is a true one, so that a tolerance may be a share of it.
        unit: what it is measured in; empty for a share.
    """
    return Endpoint(
        PREFIX + name, Definition.UTILITY_FALLS, Reading.ANY_RISK, direction, meaning, has_zero=has_zero, unit=unit
    )
