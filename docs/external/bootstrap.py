"""The bootstrap as a plug-in: synthetic rows are training rows, drawn with replacement by their weights.

The shortest generator of tables that keeps to the contract; see docs/external.md.
"""

import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Budget, Cohort, CohortModel, Generator, Progress, Tensors
from outcross.resources.schema import Modality, Role, Schema
from outcross.resources.seeds import generator


@dataclass
class BootstrapModel(CohortModel):
    """Training rows of each replicate: ``weight``, then the schema's columns."""

    schema: Schema
    members: dict[int, pl.DataFrame]
    budget: Budget
    fit_loss: list[float] = field(default_factory=list)

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw rows by weight, each replicate's from its own seed."""
        parts = []
        for number, own in self.members.items():
            shares = own["weight"].to_numpy() / own["weight"].sum()
            drawn = own.drop("weight")[generator(seeds[number]).choice(own.height, size=rows, p=shares)]
            parts.append(drawn.insert_column(0, pl.Series("replicate", [number] * rows, dtype=pl.Int32)))
        return pl.concat(parts)

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> None:
        """Return None: rows never seen have no likelihood."""

    def tensors(self) -> Tensors:
        """Each replicate's rows as the bytes of a Parquet file."""
        found: Tensors = {}
        for number, own in self.members.items():
            buffer = io.BytesIO()
            own.write_parquet(buffer)
            found[str(number)] = np.frombuffer(buffer.getvalue(), dtype=np.uint8)
        return found

    def card(self) -> dict[str, Any]:
        """Schema, replicates and budget."""
        return {"schema": self.schema.to_json(), "replicates": list(self.members), "budget": asdict(self.budget)}


class Bootstrap(Generator):
    """Rows drawn with replacement."""

    version: ClassVar[str] = "1"  # raise it when the same settings and seed give other bytes
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table"})
    scores_rows: ClassVar[bool] = False  # its models have no likelihood

    kind: Literal["bootstrap"] = "bootstrap"

    def check(self, schema: Schema) -> None:
        """Refuse text and images."""
        for column in schema.with_role(Role.TEXT, Role.IMAGE):
            raise BadInput(f"generator 'bootstrap': column '{column.name}' is no number or category; ignore it")

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> BootstrapModel:
        """Keep the rows that have weight."""
        members = {number: cohort.replicate(number) for number in cohort.replicates}
        rows = [own.height for own in members.values()]
        budget = Budget(rows=rows, tokens=[0] * len(rows), steps=1, rows_seen=rows)
        present = {number: own.filter(pl.col("weight") > 0) for number, own in members.items()}
        return BootstrapModel(cohort.schema, present, budget, [float("nan")] * len(rows))

    def load(self, tensors: Tensors, card: dict[str, Any]) -> BootstrapModel:
        """Read the rows back."""
        members = {number: pl.read_parquet(tensors[str(number)].tobytes()) for number in card["replicates"]}
        losses = [float("nan")] * len(members)
        return BootstrapModel(Schema.from_json(card["schema"]), members, Budget(**card["budget"]), losses)
