"""The contract of a curation: settings that decide which of the rows that a model proposes are kept."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import polars as pl

from outcross.resources.schema import Schema
from outcross.resources.settings import Settings

Classify = Callable[[pl.DataFrame], list[str | None]]
"""Canonical rows → the label that a classifier of the anchor predicts for each; it is fitted on the first call."""


class Curation(Settings, ABC):
    """Settings of a curation. Subclasses add ``kind: Literal[...]`` and their own settings."""

    kind: str

    def check(self, schema: Schema) -> None:
        """Accept any columns; a subclass raises ``BadInput`` with the remedy if a column that it needs is missing."""

    def proposals(self, rows: int) -> int:
        """Return how many rows a model proposes so that about ``rows`` of them are kept."""
        return rows

    @abstractmethod
    def keep(
        self, proposed: pl.DataFrame, *, kept: pl.DataFrame, schema: Schema, classify: Classify, seed: int
    ) -> pl.Series:
        """Decide which rows to keep of those that one replicate's model proposed in one round.

        Args:
            proposed: canonical rows of this round.
            kept: rows of the same replicate that earlier rounds kept.
            schema: their columns.
            classify: predicts the label of a row.
            seed: seed of this replicate and round.

        Returns a Boolean series: whether each proposed row is kept.
        """
