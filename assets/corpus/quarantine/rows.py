"""Rows that are held back, and which of them still wait: those about which no version has decided."""

from collections.abc import Iterator, Sequence

import polars as pl

from outcross.assets.corpus.files import DECIDED, QUARANTINE
from outcross.assets.corpus.ledger.ledger import Version, numbers, read_version
from outcross.assets.corpus.open_corpus import Anchored
from outcross.assets.corpus.parquet_file import stored_rows
from outcross.resources.errors import BadInput


def refusals(anchored: Anchored) -> Iterator[tuple[str, str]]:
    """Paths of what says why a file was refused, and its batch; that is empty where it could not be copied."""
    for path in anchored.files.list("batches"):
        batch, _, name = path.removeprefix("batches/").partition("/")
        if name == "refused.json":
            yield path, batch
    yield from ((path, "") for path in anchored.files.list("refused"))


def taken_in(anchored: Anchored) -> Iterator[Version]:
    """The versions that took a batch in, the earliest first."""
    for number in numbers(anchored.files):
        version = read_version(anchored.files, number)
        if version.action == "ingest" and version.batch is not None:
            yield version


def taking(anchored: Anchored, batch: str) -> Version:
    """The version that took a batch in.

    Raises:
        BadInput: there is none.
    """
    for version in taken_in(anchored):
        if version.batch == batch:
            return version
    name = anchored.corpus.corpus
    raise BadInput(
        f"corpus '{name}' has no batch {batch!r:.60}; 'outcross quarantine list {name}' names those that wait"
    )


def decisions(anchored: Anchored, version: Version, batch: str) -> pl.DataFrame:
    """Rows of a batch that wait no longer as of a version: ``position``, ``decision``."""
    found = [pl.DataFrame(schema=DECIDED)]
    for part in version.decided:
        if part.batch == batch:
            found += stored_rows(anchored.files, part.path, DECIDED)
    return pl.concat(found)


def waiting_rows(
    anchored: Anchored, version: Version, taken: Version, columns: Sequence[str]
) -> Iterator[pl.DataFrame]:
    """Rows of a batch that wait as of a version, some at a time, by position.

    Args:
        anchored: the corpus.
        version: of its ledger.
        taken: the version that took the batch in.
        columns: ``position``, and of ``raw`` and ``reasons`` those wanted.

    Raises:
        BadInput: the quarantine is missing or damaged.
    """
    if taken.held is None or taken.batch is None:
        return
    gone = decisions(anchored, version, taken.batch)
    types = {name: QUARANTINE[name] for name in columns}
    for chunk in stored_rows(anchored.files, taken.held.path, types):
        left = chunk.join(gone, on="position", how="anti", maintain_order="left") if gone.height else chunk
        if left.height:
            yield left
