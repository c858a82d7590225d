"""Rows of batches that a renewed anchor holds copies of: their bytes cannot be erased."""

import polars as pl

from outcross.assets.corpus.files import ANCHOR, RENEWED_HOLDOUT, RENEWED_ROWS
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.parquet_file import read_rows
from outcross.resources.errors import BadInput

_KEY: dict[str, pl.DataType] = {"batch_id": pl.String(), "content": pl.String()}


def refuse_copied(corpus: OpenCorpus, lines: pl.DataFrame) -> None:
    """Refuse to erase rows that a renewed anchor, or its holdout, has copies of.

    Versions are audited against the anchor that they were admitted under, so its files cannot lose rows.

    Args:
        corpus: the open corpus.
        lines: of :data:`~.files.WITHDRAWN`.

    Raises:
        BadInput: an anchor has copies; it is named.
    """
    wanted = lines.select(*_KEY).unique()
    for path in corpus.files.list(ANCHOR):
        if path.rsplit("/", 1)[-1] not in (RENEWED_ROWS, RENEWED_HOLDOUT) or path.count("/") == 1:
            continue
        held = (each.join(wanted, on=list(_KEY), how="semi").height for each in read_rows(corpus.files, path, _KEY))
        if copied := sum(held):
            raise BadInput(
                f"corpus '{corpus.name}': {copied:,} of these rows lie in {path} as well, a renewed anchor that "
                "versions are audited against, so their bytes cannot be erased; withdraw them without --erase, or "
                f"write the other rows with 'outcross take {corpus.name} --to FOLDER', start a corpus of these, and "
                "delete this one"
            )
