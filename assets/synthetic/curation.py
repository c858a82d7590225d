"""Curation: which of the rows a model proposes become synthetic data. A new one is a class and a line below."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Annotated, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from resources.schema import Schema

if TYPE_CHECKING:
    from assets.evaluation.probe import Probe


class Curation(BaseModel, ABC):
    """Settings of a curation. It keeps rows; the sampler draws until enough are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @abstractmethod
    def keep(self, rows: pl.DataFrame, *, schema: Schema, probe: "Probe") -> pl.Series:
        """Return, for each candidate row, whether it is kept."""


class Verify(Curation):
    """Keep the rows whose label a classifier of the anchor agrees with (Feng et al. 2025, arXiv 2406.07515)."""

    kind: Literal["verify"]

    def keep(self, rows: pl.DataFrame, *, schema: Schema, probe: "Probe") -> pl.Series:
        """Compare each row's label with the one that the real-only classifier predicts."""
        assert schema.label is not None
        predicted = pl.Series(probe.predict_label(rows), dtype=pl.String)
        return (rows[schema.label.name] == predicted).fill_null(value=False)


class Deduplicate(Curation):
    """Keep the first of equal rows, so that a generation holds no row twice."""

    kind: Literal["deduplicate"]

    def keep(self, rows: pl.DataFrame, *, schema: Schema, probe: "Probe") -> pl.Series:
        """Compare all columns."""
        return rows.select(pl.struct(schema.names).is_first_distinct()).to_series()


AnyCuration = Annotated[Verify | Deduplicate, Field(discriminator="kind")]
