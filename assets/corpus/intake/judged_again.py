"""A held batch that is sent again: it is judged again where the anchor or the accepted changes are others since.

Its rows are in quarantine, so what passes leaves it: the version is a release, of the rows that pass.
"""

from pathlib import Path

import polars as pl

from outcross.assets.corpus.files import DECIDED
from outcross.assets.corpus.ledger.version import PartRef, Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.rows_file import RowsFile, store_part

AGAIN = "released-again"
"""Name of the part with the rows that pass."""


def is_due(intake: Version, last: Version, corpus: OpenCorpus) -> bool:
    """Check whether a batch has to be judged again: it was held whole, nobody has decided, and the rules are others.

    Args:
        intake: the version that held it.
        last: the last version.
        corpus: the open corpus, with the anchor and the changes in force.
    """
    decided = any(part.batch == intake.batch for part in last.decided)
    if intake.rows_admitted or not intake.rows_in or decided:
        return False
    before, now = ({each.key for each in changes} for changes in (intake.accepted, corpus.accepted))
    return intake.anchor != corpus.renewed or before != now


def is_judged_again(version: Version) -> bool:
    """Check whether a version released rows of a batch because it was judged again."""
    return version.action == "release" and version.parts[-1].path.rsplit("/", 1)[-1].startswith(f"{AGAIN}-")


def store_decided(corpus: OpenCorpus, passed: Path, batch: str, number: int, folder: Path) -> PartRef:
    """Store the list of the rows that leave quarantine.

    Args:
        corpus: the open corpus.
        passed: Parquet of these rows, with ``position``.
        batch: their batch.
        number: of the version.
        folder: for temporary files.
    """
    positions = pl.scan_parquet(passed, glob=False).select("position").collect(engine="streaming")
    listed = RowsFile(folder / "decided.parquet")
    listed.add(positions.with_columns(decision=pl.lit("released")))
    listed.close(pl.DataFrame(schema=DECIDED))
    path = f"batches/{batch}/decided-{number}"
    return store_part(corpus.files, listed.path, path, rows=listed.rows, batch=batch)
