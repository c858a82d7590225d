"""Rows as they were before an accepted change: what guards compare with the anchor, so that they bite on all the rest.

An accepted value (a level that the anchor lacks, a number beyond its range, the missing value of a column that files
may lack) is replaced by that of the anchor's row that is nearest in all other columns (hot-deck imputation; Andridge &
Little 2010, Int. Stat. Rev. 78:40). Equally near rows are drawn from evenly, by the hash of the row, so the same batch
gives the same rows. The rows that are stored keep their values.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from outcross.assets.corpus.accepted.checked import anchor_range, find_column
from outcross.assets.corpus.ledger.accepted_change import AcceptedChange
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.rows_file import ROWS_AT_A_TIME, RowsFile
from outcross.assets.instruments.drawing import draw_rows
from outcross.resources.schema import Column
from outcross.resources.seeds import derive_seed

MOST_DONORS = 5_000
"""Rows of the anchor that values are taken from."""
MOST_LEVELS = 20
"""Commonest levels of a column by which rows are near."""
_ANY = "whether any value is replaced"
_TIE = 1e-3
"""Weight of the draw between rows that are equally near."""


def write_as_before(rows: Path, corpus: OpenCorpus, *, to: Path) -> Path:
    """Write rows as they were before the changes that the corpus accepts.

    Args:
        rows: Parquet of ``content`` and the canonical columns, among others.
        corpus: the open corpus.
        to: the file to write.

    Returns that file; ``rows`` itself where no accepted value has to be replaced.
    """
    masks = dict(_masks(corpus))
    if not masks:
        return rows
    donors = _Donors(corpus, [*masks])
    written = RowsFile(to)
    scanned = pl.scan_parquet(rows, glob=False)
    for frame in scanned.collect_batches(chunk_size=ROWS_AT_A_TIME, maintain_order=True):
        written.add(donors.replace(frame, masks))
    written.close(scanned.head(0).collect())
    return to


def _masks(corpus: OpenCorpus) -> Iterator[tuple[str, pl.Expr]]:
    """Yield column → whether a row has an accepted value in it that the anchor lacks."""
    found: dict[str, pl.Expr] = {}
    for change in corpus.accepted:
        column = find_column(corpus, change.column)
        if change.kind != "unit":
            mask = _mask(change, column, corpus)
            found[column.name] = found[column.name] | mask if column.name in found else mask
    yield from found.items()


def _mask(change: AcceptedChange, column: Column, corpus: OpenCorpus) -> pl.Expr:
    values = pl.col(column.name)
    if change.kind == "level":
        known = corpus.profile.scales.levels[corpus.schema.discrete.index(column)]
        mask = values == change.level if change.level not in known else pl.lit(value=False)
    elif change.low is not None and change.high is not None:
        least, largest = anchor_range(corpus, column)
        mask = values.is_between(change.low, change.high) & ((values < least) | (values > largest))
    else:
        mask = values.is_null()
    return mask.fill_null(value=False)


class _Donors:
    """Rows of the anchor, placed by the columns in which no value is replaced."""

    def __init__(self, corpus: OpenCorpus, replaced: list[str]) -> None:
        schema = corpus.schema
        self.rows = draw_rows(corpus.rows, MOST_DONORS, derive_seed("rows as before", corpus.settings.seed))
        self._numeric = [each.name for each in schema.numeric if each.name not in replaced]
        self._levels = {
            each.name: self.rows[each.name].drop_nulls().value_counts(sort=True)[each.name].to_list()[:MOST_LEVELS]
            for each in schema.discrete
            if each.name not in replaced
        }
        self._columns = replaced
        self._scales = {name: self._scale(name) for name in self._numeric}
        self._places = self._place(self.rows, np.random.default_rng(corpus.settings.seed).random(self.rows.height))

    def replace(self, frame: pl.DataFrame, masks: dict[str, pl.Expr]) -> pl.DataFrame:
        """Replace the accepted values of rows."""
        from sklearn.neighbors import KDTree

        marked = frame.select(pl.any_horizontal(list(masks.values())).alias(_ANY), **masks)
        which = np.flatnonzero(marked[_ANY].to_numpy())
        if not len(which):
            return frame
        rows = frame[which]
        draws = rows.select(pl.col("content").str.slice(0, 8).str.to_integer(base=16)).to_series().to_numpy() / 2**32
        nearest = KDTree(self._places).query(self._place(rows, draws), k=1, return_distance=False)[:, 0]
        place = np.zeros(frame.height, dtype=np.int64)
        place[which] = nearest
        donor = {name: self.rows[name].gather(place) for name in self._columns}
        return frame.with_columns(
            pl.when(marked[name]).then(donor[name]).otherwise(pl.col(name)).alias(name) for name in self._columns
        ).select(frame.columns)

    def _scale(self, name: str) -> tuple[float, float]:
        values = self.rows[name].drop_nulls().drop_nans().to_numpy().astype(np.float64)
        return (float(np.median(values)), float(values.std()) or 1.0) if len(values) else (0.0, 1.0)

    def _place(self, rows: pl.DataFrame, draws: np.ndarray) -> np.ndarray:
        columns = [draws * _TIE]
        for name in self._numeric:
            middle, spread = self._scales[name]
            values = (rows[name].cast(pl.Float64).fill_null(middle).fill_nan(middle).to_numpy() - middle) / spread
            columns.append(np.clip(values, -10.0, 10.0))
        for name, levels in self._levels.items():
            columns += [(rows[name] == level).fill_null(value=False).to_numpy().astype(np.float64) for level in levels]
        return np.stack(columns, axis=1)
