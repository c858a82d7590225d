"""The rows of one run as bytes: kept as they came, so that a failure elsewhere does not pay for them again."""

import io

import polars as pl

from outcross.resources.schema import Schema

_LOG = "log"


def write_run(frame: pl.DataFrame, log: str) -> bytes:
    """Serialise canonical rows, in the command's order, with the log of their run."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, metadata={_LOG: log})
    return buffer.getvalue()


def read_run(content: bytes, schema: Schema, *, rows: int) -> tuple[pl.DataFrame, str] | None:
    """Read what :func:`write_run` wrote; None where it is damaged or holds other rows."""
    try:
        frame = pl.read_parquet(io.BytesIO(content))
        log = pl.read_parquet_metadata(io.BytesIO(content)).get(_LOG, "")
    except (pl.exceptions.PolarsError, OSError):
        return None
    return (frame, log) if dict(frame.schema) == schema.polars and frame.height == rows else None
