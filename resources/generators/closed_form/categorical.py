"""Independent categorical columns: the simplest generator, which learns category frequencies only."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.generators.closed_form.batches import closed_form_budget, replicate_sizes
from outcross.resources.generators.closed_form.readings import reading
from outcross.resources.generators.contract import Budget, Cohort, CohortModel, Generator, Progress, Tensors
from outcross.resources.generators.fitting.frames import loss_frame, pack_strings, replicate_column, unpack_strings
from outcross.resources.schema import Modality, Role, Schema
from outcross.resources.seeds import generator

_DISCRETE = frozenset({Role.CATEGORICAL, Role.LABEL, Role.GROUP})


@dataclass(frozen=True)
class CategoricalModel(CohortModel):
    """Independent categorical columns.

    Attributes:
        schema: the columns.
        replicates: K replicate numbers, ascending.
        levels: column → its categories, the union over replicates; None stands for a null.
        probabilities: column → (K, levels).
        budget: what the fit spent.
        fit_loss: mean training loss of each replicate, nats per row.
    """

    schema: Schema
    replicates: list[int]
    levels: dict[str, list[str | None]]
    probabilities: dict[str, np.ndarray]
    budget: Budget
    fit_loss: list[float]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw ``rows`` rows from each replicate."""
        drawn = np.stack([generator(seeds[number]).random((len(self.levels), rows)) for number in self.replicates])
        columns = {}
        for index, name in enumerate(self.schema.names):
            upper = np.cumsum(self.probabilities[name], axis=1)
            upper /= upper[:, -1:]
            # One search for all replicates: the steps of replicate k are between k and k + 1.
            offset = np.arange(len(upper))[:, np.newaxis]
            steps = (upper + offset).ravel()
            found = np.searchsorted(steps, (drawn[:, index] + offset).ravel(), side="right").reshape(-1, rows)
            likely = self.probabilities[name][:, ::-1] > 0
            last = upper.shape[1] - 1 - likely.argmax(axis=1)[:, np.newaxis]
            codes = np.clip(found - offset * upper.shape[1], 0, last)
            columns[name] = pl.Series(self.levels[name], dtype=pl.String).gather(codes.ravel())
        return pl.DataFrame({"replicate": replicate_column(self.replicates, rows), **columns})

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Return −Σ ln p of each row's categories; +inf for a category that a replicate has lost."""
        nats = np.zeros((len(self.replicates), rows.height))
        for name in self.schema.names:
            known = {level: index for index, level in enumerate(self.levels[name])}
            codes = np.array([known.get(value, len(known)) for value in rows[name].to_list()], dtype=np.int64)
            padded = np.pad(self.probabilities[name], ((0, 0), (0, 1)))
            with np.errstate(divide="ignore"):
                nats -= np.log(padded[:, codes])
        return loss_frame(self.replicates, nats, np.ones(rows.height, dtype=np.int64))

    def readings(self, truth: Mapping[str, Any]) -> pl.DataFrame | None:
        """Return the diversity (Gini–Simpson index relative to the population), (1 − Σp̂²) ÷ (1 − Σp²)."""
        if truth.get("family") != "categorical":
            return None
        real = 1 - sum(p**2 for p in truth["probabilities"])
        return reading(self.replicates, diversity=(1 - (self.probabilities["state"] ** 2).sum(axis=1)) / real)

    def tensors(self) -> Tensors:
        """Return each column's categories and probabilities (K, levels), and ``fit_loss`` (K,)."""
        tensors: Tensors = {"fit_loss": np.asarray(self.fit_loss)}
        for index, name in enumerate(self.schema.names):
            tensors[f"levels.{index}"] = pack_strings(self.levels[name])
            tensors[f"probabilities.{index}"] = self.probabilities[name]
        return tensors

    def card(self) -> dict[str, Any]:
        """Return schema, replicates and budget."""
        about = {"schema": self.schema.to_json(), "replicates": self.replicates, "budget": asdict(self.budget)}
        return {"kind": "categorical", "version": Categorical.version, **about}


class Categorical(Generator):
    """Independent categorical columns by maximum likelihood: weighted relative frequencies; a null is a category."""

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table"})

    kind: Literal["categorical"] = "categorical"

    def check(self, schema: Schema) -> None:
        """Reject columns that are not categorical."""
        for column in schema.columns:
            if column.role not in _DISCRETE:
                raise BadInput(
                    f"generator 'categorical': column '{column.name}' has role '{column.role}'; "
                    "give it role 'categorical' or 'ignore', or use kind 'copula'"
                )

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> CategoricalModel:
        """Count each column's categories in all replicates at once."""
        self.check(cohort.schema)
        replicates, sizes = replicate_sizes(cohort.rows)
        index = np.repeat(np.arange(len(sizes)), sizes)
        weights = cohort.rows["weight"].to_numpy()
        total = np.bincount(index, weights=weights)
        levels, probabilities, fit_loss = {}, {}, np.zeros(len(sizes))
        for name in cohort.schema.names:
            column = cohort.rows[name]
            named = column.drop_nulls().unique().sort().to_list()
            codes = column.cast(pl.Enum(named)).to_physical().fill_null(len(named))
            levels[name] = [*named, None] if column.null_count() else named
            cells = index * len(levels[name]) + codes.to_numpy().astype(np.int64)
            counts = np.bincount(cells, weights=weights, minlength=len(sizes) * len(levels[name]))
            probabilities[name] = counts.reshape(len(sizes), -1) / total[:, np.newaxis]
            nats = -np.log(probabilities[name], where=probabilities[name] > 0, out=np.zeros_like(probabilities[name]))
            fit_loss += (probabilities[name] * nats).sum(axis=1)
        if progress:
            progress(len(sizes), len(sizes))
        return CategoricalModel(
            schema=cohort.schema,
            replicates=replicates.tolist(),
            levels=levels,
            probabilities=probabilities,
            budget=closed_form_budget(sizes),
            fit_loss=fit_loss.tolist(),
        )

    def load(self, tensors: Tensors, card: dict[str, Any]) -> CategoricalModel:
        """Rebuild the models."""
        schema = Schema.from_json(card["schema"])
        return CategoricalModel(
            schema=schema,
            replicates=card["replicates"],
            levels={name: unpack_strings(tensors[f"levels.{index}"]) for index, name in enumerate(schema.names)},
            probabilities={name: tensors[f"probabilities.{index}"] for index, name in enumerate(schema.names)},
            budget=Budget(**card["budget"]),
            fit_loss=tensors["fit_loss"].tolist(),
        )
