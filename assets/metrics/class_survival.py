"""Class survival: which of the label's classes are generated at all."""

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
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``class_survival``: the share of the label's levels in the anchor with at least one synthetic row.

    Against the previous generation, the share of those that it still had. There is no standard error: whether a class
    is generated at all is counted once, so that nothing varies from row to row.
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
