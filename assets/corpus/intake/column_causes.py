"""Explain what guards found in the columns of a staged batch, with the rows that the range guard holds."""

from collections.abc import Iterator, Sequence

import polars as pl

from outcross.assets.corpus.intake.named_causes import name_causes
from outcross.assets.corpus.intake.staging import StagedBatch
from outcross.assets.corpus.ledger.version import CAUSE, GuardResult
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.schema import Schema

DRIFT, LEVELS, RANGE = "column_drift", "new_levels", "range"
FEWEST_ROWS = 10
"""Smallest number of rows that ``range`` holds for a column to be looked at."""
_OF_RANGE = r"^range: column '(.*?)' holds "


def find_causes(corpus: OpenCorpus, staged: StagedBatch, results: Sequence[GuardResult]) -> Iterator[GuardResult]:
    """Explain the columns that ``column_drift``, ``new_levels`` or ``range`` found something in.

    Args:
        corpus: the open corpus.
        staged: the batch.
        results: of the guards of batches.
    """
    found: dict[str, list[str]] = {}
    columns = {column.name for column in (*corpus.schema.numeric, *corpus.schema.discrete)}
    for each in results:  # a picture's brightness is no column
        if each.guard in (DRIFT, LEVELS) and each.group in columns and not each.passed and not each.abstained:
            found.setdefault(each.group, []).append(each.guard)
    names = corpus.schema.names
    far = [each.select(names) for each in staged.far]
    for name in _columns(pl.concat(staged.far), corpus.schema) if staged.far else ():
        found.setdefault(name, []).append(RANGE)
    if not found:
        return
    rows = [pl.scan_parquet(staged.admissible).select(names).collect(engine="streaming"), *far]
    for cause in name_causes(pl.concat(rows), corpus.rows.select(names), corpus.schema, found):
        yield GuardResult(
            guard=cause.guard,
            metric=CAUSE,
            group=cause.column,
            value=None,
            lower=None,
            upper=None,
            passed=False,
            blocking=False,
            why=cause.sentence,
        )


def _columns(far: pl.DataFrame, schema: Schema) -> list[str]:
    """List the columns that ``range`` holds at least ``FEWEST_ROWS`` rows for."""
    named = far.select(name=pl.col("reasons").explode().str.extract(_OF_RANGE)).drop_nulls()
    counted = dict(named.group_by("name").len().iter_rows())
    return [each.name for each in schema.numeric if counted.get(each.source_name, 0) >= FEWEST_ROWS]
