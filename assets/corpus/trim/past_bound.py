"""The distance of a corpus from its bound, in whole rows.

A bound is taken as the decimal number that was written: 3 of 10 rows keep a bound of 0.3, although its binary form is
slightly less.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

from outcross.assets.corpus.ledger.ledger import Count, Version

_WHOLE = 1e-6
"""A share of rows, multiplied by their number, is that little below a whole number at most."""


def not_real(counts: Sequence[Count]) -> int:
    """Count the rows that are not declared real; for the bound they count as synthetic."""
    return sum(count.rows for count in counts if count.origin != "real")


def at_least_synthetic(version: Version) -> int:
    """Count the rows that the bound is held against: those not declared real, or at least estimated to be synthetic."""
    found = version.estimated
    estimated = 0 if found is None else floor(found.lower * version.rows + _WHOLE)
    return max(not_real(version.counts), estimated)


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
