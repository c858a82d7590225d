"""Text metrics: how varied the words are, how many are left, and how they look to a model of the real text."""

import numpy as np

from outcross.assets.evaluation.metrics.contract import Comparison, Measurement
from outcross.assets.instruments.grams import Grams
from outcross.assets.instruments.standard_error import NONE, jackknife_error
from outcross.assets.instruments.vocabulary import survival


def measure_words(comparison: Comparison) -> list[Measurement]:
    """Measure ``distinct_1`` to ``distinct_4``, ``vocabulary_survival`` and ``rare_type_survival`` of synthetic text.

    All fall as a text of the same kind grows or shrinks: compare generations of equally many tokens. Standard errors
    are the jackknife's over rows, which are rather too large.
    """
    probe = comparison.probe
    words = probe.view(comparison.synthetic, seed=comparison.seed).words
    return [
        *(Measurement(f"distinct_{n}", *distinct(grams)) for n, grams in enumerate(words.grams, start=1)),
        Measurement("vocabulary_survival", *survival(words, probe.vocabulary)),
        Measurement("rare_type_survival", *survival(words, probe.rare_types)),
    ]


def measure_cross_entropy(comparison: Comparison) -> list[Measurement]:
    """Measure ``cross_entropy``, ``cross_perplexity`` and ``perplexity_ratio`` of the synthetic text.

    Nats per token H under a word trigram model of the anchor; e^H; e^H ÷ that of the holdout. Standard errors are those
    of a ratio of sums over rows, the model held fixed. Low values of the first two are no good by themselves: a text
    that repeats the model's favourite phrase has them, too, and a ratio below 1.
    """
    value, error = comparison.probe.nats_a_token(comparison.synthetic)
    real, real_error = comparison.probe.holdout_nats_a_token
    perplexity, ratio = np.exp(value), np.exp(value - real)
    return [
        Measurement("cross_entropy", value, error),
        Measurement("cross_perplexity", float(perplexity), float(perplexity * error)),
        Measurement("perplexity_ratio", float(ratio), float(ratio * np.hypot(error, real_error))),
    ]


def distinct(grams: Grams) -> tuple[float, float]:
    """Distinct n-grams ÷ all n-grams, none across rows, and its standard error (Li et al. 2016, arXiv 1510.03055).

    0 where no row is n tokens long.
    """
    total = len(grams.codes)
    if not total:
        return 0.0, NONE
    left = total - grams.in_row
    without = np.divide(grams.types - grams.lost_without(), left, out=np.full(grams.rows, NONE), where=left > 0)
    return grams.types / total, jackknife_error(without)
