"""The uniform distribution on (0, θ): the simplest generator whose support can only shrink."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.generators.closed_form.batches import (
    batches,
    closed_form_budget,
    numeric_values,
    replicate_sizes,
)
from outcross.resources.generators.closed_form.readings import reading
from outcross.resources.generators.contract import Budget, Cohort, CohortModel, Generator, Progress, Tensors
from outcross.resources.generators.fitting.frames import loss_frame, replicate_column
from outcross.resources.schema import Modality, Role, Schema
from outcross.resources.seeds import generator


@dataclass(frozen=True)
class UniformModel(CohortModel):
    """Independent uniform columns, one set of upper ends θ (K, d) per replicate."""

    schema: Schema
    replicates: list[int]
    upper: np.ndarray
    budget: Budget
    fit_loss: list[float]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw ``rows`` rows from each replicate."""
        drawn = np.stack([generator(seeds[number]).random((rows, self.upper.shape[1])) for number in self.replicates])
        values = (drawn * self.upper[:, np.newaxis]).reshape(-1, self.upper.shape[1])
        columns = {name: values[:, index] for index, name in enumerate(self.schema.names)}
        return pl.DataFrame({"replicate": replicate_column(self.replicates, rows), **columns})

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Return Σ ln θ, or +inf for a row outside the support."""
        values = numeric_values(rows, self.schema.names, kind="uniform")
        inside = ((values[np.newaxis] >= 0) & (values[np.newaxis] <= self.upper[:, np.newaxis])).all(axis=2)
        nats = np.where(inside, np.log(self.upper).sum(axis=1)[:, np.newaxis], np.inf)
        return loss_frame(self.replicates, nats, np.ones(len(values), dtype=np.int64))

    def readings(self, truth: Mapping[str, Any]) -> pl.DataFrame | None:
        """Return the support θ̂/θ, mean over columns."""
        if truth.get("family") != "uniform":
            return None
        return reading(self.replicates, support=(self.upper / truth["upper"]).mean(axis=1))

    def tensors(self) -> Tensors:
        """Return ``upper`` (K, d) and ``fit_loss`` (K,)."""
        return {"upper": self.upper, "fit_loss": np.asarray(self.fit_loss)}

    def card(self) -> dict[str, Any]:
        """Return schema, replicates and budget."""
        about = {"schema": self.schema.to_json(), "replicates": self.replicates, "budget": asdict(self.budget)}
        return {"kind": "uniform", "version": Uniform.version, **about}


class Uniform(Generator):
    """Uniform(0, θ) in every column, θ by maximum likelihood: the largest value seen."""

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table"})

    kind: Literal["uniform"] = "uniform"

    def check(self, schema: Schema) -> None:
        """Reject columns that are not real numbers, and columns with nulls."""
        for column in schema.columns:
            if column.role is not Role.NUMERIC or column.integer or column.nullable:
                raise BadInput(
                    f"generator 'uniform': column '{column.name}' does not hold real numbers without nulls; "
                    "give it role 'ignore', or use kind 'copula'"
                )

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> UniformModel:
        """Compute each replicate's column maxima over the rows of positive weight."""
        self.check(cohort.schema)
        rows = cohort.rows.filter(pl.col("weight") > 0)
        values = numeric_values(rows, cohort.schema.names, kind="uniform")
        if (values < 0).any():
            name = cohort.schema.names[int(np.argmax((values < 0).any(axis=0)))]
            raise BadInput(f"generator 'uniform': column '{name}' has values below 0; shift it, or use kind 'copula'")
        replicates, sizes = replicate_sizes(rows)
        upper = np.empty((len(sizes), values.shape[1]))
        for chosen, batch in batches(sizes, values):
            upper[chosen] = batch.max(axis=1)
        if progress:
            progress(len(sizes), len(sizes))
        with np.errstate(divide="ignore"):
            fit_loss = np.log(upper).sum(axis=1)
        return UniformModel(
            schema=cohort.schema,
            replicates=replicates.tolist(),
            upper=upper,
            budget=closed_form_budget(sizes),
            fit_loss=fit_loss.tolist(),
        )

    def load(self, tensors: Tensors, card: dict[str, Any]) -> UniformModel:
        """Rebuild the models."""
        return UniformModel(
            schema=Schema.from_json(card["schema"]),
            replicates=card["replicates"],
            upper=tensors["upper"],
            budget=Budget(**card["budget"]),
            fit_loss=tensors["fit_loss"].tolist(),
        )
