"""Sort the rows of a batch: those that guards have reasons against are held, or only counted, the others go on."""

from collections.abc import Collection
from pathlib import Path

import polars as pl

from outcross.assets.corpus.files import QUARANTINE
from outcross.assets.corpus.guards.guards import GUARDS
from outcross.assets.corpus.intake.quarantine_file import quarantine_frame
from outcross.assets.corpus.intake.row_findings import RowFindings
from outcross.assets.corpus.intake.row_guards import ROW_GUARDS, AllowedValues, check_rows
from outcross.assets.corpus.rows_file import RowsFile
from outcross.resources.schema import Schema

MOST_FAR = 20_000
"""Rows far outside the anchor's range that are looked at again for their cause."""


class Sorting:
    """The rows of a batch that guards have reasons against: held, or only counted where the guard observes.

    Attributes:
        quarantine: the rows that are held.
        rows: ``position`` and the stored columns of those of them that could be read.
        schema: the columns of a row.
        guards: names of the guards that hold rows.
        held, observed: what these guards found, and what those found that only observe.
        far: the first ``MOST_FAR`` rows or some more that ``range`` holds, as in :class:`~.staged_batch.StagedBatch`.
    """

    def __init__(
        self, quarantine: RowsFile, rows: RowsFile, schema: Schema, guards: frozenset[str], observers: frozenset[str]
    ) -> None:
        self.quarantine, self.rows, self.schema, self.guards = quarantine, rows, schema, guards
        self.held, self.observed = RowFindings(GUARDS), RowFindings(observers)
        self.far: list[pl.DataFrame] = []

    def looks_for(self, guards: Collection[str]) -> bool:
        """Whether one of these guards holds rows, or observes."""
        return not (self.guards | self.observed.guards).isdisjoint(guards)

    def hold_misfits(self, misfits: pl.DataFrame) -> None:
        """Hold rows that could not be read as the corpus's columns."""
        self._hold(misfits.select(pl.col(name).cast(dtype) for name, dtype in QUARANTINE.items()))

    def check(self, rows: pl.DataFrame, allowed: AllowedValues) -> pl.DataFrame:
        """Hold the rows that the guards of values and provenance reject, and return the others."""
        others = self.observed.guards & set(ROW_GUARDS)
        if others:
            self.observed.add_reasons(rows["position"], check_rows(rows, allowed, others))
        reasons = check_rows(rows, allowed, self.guards & set(ROW_GUARDS))
        wrong = reasons.list.len() > 0
        self._hold_read(rows.filter(wrong), reasons.filter(wrong))
        if sum(each.height for each in self.far) < MOST_FAR:
            far = reasons.list.eval(pl.element().str.starts_with("range: ")).list.any()
            self.far.append(rows.filter(far).select("position", *self.schema.names, reasons=reasons.filter(far)))
        return rows.filter(~wrong)

    def hold_found(self, found: pl.DataFrame, path: Path, *, to: Path) -> int:
        """Hold the rows that a guard has a reason against, write the others, and return how many were held.

        Args:
            found: ``position``, ``guard``, ``reason``: a line for each reason against a row.
            path: Parquet of all rows; it is renamed where none is held.
            to: Parquet of the others.
        """
        self.observed.add(found)
        reasons = (
            found.filter(pl.col("guard").is_in(sorted(self.guards)))
            .group_by("position", maintain_order=True)
            .agg(reasons=pl.concat_str("guard", pl.lit(": "), "reason"))
        )
        if not reasons.height:
            path.rename(to)
            return 0
        scanned = pl.scan_parquet(path, glob=False)
        wrong = scanned.join(reasons.lazy(), on="position", how="inner").sort("position").collect(engine="streaming")
        self._hold_read(wrong.drop("reasons"), wrong["reasons"])
        scanned.join(reasons.lazy(), on="position", how="anti", maintain_order="left").sink_parquet(to)
        return reasons.height

    def _hold_read(self, rows: pl.DataFrame, reasons: pl.Series) -> None:
        self.rows.add(rows.select("position", *self.schema.names))
        self._hold(quarantine_frame(rows, reasons, self.schema))

    def _hold(self, rows: pl.DataFrame) -> None:
        self.quarantine.add(rows)
        self.held.add_reasons(rows["position"], rows["reasons"])
