"""What a source of real data is: settings that load into one canonical frame and its schema."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict

from outcross.resources.schema import Schema


@dataclass(frozen=True, kw_only=True)
class RealData:
    """A source, read.

    Attributes:
        rows: canonical, see :mod:`outcross.resources.schema`.
        schema: their columns.
        notes: what a reader should know.
        truth: parameters of the population the rows were drawn from, JSON-able, where it is known (simulated rows);
            empty for real data, whose population nobody knows.
    """

    rows: pl.DataFrame
    schema: Schema
    notes: list[str] = field(default_factory=list)
    truth: dict[str, Any] = field(default_factory=dict)


class Source(BaseModel, ABC):
    """Settings of a source; ``load`` reads it. Subclasses add ``kind: Literal[...]`` and their own settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str

    @abstractmethod
    def load(self) -> RealData:
        """Read every row.

        Raises:
            BadInput: the data cannot be used; the message names the file or column and the remedy.
        """
