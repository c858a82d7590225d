"""Verification: a classifier of real rows, not always obeyed, vouches for the labels of synthetic ones."""

from math import ceil
from typing import Literal, Self

import polars as pl
from pydantic import Field, model_validator

from outcross.assets.study.curations.contract import Classify, Curation
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.seeds import generator

LEAST = 0.05
"""The least that the larger of two probabilities may be: their ratio alone shapes what is kept."""


class Verify(Curation):
    """Keep rows by whether a classifier of the anchor agrees with their label (Feng et al. 2025, arXiv 2406.07515).

    Attributes:
        keep_right: φ, the probability that a row is kept whose label the classifier agrees with.
        keep_wrong: ψ, the probability that a row is kept whose label it disagrees with; the default keeps none.
    """

    kind: Literal["verify"] = "verify"
    keep_right: float = Field(default=1.0, ge=0, le=1)
    keep_wrong: float = Field(default=0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _keeps_enough(self) -> Self:
        if max(self.keep_right, self.keep_wrong) < LEAST:
            raise ValueError(
                f"'keep_right' and 'keep_wrong' are both below {LEAST}, so that hardly any row is kept; "
                "multiply both: only their ratio matters"
            )
        return self

    def check(self, schema: Schema) -> None:
        """Accept data with a label."""
        if schema.label is None:
            raise BadInput(
                "curation 'verify' needs a label, and the source has none; give a column the role 'label', "
                "or drop the curation"
            )

    def proposals(self, rows: int) -> int:
        """As many as leave ``rows`` where all labels are of the kind more often kept."""
        return ceil(rows / max(self.keep_right, self.keep_wrong))

    def keep(
        self, proposed: pl.DataFrame, *, kept: pl.DataFrame, schema: Schema, classify: Classify, seed: int
    ) -> pl.Series:
        """Compare each row's label with the one predicted for it."""
        assert schema.label is not None
        predicted = pl.Series(classify(proposed), dtype=pl.String)
        right = (proposed[schema.label.name] == predicted).fill_null(value=False).to_numpy()
        uniforms = generator(seed).random(proposed.height)
        return pl.Series((uniforms < self.keep_right) & right | (uniforms < self.keep_wrong) & ~right)
