"""Empty rows: how many rows of text have no word."""

from outcross.assets.metrics.contract import TEXT, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.resources.tokens import lack_words

ENDPOINTS = (
    Endpoint(
        "empty_rows",
        Definition.SHAPE_DEFORMS,
        Reading.HALLUCINATED,
        "lower",
        "share of synthetic rows without a word",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``empty_rows``: rows of white space and invisible characters only, which sources leave out of real data.

    The standard error is that of a mean over rows.
    """
    assert comparison.schema.text is not None
    return [Measurement.of_mean("empty_rows", lack_words(comparison.synthetic[comparison.schema.text.name]).to_numpy())]


METRIC = RowMetric(
    name="empty_rows",
    modalities=TEXT,
    measure=measure,
    endpoints=ENDPOINTS,
    absolute=True,
)
