"""The asset factory: it turns a study into a chain of assets, in which generation g depends on generation g − 1."""

import dagster as dg

from outcross.assets.checks import has_checks
from outcross.assets.graph.conclusion import conclusion_assets, conclusion_checks
from outcross.assets.graph.curves import curves_asset
from outcross.assets.graph.generation import step_asset, step_checks
from outcross.assets.graph.pool import pool_assets
from outcross.assets.graph.settings import settings_asset
from outcross.assets.graph.source import observed_source, source_assets
from outcross.assets.steps import steps_of
from outcross.assets.study.study import Study

GraphPart = dg.AssetsDefinition | dg.AssetChecksDefinition | dg.SourceAsset | dg.AssetSpec


def study_graph(study: Study) -> list[GraphPart]:
    """Define every asset and check of a study."""
    graph: list[GraphPart] = [observed_source(study), settings_asset(study), source_assets(study), *pool_assets(study)]
    for generation in range(study.generations):
        for step in steps_of(study):
            graph.append(step_asset(study, generation, step))
            if has_checks(step.thing, generation):
                graph.append(step_checks(study, generation, step))
    return [*graph, curves_asset(study), *conclusion_assets(study), *conclusion_checks(study)]
