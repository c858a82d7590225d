"""The index of a corpus's texts: sketches of the rows of each part, kept in the store beside the rows.

It holds nothing that the rows do not: what is missing is made from the parts when it is first asked for, so that a
corpus of an earlier version, or one whose process was killed, has its index at the next intake. A file covers one
part, or sixteen parts, or sixteen times as many; so an intake opens a few files, however many batches there are.
"""

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.corpus.contents import scan_left_out
from outcross.assets.corpus.files import HOLDOUT, TEXTS
from outcross.assets.corpus.ledger.ledger import PartRef, Version
from outcross.assets.corpus.open_corpus import TEXT_FORMAT, OpenCorpus
from outcross.assets.corpus.parquet_file import read_rows
from outcross.assets.instruments.plain_text import print_of_tokenizer
from outcross.assets.instruments.text_sketches import SIZE, Sketches
from outcross.resources.store import MissingArtefact

CHUNK = 65_536
"""Rows read at a time."""
STEP = 16
"""Files that a larger one replaces."""
STEPS = (STEP**2, STEP, 1)
"""Parts that a file may cover, most first."""
FORMAT = 1
"""Raised when sketches are made in another way."""


@dataclass(frozen=True)
class Indexed:
    """Sketches of some rows of the corpus: their part in the version, their position in it, and whether synthetic."""

    part: np.ndarray
    position: np.ndarray
    made: np.ndarray
    sketches: Sketches

    def take(self, rows: np.ndarray) -> "Indexed":
        """Return the rows at these places."""
        return Indexed(self.part[rows], self.position[rows], self.made[rows], self.sketches.take(rows))


def read_index(corpus: OpenCorpus, version: Version) -> Iterator[Indexed]:
    """Read the sketches of a version's rows, the anchor's first, some rows at a time; left-out rows are missing."""
    numbers: dict[str, list[int]] = {part.batch: [] for part in version.parts}
    for number, part in enumerate(version.parts):
        numbers[part.batch].append(number)
    gone = scan_left_out(corpus, version).select("batch_id", "position").collect()
    left_out = {
        number: rows["position"].to_numpy()
        for (batch,), rows in gone.group_by("batch_id")
        for number in numbers.get(str(batch), [])
    }
    for start, parts in _cut(version.parts):
        for found in _read(corpus, start, parts):
            away = np.zeros(len(found.part), dtype=bool)
            for number, positions in left_out.items():
                away |= (found.part == number) & np.isin(found.position, positions)
            yield found.take(np.flatnonzero(~away)) if away.any() else found


def read_holdout(corpus: OpenCorpus) -> Sketches:
    """Read the sketches of the holdout."""
    path = _path(corpus, 0, [PartRef(path=HOLDOUT, sha256=HOLDOUT, rows=0, batch="")])
    try:
        stored = np.load(io.BytesIO(corpus.files.get(path)))
        return Sketches(stored["features"], stored["whole"])
    except MissingArtefact:
        found = Sketches.read(corpus.holdout[corpus.texts.column], corpus.texts.weights)
        _put(corpus, path, {"features": found.features, "whole": found.whole})
        return found


def _cut(parts: Sequence[PartRef]) -> Iterator[tuple[int, Sequence[PartRef]]]:
    """Cut the parts into runs that have a file, each with the number of its first part."""
    start = 0
    while start < len(parts):
        size = next(step for step in STEPS if start % step == 0 and start + step <= len(parts))
        yield start, parts[start : start + size]
        start += size


def _read(corpus: OpenCorpus, start: int, parts: Sequence[PartRef]) -> Iterator[Indexed]:
    path = _path(corpus, start, parts)
    if not corpus.files.exists(path):
        if len(parts) == 1:
            _put_rows(corpus, path, _sketch(corpus, start, parts[0]))
        else:
            size = len(parts) // STEP
            runs = [(start + at, parts[at : at + size]) for at in range(0, len(parts), size)]
            _put_rows(corpus, path, (found for at, run in runs for found in _read(corpus, at, run)))
    for chunk in read_rows(corpus.files, path, _COLUMNS, rows=CHUNK):
        features = np.ascontiguousarray(chunk["features"].to_numpy()).reshape(-1, SIZE)
        yield Indexed(
            chunk["part"].to_numpy(),
            chunk["position"].to_numpy(),
            chunk["made"].to_numpy(),
            Sketches(features, chunk["whole"].to_numpy()),
        )


_COLUMNS: dict[str, pl.DataType] = {
    "part": pl.Int64(),
    "position": pl.Int64(),
    "made": pl.Boolean(),
    "whole": pl.UInt64(),
    "features": pl.Array(pl.UInt32, SIZE),
}


def _sketch(corpus: OpenCorpus, number: int, part: PartRef) -> Iterator[Indexed]:
    """Sketch the rows of a part."""
    column = corpus.texts.column
    wanted = {"position": pl.Int64(), "origin": pl.String(), column: pl.String()}
    for rows in read_rows(corpus.files, part.path, wanted):
        yield Indexed(
            np.full(rows.height, number),
            rows["position"].to_numpy(),
            (rows["origin"] == "synthetic").fill_null(False).to_numpy(),
            Sketches.read(rows[column], corpus.texts.weights),
        )


def _put_rows(corpus: OpenCorpus, path: str, found: Iterator[Indexed]) -> None:
    """Write sketches as one file, which appears once it is whole."""
    import pyarrow.parquet as pq

    empty = pl.DataFrame(schema=_COLUMNS).to_arrow(compat_level=pl.CompatLevel.oldest())
    with corpus.files.create(path) as file, pq.ParquetWriter(file, empty.schema, compression="zstd") as writer:
        for each in found:
            frame = pl.DataFrame(
                {
                    "part": each.part,
                    "position": each.position,
                    "made": each.made,
                    "whole": each.sketches.whole,
                    "features": each.sketches.features,
                },
                schema=_COLUMNS,
            )
            writer.write_table(frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(empty.schema))


def _put(corpus: OpenCorpus, path: str, arrays: dict[str, np.ndarray]) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    corpus.files.put(path, buffer.getvalue())


def _path(corpus: OpenCorpus, start: int, parts: Sequence[PartRef]) -> str:
    """Name a file by what it covers, and by how texts are cut and weighed, so that no other content has its name."""
    about = [str(FORMAT), str(TEXT_FORMAT), print_of_tokenizer(), *(part.sha256 for part in parts)]
    digest = hashlib.sha256("\n".join(about).encode()).hexdigest()[:16]
    return f"{TEXTS}/sketches-{start}-{start + len(parts)}-{digest}"
