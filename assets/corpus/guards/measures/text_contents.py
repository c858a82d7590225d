"""Readings of what texts hold: nothing, a script or spelling of its own, personal data."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from outcross.assets.corpus.guards import chance
from outcross.assets.corpus.guards.measures.contract import Reading
from outcross.assets.corpus.guards.text_profile import KINDS

if TYPE_CHECKING:
    from outcross.assets.corpus.guards.measures.texts import Side

STRANGE = 0.99
"""Quantile of real texts' surprisal of a character, above which a text is spelled unlike the anchor's."""

METRICS = {
    "empty_texts": "empty_share_change",
    "personal_data": "personal_share_change",
    "language": "script_share_change",
}
"""Guard → its metric, the share of rows minus the anchor's."""
FAR = 1.5
"""Surprisal of a character, in multiples of its mean, that such a text has at least; other words alone have less."""


def measure(side: "Side") -> Iterator[Reading]:
    """Measure the shares of rows that are empty, strangely spelled, in another script, or hold personal data."""
    now, before = side.described, side.profile.real
    yield _more("empty_texts", "", now["empty"], before["empty"], side)
    for kind in KINDS:
        yield _more("personal_data", kind, now[kind], before[kind], side)
    for script in now["script"].unique().sort():
        yield _more("language", str(script), now["script"] == script, before["script"] == script, side)
    known, seen = (frame["strangeness"].drop_nulls().to_numpy() for frame in (side.profile.real, now))
    if len(known) and len(seen):
        edge = max(float(np.quantile(known, STRANGE, method="inverted_cdf")), FAR * float(known.mean()))
        _, high = chance.share_range(np.array((known > edge).sum()), len(known), len(seen))
        yield Reading("language", "strange_share", side.group, float((seen > edge).mean()), high=float(high))


def _more(guard: str, kind: str, now: pl.Series, before: pl.Series, side: "Side") -> Reading:
    """Build the reading of a share of rows minus the anchor's, with its range by chance."""
    hits, of = int(before.sum()), len(before)
    _, high = chance.share_range(np.array(hits), of, len(now))
    group = ", ".join(each for each in (kind, side.group) if each)
    return Reading(guard, METRICS[guard], group, int(now.sum()) / len(now) - hits / of, high=float(high) - hits / of)
