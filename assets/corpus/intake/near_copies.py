"""Near copies in a batch: rows that equal another row but for noise in their numbers.

A near copy has the same levels and texts, and every number is within a tolerance of the other row's, see
:mod:`outcross.assets.instruments.nearness`. The anchor sets the tolerance for each set of rows that a batch is compared
with: the more rows a set has, the nearer real rows come to one of them by chance. Where even the smallest tolerance
would reject clean rows, the guard abstains.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np
import polars as pl

from outcross.assets.corpus.declared_anew import as_declared
from outcross.assets.corpus.intake.row_sets import (
    ADMITTED,
    ANCHOR,
    BATCH,
    FOUND,
    HOLDOUT,
    MADE,
    SETS,
    NearCopies,
    count_rows,
    write_reasons,
)
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.instruments.nearness import GRIDS, RARELY, Grid, Nearness, find_near_pairs
from outcross.resources.schema import Schema
from outcross.resources.typed_rows import to_canonical

CHUNK = 65_536
"""Rows read at a time."""
MOST_ROWS = 500_000
"""Approximate number of the batch's rows in memory at a time."""
HOW = pl.format("no number differs by more than {} % of its column's span", (100 * pl.col("apart")).round_sig_figs(2))
"""How a near copy is alike."""


def find_near_copies(
    batch: Path, rows: int, corpus: OpenCorpus, last: Version, *, folder: Path, rows_at_a_time: int = MOST_ROWS
) -> NearCopies:
    """Find the rows that are near copies of an earlier row of the batch, or of a row of the corpus.

    Args:
        batch: Parquet of ``position``, the canonical columns and ``origin``.
        rows: of the batch.
        corpus: the open corpus.
        last: its last version.
        folder: for temporary files.
        rows_at_a_time: approximate number of the batch's rows that are compared at a time.
    """
    schema = corpus.schema
    nearness = Nearness.fit(corpus.rows, corpus.holdout, schema, seed=corpus.settings.seed)
    sizes = count_rows(rows, corpus, last)
    within = {kind: nearness.tolerance(size) for kind, size in sizes.items()}
    abstained = tuple(_why_not(kind, sizes[kind]) for kind, tolerance in within.items() if tolerance is None)
    tolerances = {kind: tolerance for kind, tolerance in within.items() if tolerance is not None}
    if not tolerances or not rows:
        return NearCopies(pl.DataFrame(schema=FOUND), abstained, compared=bool(tolerances))
    with ExitStack() as stack:
        files = [stack.enter_context(TemporaryFile(dir=folder)) for _ in range(GRIDS * -(-rows // rows_at_a_time))]
        search = _Search(nearness.grid(max(tolerances.values())), tolerances, files)
        for frame in _frames(batch.open("rb"), schema):
            search.add_batch(frame)
        for kind, frame in _others(corpus, last, tolerances):
            search.add_others(kind, frame)
        return NearCopies(write_reasons(search.find_nearest(), batch, HOW, overlap=False), abstained)


def _why_not(kind: int, rows: int) -> str:
    return (
        f"rows are not compared with {SETS[kind]}: with {rows:,} of these, more than one clean row in "
        f"{1 / RARELY:,.0f} is near one by chance, or no numeric column is fine enough"
    )


def _frames(file: IO[bytes], schema: Schema) -> Iterator[pl.DataFrame]:
    """Read the rows of a Parquet file chunk by chunk, and close it."""
    import pyarrow.parquet as pq

    with file:
        opened = pq.ParquetFile(file)
        there = ["position", "origin", *schema.names]
        columns = [name for name in there if name in opened.schema_arrow.names]
        for part in opened.iter_batches(batch_size=CHUNK, columns=columns):
            frame = to_canonical(pl.DataFrame(pl.from_arrow(part)), schema)
            yield frame.cast(dict(schema.polars))  # type: ignore[arg-type]


def _others(corpus: OpenCorpus, last: Version, kinds: Collection[int]) -> Iterator[tuple[int, pl.DataFrame]]:
    """Read the sets of rows of the corpus chunk by chunk."""
    for kind, rows in ((ANCHOR, corpus.every_anchor), (HOLDOUT, corpus.reserved)):
        if kind in kinds:
            yield from ((kind, frame) for frame in rows.iter_slices(CHUNK))
    if not {MADE, ADMITTED} & set(kinds):
        return
    trimmed = [pl.read_parquet(corpus.files.location(part.path), glob=False) for part in last.left_out]
    for part in last.parts[1:]:
        gone = [rows.filter(pl.col("batch_id") == part.batch).select("position") for rows in trimmed]
        anew = as_declared(last.declarations, ["origin"], pl.lit(part.batch))
        for whole in _frames(corpus.files.open(part.path), corpus.schema):
            frame = (whole.join(pl.concat(gone), on="position", how="anti") if gone else whole).with_columns(anew)
            synthetic = frame["origin"] == "synthetic"
            for kind, chosen in ((MADE, synthetic), (ADMITTED, ~synthetic)):
                if kind in kinds and chosen.any():
                    yield kind, frame.filter(chosen)


class _Search:
    """Locality-sensitive hashing on disk: rows are split into files by the hash of their cell.

    Rows of one cell are in one file, so memory does not grow with the batch.

    Args:
        grid: the cells.
        within: set of rows → largest distance from one of its rows.
        files: to write to; an equal number for each grid.
    """

    def __init__(self, grid: Grid, within: Mapping[int, float], files: Sequence[IO[bytes]]) -> None:
        self._grid, self._files, self._pieces = grid, files, len(files) // GRIDS
        self._limits = np.array([within.get(kind, -1.0) for kind in range(len(SETS))])
        self._record = np.dtype([("key", "u8"), ("position", "i8"), ("kind", "u1"), ("x", "f8", (len(grid.free),))])
        self._keys: list[np.ndarray] = []

    def add_batch(self, frame: pl.DataFrame) -> None:
        """Add rows of the batch; all of them before those of other sets."""
        numbers = self._grid.numbers(frame)
        keys = self._grid.keys(frame, numbers)
        self._keys.append(keys)
        for grid, own in enumerate(keys):
            self._write(grid, own, numbers, BATCH, frame["position"].to_numpy())

    @cached_property
    def _known(self) -> list[np.ndarray]:
        """The batch's keys in each grid, ascending."""
        known = [np.concatenate([keys[grid] for keys in self._keys]) for grid in range(GRIDS)]
        self._keys.clear()
        for keys in known:
            keys.sort()
        return known

    def add_others(self, kind: int, frame: pl.DataFrame) -> None:
        """Add rows of another set; those in a cell without rows of the batch are dropped at once."""
        numbers = self._grid.numbers(frame)
        for grid, (own, known) in enumerate(zip(self._grid.keys(frame, numbers), self._known, strict=True)):
            met = np.flatnonzero(known[np.minimum(np.searchsorted(known, own), len(known) - 1)] == own)
            self._write(grid, own[met], numbers[met], kind, np.full(len(met), -1))

    def _write(self, grid: int, keys: np.ndarray, numbers: np.ndarray, kind: int, positions: np.ndarray) -> None:
        records = np.empty(len(keys), dtype=self._record)
        records["key"], records["position"], records["kind"], records["x"] = keys, positions, kind, numbers
        piece = keys % np.uint64(self._pieces)
        for number in range(self._pieces):
            records[piece == number].tofile(self._files[grid * self._pieces + number])

    def find_nearest(self) -> pl.DataFrame:
        """Compute ``position``, ``kind``, ``apart``: for each row and each set, the distance to the nearest row."""
        found = [pl.DataFrame(schema={"position": pl.Int64(), "kind": pl.Int64(), "apart": pl.Float64()})]
        for file in self._files:
            file.seek(0)
            found.extend(self._pairs(np.fromfile(file, dtype=self._record)))
        return pl.concat(found).group_by("position", "kind").agg(pl.col("apart").min()).sort("position", "kind")

    def _pairs(self, records: np.ndarray) -> Iterator[pl.DataFrame]:
        positions, kinds = records["position"], records["kind"]
        for one, other, apart in find_near_pairs(records["key"], records["x"], self._grid.tolerance):
            # Rows of other sets have position -1, so the later row of a pair is a row of the batch if either is.
            later = np.where(positions[one] > positions[other], one, other)
            earlier = one + other - later
            chosen = (kinds[later] == BATCH) & (apart <= self._limits[kinds[earlier]])
            yield pl.DataFrame(
                {
                    "position": positions[later[chosen]],
                    "kind": kinds[earlier[chosen]].astype(np.int64),
                    "apart": apart[chosen],
                }
            )
