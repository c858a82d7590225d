"""An index of a corpus's rows: what is computed from a column of each row, kept in the store beside the rows.

It holds nothing that the rows do not: what is missing is made from the parts when it is first asked for, so that a
corpus of an earlier version, or one whose process was killed, has its index at the next intake. A file covers one
part, or sixteen parts, or sixteen times as many; so an intake opens a few files, however many batches there are.
"""

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from zipfile import BadZipFile

import numpy as np
import polars as pl

from outcross.assets.corpus.contents import scan_left_out
from outcross.assets.corpus.declared_anew import claims_by_batch
from outcross.assets.corpus.files import HOLDOUT
from outcross.assets.corpus.ledger.records import PartRef
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.parquet_file import read_rows
from outcross.resources.errors import Damaged
from outcross.resources.store import MissingArtefact

CHUNK = 65_536
"""Rows read at a time."""
STEP = 16
"""Files that a larger one replaces."""
STEPS = (STEP**2, STEP, 1)
"""Parts that a file may cover, most first."""

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class IndexKind:
    """What an index holds of each row.

    Attributes:
        prefix: of the paths of its files.
        about: everything that its content depends on besides the rows, so that no other content has its name.
        column: that it is computed from.
        types: name → type of each value.
        compute: computes the values of a column, as arrays whose first axis counts the rows.
    """

    prefix: str
    about: tuple[str, ...]
    column: str
    types: Mapping[str, pl.DataType]
    compute: Callable[[pl.Series], Arrays]


@dataclass(frozen=True)
class Indexed:
    """Values of some rows of the corpus: their part in the version, their position in it, and whether synthetic."""

    part: np.ndarray
    position: np.ndarray
    made: np.ndarray
    values: Arrays

    def take(self, rows: np.ndarray) -> "Indexed":
        """Return the rows at these places."""
        values = {name: each[rows] for name, each in self.values.items()}
        return Indexed(self.part[rows], self.position[rows], self.made[rows], values)


def read_index(corpus: OpenCorpus, version: Version, kind: IndexKind) -> Iterator[Indexed]:
    """Read the values of a version's rows, the anchor's first, some rows at a time; left-out rows are missing."""
    numbers: dict[str, list[int]] = {part.batch: [] for part in version.parts}
    for number, part in enumerate(version.parts):
        numbers[part.batch].append(number)
    gone = scan_left_out(corpus, version).select("batch_id", "position").collect()
    left_out = {
        number: rows["position"].to_numpy()
        for (batch,), rows in gone.group_by("batch_id")
        for number in numbers.get(str(batch), [])
    }
    claims = claims_by_batch(version.declarations)
    anew = {
        number: claims[part.batch]["origin"] == "synthetic"
        for number, part in enumerate(version.parts)
        if "origin" in claims.get(part.batch, {})
    }
    for start, parts in cut_into_runs(version.parts):
        for stored in _read(corpus, kind, start, parts):
            found = _as_declared(stored, anew)
            away = np.zeros(len(found.part), dtype=bool)
            for number, positions in left_out.items():
                away |= (found.part == number) & np.isin(found.position, positions)
            yield found.take(np.flatnonzero(~away)) if away.any() else found


def _as_declared(found: Indexed, anew: Mapping[int, bool]) -> Indexed:
    """Let rows of parts that were declared anew be synthetic, or not."""
    made = found.made.copy()
    for number, is_made in anew.items():
        made[found.part == number] = is_made
    return replace(found, made=made)


def read_holdout(corpus: OpenCorpus, kind: IndexKind) -> Arrays:
    """Read the values of the holdout's rows."""
    name = HOLDOUT + corpus.anchor_mark
    path = _path(kind, 0, [PartRef(path=name, sha256=name, rows=0, batch="")])
    try:
        stored = np.load(io.BytesIO(corpus.files.get(path)))
        return {name: stored[name] for name in kind.types}
    except (MissingArtefact, ValueError, KeyError, OSError, EOFError, BadZipFile):  # derived: made again
        found = kind.compute(corpus.reserved[kind.column])
        buffer = io.BytesIO()
        np.savez(buffer, **found)  # type: ignore[arg-type]
        if corpus.keeps:
            corpus.files.put(path, buffer.getvalue())
        return found


