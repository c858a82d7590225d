"""JSON Lines: each line is an object, each key a column."""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.sources.formats.contract import ReadOptions, RowFormat
from outcross.resources.sources.locate import SourceFile


class JsonLines(RowFormat):
    """One JSON object a line."""

    name = "jsonl"
    suffixes = (".jsonl", ".ndjson")

    def read(self, file: SourceFile, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read a file into a column per key; notes name the columns that became text."""
        return read_json_lines(file.text(options.text_bytes), name=file.name, rows_limit=options.rows_limit)


def read_json_lines(text: str, *, name: str, rows_limit: int | None) -> tuple[pl.DataFrame, list[str]]:
    """Read JSON Lines into a column per key, in order of first appearance, with notes on columns that became text.

    A key that a line lacks is null there. Columns of mixed types and nested objects are kept as text.

    Raises:
        BadInput: a line is not a JSON object, or has a key twice; the message gives the line number.
    """
    objects = list(islice(_objects(text, name), rows_limit))
    keys = dict.fromkeys(key for entry in objects for key in entry)
    columns: list[pl.Series] = []
    notes: list[str] = []
    for key in keys:
        values = [entry.get(key) for entry in objects]
        try:
            series, note = _series(key, values)
        except UnicodeEncodeError as error:
            raise BadInput(
                f"file {name!r}, column {key!r}: half a surrogate pair ({error.object!r}) is not a character; correct "
                "that value"
            ) from error
        columns.append(series)
        notes += [note] if note else []
    return pl.DataFrame(columns), notes


def _objects(text: str, name: str) -> Iterator[dict[str, Any]]:
    # Not splitlines(): JSON allows the other line separators of Unicode inside strings.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, object_pairs_hook=_object)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"file {name!r}, line {number}: {error}; correct that line") from error
        if not isinstance(value, dict):
            raise BadInput(f"file {name!r}, line {number}: not an object; write one {{...}} per line")
        yield value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entry = dict(pairs)
    if len(entry) < len(pairs):
        raise ValueError("a key occurs twice in one object")
    return entry


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
    return pl.Series(name, values)


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)
