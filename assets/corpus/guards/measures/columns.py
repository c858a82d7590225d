"""Readings of single columns: values, nulls, new levels."""

from collections.abc import Iterator

import numpy as np

from outcross.assets.corpus.guards import chance
from outcross.assets.corpus.guards.measures.contract import Batch, Reading


def measure(batch: Batch) -> Iterator[Reading]:
    """Measure each column's distance from the anchor's: Kolmogorov–Smirnov for numbers, total variation for levels."""
    profile = batch.profile
    counts, anchor, schema = batch.scanned.counts, profile.counts, profile.schema
    for number, name in enumerate(schema.names):
        before, now = int(anchor.nulls[number]), int(counts.nulls[number])
        low, high = chance.share_range(np.array(before), anchor.rows, counts.rows)
        share = before / anchor.rows
        yield Reading(
            "nulls", "null_share_change", name, now / counts.rows - share, float(low) - share, float(high) - share
        )
    for place, column in enumerate(schema.numeric):
        seen, known = (each.observed(profile.scales, place) for each in (counts, anchor))
        if seen and known:
            gap = counts.at_most[place] / seen - anchor.at_most[place] / known
            limit = chance.kolmogorov_limit(seen, known)
            yield Reading("column_drift", "kolmogorov_smirnov", column.name, float(np.abs(gap).max()), high=limit)
    for place, column in enumerate(schema.discrete):
        seen_levels, known_levels = (
            profile.merge_levels(each, place, rows=counts.rows)[:-1] for each in (counts, anchor)
        )
        seen, known = int(seen_levels.sum()), int(known_levels.sum())
        if seen and known:
            shares = seen_levels / seen, known_levels / known
            apart = float(np.abs(shares[0] - shares[1]).sum() / 2)
            limit = chance.variation_limit(shares[1], seen, known)
            yield Reading("column_drift", "total_variation", column.name, apart, high=limit)
        most = chance.unseen_range(int((anchor.levels[place][:-2] == 1).sum()), anchor.rows, counts.rows)
        new = int(counts.levels[place][-2])
        yield Reading("new_levels", "new_level_share", column.name, new / counts.rows, high=most)
