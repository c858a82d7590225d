"""A Gaussian copula: a generator of mixed tables that preserves marginal distributions and correlations."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from outcross.resources.errors import BadInput
from outcross.resources.generators.cells.codebook import Codebook
from outcross.resources.generators.contract import Budget, Cohort, Generator, Progress, Tensors
from outcross.resources.generators.copula.model import CopulaModel, Replicate
from outcross.resources.generators.fitting.frames import strip_prefix, weighted_rows
from outcross.resources.schema import Modality, Role, Schema
from outcross.resources.seeds import derive_seed, generator

FIT_LOSS_ROWS = 2_000
"""Largest number of rows for the estimate of the training loss, drawn by weight."""


class Copula(Generator):
    """A Gaussian copula over marginals of cells (Nelsen 2006; for mixed data, Smith and Khaled 2012).

    Attributes:
        bins: number of intervals of equal mass for a number, where there are enough rows; a value at least as frequent
            as one interval is a point mass.
        alphabet: assumed number of levels of a categorical column; see ``CategoricalMarginal``.
        draws: simulated paths for the loss of a row; more make its bound tighter.
    """

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table"})

    kind: Literal["copula"] = "copula"
    bins: int = Field(default=200, ge=2, le=10_000)
    alphabet: int = Field(default=10_000, ge=2)
    draws: int = Field(default=64, ge=1, le=10_000)

    def check(self, schema: Schema) -> None:
        """Reject text and images."""
        for column in schema.with_role(Role.TEXT, Role.IMAGE):
            raise BadInput(
                f"generator 'copula': column '{column.name}' has role '{column.role}', but the generator "
                "models numbers and categories; give it role 'ignore', or use kind 'ngram' for text and 'cvae' for "
                "images"
            )

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> CopulaModel:
        """Fit each replicate; rows of weight 0 are absent."""
        self.check(cohort.schema)
        members, fit_loss, rows = {}, [], []
        for done, number in enumerate(cohort.replicates, start=1):
            rows.append(cohort.replicate(number).height)
            frame = weighted_rows(cohort, number, kind=self.kind)
            member = Replicate.fit(
                frame, Codebook.fit(frame, cohort.schema.columns, bins=self.bins, alphabet=self.alphabet)
            )
            weights, table = frame["weight"].to_numpy(), frame.select(cohort.schema.names)
            random = generator(derive_seed(cohort.seeds[number], "fit loss"))
            drawn = random.choice(frame.height, size=min(frame.height, FIT_LOSS_ROWS), p=weights / weights.sum())
            fit_loss.append(float(member.nats(table[drawn], draws=self.draws, random=random).mean()))
            members[number] = member
            if progress:
                progress(done, len(cohort.replicates))
        return CopulaModel(
            schema=cohort.schema,
            members=members,
            budget=Budget(rows=rows, tokens=[0] * len(rows), steps=1, rows_seen=rows),
            fit_loss=fit_loss,
            version=self.version,
            settings=self.model_dump(),
        )

    def load(self, tensors: Tensors, card: dict[str, Any]) -> CopulaModel:
        """Rebuild the models from their marginals and correlations."""
        schema = Schema.from_json(card["schema"])
        members = {}
        for number in card["replicates"]:
            own = strip_prefix(tensors, f"{number}/")
            members[number] = Replicate(Codebook.load(own, schema.columns, alphabet=self.alphabet), own["correlation"])
        return CopulaModel(
            schema=schema,
            members=members,
            budget=Budget(**card["budget"]),
            fit_loss=tensors["fit_loss"].tolist(),
            version=self.version,
            settings=self.model_dump(),
        )
