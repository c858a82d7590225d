"""A held batch that is sent again: it is judged again where it is declared otherwise, or the rules are others since.

These are the anchor and the accepted changes. Judged are the rows that wait in quarantine. Guards of batches measure
them together with the rows of the batch that the corpus has. What passes leaves quarantine: the version is a release.
"""

from dataclasses import replace
from pathlib import Path

import polars as pl

from outcross.assets.corpus.accepted.as_before import write_as_before
from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.files import DECIDED
from outcross.assets.corpus.intake.claims_of_batch import read_claims
from outcross.assets.corpus.intake.staged_batch import StagedBatch
from outcross.assets.corpus.ledger.records import PartRef
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.parquet_file import read_rows
from outcross.assets.corpus.provenance import RowClaims
from outcross.assets.corpus.rows_file import RowsFile, store_part

AGAIN = "released-again"
"""Name of the part with the rows that pass."""


OTHER_RULES = "it passes with the anchor and the changes that are accepted now"
OTHER_CLAIMS = "it passes as it is declared now"
"""Why a batch is judged again."""


def why_again(intake: Version, corpus: OpenCorpus, claims: RowClaims, *, waiting: pl.Series) -> str | None:
    """Say why a batch is judged again: rows of it wait for a decision, and the rules or the claims are others.

    Args:
        intake: the version that held them.
        corpus: the open corpus, with the anchor and the changes in force.
        claims: about its rows, as it is sent now.
        waiting: positions of the rows that wait.
    """
    if waiting.is_empty():
        return None
    before, now = ({each.key for each in changes} for changes in (intake.accepted, corpus.accepted))
    if intake.anchor != corpus.renewed or before != now:
        return OTHER_RULES
    return OTHER_CLAIMS if is_declared_otherwise(intake, corpus, claims) else None


def read_waiting(corpus: OpenCorpus, last: Version, intake: Version) -> pl.Series:
    """Read the positions of the rows of a batch that nobody has decided about."""
    place: dict[str, pl.DataType] = {"position": pl.Int64()}
    held = () if intake.held is None else read_rows(corpus.files, intake.held.path, place)
    gone = [pl.DataFrame(schema=DECIDED)]
    for part in last.decided:
        if part.batch == intake.batch:
            gone += read_rows(corpus.files, part.path, DECIDED)
    rows = pl.concat([pl.DataFrame(schema=place), *held])
    waiting: pl.Series = rows.join(pl.concat(gone), on="position", how="anti", maintain_order="left")["position"]
    return waiting


def with_admitted(corpus: OpenCorpus, last: Version, staged: StagedBatch, batch: str, folder: Path) -> StagedBatch:
    """Return a staged batch whose guards of batches also measure the rows of it that the corpus has.

    Args:
        corpus: the open corpus.
        last: its last version.
        staged: the rows that wait.
        batch: their batch.
        folder: for temporary files.
    """
    columns = pl.scan_parquet(staged.compared, glob=False).collect_schema().names()
    rows = scan_rows(corpus, last, ["batch_id", *columns]).filter(pl.col("batch_id") == batch).select(columns)
    had = rows.collect(engine="streaming")
    if not had.height:
        return staged
    had.write_parquet(folder / "had.parquet")
    had_before = write_as_before(folder / "had.parquet", corpus, to=folder / "had-before.parquet")
    both = [pl.read_parquet(path, glob=False) for path in (had_before, staged.compared)]
    pl.concat(both).sort("position").write_parquet(folder / "whole.parquet")
    return replace(staged, compared=folder / "whole.parquet", had=folder / "had.parquet")


def is_declared_otherwise(intake: Version, corpus: OpenCorpus, claims: RowClaims) -> bool:
    """Check whether rows of a batch were declared otherwise when it came; False where its version does not say."""
    before = read_claims(corpus, intake)
    return before is not None and before != claims


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
