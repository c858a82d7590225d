"""A batch's rows, accounted for: each row of its original is admitted or quarantined, and decided on at most once.

The original is read anew; of every row that was kept, its position is held against it.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from outcross.assets.corpus.audit.audit_parts import PartsFound
from outcross.assets.corpus.files import DECIDED
from outcross.assets.corpus.intake.arrival import extension_of
from outcross.assets.corpus.intake.reading import count_arrived
from outcross.assets.corpus.ledger.ledger import Version, version_path
from outcross.assets.corpus.open_corpus import Anchored
from outcross.assets.corpus.parquet_file import stored_rows
from outcross.assets.corpus.quarantine.rows import refusals
from outcross.assets.corpus.row_lists import spoken_rows
from outcross.resources.errors import BadInput
from outcross.resources.sources.locate import SourceFile

ADMITTED, QUARANTINED, RELEASED, REJECTED, IN_RELEASED = (1 << bit for bit in range(5))
"""What is known of a row: in the part admitted, in the quarantine, listed as decided on, in a part released."""
MOST_ROWS = 2**31
"""That are accounted for where the original cannot be counted."""
ID_DIGITS = 16
"""Of the original's sha256, in a batch's id."""


@dataclass(frozen=True, kw_only=True)
class BatchFound:
    """What lies in the store of one batch; see :class:`outcross.assets.corpus.audit.audit.Audit`."""

    rows_in: int
    rows_admitted: int
    rows_quarantined: int
    rows_released: int
    rows_rejected: int
    problems: tuple[str, ...]


def audit_batch(anchored: Anchored, version: Version, last: Version, parts: PartsFound) -> BatchFound:
    """Account for a batch.

    Args:
        anchored: the corpus.
        version: that took the batch in.
        last: of the ledger.
        parts: what was found of the parts.
    """
    assert version.batch is not None
    batch, problems = version.batch, list[str]()
    original, told = _original(anchored, batch, name=version.reason)
    problems += told
    rows_in = 0
    if original is not None:
        try:
            rows_in = _count_original(anchored, original)
        except BadInput as error:
            problems.append(f"the original of batch {batch}: {error}")
    rows = _Rows(anchored, rows_in or min(version.rows_in, MOST_ROWS))
    came, later = list[str](), list[str]()
    for part in last.parts:
        if part.batch == batch:
            (came if parts.introduced.get(part.path) == version.number else later).append(part.path)
    (admitted,) = rows.mark(came, {"": ADMITTED})
    if version.held is None:
        problems.append(f"{version_path(version.number)} names no quarantine of batch {batch}; restore it from a copy")
    (quarantined,) = rows.mark([] if version.held is None else [version.held.path], {"": QUARANTINED})
    rows.mark(later, {"": IN_RELEASED})
    decided = [part.path for part in last.decided if part.batch == batch]
    released, rejected = rows.mark(decided, {"released": RELEASED, "rejected": REJECTED})
    problems += rows.problems
    problems += [f"batch {batch}: {told}; restore its files from a copy" for told in rows.contradictions()]
    for name, found in (("in", rows_in), ("admitted", admitted), ("quarantined", quarantined)):
        if found != (stated := getattr(version, f"rows_{name}")):
            problems.append(
                f"batch {batch}: rows {name} are {found:,} in the store and {stated:,} in "
                f"{version_path(version.number)}; restore the one or the other from a copy"
            )
    return BatchFound(
        rows_in=rows_in,
        rows_admitted=admitted,
        rows_quarantined=quarantined,
        rows_released=released,
        rows_rejected=rejected,
        problems=tuple(problems),
    )


def audit_refused(anchored: Anchored, entered: Iterable[str | None]) -> Iterator[str]:
    """What is wrong with the files that were refused and kept."""
    known = set(entered)
    for path, batch in refusals(anchored):
        if batch in known:
            continue
        try:
            json.loads(anchored.files.get(path))["reason"]
        except (ValueError, KeyError, TypeError):
            yield f"{path} is damaged; restore it from a copy"
        if batch:
            yield from _original(anchored, batch, name="")[1]


def _original(anchored: Anchored, batch: str, *, name: str) -> tuple[str | None, list[str]]:
    """Path of a batch's original, which came under a name that ends so, and what is wrong with its bytes."""
    files = anchored.files
    found = [path for path in files.list(f"batches/{batch}") if path.rsplit("/", 1)[-1].startswith("original")]
    if not found:
        return None, [f"batches/{batch}: the original of batch {batch} is missing; restore it from a copy"]
    matching = [path for path in found if files.digest(path)[:ID_DIGITS] == batch]
    if matching:  # the same bytes may have come as .csv and as .tsv
        return min(matching, key=lambda path: not path.endswith(f"/original{extension_of(name)}")), []
    return found[0], [f"{found[0]} is not what came: its sha256 does not begin with {batch}; restore it from a copy"]


