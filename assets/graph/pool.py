"""A study's pool: its files, which are observed, and the rows of them that may be drawn."""

from collections.abc import Sequence

import dagster as dg

from outcross.assets.artefacts import ANCHOR, HOLDOUT, POOL, TESTS, Artefacts
from outcross.assets.graph.columns import COLUMNS, table_schema
from outcross.assets.graph.failures import clear_failures
from outcross.assets.graph.keys import asset_key, pool_files_key, settings_version
from outcross.assets.graph.observed import observed_files, record_input
from outcross.assets.graph.results import asset_result
from outcross.assets.graph.tags import asset_tags
from outcross.assets.pool.make import make_pool
from outcross.assets.pool.read import pool_of
from outcross.assets.study.study import Study
from outcross.resources.identifier import identifier
from outcross.resources.store_resource import StoreResource


def pool_assets(study: Study) -> Sequence[dg.AssetsDefinition | dg.SourceAsset]:
    """Define the pool of a study and its files; nothing where rows come from a model."""
    return [] if pool_of(study) is None else [_files(study), _pool(study)]


def _files(study: Study) -> dg.SourceAsset:
    return observed_files(
        study,
        pool_files_key(study),
        "pool_files",
        description="The files of the pool: rows made elsewhere.",
        version=lambda: _content_version(study),
    )


def _pool(study: Study) -> dg.AssetsDefinition:
    things = (ANCHOR, HOLDOUT, *([TESTS] if study.tests else []))

    @dg.asset(
        key=asset_key(study, POOL),
        deps=[pool_files_key(study), *(asset_key(study, thing) for thing in things)],
        group_name=identifier(study.study),
        description="The rows of the pool that may be drawn: no copies of rows that nothing may learn from.",
        kinds={"parquet", "polars"},
        owners=list(study.owners),
        code_version=settings_version(study),
        tags=asset_tags(study, POOL),
    )
    def pool(context: dg.AssetExecutionContext, outcross_store: StoreResource) -> dg.MaterializeResult:
        with clear_failures():
            artefacts, key = Artefacts(study, outcross_store.open()), pool_files_key(study)
            record_input(context, key, _content_version(study))
            made = make_pool(artefacts)
            address = artefacts.address(POOL)
            columns = dg.MetadataValue.table_schema(table_schema(artefacts.store.column_types(address)))
            return asset_result(context, artefacts, address, made, also={COLUMNS: columns})

    return pool


def _content_version(study: Study) -> str:
    found = pool_of(study)
    assert found is not None
    with clear_failures():
        return found.content_version()
