"""How far a corpus is from its bound, in whole rows.

A bound counts as the decimal number that it is written as: 3 of 10 rows keep a bound of 0.3, whose binary form is a
little less.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from outcross.assets.corpus.ledger.ledger import Count


def not_real(counts: Sequence[Count]) -> int:
    """Rows that nobody vouches for as real: they count as synthetic where a share is held to its bound."""
    return sum(count.rows for count in counts if count.origin != "real")


def keeps_bound(synthetic: int, rows: int, bound: float) -> bool:
    """Whether so many synthetic rows among all rows keep the bound."""
    return synthetic <= _exact(bound) * rows


def real_rows_needed(synthetic: int, rows: int, bound: float) -> int | None:
    """The fewest real rows that, added, bring the share to its bound; None where no number does."""
    if keeps_bound(synthetic, rows, bound):
        return 0
    return ceil(synthetic / _exact(bound)) - rows if bound else None


def rows_to_leave_out(synthetic: int, rows: int, bound: float) -> int:
    """The fewest synthetic rows that, left out, bring the share to its bound."""
    if keeps_bound(synthetic, rows, bound):
        return 0
    exact = _exact(bound)
    return ceil((synthetic - exact * rows) / (1 - exact))


def _exact(bound: float) -> Fraction:
    return Fraction(repr(float(bound)))