def _count_original(anchored: Anchored, path: str) -> int:
    limits = anchored.corpus.limits.model_copy(update={"rows": 2**40, "unpacked_bytes": 2**60})
    with _local(anchored, path) as local:
        return count_arrived(SourceFile(path.rsplit("/", 1)[-1], local), limits)


@contextmanager
def _local(anchored: Anchored, path: str) -> Iterator[Path]:
    """A file of the store as one of this machine."""
    files = anchored.files
    if files.is_local:
        yield Path(files.location(path))
        return
    with tempfile.NamedTemporaryFile(prefix="outcross-") as copy:
        files.fetch(path, Path(copy.name))
        yield Path(copy.name)


class _Rows:
    """What is known of each row of a batch's file."""

    def __init__(self, anchored: Anchored, rows: int) -> None:
        self._anchored, self._known = anchored, np.zeros(rows, dtype=np.uint8)
        self.problems: list[str] = []

    def mark(self, paths: Iterable[str], bits: Mapping[str, int]) -> list[int]:
        """Mark the rows that files list, and return how many those are, by decision.

        Args:
            paths: of files with ``position``, and with ``decision`` unless there is one alone.
            bits: decision → to mark rows by.
        """
        rows, columns = dict.fromkeys(bits, 0), {"position": pl.Int64()} if "" in bits else DECIDED
        for path in paths:
            beyond, twice = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
            try:
                for chunk in stored_rows(self._anchored.files, path, columns):
                    for name, bit in bits.items():
                        listed = chunk.filter(pl.col("decision") == name) if name else chunk
                        rows[name] += listed.height
                        places = listed["position"].fill_null(-1).to_numpy()
                        within = (places >= 0) & (places < len(self._known))
                        beyond.append(places[~within])
                        different, times = np.unique(places[within], return_counts=True)
                        twice.append(different[(times > 1) | ((self._known[different] & bit) > 0)])
                        self._known[different] |= bit
            except BadInput as error:
                self.problems.append(str(error))
            for found, wrong in ((beyond, "beyond the rows of its original"), (twice, "more than once")):
                if len(positions := np.concatenate(found)):
                    self.problems.append(f"{path} lists {wrong}: {spoken_rows(positions)}; restore it from a copy")
        return list(rows.values())

    def contradictions(self) -> Iterator[str]:
        """What cannot be, of rows."""

        def have(bits: int) -> np.ndarray:
            return (self._known & bits) > 0

        for wrong, rows in (
            ("neither admitted nor quarantined", ~have(ADMITTED | QUARANTINED)),
            ("both admitted and quarantined", have(ADMITTED) & have(QUARANTINED)),
            ("decided on and never quarantined", have(RELEASED | REJECTED) & ~have(QUARANTINED)),
            ("both released and rejected", have(RELEASED) & have(REJECTED)),
            ("released and in no part", have(RELEASED) & ~have(IN_RELEASED)),
            ("in a part and never released", have(IN_RELEASED) & ~have(RELEASED)),
        ):
            if count := int(rows.sum()):
                yield f"{wrong}: {spoken_rows(np.flatnonzero(rows)[:10], count)}"
