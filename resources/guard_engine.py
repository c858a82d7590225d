"""Great Expectations over vitals: one small frame in, one verdict per check out.

Vitals are a long-form frame, a line per number: ``check``, ``metric``, ``group``, ``value``, ``lower``, ``upper``
(null where that side is open). A streaming pass over data of any size makes them elsewhere; the one expectation here
covers all of them at once, so that hundreds cost what one does: the margin of a value to its nearer bound is 0 or more.
"""

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from outcross.resources.errors import OutcrossError
from outcross.resources.import_time import without_collection

if TYPE_CHECKING:
    from great_expectations.core.expectation_suite import ExpectationSuite

VITALS: dict[str, pl.DataType] = {
    "check": pl.String(),
    "metric": pl.String(),
    "group": pl.String(),
    "value": pl.Float64(),
    "lower": pl.Float64(),
    "upper": pl.Float64(),
}


class GuardsNotEvaluated(OutcrossError):
    """Great Expectations stopped before it had looked at every vital; the message holds its own errors."""


@dataclass(frozen=True)
class Vital:
    """One number and the bounds it has to keep."""

    check: str
    metric: str
    group: str
    value: float
    lower: float | None = None
    upper: float | None = None


def vitals_frame(vitals: Iterable[Vital]) -> pl.DataFrame:
    """Vitals in long form."""
    return pl.DataFrame([vars(vital) for vital in vitals], schema=VITALS)


def validate(vitals: pl.DataFrame) -> pl.DataFrame:
    """Hold vitals to their bounds.

    A value that is null or not a number fails: a guard that cannot be computed has not been passed.

    Returns the vitals with a column ``passed``.

    Raises:
        GuardsNotEvaluated: Great Expectations failed by itself.
    """
    import pandas as pd  # the only frames Great Expectations reads

    gx = import_great_expectations()
    frame = pd.DataFrame(
        {"line": range(vitals.height), "margin": np.array(vitals.select(_margin()).to_series(), dtype=np.float64)}
    )
    batch = _batch_definition().get_batch({"dataframe": frame})
    result = batch.validate(
        _suite(gx), result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["line"]}
    )
    failed = {line for outcome in result.results for line in _offending(outcome)}
    if result.success == bool(failed):
        raise GuardsNotEvaluated(
            f"Great Expectations could not hold {vitals.height} vitals to their bounds: {_exceptions(result)}; "
            "reinstall Outcross, so that great-expectations has a version that it is made for"
        )
    return vitals.with_columns(
        passed=pl.Series([line not in failed for line in range(vitals.height)], dtype=pl.Boolean)
    )


def _margin() -> pl.Expr:
    """Return by how much a value keeps the nearer of its bounds: less than 0 where it does not, or is no number."""
    value, lower, upper = pl.col("value"), pl.col("lower").fill_null(-math.inf), pl.col("upper").fill_null(math.inf)
    above, below = (
        pl.when(low == high).then(0.0).otherwise(high - low)  # an infinite value may equal its bound
        for low, high in ((lower, value), (value, upper))
    )
    unknown = value.is_null() | value.is_nan() | lower.is_nan() | upper.is_nan()
    return pl.when(unknown).then(-math.inf).otherwise(pl.min_horizontal(above, below)).alias("margin")


def _suite(gx: Any) -> "ExpectationSuite":
    result: ExpectationSuite = gx.ExpectationSuite(
        name="vitals", expectations=[gx.expectations.ExpectColumnValuesToBeBetween(column="margin", min_value=0.0)]
    )
    return result


def import_great_expectations() -> Any:
    """Import Great Expectations (seconds) with its analytics off, which it reads while importing."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with without_collection():
        import great_expectations

    return great_expectations


@cache
def _batch_definition() -> Any:
    context = import_great_expectations().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("outcross").add_dataframe_asset("vitals")
    return asset.add_batch_definition_whole_dataframe("vitals")


def _offending(outcome: Any) -> list[int]:
    return [int(entry["line"]) for entry in outcome.result.get("unexpected_index_list") or []]


def _exceptions(result: Any) -> str:
    return "; ".join(str(outcome.exception_info) for outcome in result.results if not outcome.success)
