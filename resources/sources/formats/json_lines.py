"""JSON: each object of an array, or of a line, is a row, each key a column."""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from outcross.resources.carried.as_came import LINE
from outcross.resources.errors import BadInput
from outcross.resources.sources.formats.bounds import FEW_CELLS, UNSTATED, TableLimits
from outcross.resources.sources.formats.contract import (
    DEFAULT_OPTIONS,
    BadLine,
    Block,
    ReadLimits,
    ReadOptions,
    RowFormat,
    cut_into_blocks,
)
from outcross.resources.sources.formats.json_entries import Entries
from outcross.resources.sources.locate import SourceFile

if TYPE_CHECKING:
    import pyarrow as pa


_FEWEST_ENTRIES = 4
"""Entries of a list within lists, on the average, where there are many."""


class JsonLines(RowFormat):
    """One JSON object a line, or an array of objects."""

    name = "jsonl"
    suffixes: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson")

    def read(self, file: SourceFile, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read a file into a column per key; notes name the columns that became text."""
        text = file.text(options.text_bytes, options.encoding)
        return read_json(text, name=file.name, rows_limit=options.rows_limit, limits=options.table)

    def read_as_came(self, file: SourceFile, options: ReadOptions, bad: list[BadLine] | None = None) -> "pa.Table":
        """Read a file into one column, the lines; an object over several lines, or in an array, is put on one."""
        import pyarrow as pa

        text = file.text(options.text_bytes, options.encoding)
        lines = read_lines(text, name=file.name, rows_limit=options.rows_limit, bad=bad)
        return pa.table({LINE: pa.array(lines, pa.string())})

    def blocks(
        self, file: SourceFile, *, rows: int, limits: ReadLimits, options: ReadOptions = DEFAULT_OPTIONS
    ) -> Iterator[Block]:
        """Read a file in blocks of rows; lines that are no objects are bad lines."""
        bad: list[BadLine] = []
        text = file.text(limits.text_bytes, options.encoding)
        frame, _ = read_json(text, name=file.name, rows_limit=limits.rows + 1, bad=bad, limits=limits.table)
        yield from cut_into_blocks(frame, bad, rows)


class Json(JsonLines):
    """An array of JSON objects, or one object a line."""

    name = "json"
    suffixes = (".json",)


def read_json(
    text: str,
    *,
    name: str,
    rows_limit: int | None,
    bad: list[BadLine] | None = None,
    limits: TableLimits = UNSTATED,
) -> tuple[pl.DataFrame, list[str]]:
    """Read JSON into a column per key, in order of first appearance, with notes on columns that became text.

    The content decides: an array of objects, an object a line, or objects over several lines. A key that an object
    lacks is null there. Columns of mixed types and nested objects are kept as text.

    Args:
        text: of the file.
        name: of the file, for messages.
        rows_limit: read the first objects only; None reads all.
        bad: takes the lines that are no rows; if None, the first of them is an error.
        limits: columns and cells allowed.

    Raises:
        BadInput: an entry is not a JSON object, or has a key twice; the message gives the line number. Or there are
            more columns or cells than allowed, or nearly all cells are empty.
    """
    entries = Entries(text, name, rows_limit, bad)
    objects = list(limits.counted(islice(entries.read(), rows_limit), name))
    if bad and not objects:
        raise BadInput(f"file {name!r}, line {bad[0].line}: {bad[0].fault}; write one {{...}} per line")
    keys = dict.fromkeys(key for entry in objects for key in entry)
    columns: list[pl.Series] = []
    notes: list[str] = []
    for key in keys:
        series, note = _series(key, [entry.get(key) for entry in objects])
        columns.append(series)
        notes += [note] if note else []
    return pl.DataFrame(columns), notes


def read_lines(text: str, *, name: str, rows_limit: int | None, bad: list[BadLine] | None = None) -> list[str]:
    """Return the text of each object, on one line; args and errors are those of :func:`read_json`.

    An end of line within an object lies between its tokens, since JSON has none in a text, so that a space is as good.
    """
    entries = Entries(text, name, rows_limit, bad, keeps_texts=True)
    count = sum(1 for _ in islice(entries.read(), rows_limit))
    return [each.strip("\r\n").replace("\r", " ").replace("\n", " ") for each in entries.texts[:count]]


def _series(name: str, values: list[Any]) -> tuple[pl.Series, str | None]:
    """Return the values in the narrowest type that holds all of them exactly, or as text with a note."""
    kinds = {type(value) for value in values if value is not None}
    types: dict[frozenset[type], Callable[[], pl.Series]] = {
        frozenset(): lambda: pl.Series(name, values, dtype=pl.Null),
        frozenset({bool}): lambda: pl.Series(name, values, dtype=pl.Boolean),
        frozenset({int}): lambda: pl.Series(name, values, dtype=pl.Int64),
        frozenset({float}): lambda: pl.Series(name, values, dtype=pl.Float64),
        frozenset({int, float}): lambda: pl.Series(name, [_float(value) for value in values], dtype=pl.Float64),
        frozenset({str}): lambda: pl.Series(name, values, dtype=pl.String),
        frozenset({list}): lambda: _lists(name, values),
    }
    if (build := types.get(frozenset(kinds))) is not None:
        try:
            return build(), None
        except (pl.exceptions.PolarsError, TypeError, OverflowError):
            pass  # lists of mixed values and numbers beyond 64 bits are kept as text
    texts = [
        value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values
    ]
    what = " and ".join(sorted(kind.__name__ for kind in kinds))
    return pl.Series(
        name, texts, dtype=pl.String
    ), f"column {name!r} holds {what} values no one type fits; kept as text"


def _lists(name: str, values: list[list[Any] | None]) -> pl.Series:
    """Return lists as they are; raises ``TypeError`` where they hold objects, of which Polars would lose keys."""
    if any(isinstance(each, dict) for value in values if value is not None for each in value):
        raise TypeError("lists of objects")
    lists, entries = _count_entries(values)
    if lists > FEW_CELLS and entries < _FEWEST_ENTRIES * lists:
        raise TypeError("lists of which most are empty, each of which would take many times its text")
    return pl.Series(name, values)


def _count_entries(values: list[list[Any] | None]) -> tuple[int, int]:
    """Count the lists within lists to any depth, and their entries."""
    lists = entries = 0
    level: list[Any] = [each for value in values if value for each in value if isinstance(each, list)]
    while level:
        lists, entries = lists + len(level), entries + sum(map(len, level))
        level = [each for value in level if value and isinstance(value[0], list) for each in value]
    return lists, entries


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)
