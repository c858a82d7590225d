"""A study's source, which is observed, and the anchor and the holdout, which are read from it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

import dagster as dg

from outcross.assets.anchor.make import contents_of_tests, make_anchor
from outcross.assets.artefacts import ANCHOR, HOLDOUT, TESTS, Artefacts, Made
from outcross.assets.graph.columns import COLUMNS, table_schema
from outcross.assets.graph.failures import clear_failures
from outcross.assets.graph.keys import asset_key, settings_version, source_key
from outcross.assets.graph.observed import observed_files, record_input
from outcross.assets.graph.results import asset_result
from outcross.assets.graph.tags import asset_tags
from outcross.assets.study.study import Study
from outcross.resources.identifier import identifier
from outcross.resources.store_resource import StoreResource

SOURCE_VERSION = "source_version"
"""The metadata of an anchor that names the version of the source it was read from."""


def observed_source(study: Study) -> dg.SourceAsset:
    """Define a study's source; its version is a digest of its content."""
    return observed_files(
        study,
        source_key(study),
        "source",
        description="The real data, which the anchor is read from.",
        version=lambda: _content_version(study),
    )


def source_assets(study: Study) -> dg.AssetsDefinition:
    """Define the anchor and the holdout, which one op reads from the source."""
    descriptions = {
        ANCHOR: "The real rows that generators may be fitted to.",
        HOLDOUT: "The real rows that no generator is fitted to; every metric compares with them.",
    }
    if study.tests:
        descriptions[TESTS] = "The named test sets: real rows that nothing learns from."

    @dg.multi_asset(
        name=f"{identifier(study.study)}__split",
        specs=[
            dg.AssetSpec(
                asset_key(study, thing),
                deps=[source_key(study)],
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
            artefacts, source = Artefacts(study, outcross_store.open()), _content_version(study)
            record_input(context, source_key(study), source)
            made = make_anchor(artefacts)
        parts = {
            ANCHOR: replace(made, numbers={**made.numbers, SOURCE_VERSION: source}),
            HOLDOUT: Made(numbers={"rows": made.numbers["holdout_rows"]}),
        }
        if study.tests:
            parts[TESTS] = Made()
        for thing, part in parts.items():
            address, key = artefacts.address(thing), asset_key(study, thing)
            columns = dg.MetadataValue.table_schema(table_schema(artefacts.store.column_types(address)))
            yield asset_result(context, artefacts, address, part, key=key, also={COLUMNS: columns})

    return split


def _content_version(study: Study) -> str:
    """Identify the content of the source and of the named test sets."""
    with clear_failures():
        source, tests = study.source.content_version(), contents_of_tests(study)
    return source if not tests else hashlib.sha256(json.dumps([source, tests]).encode()).hexdigest()
