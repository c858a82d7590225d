"""Estimate the synthetic share of a file without ingesting it: nothing is stored."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from outcross.assets.corpus.accepted.in_force import with_changes
from outcross.assets.corpus.damage import names_damage
from outcross.assets.corpus.intake.arrival import find_sidecar, merge_claims
from outcross.assets.corpus.intake.common_cause import find_common_cause
from outcross.assets.corpus.intake.file_marks import find_file_marks
from outcross.assets.corpus.intake.packed_pictures import pack_pictures
from outcross.assets.corpus.intake.staging import stage
from outcross.assets.corpus.ledger.guard_result import MARKED
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.marks.results import describe, to_results
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.undeclared.batch_share import BatchShare, estimate_batch
from outcross.assets.corpus.undeclared.certain_rows import NEAR
from outcross.assets.corpus.undeclared.pooled.corpus_evidence import read_groups
from outcross.resources.errors import BadInput
from outcross.resources.seeds import derive_seed
from outcross.resources.sources.locate import SourceFile
from outcross.resources.staging import staging_folder

NO_KNOWN = "the corpus knows too few synthetic rows to compare with"


@dataclass(frozen=True, kw_only=True)
class FileShare:
    """The estimated synthetic share of a file.

    Attributes:
        rows: of the file.
        found: the estimate for the rows that fit the corpus's columns.
        cause: why nearly none fits, where that is one cause.
        marks: what others have marked of its rows.
        doubts: what of marks was not looked into, or proves nothing.
    """

    rows: int
    found: BatchShare
    cause: str | None = None
    marks: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def interval(self) -> tuple[float, float, float]:
        """The share of the fitting rows that can be told to be synthetic, with 95 % limits; 0, 0, 1 without any."""
        if not self.found.rows:
            return 0.0, 0.0, 1.0
        share, lower, upper = (rows / self.found.rows for rows in self.found.synthetic())
        return share, lower, upper

    @property
    def _certain(self) -> dict[str, int | None]:
        """Number of certainly synthetic rows by why; None for near copies where none were looked for."""
        near = None if not self.found.looked_for_copies else self.found.certain[NEAR]
        return {**self.found.certain, NEAR: near}

    def to_json(self) -> dict[str, Any]:
        """Convert to values that JSON can hold."""
        share, lower, upper = self.interval
        return {
            "rows": self.rows,
            "rows_unread": self.rows - self.found.rows,
            "share": share,
            "lower": lower,
            "upper": upper,
            "decided": self.found.decided,
            "reason": self.found.reason,
            "auc": self.found.auc,
            "declared": self.found.declared,
            "looked_at": self.found.looked_at,
            "certain": self._certain,
            "not_looked_into": [
                *([] if self.found.looked_for_copies else [f"near copies: {NO_KNOWN}"]),
                *self.doubts,
            ],
            "marks": list(self.marks),
            "known": self.found.known,
            "merged": self.found.merged,
            "unused": list(self.found.unused),
            "cause": self.cause,
        }


@names_damage
def estimate_file(corpus: OpenCorpus, path: Path, *, report: Callable[[str], None] = lambda _: None) -> FileShare:
    """Estimate the share of a file's rows that are synthetic.

    Args:
        corpus: the corpus that the rows are compared with.
        path: the file, or a folder of image files; its provenance is read from ``NAME.provenance.json`` next to it.
        report: called with a word for the current step.

    Raises:
        BadInput: the file or its provenance cannot be read.
    """
    last, settings = read_version(corpus.files), corpus.settings
    corpus = with_changes(corpus, last, by="", at="")
    with staging_folder() as folder:
        report("reading")
        packed = pack_pictures(path, corpus.schema, settings.anchor.read_options(), settings.limits, folder)
        if not packed.is_file():
            raise BadInput(f"file {str(path)!r} does not exist or is not a regular file; check the path")
        staged = stage(
            SourceFile(packed.name, packed),
            corpus,
            merge_claims(sidecar := find_sidecar(path, corpus.settings.limits), {}),
            admitted=pl.LazyFrame(schema={"content": pl.String()}),
            last=last,
            folder=folder,
            guards=set(),
            marks=find_file_marks(path, sidecar, {}),
        )
        report("estimating")
        found = estimate_batch(
            staged.compared,
            corpus,
            last,
            seed=derive_seed("estimate of a file", corpus.settings.seed),
            groups=read_groups(corpus, last),
            marks=staged.marks,
        )
        results = list(to_results(staged.marks, rows=staged.rows, has_pictures=corpus.has_pictures))
        cause = find_common_cause(staged.quarantine, rows=staged.rows)
    return FileShare(
        rows=staged.rows,
        found=found,
        cause=cause,
        marks=tuple(describe(each) for each in results if each.metric == MARKED),
        doubts=tuple(f"{each.guard}: {each.why}" for each in results if each.why),
    )
