"""Refuse files with rows that were erased from the corpus, before a copy of them is stored."""

import hashlib
from pathlib import Path

import polars as pl

from outcross.assets.corpus.intake.reading import read_batch
from outcross.assets.corpus.ledger.ledger import newest
from outcross.assets.corpus.open_corpus import OpenCorpus, with_content_hash
from outcross.assets.corpus.row_lists import list_rows
from outcross.assets.corpus.withdrawn_rows import digest_of_raw, read_contents, withdrawal_of
from outcross.resources.errors import BadInput
from outcross.resources.sources.locate import SourceFile


def refuse_erased(corpus: OpenCorpus, path: Path) -> None:
    """Refuse a file that has content whose bytes were erased: quarantine would keep it once more.

    Args:
        corpus: the open corpus.
        path: the file, outside the store.

    Raises:
        BadInput: it has such rows; the message lists them, and nothing of the file was stored.
    """
    last = newest(corpus.files)
    if last is None or not any(each.erased for each in last.withdrawals) or not path.is_file():
        return
    with path.open("rb") as file:
        gone = withdrawal_of(last, hashlib.file_digest(file, "sha256").hexdigest()[:16])
    if gone is not None and gone.erased:
        raise BadInput(
            f"file {path.name!r}: its rows were withdrawn and erased by version {gone.version} ({gone.reason}); "
            "nothing of it was stored, and it cannot be sent again"
        )
    known, found = read_contents(corpus.files, last, erased=True), list[pl.DataFrame]()
    try:
        for chunk in read_batch(
            SourceFile(path.name, path), corpus.stored, corpus.settings.limits, corpus.settings.anchor.read_options()
        ):
            rows = with_content_hash(chunk.rows, corpus.schema).select("position", "content")
            misfits = chunk.misfits.select(pl.col("position").cast(pl.Int64), content=_digests(chunk.misfits["raw"]))
            both = pl.concat([rows, misfits])
            found.append(both.join(known, on="content", how="inner", maintain_order="left"))
    except BadInput:
        return  # the intake says so
    rows = pl.concat(found) if found else pl.DataFrame()
    if rows.height:
        number, why = rows["version"][0], rows["why"][0]
        raise BadInput(
            f"file {path.name!r}: {list_rows(rows['position'])} have content that version {number} withdrew and erased "
            f"({why}); leave them out and send the others again. Nothing of the file was stored"
        )


def _digests(raw: pl.Series) -> pl.Series:
    return pl.Series(digest_of_raw(raw.cast(pl.String).to_list()), dtype=pl.String)
