"""Round numbers along an axis, and their names."""

import numpy as np


def round_tick(most: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that is at most a positive number."""
    power = 10.0 ** np.floor(np.log10(most))
    return float(max(step * power for step in (0.5, 1, 2, 5) if step * power <= most))


def axis_ticks(least: float, most: float) -> list[float]:
    """Return two to five round numbers within an axis."""
    step = round_tick((most - least) / 2)
    return [float(step * number) for number in range(int(np.ceil(least / step)), int(np.floor(most / step)) + 1)]


def named_ticks(least: float, most: float, form: str = ".4g") -> list[tuple[float, str]]:
    """Return two to five round numbers within an axis, with their names; one where the axis is a point."""
    found = axis_ticks(least, most) if most > least else [least]
    return [(each, format_number(each, form)) for each in found]


def format_number(value: float, form: str) -> str:
    """Format a number: per cent (``.1%``, ``.4g%``) has a space before its sign, and zero has no sign of its own."""
    if not form.endswith("%"):
        return _unsigned_zero(format(value, form))
    spec = form.removesuffix("%")
    return f"{_unsigned_zero(format(100 * value, spec if spec.endswith('g') else spec + 'f'))} %"


def _unsigned_zero(number: str) -> str:
    return number.removeprefix("-") if float(number) == 0 else number
