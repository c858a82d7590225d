"""The distance of a corpus from its bound, and the ways back."""

from math import floor

from outcross.assets.corpus.bound_in_rows import keeps_bound, not_real, real_rows_needed
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.share_bound import Bound

_WHOLE = 1e-6
"""A share of rows, multiplied by their number, is that little below a whole number at most."""


def at_least_synthetic(version: Version) -> int:
    """Count the rows that the bound is held against: those not declared real, or at least estimated to be synthetic."""
    found = version.estimated
    estimated = 0 if found is None else floor(found.lower * version.rows + _WHOLE)
    return max(not_real(version.counts), estimated)


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
