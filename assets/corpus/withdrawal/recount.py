"""What a version says of its rows, computed again after rows left it or were declared anew.

The shares, the sums of the undeclared share and what the guards that accumulate remember are what they would be without
these rows.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from outcross.assets.corpus.accumulated.accumulate import accumulate
from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.files import ANCHOR
from outcross.assets.corpus.guards.bounds import explain, is_within_bounds
from outcross.assets.corpus.ledger.evidence import Evidence
from outcross.assets.corpus.ledger.guard_result import GuardResult
from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.ledger.totals import totals
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.share_bound import Bound, estimated_vitals, read_bound, share_vital
from outcross.assets.corpus.undeclared.corpus_share import estimate_corpus_share, estimate_recent
from outcross.assets.corpus.undeclared.pooled.corpus_evidence import gather
from outcross.resources.staging import staging_folder


def with_shares(corpus: OpenCorpus, last: Version, version: Version, batches: Sequence[str]) -> Version:
    """Complete a version whose rows or whose declarations are other ones than those of the version before.

    Args:
        corpus: the open corpus; what is derived from the rows may be stored.
        last: the version before.
        version: with its counts, and with the parts that list the rows left out, which are stored.
        batches: whose rows have left or were declared anew.
    """
    bound = read_bound(corpus.settings, corpus.store)
    gathered = gather(corpus, replace(version, evidence=None))
    evidence = None if gathered is None else gathered.evidence
    estimated = estimate_corpus_share(last, version.counts, None, evidence=evidence)
    counted = replace(
        version,
        declared_share=totals(version.counts).share,
        bound=bound.share,
        bound_from=bound.source,
        evidence=evidence,
        estimated=estimated,
        recent=estimate_recent(evidence),
        accumulated=_remember(corpus, version, batches),
    )
    return replace(counted, guards=_hold_to_bound(counted, bound))


def _hold_to_bound(version: Version, bound: Bound) -> tuple[GuardResult, ...]:
    """Hold the shares to the bound; nothing is held back by this, it is only said."""
    vitals = [share_vital(version.counts, bound), *estimated_vitals(version.estimated, bound, before=None)]
    return tuple(
        GuardResult.of_vital(each, passed=within, blocking=False, why="" if within else explain(each))
        for each in vitals
        for within in [is_within_bounds(each)]
    )


def _remember(corpus: OpenCorpus, version: Version, batches: Sequence[str]) -> Evidence | None:
    """Add the batches up again from the first one that has changed, without the rows that have left."""
    if version.accumulated is None:
        return None
    intakes = [
        each
        for each in (read_version(corpus.files, number) for number in numbers(corpus.files))
        if each.number < version.number and each.action == "ingest" and each.rows_admitted
    ]
    first = next((place for place, each in enumerate(intakes) if each.batch in batches), None)
    if first is None:
        return version.accumulated
    remembered = read_version(corpus.files, intakes[first].number - 1).accumulated
    with staging_folder() as folder:
        for intake in intakes[first:]:
            assert intake.batch is not None
            before = replace(version, number=intake.number - 1, accumulated=remembered)
            rows = _write_admitted(corpus, version, intake, folder / "rows.parquet")
            remembered = accumulate(corpus, rows, before, batch_id=intake.batch, at=intake.at).evidence
    return remembered


def _write_admitted(corpus: OpenCorpus, version: Version, intake: Version, to: Path) -> Path:
    """Write the rows that a batch was admitted with, as far as they are left in a version."""
    own = replace(version, parts=(version.parts[0], intake.parts[-1]))
    columns = ["batch_id", "position", "content", "origin", *corpus.schema.names]
    scan_rows(corpus, own, columns).filter(pl.col("batch_id") != ANCHOR).sink_parquet(to)
    return to
