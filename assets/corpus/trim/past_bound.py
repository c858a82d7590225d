"""The distance of a corpus from its bound, in whole rows.

A bound is taken as the decimal number that was written: 3 of 10 rows keep a bound of 0.3, although its binary form is
slightly less.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

from outcross.assets.corpus.ledger.records import Count
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.share_bound import Bound

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


def advise_past_bound(version: Version, bound: Bound | None = None) -> str | None:
    """Return the remedy for a version that is past a bound; None for one within it.

    Args:
        version: of a corpus.
        bound: that the corpus has now; None for that of the version.
    """
    synthetic, declared = at_least_synthetic(version), not_real(version.counts)
    share = version.bound if bound is None else bound.share
    if share is None or keeps_bound(synthetic, version.rows, share):
        return None
    needed = real_rows_needed(synthetic, version.rows, share)
    real = "No number of real rows brings it back" if needed is None else f"{needed:,} more real rows bring it back"
    what = "are not known to be real"
    if synthetic > declared:
        what = f"are estimated to be synthetic at least, of which {declared:,} declare it"
    if not declared:
        return f"Past its bound: {synthetic:,} of {version.rows:,} rows {what}. {real}."
    return (
        f"Past its bound: {synthetic:,} of {version.rows:,} rows {what}. {real}. "
        f"To leave synthetic rows out instead, start with: outcross trim {version.corpus} --dry-run"
    )


def _exact(bound: float) -> Fraction:
    return Fraction(repr(float(bound)))
