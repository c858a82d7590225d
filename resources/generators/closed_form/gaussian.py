"""The multivariate normal: a generator with exact fit, samples and loss, for checks against theory."""

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
    standard_normals,
)
from outcross.resources.generators.closed_form.diagonal_normal import DiagonalNormals
from outcross.resources.generators.closed_form.normal import Normals
from outcross.resources.generators.closed_form.readings import reading
from outcross.resources.generators.contract import Budget, Cohort, CohortModel, Generator, Progress, Tensors
from outcross.resources.generators.fitting.frames import loss_frame, replicate_column
from outcross.resources.schema import Modality, Role, Schema


@dataclass(frozen=True)
class GaussianModel(CohortModel):
    """One multivariate normal per replicate.

    Attributes:
        schema: the columns, all numeric.
        replicates: K replicate numbers, ascending.
        normals: the K distributions; those with independent columns store variances only.
        budget: what the fit spent.
        fit_loss: K weighted mean training losses, nats per row.
        settings: the generator's settings, for the card.
    """

    schema: Schema
    replicates: list[int]
    normals: Normals | DiagonalNormals
    budget: Budget
    fit_loss: list[float]
    settings: dict[str, Any]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw ``rows`` rows from each normal."""
        dimensions = len(self.schema.columns)
        noise = standard_normals(self.replicates, seeds, (rows, dimensions))
        noise *= np.sqrt(self.settings["sampling_bias"])
        values = self.normals.transform(noise).reshape(-1, dimensions)
        columns = {name: values[:, index] for index, name in enumerate(self.schema.names)}
        return pl.DataFrame({"replicate": replicate_column(self.replicates, rows), **columns})

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Return the exact negative log-density of each row.

        A normal with a rank-deficient covariance is a density on a plane: rows off that plane score +inf.
        """
        values = numeric_values(rows, self.schema.names, kind="gaussian")
        nats = self.normals.nats(values[np.newaxis])
        return loss_frame(self.replicates, nats, np.ones(len(values), dtype=np.int64))

    def readings(self, truth: Mapping[str, Any]) -> pl.DataFrame | None:
        """Compare mean and variance with the population's, each a mean over columns, in units of its variance.

        ``excess_risk`` (μ̂ − μ)²/σ²; ``fitted_variance`` σ̂²/σ²; ``wasserstein`` ((μ̂ − μ)² + (σ̂ − σ)²)/σ², which is
        W₂² (squared 2-Wasserstein distance) of independent columns; it is omitted for a full covariance of several
        columns.
        """
        if truth.get("family") != "gaussian":
            return None
        unit = truth["deviation"]
        error = (self.normals.mean - truth["mean"]) / unit
        variance = self.normals.variances / unit**2
        found = {"excess_risk": (error**2).mean(axis=1), "fitted_variance": variance.mean(axis=1)}
        if isinstance(self.normals, DiagonalNormals) or error.shape[1] == 1:
            found["wasserstein"] = (error**2 + (np.sqrt(variance) - 1) ** 2).mean(axis=1)
        return reading(self.replicates, **found)

    def tensors(self) -> Tensors:
        """Return ``mean`` (K, d), ``covariance`` (K, d, d) or ``variances`` (K, d), ``fit_loss`` (K,)."""
        return {**self.normals.tensors(), "fit_loss": np.asarray(self.fit_loss)}

    def card(self) -> dict[str, Any]:
        """Return settings, schema, replicates, budget, and the lowest rank of a covariance."""
        return {
            **self.settings,
            "version": Gaussian.version,
            "schema": self.schema.to_json(),
            "replicates": self.replicates,
            "budget": asdict(self.budget),
            "lowest_rank": int(self.normals.rank.min()),
        }


