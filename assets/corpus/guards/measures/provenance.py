"""Readings of the provenance that rows state."""

from collections.abc import Iterator

from outcross.assets.corpus.guards.measures.contract import Batch, Reading
from outcross.assets.corpus.guards.provenance_counts import ORIGINS, SYNTHETIC


def measure(batch: Batch) -> Iterator[Reading]:
    """Measure the share of each origin, the shares that state provenance, licence and consent, and the depth."""
    stated, rows = batch.scanned.provenance, batch.rows
    for origin, many in zip(ORIGINS, stated.origins, strict=True):
        yield Reading("origins", "origin_share", origin, many / rows)
    yield Reading("provenance", "complete_share", "", stated.complete / rows)
    yield Reading("licence", "licensed_share", "", stated.licensed / rows)
    asked = rows - int(stated.origins[SYNTHETIC])
    yield Reading("consent", "consenting_share", "", stated.consenting / asked if asked else 1.0)
    yield Reading("depth", "depth", "", max(stated.depth, 0))
