"""A corpus of many versions for tests of withdrawal, and a search of its root for the bytes of rows."""

import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.quarantine import reject, release
from tests.assets.corpus.people import AT, mixed, people, start, take

ASKED = {"reason": "asked", "by": "anna", "at": AT}


@dataclass(frozen=True)
class Kept:
    """A corpus of 11 versions.

    Attributes:
        corpus: it.
        first: id of a batch of 20 admitted rows and 12 in quarantine, of which 2 were released and 4 rejected.
        other: id of a batch of 8 real rows.
        made: id of a batch of 6 synthetic rows whose generator was fitted to version 2, which has rows of the first.
        again: id of a batch with 3 rows of the first, held as duplicates, and 4 others.
    """

    corpus: OpenCorpus
    first: str
    other: str
    made: str
    again: str

    @property
    def rows(self) -> pl.DataFrame:
        """The rows of the first batch as they were sent; the last two do not fit the schema."""
        return mixed(self.corpus, 1)


def keep(folder: Path) -> Kept:
    """Make the corpus."""
    corpus = start(folder / "people")
    first = take(corpus, folder / "first.parquet", mixed(corpus, 1)).batch
    other = take(corpus, folder / "other.parquet", people(8, 11)).batch
    made = take(corpus, folder / "made.parquet", people(6, 20), "synthetic", parent="corpora/people:2").batch
    again = take(corpus, folder / "again.parquet", pl.concat([mixed(corpus, 1)[:3], mixed(corpus, 30)[:4]])).batch
    for position in (20, 21):
        release(corpus, first, positions=[position], **ASKED)
    for position in (22, 23, 24, 25):
        reject(corpus, first, positions=[position], **ASKED)
    return Kept(corpus, first, other, made, again)


def traces(root: Path, rows: pl.DataFrame) -> list[str]:
    """Return the files below a root that have a wage of these rows: in their bytes, as text, or in a table's cells."""
    wages = rows["wage"].to_list()
    found = set()
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.name.startswith("warehouse") and _has(path, wages):
            found.add(str(path.relative_to(root)))
    return sorted(found)


def _has(path: Path, wages: Iterable[float]) -> bool:
    content = path.read_bytes()
    if any(struct.pack("<d", each) in content or json.dumps(each).encode() in content for each in wages):
        return True
    if path.suffix != ".parquet":
        return False
    frame = pl.read_parquet(path)
    told = frame.select(pl.all().cast(pl.String, strict=False)) if "reasons" not in frame else frame.select("raw")
    cells = "\n".join(str(cell) for row in told.iter_rows() for cell in row)
    return any(repr(each) in cells for each in wages)