class Gaussian(Generator):
    """A multivariate normal fitted to an all-numeric table by its weighted moments.

    Attributes:
        ddof: 1 divides the scatter by Σw − Σw²/Σw (n − 1 for equal weights: unbiased), 0 by Σw (n: maximum likelihood).
        covariance: ``full``; ``diagonal`` for independent columns; ``known`` for independent columns with a fixed
            standard deviation, so that only the mean is estimated.
        deviation: the fixed standard deviation under ``known``.
        sampling_bias: λ ≤ 1; synthetic rows are drawn from N(μ̂, λΣ̂), which trades diversity for quality (Alemohammad
            et al. 2024, arXiv 2307.01850).
    """

    version: ClassVar[str] = "3"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table"})

    kind: Literal["gaussian"] = "gaussian"
    ddof: Literal[0, 1] = 1
    covariance: Literal["full", "diagonal", "known"] = "full"
    deviation: float = Field(1.0, gt=0, allow_inf_nan=False)
    sampling_bias: float = Field(1.0, gt=0, le=1)

    def check(self, schema: Schema) -> None:
        """Reject columns that are not real numbers, and columns with nulls.

        Integers are rejected too: with rounded samples, the loss would be that of another distribution.
        """
        for column in schema.columns:
            if column.role is not Role.NUMERIC:
                wrong, remedy = f"has role '{column.role}'", "give it role 'ignore'"
            elif column.is_temporal:
                wrong, remedy = f"holds {column.kind}s, which are counted in whole numbers", "give it role 'ignore'"
            elif column.integer:
                wrong = "holds integers, but a normal distribution models real numbers"
                remedy = "set 'integer: false' for it in 'columns'"
            elif column.nullable:
                wrong, remedy = "has nulls", "fill or drop them"
            else:
                continue
            raise BadInput(f"generator 'gaussian': column '{column.name}' {wrong}; {remedy}, or use kind 'copula'")

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> GaussianModel:
        """Fit all replicates at once; those of equal size share one batched computation."""
        self.check(cohort.schema)
        values = numeric_values(cohort.rows, cohort.schema.names, kind="gaussian")
        weights = cohort.rows["weight"].to_numpy()
        replicates, sizes = replicate_sizes(cohort.rows)
        dimensions = values.shape[1]
        mean = np.empty((len(sizes), dimensions))
        spread = np.empty((len(sizes), dimensions, dimensions) if self.covariance == "full" else mean.shape)
        for chosen, batch, batch_weights in batches(sizes, values, weights):
            mean[chosen], spread[chosen] = self._moments(batch, batch_weights)
        normals = Normals(mean, spread) if self.covariance == "full" else DiagonalNormals(mean, spread)
        fit_loss = np.empty(len(sizes))
        for chosen, batch, batch_weights in batches(sizes, values, weights):
            nats = normals.take(chosen).nats(batch)
            # 0 × inf would be NaN: a row of weight 0 does not count, whatever its loss.
            fit_loss[chosen] = np.where(batch_weights > 0, batch_weights * nats, 0.0).sum(axis=1) / batch_weights.sum(1)
        if progress:
            progress(len(sizes), len(sizes))
        return GaussianModel(
            schema=cohort.schema,
            replicates=replicates.tolist(),
            normals=normals,
            budget=closed_form_budget(sizes),
            fit_loss=fit_loss.tolist(),
            settings=self.model_dump(),
        )

    def _moments(self, values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weighted means (K, d) and covariances (K, d, d), or variances (K, d), of values (K, M, d)."""
        total = weights.sum(axis=1)
        share = (weights / total[:, np.newaxis])[:, np.newaxis]
        mean = share @ values
        # A second pass on the residuals: else the rounding error of the mean counts as variance in a constant column.
        mean += share @ (values - mean)
        if self.covariance == "known":
            return mean[:, 0], np.full_like(mean[:, 0], self.deviation**2)
        divisor = total - self.ddof * (weights**2).sum(axis=1) / total
        if not np.all(divisor > 0):
            raise BadInput(
                "generator 'gaussian': a replicate has too few rows of positive weight for a covariance; "
                "give it at least two, or set ddof: 0"
            )
        centred = values - mean
        weighted = weights[..., np.newaxis] * centred
        if self.covariance == "diagonal":
            return mean[:, 0], (weighted * centred).sum(axis=1) / divisor[:, np.newaxis]
        return mean[:, 0], weighted.transpose(0, 2, 1) @ centred / divisor[:, np.newaxis, np.newaxis]

    def load(self, tensors: Tensors, card: dict[str, Any]) -> GaussianModel:
        """Rebuild the models from their moments."""
        return GaussianModel(
            schema=Schema.from_json(card["schema"]),
            replicates=card["replicates"],
            normals=Normals(tensors["mean"], tensors["covariance"])
            if self.covariance == "full"
            else DiagonalNormals(tensors["mean"], tensors["variances"]),
            budget=Budget(**card["budget"]),
            fit_loss=tensors["fit_loss"].tolist(),
            settings=self.model_dump(),
        )
