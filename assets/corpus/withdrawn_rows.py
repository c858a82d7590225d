"""The lists of rows that were withdrawn from a corpus: a digest of each, what it was counted by, and where it lay."""

import hashlib
from collections.abc import Callable, Sequence

import polars as pl

from outcross.assets.corpus.files import KEY, WITHDRAWN
from outcross.assets.corpus.ledger.custody import Withdrawal
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.parquet_file import read_rows
from outcross.resources.corpus_store import CorpusStore

GUARD = "withdrawn"
"""The guard of rows whose content was withdrawn."""
_FOUND: dict[str, pl.DataType] = {"content": pl.String(), "version": pl.Int64(), "why": pl.String()}


def read_withdrawn(
    files: CorpusStore, version: Version, *, only: Callable[[Withdrawal], bool] = lambda _: True
) -> pl.DataFrame:
    """Read the lines of :data:`~.files.WITHDRAWN` as of a version, those of chosen withdrawals.

    Raises:
        Damaged: a list is.
    """
    found = [pl.DataFrame(schema=WITHDRAWN)]
    for each in version.withdrawals:
        if only(each):
            found += read_rows(files, each.path, WITHDRAWN)
    return pl.concat(found)


def read_erased(files: CorpusStore, version: Version) -> pl.DataFrame:
    """Read the lines of the rows whose bytes were erased: a line for each file that a row lay in."""
    return read_withdrawn(files, version, only=lambda each: each.erased).unique(
        ["path", "batch_id", "position"], keep="first"
    )


def withdrawn_keys(files: CorpusStore, version: Version) -> pl.LazyFrame:
    """Return batch and position of every row that was withdrawn."""
    return read_withdrawn(files, version).select(KEY).unique().lazy()


def read_contents(files: CorpusStore, version: Version, *, erased: bool = False) -> pl.DataFrame:
    """Read ``content`` of every withdrawn row, with ``version`` and ``why`` of the withdrawal, each once.

    Args:
        files: the corpus's folder.
        version: its last one.
        erased: only of rows whose bytes were erased.
    """
    found = [pl.DataFrame(schema=_FOUND)]
    for each in version.withdrawals:
        if each.erased or not erased:
            lines = read_withdrawn(files, version, only=lambda other, own=each: other is own)  # type: ignore[misc]
            found.append(lines.select("content", version=pl.lit(each.version, pl.Int64), why=pl.lit(each.reason)))
    return pl.concat(found).drop_nulls("content").unique("content", keep="last", maintain_order=True)


def find_withdrawn(files: CorpusStore, version: Version, batch: pl.LazyFrame) -> pl.DataFrame:
    """Find rows of a batch whose content was withdrawn: ``position``, ``guard``, ``reason``.

    Args:
        files: the corpus's folder.
        version: its last one.
        batch: ``position`` and ``content``.
    """
    if not version.withdrawals:
        return pl.DataFrame(schema={"position": pl.Int64, "guard": pl.String, "reason": pl.String})
    known = read_contents(files, version).lazy()
    return (
        batch.select("position", "content")
        .join(known, on="content", how="inner")
        .select(
            "position",
            guard=pl.lit(GUARD),
            reason=pl.format("the row was withdrawn by version {}: {}", "version", "why"),
        )
        .sort("position")
        .collect(engine="streaming")
    )


def withdrawal_of(version: Version, batch: str) -> Withdrawal | None:
    """Return the latest withdrawal of a whole batch; None where none of all its rows was."""
    return next((each for each in reversed(version.withdrawals) if batch in each.whole), None)


def digest_of_raw(raw: Sequence[str]) -> list[str]:
    """Compute a digest of rows that could not be read as the corpus's columns, from the text that was kept."""
    return [hashlib.blake2b(each.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest() for each in raw]
