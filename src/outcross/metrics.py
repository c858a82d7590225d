"""What a metric of your own is made of; docs/how-to-metric.md writes one.

A package offers it through the entry-point group ``outcross.metrics``; ``outcross.testing.check_metric`` checks it.
"""

from outcross.assets.metrics.contract import ANY, IMAGE, ROWS, TABLE, TEXT, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Direction, Endpoint, Reading

__all__ = [
    "ANY",
    "IMAGE",
    "ROWS",
    "TABLE",
    "TEXT",
    "Comparison",
    "Definition",
    "Direction",
    "Endpoint",
    "Measurement",
    "Reading",
    "RowMetric",
]
