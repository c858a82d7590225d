"""Studies that rest on the anchor before a renewal: their verdict is of a world that the corpus has left.

A study rests on a corpus's anchor if most of the anchor's first rows are among its real rows, or if the corpus names it
under ``bound`` or ``known``. It rests on the renewed one if most of the rows that the renewal took are, too.
"""

from collections.abc import Iterator

import polars as pl

from outcross.assets.artefacts import ANCHOR as STUDY_ANCHOR
from outcross.assets.artefacts import HOLDOUT as STUDY_HOLDOUT
from outcross.assets.corpus.files import ANCHOR, IS_CURRENT, RENEWED_ROWS
from outcross.assets.corpus.ledger.ledger import VERSIONS, newest
from outcross.assets.corpus.ledger.version import Version
from outcross.resources.corpus_store import FOLDER, CorpusStore
from outcross.resources.store import Address, MissingArtefact, Store

_MOST = 0.5
"""Share of an anchor's rows from which on a study has them."""
_HASH = 32
"""Digits of a content hash, with which the id of a study's row begins."""


def describe_old_anchor(store: Store, study: str, files: CorpusStore, version: Version) -> str | None:
    """Say that a study which a corpus names rests on the anchor before its last renewal; None where it does not.

    Args:
        store: the root, where the study is.
        study: its name.
        files: the corpus's folder.
        version: of the corpus.
    """
    if version.anchor is None or (known := read_real_rows(store, study)) is None:
        return None
    taken = _taken(files, version)
    found = _count(taken, known)
    if not len(taken) or found > _MOST * len(taken):
        return None
    return (
        f"study '{study}' rests on the anchor that corpus '{version.corpus}' had before version "
        f"{version.anchor.version} renewed it: {found:,} of the {len(taken):,} rows that joined are among its rows. To "
        f"ask it again of the renewed anchor, write the rows with 'outcross take {version.corpus} --to FOLDER' and "
        "name them as its source"
    )


def find_renewed_since(store: Store, study: str) -> Iterator[str]:
    """Yield a sentence for each corpus of a store whose first anchor a study rests on, and which renewed it since."""
    versions = store.glob(f"{FOLDER}/*/{VERSIONS}/*.json")
    for name in sorted({path.split("/")[-3] for path in versions}):
        files = CorpusStore(store, name)
        version = newest(files)
        if version is None or version.anchor is None or (known := read_real_rows(store, study)) is None:
            continue
        first = pl.read_parquet(files.location(version.parts[0].path), columns=["content"], glob=False)["content"]
        if _count(first, known) > _MOST * len(first) and (said := describe_old_anchor(store, study, files, version)):
            yield said


def read_real_rows(store: Store, study: str) -> pl.Series | None:
    """Return the content hashes of a study's real rows; None where it has none stored."""
    try:
        addresses = [Address(study=study, thing=thing) for thing in (STUDY_ANCHOR, STUDY_HOLDOUT)]
        rows = [store.read(address, columns=["row_id"])["row_id"] for address in addresses]
    except MissingArtefact:
        return None
    return pl.concat(rows).str.slice(0, _HASH).unique()


def _taken(files: CorpusStore, version: Version) -> pl.Series:
    assert version.anchor is not None
    path = files.location(f"{version.anchor.folder}/{RENEWED_ROWS}")
    rows = pl.read_parquet(path, columns=["batch_id", "content", IS_CURRENT], glob=False)
    return rows.filter(pl.col(IS_CURRENT) & (pl.col("batch_id") != ANCHOR))["content"]


def _count(contents: pl.Series, known: pl.Series) -> int:
    return int(contents.is_in(known.implode()).sum())
