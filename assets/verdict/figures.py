"""Shares and amounts as sentences, tables and reports write them: one rule of rounding for all.

A share that was found has whole per cent from 10 % on and tenths below: rounded down, so that rounding never makes one
look safer. A share that was set, such as a rung's or a tolerance, is written as it was set. An amount has two
significant digits. Tables of a report, which are read by column, have one decimal or four digits.
"""

import math
from decimal import Decimal

from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.study.tolerance import Scale


def percent(share: float) -> str:
    """A share that was found, rounded down: to whole per cent from 10 % on, to tenths below."""
    # Adds a billionth so that .29 × 100 = 28.999… stays 29.
    hundredths = 100 * share + 1e-9
    return f"{math.floor(hundredths)} %" if hundredths >= 10 else f"{math.floor(10 * hundredths) / 10:g} %"


def exact_percent(share: float) -> str:
    """A share that was set, such as "12.5 %"; a third is "33.33 %"."""
    return f"{100 * share:.4g} %"


def two_digits(value: float) -> str:
    """Two significant digits, without an exponent: 0.034, 3.4, 340."""
    return f"{Decimal(f'{value:.2g}'):f}"


def amount(size: float, scale: Scale, endpoint: Endpoint) -> str:
    """Damage or a gain with what it is measured in, such as "3.4 %", "0.02 nats" or "12 % of the gain"."""
    if scale == "absolute":
        return f"{two_digits(size)} {endpoint.unit}".strip()
    return f"{two_digits(100 * size)} %" + (" of the gain" if scale == "gain" else "")


def number(size: float, scale: Scale) -> str:
    """An amount without its unit, which the other end of an interval states."""
    return two_digits(size if scale == "absolute" else 100 * size)
