"""How many clean rows are taken for copies by chance: pairs of different real rows show how often rows are as alike."""

from dataclasses import dataclass

LIMIT = 0.95
"""Confidence of the upper limit."""


@dataclass(frozen=True, kw_only=True)
class ByChance:
    """The share of clean rows that nearly equal a row of a set and are copies of none.

    Attributes:
        rule: what counts as nearly equal.
        rate: estimated share of clean rows.
        upper: its upper 95 % limit.
    """

    rule: str
    rate: float
    upper: float

    @classmethod
    def count(cls, rule: str, *, met: float, pairs: float, others: int, more: float = 0.0) -> "ByChance":
        """Estimate the share from pairs of different real rows; the limit is that of a Poisson count (Garwood 1936).

        Args:
            rule: what counts as nearly equal.
            met: pairs that are as alike.
            pairs: that were compared.
            others: rows of the set.
            more: an upper bound on the share by another part of the rule, which was not estimated.
        """
        from scipy.stats import chi2

        most = float(chi2.ppf(LIMIT, 2 * (met + 1))) / 2
        rate, upper = (min(count / pairs * others, 1.0) for count in (met, most))
        return cls(rule=rule, rate=rate, upper=min(upper + more, 1.0))

    def tell(self, rows: int) -> str:
        """Say which rule was followed, and how many of so many clean rows it takes by chance."""
        expected, most = (_count(share * rows) for share in (self.rate, self.upper))
        return (
            f"{self.rule} counts as nearly equal; by chance that takes about {expected} of {rows:,} clean rows, "
            f"at most {most} ({LIMIT:.0%} confidence), as pairs of different real rows show"
        )


def _count(rows: float) -> str:
    """Write an expected number of rows."""
    return f"{rows:,.0f}" if rows >= 10 else f"{rows:.2g}"
