"""The batches that a renewal takes into the anchor: admitted ones, every row of which is declared real."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.files import ANCHOR, KEY
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Batches that were chosen.

    Attributes:
        batches: their ids, in order of arrival.
        skipped: ids of batches with rows that are not declared real, which the last ones are not chosen from.
        rows: their rows as :func:`.contents.scan_rows` gives them, without those that are in an anchor that is kept.
    """

    batches: tuple[str, ...]
    skipped: tuple[str, ...]
    rows: pl.DataFrame


def choose(
    corpus: OpenCorpus, version: Version, *, last: int | None = None, batches: Sequence[str] = (), alone: bool = False
) -> Chosen:
    """Choose batches by name, or the last real ones; all of them where neither is given.

    Args:
        corpus: the open corpus, with the anchor of the version.
        version: the last of its ledger.
        last: number of batches.
        batches: their ids.
        alone: whether the anchor will be these batches alone, so that those that it has now may be chosen again.

    Raises:
        BadInput: both are given, a batch is not in the corpus, has rows that are not declared real, or is in the anchor
            already; or there is none.
    """
    if last is not None and batches:
        raise BadInput("--last and --batch both choose the batches of a renewal; give one of them")
    rows = scan_rows(corpus, version).filter(pl.col("batch_id") != ANCHOR)
    if corpus.renewed is not None and not alone:
        rows = rows.join(corpus.rows.lazy().select(KEY), on=KEY, how="anti", maintain_order="left")
    counted = rows.group_by("batch_id").agg(rows=pl.len(), others=(pl.col("origin") != "real").sum())
    others = {batch: (count, not_real) for batch, count, not_real in counted.collect(engine="streaming").iter_rows()}
    arrived = [batch for batch in dict.fromkeys(part.batch for part in version.parts[1:]) if batch in others]
    real = [batch for batch in arrived if not others[batch][1]]
    if batches:
        _check_named(corpus, version, batches, others)
        wanted = [batch for batch in arrived if batch in set(batches)]
    else:
        wanted = real if last is None else real[-last:]
    if not wanted:
        raise BadInput(
            f"corpus '{corpus.name}' has no admitted batch whose rows are all declared real and that is not in the "
            "anchor already; ingest or release real rows first"
        )
    first = 0 if batches else arrived.index(wanted[0])
    skipped = () if batches else tuple(batch for batch in arrived[first:] if batch not in wanted)
    chosen = rows.filter(pl.col("batch_id").is_in(wanted)).collect(engine="streaming")
    return Chosen(batches=tuple(wanted), skipped=skipped, rows=chosen)


def _check_named(
    corpus: OpenCorpus, version: Version, batches: Sequence[str], others: dict[str, tuple[int, int]]
) -> None:
    admitted = {part.batch for part in version.parts[1:]}
    for batch in batches:
        if batch not in admitted:
            raise BadInput(
                f"batch {batch!r:.60} has no admitted row in corpus '{corpus.name}'; run 'outcross corpus "
                f"{corpus.name} --last 0' to see its batches, or release its rows first"
            )
        if batch not in others:
            raise BadInput(f"batch {batch} is in the anchor of corpus '{corpus.name}' already; leave it out")
        if not_real := others[batch][1]:
            raise BadInput(
                f"batch {batch}: {not_real:,} of its {others[batch][0]:,} rows are declared synthetic, mixed or "
                "unknown, and an anchor has real rows alone; name other batches"
            )
