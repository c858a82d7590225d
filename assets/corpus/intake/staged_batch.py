"""A batch after its row-level guards: the rows that may be admitted, and the rows for quarantine."""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from outcross.assets.corpus.intake.row_findings import RowFinding
from outcross.assets.corpus.marks.mark import MARKS
from outcross.assets.corpus.protected.copies import COPIES
from outcross.resources.schema import Schema


@dataclass(frozen=True)
class StagedBatch:
    """The rows of a batch, split by the row-level guards.

    Attributes:
        admissible: Parquet of ``position``, ``content``, the stored columns and those of provenance.
        compared: the same rows, as they were before the changes that the corpus accepts: for guards of batches.
        quarantine: Parquet of :data:`~.files.QUARANTINE`.
        held_rows: Parquet of ``position`` and the stored columns: the rows of ``quarantine`` that could be read.
        rows_admissible: rows of ``admissible``.
        rows_quarantined: rows of ``quarantine``.
        rows_near: number of these that are near copies; None where none were looked for.
        abstained: for each set of rows that the batch could not be compared with for near copies, why not.
        left_out: what of the rows the template does not render.
        unknown_entities: which rows could not be compared with the entities of the holdout, and why not.
        copies: of protected sets, :data:`~..protected.copies.COPIES`.
        marks: of its rows, :data:`~..marks.mark.MARKS`.
        held: for each guard that holds rows of ``quarantine``, their number and one of them.
        observed: the same of the guards that only observe.
        far: some of the rows that ``range`` holds: ``position``, the stored columns and ``reasons``.
        had: Parquet of rows of the batch that the corpus has already, which ``compared`` has as well; None without any.
    """

    admissible: Path
    compared: Path
    quarantine: Path
    held_rows: Path
    rows_admissible: int
    rows_quarantined: int
    rows_near: int | None
    abstained: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    unknown_entities: tuple[str, ...] = ()
    held: tuple[RowFinding, ...] = ()
    observed: tuple[RowFinding, ...] = ()
    far: tuple[pl.DataFrame, ...] = ()
    copies: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COPIES))
    marks: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MARKS))
    had: Path | None = None

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return self.rows_admissible + self.rows_quarantined

    def scan_read(self, schema: Schema) -> pl.LazyFrame:
        """Scan ``position`` and the columns of every row that could be read, held or not."""
        columns = ["position", *schema.names]
        paths = (self.admissible, self.held_rows, *(() if self.had is None else (self.had,)))
        return pl.concat([pl.scan_parquet(path).select(columns) for path in paths])
