"""The limits of a corpus, simulated when they are first needed, and kept in its folder."""

import json
from hashlib import sha256

from outcross.assets.corpus.accumulated.limits import FALSE_YEARS, simulate_limits
from outcross.assets.corpus.accumulated.reference import Reference
from outcross.assets.corpus.files import ACCUMULATED
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.store import MissingArtefact

FEWEST_ROWS = 16
"""Smallest size of batches that limits are simulated for."""


def size_class(rows: float) -> int:
    """Round the mean size of batches to a power of two."""
    size = FEWEST_ROWS
    while size * 2**0.5 < rows:
        size *= 2
    return size


def read_limits(corpus: OpenCorpus, reference: Reference, rows: float, season: tuple[float, float]) -> dict[str, float]:
    """Read the limits for batches of about a size, to a power of two; simulate them where they are missing.

    Args:
        corpus: the open corpus.
        reference: of its anchor.
        rows: mean size of the batches.
        season: see :func:`simulate_limits`.
    """
    size = size_class(rows)
    given = sha256(repr((reference.counted, season, FALSE_YEARS)).encode()).hexdigest()[:12]
    path = f"{ACCUMULATED}/limits-{given}-{size}.json"
    try:
        found: dict[str, float] = json.loads(corpus.files.get(path))
    except MissingArtefact:
        found = simulate_limits(reference, size, season=season, seed=corpus.settings.seed)
        corpus.files.put(path, json.dumps(found, indent=1, sort_keys=True).encode())
    return found
