"""DCR, NNDR and copies: whether synthetic rows equal, or are too near to, the records of the anchor."""

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

    The records are the rows of the anchor, or of the previous generation. Distances are Gower's, see
    :func:`.gower.closest_distances`; for images they are Euclidean in the probe's embedding. For all but ``copies``,
    large synthetic sets are sampled; the records are never sampled.

    - ``record_distance`` (DCR, distance to closest record): median distance of synthetic rows to the closest record ÷
      the median distance of the holdout to the anchor, which is that of independent rows. The standard error is the
      delta method's, with Woodruff's (1952) for the medians.
    - ``neighbour_ratio`` (NNDR, nearest neighbour distance ratio): distance to the nearest ÷ to the second nearest
      record, averaged over rows; 1 where both are 0.
    - ``copies``: share of the rows that equal a record in every column, where null equals null. An image is a copy if
      it equals a record in every pixel; its label does not count.
    - ``authenticity``: share of the rows farther from their nearest record than that record is from its own nearest
      record (Alaa et al. 2022, arXiv 2102.08921).

    None of them bounds what an attacker can learn.
    """
    records, nearest = comparison.records, comparison.nearest
    asked, place = np.unique(nearest.record, return_inverse=True)
    apart = comparison.record_spacings(asked)[place]
    ratio = np.divide(nearest.first, nearest.second, out=np.ones(len(nearest.first)), where=nearest.second > 0)
    compared = [_comparable(rows, comparison.schema) for rows in (comparison.synthetic, records)]
    return [
        Measurement("record_distance", *median_ratio(nearest.first, comparison.probe.record_distances)),
        Measurement.of_mean("neighbour_ratio", ratio),
        Measurement.of_mean("copies", find_copies(*compared)),
        Measurement.of_mean("authenticity", nearest.first > apart),
    ]


def _comparable(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return the columns that decide whether a row is a copy; for images the image alone, as bytes for a join."""
    if schema.image is None:
        return rows
    pictures = rows[schema.image.name].to_numpy()
    return pl.DataFrame({schema.image.name: [picture.tobytes() for picture in pictures]})


def find_copies(rows: pl.DataFrame, records: pl.DataFrame) -> np.ndarray:
    """Return (rows,) whether some record equals the row in every column."""
    numbered = rows.with_row_index("place of the row")
    equal = numbered.join(records.unique(), on=records.columns, how="semi", nulls_equal=True)["place of the row"]
    found = np.zeros(rows.height, dtype=bool)
    found[equal.to_numpy()] = True
    return found


def median_ratio(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return the median of x ÷ the median of y with its standard error; 0 ÷ 0 is 1, and x ÷ 0 infinite."""
    (of_x, error_x), (of_y, error_y) = _median(x), _median(y)
    if of_y == 0:
        return (1.0 if of_x == 0 else float("inf")), float("nan")
    return of_x / of_y, float(np.hypot(error_x, of_x / of_y * error_y) / of_y)


def _median(values: np.ndarray) -> tuple[float, float]:
    """Return the median, with a standard error from the width of its 95 % interval between order statistics."""
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
