"""Readings of drift: C2ST (classifier two-sample test) of the batch against the anchor, and rank correlations."""

from collections.abc import Iterator

import numpy as np

from outcross.assets.corpus.guards import chance
from outcross.assets.corpus.guards.counting import code_frame
from outcross.assets.corpus.guards.measures.contract import Batch, Reading
from outcross.assets.corpus.guards.profile import rank_correlation
from outcross.assets.corpus.guards.scan import SAMPLE
from outcross.assets.instruments.classifier_two_sample import two_sample_auc
from outcross.assets.instruments.drawing import draw_rows
from outcross.resources.compute import one_thread
from outcross.resources.seeds import derive_seed

FEWEST_ROWS = 20
"""Smallest number of rows on either side for a classifier or a correlation."""
FEW_VALUES, MISSING = 100, -1e300
"""In a column with fewer than ``FEW_VALUES`` values on both sides together, missing values become ``MISSING``."""
NORMAL = 1.959964
"""97.5 % quantile of the standard normal distribution."""


def measure(batch: Batch) -> Iterator[Reading]:
    """Measure the C2ST's AUC against the anchor with its 95 % interval, and the largest gap in rank correlation."""
    scanned, profile, anchor, seed = batch.scanned, batch.profile, batch.anchor, batch.seed
    if not (profile.scales.edges or profile.scales.levels):
        return
    drawn = draw_rows(anchor[profile.schema.names], SAMPLE, derive_seed("anchor of the vitals", seed))
    reference = code_frame(drawn, profile.scales)
    for guard, rows in (("drift", scanned.others), ("synthetic_drift", scanned.declared_synthetic)):
        if min(rows.height, drawn.height) < FEWEST_ROWS:
            continue
        coded = code_frame(rows, profile.scales)
        sides = comparable(profile.features(coded), profile.features(reference))
        with one_thread():
            area, error = two_sample_auc(*sides, seed=derive_seed("halves", seed))
        limit = chance.area_limit(rows.height, drawn.height)
        yield Reading(guard, "two_sample_auc", "", area, high=limit)
        yield Reading("drift_interval", "two_sample_auc_lower_95", guard, max(area - NORMAL * error, 0.0))
        yield Reading("drift_interval", "two_sample_auc_upper_95", guard, min(area + NORMAL * error, 1.0))
    yield from _correlation(batch)


def _correlation(batch: Batch) -> Iterator[Reading]:
    scanned, profile = batch.scanned, batch.profile
    rows = scanned.others if scanned.others.height >= FEWEST_ROWS else scanned.declared_synthetic
    pairs = len(profile.correlation) * (len(profile.correlation) - 1) // 2
    if pairs and rows.height >= FEWEST_ROWS:
        gap = np.abs(rank_correlation(code_frame(rows, profile.scales), profile) - profile.correlation)
        limit = chance.correlation_limit(pairs, rows.height, profile.rows)
        yield Reading("correlation", "rank_correlation_gap", "", float(gap.max()), high=limit)


def comparable(*sides: np.ndarray) -> list[np.ndarray]:
    """Replace missing values by a number in columns of few values: trees refuse a half whose column has no value."""
    seen = sum((~np.isnan(side)).sum(axis=0) for side in sides)
    return [np.where(np.isnan(side) & (seen < FEW_VALUES), MISSING, side) for side in sides]
