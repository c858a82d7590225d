"""A linear classifier as a generator: it draws features and labels them, with label noise."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from pydantic import Field

from outcross.resources.errors import BadInput
from outcross.resources.generators.closed_form.batches import (
    batches,
    closed_form_budget,
    numeric_values,
    replicate_sizes,
)
from outcross.resources.generators.closed_form.linear import Features, least_squares
from outcross.resources.generators.closed_form.readings import reading
from outcross.resources.generators.contract import Budget, Cohort, CohortModel, Generator, Progress, Tensors
from outcross.resources.generators.fitting.frames import replicate_column
from outcross.resources.schema import Modality, Role, Schema

_CLASSES = 2


@dataclass(frozen=True)
class LinearClassifierModel(CohortModel):
    """One normal vector (K, d) per replicate; ``classes`` (K pairs) label its negative and positive side."""

    settings: "LinearClassifier"
    schema: Schema
    replicates: list[int]
    classes: list[list[str]]
    direction: np.ndarray
    budget: Budget
    fit_loss: list[float]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw features ~ N(0, I) and label them by side, flipped with probability ``label_noise``."""
        features = Features("fresh", [], self.direction.shape[1])
        drawn, streams = features.draw(self.replicates, seeds, rows)
        flipped = np.stack([stream.random(rows) for stream in streams]) < self.settings.label_noise
        positive = ((drawn @ self.direction[..., np.newaxis])[..., 0] > 0) ^ flipped
        names = [column.name for column in self.schema.numeric]
        columns = {name: drawn[..., index].ravel() for index, name in enumerate(names)}
        assert self.schema.label is not None
        sides = 2 * np.arange(len(self.replicates))[:, np.newaxis] + positive
        labels = pl.Series([name for pair in self.classes for name in pair], dtype=pl.String).gather(sides.ravel())
        made = pl.DataFrame({"replicate": replicate_column(self.replicates, rows), **columns})
        return made.with_columns(labels.alias(self.schema.label.name)).select("replicate", *self.schema.names)

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> None:
        """Return None: a separating plane has no likelihood."""
        return

    def readings(self, truth: Mapping[str, Any]) -> pl.DataFrame | None:
        """Return the accuracy on features ~ N(0, I), 1 − angle/π between the fitted and the true direction."""
        if truth.get("family") != "classes":
            return None
        true = np.asarray(truth["direction"])
        cosine = self.direction @ true / np.linalg.norm(self.direction, axis=1) / np.linalg.norm(true)
        return reading(self.replicates, accuracy=1 - np.arccos(np.clip(cosine, -1, 1)) / np.pi)

    def tensors(self) -> Tensors:
        """Return ``direction`` (K, d)."""
        return {"direction": self.direction}

    def card(self) -> dict[str, Any]:
        """Return settings, schema, replicates, classes and budget."""
        return {
            **self.settings.model_dump(mode="json"),
            "version": LinearClassifier.version,
            "schema": self.schema.to_json(),
            "replicates": self.replicates,
            "classes": self.classes,
            "budget": asdict(self.budget),
        }


class LinearClassifier(Generator):
    """Least squares on labels ±1 without intercept: closed form, with a consistent direction for features ~ N(0, I).

    Attributes:
        label_noise: ε, the probability that a synthetic row's label is flipped (Feng et al. 2025, arXiv 2406.07515).
    """

    version: ClassVar[str] = "2"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table"})
    scores_rows: ClassVar[bool] = False

    kind: Literal["linear_classifier"] = "linear_classifier"
    label_noise: float = Field(0.0, ge=0, le=1)

    def check(self, schema: Schema) -> None:
        """Reject data without a label, or with features that are not real numbers."""
        if schema.label is None:
            raise BadInput("generator 'linear_classifier': no column has role 'label'; give one that role")
        for column in schema.columns:
            wrong = column.role is not Role.NUMERIC or column.integer or column.nullable
            if column is not schema.label and wrong:
                raise BadInput(
                    f"generator 'linear_classifier': column '{column.name}' does not hold real numbers without nulls; "
                    "give it role 'ignore', or use kind 'copula'"
                )
        if not schema.numeric:
            raise BadInput("generator 'linear_classifier': the label is the only column; add numeric features")

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> LinearClassifierModel:
        """Solve all replicates at once.

        Raises:
            BadInput: the label has more than two classes or nulls, or features are linearly dependent.
        """
        self.check(cohort.schema)
        assert cohort.schema.label is not None
        label = cohort.rows[cohort.schema.label.name]
        found = label.n_unique()
        if label.null_count() or found > _CLASSES:
            raise BadInput(
                f"generator 'linear_classifier': label '{label.name}' has {found} values (a null counts as one), "
                f"but at most {_CLASSES} classes and no nulls are allowed; drop those rows, or give "
                "another column role 'label'"
            )
        names = [column.name for column in cohort.schema.numeric]
        features = numeric_values(cohort.rows, names, kind=self.kind)
        replicates, sizes = replicate_sizes(cohort.rows)
        classes = _classes(cohort.rows, label.name)
        positive = pl.Series([pair[1] for pair in classes], dtype=pl.String).gather(
            np.repeat(np.arange(len(sizes)), sizes)
        )
        target = np.where((label == positive).to_numpy(), 1.0, -1.0)
        direction = np.empty((len(sizes), len(names)))
        for chosen, x, y, weights in batches(sizes, features, target, cohort.rows["weight"].to_numpy()):
            direction[chosen] = least_squares(x, y, weights, kind=self.kind)
        if progress:
            progress(len(sizes), len(sizes))
        return LinearClassifierModel(
            settings=self,
            schema=cohort.schema,
            replicates=replicates.tolist(),
            classes=classes,
            direction=direction,
            budget=closed_form_budget(sizes),
            fit_loss=[float("nan")] * len(sizes),
        )

    def load(self, tensors: Tensors, card: dict[str, Any]) -> LinearClassifierModel:
        """Rebuild the models."""
        return LinearClassifierModel(
            settings=self,
            schema=Schema.from_json(card["schema"]),
            replicates=card["replicates"],
            classes=card["classes"],
            direction=tensors["direction"],
            budget=Budget(**card["budget"]),
            fit_loss=[float("nan")] * len(card["replicates"]),
        )


def _classes(rows: pl.DataFrame, label: str) -> list[list[str]]:
    """Return the first and the last class among the rows of positive weight of each replicate.

    Curation can leave a single class; both sides of the plane then have that class, whatever the other replicates have.
    """
    seen = pl.col(label).filter(pl.col("weight") > 0)
    ends = rows.group_by("replicate", maintain_order=True).agg(first=seen.min(), last=seen.max())
    return [list(pair) for pair in ends.select("first", "last").iter_rows()]
