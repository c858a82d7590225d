"""A corpus as it is now, an asset: its share and limit, its rows by origin and depth, which plot over its versions.

The job that ingests a file makes it, and so does the nightly audit: what a command releases, rejects or trims is seen
in the next night at the latest.
"""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.graph.failures import clear_failures
from outcross.jobs.automation.corpus_keys import batch_key, identifier, state_key
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store import Store
from outcross.resources.store_resource import StoreResource

if TYPE_CHECKING:
    from outcross.assets.corpus.ledger.version import Version

WITHIN_BOUND = "within_bound"
"""The check on a corpus: its synthetic share, declared or estimated, keeps to the bound that holds now."""


def corpus_state(corpus: Corpus) -> dg.AssetsDefinition:
    """Define the corpus as it is now."""

    @dg.asset(
        key=state_key(corpus),
        deps=[dg.AssetDep(batch_key(corpus), partition_mapping=dg.AllPartitionMapping())],
        group_name=f"corpus_{identifier(corpus)}",
        description="The corpus as it is now: its synthetic share, declared and estimated, and its rows.",
        kinds={"parquet", "duckdb"},
        owners=list(corpus.owners),
        output_required=False,
        check_specs=[
            dg.AssetCheckSpec(
                WITHIN_BOUND,
                asset=state_key(corpus),
                description="The synthetic share, declared or the lower limit of the estimate, is within the bound",
            )
        ],
    )
    def corpus_now(outcross_store: StoreResource) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        from outcross.assets.corpus.ledger.ledger import newest, read_version

        with clear_failures():
            store = outcross_store.open()
            files = CorpusStore(store, corpus.corpus)
            if not newest(files):
                yield dg.AssetCheckResult(
                    check_name=WITHIN_BOUND, passed=True, description="the corpus has no version yet"
                )
                return
            version = read_version(files)
            past = _past_bound(corpus, store, version)
        yield dg.MaterializeResult(
            metadata=_describe(version),
            data_version=dg.DataVersion(str(version.number)),
            check_results=[
                dg.AssetCheckResult(
                    check_name=WITHIN_BOUND,
                    passed=not past,
                    severity=dg.AssetCheckSeverity.ERROR,
                    description=past or None,
                )
            ],
        )

    return corpus_now


def _past_bound(corpus: Corpus, store: Store, version: "Version") -> str:
    """Say in what respect a version is past the bound that holds now, with the remedy; empty where it is not."""
    from outcross.assets.corpus.share_bound import read_bound
    from outcross.assets.corpus.trim.past_bound import advise_past_bound
    from outcross.resources.errors import BadInput

    try:
        bound = read_bound(corpus, store)
    except BadInput as error:
        return str(error)
    return advise_past_bound(version, bound) or ""


def _describe(version: "Version") -> dict[str, dg.MetadataValue]:
    """Return numbers that plot: version, rows by origin and depth, shares and the bound."""
    rows = Counter[str]()
    for each in version.counts:
        deep = "" if not each.depth else f"_depth_{each.depth}"
        rows[f"rows_{each.origin}{deep}"] += each.rows
    numbers: dict[str, float | None] = {"declared_share": version.declared_share, "bound": version.bound}
    for name, found in (("estimated_share", version.estimated), ("recent_share", version.recent)):
        if found is not None:
            numbers |= {name: found.share, f"{name}_lower": found.lower, f"{name}_upper": found.upper}
    return {
        "version": dg.MetadataValue.int(version.number),
        "dagster/row_count": dg.MetadataValue.int(version.rows),
        **{name: dg.MetadataValue.int(count) for name, count in sorted(rows.items())},
        **{name: dg.MetadataValue.float(value) for name, value in numbers.items() if value is not None},
        "query": dg.MetadataValue.text("select * from ledger order by corpus, version"),
    }
