"""The synthetic share of a whole corpus, as estimated: batch by batch, and carried from version to version.

Rows of the anchor are real: that is what it is. Rows declared synthetic are counted. Of the others each batch has an
estimate, see :mod:`.vital`, which is carried as a number of rows: it stays what it was when
others come or go. Limits of batches are added up, which makes the interval too wide rather than too narrow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from outcross.assets.corpus.ledger.ledger import Count, Estimate, Version, totals
from outcross.assets.corpus.undeclared.vital import BatchShare


@dataclass(frozen=True)
class _Rows:
    """Rows that are synthetic though not declared so: how many there may be, and of how many.

    Attributes:
        of: rows not declared synthetic.
        share, lower, upper: of them.
        decided: whether to rely on it.
    """

    of: int
    share: float
    lower: float
    upper: float
    decided: bool

    @classmethod
    def in_version(cls, last: Version) -> Self:
        """Of a version; where nothing has been estimated, all but the anchor's rows are open."""
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
        """With the rows of a batch."""
        share, lower, upper = (rows - batch.declared for rows in batch.synthetic())
        of = self.of + batch.rows - batch.declared
        return _Rows(of, self.share + share, self.lower + lower, self.upper + upper, self.decided and batch.decided)

    def now(self, of: int) -> "_Rows":
        """Where there are so many: rows that nobody estimated may be anything, and so may those that are gone."""
        if of >= self.of:
            return _Rows(of, self.share, self.lower, self.upper + of - self.of, self.decided and of == self.of)
        gone = self.of - of
        return _Rows(of, self.share * of / self.of, max(0.0, self.lower - gone), min(self.upper, of), self.decided)


def corpus_share(
    last: Version, counts: Sequence[Count], batch: BatchShare | None, *, anew: bool = False
) -> Estimate | None:
    """The synthetic share of a version, with its 95 % interval.

    Args:
        last: the version before.
        counts: of the rows of the version.
        batch: what is found of the rows that come to it; None where none was looked at.
        anew: whether that is found of all rows since the anchor, and replaces what was found before.

    Returns None where nothing has been estimated so far.
    """
    if batch is None and last.estimated is None:
        return None
    known = _Rows(last.parts[0].rows, 0.0, 0.0, 0.0, True) if anew else _Rows.in_version(last)
    after = totals(counts)
    others = after.rows - after.synthetic
    found = (known if batch is None else known.and_batch(batch)).now(others)
    rows, share = max(after.rows, 1), min(max(found.share, 0.0), others)
    auc = None if last.estimated is None else last.estimated.auc
    told = f"{after.synthetic:,} of {after.rows:,} rows are declared synthetic"
    if batch is not None:
        auc = auc if batch.auc is None else batch.auc
        when = "since the anchor" if anew else "last"
        told += f"; of the {batch.rows - batch.declared:,} others that came {when}: {batch.reason}"
    return Estimate(
        share=(after.synthetic + share) / rows,
        lower=(after.synthetic + min(max(found.lower, 0.0), share)) / rows,
        upper=(after.synthetic + max(min(found.upper, others), share)) / rows,
        auc=auc,
        decided=found.decided,
        how=told,
    )
