"""What a source of real data is: settings that load into one canonical frame and its schema."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import polars as pl
from pydantic import BaseModel, ConfigDict

from resources.schema import Schema


@dataclass(frozen=True, kw_only=True)
class RealData:
    """A source, read: its rows (canonical, see :mod:`resources.schema`), its schema, and what a reader should know."""

    rows: pl.DataFrame
    schema: Schema
    notes: list[str] = field(default_factory=list)


class Source(BaseModel, ABC):
    """Settings of a source; ``load`` reads it. Subclasses add ``kind: Literal[...]`` and their own settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @abstractmethod
    def load(self) -> RealData:
        """Read every row.

        Raises:
            resources.errors.BadInput: the data cannot be used; the message names the file or column and the remedy.
        """
