"""Readings of disclosure: rows declared synthetic that copy rows of the anchor, or are nearer to them than real rows.

Neither bounds what an attacker can learn.
"""

from collections.abc import Iterator

import numpy as np

from outcross.assets.corpus.guards import chance
from outcross.assets.corpus.guards.measures.contract import Batch, Reading
from outcross.assets.corpus.guards.profile import records
from outcross.assets.corpus.guards.provenance_counts import SYNTHETIC
from outcross.assets.instruments.gower import closest_distances, sample_rows
from outcross.resources.seeds import derive_seed


def measure(batch: Batch) -> Iterator[Reading]:
    """Measure, among synthetic rows, the share of copies of anchor rows, and the share with a small DCR.

    A DCR (distance to closest record of the anchor) is small if it is at most the baseline's quantile for the holdout.
    """
    scanned, profile, anchor, seed = batch.scanned, batch.profile, batch.anchor, batch.seed
    synthetic = int(scanned.provenance.origins[SYNTHETIC])
    if not synthetic:
        return
    repeated = sum(times * many for times, many in profile.repeats.items() if times > 1)
    _, high = chance.share_range(np.array(repeated), profile.rows, synthetic)
    yield Reading("copies", "copied_share", "", scanned.provenance.copies / synthetic, high=float(high))
    baseline = profile.baseline
    if not baseline.rows:
        return
    rows = sample_rows(scanned.declared_synthetic, derive_seed("nearness", seed))
    nearest = closest_distances(rows, records(anchor, profile.schema, profile.seed), profile.schema)
    _, high = chance.share_range(np.array(baseline.near), baseline.rows, rows.height)
    near = float((nearest <= baseline.quantile).mean())
    yield Reading("nearness", "near_share", "", near, high=float(high))
