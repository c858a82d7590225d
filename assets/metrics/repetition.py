"""Repetition rate (seq-rep-4): the share of a row's 4-grams that occurred in it before."""

import numpy as np

from outcross.assets.instruments.grams import Grams
from outcross.assets.instruments.standard_error import NONE
from outcross.assets.instruments.words import sort_distinct
from outcross.assets.metrics.contract import TEXT, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "repetition_rate",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "lower",
        "share of a row's word quadruples that occurred in it before, mean over rows",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``repetition_rate`` of the synthetic text from its 4-grams."""
    words = comparison.probe.view(comparison.synthetic, seed=comparison.seed).words
    return [Measurement("repetition_rate", *repetition_rate(words.grams[-1]))]


def repetition_rate(grams: Grams) -> tuple[float, float]:
    """Return the mean over rows of 1 − distinct ÷ all n-grams (seq-rep-n of Welleck et al. 2020, arXiv 1908.04319).

    Rows without n-grams are left out; NaN if all are. The standard error is that of a mean over rows.
    """
    measured = grams.in_row > 0
    if not measured.any():
        return NONE, NONE
    width = len(grams.counts)
    distinct = np.bincount(sort_distinct(grams.row * width + grams.codes) // width, minlength=grams.rows)
    rates = 1 - distinct[measured] / grams.in_row[measured]
    return float(rates.mean()), float(rates.std() / np.sqrt(len(rates)))


METRIC = RowMetric(
    name="repetition_rate",
    modalities=TEXT,
    measure=measure,
    endpoints=ENDPOINTS,
    absolute=True,
)
