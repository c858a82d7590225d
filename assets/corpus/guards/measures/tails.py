"""Readings of the tails: values beyond the anchor's 1 % and 99 % quantiles."""

from collections.abc import Iterator

import numpy as np

from outcross.assets.corpus.guards import chance
from outcross.assets.corpus.guards.counting import Counts
from outcross.assets.corpus.guards.measures.contract import Batch, Reading
from outcross.assets.corpus.guards.profile import Profile


def measure(batch: Batch) -> Iterator[Reading]:
    """Measure the share of the values beyond the anchor's 1 % and 99 % quantiles ÷ the anchor's own."""
    profile = batch.profile
    counts, anchor, total = batch.scanned.counts, profile.counts, 0
    for place, (column, edges) in enumerate(zip(profile.schema.numeric, profile.tails, strict=True)):
        seen, known = (each.observed(profile.scales, place) for each in (counts, anchor))
        for side, edge in zip(("below", "above"), edges, strict=True):
            if edge is None:
                continue
            now, before = (_beyond(each, profile, place, edge, side) for each in (counts, anchor))
            total += now
            if seen:
                low, high = chance.share_range(np.array(before), known, seen)
                share = before / known
                group = f"{column.name} {side}"
                chances = float(low) / share, float(high) / share
                yield Reading("tails", "tail_mass", group, now / seen / share, *chances, least=0.0, most=1 / share)
    if profile.tail.mean:
        yield batch.mean_ratio("tails", "tail_mass", total / counts.rows, profile.tail)


def _beyond(counts: Counts, profile: Profile, place: int, edge: float, side: str) -> int:
    edges = profile.scales.edges[place]
    if side == "below":
        return int(counts.at_most[place][np.searchsorted(edges, np.nextafter(edge, -np.inf))])
    return counts.observed(profile.scales, place) - int(counts.at_most[place][np.searchsorted(edges, edge)])
