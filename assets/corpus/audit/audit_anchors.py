"""Audit of renewed anchors: their rows are rows of the corpus, declared real, and none of them is set aside."""

from collections.abc import Iterator, Sequence

import polars as pl

from outcross.assets.corpus.audit.findings import Finding
from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.damage import names_damage
from outcross.assets.corpus.files import OF_ANCHORS, RENEWED_ROWS
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.errors import BadInput, Damaged
from outcross.resources.store import MissingArtefact

IN_ROWS, _, ASIDE = OF_ANCHORS
_ROW = ("batch_id", "position", "content")


def audit_anchors(corpus: OpenCorpus, versions: Sequence[Version], erased: pl.DataFrame) -> Iterator[str]:
    """Compare the rows of each renewed anchor with those of its version; yield the problems.

    Its bytes are those that its version names, which the audit of the chain sees to.

    Args:
        corpus: the open corpus.
        versions: of its ledger, in their order.
        erased: lines of :data:`~.files.WITHDRAWN` of the rows whose bytes were erased.
    """
    for version in versions:
        if version.anchor is None or version.anchor.version != version.number:
            continue
        path = f"{version.anchor.folder}/{RENEWED_ROWS}"
        try:
            yield from _problems(corpus.as_of(version), version, path, erased)
        except (BadInput, Damaged, MissingArtefact, OSError, pl.exceptions.PolarsError) as error:
            yield Finding.UNREADABLE_PART.say(fault=str(error).split("\n")[0])


@names_damage
def _problems(corpus: OpenCorpus, version: Version, path: str, erased: pl.DataFrame) -> Iterator[str]:
    return iter(list(_compare(corpus, version, path, erased)))


def _compare(corpus: OpenCorpus, version: Version, path: str, erased: pl.DataFrame) -> Iterator[str]:
    anchor = corpus.every_anchor
    assert version.anchor is not None
    stated = version.anchor
    there = scan_rows(corpus, version).filter(pl.col("origin") == "real").select(_ROW)
    elsewhere = anchor.lazy().select(_ROW).join(there, on=_ROW, how="anti").select(pl.len()).collect().item()
    if elsewhere:
        yield Finding.ANCHOR_ELSEWHERE.say(path=path, found=elsewhere, version=version.number)
    aside = anchor.join(corpus.reserved.select("content"), on="content", how="semi").height
    if aside and corpus.settings.entity is None and corpus.settings.time is None:
        yield Finding.ANCHOR_SET_ASIDE.say(path=path, found=aside)
    gone = erased.filter(pl.col("path").str.starts_with(f"{stated.folder}/"))
    compared, aside_gone = (gone.filter(pl.col("state") == state).height for state in (IN_ROWS, ASIDE))
    found = (corpus.rows.height + compared, corpus.reserved.height + aside_gone)
    if found != (stated.rows, stated.holdout):
        yield Finding.ANCHOR_SIZE.say(
            path=path,
            rows=found[0],
            holdout=found[1],
            version=version.number,
            stated_rows=stated.rows,
            stated_holdout=stated.holdout,
        )
