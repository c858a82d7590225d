"""Rows as Python users have them: a frame, something that Polars makes a frame of, or the path of a file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeGuard

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.staging import staging_folder

Rows = Any
"""A Polars frame (also lazy), or whatever ``polars.DataFrame`` takes: pandas, Arrow, NumPy, mappings; or a path."""


def is_path(rows: Rows) -> TypeGuard[str | os.PathLike[str]]:
    """Whether rows are given as the path of a file."""
    return isinstance(rows, str | os.PathLike)


def as_frame(rows: Rows, *, name: str) -> pl.DataFrame:
    """Make a frame of rows that are not given as a path.

    Args:
        rows: see :data:`Rows`.
        name: how messages call them, such as ``the synthetic rows``.

    Raises:
        BadInput: Polars makes no frame of them.
    """
    if isinstance(rows, pl.LazyFrame):
        return rows.collect()
    try:
        return rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(rows)
    except Exception as error:  # Polars raises what the object at hand raises
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise BadInput(
            f"{name} are a {type(rows).__name__}, of which Polars makes no frame ({reason}); give a Polars or pandas "
            "frame, a mapping of columns, or the path of a file"
        ) from None


@contextmanager
def as_file(rows: Rows, *, name: str) -> Iterator[Path]:
    """Give the path of a file that holds the rows: their own, or a Parquet file that is gone when the block ends.

    Args:
        rows: see :data:`Rows`.
        name: of the Parquet file, without its extension.

    Raises:
        BadInput: as :func:`as_frame` does; or the name is a path.
    """
    if is_path(rows):
        yield Path(rows)
        return
    if not name or Path(name).name != name:
        raise BadInput(f"'name' is {name!r}, which names no file; give letters and digits, such as 'march'")
    frame = as_frame(rows, name=f"rows '{name}'")
    with staging_folder() as folder:
        path = folder / f"{name}.parquet"
        frame.write_parquet(path)
        yield path
