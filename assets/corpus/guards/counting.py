"""Counts of a chunk of rows: integers that add up, so that neither the order nor the chunks of the rows matter."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from outcross.assets.instruments.splitmix import splitmix64
from outcross.resources.schema import Column, Schema

MOST_CELLS = 2**16
"""Largest number of joint cells of the group columns, and of label and group column; columns beyond are omitted."""
_MISSING, _NOT_A_NUMBER = (np.uint64(each) for each in (0xA5A5_0001, 0xA5A5_0002))


@dataclass(frozen=True)
class Scales:
    """The bin edges and levels of the columns, fitted to the anchor.

    Attributes:
        schema: the columns of a row.
        edges: for each numeric column, bin edges in ascending order.
        levels: for each discrete column, the anchor's levels.
    """

    schema: Schema
    edges: tuple[np.ndarray, ...]
    levels: tuple[tuple[str, ...], ...]

    @cached_property
    def group_places(self) -> list[int]:
        """Indices of the group columns among the discrete columns."""
        names = {column.name for column in self.schema.groups}
        return [place for place, column in enumerate(self.schema.discrete) if column.name in names]

    @cached_property
    def label_place(self) -> int | None:
        """Index of the label among the discrete columns."""
        names = [column.name for column in self.schema.discrete]
        return None if self.schema.label is None else names.index(self.schema.label.name)

    def codes(self, place: int) -> int:
        """Count the codes of a discrete column: its levels, one for any other level, and one for null."""
        return len(self.levels[place]) + 2

    @cached_property
    def cell_places(self) -> list[int]:
        """The group columns whose joint cells are counted, as many as fit; none where there is only one."""
        chosen: list[int] = []
        cells = 1
        for place in self.group_places:
            if cells * self.codes(place) <= MOST_CELLS:
                chosen.append(place)
                cells *= self.codes(place)
        return chosen if len(chosen) > 1 else []

    @cached_property
    def rated_places(self) -> list[int]:
        """The group columns whose label rates are counted."""
        if self.label_place is None:
            return []
        return [each for each in self.group_places if self.codes(each) * self.codes(self.label_place) <= MOST_CELLS]


@dataclass(frozen=True)
class Counts:
    """Counts of rows; the counts of two chunks can be added.

    Attributes:
        rows: number of rows.
        nulls: (columns of the schema,) rows without a value; NaN counts as no value.
        at_most: for each numeric column, number of values ≤ each edge.
        levels: for each discrete column, rows of each code.
        cells: rows of each joint cell of the group columns, in mixed radix of their codes.
        labels: for each rated group column, (its codes, label codes) rows.
    """

    rows: int
    nulls: np.ndarray
    at_most: tuple[np.ndarray, ...]
    levels: tuple[np.ndarray, ...]
    cells: np.ndarray
    labels: tuple[np.ndarray, ...]

    def __add__(self, other: Self) -> Self:
        """Add two counts."""
        added: dict[str, Any] = {}
        for each in fields(self):
            one, two = getattr(self, each.name), getattr(other, each.name)
            added[each.name] = tuple(a + b for a, b in zip(one, two, strict=True)) if type(one) is tuple else one + two
        return type(self)(**added)

    def observed(self, scales: Scales, place: int) -> int:
        """Count the rows with a value in a numeric column."""
        return self.rows - int(self.nulls[scales.schema.names.index(scales.schema.numeric[place].name)])

    def to_json(self) -> dict[str, Any]:
        """Convert to values that JSON can hold; :meth:`from_json` reads them back."""
        whole: dict[str, Any] = {"rows": self.rows, "nulls": self.nulls.tolist(), "cells": self.cells.tolist()}
        return whole | {name: [a.tolist() for a in getattr(self, name)] for name in ("at_most", "levels", "labels")}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read back what :meth:`to_json` wrote."""
        return cls(
            rows=value["rows"],
            nulls=_array(value["nulls"]),
            at_most=tuple(map(_array, value["at_most"])),
            levels=tuple(map(_array, value["levels"])),
            cells=_array(value["cells"]),
            labels=tuple(map(_array, value["labels"])),
        )


def _array(values: list[Any]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@dataclass(frozen=True)
class CodedRows:
    """A chunk of rows, coded as numbers.

    Attributes:
        numeric: for each numeric column, float64, NaN where there is no value.
        discrete: for each discrete column, the code of each row.
        null_codes: the code of null in each discrete column.
        nulls: (columns of the schema,) rows without a value.
        hashes: (rows,) uint64, equal where all columns are equal; different rows collide with probability 2⁻⁶⁴.
    """

    numeric: list[np.ndarray]
    discrete: list[np.ndarray]
    null_codes: list[int]
    nulls: np.ndarray
    hashes: np.ndarray

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.hashes)


