"""Class survival: the share of the label's classes that are still generated."""

from outcross.assets.instruments.standard_error import NONE
from outcross.assets.metrics.contract import ROWS, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "class_survival",
        Definition.TAILS_VANISH,
        Reading.MODES,
        "higher",
        "share of the label's classes still generated",
        all_or_nothing=True,
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``class_survival``: the share of the anchor's classes with at least one synthetic row.

    Against the previous generation, only the classes that it still had count. There is no standard error, because
    survival of a class is one observation and does not vary from row to row.
    """
    probe = comparison.probe
    expected = set(probe.anchor[probe.label.name].drop_nulls())
    if comparison.against == "previous":
        expected &= set(comparison.reference[probe.label.name].drop_nulls())
    found = set(comparison.synthetic[probe.label.name].drop_nulls())
    return [Measurement("class_survival", len(expected & found) / len(expected) if expected else NONE, NONE)]


METRIC = RowMetric(
    name="class_survival",
    modalities=ROWS,
    measure=measure,
    endpoints=ENDPOINTS,
    needs_label=True,
)
