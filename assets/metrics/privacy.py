"""Privacy: whether synthetic rows are copies of the records a model was fitted to, or lie too near to them."""

import numpy as np
import polars as pl

from outcross.assets.metrics.contract import IMAGE, ROWS, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.resources.schema import Schema

ENDPOINTS = (
    Endpoint(
        "record_distance",
        Definition.ROWS_ARE_COPIED,
        Reading.NONE_OF_THEM,
        "one",
        "median distance to the closest record ÷ that of real rows never seen",
    ),
    Endpoint(
        "neighbour_ratio",
        Definition.ROWS_ARE_COPIED,
        Reading.NONE_OF_THEM,
        "higher",
        "distance to the nearest ÷ to the second nearest record, mean over synthetic rows",
    ),
    Endpoint(
        "copies",
        Definition.ROWS_ARE_COPIED,
        Reading.NONE_OF_THEM,
        "lower",
        "share of synthetic rows equal to a record in every column (images: in every pixel)",
    ),
    Endpoint(
        "authenticity",
        Definition.ROWS_ARE_COPIED,
        Reading.NONE_OF_THEM,
        "higher",
        "share of synthetic rows farther from their nearest record than it is from another",
    ),
)

NORMAL = 1.959964
"""97.5 % quantile of the standard normal distribution."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``record_distance``, ``neighbour_ratio``, ``copies`` and ``authenticity``.

    The records are the anchor's rows, or against the previous generation its rows. Distances are Gower's, see
    :func:`.gower.closest_distances`; of images, Euclidean in the probe's embedding. Of many synthetic
    rows some are drawn for all but ``copies``; the records are never thinned out.

    - ``record_distance``: median distance of synthetic rows to the closest record ÷ the holdout's to the anchor, always
      that: real rows lie as near as independent ones do. The error is the delta method's, of medians Woodruff's (1952).
    - ``neighbour_ratio``: distance to the nearest ÷ to the second nearest record, a mean over rows; 1 where both are 0.
    - ``copies``: share of the rows that equal a record in every column, null and null being equal; an image is one that
      equals a record's in every pixel, whatever its label.
    - ``authenticity``: share of the rows farther from their nearest record than it is from the record nearest to it
      (Alaa et al. 2022, arXiv 2102.08921).

    None of them bounds what an attacker can learn.
    """
    records, nearest = comparison.records, comparison.nearest
    asked, place = np.unique(nearest.record, return_inverse=True)
    apart = comparison.nearest_to_records(asked).second[place]
    ratio = np.divide(nearest.first, nearest.second, out=np.ones(len(nearest.first)), where=nearest.second > 0)
    compared = [_comparable(rows, comparison.schema) for rows in (comparison.synthetic, records)]
    return [
        Measurement("record_distance", *median_ratio(nearest.first, comparison.probe.record_distances)),
        Measurement.of_mean("neighbour_ratio", ratio),
        Measurement.of_mean("copies", find_copies(*compared)),
        Measurement.of_mean("authenticity", nearest.first > apart),
    ]


def _comparable(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """The columns that make a row a copy; of images the picture alone, as bytes, which can be joined on."""
    if schema.image is None:
        return rows
    pictures = rows[schema.image.name].to_numpy()
    return pl.DataFrame({schema.image.name: [picture.tobytes() for picture in pictures]})


def find_copies(rows: pl.DataFrame, records: pl.DataFrame) -> np.ndarray:
    """(rows,) whether some record equals the row in every column."""
    numbered = rows.with_row_index("place of the row")
    equal = numbered.join(records.unique(), on=records.columns, how="semi", nulls_equal=True)["place of the row"]
    found = np.zeros(rows.height, dtype=bool)
    found[equal.to_numpy()] = True
    return found


def median_ratio(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Median of x ÷ median of y, and its standard error; without distance in both 1, in y alone infinite."""
    (of_x, error_x), (of_y, error_y) = _median(x), _median(y)
    if of_y == 0:
        return (1.0 if of_x == 0 else float("inf")), float("nan")
    return of_x / of_y, float(np.hypot(error_x, of_x / of_y * error_y) / of_y)


def _median(values: np.ndarray) -> tuple[float, float]:
    """The median, and a standard error from the width of its 95 % interval between order statistics."""
    ordered, reach = np.sort(values), NORMAL * np.sqrt(len(values)) / 2
    low, high = max(int(np.floor(len(values) / 2 - reach)), 0), min(int(np.ceil(len(values) / 2 + reach)), len(values))
    return float(np.median(values)), float((ordered[high - 1] - ordered[low]) / (2 * NORMAL))


METRIC = RowMetric(
    name="privacy",
    modalities=ROWS,
    measure=measure,
    endpoints=ENDPOINTS,
    opt_in=IMAGE,
)
