"""Linear regression as a generator: features, labelled by the fitted coefficients."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from pydantic import Field, FiniteFloat

from outcross.resources.errors import BadInput
from outcross.resources.generators.closed_form.batches import (
    batches,
    closed_form_budget,
    numeric_values,
    replicate_sizes,
)
from outcross.resources.generators.closed_form.linear import Design, Features, least_squares
from outcross.resources.generators.closed_form.readings import reading
from outcross.resources.generators.contract import Budget, Cohort, CohortModel, Generator, Progress, Tensors
from outcross.resources.generators.fitting.frames import loss_frame, replicate_column
from outcross.resources.schema import Modality, Role, Schema

_FEWEST_FEATURES = 1


@dataclass(frozen=True)
class LinearRegressionModel(CohortModel):
    """One linear model per replicate.

    Attributes:
        settings: the generator's.
        schema: the columns, the target among them.
        replicates: K replicate numbers, ascending.
        coefficients: (K, d), in the schema's order of the features.
        features: the source of synthetic features.
        budget: what the fit spent.
        fit_loss: mean training loss of each replicate, nats per row.
    """

    settings: "LinearRegression"
    schema: Schema
    replicates: list[int]
    coefficients: np.ndarray
    features: Features
    budget: Budget
    fit_loss: list[float]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Label features with the fitted coefficients (or the stated labeller's) and noise."""
        drawn, streams = self.features.draw(self.replicates, seeds, rows)
        noise = self.settings.noise * np.stack([stream.standard_normal(rows) for stream in streams])
        labeller = self.coefficients
        if self.settings.labeller is not None:
            labeller = np.tile(self.settings.labeller, (len(self.replicates), 1))
        target = (drawn @ labeller[..., np.newaxis])[..., 0] + noise
        columns = {name: drawn[..., index].ravel() for index, name in enumerate(_features(self.schema, self.settings))}
        columns[self.settings.target] = target.ravel()
        return pl.DataFrame({"replicate": replicate_column(self.replicates, rows), **columns}).select(
            "replicate", *self.schema.names
        )

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Return the negative log-density of each row's target given its features, under the stated noise."""
        features = numeric_values(rows, _features(self.schema, self.settings), kind="linear_regression")
        target = numeric_values(rows, [self.settings.target], kind="linear_regression")[:, 0]
        nats = _nats(target - (features @ self.coefficients.T).T, self.settings.noise)
        return loss_frame(self.replicates, nats, np.ones(len(target), dtype=np.int64))

    def readings(self, truth: Mapping[str, Any]) -> pl.DataFrame | None:
        """Return the excess risk ‖β̂ − β‖² of a prediction at features ~ N(0, I)."""
        if truth.get("family") != "regression":
            return None
        error = self.coefficients - np.asarray(truth["coefficients"])
        return reading(self.replicates, excess_risk=(error**2).sum(axis=1))

    def tensors(self) -> Tensors:
        """Return ``coefficients`` (K, d), ``fit_loss`` (K,), and under ``same`` the design of each replicate."""
        tensors: Tensors = {"coefficients": self.coefficients, "fit_loss": np.asarray(self.fit_loss)}
        if self.features.training:
            tensors["design"] = np.concatenate(self.features.training)
            tensors["design_rows"] = np.array([len(each) for each in self.features.training], dtype=np.int64)
        return tensors

    def card(self) -> dict[str, Any]:
        """Return settings, schema, replicates and budget."""
        about = {"schema": self.schema.to_json(), "replicates": self.replicates, "budget": asdict(self.budget)}
        return {**self.settings.model_dump(mode="json"), "version": LinearRegression.version, **about}


