"""Entropy of n-grams: how evenly a text uses its words, pairs, triples and quadruples."""

import numpy as np

from outcross.assets.instruments.grams import Grams
from outcross.assets.instruments.standard_error import NONE, ratio_of_sums
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
        )
        for length, of in enumerate(("words", "word pairs", "word triples", "word quadruples"), start=1)
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``ngram_entropy_1`` to ``ngram_entropy_4`` of the synthetic text, nats.

    They grow with the text, the longer grams nearly as ln of its length: compare generations of equally many tokens.
    """
    words = comparison.probe.view(comparison.synthetic, seed=comparison.seed).words
    return [Measurement(f"ngram_entropy_{n}", *entropy(grams)) for n, grams in enumerate(words.grams, start=1)]


def entropy(grams: Grams) -> tuple[float, float]:
    """Plug-in entropy −Σ p ln p of the n-grams, and its standard error (Ent-n of Zhang et al. 2018, arXiv 1809.05972).

    The error is the delta method's: the surprise −ln p of a gram, summed over each row, as a ratio of sums. It says
    nothing of the bias of the plug-in estimate, which lies below the entropy. 0 where no row is n tokens long.
    """
    total = len(grams.codes)
    if not total:
        return 0.0, NONE
    surprise = -np.log(np.maximum(grams.counts, 1) / total)[grams.codes]
    value, error = ratio_of_sums(np.bincount(grams.row, surprise, minlength=grams.rows), grams.in_row)
    return max(value, 0.0), error


METRIC = RowMetric(
    name="ngram_entropy",
    modalities=TEXT,
    measure=measure,
    endpoints=ENDPOINTS,
    absolute=True,
)
