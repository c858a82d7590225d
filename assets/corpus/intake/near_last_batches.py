"""Rows that drifted from the anchor and are near the last real batches: the world may have moved, honestly.

A guard of drift compares a batch with the anchor. Here it is compared with the last real batches that were admitted as
well, by the same classifier two-sample test, so that a message says both distances.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.files import ANCHOR
from outcross.assets.corpus.guards.bounds import bounds
from outcross.assets.corpus.guards.chance import area_limit
from outcross.assets.corpus.guards.counting import code_frame
from outcross.assets.corpus.guards.measures.drift import FEWEST_ROWS, comparable
from outcross.assets.corpus.intake.staging import StagedBatch
from outcross.assets.corpus.ledger.version import CAUSE, GuardResult, Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.instruments.classifier_two_sample import two_sample_auc
from outcross.assets.instruments.drawing import draw_rows
from outcross.resources.compute import one_thread
from outcross.resources.seeds import derive_seed

GUARDS = ("drift", "column_drift")
LAST = 4
"""Number of real batches that rows are compared with."""
MOST_ROWS = 5_000
"""Rows of each side that are compared."""


def compare_with_last(
    corpus: OpenCorpus, staged: StagedBatch, last: Version, results: Sequence[GuardResult]
) -> list[GuardResult]:
    """Say that a batch is far from the anchor and near the last real batches, where that is so.

    Args:
        corpus: the open corpus.
        staged: the batch.
        last: the version before it.
        results: of the guards of batches.

    Returns one result, with the area under the ROC curve against the last batches and its bound; none where no guard of
    drift fails, there are too few rows, or the batch is far from them too.
    """
    failed = next((each for each in results if each.guard in GUARDS and not (each.passed or each.abstained)), None)
    if failed is None or not (corpus.schema.numeric or corpus.schema.discrete):
        return []
    rows = pl.scan_parquet(staged.compared, glob=False).filter(pl.col("origin") != "synthetic")
    batch = draw_rows(rows.select(corpus.schema.names).collect(engine="streaming"), MOST_ROWS, _seed(corpus, "batch"))
    real, batches = _last_real(corpus, last)
    if min(batch.height, real.height) < FEWEST_ROWS:
        return []
    anchor = draw_rows(corpus.rows.select(corpus.schema.names), MOST_ROWS, _seed(corpus, "anchor"))
    far, near = (_area(corpus, batch, other) for other in (anchor, real))
    upper = bounds("drift", corpus.settings.guard_settings())[1] or 1.0
    limits = [max(upper, area_limit(batch.height, other.height)) for other in (anchor, real)]
    if far <= limits[0] or near > limits[1]:
        return []
    why = (
        f"the rows are far from the anchor (area under the ROC curve {far:.2f}, at most {limits[0]:.2f}) and near the "
        f"{real.height:,} rows of the last {batches} real batch{'es' if batches != 1 else ''} ({near:.2f}, at most "
        f"{limits[1]:.2f}): the world may have moved; see what would change with: outcross corpus {corpus.name} "
        f"--renew-anchor --last {batches} --dry-run"
    )
    return [
        GuardResult(
            guard=failed.guard,
            metric=CAUSE,
            group="",
            value=near,
            lower=None,
            upper=limits[1],
            passed=False,
            blocking=False,
            why=why,
        )
    ]


def _last_real(corpus: OpenCorpus, last: Version) -> tuple[pl.DataFrame, int]:
    """Draw rows of the last batches with rows declared real, and count these batches."""
    arrived = list(dict.fromkeys(part.batch for part in reversed(last.parts[1:])))
    wanted = ["batch_id", "origin", *corpus.schema.names]
    found = [pl.DataFrame(schema=corpus.schema.polars)]
    for batch in arrived:
        if len(found) > LAST:
            break
        parts = tuple(part for part in last.parts if part.batch in (ANCHOR, batch))
        rows = scan_rows(corpus, replace(last, parts=parts), wanted)
        real = rows.filter(pl.col("batch_id") == batch, pl.col("origin") == "real").select(corpus.schema.names)
        if (frame := real.collect(engine="streaming")).height:
            found.append(frame)
    return draw_rows(pl.concat(found), MOST_ROWS, _seed(corpus, "last batches")), len(found) - 1


def _area(corpus: OpenCorpus, batch: pl.DataFrame, others: pl.DataFrame) -> float:
    profile = corpus.profile
    sides = [profile.features(code_frame(each, profile.scales)) for each in (batch, others)]
    with one_thread():
        return two_sample_auc(*comparable(*sides), seed=_seed(corpus, "halves"))[0]


def _seed(corpus: OpenCorpus, what: str) -> int:
    return derive_seed("near the last batches", what, corpus.settings.seed)
