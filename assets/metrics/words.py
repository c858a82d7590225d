"""Distinct n-grams and vocabulary survival: how varied words are, and how many real ones are still generated."""

import numpy as np

from outcross.assets.instruments.grams import Grams
from outcross.assets.instruments.standard_error import NONE, jackknife_error
from outcross.assets.instruments.vocabulary import survival
from outcross.assets.metrics.contract import TEXT, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "vocabulary_survival",
        Definition.TAILS_VANISH,
        Reading.TAILS,
        "higher",
        "share of the real word types still generated",
    ),
    *(
        Endpoint(f"distinct_{length}", Definition.TAILS_VANISH, Reading.TAILS, "higher", f"distinct ÷ all {of}")
        for length, of in enumerate(("words", "word pairs", "word triples", "word quadruples"), start=1)
    ),
    Endpoint(
        "rare_type_survival",
        Definition.TAILS_VANISH,
        Reading.TAILS,
        "higher",
        "share of the rarest real word types (5 % of the tokens) still generated",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``distinct_1`` to ``distinct_4``, ``vocabulary_survival`` and ``rare_type_survival`` of synthetic text.

    All depend on the length of the text: compare generations with equally many tokens. Standard errors are the
    jackknife's over rows, which are somewhat too large.
    """
    probe = comparison.probe
    words = probe.view(comparison.synthetic, seed=comparison.seed).words
    return [
        *(Measurement(f"distinct_{n}", *distinct(grams)) for n, grams in enumerate(words.grams, start=1)),
        Measurement("vocabulary_survival", *survival(words, probe.vocabulary)),
        Measurement("rare_type_survival", *survival(words, probe.rare_types)),
    ]


def distinct(grams: Grams) -> tuple[float, float]:
    """Return distinct n-grams ÷ all n-grams within rows, with its standard error (Li et al. 2016, arXiv 1510.03055).

    The value is 0 if no row has n tokens.
    """
    total = len(grams.codes)
    if not total:
        return 0.0, NONE
    left = total - grams.in_row
    without = np.divide(grams.types - grams.count_lost_without(), left, out=np.full(grams.rows, NONE), where=left > 0)
    return grams.types / total, jackknife_error(without)


METRIC = RowMetric(
    name="words",
    modalities=TEXT,
    measure=measure,
    endpoints=ENDPOINTS,
    absolute=True,
)
