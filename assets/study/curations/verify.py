"""Verification: a synthetic row is kept with a probability that depends on whether a classifier confirms its label."""

from math import ceil
from typing import Literal, Self

import polars as pl
from pydantic import Field, model_validator

from outcross.assets.study.curations.contract import Classify, Curation
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.seeds import generator

LEAST = 0.05
"""Lowest allowed value of the larger of both probabilities; only their ratio changes the distribution that is kept."""


class Verify(Curation):
    """Keep rows depending on whether a classifier of the anchor confirms their label.

    Source: Feng et al. 2025 (arXiv 2406.07515).

    Attributes:
        keep_right: φ, the probability of keeping a row whose label the classifier confirms.
        keep_wrong: ψ, the probability of keeping any other row; by default 0.
    """

    kind: Literal["verify"] = "verify"
    keep_right: float = Field(default=1.0, ge=0, le=1)
    keep_wrong: float = Field(default=0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _keeps_enough(self) -> Self:
        if max(self.keep_right, self.keep_wrong) < LEAST:
            raise ValueError(
                f"'keep_right' and 'keep_wrong' are both below {LEAST}, so almost no row is kept; "
                "multiply both by one factor, since only their ratio matters"
            )
        return self

    def check(self, schema: Schema) -> None:
        """Raise ``BadInput`` if the data have no label."""
        if schema.label is None:
            raise BadInput(
                "curation 'verify' needs a label, but the source has none; give a column the role 'label', "
                "or remove the curation"
            )

    def proposals(self, rows: int) -> int:
        """Return ``rows`` ÷ the larger of both probabilities."""
        return ceil(rows / max(self.keep_right, self.keep_wrong))

    def keep(
        self, proposed: pl.DataFrame, *, kept: pl.DataFrame, schema: Schema, classify: Classify, seed: int
    ) -> pl.Series:
        """Compare each row's label with the predicted one, and keep it with the probability of that case."""
        assert schema.label is not None
        predicted = pl.Series(classify(proposed), dtype=pl.String)
        right = (proposed[schema.label.name] == predicted).fill_null(value=False).to_numpy()
        uniforms = generator(seed).random(proposed.height)
        return pl.Series((uniforms < self.keep_right) & right | (uniforms < self.keep_wrong) & ~right)
