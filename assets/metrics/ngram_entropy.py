"""N-gram entropy: how evenly a text uses its words, pairs, triples and quadruples."""

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
    """Measure ``ngram_entropy_1`` to ``ngram_entropy_4`` of the synthetic text, in nats.

    They grow with the length of the text, for long n-grams nearly as its logarithm: compare generations with equally
    many tokens.
    """
    words = comparison.probe.view(comparison.synthetic, seed=comparison.seed).words
    return [Measurement(f"ngram_entropy_{n}", *entropy(grams)) for n, grams in enumerate(words.grams, start=1)]


def entropy(grams: Grams) -> tuple[float, float]:
    """Return the plug-in entropy −Σ p ln p of the n-grams (Ent-n of Zhang et al. 2018, arXiv 1809.05972).

    The standard error is the delta method's: the surprise −ln p of an n-gram, summed over each row, as a ratio of sums.
    It does not cover the bias of the plug-in estimate, which is below the entropy. The value is 0 if no row has n
    tokens.
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
