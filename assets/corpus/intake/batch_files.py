"""The files of one batch within its corpus: its rows, its quarantine, its marks, and what a version names of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from outcross.assets.corpus.files import QUARANTINED
from outcross.assets.corpus.intake.arrival import Arrival
from outcross.assets.corpus.intake.quarantine_file import write_quarantine
from outcross.assets.corpus.intake.staged_batch import StagedBatch
from outcross.assets.corpus.ledger.records import FileRef, PartRef
from outcross.assets.corpus.marks.results import FOLDER_NAME as MARKS_FILE
from outcross.assets.corpus.marks.results import write_marks
from outcross.assets.corpus.named_files import name_claims, name_files, name_rules
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.rows_file import store_part
from outcross.assets.corpus.undeclared.batch_share import BatchShare


class BatchFiles:
    """Writes and names the files of a batch.

    Args:
        corpus: the open corpus.
        arrival: the original of the batch.
        folder: for temporary files.
    """

    def __init__(self, corpus: OpenCorpus, arrival: Arrival, folder: Path) -> None:
        self._corpus, self._arrival, self._folder = corpus, arrival, folder

    def name(self, claims: dict[str, Any]) -> tuple[FileRef, ...]:
        """Name the original, what was claimed of it, and the rules that its rows were judged by."""
        files, arrival = self._corpus.files, self._arrival
        original = FileRef(path=arrival.original, sha256=arrival.sha256)
        sidecar = () if arrival.sidecar_path is None else name_files(files, [arrival.sidecar_path])
        claimed = name_claims(files, arrival.batch, claims)
        return (original, *sidecar, *claimed, name_rules(files, self._corpus.settings))

    def write_quarantine(self, staged: StagedBatch, reasons: Sequence[str], share: BatchShare, rows: int) -> PartRef:
        """Write the rows in quarantine with their reasons; if there are reasons against the batch, all its rows."""
        to = self._folder / "quarantined.parquet"
        write_quarantine(staged, reasons, to, self._corpus.stored, share=share)
        return self.store(QUARANTINED, to, rows)

    def keep_marks(self, marks: pl.DataFrame) -> tuple[FileRef, ...]:
        """Store the marks of the batch beside it, where there are any."""
        if not marks.height:
            return ()
        part = self.store(MARKS_FILE, write_marks(marks, self._folder / "marks.parquet"), marks.height)
        return (FileRef(path=part.path, sha256=part.sha256),)

    def store(self, name: str, local: Path, rows: int, *, synthetic: int | None = None) -> PartRef:
        """Store a Parquet file of the batch."""
        path, batch = f"batches/{self._arrival.batch}/{name}", self._arrival.batch
        return store_part(self._corpus.files, local, path, rows=rows, batch=batch, synthetic=synthetic)
