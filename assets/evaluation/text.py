"""Text: how many different n-grams, which words survive, and how likely the text is under a model of the real one."""

import math
from itertools import chain

from assets.evaluation.contract import Comparison, Measurement, Metric
from resources.schema import Modality
from resources.tokens import tokenize

_TEXT: frozenset[Modality] = frozenset({"text"})
_ORDERS = (1, 2, 3, 4)


def _distinct(comparison: Comparison) -> list[Measurement]:
    """Distinct ÷ all n-grams within rows, n = 1..4 (Li et al. 2016, arXiv 1510.03055)."""
    assert comparison.schema.text is not None
    rows = [tokenize(text or "") for text in comparison.synthetic[comparison.schema.text.name].to_list()]
    measured = []
    for order in _ORDERS:
        grams = list(chain.from_iterable(zip(*(row[shift:] for shift in range(order)), strict=False) for row in rows))
        measured.append(Measurement(f"distinct_{order}", len(set(grams)) / len(grams) if grams else math.nan, math.nan))
    return measured


def _vocabulary(comparison: Comparison) -> list[Measurement]:
    """Share of the anchor's word types that are still generated (Suresh et al. 2025)."""
    assert comparison.schema.text is not None
    words = set(
        chain.from_iterable(map(tokenize, comparison.synthetic[comparison.schema.text.name].drop_nulls().to_list()))
    )
    known = comparison.probe.vocabulary
    return [Measurement("vocabulary_survival", len(words & known) / len(known), math.nan)]


def _cross_entropy(comparison: Comparison) -> list[Measurement]:
    """Nats per token under an n-gram model of the anchor, with the standard error of that ratio over rows."""
    scored = comparison.probe.language_model.loss(comparison.synthetic, seeds={0: comparison.seed})
    assert scored is not None
    nats, units = scored["nats"].to_numpy(), scored["units"].to_numpy()
    value = float(nats.sum() / units.sum())
    error = float((nats - units * value).std(ddof=1) * math.sqrt(len(nats)) / units.sum())
    return [Measurement("cross_entropy", value, error)]


DISTINCT = Metric("distinct", _TEXT, _distinct)
VOCABULARY = Metric("vocabulary", _TEXT, _vocabulary)
CROSS_ENTROPY = Metric("cross entropy", _TEXT, _cross_entropy)