class LinearRegression(Generator):
    """Least squares without intercept; synthetic rows are features with labels x·β̂ + noise·ε.

    The effect of accumulating data depends on whether those features are the training rows' own or new ones
    (Gerstgrasser et al. 2024, arXiv 2404.01413), so ``design`` has no default. Under ``same``, the first rows of the
    dataset are relabelled; these are its real rows where it has any.

    Attributes:
        target: dependent variable; every other column is a feature.
        noise: standard deviation σ of the label noise.
        design: ``same`` or ``fresh`` (features ~ N(0, I)).
        labeller: coefficients for the labels of synthetic rows, instead of the fitted ones: a labeller of known bias.
    """

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table"})

    kind: Literal["linear_regression"]
    target: str = "y"
    noise: float = Field(ge=0, allow_inf_nan=False, description="standard deviation of the labels it gives")
    design: Design
    labeller: tuple[FiniteFloat, ...] | None = None

    def check(self, schema: Schema) -> None:
        """Reject data without the target, and columns that are not real numbers."""
        if self.target not in schema.names:
            raise BadInput(
                f"generator 'linear_regression': there is no column '{self.target}'; "
                f"set 'target' to one of {', '.join(schema.names)}"
            )
        for column in schema.columns:
            if column.role is not Role.NUMERIC or column.integer or column.nullable:
                raise BadInput(
                    f"generator 'linear_regression': column '{column.name}' does not hold real numbers without nulls; "
                    "give it role 'ignore', or use kind 'copula'"
                )
        features = len(_features(schema, self))
        if features < _FEWEST_FEATURES:
            raise BadInput("generator 'linear_regression': the target is the only column; add numeric features")
        if self.labeller is not None and len(self.labeller) != features:
            raise BadInput(
                f"generator 'linear_regression': 'labeller' has {len(self.labeller)} coefficients for {features} "
                "features; give one coefficient per feature"
            )

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> LinearRegressionModel:
        """Solve all replicates at once; those of equal size share one batched computation."""
        self.check(cohort.schema)
        names = _features(cohort.schema, self)
        features = numeric_values(cohort.rows, names, kind=self.kind)
        target = numeric_values(cohort.rows, [self.target], kind=self.kind)[:, 0]
        replicates, sizes = replicate_sizes(cohort.rows)
        coefficients, fit_loss = np.empty((len(sizes), len(names))), np.empty(len(sizes))
        for chosen, x, y, weights in batches(sizes, features, target, cohort.rows["weight"].to_numpy()):
            solved = least_squares(x, y, weights, kind=self.kind)
            coefficients[chosen] = solved
            nats = _nats(y - (x @ solved[..., np.newaxis])[..., 0], self.noise)
            fit_loss[chosen] = np.where(weights > 0, weights * nats, 0.0).sum(axis=1) / weights.sum(axis=1)
        if progress:
            progress(len(sizes), len(sizes))
        kept = np.split(features, np.cumsum(sizes)[:-1]) if self.design == "same" else []
        return LinearRegressionModel(
            settings=self,
            schema=cohort.schema,
            replicates=replicates.tolist(),
            coefficients=coefficients,
            features=Features(self.design, kept, len(names)),
            budget=closed_form_budget(sizes),
            fit_loss=fit_loss.tolist(),
        )

    def load(self, tensors: Tensors, card: dict[str, Any]) -> LinearRegressionModel:
        """Rebuild the models."""
        kept = np.split(tensors["design"], np.cumsum(tensors["design_rows"])[:-1]) if self.design == "same" else []
        return LinearRegressionModel(
            settings=self,
            schema=Schema.from_json(card["schema"]),
            replicates=card["replicates"],
            coefficients=tensors["coefficients"],
            features=Features(self.design, kept, tensors["coefficients"].shape[1]),
            budget=Budget(**card["budget"]),
            fit_loss=tensors["fit_loss"].tolist(),
        )


def _features(schema: Schema, settings: LinearRegression) -> list[str]:
    return [name for name in schema.names if name != settings.target]


def _nats(residual: np.ndarray, noise: float) -> np.ndarray:
    if noise == 0:
        return np.where(residual == 0, 0.0, np.inf)
    result: np.ndarray = 0.5 * (residual / noise) ** 2 + np.log(noise * np.sqrt(2 * np.pi))
    return result
