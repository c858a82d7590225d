"""The multivariate normal: a generator whose fit, samples and loss are exact, so that theory can be checked on it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl

from resources.errors import BadInput
from resources.generators.contract import Budget, Cohort, CohortModel, Generator, Progress, Tensors
from resources.generators.frames import loss_frame, replicate_column
from resources.generators.normal import Normals
from resources.schema import Modality, Role, Schema
from resources.seeds import generator


@dataclass(frozen=True)
class GaussianModel(CohortModel):
    """One multivariate normal per replicate.

    Attributes:
        schema: the columns, all numeric.
        replicates: K replicate numbers, ascending.
        normals: the K distributions.
        budget: what the fit spent.
        fit_loss: K weighted mean training losses, nats per row.
        settings: the generator's settings, for the card.
    """

    schema: Schema
    replicates: list[int]
    normals: Normals
    budget: Budget
    fit_loss: list[float]
    settings: dict[str, Any]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw ``rows`` rows from each normal."""
        dimensions = len(self.schema.columns)
        noise = np.stack([generator(seeds[number]).standard_normal((rows, dimensions)) for number in self.replicates])
        values = self.normals.transform(noise).reshape(-1, dimensions)
        columns = {name: values[:, index] for index, name in enumerate(self.schema.names)}
        return pl.DataFrame({"replicate": replicate_column(self.replicates, rows), **columns})

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Return the exact negative log-density of each row.

        A normal whose covariance has lost rank is a density on a plane: rows off that plane score +inf.
        """
        values = _values(rows, self.schema)
        nats = self.normals.nats(values[np.newaxis])
        return loss_frame(self.replicates, nats, np.ones(len(values), dtype=np.int64))

    def tensors(self) -> Tensors:
        """``mean`` (K, d), ``covariance`` (K, d, d), ``fit_loss`` (K,)."""
        return {
            "mean": self.normals.mean,
            "covariance": self.normals.covariance,
            "fit_loss": np.asarray(self.fit_loss),
        }

    def card(self) -> dict[str, Any]:
        """Settings, schema, replicates, budget, and the lowest rank of a covariance."""
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
        covariance: ``full``, or ``diagonal`` for independent columns.
    """

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table"})

    kind: Literal["gaussian"] = "gaussian"
    ddof: Literal[0, 1] = 1
    covariance: Literal["full", "diagonal"] = "full"

    def check(self, schema: Schema) -> None:
        """Refuse columns that are not real numbers, and columns with nulls.

        Integers are refused too: rounding the samples would make the loss another distribution's.
        """
        for column in schema.columns:
            if column.role is not Role.NUMERIC:
                wrong, remedy = f"has role '{column.role}'", "give it role 'ignore'"
            elif column.integer:
                wrong, remedy = "holds integers, a normal distribution real numbers", "cast it to a float"
            elif column.nullable:
                wrong, remedy = "has nulls", "fill or drop them"
            else:
                continue
            raise BadInput(f"generator 'gaussian': column '{column.name}' {wrong}; {remedy}, or use kind 'copula'")

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> GaussianModel:
        """Fit all replicates at once; those of equal size share one batched computation."""
        self.check(cohort.schema)
        values, weights = _values(cohort.rows, cohort.schema), cohort.rows["weight"].to_numpy()
        replicates, sizes = np.unique(cohort.rows["replicate"].to_numpy(), return_counts=True)
        dimensions = values.shape[1]
        mean = np.empty((len(sizes), dimensions))
        covariance = np.empty((len(sizes), dimensions, dimensions))
        batches = list(_batches(sizes, values, weights))
        for chosen, batch, batch_weights in batches:
            mean[chosen], covariance[chosen] = self._moments(batch, batch_weights)
        normals = Normals(mean, covariance)
        fit_loss = np.empty(len(sizes))
        for chosen, batch, batch_weights in batches:
            nats = normals.take(chosen).nats(batch)
            # 0 × inf would be NaN: a row without weight does not count, whatever it scores.
            fit_loss[chosen] = np.where(batch_weights > 0, batch_weights * nats, 0.0).sum(axis=1) / batch_weights.sum(1)
        if progress:
            progress(len(sizes), len(sizes))
        rows = sizes.tolist()
        return GaussianModel(
            schema=cohort.schema,
            replicates=replicates.tolist(),
            normals=normals,
            budget=Budget(rows=rows, tokens=[0] * len(rows), steps=1, rows_seen=rows),
            fit_loss=fit_loss.tolist(),
            settings=self.model_dump(),
        )

    def _moments(self, values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weighted means (K, d) and covariances (K, d, d) of values (K, M, d) with weights (K, M)."""
        total = weights.sum(axis=1)
        divisor = total - self.ddof * (weights**2).sum(axis=1) / total
        if not np.all(divisor > 0):
            raise BadInput(
                "generator 'gaussian': a replicate has too few rows of positive weight for a covariance; "
                "give it at least two, or set ddof: 0"
            )
        share = (weights / total[:, np.newaxis])[:, np.newaxis]
        mean = share @ values
        # Once more on what is left: else the rounding of the mean passes for variance where a column is constant.
        mean += share @ (values - mean)
        centred = values - mean
        weighted = weights[..., np.newaxis] * centred
        if self.covariance == "diagonal":
            scatter = (weighted * centred).sum(axis=1)[:, np.newaxis] * np.eye(values.shape[2])
        else:
            scatter = weighted.transpose(0, 2, 1) @ centred
        return mean[:, 0], scatter / divisor[:, np.newaxis, np.newaxis]

    def load(self, tensors: Tensors, card: dict[str, Any]) -> GaussianModel:
        """Rebuild the models from their moments."""
        return GaussianModel(
            schema=Schema.from_json(card["schema"]),
            replicates=card["replicates"],
            normals=Normals(tensors["mean"], tensors["covariance"]),
            budget=Budget(**card["budget"]),
            fit_loss=tensors["fit_loss"].tolist(),
            settings=self.model_dump(),
        )


def _values(rows: pl.DataFrame, schema: Schema) -> np.ndarray:
    """Return the schema's columns as a float array (rows, d); refuse nulls, NaN and infinities."""
    values = np.column_stack([rows[name].cast(pl.Float64).to_numpy() for name in schema.names])
    wrong = ~np.isfinite(values).all(axis=0)
    if wrong.any():
        name = schema.names[int(np.argmax(wrong))]
        raise BadInput(
            f"generator 'gaussian': column '{name}' has nulls or values that are not finite; drop those rows"
        )
    return values


def _batches(
    sizes: np.ndarray, values: np.ndarray, weights: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield (indices of the replicates, their values (K, M, d), their weights (K, M)) for each distinct size M."""
    starts = np.cumsum(sizes) - sizes
    for size in np.unique(sizes):
        chosen = np.flatnonzero(sizes == size)
        positions = starts[chosen, np.newaxis] + np.arange(size)
        yield chosen, values[positions], weights[positions]
