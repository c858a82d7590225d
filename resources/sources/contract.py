"""The contract of a source of real data: settings that load into one canonical frame and its schema."""

import hashlib
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import polars as pl
from pydantic import SerializerFunctionWrapHandler, model_serializer

from outcross.resources.schema import Schema
from outcross.resources.settings import Settings
from outcross.resources.sources.column_record import ColumnRecord
from outcross.resources.sources.formats.contract import ReadOptions
from outcross.resources.sources.keys import no_column, read_entity, read_time


@dataclass(frozen=True, kw_only=True)
class RealData:
    """The rows of a source and their schema.

    Attributes:
        rows: canonical rows, see :mod:`outcross.resources.schema`.
        schema: their columns.
        notes: remarks for the reader on what was inferred, changed or dropped.
        columns: what became of each column of the file, in order; empty where the source is no file.
        truth: parameters of the population that simulated rows were drawn from, JSON-able; empty for real data.
        entity: (rows,) String, the entity that each row belongs to, where :meth:`Source.load_keyed` was asked for it.
        time: (rows,) dates, times or numbers that order the rows in time, likewise.
        places: (rows,) Int64, the place of each row in its files, from 0; None where a row is none of a file.
    """

    rows: pl.DataFrame
    schema: Schema
    notes: list[str] = field(default_factory=list)
    truth: dict[str, Any] = field(default_factory=dict)
    columns: tuple[ColumnRecord, ...] = ()
    entity: pl.Series | None = None
    time: pl.Series | None = None
    places: pl.Series | None = None


class Source(Settings, ABC):
    """Settings of a source; ``load`` reads it. Subclasses add ``kind: Literal[...]`` and their own settings."""

    later_keys: ClassVar[frozenset[str]] = frozenset()
    """Keys that an earlier version did not have: left out of the settings where they have their default, so that its
    fingerprints and corpora stay current."""

    kind: str

    @model_serializer(mode="wrap")
    def _leave_out_later_keys(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        unset = {key for key in self.later_keys if getattr(self, key) == fields[key].get_default()}
        return {key: value for key, value in serialize(self).items() if key not in unset}

    @abstractmethod
    def load(self) -> RealData:
        """Read every row.

        Raises:
            BadInput: the data cannot be used; the message names the file or column and the remedy.
        """

    def read_options(self) -> ReadOptions:
        """Return how a file is read as this source's own files are; a source without such settings has the defaults."""
        return ReadOptions()

    def load_keyed(self, *, entity: str | None, time: str | None) -> RealData:
        """Read every row together with the columns that a split goes by.

        Args:
            entity: column whose values name what each row belongs to, such as a patient; None for none.
            time: column of dates, times or numbers that order the rows; None for none.

        Raises:
            BadInput: as :meth:`load`; or a column is not there, has missing values, or is no time.
        """
        data = self.load()
        for key, name in (("entity", entity), ("time", time)):
            if name is not None and name not in data.rows.columns:
                raise no_column(key, name, data.rows.columns)
        return replace(
            data,
            entity=None if entity is None else read_entity(data.rows[entity]),
            time=None if time is None else read_time(data.rows[time]),
        )

    def load_table(self, *, entity: str | None, time: str | None) -> RealData:
        """Read every row for a generator that models no text.

        A column that nothing but a guess makes text is left out, where there are others. Args and errors are those of
        :meth:`load_keyed`.
        """
        return self.load() if entity is None and time is None else self.load_keyed(entity=entity, time=time)

    def load_carrying(self, *, entity: str | None, time: str | None) -> RealData:
        """Read every row for a study that keeps rows as they came.

        A column that nothing can model, such as a nested one, is left out aloud where other sources refuse it. Args and
        errors are those of :meth:`load_keyed`.
        """
        return self.load() if entity is None and time is None else self.load_keyed(entity=entity, time=time)

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
