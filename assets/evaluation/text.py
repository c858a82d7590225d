"""Text metrics: how varied the words are, how many are left, and how they look to a model of the real text."""

import numpy as np

from assets.evaluation.contract import Comparison, Measurement
from assets.evaluation.words import Words

NONE = float("nan")
LONGEST = 4


def measure_words(comparison: Comparison) -> list[Measurement]:
    """Measure ``distinct_1`` to ``distinct_4`` and ``vocabulary_survival`` of the synthetic text.

    All fall as a text of the same kind grows or shrinks: compare generations of equally many tokens.
    """
    words = comparison.probe.view(comparison.synthetic, seed=comparison.seed).words
    measured = [Measurement(f"distinct_{n}", value, NONE) for n, value in enumerate(distinct(words), start=1)]
    vocabulary = comparison.probe.vocabulary
    survived = len(vocabulary.intersection(words.types)) / len(vocabulary) if vocabulary else NONE
    return [*measured, Measurement("vocabulary_survival", survived, NONE)]


def measure_cross_entropy(comparison: Comparison) -> list[Measurement]:
    """Measure ``cross_entropy``: nats per token of the synthetic text under a word trigram model of the anchor.

    The standard error is that of a ratio of sums over rows. Low values are no good by themselves: a text that repeats
    the model's favourite phrase has them, too.
    """
    text = comparison.schema.text
    assert text is not None
    rows = comparison.synthetic.select(text.name).fill_null("")
    scored = comparison.probe.language_model.loss(rows, seeds={0: comparison.probe.seed})
    nats, units = scored["nats"].to_numpy(), scored["units"].to_numpy()
    tokens = int(units.sum())
    if tokens == 0:
        return [Measurement("cross_entropy", NONE, NONE)]
    value = float(nats.sum() / tokens)
    error = (nats - units * value).std(ddof=1) * np.sqrt(len(nats)) / tokens
    return [Measurement("cross_entropy", value, float(error))]


def distinct(words: Words) -> list[float]:
    """Distinct n-grams ÷ all n-grams for n = 1..4, none across rows (Li et al. 2016, arXiv 1510.03055).

    0 where no row is n tokens long.
    """
    values, grams = [], words.ids
    for n in range(1, LONGEST + 1):
        first = words.follows(n - 1)
        if n > 1:
            # A gram is the code of its first n − 1 words, at each place, paired with its last word.
            following = np.zeros(len(words.ids), dtype=np.int64)
            following[first] = grams[first] * len(words.types) + words.ids[first + n - 1]
            grams = following
        codes, inverse = np.unique(grams[first], return_inverse=True)
        grams = grams.copy()
        grams[first] = inverse
        values.append(len(codes) / len(first) if len(first) else 0.0)
    return values