def code_frame(rows: pl.DataFrame, scales: Scales) -> CodedRows:
    """Code the canonical rows of a frame."""
    table = rows[scales.schema.names].to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()
    batches = table.to_batches()
    batch = batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)
    return code_rows({name: batch.column(place) for place, name in enumerate(table.column_names)}, scales)


def code_rows(columns: dict[str, pa.Array], scales: Scales) -> CodedRows:
    """Code rows given as Arrow arrays; discrete columns are faster as dictionary arrays."""
    schema = scales.schema
    places = {column.name: place for place, column in enumerate(schema.discrete)}
    numeric, nulls = [], np.zeros(len(schema.columns), dtype=np.int64)
    discrete: list[np.ndarray] = [np.zeros(0, dtype=np.int64)] * len(places)
    hashes: np.ndarray | None = None
    for number, column in enumerate(schema.columns):
        values = columns[column.name]
        if column in schema.numeric:
            found, hashed = _numbers(values, column)
            numeric.append(found)
            nulls[number] = np.isnan(found).sum()
        elif column.name in places:
            place = places[column.name]
            discrete[place], hashed = _codes(values, scales.levels[place])
            nulls[number] = values.null_count
        else:
            hashed = _hash(values)
            nulls[number] = values.null_count
        hashed = splitmix64(hashed, number + 1)
        hashes = hashed if hashes is None else hashes + hashed
    assert hashes is not None
    return CodedRows(numeric, discrete, [scales.codes(p) - 1 for p in range(len(discrete))], nulls, hashes)


def count(coded: CodedRows, scales: Scales) -> Counts:
    """Count a chunk of rows."""
    at_most = []
    for values, edges in zip(coded.numeric, scales.edges, strict=True):
        ordered = np.sort(values)  # NaN last; sorting a chunk is faster than searching the bin of each value
        ordered = ordered[: np.searchsorted(ordered, np.inf, side="right")]
        at_most.append(np.searchsorted(ordered, edges, side="right").astype(np.int64))
    levels = tuple(np.bincount(codes, minlength=scales.codes(p)) for p, codes in enumerate(coded.discrete))
    labels = []
    for place in scales.rated_places:
        assert scales.label_place is not None
        labels.append(_joint(coded, scales, [place, scales.label_place]).reshape(scales.codes(place), -1))
    cells = _joint(coded, scales, scales.cell_places) if scales.cell_places else np.zeros(0, dtype=np.int64)
    return Counts(coded.rows, coded.nulls, tuple(at_most), levels, cells, tuple(labels))


def _joint(coded: CodedRows, scales: Scales, places: Sequence[int]) -> np.ndarray:
    codes, cells = np.zeros(coded.rows, dtype=np.int64), 1
    for place in places:
        codes = codes * scales.codes(place) + coded.discrete[place]
        cells *= scales.codes(place)
    return np.bincount(codes, minlength=cells)


def _numbers(values: pa.Array, column: Column) -> tuple[np.ndarray, np.ndarray]:
    """Convert to float64, and to uint64 for hashing: the exact number, with −0 as 0."""
    missing = values.is_null().to_numpy(zero_copy_only=False) if values.null_count else None
    if column.integer:
        whole = pc.fill_null(values, 0).to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
        found, hashed = whole.astype(np.float64), whole.view(np.uint64)
    else:
        found = pc.fill_null(values, np.nan).to_numpy(zero_copy_only=False).astype(np.float64, copy=False) + 0.0
        hashed = np.where(np.isnan(found), _NOT_A_NUMBER, found.view(np.uint64))
    if missing is not None:
        found[missing] = np.nan
        hashed = np.where(missing, _MISSING, hashed)
    return found, hashed


def _codes(values: pa.Array, levels: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Code and hash each value by a look-up in the codes and hashes of its dictionary."""
    encoded = values.dictionary_encode()  # as it is, if it is encoded
    known = encoded.dictionary.cast(pa.large_string())
    places = pc.index_in(known, value_set=pa.array(levels, type=pa.large_string()))
    codes = np.append(pc.fill_null(places, len(levels)).to_numpy(zero_copy_only=False), len(levels) + 1)
    hashes = np.append(_hash(known), _MISSING)
    at = pc.fill_null(encoded.indices, len(known)).to_numpy(zero_copy_only=False)
    return codes.astype(np.int64)[at], hashes[at]


def _hash(values: pa.Array) -> np.ndarray:
    """Hash each value to uint64; equal values have equal hashes within one process."""
    return pl.Series(pl.from_arrow(values)).hash(seed=0).to_numpy().copy()
