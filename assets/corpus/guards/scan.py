"""One pass over the rows of a batch, a part at a time: counts, two samples, and how many rows differ.

Memory is that of a few parts, whatever the size of the batch or the number of its levels. Nothing here depends on how
the rows are cut into files, or on the order in which threads finish.
"""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from outcross.assets.corpus.guards.counting import Counts, Scales, code_frame, code_rows, count
from outcross.assets.corpus.guards.provenance_counts import PROVENANCE, SYNTHETIC, Part, Provenance, count_provenance
from outcross.assets.corpus.guards.sketch import DistinctCount, RowSample
from outcross.resources.compute import thread_count
from outcross.resources.errors import BadInput
from outcross.resources.schema import Role
from outcross.resources.seeds import derive_seed

ROWS_AT_A_TIME = 2**16
SAMPLE = 5_000
"""Rows of either kind that are kept whole."""


@dataclass(frozen=True)
class Scanned:
    """What a pass found.

    Attributes:
        counts: of all rows.
        provenance: of all rows.
        distinct: how many rows differ.
        declared_synthetic: a sample of the rows that say so.
        others: a sample of the other rows.
    """

    counts: Counts
    provenance: Provenance
    distinct: DistinctCount
    declared_synthetic: pl.DataFrame
    others: pl.DataFrame


def scan(
    files: Sequence[str | Path | Any],
    scales: Scales,
    *,
    seed: int,
    anchor_hashes: np.ndarray | None = None,
    licences: Collection[str] | None = None,
    sample: int = SAMPLE,
    rows_at_a_time: int = ROWS_AT_A_TIME,
    threads: int | None = None,
) -> Scanned:
    """Read Parquet files of canonical rows once, in their order.

    Args:
        files: paths, or open binary files; columns other than the schema's and those of provenance are not read.
        scales: where the columns are cut.
        seed: of the samples.
        anchor_hashes: ascending hashes of the anchor's rows, as :func:`hash_rows` gives them; None: no copies counted.
        licences: those that are allowed; None: any.
        sample: rows of either kind to keep.
        rows_at_a_time: rows of a part.
        threads: that count parts side by side; :func:`outcross.resources.compute.thread_count` where None.

    Raises:
        BadInput: a file lacks a column, or is no Parquet file.
    """
    workers = threads or thread_count()
    counts = count(code_frame(pl.DataFrame(schema=scales.schema.polars), scales), scales)
    provenance, distinct = Provenance(), DistinctCount()
    samples = [RowSample(sample, derive_seed("vitals", kind, seed)) for kind in ("others", "synthetic")]

    def work(part: Part) -> tuple[Counts, Provenance, np.ndarray, np.ndarray]:
        coded = code_rows(part.columns, scales)
        origins, found = count_provenance(part, coded.hashes, anchor_hashes, licences)
        return count(coded, scales), found, coded.hashes, origins == SYNTHETIC

    for part, (counted, told, hashes, synthetic) in _side_by_side(work, _parts(files, scales, rows_at_a_time), workers):
        counts, provenance = counts + counted, provenance + told
        distinct.add(hashes)
        for kind, chosen in enumerate((~synthetic, synthetic)):
            _draw(samples[kind], part, np.flatnonzero(chosen), scales)
    others, declared = (_whole(each, scales) for each in samples)
    return Scanned(counts, provenance, distinct, declared, others)


def hash_rows(rows: pl.DataFrame, scales: Scales) -> np.ndarray:
    """Ascending hashes of rows, for one process: another version of polars may hash otherwise."""
    return np.sort(code_frame(rows, scales).hashes)


def _side_by_side(work: Any, parts: Iterator[Part], workers: int) -> Iterator[tuple[Part, Any]]:
    """Work on a few parts at a time, and give back the results in order."""
    if workers == 1:
        for part in parts:
            yield part, work(part)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[tuple[Part, Future[Any]]] = deque()
        for part in parts:
            waiting.append((part, pool.submit(work, part)))
            if len(waiting) > workers:
                first, future = waiting.popleft()
                yield first, future.result()
        for first, future in waiting:
            yield first, future.result()


def _parts(files: Sequence[Any], scales: Scales, rows: int) -> Iterator[Part]:
    start, discrete = 0, [column.name for column in scales.schema.discrete]
    strings = [*discrete, *(name for name in PROVENANCE if name != "depth")]
    for file in files:
        with _opened(file, strings) as opened:
            _check_columns(opened.schema_arrow, scales, file)
            wanted = [
                name for name in dict.fromkeys((*scales.schema.names, *PROVENANCE)) if name in opened.schema_arrow.names
            ]
            batches = opened.iter_batches(batch_size=rows, columns=wanted, use_threads=False)
            while (batch := _next(batches, file)) is not None:
                columns = dict(zip(batch.schema.names, batch.columns, strict=True))
                yield Part(start, columns, batch.num_rows)
                start += batch.num_rows


def _check_columns(found: pa.Schema, scales: Scales, file: Any) -> None:
    for column in scales.schema.columns:
        if column.name not in found.names:
            raise BadInput(f"{_named(file)}: column '{column.name}' is missing; read the batch by its corpus's schema")
        kind = found.field(column.name).type
        numeric = pa.types.is_integer(kind) or (pa.types.is_floating(kind) and not column.integer)
        if column.role is Role.NUMERIC and not numeric:
            wanted = "whole numbers" if column.integer else "numbers"
            raise BadInput(
                f"{_named(file)}: column '{column.name}' has the type {kind}, not {wanted}; "
                "read the batch by its corpus's schema"
            )


def _next(batches: Iterator[pa.RecordBatch], file: Any) -> pa.RecordBatch | None:
    try:
        return next(batches, None)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(file, error) from error


def _opened(file: Any, strings: list[str]) -> pq.ParquetFile:
    try:
        there = pq.read_schema(file).names
        if hasattr(file, "seek"):
            file.seek(0)
        return pq.ParquetFile(file, read_dictionary=[name for name in strings if name in there])
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Any, error: Exception) -> BadInput:
    return BadInput(f"{_named(file)} cannot be read as Parquet ({error}); write it again")


def _named(file: Any) -> str:
    return f"'{file}'" if isinstance(file, str | Path) else "the batch"


def _draw(sample: RowSample, part: Part, places: np.ndarray, scales: Scales) -> None:
    chosen, keys = sample.wanted(part.start + places)
    if len(chosen):
        at = pa.array(places[chosen])
        taken = {name: part.columns[name].take(at) for name in scales.schema.names}
        sample.add(_canonical(taken, scales), keys)


def _canonical(columns: dict[str, pa.Array], scales: Scales) -> pl.DataFrame:
    types = scales.schema.polars
    return pl.DataFrame([pl.Series(name, pl.from_arrow(each)).cast(types[name]) for name, each in columns.items()])


def _whole(sample: RowSample, scales: Scales) -> pl.DataFrame:
    rows = sample.rows
    return pl.DataFrame(schema=scales.schema.polars) if rows is None else rows
