"""The split of real rows into anchor and holdout, decided by what a row says and by nothing around it."""

from dataclasses import dataclass
from hashlib import blake2b
from math import ceil

import polars as pl

from outcross.assets.anchor.represent import represent_classes
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed

FEWEST_ROWS = 2
_ORDER = "order"
SLICE = 10_000
"""Rows written out as JSON at a time: pictures grow fivefold."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Real rows in two parts that share no row content.

    Both frames hold ``row`` (Int64, 0 … n − 1), ``row_id`` (String, unique over both), the canonical columns, and
    the entity (String) where rows are split by one that is no canonical column. They
    are sorted by ``row_id``, so that they do not depend on the order the rows came in; with an entity, by its hash
    first, so that they do not depend on the units of columns either.
    """

    anchor: pl.DataFrame
    holdout: pl.DataFrame


def split(
    rows: pl.DataFrame,
    schema: Schema,
    *,
    holdout: float,
    seed: int,
    entity: pl.Series | None = None,
    time: pl.Series | None = None,
    beside: pl.Series | None = None,
) -> Split:
    """Send each row to the anchor or the holdout by a seeded hash of its content.

    A row keeps its side when rows are added, removed or reordered, and duplicates are always on one side. The share
    held out is therefore right only up to chance: its standard deviation is √(h(1 − h)/n) over n different rows. One
    exception: a class of the label that chance leaves without a row on one side lends it one, see
    :mod:`outcross.assets.anchor.represent`.

    With an entity, its hash decides in place of the content, so that all rows of an entity are on one side; equal rows
    of two entities may be on two. With a time, the latest rows are held out, and no row of the holdout is as early as
    one of the anchor; added rows then move the border.

    Args:
        rows: canonical rows.
        schema: their columns.
        holdout: expected share held out, from 0 (nothing) to below 1.
        seed: of the study; another seed holds out other rows.
        entity: (rows,) String, what each row belongs to; it is kept beside the canonical columns.
        time: (rows,) dates, times or numbers that order the rows.
        beside: (rows,) what else is kept of each row; it is no part of the row's content.

    Raises:
        BadInput: ``holdout`` is no such share, or a side would have fewer than two rows.
    """
    if not 0 <= holdout < 1:
        raise BadInput(f"'holdout' is {holdout}, which is not a share; choose a number from 0 to below 1, such as 0.25")
    own = _beside(entity, schema)
    hashes = _hash_rows(pl.DataFrame([*(rows[name] for name in schema.names), *own]))
    kept = own if beside is None else [*own, beside]
    order = None if entity is None else _numbers(entity, seed, kind="entity")
    if time is not None:
        held = latest(time, holdout)
    else:
        units = hashes if entity is None else entity
        numbers = _numbers(hashes, seed, kind="content") if order is None else order
        held = numbers < ceil(holdout * 2**63)
        if schema.label is not None and holdout:
            held = represent_classes(units, numbers, rows[schema.label.name], held)
    identified = rows[schema.names].insert_column(0, _row_ids(hashes)).with_columns(kept)
    if order is not None:
        identified = identified.with_columns(order.alias(_ORDER))
    sides = {"anchor": identified.filter(~held), "holdout": identified.filter(held)}
    for side, frame in sides.items():
        if len(frame) < FEWEST_ROWS and (holdout or side == "anchor"):
            raise BadInput(
                f"'holdout: {holdout}' leaves {len(frame)} of {len(rows):,} rows to the {side}, "
                f"which needs {FEWEST_ROWS}; add rows that differ, or move 'holdout' towards 0.5"
            )
    return Split(anchor=_numbered(sides["anchor"]), holdout=_numbered(sides["holdout"]))


def _beside(entity: pl.Series | None, schema: Schema) -> list[pl.Series]:
    """Return the entity's column where it is none of the schema's."""
    return [] if entity is None or entity.name in schema.names else [entity]


def row_ids(rows: pl.DataFrame, schema: Schema, *, entity: pl.Series | None = None) -> pl.Series:
    """Return (rows,) the ``row_id`` that :func:`split` gives each row, in the order of the source."""
    return _row_ids(_hash_rows(pl.DataFrame([*(rows[name] for name in schema.names), *_beside(entity, schema)])))


def _numbers(units: pl.Series, seed: int, *, kind: str) -> pl.Series:
    """Return (rows,) the 63-bit number of each row's unit, uniform over units; below h · 2⁶³ it is held out."""
    address = ("split", seed) if kind == "content" else ("split", seed, kind)
    return pl.Series("number", [derive_seed(*address, unit) for unit in units], pl.Int64)


def latest(time: pl.Series, holdout: float) -> pl.Series:
    """Return (rows,) whether each is among the latest: rows of one time stay together."""
    late = round(holdout * len(time))
    if not late:
        return pl.Series("held", [False] * len(time), pl.Boolean)
    border = time.sort()[len(time) - late]
    since, after = time >= border, time > border
    closest: pl.Series = min((since, after), key=lambda held: (held.all(), not held.any(), abs(held.sum() - late)))
    return closest


def content_hashes(rows: pl.DataFrame, schema: Schema, *, signed_zeros: bool = False) -> pl.Series:
    """Hash the content of each row: 32 hexadecimal digits (BLAKE2b, 128 bits), equal if and only if the rows are.

    Nulls, NaN, empty strings and the text ``null`` are all different; floats count to their last bit, but −0 is 0.

    Args:
        rows: canonical rows.
        schema: of the columns that count.
        signed_zeros: hash −0 as another value than 0, as stores of earlier versions have it.
    """
    return _hash_rows(rows.select(schema.names), signed_zeros=signed_zeros)


def _hash_rows(rows: pl.DataFrame, *, signed_zeros: bool = False) -> pl.Series:
    exact = pl.DataFrame([_exact(column, signed_zeros=signed_zeros) for column in rows])
    digests = [
        blake2b(line.encode(), digest_size=16).hexdigest()
        for part in exact.iter_slices(SLICE)
        for line in part.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    ]
    return pl.Series("content", digests, dtype=pl.String)


def _exact(values: pl.Series, *, signed_zeros: bool) -> pl.Series:
    """What JSON can hold without loss: it has no NaN, so floats are spelled in the fewest digits that read back.

    Polars adds 0 to a number without a computation, which would leave the sign of −0.
    """
    if values.dtype != pl.Float64:
        return values
    value = pl.col(values.name)
    exact = value if signed_zeros else pl.when(value == 0).then(pl.lit(0.0)).otherwise(value)
    return values.to_frame().select(exact.cast(pl.String).alias(values.name)).to_series()


def _row_ids(hashes: pl.Series) -> pl.Series:
    """The hash, with ``-1``, ``-2`` … behind it for the further occurrences of the same content."""
    occurrence = pl.int_range(pl.len()).over("content")
    suffix = pl.when(occurrence == 0).then(pl.lit("")).otherwise(pl.format("-{}", occurrence))
    return hashes.to_frame().select((pl.col("content") + suffix).alias("row_id")).to_series()


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    by = [name for name in (_ORDER, "row_id") if name in frame.columns]
    numbered = frame.sort(by).with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    return numbered.drop(_ORDER, strict=False)
