"""Cross-entropy: perplexity of synthetic text under a language model of the anchor."""

import numpy as np

from outcross.assets.metrics.contract import TEXT, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "cross_entropy",
        Definition.LOSS_GROWS,
        Reading.HALLUCINATED,
        "lower",
        "nats per token of the synthetic text under a language model of real text",
        has_zero=False,
        unit="nats per token",
    ),
    Endpoint(
        "cross_perplexity",
        Definition.LOSS_GROWS,
        Reading.HALLUCINATED,
        "lower",
        "perplexity of the synthetic text under a language model of real text",
    ),
    Endpoint(
        "perplexity_ratio",
        Definition.LOSS_GROWS,
        Reading.HALLUCINATED,
        "one",
        "perplexity under a language model of real text, synthetic ÷ held-out text",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``cross_entropy``, ``cross_perplexity`` and ``perplexity_ratio`` of the synthetic text.

    They are H, the nats per token under a word trigram model of the anchor; e^H; and e^H ÷ that of the holdout.
    Standard errors are those of a ratio of sums over rows, with the model fixed. Low values alone are not good: a text
    that repeats the most probable phrase has them too, with a ratio below 1.
    """
    value, error = comparison.probe.nats_per_token(comparison.synthetic)
    real, real_error = comparison.probe.holdout_nats_per_token
    perplexity, ratio = np.exp(value), np.exp(value - real)
    return [
        Measurement("cross_entropy", value, error),
        Measurement("cross_perplexity", float(perplexity), float(perplexity * error)),
        Measurement("perplexity_ratio", float(ratio), float(ratio * np.hypot(error, real_error))),
    ]


METRIC = RowMetric(
    name="cross_entropy",
    modalities=TEXT,
    measure=measure,
    endpoints=ENDPOINTS,
    absolute=True,
)
