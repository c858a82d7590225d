"""What an audit cannot see, as sentences that are printed with its result."""

from collections.abc import Iterator

import polars as pl

from outcross.assets.corpus.audit.audit_chain import ChainAudit
from outcross.assets.corpus.files import DERIVED, OF_ANCHORS
from outcross.assets.corpus.ledger.version import Version


def find_limits(
    chain: ChainAudit, *, last: int, kept: int | None, signed: int | None, rederived: bool
) -> Iterator[str]:
    """Yield what this audit does not show.

    Args:
        chain: the audit of the chain.
        last: number of the last version.
        kept: version of the head that was kept outside; None without one.
        signed: newest version whose head is signed; None where none was looked for or found.
        rederived: whether rows were derived again from the originals.
    """
    proven = max(kept or 0, signed or 0)
    if kept is None:
        yield (
            "deletion: without a head kept outside the store (--head), whether the newest versions were deleted, or "
            "the corpus was put back to an earlier state"
        )
    if proven < last:
        begin = proven + 1
        which = f"version {last}" if begin == last else f"versions {begin} to {last}"
        yield (
            f"rewriting: of {which}, which no head kept outside (--head) or signed (--verify) stands for, whether "
            "somebody rewrote them together, with every digest: rows, who, when, why, bound, guards, counts"
        )
    yield from _of_earlier_layout(chain)
    if not rederived:
        yield (
            "content: whether the stored rows are those of their originals (--rederive derives them again), and the "
            "values of quarantined rows"
        )
    yield (
        "truth: what a sender claimed of rows; the anchor's own source; what guards measured and what was estimated, "
        "which no audit computes again"
    )
    if chain.derived:
        folders = ", ".join(f"{folder}/" for folder in DERIVED)
        yield (
            f"{chain.derived:,} files that are derived from the rows, under {folders}; delete them where in doubt: "
            "they are made again"
        )


def _of_earlier_layout(chain: ChainAudit) -> Iterator[str]:
    if not chain.earlier:
        return
    first, last = chain.earlier[0], chain.earlier[-1]
    which = f"version {first}" if first == last else f"versions {first} to {last}"
    if chain.not_taken_over:
        yield (
            f"before the takeover: {which} were written in an earlier layout, which names neither parents nor "
            f"originals; {len(chain.not_taken_over):,} files that they rest on are named by no version. An audit "
            "without problems takes them over"
        )
    elif chain.taken_over is not None:
        number, at = chain.taken_over
        yield (
            f"before the takeover: {which} were written in an earlier layout, and taken over by version {number} as "
            f"they were on {at}; what was changed before then shows only where it contradicts itself"
        )


def find_erased(last: Version | None, erased: pl.DataFrame) -> Iterator[str]:
    """Yield what the audit cannot see any more, since bytes were erased.

    Args:
        last: the last version.
        erased: lines of :data:`~.files.WITHDRAWN` of rows whose bytes were erased.
    """
    for each in () if last is None else last.withdrawals:
        if each.erased:
            yield (
                f"erased by version {each.version} ({each.what}; {each.reason}): the values of its rows, which are "
                f"counted as {each.path} lists them"
            )
    of_anchors = erased.filter(pl.col("state").is_in(OF_ANCHORS))
    made = of_anchors["path"].str.extract(r"^[^/]+/([0-9]+)-", 1).cast(pl.Int64).unique().sort()
    if made.len():
        named = ", ".join(str(each) for each in made)
        yield (
            f"anchors: {of_anchors.select('batch_id', 'position').n_unique():,} erased rows were in the anchor or the "
            f"holdout that version {named} made, or both. Its profile was fitted again to the rows that are left; the "
            "results of guards, and the estimates, of versions under it were computed with them, and stay as they are"
        )
    batches = sorted(set(erased["batch_id"]))
    if batches:
        named = ", ".join(batches[:5]) + (f" and {len(batches) - 5} more" if len(batches) > 5 else "")
        yield (
            f"originals: those of batches {named} were erased, so that no other row of theirs is derived again, and "
            "their number of rows is the one that was stated"
        )
