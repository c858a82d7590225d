"""What share of a file's rows is synthetic, before it is taken in: nothing of it is kept."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from outcross.assets.corpus.intake.arrival import beside_of, claimed
from outcross.assets.corpus.intake.staging import stage
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import Anchored
from outcross.assets.corpus.undeclared.vital import BatchShare, estimate_batch
from outcross.resources.seeds import derive_seed
from outcross.resources.sources.locate import SourceFile


@dataclass(frozen=True, kw_only=True)
class FileShare:
    """What was found of a file.

    Attributes:
        rows: of the file.
        found: of those that fit the corpus's columns.
    """

    rows: int
    found: BatchShare

    @property
    def interval(self) -> tuple[float, float, float]:
        """The synthetic share of the rows that fit, and its 95 % limits; 0, 0 and 1 where there are none."""
        if not self.found.rows:
            return 0.0, 0.0, 1.0
        share, lower, upper = (rows / self.found.rows for rows in self.found.synthetic())
        return share, lower, upper

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
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
            "certain": self.found.certain,
            "known": self.found.known,
            "unused": list(self.found.unused),
        }


def estimate_file(anchored: Anchored, path: Path, *, tell: Callable[[str], None] = lambda _: None) -> FileShare:
    """Estimate what share of a file's rows is synthetic.

    Args:
        anchored: the corpus it is compared with.
        path: the file; what lies beside it as ``NAME.provenance.json`` is its provenance.
        tell: told what is being done.

    Raises:
        BadInput: the file or its provenance cannot be read.
    """
    last = read_version(anchored.files)
    with tempfile.TemporaryDirectory(prefix="outcross-") as folder:
        tell("reading")
        staged = stage(
            SourceFile(path.name, path),
            anchored,
            claimed(beside_of(path, anchored.corpus.limits), {}),
            corpus=pl.LazyFrame(schema={"content": pl.String()}),
            last=last,
            folder=Path(folder),
            guards=set(),
        )
        tell("estimating")
        found = estimate_batch(staged.fit, anchored, last, seed=derive_seed("estimate of a file", anchored.corpus.seed))
    return FileShare(rows=staged.rows, found=found)
