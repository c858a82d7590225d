"""What the values of a column are in the file: the kind, unit, step and decimals that its :class:`Column` remembers."""

from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.schema import Kind
from outcross.resources.temporal import find_measure

MOST_DECIMALS = 15
_EXACT = 2**53
_ROUGHLY = 1e12
"""Multiples of 10⁻ᵈ up to which a float counts as having d decimals although its last two bits differ: up to there, a
float of full precision passes for one by chance in at most one of a thousand rows."""
_LOOKED_AT_FIRST = 1_000
_WHOLE_TEXT = r"^-?(0|[1-9]\d{0,17})$"
_BOOLEAN_TEXT = r"^(?i:true|false)$"


def kind_of_numbers(values: pl.Series, *, integer: bool | None, where: str) -> tuple[dict[str, Any], list[str]]:
    """Find what numbers, booleans or temporal values are.

    Args:
        values: finite, and not all null.
        integer: whether the canonical numbers are whole; None keeps what they are.
        where: the column, as messages name it.

    Returns fields of :class:`outcross.resources.schema.Column`, and notes.

    Raises:
        BadInput: a value is not whole although ``integer`` is true.
    """
    dtype = values.dtype
    if dtype.is_temporal():
        return {"integer": True, **{k: v for k, v in asdict(find_measure(values)).items() if v is not None}}, []
    if dtype == pl.Boolean and integer is not False:
        return {"integer": True, "kind": "boolean"}, []
    exact = values.cast(pl.Int64, strict=False).null_count() == values.null_count()
    if isinstance(dtype, pl.Decimal):
        return _kind_of_decimals(values, dtype, exact=exact, integer=integer, where=where)
    if dtype.is_integer() and not exact:
        notes = [f"{where}: whole numbers beyond 64 bits lose digits; the role 'categorical' keeps them"]
        return {"kind": "float"}, notes
    numbers = values.cast(pl.Float64)
    whole = dtype.is_integer() or _is_whole(numbers)
    if integer and not whole:
        raise BadInput(f"{where}: not every value is a whole number; remove 'integer'")
    if whole and integer is not False:
        return {"integer": True, "kind": "whole"}, []
    decimals = None if whole else find_decimals(numbers)
    return {"kind": "float"} | ({} if decimals is None else {"decimals": decimals}), []


def _kind_of_decimals(
    values: pl.Series, dtype: pl.Decimal, *, exact: bool, integer: bool | None, where: str
) -> tuple[dict[str, Any], list[str]]:
    precision = dtype.precision or 38
    about: dict[str, Any] = {"kind": "decimal", "precision": precision}
    whole = exact and bool((values % 1 == 0).all())
    if integer and not whole:
        raise BadInput(f"{where}: not every value is a whole number; remove 'integer'")
    if whole and integer is not False and (dtype.scale == 0 or integer):
        return {**about, "integer": True}, []
    largest = float(values.cast(pl.Float64).abs().max())  # type: ignore[arg-type]
    if largest * 10**dtype.scale > _EXACT:
        return {"kind": "float"}, [f"{where}: decimal numbers of more than 15 digits are kept to 15"]
    return {**about, "decimals": dtype.scale}, []


def kind_of_text(values: pl.Series, *, untyped: bool) -> dict[str, Any]:
    """Find what the values of a category or text are, as fields of :class:`outcross.resources.schema.Column`.

    Args:
        values: scalars, not all null.
        untyped: whether the file stores every value as text (CSV).
    """
    if values.dtype.is_temporal():
        return {k: v for k, v in asdict(find_measure(values)).items() if v is not None and k != "step"}
    return {"kind": _kind_of_scalars(values, untyped=untyped)}


def _kind_of_scalars(values: pl.Series, *, untyped: bool) -> Kind:
    dtype, written = values.dtype, untyped and values.dtype == pl.String
    if dtype == pl.Boolean or (written and values.str.contains(_BOOLEAN_TEXT).all()):
        return "boolean"
    fits = dtype.is_integer() and values.cast(pl.Int64, strict=False).null_count() == values.null_count()
    if fits or (written and values.str.contains(_WHOLE_TEXT).all()):
        return "whole"
    if dtype.is_float():
        return "whole" if _is_whole(values.cast(pl.Float64)) else "float"
    return "text"


def find_decimals(values: pl.Series) -> int | None:
    """Find the fewest decimals that every float has; None where floats need more than 15 digits."""
    numbers = values.drop_nulls().to_numpy()
    least = 0
    for some in (numbers[:_LOOKED_AT_FIRST], numbers):
        found = next((each for each in range(least, MOST_DECIMALS + 1) if _has_decimals(some, each)), None)
        if found is None:
            return None
        least = found
    return least


def round_to_decimals(values: pl.Series, decimals: int) -> pl.Series:
    """Round floats to the nearest number of so many decimals; numbers too large to have any are left as they are."""
    scale = 10.0**decimals
    numbers = values.to_numpy()
    with np.errstate(over="ignore", invalid="ignore"):
        multiples = np.rint(numbers * scale)
    rounded = np.where(np.abs(multiples) <= _EXACT, multiples / scale, numbers)
    return pl.Series(values.name, rounded).set(values.is_null(), None)


def _has_decimals(numbers: np.ndarray, decimals: int) -> bool:
    scale = 10.0**decimals
    with np.errstate(over="ignore"):
        multiples = np.rint(numbers * scale)
    if not (np.abs(multiples) <= _EXACT).all():
        return False
    roughly = np.where(np.abs(multiples) <= _ROUGHLY, 2 * np.spacing(np.abs(numbers)), 0.0)
    return bool((np.abs(multiples / scale - numbers) <= roughly).all())


def _is_whole(numbers: pl.Series) -> bool:
    return bool((numbers % 1 == 0).all() and numbers.abs().max() <= _EXACT)  # type: ignore[operator]
