"""The estimated synthetic share of a whole corpus, carried from version to version.

Rows of the anchor are real by definition. Rows declared synthetic are counted. The others are estimated all together,
from the sums that a version carries, see :mod:`.pooled`. Where there are no sums, because no generator is known or a
trim left rows out, each batch has an estimate, see :mod:`.batch_share`. It is carried as a number of rows, and the
limits of batches are added up: the interval is too wide rather than too narrow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from outcross.assets.corpus.ledger.records import Count, Estimate, Expected
from outcross.assets.corpus.ledger.share_evidence import ShareEvidence
from outcross.assets.corpus.ledger.totals import totals
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.undeclared.batch_share import BatchShare
from outcross.assets.corpus.undeclared.pooled.accumulating import pool
from outcross.assets.corpus.undeclared.pooled.pooled_share import PooledShare, estimate_pooled

MOST_UNFIT = 0.1
"""Largest share of the undeclared rows that may be of batches that fit no mixture, where the estimate is decided."""


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
    evidence: ShareEvidence | None = None,
    released: Expected | None = None,
) -> Estimate | None:
    """Estimate the synthetic share of a version, with its 95 % interval.

    Args:
        last: the version before.
        counts: of the rows of the version.
        batch: estimate for the rows that are admitted; None where none was made.
        evidence: the sums of the version, from which the share is estimated where a generator is known.
        released: rows of a release that count by their probability, where there are no sums; the rows of another
            release may be real or synthetic.

    Returns None where neither version nor batch has an estimate.
    """
    auc = None if last.estimated is None else last.estimated.auc
    auc = auc if batch is None or batch.auc is None else batch.auc
    if evidence is not None and evidence.rises and evidence.rows:
        return _pooled(evidence, counts, auc)
    if batch is None and released is None and last.estimated is None:
        return None
    after = totals(counts)
    others = after.rows - after.synthetic
    known = _Rows.in_version(last)
    found = (known if batch is None else known.and_batch(batch)).and_released(released).now(others)
    rows, share = max(after.rows, 1), min(max(found.share, 0.0), others)
    how = f"{after.synthetic:,} of {after.rows:,} rows are declared synthetic"
    if batch is not None:
        how += f"; for the {batch.rows - batch.declared:,} others of the last batch: {batch.reason}"
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


def _pooled(evidence: ShareEvidence, counts: Sequence[Count], auc: float | None) -> Estimate:
    """Estimate from the rows of all batches together; those of batches that fit no mixture may be real or synthetic."""
    after, pooled = totals(counts), evidence.since_anchor.rows
    found = estimate_pooled(evidence.since_anchor, evidence.calibration)
    told = found.lower > 0 and not evidence.merged
    names = ", ".join(rise.generator for rise in evidence.rises)
    how = (
        f"{after.synthetic:,} of {after.rows:,} rows are declared synthetic; for the {pooled:,} others since the "
        f"anchor, all batches together: {_describe_fit(found, names)}"
    )
    if evidence.unfit:
        how += f"; {evidence.unfit:,} rows of batches that fit no such mixture are not estimated"
    if evidence.merged:
        how += "; a known generator whose rows are hardly told from real rows counts as real"
    if evidence.released:
        how += (
            f"; of {evidence.released:,} rows released by their probability or taken into the anchor, "
            f"{evidence.expected[0]:.1f} ({evidence.expected[1]:.1f} to {evidence.expected[2]:.1f}) are expected to be "
            "synthetic"
        )
    rows, share = max(after.rows, 1), pooled * found.share + evidence.expected[0]
    upper = pooled * (found.upper if told else 1.0) + evidence.unfit + evidence.expected[2]
    return Estimate(
        share=(after.synthetic + share) / rows,
        lower=(after.synthetic + min(pooled * found.lower + evidence.expected[1], share)) / rows,
        upper=min(1.0, (after.synthetic + max(upper, share)) / rows),
        auc=auc,
        decided=found.decided and evidence.unfit <= MOST_UNFIT * evidence.rows,
        how=how,
    )


def estimate_recent(evidence: ShareEvidence | None) -> Estimate | None:
    """Estimate the synthetic share of the rows declared real in the last batches; None without any."""
    if evidence is None or not evidence.rises or not evidence.last:
        return None
    tally = pool(evidence.last, len(evidence.since_anchor.cells))
    if not tally.rows:
        return None
    found = estimate_pooled(tally, evidence.calibration)
    names = ", ".join(rise.generator for rise in evidence.rises)
    opening = f"{tally.rows:,} rows declared real, of the last {len(evidence.last)} batches"
    return Estimate(
        share=found.share,
        lower=min(found.lower, found.share),
        upper=max(found.upper if found.lower > 0 and not evidence.merged else 1.0, found.share),
        auc=None,
        decided=found.decided,
        how=f"{opening}: {_describe_fit(found, names)}",
    )


def _describe_fit(found: PooledShare, names: str) -> str:
    if not found.decided:
        return f"no mixture of real rows and rows of {names} fits them well, or they are too few (p = {found.p:.2g})"
    fit = f"a mixture of real rows and rows of {names} fits them (test of fit: p = {found.p:.2g})"
    if found.lower:
        return fit
    return (
        f"{fit}; none of them is told to be synthetic: at most {max(found.upper, found.share):.1%} are rows of "
        f"{names}, and rows of an unknown generator may be among them"
    )
