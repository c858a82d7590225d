"""The assets and checks of a generation."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from outcross.assets.artefacts import DATASET, Artefacts, Slot
from outcross.assets.graph.gate import gated_before, refuse_if_blocked
from outcross.assets.graph.keys import (
    asset_key,
    checks_op,
    code_version,
    generation_group,
    lineage_partitions,
    upstream,
)
from outcross.assets.graph.results import asset_result, check_result
from outcross.assets.graph.settings import record_settings
from outcross.assets.steps import Step, run_checks
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.resources.store_resource import StoreResource


def step_asset(study: Study, generation: int, step: Step) -> dg.AssetsDefinition:
    """Define the asset of one step of a generation."""

    @dg.asset(
        key=asset_key(study, step.thing, generation),
        deps=upstream(study, step, generation),
        partitions_def=lineage_partitions(study) if generation else None,
        group_name=generation_group(study, generation),
        description=step.description,
        kinds=set(step.kinds),
        owners=list(study.owners),
        code_version=code_version(study, step, generation),
    )
    def make(context: dg.AssetExecutionContext, outcross_store: StoreResource) -> dg.MaterializeResult:
        lineage = context.partition_key if generation else SHARED
        slot = Slot(Artefacts(study, outcross_store.open()), generation, lineage)
        refuse_if_blocked(context, gated_before(slot, step))
        if step.thing == DATASET and generation:
            record_settings(context, study, lineage)
        made = step.make(slot)
        return asset_result(made, version=slot.artefacts.store.digest(slot.address(step.thing)))

    return make


def step_checks(study: Study, generation: int, step: Step) -> dg.AssetChecksDefinition:
    """Define the checks on the asset of one step of a generation."""
    key = asset_key(study, step.thing, generation)
    partitions = lineage_partitions(study) if generation else None

    @dg.multi_asset_check(
        name=checks_op(study, step, generation),
        specs=[
            dg.AssetCheckSpec(
                name, asset=key, description=description, blocking=step.blocking, partitions_def=partitions
            )
            for name, description in step.checks.items()
        ],
    )
    def check(context: dg.AssetCheckExecutionContext, outcross_store: StoreResource) -> Iterator[dg.AssetCheckResult]:
        lineage = context.op_execution_context.partition_key if generation else SHARED
        validated = run_checks(step, Slot(Artefacts(study, outcross_store.open()), generation, lineage))
        for name in step.checks:
            yield check_result(key, name, validated.filter(pl.col("check") == name), blocking=step.blocking)

    return check
