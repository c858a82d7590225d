"""What a curation is: settings that decide which of the rows a model proposes become synthetic data."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import polars as pl
from pydantic import BaseModel, ConfigDict

from outcross.resources.schema import Schema

Classify = Callable[[pl.DataFrame], list[str | None]]
"""Canonical rows → the label that a classifier of real rows alone gives to each; fitted when first called."""


class Curation(BaseModel, ABC):
    """Settings of a curation. Subclasses add ``kind: Literal[...]`` and their own settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str

    def check(self, schema: Schema) -> None:
        """Accept data of any columns; subclasses raise ``BadInput`` where they need others, and name the remedy."""

    def proposals(self, rows: int) -> int:
        """How many rows a model is to propose for about ``rows`` of them to be kept."""
        return rows

    @abstractmethod
    def keep(
        self, proposed: pl.DataFrame, *, kept: pl.DataFrame, schema: Schema, classify: Classify, seed: int
    ) -> pl.Series:
        """Decide on the rows that one replicate's model proposed in one round.

        Args:
            proposed: canonical rows, none of which was decided on before.
            kept: the rows of the same replicate that earlier rounds kept.
            schema: their columns.
            classify: the verdict of real rows on a label.
            seed: of this replicate and round.

        Returns whether each proposed row is kept.
        """