def cut_into_runs(parts: Sequence[PartRef]) -> Iterator[tuple[int, Sequence[PartRef]]]:
    """Cut the parts into runs that have a file, each with the number of its first part."""
    start = 0
    while start < len(parts):
        size = next(step for step in STEPS if start % step == 0 and start + step <= len(parts))
        yield start, parts[start : start + size]
        start += size


def _read(corpus: OpenCorpus, kind: IndexKind, start: int, parts: Sequence[PartRef]) -> Iterator[Indexed]:
    path = _path(kind, start, parts)
    if not corpus.files.exists(path):
        made = _make(corpus, kind, start, parts)
        if not corpus.keeps:
            yield from made
            return
        _put_rows(corpus, kind, path, made)
    try:
        for chunk in read_rows(corpus.files, path, _columns(kind), rows=CHUNK):
            yield Indexed(
                chunk["part"].to_numpy(),
                chunk["position"].to_numpy(),
                chunk["made"].to_numpy(),
                {name: _as_array(chunk[name]) for name in kind.types},
            )
    except Damaged as error:
        raise Damaged(error.path, error.fault, "delete it: it is made again from the rows") from None


def _make(corpus: OpenCorpus, kind: IndexKind, start: int, parts: Sequence[PartRef]) -> Iterator[Indexed]:
    """Compute the values of a run of parts, from the files of shorter runs where these are there."""
    if len(parts) == 1:
        yield from _compute(corpus, kind, start, parts[0])
        return
    size = len(parts) // STEP
    for at in range(0, len(parts), size):
        yield from _read(corpus, kind, start + at, parts[at : at + size])


def _as_array(values: pl.Series) -> np.ndarray:
    found = np.ascontiguousarray(values.to_numpy())
    return found.reshape(len(values), -1) if isinstance(values.dtype, pl.Array) else found


def _columns(kind: IndexKind) -> dict[str, pl.DataType]:
    return {"part": pl.Int64(), "position": pl.Int64(), "made": pl.Boolean(), **kind.types}


def _compute(corpus: OpenCorpus, kind: IndexKind, number: int, part: PartRef) -> Iterator[Indexed]:
    """Compute the values of the rows of a part."""
    wanted = {"position": pl.Int64(), "origin": pl.String(), kind.column: corpus.schema.polars[kind.column]}
    for rows in read_rows(corpus.files, part.path, wanted):
        yield Indexed(
            np.full(rows.height, number),
            rows["position"].to_numpy(),
            (rows["origin"] == "synthetic").fill_null(False).to_numpy(),
            kind.compute(rows[kind.column]),
        )


def _put_rows(corpus: OpenCorpus, kind: IndexKind, path: str, found: Iterator[Indexed]) -> None:
    """Write values as one file, which appears once it is whole."""
    import pyarrow.parquet as pq

    columns = _columns(kind)
    empty = pl.DataFrame(schema=columns).to_arrow(compat_level=pl.CompatLevel.oldest())
    how = {"compression": "zstd", "use_dictionary": False}  # hashes: nearly all values differ
    with corpus.files.create(path) as file, pq.ParquetWriter(file, empty.schema, **how) as writer:
        for each in found:
            rows = {"part": each.part, "position": each.position, "made": each.made, **each.values}
            frame = pl.DataFrame(rows, schema=columns)
            writer.write_table(frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(empty.schema))


def _path(kind: IndexKind, start: int, parts: Sequence[PartRef]) -> str:
    """Name a file by what it covers, and by what its values depend on."""
    digest = hashlib.sha256("\n".join([*kind.about, *(part.sha256 for part in parts)]).encode()).hexdigest()[:16]
    return f"{kind.prefix}-{start}-{start + len(parts)}-{digest}"
