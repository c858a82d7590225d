"""One streaming pass over the rows of a batch: counts, two samples, and the number of different rows.

Memory is that of a few chunks, whatever the size of the batch or the number of its levels. The results do not depend on
how rows are split into files, or on the order in which threads finish.
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
from outcross.assets.corpus.guards.sketch import BottomKSample, DistinctCounter
from outcross.resources.compute import thread_count
from outcross.resources.errors import BadInput
from outcross.resources.schema import Role
from outcross.resources.seeds import derive_seed
from outcross.resources.system_faults import refuse_to_blame

ROWS_AT_A_TIME = 2**16
SAMPLE = 5_000
"""Size of each of the two samples of rows."""


@dataclass(frozen=True)
class Scan:
    """The result of a pass over a batch.

    Attributes:
        counts: of all rows.
        provenance: counts of the provenance that all rows state.
        distinct: number of different rows.
        declared_synthetic: a sample of the rows declared synthetic.
        others: a sample of the other rows.
    """

    counts: Counts
    provenance: Provenance
    distinct: DistinctCounter
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
) -> Scan:
    """Read Parquet files of canonical rows once, in their order.

    Args:
        files: paths, or open binary files; only the schema's columns and those of provenance are read.
        scales: bin edges and levels of the columns.
        seed: of the samples.
        anchor_hashes: sorted hashes of the anchor's rows from :func:`hash_rows`; copies are not counted if None.
        licences: that are allowed; any if None.
        sample: size of each of the two samples.
        rows_at_a_time: rows of a chunk.
        threads: that count chunks in parallel; :func:`outcross.resources.compute.thread_count` if None.

    Raises:
        BadInput: a file lacks a column, or is not a Parquet file.
    """
    workers = threads or thread_count()
    counts = count(code_frame(pl.DataFrame(schema=scales.schema.polars), scales), scales)
    provenance, distinct = Provenance(), DistinctCounter()
    samples = [BottomKSample(sample, derive_seed("vitals", kind, seed)) for kind in ("others", "synthetic")]

    def work(part: Part) -> tuple[Counts, Provenance, np.ndarray, np.ndarray]:
        coded = code_rows(part.columns, scales)
        origins, found = count_provenance(part, coded.hashes, anchor_hashes, licences)
        return count(coded, scales), found, coded.hashes, origins == SYNTHETIC

    parts = _parts(files, scales, rows_at_a_time)
    for part, (counted, stated, hashes, synthetic) in _in_parallel(work, parts, workers):
        counts, provenance = counts + counted, provenance + stated
        distinct.add(hashes)
        for kind, chosen in enumerate((~synthetic, synthetic)):
            _draw(samples[kind], part, np.flatnonzero(chosen), scales)
    others, declared = (_whole(each, scales) for each in samples)
    return Scan(counts, provenance, distinct, declared, others)


def hash_rows(rows: pl.DataFrame, scales: Scales) -> np.ndarray:
    """Hash rows and sort the hashes; valid within one process, since another version of polars may hash differently."""
    return np.sort(code_frame(rows, scales).hashes)


def _in_parallel(work: Any, parts: Iterator[Part], workers: int) -> Iterator[tuple[Part, Any]]:
    """Process a few parts in parallel, and yield the results in order."""
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
        with _open_parquet(file, strings) as opened:
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
        refuse_to_blame(error)
        raise _unreadable(file, error) from error


def _open_parquet(file: Any, strings: list[str]) -> pq.ParquetFile:
    try:
        there = pq.read_schema(file).names
        if hasattr(file, "seek"):
            file.seek(0)
        return pq.ParquetFile(file, read_dictionary=[name for name in strings if name in there])
    except (pa.ArrowException, OSError) as error:
        refuse_to_blame(error)
        raise _unreadable(file, error) from error


def _unreadable(file: Any, error: Exception) -> BadInput:
    return BadInput(f"{_named(file)} cannot be read as Parquet ({error}); write it again")


def _named(file: Any) -> str:
    return f"'{file}'" if isinstance(file, str | Path) else "the batch"


def _draw(sample: BottomKSample, part: Part, places: np.ndarray, scales: Scales) -> None:
    chosen, keys = sample.candidates(part.start + places)
    if len(chosen):
        at = pa.array(places[chosen])
        taken = {name: part.columns[name].take(at) for name in scales.schema.names}
        sample.add(_canonical(taken, scales), keys)


def _canonical(columns: dict[str, pa.Array], scales: Scales) -> pl.DataFrame:
    types = scales.schema.polars
    return pl.DataFrame([pl.Series(name, pl.from_arrow(each)).cast(types[name]) for name, each in columns.items()])


def _whole(sample: BottomKSample, scales: Scales) -> pl.DataFrame:
    rows = sample.rows
    return pl.DataFrame(schema=scales.schema.polars) if rows is None else rows
