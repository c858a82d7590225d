"""Rows that wait are released into the corpus, or rejected: either makes a version, and that version is the commit.

What it needs is written before it, under names that no other writer uses: a process that is killed, or loses a race,
leaves nothing that counts. No row is deleted: rejected rows are listed, and stay where they are.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from outcross.assets.corpus.files import DECIDED
from outcross.assets.corpus.ledger.counts import add_counts, count_rows
from outcross.assets.corpus.ledger.ledger import Count, PartRef, Version, extend, totals
from outcross.assets.corpus.open_corpus import Anchored
from outcross.assets.corpus.quarantine.read_back import HELD_OUT, IMPOSSIBLE, MISFIT, read_back
from outcross.assets.corpus.quarantine.rows import taking, waiting_rows
from outcross.assets.corpus.row_lists import spoken_rows
from outcross.assets.corpus.rows_file import RowsFile, keep_part
from outcross.assets.corpus.share_bound import BoundNow, bound_now, share_vital
from outcross.assets.corpus.undeclared.corpus_share import corpus_share
from outcross.resources.errors import BadInput

_REMEDIES = {
    MISFIT: "mend at the source and send again",
    HELD_OUT: "leave out, they are held back for evaluation",
    IMPOSSIBLE: "correct the provenance at the source and send again",
}


def release(
    anchored: Anchored,
    batch: str,
    *,
    positions: Sequence[int] | None,
    reason: str,
    by: str,
    at: str,
    past_bound: bool = False,
) -> Version:
    """Make rows that wait rows of the corpus, by a new version.

    Args:
        anchored: the corpus.
        batch: its id.
        positions: of the rows, in the batch's file; all that wait if None.
        reason: why, for the ledger.
        by: who decided it.
        at: when, ISO 8601 with its offset.
        past_bound: whether the synthetic share may pass its bound by it; the ledger then says that it did.

    Raises:
        BadInput: a row does not wait, does not fit the schema, is one of the holdout's, or contradicts itself; the
            share would pass its bound; or no reason is given. Nothing has changed then.
    """

    def build(last: Version, chosen: "_Chosen", folder: Path) -> Version:
        rows = _write_released(anchored, chosen, RowsFile(folder / "released.parquet"))
        counts, bound = add_counts(last.counts, count_rows(rows.path)), bound_now(anchored.corpus, anchored.store)
        told = reason
        if _passes(last.counts, counts, bound):
            if not past_bound:
                raise BadInput(_too_much(batch, rows.rows, counts, bound))
            told = f"{reason} (past the bound of {bound.share:.1%})"
        path = f"batches/{batch}/released-{last.number + 1}"
        part = keep_part(anchored.files, rows.path, path, rows=rows.rows, batch=batch)
        return replace(
            last,
            action="release",
            reason=told,
            rows_admitted=rows.rows,
            rows_quarantined=0,
            parts=(*last.parts, part),
            counts=counts,
            declared_share=totals(counts).share,
            bound=bound.share,
            bound_from=bound.source,
            decided=(*last.decided, chosen.keep("released", last.number + 1, folder)),
        )

    return _decide(anchored, batch, positions, build, reason=reason, by=by, at=at)


def reject(
    anchored: Anchored, batch: str, *, positions: Sequence[int] | None, reason: str, by: str, at: str
) -> Version:
    """Decide that rows which wait stay out, by a new version. They are kept, and wait no longer.

    The arguments are those of :func:`release`.

    Raises:
        BadInput: a row does not wait, or no reason is given. Nothing has changed then.
    """

    def build(last: Version, chosen: "_Chosen", folder: Path) -> Version:
        for _ in chosen.rows(["position"]):
            pass
        return replace(
            last,
            action="reject",
            reason=reason,
            rows_admitted=0,
            rows_quarantined=chosen.count,
            decided=(*last.decided, chosen.keep("rejected", last.number + 1, folder)),
        )

    return _decide(anchored, batch, positions, build, reason=reason, by=by, at=at)


class _Chosen:
    """Rows of a batch that a decision is about, as of a version."""

    def __init__(self, anchored: Anchored, last: Version, taken: Version, positions: Sequence[int] | None) -> None:
        assert taken.batch is not None
        self._anchored, self._last, self._taken, self._batch = anchored, last, taken, taken.batch
        self._wanted = None
        if positions is not None:
            self._wanted = pl.DataFrame({"position": sorted(set(positions))}, schema={"position": pl.Int64})
        self._found = [pl.DataFrame(schema={"position": pl.Int64})]

    def rows(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Read them, some at a time.

        Raises:
            BadInput: none waits, or one of those named does not.
        """
        for chunk in waiting_rows(self._anchored, self._last, self._taken, columns):
            chosen = chunk
            if self._wanted is not None:
                chosen = chunk.join(self._wanted, on="position", how="semi", maintain_order="left")
            self._found.append(chosen.select("position"))
            if chosen.height:
                yield chosen
        self._refuse_others()

    @property
    def positions(self) -> pl.DataFrame:
        """Of those read."""
        return pl.concat(self._found)

    @property
    def count(self) -> int:
        """How many were read."""
        return self.positions.height

    def keep(self, decision: str, number: int, folder: Path) -> PartRef:
        """List them in the store as decided on by the version of that number."""
        listed = RowsFile(folder / "decided.parquet")
        listed.add(self.positions.with_columns(decision=pl.lit(decision)))
        listed.close(pl.DataFrame(schema=DECIDED))
        path = f"batches/{self._batch}/decided-{number}"
        return keep_part(self._anchored.files, listed.path, path, rows=listed.rows, batch=self._batch)

    def _refuse_others(self) -> None:
        found, batch = self.positions, f"batch {self._batch}"
        if self._wanted is not None:
            others = self._wanted.join(found, on="position", how="anti", maintain_order="left")["position"]
            if others.len():
                raise BadInput(
                    f"{batch}: not waiting, since never held back or decided on before: {spoken_rows(others)}; "
                    "'outcross quarantine show' lists the rows that wait"
                )
        if not found.height:
            raise BadInput(
                f"{batch}: no row of it waits; 'outcross quarantine list' names the batches of which rows do"
            )


