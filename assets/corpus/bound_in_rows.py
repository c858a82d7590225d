"""A bound in whole rows: how many rows are missing from it, or too many for it.

A bound is taken as the decimal number that was written: 3 of 10 rows keep a bound of 0.3, although its binary form is
slightly less.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from outcross.assets.corpus.ledger.records import Count


def not_real(counts: Sequence[Count]) -> int:
    """Count the rows that are not declared real; for the bound they count as synthetic."""
    return sum(count.rows for count in counts if count.origin != "real")


def keeps_bound(synthetic: int, rows: int, bound: float) -> bool:
    """Check whether ``synthetic`` of ``rows`` rows keep the bound."""
    return synthetic <= _exact(bound) * rows


def real_rows_needed(synthetic: int, rows: int, bound: float) -> int | None:
    """Compute the smallest number of real rows to add that brings the share to its bound; None where none does."""
    if keeps_bound(synthetic, rows, bound):
        return 0
    return ceil(synthetic / _exact(bound)) - rows if bound else None


def rows_to_leave_out(synthetic: int, rows: int, bound: float) -> int:
    """Compute the smallest number of synthetic rows to leave out that brings the share to its bound."""
    if keeps_bound(synthetic, rows, bound):
        return 0
    exact = _exact(bound)
    return ceil((synthetic - exact * rows) / (1 - exact))


def _exact(bound: float) -> Fraction:
    return Fraction(repr(float(bound)))
