"""The entities of a corpus's rows: no row of an entity of the holdout enters, whatever it says.

A model that was trained on some rows of a patient has seen the patient, so other rows of the same patient test nothing.
Entities are compared as text: without white space at their ends, and 7.0 as 7.
"""

from enum import StrEnum

import polars as pl

from outcross.assets.corpus.open_corpus import OpenCorpus

GUARD = "holdout_overlap"


class EntityFault(StrEnum):
    """A reason against a row, by its entity; the name of the column is in braces."""

    OF_HOLDOUT = "the row is of an entity of the holdout ('entity: {column}'), which no dataset may contain"
    UNKNOWN = "the row has no value in column '{column}', so it may be of an entity of the holdout ('entity: {column}')"


def is_of_holdout(corpus: OpenCorpus) -> pl.Expr:
    """Build (rows,) Boolean over stored columns: whether the entity of a row has rows in the holdout."""
    if corpus.entity is None:
        return pl.lit(value=False)
    keys = entity_keys(corpus.entity.name)
    held = corpus.reserved.select(keys).to_series().unique().implode()
    return keys.is_in(held).fill_null(value=False)


def entity_keys(column: str) -> pl.Expr:
    """Build (rows,) String by which entities are compared; null where a row has none."""
    text = pl.col(column).cast(pl.String).str.strip_chars().str.replace(r"^(-?\d+)\.0+$", "$1")
    return pl.when(text != "").then(text)


def find_entity_faults(rows: pl.LazyFrame, corpus: OpenCorpus) -> pl.DataFrame:
    """Find the rows of entities of the holdout, and those not declared synthetic of which the entity is not known.

    Args:
        rows: of a batch, with the stored columns, ``position`` and ``origin``.
        corpus: the open corpus.

    Returns ``position``, ``guard`` and ``reason``: a line for each row.
    """
    if corpus.entity is None:
        return pl.DataFrame(schema={"position": pl.Int64, "guard": pl.String, "reason": pl.String})
    unknown = entity_keys(corpus.entity.name).is_null() & pl.col("origin").ne_missing("synthetic")
    of_holdout, no_value = (fault.value.format(column=corpus.entity.source_name) for fault in EntityFault)
    reason = pl.when(is_of_holdout(corpus)).then(pl.lit(of_holdout)).when(unknown).then(pl.lit(no_value))
    found = rows.select("position", guard=pl.lit(GUARD), reason=reason).drop_nulls("reason")
    return found.collect(engine="streaming")


def tell_unknown(rows: pl.LazyFrame, corpus: OpenCorpus) -> tuple[str, ...]:
    """Tell how many rows declared synthetic name no entity, which is no reason against them.

    The arguments are those of :func:`find_entity_faults`.
    """
    if corpus.entity is None:
        return ()
    made = rows.filter((pl.col("origin") == "synthetic") & entity_keys(corpus.entity.name).is_null())
    count = int(made.select(pl.len()).collect(engine="streaming").item())
    if not count:
        return ()
    return (
        f"{count:,} rows declared synthetic have no value in column '{corpus.entity.source_name}', so they are not "
        "compared with the entities of the holdout",
    )