def _decide(
    anchored: Anchored,
    batch: str,
    positions: Sequence[int] | None,
    build: Callable[[Version, _Chosen, Path], Version],
    *,
    reason: str,
    by: str,
    at: str,
) -> Version:
    """Build a version about rows that wait, and append it; where somebody else was first, build it anew on theirs."""
    if not reason.strip():
        raise BadInput(f"batch {batch!r:.60}: a decision needs a reason, which the ledger keeps; state one")
    taken = taking(anchored, batch)

    def following(last: Version | None) -> Version:
        assert last is not None, "a corpus starts with its anchor"
        with tempfile.TemporaryDirectory(prefix="outcross-") as folder:
            chosen = _Chosen(anchored, last, taken, positions)
            version = build(last, chosen, Path(folder))
        return replace(
            version,
            number=last.number + 1,
            parent=last.number,
            at=at,
            by=by,
            batch=batch,
            rows_in=chosen.count,
            estimated=corpus_share(last, version.counts, None),
            guards=(),
            held=None,
        )

    version = extend(anchored.files, following)
    assert version is not None
    return version


def _write_released(anchored: Anchored, chosen: _Chosen, rows: RowsFile) -> RowsFile:
    """Read the rows back, and write them; all of them or none."""
    others = [pl.DataFrame(schema={"position": pl.Int64, "why": pl.String})]
    for held in chosen.rows(["position", "raw"]):
        back = read_back(held, anchored)
        others.append(back.refused)
        rows.add(back.rows)
    found = pl.concat(others)
    if not found.height:
        rows.close(pl.DataFrame())
        return rows
    told = []
    for (why,), those in found.group_by("why", maintain_order=True):
        told.append(f"{why}: {spoken_rows(those['position'])} ({_REMEDIES[str(why)]})")
    rows_told = f"{found.height:,} row{'s' if found.height != 1 else ''}"
    raise BadInput(
        f"{rows_told} cannot be released, and nothing was changed: {'; '.join(told)}. Reject these, or name the others "
        "with --row"
    )


def _passes(before: Sequence[Count], after: Sequence[Count], bound: BoundNow) -> bool:
    """Whether a release takes the share past its bound, or further past it; real rows never do."""
    was, will_be = (share_vital(counts, bound).value for counts in (before, after))
    return will_be > bound.share and will_be > was


def _too_much(batch: str, rows: int, after: Sequence[Count], bound: BoundNow) -> str:
    share = share_vital(after, bound).value
    return (
        f"batch {batch}: with {rows:,} rows of it, {share:.1%} of the corpus would not be real, allowed is "
        f"{bound.share:.1%} ({bound.source}); release fewer, add real rows first, or say --past-bound"
    )
