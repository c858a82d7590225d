"""What the ledger keeps of marks, and what is told of them: how many rows bear which, and what was not looked into."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from outcross.assets.corpus.ledger.guard_result import MARKED, NOT_LOOKED_INTO, GuardResult
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.marks.compare import GUARD
from outcross.assets.corpus.marks.mark import MARKS
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.parquet_file import read_rows
from outcross.assets.corpus.rows_file import RowsFile
from outcross.resources.counted import counted

FOLDER_NAME = "marks"
"""Prefix of the file of a batch's marks."""
PROVES_NOTHING = "a row without a mark may be a model's all the same: marks are lost when a file is saved again"
_MOST = 20
"""Different marks of a batch that are told; the others are by_mark."""


def to_results(marks: pl.DataFrame, *, rows: int, has_pictures: bool) -> Iterator[GuardResult]:
    """Report the marks of a batch: rows by mark, what has a doubt, and how many pictures bear none.

    Args:
        marks: of its rows, :data:`~.mark.MARKS`.
        rows: of its file.
        has_pictures: whether its rows have a picture.
    """
    words = pl.format("{}: {}", "kind", "statement")
    by = pl.when(pl.col("generator").is_null()).then(words).otherwise(pl.format("{} ({})", words, "generator"))
    last = pl.col("last").fill_null(rows - 1)
    by_mark = (
        marks.with_columns(mark=by, rows=last - pl.col("first") + 1)
        .group_by("mark", "doubt", maintain_order=True)
        .agg(pl.col("rows").sum(), pl.col("first").min())
        .sort("rows", descending=True, maintain_order=True)
    )
    told = by_mark.filter(pl.col("doubt") == "")
    for mark, _, count, _ in told.head(_MOST).iter_rows():
        yield _result(MARKED, mark, count, passed=True, why="")
    if (more := told.slice(_MOST)).height:
        yield _result(MARKED, f"{more.height:,} other marks", int(more["rows"].sum()), passed=True, why="")
    for mark, doubt, count, first in by_mark.filter(pl.col("doubt") != "").head(_MOST).iter_rows():
        which = f"{counted(count, 'row')}, such as row {first}"
        yield _result(NOT_LOOKED_INTO, mark, None, passed=False, why=f"{which}: {mark}: {doubt}")
    if has_pictures and rows:
        bare = rows - marks.filter(pl.col("first") == pl.col("last"))["first"].n_unique()
        if bare:
            why = f"{bare:,} of {rows:,} pictures bear no mark of their origin: {PROVES_NOTHING}"
            yield _result(NOT_LOOKED_INTO, "", None, passed=False, why=why)


def tell_marks(versions: Iterable[Version]) -> list[str]:
    """Say how many rows of the batches of versions bear which mark, a sentence each; empty where none bears one."""
    rows = dict[str, int]()
    for result in (each for version in versions for each in version.guards if each.metric == MARKED):
        rows[result.group] = rows.get(result.group, 0) + int(result.value or 0)
    told = [f"marked by others: {counted(count, 'row')} of batches: {mark}" for mark, count in rows.items()]
    return [*told, PROVES_NOTHING] if told else []


def describe(result: GuardResult) -> str:
    """Describe the result of a mark."""
    return f"{counted(int(result.value or 0), 'row')}: {result.group}"


def write_marks(marks: pl.DataFrame, to: Path) -> Path:
    """Write the marks of a batch to a local file."""
    file = RowsFile(to)
    file.add(marks)
    file.close(pl.DataFrame(schema=MARKS))
    return to


def read_marks(corpus: OpenCorpus, intake: Version) -> pl.DataFrame:
    """Read the marks of a batch, :data:`~.mark.MARKS`; those of one that an earlier version ingested are none."""
    start = f"batches/{intake.batch}/{FOLDER_NAME}-"
    paths = [each.path for each in intake.files if each.path.startswith(start)]
    return pl.concat(
        [pl.DataFrame(schema=MARKS), *(rows for path in paths for rows in read_rows(corpus.files, path, MARKS))]
    )


def _result(metric: str, group: str, value: float | None, *, passed: bool, why: str) -> GuardResult:
    return GuardResult(
        guard=GUARD,
        metric=metric,
        group=group,
        value=None if value is None else float(value),
        lower=None,
        upper=None,
        passed=passed,
        blocking=False,
        why=why,
    )
