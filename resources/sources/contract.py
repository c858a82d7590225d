"""The contract of a source of real data: settings that load into one canonical frame and its schema."""

import hashlib
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict

from outcross.resources.schema import Schema
from outcross.resources.sources.column_record import ColumnRecord
from outcross.resources.sources.formats.contract import ReadOptions


@dataclass(frozen=True, kw_only=True)
class RealData:
    """The rows of a source and their schema.

    Attributes:
        rows: canonical rows, see :mod:`outcross.resources.schema`.
        schema: their columns.
        notes: remarks for the reader on what was inferred, changed or dropped.
        columns: what became of each column of the file, in order; empty where the source is no file.
        truth: parameters of the population that simulated rows were drawn from, JSON-able; empty for real data.
    """

    rows: pl.DataFrame
    schema: Schema
    notes: list[str] = field(default_factory=list)
    truth: dict[str, Any] = field(default_factory=dict)
    columns: tuple[ColumnRecord, ...] = ()


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

    def read_options(self) -> ReadOptions:
        """Return how a file is read as this source's own files are; a source without such settings has the defaults."""
        return ReadOptions()

    def content_version(self) -> str:
        """Identify the content of the source: a change of its rows or columns changes it.

        By default every row is read, and the sha256 of the rows and the schema is returned. Override it where reading
        is expensive.

        Raises:
            BadInput: the data cannot be used.
        """
        data = self.load()
        digest = hashlib.sha256(json.dumps(data.schema.to_json(), sort_keys=True).encode())
        digest.update(data.rows.write_ndjson().encode())
        return digest.hexdigest()
