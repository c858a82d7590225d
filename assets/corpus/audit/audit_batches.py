"""Account for the rows of a batch: each row of its original is admitted or quarantined, and decided on at most once.

The original is read again, and the position of every stored row is checked against it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from outcross.assets.corpus.audit.audit_parts import PartsAudit
from outcross.assets.corpus.audit.findings import Contradiction, Finding
from outcross.assets.corpus.files import DECIDED
from outcross.assets.corpus.files import WITHDRAWN as WITHDRAWN_LINES
from outcross.assets.corpus.intake.arrival import extension_of
from outcross.assets.corpus.intake.reading import count_file_rows
from outcross.assets.corpus.ledger.ledger import version_path
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.parquet_file import read_rows
from outcross.assets.corpus.quarantine.rows import find_refusals
from outcross.assets.corpus.row_lists import list_rows
from outcross.resources.errors import BadInput, Damaged
from outcross.resources.sources.locate import SourceFile
from outcross.resources.staging import staging_folder

ADMITTED, QUARANTINED, RELEASED, REJECTED, IN_RELEASED, WITHDRAWN = (1 << bit for bit in range(6))
"""Flags of a row: in the admitted part, in quarantine, listed as released, listed as rejected, in a released part,
listed as withdrawn from quarantine."""
_DECISIONS = (RELEASED, REJECTED, WITHDRAWN)
MOST_ROWS = 2**31
"""Largest number of rows that are accounted for where the original cannot be read."""
ID_DIGITS = 16
"""Digits of the original's sha256 that are the batch's id."""


@dataclass(frozen=True, kw_only=True)
class BatchAudit:
    """The audit of one batch; for the fields see :class:`outcross.assets.corpus.audit.audit.Audit`."""

    rows_in: int
    rows_admitted: int
    rows_quarantined: int
    rows_released: int
    rows_rejected: int
    rows_withdrawn: int
    problems: tuple[str, ...]


def audit_batch(
    corpus: OpenCorpus, version: Version, last: Version, parts: PartsAudit, withdrawn: pl.DataFrame
) -> BatchAudit:
    """Account for a batch. Rows that were erased lie where their list says; an erased original has as many as stated.

    Args:
        corpus: the open corpus.
        version: that ingested the batch.
        last: last version of the ledger.
        parts: audit of the parts.
        withdrawn: lines of :data:`~.files.WITHDRAWN`, with the column ``erased``.
    """
    assert version.batch is not None
    batch, problems = version.batch, list[str]()
    of_batch = withdrawn.filter(pl.col("batch_id") == batch)
    rows_in, original = 0, None
    if is_erased(last, batch):
        rows_in = version.rows_in
    else:
        original, faults = find_original(corpus, batch, name=version.reason)
        problems += faults
    if original is not None:
        try:
            rows_in = _count_original(corpus, original)
        except (BadInput, Damaged) as error:
            problems.append(Finding.UNREADABLE_ORIGINAL.say(batch=batch, fault=error))
    rows = _Rows(corpus, rows_in or min(version.rows_in, MOST_ROWS), of_batch.filter("erased"))
    first, later = list[str](), list[str]()
    for part in last.parts:
        if part.batch == batch:
            (first if parts.introduced.get(part.path) == version.number else later).append(part.path)
    (admitted,) = rows.mark(first, {"": ADMITTED})
    if version.held is None:
        problems.append(Finding.NO_QUARANTINE.say(version=version_path(version.number), batch=batch))
    (quarantined,) = rows.mark([] if version.held is None else [version.held.path], {"": QUARANTINED})
    rows.mark(later, {"": IN_RELEASED})
    decided = [part.path for part in last.decided if part.batch == batch]
    decisions = {"released": RELEASED, "rejected": REJECTED, "withdrawn": WITHDRAWN}
    released, rejected, _ = rows.mark(decided, decisions)
    problems += rows.problems
    problems += [
        Finding.CONTRADICTION.say(batch=batch, fault=fault, rows=listed) for fault, listed in rows.contradictions()
    ]
    for name, found in (("in", rows_in), ("admitted", admitted), ("quarantined", quarantined)):
        if found != (stated := getattr(version, f"rows_{name}")):
            path = version_path(version.number)
            problems.append(Finding.WRONG_NUMBERS.say(batch=batch, kind=name, found=found, stated=stated, version=path))
    return BatchAudit(
        rows_in=rows_in,
        rows_admitted=admitted,
        rows_quarantined=quarantined,
        rows_released=released,
        rows_rejected=rejected,
        rows_withdrawn=of_batch["position"].n_unique(),
        problems=tuple(problems),
    )


def is_erased(last: Version, batch: str) -> bool:
    """Whether the original of a batch was erased, with other bytes of the batch."""
    return any(each.now is None and each.path.startswith(f"batches/{batch}/original") for each in last.erased)


def audit_refusals(corpus: OpenCorpus, ingested: Iterable[str | None]) -> Iterator[str]:
    """Audit the records and the copies of refused files; yield their problems."""
    known = set(ingested)
    for path, batch in find_refusals(corpus):
        if batch in known:
            continue
        try:
            json.loads(corpus.files.get(path))["reason"]
        except (ValueError, KeyError, TypeError):
            yield Finding.DAMAGED_REFUSAL.say(path=path)
        if batch:
            yield from find_original(corpus, batch, name="")[1]


def find_original(corpus: OpenCorpus, batch: str, *, name: str) -> tuple[str | None, list[str]]:
    """Find the path of a batch's original, and the faults of its bytes; ``name`` ends in the file's extension."""
    files = corpus.files
    found = [path for path in files.list(f"batches/{batch}") if path.rsplit("/", 1)[-1].startswith("original")]
    if not found:
        return None, [Finding.MISSING_ORIGINAL.say(batch=batch)]
    matching = [path for path in found if files.digest(path)[:ID_DIGITS] == batch]
    if matching:  # equal bytes may have been sent as .csv and as .tsv
        return min(matching, key=lambda path: not path.endswith(f"/original{extension_of(name)}")), []
    return found[0], [Finding.OTHER_ORIGINAL.say(path=found[0], batch=batch)]


def _count_original(corpus: OpenCorpus, path: str) -> int:
    limits = corpus.settings.limits.model_copy(update={"rows": 2**40, "unpacked_bytes": 2**60})
    with local_file(corpus, path) as local:
        options = corpus.settings.anchor.read_options()
        return count_file_rows(SourceFile(path.rsplit("/", 1)[-1], local), limits, options)


@contextmanager
def local_file(corpus: OpenCorpus, path: str) -> Iterator[Path]:
    """Provide a file of the store as a local file."""
    files = corpus.files
    if files.is_local:
        yield Path(files.location(path))
        return
    with staging_folder() as folder:
        files.fetch(path, folder / "copy")
        yield folder / "copy"


class _Rows:
    """Flags of each row of a batch's file."""

    def __init__(self, corpus: OpenCorpus, rows: int, erased: pl.DataFrame | None = None) -> None:
        self._corpus, self._known = corpus, np.zeros(rows, dtype=np.uint8)
        self._erased = pl.DataFrame(schema=WITHDRAWN_LINES) if erased is None else erased
        self.problems: list[str] = []

    def mark(self, paths: Iterable[str], bits: Mapping[str, int]) -> list[int]:
        """Mark the rows that files list, and return their number by decision.

        Args:
            paths: of files with ``position``, and with ``decision`` unless the only key of ``bits`` is empty.
            bits: decision → flag to mark rows with.
        """
        rows, columns = dict.fromkeys(bits, 0), {"position": pl.Int64()} if "" in bits else DECIDED
        for path in paths:
            beyond, twice = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
            try:
                for chunk in self._read(path, columns):
                    for name, bit in bits.items():
                        listed = chunk.filter(pl.col("decision") == name) if name else chunk
                        rows[name] += listed.height
                        places = listed["position"].fill_null(-1).to_numpy()
                        within = (places >= 0) & (places < len(self._known))
                        beyond.append(places[~within])
                        different, times = np.unique(places[within], return_counts=True)
                        twice.append(different[(times > 1) | ((self._known[different] & bit) > 0)])
                        self._known[different] |= bit
            except (BadInput, Damaged) as error:
                self.problems.append(Finding.UNREADABLE_PART.say(fault=error))
            for wrong, finding in ((beyond, Finding.BEYOND_ORIGINAL), (twice, Finding.LISTED_TWICE)):
                if len(positions := np.concatenate(wrong)):
                    self.problems.append(finding.say(path=path, rows=list_rows(positions)))
        return list(rows.values())

    def _read(self, path: str, columns: Mapping[str, pl.DataType]) -> Iterator[pl.DataFrame]:
        """Read a file, and then what was erased from it."""
        yield from read_rows(self._corpus.files, path, columns)
        gone = self._erased.filter(pl.col("path") == path)
        if gone.height:
            yield gone.select("position")

    def contradictions(self) -> Iterator[tuple[Contradiction, str]]:
        """Yield the combinations of flags that are impossible, each with its rows."""

        def have(bits: int) -> np.ndarray:
            return (self._known & bits) > 0

        for wrong, rows in (
            (Contradiction.LOST, ~have(ADMITTED | QUARANTINED)),
            (Contradiction.BOTH, have(ADMITTED) & have(QUARANTINED)),
            (Contradiction.NEVER_QUARANTINED, have(RELEASED | REJECTED | WITHDRAWN) & ~have(QUARANTINED)),
            (Contradiction.DECIDED_TWICE, np.sum([have(bit) for bit in _DECISIONS], axis=0) > 1),
            (Contradiction.RELEASED_NOWHERE, have(RELEASED) & ~have(IN_RELEASED)),
            (Contradiction.NEVER_RELEASED, have(IN_RELEASED) & ~have(RELEASED)),
        ):
            if count := int(rows.sum()):
                yield wrong, list_rows(np.flatnonzero(rows)[:10], count)
