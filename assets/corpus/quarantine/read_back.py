"""Read rows back from quarantine, where each is stored as JSON.

Rows that a guard rejected are stored with the types of the source and with their provenance, and are read back exactly,
to the last bit. Rows that did not fit the schema are stored as they were sent, and cannot be read back.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from outcross.assets.corpus.accepted.read import with_absent
from outcross.assets.corpus.entities import is_of_holdout
from outcross.assets.corpus.intake.reading import fit_rows
from outcross.assets.corpus.intake.row_guards import AllowedValues, denied_reason
from outcross.assets.corpus.open_corpus import OpenCorpus, with_content_hash
from outcross.assets.corpus.protected.copies import Protected
from outcross.assets.corpus.provenance import COLUMNS, PREFIX
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.typed_rows import shown_names, typed_dtype

MISFIT = "unreadable by the corpus's schema"
IN_HOLDOUT = "in the holdout, which no dataset may contain"
OF_ENTITY = "of an entity of the holdout, which no dataset may contain"
WITHDRAWN = "of content that was withdrawn from the corpus"
IN_PROTECTED = "of a protected set, or nearly so"
DENIED = "of a denied generator"
IMPOSSIBLE = "declared real with a depth above 0, or synthetic with depth 0"
_INT64, _INT32 = range(-(2**63), 2**63), range(2**31)


@dataclass(frozen=True)
class ReadBack:
    """Rows that were read back.

    Attributes:
        rows: those that may be released, with the columns of a part: ``position``, ``content``, the stored columns,
            those of provenance.
        refused: the others: ``position``, and ``why``, one of the constants of this module.
    """

    rows: pl.DataFrame
    refused: pl.DataFrame


def fit_back(quarantined: pl.DataFrame, corpus: OpenCorpus) -> pl.DataFrame:
    """Read those rows back that fit the schema, whatever else speaks against them, with the columns of a part.

    Args:
        quarantined: ``position`` and ``raw``.
        corpus: the open corpus.
    """
    stored = with_absent(corpus.stored, corpus.accepted)
    found, fits = _parse(quarantined["raw"].to_list(), stored)
    positions = quarantined["position"].filter(pl.Series(fits, dtype=pl.Boolean))
    chunk = fit_rows(found.insert_column(0, positions), stored)
    return with_content_hash(chunk.rows, corpus.schema).select("position", "content", *stored.names, *COLUMNS)


def read_back(
    quarantined: pl.DataFrame,
    corpus: OpenCorpus,
    protected: Protected | None = None,
    *,
    withdrawn: pl.Series | None = None,
    claims: Mapping[str, str | int | None] | None = None,
) -> ReadBack:
    """Read rows back from quarantine.

    Args:
        quarantined: ``position`` and ``raw``.
        corpus: the open corpus.
        protected: the protected sets that its file names now, if any.
        withdrawn: ``content`` of rows that were withdrawn.
        claims: what was declared anew of their batch.
    """
    fitted = fit_back(quarantined, corpus)
    stated = [pl.lit(value, COLUMNS[name]).alias(name) for name, value in (claims or {}).items()]
    rows = fitted.with_columns(stated)
    gone = rows.join(
        pl.DataFrame({"content": [] if withdrawn is None else withdrawn}, schema={"content": pl.String}),
        on="content",
        how="semi",
    )
    rows = rows.join(gone, on="position", how="anti", maintain_order="left")
    in_holdout = rows.join(corpus.reserved.select("content"), on="content", how="semi")
    rows = rows.join(in_holdout, on="position", how="anti", maintain_order="left")
    of_entity = rows.filter(is_of_holdout(corpus))
    rows = rows.join(of_entity, on="position", how="anti", maintain_order="left")
    copies = rows.head(0) if protected is None else rows.join(protected.find(rows), on="position", how="semi")
    rows = rows.join(copies, on="position", how="anti", maintain_order="left")
    why = denied_reason(AllowedValues(ranges={}, licences=frozenset(), generators=corpus.settings.generators))
    denied = rows.filter(why.is_not_null())
    rows = rows.join(denied, on="position", how="anti", maintain_order="left")
    real, synthetic = (pl.col("origin") == origin for origin in ("real", "synthetic"))
    impossible = (real & (pl.col("depth") > 0)) | (synthetic & (pl.col("depth") < 1))
    contradicting = rows.filter(impossible)
    refused = [
        (quarantined.join(fitted, on="position", how="anti"), MISFIT),
        (gone, WITHDRAWN),
        (in_holdout, IN_HOLDOUT),
        (of_entity, OF_ENTITY),
        (copies, IN_PROTECTED),
        (denied, DENIED),
        (contradicting, IMPOSSIBLE),
    ]
    return ReadBack(
        rows.join(contradicting, on="position", how="anti", maintain_order="left"),
        pl.concat(frame.select("position", why=pl.lit(why)) for frame, why in refused).sort("position"),
    )


def _parse(raw: list[str], schema: Schema) -> tuple[pl.DataFrame, list[bool]]:
    """Parse rows that fitted, with provenance under its prefix; return them, and for each row whether it is one.

    Python's parser reads numbers exactly, which not every fast JSON parser does.
    """
    kinds = _kinds(schema)
    names = shown_names(schema, COLUMNS)
    pictures = {names[each.name]: each for each in schema.columns if each.role is Role.IMAGE}
    rows = [_row(each, kinds, pictures) for each in raw]
    columns = []
    for name, dtype in _types(schema).items():
        values = [row[name] for row in rows if row is not None]
        called = f"{PREFIX}{name}" if name in COLUMNS else name
        columns.append(pl.Series(called, values, dtype=_in_json(dtype)))
    return pl.DataFrame(columns), [row is not None for row in rows]


def _types(schema: Schema) -> dict[str, pl.DataType]:
    """Map each name in the JSON of a row to its type."""
    shown = shown_names(schema, COLUMNS)
    return {**{shown[each.name]: typed_dtype(each) for each in schema.columns}, **COLUMNS}


def _in_json(dtype: pl.DataType) -> pl.DataType:
    """Return the type that values have in JSON, where dates, times and decimal numbers are text."""
    return pl.String() if dtype.is_temporal() or dtype.is_decimal() else dtype


def _kinds(schema: Schema) -> dict[str, tuple[type, ...]]:
    """Map each column to the JSON types that its values may have."""
    kinds: dict[str, tuple[type, ...]] = {}
    for name, dtype in ((name, _in_json(dtype)) for name, dtype in _types(schema).items()):
        if isinstance(dtype, pl.Array):
            kinds[name] = (list,)
        elif dtype.is_integer() or dtype == pl.Boolean:
            kinds[name] = (bool if dtype == pl.Boolean else int, type(None))
        else:
            kinds[name] = (float, type(None)) if dtype.is_float() else (str, type(None))
    kinds["origin"] = (str,)
    return kinds


def _row(raw: str, kinds: dict[str, tuple[type, ...]], pictures: dict[str, Column]) -> dict[str, Any] | None:
    """Parse one row; None where it is not a row that fitted."""
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
    return found if all(_is_picture(found[name], column) for name, column in pictures.items()) else None


def _is_picture(value: list[Any], column: Column) -> bool:
    """Check whether a list holds the pixels of a canonical picture."""
    allowed = range((column.levels or 255) + 1)
    return len(value) == math.prod(column.axes) and all(type(x) is int and x in allowed for x in value)
