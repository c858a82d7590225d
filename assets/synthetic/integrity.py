"""Integrity of synthetic rows: as many as planned, of the right types, each traceable to the model that made it."""

import polars as pl

from outcross.assets.artefacts import MODEL, SYNTHETIC, Slot
from outcross.assets.pool.make import load_pool
from outcross.resources.guard_engine import Vital
from outcross.resources.schema import Column, Schema
from outcross.resources.sources.read_as import PLACE
from outcross.resources.tokens import lack_words

CHECKS = {
    "schema": "The rows have the types of the real data, finite numbers, nulls only where it may have them, and words.",
    "provenance": "Every row has an identity of its own, and was drawn from the weights that are in the store.",
    "counts": "Every replicate has as many rows as the policy prescribes.",
}
"""Check → what it holds the synthetic rows to."""


def synthetic_vitals(slot: Slot) -> list[Vital]:
    """Measure a generation's synthetic rows in one pass."""
    address = slot.address(SYNTHETIC)
    rows, provenance = slot.artefacts.load(address), slot.artefacts.provenance(address)
    model = slot.artefacts.provenance(slot.address(MODEL))
    unsigned = rows.select(
        pl.any_horizontal(pl.col("replicate", "row", "row_id", "depth").is_null()).sum()
        + pl.struct("replicate", "row_id").is_duplicated().sum()
    ).item()
    count = slot.study.synthetic_rows(slot.lineage, slot.artefacts.rows)
    counts = dict(rows.group_by("replicate").len().iter_rows())
    return [
        *(vital for column in slot.artefacts.schema.columns for vital in _column(rows, column)),
        *_words(rows, slot.artefacts.schema),
        Vital("provenance", "rows_without_identity", "", unsigned, upper=0),
        Vital("provenance", "weights_differ", "", provenance["weights_sha256"] != model["weights_sha256"], upper=0),
        *_draws(slot, rows),
        *(
            Vital("counts", "rows", f"replicate {replicate}", counts.get(replicate, 0), count, count)
            for replicate in slot.replicates
        ),
    ]


def _draws(slot: Slot, rows: pl.DataFrame) -> list[Vital]:
    """Count the rows that are not of the pool, and those that a replicate drew twice; nothing without a pool."""
    if slot.study.generator.needs_fit:
        return []
    drawn = rows.select("replicate", PLACE)
    strange = (~drawn[PLACE].is_in(load_pool(slot.artefacts)[PLACE].implode())).sum()
    twice = drawn.height - drawn.n_unique()
    return [
        Vital("provenance", "rows_not_of_the_pool", "", int(strange), upper=0),
        Vital("provenance", "rows_drawn_twice", "", twice, upper=0),
    ]


def _words(rows: pl.DataFrame, schema: Schema) -> list[Vital]:
    """Count the replicates in which no text has a word: nothing could be learned from them, or measured."""
    column = schema.text
    if column is None or column.name not in rows.columns:
        return []
    wordless = rows.select("replicate", wordless=lack_words(rows[column.name].cast(pl.String)))
    silent = wordless.group_by("replicate").agg(pl.col("wordless").all())["wordless"].sum()
    return [Vital("schema", "replicates_without_words", column.name, int(silent), upper=0)]


def _column(rows: pl.DataFrame, column: Column) -> list[Vital]:
    if column.name not in rows.columns or rows.schema[column.name] != column.dtype:
        return [Vital("schema", "wrong_type", column.name, 1, upper=0)]
    values = rows[column.name]
    vitals = [Vital("schema", "wrong_type", column.name, 0, upper=0)]
    if not column.nullable:
        vitals.append(Vital("schema", "nulls", column.name, int(values.null_count()), upper=0))
    if values.dtype.is_float():
        vitals.append(
            Vital("schema", "not_finite", column.name, int((~values.drop_nulls().is_finite()).sum()), upper=0)
        )
    if column.levels is not None:
        brightest = rows.select(pl.col(column.name).arr.max().max()).item()
        vitals.append(Vital("schema", "brightest_pixel", column.name, brightest, upper=column.levels))
    return vitals
