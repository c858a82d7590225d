"""Self-BLEU: BLEU of each text against all others, high where texts repeat the same phrases."""

from dataclasses import dataclass

import numpy as np

from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.grams import LONGEST, Grams
from outcross.assets.instruments.standard_error import NONE, jackknife_error
from outcross.assets.instruments.words import Words
from outcross.assets.metrics.contract import TEXT, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.resources.seeds import derive_seed

ENDPOINTS = (
    Endpoint(
        "self_bleu",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "lower",
        "BLEU of a synthetic row against the others, mean over rows",
    ),
)

MOST_ROWS = 1_000
"""Most rows that are compared with one another; of more, a sample is drawn by seed."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``self_bleu`` of the synthetic text. It rises with the rows: compare generations with equally many."""
    words = comparison.probe.view(comparison.synthetic, seed=comparison.seed).words
    long = np.flatnonzero(words.lengths >= LONGEST)
    drawn = draw_rows(long, MOST_ROWS, derive_seed("self-BLEU", comparison.seed))
    return [Measurement("self_bleu", *self_bleu(words.take(drawn)))]


def self_bleu(words: Words) -> tuple[float, float]:
    """Return the mean over rows of BLEU-4 against all other rows (Zhu et al. 2018, arXiv 1802.01886), with its error.

    BLEU is that of Papineni et al. 2002 (ACL, section 2), unsmoothed: the geometric mean of the clipped n-gram
    precisions of n = 1..4, times the brevity penalty against the other row nearest in length. A row that shares no
    n-gram of some length with any other row has BLEU 0.

    The standard error is the jackknife's: leaving out a row removes its own score and the matches that others have in
    it alone; their brevity penalties are kept. NaN for fewer than two rows.

    Args:
        words: rows of at least four tokens.
    """
    rows = len(words.lengths)
    if rows < 2:
        return NONE, NONE
    penalty = _log_brevity_penalty(words.lengths)
    clipped = [_Clipped.count(grams) for grams in words.grams]
    matched = np.stack([each.matched for each in clipped], axis=1)
    total = np.stack([grams.in_row for grams in words.grams], axis=1)
    scores = _bleu(matched / total, penalty)

    pairs, place = np.unique(np.concatenate([each.owner * rows + each.row for each in clipped]), return_inverse=True)
    order = np.repeat(np.arange(LONGEST), [len(each.row) for each in clipped])
    lost = np.bincount(
        place * LONGEST + order, np.concatenate([each.lost for each in clipped]), minlength=len(pairs) * LONGEST
    ).reshape(-1, LONGEST)
    owner, row = np.divmod(pairs, rows)
    change = _bleu((matched[row] - lost) / total[row], penalty[row]) - scores[row]
    without = (scores.sum() - scores + np.bincount(owner, change, minlength=rows)) / (rows - 1)
    return float(scores.mean()), jackknife_error(without)


@dataclass(frozen=True)
class _Clipped:
    """Clipped counts: the n-grams of one length that each row shares with others.

    Attributes:
        matched: (rows,) n-grams of the row that match, each counted at most as often as any one other row has it.
        row: (losses,) a row that would match fewer n-grams without the row ``owner``.
        owner: (losses,) that row.
        lost: (losses,) how many fewer.
    """

    matched: np.ndarray
    row: np.ndarray
    owner: np.ndarray
    lost: np.ndarray

    @classmethod
    def count(cls, grams: Grams) -> "_Clipped":
        cells, count = np.unique(grams.codes * grams.rows + grams.row, return_counts=True)
        code, row = np.divmod(cells, grams.rows)
        order = np.lexsort((-count, code))
        code, row, count = code[order], row[order], count[order]
        # Sorted by n-gram, then by count: the row that has an n-gram most often comes first.
        starts = np.flatnonzero(np.append(True, code[1:] != code[:-1])) if len(code) else np.zeros(0, dtype=np.int64)
        sizes = np.diff(np.append(starts, len(code)))
        first, size = np.repeat(starts, sizes), np.repeat(sizes, sizes)
        rank = np.arange(len(code)) - first
        most = first + (rank == 0)
        next_most = first + np.where(rank <= 1, 2, 1)
        found = np.append(count, 0)  # index −1: no further row has the n-gram
        best = np.minimum(count, found[np.where(size > 1, most, -1)])
        second = np.minimum(count, found[np.where(size > 2, next_most, -1)])
        loses = best > second
        matched = np.bincount(row, best, minlength=grams.rows)
        return cls(matched, row[loses], row[most[loses]], (best - second)[loses])


def _bleu(precision: np.ndarray, log_penalty: np.ndarray) -> np.ndarray:
    """Return (rows,) BLEU from (rows, 4) precisions."""
    with np.errstate(divide="ignore"):
        result: np.ndarray = np.exp(log_penalty + np.log(precision).mean(axis=1))
        return result


def _log_brevity_penalty(lengths: np.ndarray) -> np.ndarray:
    """Return (rows,) min(0, 1 − r/c) for a row of length c, where r is the nearest other length, the shorter of two."""
    order = np.argsort(lengths, kind="stable")
    ordered = lengths[order].astype(float)
    shorter = np.append(-np.inf, ordered[:-1])
    longer = np.append(ordered[1:], np.inf)
    nearest = np.where(ordered - shorter <= longer - ordered, shorter, longer)
    penalty = np.empty(len(lengths))
    penalty[order] = np.minimum(0.0, 1 - nearest / ordered)
    return penalty


METRIC = RowMetric(
    name="self_bleu",
    modalities=TEXT,
    measure=measure,
    endpoints=ENDPOINTS,
    absolute=True,
    opt_in=TEXT,
)
