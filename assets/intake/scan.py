"""One pass over the rows of a batch, a part at a time: counts, two samples, and how many rows differ.

Memory is that of a few parts, whatever the size of the batch or the number of its levels. Nothing here depends on how
the rows are cut into files, or on the order in which threads finish.
"""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.intake.counting import CodedRows, Counts, Scales, code_frame, code_rows, count
from assets.intake.sketch import DistinctCount, RowSample
from resources.compute import thread_count
from resources.errors import BadInput
from resources.schema import Role
from resources.seeds import derive_seed

ROWS_AT_A_TIME = 2**16
SAMPLE = 5_000
"""Rows of either kind that are kept whole."""
ORIGINS = ("real", "synthetic", "mixed", "unknown")
SYNTHETIC = ORIGINS.index("synthetic")
PROVENANCE = ("origin", "generator", "licence", "consent", "depth")


@dataclass(frozen=True)
class Provenance:
    """Counts of what rows say of themselves. They add up; ``depth`` is a maximum.

    Attributes:
        origins: (real, synthetic, mixed, unknown) rows; without an origin, or with another one, it is unknown.
        complete: rows of known origin, of which those that are not real name their generator.
        licensed: rows with a licence, where some are allowed with one of them.
        consenting: rows that are not synthetic and state consent or terms.
        copies: synthetic rows that equal a row of the anchor.
        depth: the largest, −1 where no row states one.
    """

    origins: np.ndarray = field(default_factory=lambda: np.zeros(len(ORIGINS), dtype=np.int64))
    complete: int = 0
    licensed: int = 0
    consenting: int = 0
    copies: int = 0
    depth: int = -1

    def __add__(self, other: "Provenance") -> "Provenance":
        """Count both."""
        return Provenance(
            self.origins + other.origins,
            self.complete + other.complete,
            self.licensed + other.licensed,
            self.consenting + other.consenting,
            self.copies + other.copies,
            max(self.depth, other.depth),
        )


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


@dataclass(frozen=True)
class _Part:
    start: int
    columns: dict[str, pa.Array]
    rows: int


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
        threads: that count parts side by side; :func:`resources.compute.thread_count` where None.

    Raises:
        BadInput: a file lacks a column, or is no Parquet file.
    """
    workers = threads or thread_count()
    counts = count(code_frame(pl.DataFrame(schema=scales.schema.polars), scales), scales)
    provenance, distinct = Provenance(), DistinctCount()
    samples = [RowSample(sample, derive_seed("vitals", kind, seed)) for kind in ("others", "synthetic")]

    def work(part: _Part) -> tuple[Counts, Provenance, np.ndarray, np.ndarray]:
        coded = code_rows(part.columns, scales)
        origins, found = _provenance(part, coded, anchor_hashes, licences)
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


def _side_by_side(work: Any, parts: Iterator[_Part], workers: int) -> Iterator[tuple[_Part, Any]]:
    """Work on a few parts at a time, and give back the results in order."""
    if workers == 1:
        for part in parts:
            yield part, work(part)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[tuple[_Part, Future[Any]]] = deque()
        for part in parts:
            waiting.append((part, pool.submit(work, part)))
            if len(waiting) > workers:
                first, future = waiting.popleft()
                yield first, future.result()
        for first, future in waiting:
            yield first, future.result()


def _parts(files: Sequence[Any], scales: Scales, rows: int) -> Iterator[_Part]:
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
                yield _Part(start, columns, batch.num_rows)
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


def _provenance(
    part: _Part, coded: CodedRows, anchor_hashes: np.ndarray | None, licences: Collection[str] | None
) -> tuple[np.ndarray, Provenance]:
    """(rows,) place in ``ORIGINS``, and the counts."""
    origins = _text_places(part, "origin", ORIGINS, otherwise=ORIGINS.index("unknown"))
    named, consents = (_stated(part, name) for name in ("generator", "consent"))
    allowed = None if licences is None else sorted(licences)
    licensed = (
        _stated(part, "licence") if allowed is None else _text_places(part, "licence", allowed, otherwise=-1) >= 0
    )
    synthetic = origins == SYNTHETIC
    copies = 0
    if anchor_hashes is not None and len(anchor_hashes) and synthetic.any():
        own = coded.hashes[synthetic]
        found = np.minimum(np.searchsorted(anchor_hashes, own), len(anchor_hashes) - 1)
        copies = int((anchor_hashes[found] == own).sum())
    complete = (origins == ORIGINS.index("real")) | (named & (origins != ORIGINS.index("unknown")))
    depth = pc.max(part.columns["depth"]).as_py() if "depth" in part.columns else None
    return origins, Provenance(
        np.bincount(origins, minlength=len(ORIGINS)),
        int(complete.sum()),
        int(licensed.sum()),
        int((consents & ~synthetic).sum()),
        copies,
        -1 if depth is None else int(depth),
    )


def _text_places(part: _Part, name: str, known: Sequence[str], *, otherwise: int) -> np.ndarray:
    """(rows,) place of each text among those known."""
    if name not in part.columns:
        return np.full(part.rows, otherwise)
    at, texts = _dictionary(part.columns[name])
    places = pc.fill_null(pc.index_in(texts, value_set=pa.array(known, type=pa.large_string())), otherwise)
    return np.append(places.to_numpy(zero_copy_only=False), otherwise).astype(np.int64)[at]


def _stated(part: _Part, name: str) -> np.ndarray:
    """(rows,) whether there is a text that is not blank."""
    if name not in part.columns:
        return np.zeros(part.rows, dtype=bool)
    encoded, texts = _dictionary(part.columns[name])
    stated = pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(texts), ""), False).to_numpy(zero_copy_only=False)
    return np.append(stated, False)[encoded]


def _dictionary(values: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """(rows,) places among the different texts, null behind them; and those texts."""
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    texts = encoded.dictionary.cast(pa.large_string())
    return pc.fill_null(encoded.indices, len(texts)).to_numpy(zero_copy_only=False), texts


def _draw(sample: RowSample, part: _Part, places: np.ndarray, scales: Scales) -> None:
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
