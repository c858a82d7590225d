"""Rows of a batch that differ from another row in next to nothing: copies with noise.

All levels and texts are equal, and every number is within a hair's breadth, see
:mod:`.nearness`. How wide that is, the anchor decides for each set of rows that a batch is compared
with: the more rows there are, the nearer real ones come to each other by chance. Where even the narrowest tolerance
would catch clean rows, the guard abstains.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np
import polars as pl

from outcross.assets.corpus.intake.nearness import GRIDS, RARELY, Grid, Nearness, near_pairs
from outcross.assets.corpus.ledger.ledger import Version, totals
from outcross.assets.corpus.open_corpus import Anchored
from outcross.resources.schema import Schema

GUARD = "near_duplicates"
CHUNK = 65_536
"""Rows read at a time."""
MOST_ROWS = 500_000
"""Rows of the batch that are in memory at a time, about."""
BATCH, ANCHOR, HOLDOUT, MADE, ADMITTED = range(5)
SETS = (
    "an earlier row of the batch",
    "a row of the anchor",
    "a row of the holdout, which no dataset may contain",
    "a synthetic row of the corpus",
    "another row of the corpus",
)
FOUND: dict[str, pl.DataType] = {"position": pl.Int64(), "guard": pl.String(), "reason": pl.String()}


@dataclass(frozen=True)
class NearCopies:
    """What was found.

    Attributes:
        rows: ``position``, ``guard``, ``reason``: a line for each that speaks against a row.
        abstained: for each set of rows that the batch could not be compared with, why not.
    """

    rows: pl.DataFrame
    abstained: tuple[str, ...]


def near_copies(
    batch: Path, rows: int, anchored: Anchored, last: Version, *, folder: Path, rows_at_a_time: int = MOST_ROWS
) -> NearCopies:
    """Find the rows that are nearly another row: an earlier one of the batch, or one that the corpus has.

    Args:
        batch: Parquet of ``position``, the canonical columns and ``origin``.
        rows: of the batch.
        anchored: the corpus.
        last: its last version.
        folder: for files that are gone afterwards.
        rows_at_a_time: of the batch that are compared at a time, about.
    """
    schema = anchored.schema
    nearness = Nearness.fit(anchored.rows, anchored.holdout, schema, seed=anchored.corpus.seed)
    made = totals(last.counts).synthetic
    later = sum(part.rows for part in last.parts[1:])
    sizes = {BATCH: rows, ANCHOR: anchored.rows.height, HOLDOUT: anchored.holdout.height, MADE: made}
    sizes[ADMITTED] = max(later - made, 0)
    within = {kind: nearness.tolerance(size) for kind, size in sizes.items() if size}
    abstained = tuple(_why_not(kind, sizes[kind]) for kind, tolerance in within.items() if tolerance is None)
    told = {kind: tolerance for kind, tolerance in within.items() if tolerance is not None}
    if not told or not rows:
        return NearCopies(pl.DataFrame(schema=FOUND), abstained)
    with ExitStack() as stack:
        files = [stack.enter_context(TemporaryFile(dir=folder)) for _ in range(GRIDS * -(-rows // rows_at_a_time))]
        search = _Search(nearness.grid(max(told.values())), told, files)
        for frame in _frames(batch.open("rb"), schema):
            search.add_batch(frame)
        for kind, frame in _others(anchored, last, told):
            search.add_others(kind, frame)
        return NearCopies(_told(search.found(), batch), abstained)


def _why_not(kind: int, rows: int) -> str:
    return (
        f"no row is held for being nearly {SETS[kind]}: with {rows:,} of these, more than one clean row in "
        f"{1 / RARELY:,.0f} is that by chance, or no column of numbers is fine enough"
    )


def _frames(file: IO[bytes], schema: Schema) -> Iterator[pl.DataFrame]:
    """Rows of a Parquet file, some at a time, and the file closed."""
    import pyarrow.parquet as pq

    with file:
        opened = pq.ParquetFile(file)
        there = ["position", "origin", *schema.names]
        columns = [name for name in there if name in opened.schema_arrow.names]
        for part in opened.iter_batches(batch_size=CHUNK, columns=columns):
            frame = pl.DataFrame(pl.from_arrow(part))
            yield frame.cast(dict(schema.polars))  # type: ignore[arg-type]


def _others(anchored: Anchored, last: Version, told: Mapping[int, float]) -> Iterator[tuple[int, pl.DataFrame]]:
    """The sets of rows that the corpus has, some rows at a time."""
    for kind, rows in ((ANCHOR, anchored.rows), (HOLDOUT, anchored.holdout)):
        if kind in told:
            yield from ((kind, frame) for frame in rows.iter_slices(CHUNK))
    if not {MADE, ADMITTED} & set(told):
        return
    trimmed = [pl.read_parquet(anchored.files.location(part.path)) for part in last.left_out]
    for part in last.parts[1:]:
        gone = [rows.filter(pl.col("batch_id") == part.batch).select("position") for rows in trimmed]
        for whole in _frames(anchored.files.open(part.path), anchored.schema):
            frame = whole.join(pl.concat(gone), on="position", how="anti") if gone else whole
            synthetic = frame["origin"] == "synthetic"
            for kind, chosen in ((MADE, synthetic), (ADMITTED, ~synthetic)):
                if kind in told and chosen.any():
                    yield kind, frame.filter(chosen)


class _Search:
    """Rows sorted into files by their key, so that those of one cell meet and memory does not grow with the batch.

    Args:
        grid: the cells.
        within: set of rows → the largest distance from one of its rows.
        files: to write to; as many for each grid.
    """

    def __init__(self, grid: Grid, within: Mapping[int, float], files: Sequence[IO[bytes]]) -> None:
        self._grid, self._files, self._pieces = grid, files, len(files) // GRIDS
        self._limits = np.array([within.get(kind, -1.0) for kind in range(len(SETS))])
        self._record = np.dtype([("key", "u8"), ("position", "i8"), ("kind", "u1"), ("x", "f8", (len(grid.free),))])
        self._keys: list[np.ndarray] = []

    def add_batch(self, frame: pl.DataFrame) -> None:
        """Take in rows of the batch, all of which come before others."""
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
        """Take in rows of another set; those in a cell without rows of the batch are let go at once."""
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

    def found(self) -> pl.DataFrame:
        """``position``, ``kind``, ``apart``: for each row of the batch and set, how near its nearest row is."""
        found = [pl.DataFrame(schema={"position": pl.Int64(), "kind": pl.Int64(), "apart": pl.Float64()})]
        for file in self._files:
            file.seek(0)
            found.extend(self._pairs(np.fromfile(file, dtype=self._record)))
        return pl.concat(found).group_by("position", "kind").agg(pl.col("apart").min()).sort("position", "kind")

    def _pairs(self, records: np.ndarray) -> Iterator[pl.DataFrame]:
        positions, kinds = records["position"], records["kind"]
        for one, other, apart in near_pairs(records["key"], records["x"], self._grid.tolerance):
            # Other sets have no positions, so the later of two is a row of the batch where either is.
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


def _told(found: pl.DataFrame, batch: Path) -> pl.DataFrame:
    """Say what speaks against each row."""
    made = pl.scan_parquet(batch).filter(pl.col("origin") == "synthetic").select("position", made=pl.lit(True))
    rows = found.lazy().join(made, on="position", how="left").collect(engine="streaming")
    whose = pl.col("kind").replace_strict(range(len(SETS)), SETS, return_dtype=pl.String)
    nearly = pl.format(
        "nearly {}: no number differs by more than {} % of its column's span",
        whose,
        (100 * pl.col("apart")).round_sig_figs(2),
    )
    said = pl.when(pl.col("made").fill_null(False) & (pl.col("kind") == ANCHOR)).then(
        pl.lit("the row is said to be synthetic and is ")
    )
    return rows.sort("position", "kind").select(
        "position", guard=pl.lit(GUARD), reason=pl.concat_str(said.otherwise(pl.lit("the row is ")), nearly)
    )
