"""Vitals as a check shows them: a number for each metric, which plots over partitions and time, and a table."""

import math
from collections.abc import Sequence

import dagster as dg
import polars as pl

from outcross.resources.safe_text import one_line, shortened

MOST_LINES = 20
"""Lines of a table."""
_TYPES = {"value": "float", "lower": "float", "upper": "float", "passed": "bool"}


def plotted_numbers(vitals: pl.DataFrame, *, label: str = "metric") -> dict[str, dg.MetadataValue]:
    """Return a number for each label: of the vital that is nearest to its bound, or farthest beyond it.

    Args:
        vitals: with the columns of :data:`outcross.resources.guard_engine.VITALS` and ``passed``.
        label: the column of labels.
    """
    margin = pl.min_horizontal(pl.col("upper") - pl.col("value"), pl.col("value") - pl.col("lower"))
    nearest = vitals.sort("passed", margin, nulls_last=True, maintain_order=True).unique(
        label, keep="first", maintain_order=True
    )
    found = dict(nearest.select(label, "value").iter_rows())
    return {name: _plotted(found[name]) for name in vitals[label].unique(maintain_order=True)}


def vitals_table(vitals: pl.DataFrame, columns: Sequence[str]) -> dict[str, dg.MetadataValue]:
    """Return the table ``vitals``, those outside their bounds first, and how many ``more_vitals`` there are.

    Args:
        vitals: as :func:`plotted_numbers` takes them.
        columns: names of the columns to show.
    """
    shown = vitals.sort("passed", maintain_order=True).head(MOST_LINES).select(columns)
    table = dg.MetadataValue.table(
        [dg.TableRecord({name: _cell(value) for name, value in line.items()}) for line in shown.iter_rows(named=True)],
        dg.TableSchema(columns=[dg.TableColumn(name, _TYPES.get(name, "string")) for name in columns]),
    )
    more = vitals.height - shown.height
    return {"vitals": table} | ({"more_vitals": dg.MetadataValue.int(more)} if more else {})


def number_text(value: float | None) -> str:
    """Return a number with six digits, or why there is none."""
    return "not computable" if value is None or math.isnan(value) else f"{value:.6g}"


def _plotted(value: float | None) -> dg.MetadataValue:
    """Return a number that plots; JSON has none for one that is not finite, which is then text."""
    if value is None or not math.isfinite(value):
        return dg.MetadataValue.text(number_text(value))
    return dg.MetadataValue.float(value)


def _cell(value: str | float | bool | None) -> str | float | bool | None:
    """Return a value as JSON can have it; the UI shows it as plain text."""
    if isinstance(value, str):
        return shortened(one_line(value))
    return number_text(value) if isinstance(value, float) and not math.isfinite(value) else value
