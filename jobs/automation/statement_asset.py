"""The statement of what a corpus is made of, in the asset graph: what ``outcross export --format statement`` writes."""

import json
from typing import TYPE_CHECKING

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.graph.failures import clear_failures
from outcross.jobs.automation.alerts import CORPUS_TAG
from outcross.jobs.automation.corpus_keys import batch_key, identifier, statement_key
from outcross.resources.store_resource import StoreResource

if TYPE_CHECKING:
    from outcross.resources.dagster_internals import AssetJob


class StatementConfig(dg.Config):
    """Which version of the corpus the statement is of; 0 for the last."""

    version: int = 0


def statement_job(corpus: Corpus) -> "AssetJob":
    """Define the job that states what a corpus is made of."""
    return dg.define_asset_job(
        f"{identifier(corpus)}_statement",
        dg.AssetSelection.assets(statement_key(corpus)),
        description=f"State what '{corpus.corpus}' is made of, by its ledger.",
        executor_def=dg.in_process_executor,
        tags={CORPUS_TAG: corpus.corpus},
    )


def statement_asset(corpus: Corpus) -> dg.AssetsDefinition:
    """Define the asset that shows the statement, as Markdown and as JSON."""

    @dg.asset(
        key=statement_key(corpus),
        deps=[batch_key(corpus)],
        group_name=f"corpus_{identifier(corpus)}",
        description="What the corpus is made of: each answer with the entry of the ledger that it comes from.",
        kinds={"json"},
        owners=list(corpus.owners),
    )
    def statement(config: StatementConfig, outcross_store: StoreResource) -> dg.MaterializeResult:
        from outcross.assets.corpus.open_corpus import view_corpus
        from outcross.assets.export import statement as written
        from outcross.assets.export.batches import describe_corpus

        with clear_failures():
            opened = view_corpus(corpus, outcross_store.open())
            described = describe_corpus(opened, config.version or None, with_statement=True)
            stated = json.loads(written.write_json(described))
            metadata = {
                "corpus_version": dg.MetadataValue.int(stated["version"]),
                "head": dg.MetadataValue.text(stated["sha256"]),
                "statement": dg.MetadataValue.md(written.write(described)),
                "as_json": dg.MetadataValue.json(stated),
            }
        return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(stated["sha256"]))

    return statement
