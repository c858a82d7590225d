"""The assets that conclude a study: its verdict and its report."""

from collections.abc import Sequence

import dagster as dg

from outcross.assets.artefacts import EVALUATION, REPORT, VERDICT, Artefacts
from outcross.assets.graph.automation import conclusion_condition, report_condition
from outcross.assets.graph.failures import clear_failures
from outcross.assets.graph.gate import gated_before_verdict, refuse_if_blocked
from outcross.assets.graph.keys import asset_key, identifier, settings_version
from outcross.assets.graph.results import asset_result
from outcross.assets.graph.tags import asset_tags
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import analysis_version, make_report, make_verdict, report_location
from outcross.resources.store_resource import StoreResource


def conclusion_assets(study: Study) -> Sequence[dg.AssetsDefinition]:
    """Define the verdict and the report of a study."""
    evaluations = [asset_key(study, EVALUATION, generation) for generation in range(study.generations)]

    @dg.asset(
        key=asset_key(study, VERDICT),
        deps=evaluations,
        description="For each ladder and endpoint: the safe share and its lower 95 % limit.",
        kinds={"parquet", "duckdb"},
        group_name=identifier(study.study),
        owners=list(study.owners),
        code_version=analysis_version(study),
        automation_condition=conclusion_condition(study),
        tags=asset_tags(study, VERDICT),
    )
    def verdict(context: dg.AssetExecutionContext, outcross_store: StoreResource) -> dg.MaterializeResult:
        with clear_failures():
            artefacts = Artefacts(study, outcross_store.open())
            refuse_if_blocked(context, gated_before_verdict(artefacts))
            return asset_result(context, artefacts, artefacts.address(VERDICT), make_verdict(artefacts))

    @dg.asset(
        key=asset_key(study, REPORT),
        deps=[asset_key(study, VERDICT)],
        description="One HTML file with the verdict, the curves and a gallery; opens without a network.",
        kinds={"html"},
        group_name=identifier(study.study),
        owners=list(study.owners),
        code_version=settings_version(study),
        automation_condition=report_condition(),
        tags=asset_tags(study, REPORT),
    )
    def report(context: dg.AssetExecutionContext, outcross_store: StoreResource) -> dg.MaterializeResult:
        with clear_failures():
            artefacts = Artefacts(study, outcross_store.open())
            made, shown = make_report(artefacts), {"report": dg.MetadataValue.path(report_location(artefacts))}
            return asset_result(context, artefacts, artefacts.address(REPORT), made, also=shown)

    return [verdict, report]
