"""Readings of the words of texts: frequencies, drift of words and word pairs, diversity, repetition, boilerplate."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from outcross.assets.corpus.guards import chance
from outcross.assets.corpus.guards.anchor_texts import (
    DRAWS,
    AnchorTexts,
    count_runs,
    draw_orders,
    share_of_different_pairs,
)
from outcross.assets.corpus.guards.measures.contract import Reading
from outcross.assets.corpus.guards.measures.drift import NORMAL
from outcross.assets.corpus.guards.profile import Spread
from outcross.assets.corpus.guards.text_profile import count_words
from outcross.assets.instruments.text_sketches import Features
from outcross.assets.instruments.word_classifier import word_two_sample_auc
from outcross.assets.instruments.words import Words
from outcross.resources.seeds import derive_seed

if TYPE_CHECKING:
    from outcross.assets.corpus.guards.measures.texts import Side

MOST_ROWS = 1_000
"""Rows whose diversity is compared."""
SHOWN = 50
"""Shingles of a batch, those in the most rows, whose shares are compared with the anchor's."""


def measure(side: "Side") -> Iterator[Reading]:
    """Measure what the words of a batch's rows say; of rows declared synthetic, no frequencies."""
    words, anchor = side.words, side.anchor
    guard = "synthetic_drift" if side.declared else "drift"
    halves = derive_seed("halves of the texts", side.seed)
    area, error = word_two_sample_auc(Features.of(words), anchor.features, seed=halves)
    limit = chance.area_limit(side.rows, anchor.rows)
    name = side.profile.column
    yield Reading(guard, "two_sample_auc", name, area, high=limit)
    yield Reading("drift_interval", "two_sample_auc_lower_95", f"{guard} of {name}", max(area - NORMAL * error, 0.0))
    yield Reading("drift_interval", "two_sample_auc_upper_95", f"{guard} of {name}", min(area + NORMAL * error, 1.0))
    if not side.declared:
        yield _vocabulary(words, side)
    yield from _diversity(words, anchor, side)
    repeated, known = (frame["repeated"].to_numpy() for frame in (side.described, side.profile.real))
    spread = Spread.of(known)
    reach = chance.mean_reach(spread.variance, spread.most, len(repeated), len(known))
    more = float(repeated.mean() - spread.mean)
    yield Reading("repetition", "repeated_share_change", side.group, more, high=reach)
    yield from _boilerplate(words, anchor, side)


def _vocabulary(words: Words, side: "Side") -> Reading:
    """Measure the total variation of the frequencies of words; words of one row are not independent."""
    known = side.profile.frequencies
    counts = count_words(words, known.words).sum(axis=0)
    apart = float(np.abs(counts / max(int(counts.sum()), 1) - known.shares).sum() / 2)
    limit = chance.clustered_variation_limit(known.variances, known.length, known.square, side.rows, side.anchor.rows)
    return Reading("vocabulary", "total_variation", side.group, apart, high=limit)


def _diversity(words: Words, anchor: AnchorTexts, side: "Side") -> Iterator[Reading]:
    """Measure the different word pairs per word pair ÷ those of as many rows of the anchor."""
    rows = min(side.rows, anchor.rows // 2, MOST_ROWS)
    drawn = anchor.different_pairs(rows)
    usual = float(np.mean(drawn))
    if usual:
        from scipy.stats import t

        random, _ = draw_orders(anchor.rows, seed=side.seed)
        found = share_of_different_pairs(words.take(random.permutation(side.rows)[:rows]))
        # Samples of one anchor overlap, and the batch is another sample of the source: its variance adds to theirs.
        error = float(np.std(drawn, ddof=1)) * np.sqrt(1 + 1 / DRAWS + 1)
        low = 1 - float(t.isf(chance.RARELY, DRAWS - 1)) * error / usual
        yield Reading("diversity", "distinct_pair_ratio", side.group, found / usual, low)


def _boilerplate(words: Words, anchor: AnchorTexts, side: "Side") -> Iterator[Reading]:
    """Measure, over the commonest runs of five words, the largest share of rows that have one − the anchor's share."""
    shingles, rows = count_runs(words)
    commonest = np.argsort(-rows, kind="stable")[:SHOWN]
    known, before = anchor.runs
    if not len(commonest) or not len(known):
        return
    place = np.minimum(np.searchsorted(known, shingles[commonest]), len(known) - 1)
    hits = np.where(known[place] == shingles[commonest], before[place], 0)
    of, now = anchor.rows, side.rows
    _, high = chance.share_range(hits, of, now)
    worst = int(np.argmax(rows[commonest] / now - high))
    more = float(rows[commonest][worst] / now - hits[worst] / of)
    yield Reading(
        "boilerplate", "shared_run_share", side.group, more, high=float(high[worst]) - float(hits[worst]) / of
    )
