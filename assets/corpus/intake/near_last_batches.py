"""Rows that drifted from the anchor and are near the last real batches: the world may have moved, honestly.

A guard of drift compares a batch with the anchor. Here it is compared with the last real batches that were admitted as
well, by a classifier two-sample test, so that a message says both distances. The renewal that it names is with these
batches alone, or with fewer of them, where they are enough: an anchor that grows stays behind a world that goes on
moving.
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
from outcross.assets.corpus.intake.staged_batch import StagedBatch
from outcross.assets.corpus.ledger.guard_result import CAUSE, GuardResult
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.undeclared.estimate import FEWEST_SAMPLE
from outcross.assets.instruments.classifier_two_sample import two_sample_auc
from outcross.assets.instruments.drawing import draw_rows
from outcross.resources.compute import one_thread
from outcross.resources.seeds import derive_seed

GUARDS = ("drift", "column_drift")
LAST = 4
"""Number of real batches that rows are compared with."""
SPARE = 1.2
"""How many times the fewest rows of an anchor and its holdout are advised to be left after the split, which is by
chance."""
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
    drift fails, there are too few rows, or the batch is far from them too. Where texts or pictures have drifted, there
    is none: the columns beside them do not tell how near those are.
    """
    drifted = [each for each in results if each.guard in GUARDS and not (each.passed or each.abstained)]
    if not drifted or any(_is_of_media(each, corpus) for each in drifted):
        return []
    if not (corpus.schema.numeric or corpus.schema.discrete):
        return []
    failed = drifted[0]
    rows = pl.scan_parquet(staged.compared, glob=False).filter(pl.col("origin") != "synthetic")
    batch = draw_rows(rows.select(corpus.schema.names).collect(engine="streaming"), MOST_ROWS, _seed(corpus, "batch"))
    real, sizes = _last_real(corpus, last)
    batches = len(sizes)
    if min(batch.height, real.height) < FEWEST_ROWS:
        return []
    anchor = draw_rows(corpus.rows.select(corpus.schema.names), MOST_ROWS, _seed(corpus, "anchor"))
    far, near = (_area(corpus, batch, other) for other in (anchor, real))
    upper = bounds("drift", corpus.settings.guard_settings())[1] or 1.0
    limits = [max(upper, area_limit(batch.height, other.height)) for other in (anchor, real)]
    if near > limits[1]:
        return []
    how_far = f"area under the ROC curve {far:.2f}, at most {limits[0]:.2f}"
    if far <= limits[0]:  # fewer rows show it in a column than in all of them
        of = f" of {failed.group}" if failed.group else ""
        how_far = f"{failed.metric}{of} {failed.value:.2f}, at most {failed.upper:.2f}"
    enough = _count_enough(corpus, sizes)
    advised = f"--last {batches}" if enough is None else f"--last {enough} --alone"
    why = (
        f"the rows are far from the anchor ({how_far}) and near the {real.height:,} rows of the last {batches} real "
        f"batch{'es' if batches != 1 else ''} (area under the ROC curve {near:.2f}, at most {limits[1]:.2f}): the "
        "world may have moved; see what would change with: "
        f"outcross corpus {corpus.name} --renew-anchor {advised} --dry-run"
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


def _is_of_media(result: GuardResult, corpus: OpenCorpus) -> bool:
    """Whether a guard of drift is about texts or pictures: their column, or a statistic of it (``brightness of x``)."""
    media = {column.name for column in (corpus.schema.text, corpus.schema.image) if column is not None}
    return result.group in media or result.group.rpartition(" of ")[2] in media


def _count_enough(corpus: OpenCorpus, sizes: Sequence[int]) -> int | None:
    """Count the last batches whose rows can be an anchor and a holdout without the rows before them; None: too few.

    The fewest are advised: the more batches an anchor has, the farther it is behind a world that goes on moving.

    Args:
        corpus: the open corpus.
        sizes: rows of the last batches, the latest first.
    """
    share = corpus.settings.holdout
    needed = SPARE * FEWEST_SAMPLE / min(share, 1 - share)
    return next((place for place in range(1, len(sizes) + 1) if sum(sizes[:place]) >= needed), None)


def _last_real(corpus: OpenCorpus, last: Version) -> tuple[pl.DataFrame, list[int]]:
    """Draw rows of the last batches with rows declared real, and count those of each, the latest first."""
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
    sizes = [each.height for each in found[1:]]
    return draw_rows(pl.concat(found), MOST_ROWS, _seed(corpus, "last batches")), sizes


def _area(corpus: OpenCorpus, batch: pl.DataFrame, others: pl.DataFrame) -> float:
    profile = corpus.profile
    sides = [profile.features(code_frame(each, profile.scales)) for each in (batch, others)]
    with one_thread():
        return two_sample_auc(*comparable(*sides), seed=_seed(corpus, "halves"))[0]


def _seed(corpus: OpenCorpus, what: str) -> int:
    return derive_seed("near the last batches", what, corpus.settings.seed)
