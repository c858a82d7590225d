"""The rows in quarantine: those quarantined when their batch was ingested, less those released or rejected since."""

from collections.abc import Iterator, Sequence

import polars as pl

from outcross.assets.corpus.files import DECIDED, POSTERIOR, QUARANTINE
from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.parquet_file import read_rows
from outcross.resources.errors import BadInput

_LEAST_OF_AN_ID = 4
"""Characters of an id that stand for it."""


def find_refusals(corpus: OpenCorpus) -> Iterator[tuple[str, str]]:
    """Yield the path of each refusal's record, and the file's batch id, which is empty where it could not be copied."""
    for path in corpus.files.list("batches"):
        batch, _, name = path.removeprefix("batches/").partition("/")
        if name == "refused.json":
            yield path, batch
    yield from ((path, "") for path in corpus.files.list("refused"))


def read_intakes(corpus: OpenCorpus) -> Iterator[Version]:
    """Read the versions that ingested a batch, the earliest first."""
    for number in numbers(corpus.files):
        version = read_version(corpus.files, number)
        if version.action == "ingest" and version.batch is not None:
            yield version


def name_batch(corpus: OpenCorpus, given: str) -> str:
    """Return the id of the batch that is meant by its id, by the first characters of it, or by the name of its file.

    An id that no batch has is returned as it is; those who look for its rows refuse it.

    Raises:
        BadInput: several batches are meant; they are named.
    """
    named = {each.batch: each.reason.removeprefix("file ") for each in read_intakes(corpus) if each.batch}
    if given in named:
        return given
    meant = [batch for batch, file in named.items() if file == given] or [
        batch for batch in named if len(given) >= _LEAST_OF_AN_ID and batch.startswith(given)
    ]
    if len(meant) > 1:
        listed = ", ".join(f"{batch} ({named[batch]:.60})" for batch in meant)
        raise BadInput(f"{given!r:.60} may be any of {len(meant)} batches: {listed}; give the id of one")
    return meant[0] if meant else given


def find_intake(corpus: OpenCorpus, batch: str) -> Version:
    """Find the version that ingested a batch.

    Raises:
        BadInput: there is none.
    """
    for version in read_intakes(corpus):
        if version.batch == batch:
            return version
    name = corpus.name
    raise BadInput(
        f"corpus '{name}' has no batch {batch!r:.60}; run 'outcross quarantine list {name}' to see the batches with "
        "rows in quarantine"
    )


def read_decisions(corpus: OpenCorpus, version: Version, batch: str) -> pl.DataFrame:
    """Read the decisions about rows of a batch, as of a version: ``position``, ``decision``."""
    found = [pl.DataFrame(schema=DECIDED)]
    for part in version.decided:
        if part.batch == batch:
            found += read_rows(corpus.files, part.path, DECIDED)
    return pl.concat(found)


def read_undecided_rows(
    corpus: OpenCorpus, version: Version, intake: Version, columns: Sequence[str]
) -> Iterator[pl.DataFrame]:
    """Read the rows of a batch that are in quarantine as of a version, chunk by chunk and by position.

    Args:
        corpus: the open corpus.
        version: of its ledger.
        intake: the version that ingested the batch.
        columns: ``position``, and optionally ``raw``, ``reasons`` and those of the posterior.

    Raises:
        Damaged: the quarantine is missing or damaged.
    """
    if intake.held is None or intake.batch is None:
        return
    gone = read_decisions(corpus, version, intake.batch)
    types = {name: (QUARANTINE | POSTERIOR)[name] for name in columns}
    for chunk in read_rows(corpus.files, intake.held.path, types):
        left = chunk.join(gone, on="position", how="anti", maintain_order="left") if gone.height else chunk
        if left.height:
            yield left
