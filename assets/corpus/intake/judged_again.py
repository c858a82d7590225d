"""A held batch that is sent again: it is judged again where it is declared otherwise, or the rules are others since.

These are the anchor and the accepted changes. Its rows are in quarantine, so what passes leaves it: the version is a
release, of the rows that pass.
"""

from pathlib import Path

import polars as pl

from outcross.assets.corpus.files import DECIDED
from outcross.assets.corpus.intake.claims_of_batch import read_claims
from outcross.assets.corpus.ledger.version import PartRef, Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.provenance import RowClaims
from outcross.assets.corpus.rows_file import RowsFile, store_part

AGAIN = "released-again"
"""Name of the part with the rows that pass."""


OTHER_RULES = "it passes with the anchor and the changes that are accepted now"
OTHER_CLAIMS = "it passes as it is declared now"
"""Why a batch is judged again."""


def why_again(intake: Version, last: Version, corpus: OpenCorpus, claims: RowClaims) -> str | None:
    """Say why a batch is judged again: it was held whole, nobody has decided, and the rules or the claims are others.

    Args:
        intake: the version that held it.
        last: the last version.
        corpus: the open corpus, with the anchor and the changes in force.
        claims: about its rows, as it is sent now.
    """
    decided = any(part.batch == intake.batch for part in last.decided)
    if intake.rows_admitted or not intake.rows_in or decided:
        return None
    before, now = ({each.key for each in changes} for changes in (intake.accepted, corpus.accepted))
    if intake.anchor != corpus.renewed or before != now:
        return OTHER_RULES
    return OTHER_CLAIMS if is_declared_otherwise(intake, corpus, claims) else None


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
