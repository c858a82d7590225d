"""The change in the frequency of kinds of rows, over the last batches together, against the anchor."""

import numpy as np

from outcross.assets.corpus.accumulated.kinds import Kinds

BATCHES = 8
"""Batches of the window."""
SEASON = 0.1
"""A season may make any kind of row so much commoner or rarer than in the anchor, relative to its share."""
SEASONAL = SEASON, SEASON
"""The fall and the rise."""


def deviations(counts: np.ndarray, kinds: Kinds, season: tuple[float, float] = SEASONAL) -> np.ndarray:
    """Compute by how many standard errors each kind is commoner or rarer than a season could make it.

    It is the arcsine (Anscombe 1948, Biometrika 35:246) of the share that the batches have of all rows of the kind,
    theirs and the anchor's: its variance is nearly 1, also where there are few such rows. Of two complementary kinds
    the rarer one counts.

    Args:
        counts: (…, kinds + 1) counts of the batches, the last one that of the rows that could be of a kind.
        kinds: the kinds, with the anchor's counts.
        season: largest relative fall and rise of a share that are no change.

    Returns:
        (…, kinds), 0 where a kind is within the season.
    """
    counts = np.asarray(counts, dtype=np.float64)
    of, known = counts[..., -1:], kinds.known.astype(np.float64)
    flipped = known > kinds.of / 2
    here = np.where(flipped, of - counts[..., :-1], counts[..., :-1])
    there = np.where(flipped, kinds.of - known, known)
    both = here + there
    angle = np.arcsin(np.sqrt((here + 0.375) / (both + 0.75)))
    size = 2 * np.sqrt(both + 0.5)
    least, most = (np.arcsin(np.sqrt(of * by / (of * by + max(kinds.of, 1)))) for by in (1 - season[0], 1 + season[1]))
    apart = np.maximum(np.maximum(angle - most, least - angle), 0.0)
    share = both / np.maximum(of + kinds.of, 1)
    result: np.ndarray = apart * size / np.sqrt(np.maximum(1 - share, 0.5))
    return result
