"""Erase rows: write what is left of each file that holds them, to take its place once a version records it.

What goes: the rows in parts, in quarantine and in renewed anchors, the originals of their batches, results of
expectations that quote values, and the sentences of the ledger that quote rows. What stays is a digest of each row, its
counts and the reason.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import polars as pl

from outcross.assets.corpus.files import OF_ANCHORS
from outcross.assets.corpus.ledger.anchor_ref import AnchorRef
from outcross.assets.corpus.ledger.custody import ErasedFile
from outcross.assets.corpus.ledger.erasing import GONE, pending_path
from outcross.assets.corpus.ledger.guard_result import CAUSE, ROWS_HELD, ROWS_OBSERVED
from outcross.assets.corpus.ledger.ledger import version_path
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.parquet_file import ROWS_AT_A_TIME
from outcross.assets.corpus.quarantine.rows import read_intakes
from outcross.assets.corpus.withdrawal.in_anchors import erase_in_anchors, find_quoting
from outcross.resources.corpus_store import CorpusStore

_QUOTING = frozenset({CAUSE, ROWS_HELD, ROWS_OBSERVED})
"""Metrics of results whose sentences quote a row."""
_RESULTS = "expectations.json"
_WHOLE = ("original", _RESULTS)
"""How the names of files begin that go whole: they are of the batch as it was sent."""


def prepare_erasure(
    corpus: OpenCorpus, last: Version, number: int, lines: pl.DataFrame, *, sha256: str, anchor: AnchorRef | None
) -> tuple[ErasedFile, ...]:
    """Store what is left of each file, below ``erasing``, and return what a version has to record.

    Args:
        corpus: the open corpus.
        last: its last version.
        number: of the version that will record it.
        lines: of :data:`~.files.WITHDRAWN`.
        sha256: of the stored list of these lines.
        anchor: that the version will name.
    """
    place = partial(pending_path, number, sha256)
    of_anchors = pl.col("state").is_in(OF_ANCHORS)
    erased = [
        _without_rows(corpus.files, number, str(path), those["position"], pending=place(str(path)))
        for (path,), those in lines.filter(~of_anchors).group_by("path", maintain_order=True)
    ]
    erased += erase_in_anchors(corpus, last, number, lines.filter(of_anchors), place, following=anchor)
    batches = lines["batch_id"].unique(maintain_order=True).to_list()
    others = find_quoting(corpus, last, lines.filter(of_anchors)) - {*batches}
    for batch in batches:
        erased += _whole_files(corpus.files, number, batch, place, _WHOLE)
    for batch in sorted(others):
        erased += _whole_files(corpus.files, number, batch, place, (_RESULTS,))
    erased += _without_quotes(corpus, number, others.union(batches), place)
    return tuple(erased)


def _without_rows(files: CorpusStore, number: int, path: str, positions: pl.Series, *, pending: str) -> ErasedFile:
    """Write a Parquet file again without the rows at some positions."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    gone, lost = pa.array(positions.to_list(), pa.int64()), 0
    with (
        files.open(path) as source,
        pq.ParquetFile(source) as parquet,
        files.create(pending) as target,
        pq.ParquetWriter(target, parquet.schema_arrow, compression="zstd") as written,
    ):
        for batch in parquet.iter_batches(ROWS_AT_A_TIME, use_threads=False):
            left = batch.filter(pc.invert(pc.is_in(batch.column("position"), value_set=gone)))
            lost += batch.num_rows - left.num_rows
            written.write_batch(left)
    return ErasedFile(version=number, path=path, was=files.digest(path), now=files.digest(pending), rows=lost)


def _whole_files(
    files: CorpusStore, number: int, batch: str, place: Callable[[str], str], names: tuple[str, ...]
) -> Iterator[ErasedFile]:
    """Let the files of a batch go whose names begin so: they hold it as it was sent, or quote rows."""
    for path in files.list(f"batches/{batch}"):
        if path.rsplit("/", 1)[-1].startswith(names):
            files.put(place(path), GONE)
            yield ErasedFile(version=number, path=path, was=files.digest(path), now=None, rows=0)


def _without_quotes(
    corpus: OpenCorpus, number: int, batches: set[str], place: Callable[[str], str]
) -> Iterator[ErasedFile]:
    """Write the versions again that ingested the batches, without the sentences that quote rows of them."""
    for version in read_intakes(corpus):
        if version.batch in batches and any(each.why and each.metric in _QUOTING for each in version.guards):
            path, content = version_path(version.number), _silenced(version, number).encode()
            now = corpus.files.put(place(path), content)
            if now != (was := corpus.files.digest(path)):
                yield ErasedFile(version=number, path=path, was=was, now=now, rows=0)
            else:
                corpus.files.remove(place(path))


def _silenced(version: Version, number: int) -> Version:
    told = f"erased by version {number}"
    return replace(
        version,
        guards=tuple(
            replace(each, why=told) if each.why and each.metric in _QUOTING and not _is_told(each.why) else each
            for each in version.guards
        ),
    )


def _is_told(why: str) -> bool:
    return why.startswith("erased by version ")
