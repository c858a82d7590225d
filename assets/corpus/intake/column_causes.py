"""Explain what guards found in the columns of a staged batch; the batch is read only where they found something."""

from collections.abc import Iterator, Sequence

import polars as pl

from outcross.assets.corpus.intake.named_causes import Found, name_causes
from outcross.assets.corpus.intake.staged_batch import StagedBatch
from outcross.assets.corpus.ledger.guard_result import CAUSE, GuardResult
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.schema import Schema

DRIFT, LEVELS = "column_drift", "new_levels"
MOST_ROWS = 2_000
"""Rows of the batch, and of the anchor, that are compared; of more, these are spread evenly over the file."""
FEWEST_ROWS = 10
"""Smallest number of rows that ``range`` holds for a column to be looked at."""
_REASON = "range: column '{}' holds "


def find_causes(corpus: OpenCorpus, staged: StagedBatch, results: Sequence[GuardResult]) -> Iterator[GuardResult]:
    """Explain the columns that ``column_drift``, ``new_levels`` or ``range`` found something in.

    Args:
        corpus: the open corpus.
        staged: the batch.
        results: of the guards of batches.
    """
    schema, failed = corpus.schema, [each for each in results if not (each.passed or each.abstained)]
    names = [column.name for column in (*schema.numeric, *schema.discrete)]
    groups = {guard: [each.group for each in failed if each.guard == guard] for guard in (DRIFT, LEVELS)}
    far = pl.concat(staged.far) if staged.far else None
    found = Found(
        drifted=[name for name in groups[DRIFT] if name in names],  # a picture's brightness is no column
        levels={name: _new_levels(corpus, staged, name) for name in groups[LEVELS]},
        far={} if far is None else _far(far, schema),
        corpus=corpus.name,
    )
    if not found.columns:
        return
    step = max(staged.rows // MOST_ROWS, 1)
    rows = pl.scan_parquet(staged.compared, glob=False).filter(pl.col("position") % step == 0).select(names)
    held = [] if far is None else [far.filter(pl.col("position") % step == 0).select(names)]
    batch = pl.concat([rows.collect(engine="streaming"), *held])
    anchor = corpus.rows.select(names).gather_every(max(corpus.rows.height // MOST_ROWS, 1))
    for cause in name_causes(batch, anchor, schema, found):
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


def _new_levels(corpus: OpenCorpus, staged: StagedBatch, name: str) -> pl.DataFrame:
    """Count the levels of a column that the anchor does not have: ``level``, ``rows``, most rows first."""
    counted = pl.scan_parquet(staged.compared, glob=False).select(level=pl.col(name).cast(pl.String)).drop_nulls()
    known = corpus.rows.lazy().select(level=pl.col(name).cast(pl.String))
    new = counted.join(known, on="level", how="anti").group_by("level").len("rows")
    return new.sort("rows", "level", descending=[True, False]).collect(engine="streaming")


def _far(far: pl.DataFrame, schema: Schema) -> dict[str, pl.Series]:
    """Take the values of each column that ``range`` holds at least ``FEWEST_ROWS`` rows for."""
    reasons = pl.col("reasons").list
    named = {
        column.name: far.filter(
            reasons.eval(pl.element().str.starts_with(_REASON.format(column.source_name))).list.any()
        )[column.name]
        for column in schema.numeric
    }
    return {name: values for name, values in named.items() if len(values) >= FEWEST_ROWS}
