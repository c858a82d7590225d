"""Rows that were held back, read again from the JSON they are kept as.

Rows that a guard held back are kept as canonical rows with their provenance, and come back as they were, to the last
bit. Rows that did not fit the schema are kept as they came: they fit no better now.
"""

import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from outcross.assets.corpus.intake.reading import fit_rows
from outcross.assets.corpus.open_corpus import Anchored, with_content
from outcross.assets.corpus.provenance import COLUMNS, PREFIX
from outcross.resources.schema import Schema

MISFIT = "unreadable by the corpus's schema"
HELD_OUT = "of the holdout, which no dataset may contain"
IMPOSSIBLE = "real and yet through a model, or synthetic and through none, as they say"
_INT64, _INT32 = range(-(2**63), 2**63), range(2**31)


@dataclass(frozen=True)
class ReadBack:
    """Some rows, read again.

    Attributes:
        rows: those that may enter a corpus, as its parts have them: ``position``, ``content``, the canonical columns,
            those of provenance.
        refused: the others: ``position``, and ``why``, one of the constants of this module.
    """

    rows: pl.DataFrame
    refused: pl.DataFrame


def read_back(held: pl.DataFrame, anchored: Anchored) -> ReadBack:
    """Read rows back.

    Args:
        held: ``position`` and ``raw``, as a quarantine has them.
        anchored: the corpus.
    """
    schema = anchored.schema
    found, fits = _parse(held["raw"].to_list(), schema)
    positions = held["position"].filter(pl.Series(fits, dtype=pl.Boolean))
    chunk = fit_rows(found.insert_column(0, positions), schema)
    rows = with_content(chunk.rows, schema).select("position", "content", *schema.names, *COLUMNS)
    held_out = rows.join(anchored.holdout.select("content"), on="content", how="semi")
    rows = rows.join(held_out, on="position", how="anti", maintain_order="left")
    real, synthetic = (pl.col("origin") == origin for origin in ("real", "synthetic"))
    impossible = (real & (pl.col("depth") > 0)) | (synthetic & (pl.col("depth") < 1))
    contradicting = rows.filter(impossible)
    refused = [
        (held.join(chunk.rows, on="position", how="anti"), MISFIT),
        (held_out, HELD_OUT),
        (contradicting, IMPOSSIBLE),
    ]
    return ReadBack(
        rows.join(contradicting, on="position", how="anti", maintain_order="left"),
        pl.concat(frame.select("position", why=pl.lit(why)) for frame, why in refused).sort("position"),
    )


def _parse(raw: list[str], schema: Schema) -> tuple[pl.DataFrame, list[bool]]:
    """Canonical values of the rows that have them, with provenance under its prefix; and which rows those are.

    Python reads numbers exactly, which not every quick reader of JSON does.
    """
    kinds = _kinds(schema)
    rows = [_row(each, kinds) for each in raw]
    types = {**schema.polars, **COLUMNS}
    columns = []
    for name, dtype in types.items():
        values = [row[name] for row in rows if row is not None]
        called = name if name in schema.polars else f"{PREFIX}{name}"
        columns.append(pl.Series(called, values, dtype=dtype))
    return pl.DataFrame(columns), [row is not None for row in rows]


def _kinds(schema: Schema) -> dict[str, tuple[type, ...]]:
    """Column → what JSON may hold for it."""
    kinds: dict[str, tuple[type, ...]] = {}
    for name, dtype in {**schema.polars, **COLUMNS}.items():
        if dtype.is_integer():
            kinds[name] = (int, type(None))
        else:
            kinds[name] = (float, type(None)) if dtype.is_float() else (str, type(None))
    kinds["origin"] = (str,)
    return kinds


def _row(raw: str, kinds: dict[str, tuple[type, ...]]) -> dict[str, Any] | None:
    """The values of one row; None where it is no canonical row."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or list(found) != list(kinds):
        return None
    for name, kind in kinds.items():
        value = found[name]
        if type(value) not in kind or (type(value) is int and value not in (_INT32 if name == "depth" else _INT64)):
            return None
    return found
