"""The assets of a study's source: its anchor and its holdout."""

from collections.abc import Iterator

import dagster as dg

from outcross.assets.anchor.make import make_anchor
from outcross.assets.artefacts import ANCHOR, HOLDOUT, Artefacts, Made
from outcross.assets.graph.columns import COLUMNS, table_schema
from outcross.assets.graph.failures import clear_failures
from outcross.assets.graph.keys import asset_key, identifier, settings_version
from outcross.assets.graph.results import asset_result
from outcross.assets.graph.tags import asset_tags
from outcross.assets.study.study import Study
from outcross.resources.store_resource import StoreResource


def source_asset(study: Study) -> dg.AssetsDefinition:
    """Define the anchor and the holdout, which one op reads from the source."""
    descriptions = {
        ANCHOR: "The real rows that generators may be fitted to.",
        HOLDOUT: "The real rows that no generator is fitted to; every metric compares with them.",
    }

    @dg.multi_asset(
        name=f"{identifier(study.study)}__source",
        specs=[
            dg.AssetSpec(
                asset_key(study, thing),
                description=description,
                group_name=identifier(study.study),
                kinds={"parquet", "polars"},
                owners=list(study.owners),
                code_version=settings_version(study),
                tags=asset_tags(study, thing),
            )
            for thing, description in descriptions.items()
        ],
    )
    def split(context: dg.AssetExecutionContext, outcross_store: StoreResource) -> Iterator[dg.MaterializeResult]:
        with clear_failures():
            artefacts = Artefacts(study, outcross_store.open())
            made = make_anchor(artefacts)
        for thing, each in ((ANCHOR, made), (HOLDOUT, Made(numbers={"rows": made.numbers["holdout_rows"]}))):
            address = artefacts.address(thing)
            columns = dg.MetadataValue.table_schema(table_schema(artefacts.store.column_types(address)))
            key = asset_key(study, thing)
            yield asset_result(context, artefacts, address, each, key=key, also={COLUMNS: columns})

    return split
