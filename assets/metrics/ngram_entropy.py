"""N-gram entropy: how evenly a text uses its words, pairs, triples and quadruples."""

import numpy as np

from outcross.assets.instruments.grams import Grams
from outcross.assets.instruments.standard_error import NONE, jackknife_error, ratio_of_sums
from outcross.assets.metrics.contract import TEXT, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    *(
        Endpoint(
            f"ngram_entropy_{length}",
            Definition.SHAPE_DEFORMS,
            Reading.VARIANCE,
            "higher",
            f"entropy of the {of}, nats",
            has_zero=False,
            unit="nats",
        )
        for length, of in enumerate(("words", "word pairs", "word triples", "word quadruples"), start=1)
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``ngram_entropy_1`` to ``ngram_entropy_4`` of the synthetic text, in nats.

    They grow with the length of the text, for long n-grams nearly as its logarithm: compare generations with equally
    many tokens.
    """
    words = comparison.probe.view(comparison.synthetic, seed=comparison.seed).words
    return [Measurement(f"ngram_entropy_{n}", *entropy(grams)) for n, grams in enumerate(words.grams, start=1)]


def entropy(grams: Grams) -> tuple[float, float]:
    """Return the plug-in entropy −Σ p ln p of the n-grams (Ent-n of Zhang et al. 2018, arXiv 1809.05972).

    The standard error is the jackknife's over rows: where most n-grams occur once, the entropy is nearly the logarithm
    of their number, so it varies with the lengths of the rows. It does not cover the bias of the plug-in estimate,
    which is below the entropy. The value is 0 if no row has n tokens.
    """
    total = len(grams.codes)
    if not total:
        return 0.0, NONE
    surprise = -np.log(np.maximum(grams.counts, 1) / total)[grams.codes]
    value, _ = ratio_of_sums(np.bincount(grams.row, surprise, minlength=grams.rows), grams.in_row)
    return max(value, 0.0), jackknife_error(_without_each_row(grams))


def _without_each_row(grams: Grams) -> np.ndarray:
    """Return (rows,) the entropy without each row: ln N − Σ c ln c ÷ N of what is left, NaN where nothing is."""
    width = len(grams.counts)
    cells, own = np.unique(grams.row * width + grams.codes, return_counts=True)
    row, code = np.divmod(cells, width)
    counts = grams.counts[code]
    lost = np.bincount(row, _times_log(counts) - _times_log(counts - own), minlength=grams.rows)
    left = len(grams.codes) - grams.in_row
    there = np.maximum(left, 1)
    without = np.log(there) - (_times_log(grams.counts).sum() - lost) / there
    return np.where(left > 0, without, NONE)


def _times_log(counts: np.ndarray) -> np.ndarray:
    """Return c ln c, which is 0 for 0."""
    result: np.ndarray = counts * np.log(np.maximum(counts, 1))
    return result


METRIC = RowMetric(
    name="ngram_entropy",
    modalities=TEXT,
    measure=measure,
    endpoints=ENDPOINTS,
    absolute=True,
)
