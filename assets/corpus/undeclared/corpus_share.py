"""The estimated synthetic share of a whole corpus: estimated batch by batch, and carried from version to version.

Rows of the anchor are real by definition. Rows declared synthetic are counted. For the others, each batch has an
estimate, see :mod:`.batch_share`. It is carried as a number of rows, so it does not change when other rows are admitted
or left out. The limits of batches are added up: the interval is too wide rather than too narrow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from outcross.assets.corpus.ledger.ledger import Count, Estimate, Expected, Version, totals
from outcross.assets.corpus.undeclared.batch_share import BatchShare


@dataclass(frozen=True)
class _Rows:
    """The estimated number of undeclared synthetic rows.

    Attributes:
        of: rows not declared synthetic.
        share, lower, upper: number of these that are synthetic, and its 95 % limits.
        decided: whether the estimate is reliable.
    """

    of: int
    share: float
    lower: float
    upper: float
    decided: bool

    @classmethod
    def in_version(cls, last: Version) -> Self:
        """Read the estimate of a version; where there is none, every row but the anchor's may be synthetic."""
        counted = totals(last.counts)
        of, found = counted.rows - counted.synthetic, last.estimated
        if found is None:
            unknown = max(of - last.parts[0].rows, 0)
            return cls(of, 0.0, 0.0, float(unknown), not unknown)
        share, lower, upper = (
            each * counted.rows - counted.synthetic for each in (found.share, found.lower, found.upper)
        )
        return cls(of, share, lower, upper, found.decided)

    def and_batch(self, batch: BatchShare) -> "_Rows":
        """Add the rows of a batch."""
        share, lower, upper = (rows - batch.declared for rows in batch.synthetic())
        of = self.of + batch.rows - batch.declared
        return _Rows(of, self.share + share, self.lower + lower, self.upper + upper, self.decided and batch.decided)

    def and_released(self, rows: Expected | None) -> "_Rows":
        """Add rows that were released by their probability of being synthetic."""
        if rows is None:
            return self
        share, lower, upper = self.share + rows.synthetic, self.lower + rows.lower, self.upper + rows.upper
        return _Rows(self.of + rows.rows, share, lower, upper, self.decided)

    def now(self, of: int) -> "_Rows":
        """Adjust to ``of`` undeclared rows: rows without an estimate may be real or synthetic, and so may lost rows."""
        if of >= self.of:
            return _Rows(of, self.share, self.lower, self.upper + of - self.of, self.decided and of == self.of)
        gone = self.of - of
        return _Rows(of, self.share * of / self.of, max(0.0, self.lower - gone), min(self.upper, of), self.decided)


def estimate_corpus_share(
    last: Version,
    counts: Sequence[Count],
    batch: BatchShare | None,
    *,
    since_anchor: bool = False,
    released: Expected | None = None,
) -> Estimate | None:
    """Estimate the synthetic share of a version, with its 95 % interval.

    Args:
        last: the version before.
        counts: of the rows of the version.
        batch: estimate for the rows that are admitted; None where none was made.
        since_anchor: whether ``batch`` covers all rows since the anchor, and replaces the earlier estimate.
        released: rows of a release that count by their probability; the rows of another release may be real or
            synthetic.

    Returns None where neither version nor batch has an estimate.
    """
    if batch is None and released is None and last.estimated is None:
        return None
    known = _Rows(last.parts[0].rows, 0.0, 0.0, 0.0, True) if since_anchor else _Rows.in_version(last)
    after = totals(counts)
    others = after.rows - after.synthetic
    found = (known if batch is None else known.and_batch(batch)).and_released(released).now(others)
    rows, share = max(after.rows, 1), min(max(found.share, 0.0), others)
    auc = None if last.estimated is None else last.estimated.auc
    how = f"{after.synthetic:,} of {after.rows:,} rows are declared synthetic"
    if batch is not None:
        auc = auc if batch.auc is None else batch.auc
        which = "since the anchor" if since_anchor else "of the last batch"
        how += f"; for the {batch.rows - batch.declared:,} others {which}: {batch.reason}"
    if released is not None:
        how += (
            f"; of {released.rows:,} rows released below a probability of {released.below:g}, {released.synthetic:.1f} "
            f"({released.lower:.1f} to {released.upper:.1f}) are expected to be synthetic"
        )
    return Estimate(
        share=(after.synthetic + share) / rows,
        lower=(after.synthetic + min(max(found.lower, 0.0), share)) / rows,
        upper=(after.synthetic + max(min(found.upper, others), share)) / rows,
        auc=auc,
        decided=found.decided,
        how=how,
    )
