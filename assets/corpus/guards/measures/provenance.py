"""What the rows of a batch say of themselves."""

from collections.abc import Iterator

from outcross.assets.corpus.guards.measures.contract import Batch, Reading
from outcross.assets.corpus.guards.provenance_counts import ORIGINS, SYNTHETIC


def measure(batch: Batch) -> Iterator[Reading]:
    """Measure the rows of each origin, and the shares that state provenance, licence and consent."""
    told, rows = batch.scanned.provenance, batch.rows
    for origin, many in zip(ORIGINS, told.origins, strict=True):
        yield Reading("origins", "origin_share", origin, many / rows)
    yield Reading("provenance", "complete_share", "", told.complete / rows)
    yield Reading("licence", "licensed_share", "", told.licensed / rows)
    asked = rows - int(told.origins[SYNTHETIC])
    yield Reading("consent", "consenting_share", "", told.consenting / asked if asked else 1.0)
    yield Reading("depth", "depth", "", max(told.depth, 0))
