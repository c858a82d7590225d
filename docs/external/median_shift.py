"""A metric of one's own: how far the medians of the numeric columns have moved."""

import numpy as np

from outcross.metrics import TABLE, Comparison, Definition, Endpoint, Measurement, Reading, RowMetric

DRAWS = 100


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure the mean over numeric columns of |median − reference's median|, in interquartile ranges."""
    columns = [column.name for column in comparison.schema.numeric]
    random = np.random.default_rng(comparison.seed)
    shifts, errors, measured = [], [], []
    for name in columns:
        drawn, real = comparison.synthetic[name].drop_nulls(), comparison.reference[name].drop_nulls()
        if drawn.is_empty() or real.is_empty():
            continue
        spread = float(real.quantile(0.75) - real.quantile(0.25)) or 1.0
        again = random.choice(drawn.to_numpy(), (DRAWS, drawn.len()))  # the bootstrap, for the standard error
        shifts.append(abs(float(drawn.median()) - float(real.median())) / spread)
        errors.append(float(np.median(again, axis=1).std()) / spread)
        measured.append(name)
    if not shifts:
        return [Measurement("median_shift", float("nan"), float("nan"))]
    error = float(np.sqrt(np.square(errors).sum()) / len(errors))
    whole = Measurement("median_shift", float(np.mean(shifts)), error)
    return [whole, *(Measurement("median_shift", *each) for each in zip(shifts, errors, measured, strict=True))]


METRIC = RowMetric(
    name="median_shift",
    version="1",
    modalities=TABLE,
    measure=measure,
    endpoints=(
        Endpoint(
            "median_shift",
            Definition.SHAPE_DEFORMS,
            Reading.NONE_OF_THEM,
            "lower",
            "distance of the medians of numeric columns, in interquartile ranges",
        ),
    ),
)
