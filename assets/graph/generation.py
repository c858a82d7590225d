"""The assets and checks of a generation."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from outcross.assets.artefacts import DATASET, EVALUATION, LEARNER, MODEL, SYNTHETIC, Artefacts, Made, Slot
from outcross.assets.graph.automation import check_condition, step_condition
from outcross.assets.graph.candidate_rungs import is_left
from outcross.assets.graph.columns import thing_columns
from outcross.assets.graph.curves import curve_points
from outcross.assets.graph.failures import clear_failures
from outcross.assets.graph.gate import gated_before, refuse_if_blocked
from outcross.assets.graph.keys import (
    FIT_POOL,
    asset_key,
    checks_op,
    code_version,
    generation_group,
    lineage_partitions,
    upstream,
)
from outcross.assets.graph.results import asset_result, check_result
from outcross.assets.graph.settings import record_settings
from outcross.assets.graph.tags import asset_tags
from outcross.assets.graph.unfinished import partitioned_check
from outcross.assets.steps import Step, run_checks
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.resources.part_query import trace_query
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
        automation_condition=step_condition(study, generation, step),
        tags=asset_tags(study, step.thing, generation),
        metadata=thing_columns(step.thing) | _trace(study, generation, step),
        pool=FIT_POOL if step.thing in {LEARNER, MODEL, SYNTHETIC} else None,
        output_required=not (generation and study.most_added),  # a backfill leaves rungs that no ladder asked for
    )
    def make(context: dg.AssetExecutionContext, outcross_store: StoreResource) -> Iterator[dg.MaterializeResult]:
        lineage = context.partition_key if generation else SHARED
        with clear_failures():
            slot = Slot(Artefacts(study, outcross_store.open()), generation, lineage)
            if is_left(context, slot):
                return
            refuse_if_blocked(context, gated_before(slot, step))
            if step.thing == DATASET and generation:
                record_settings(context, study, lineage)
            made = step.make(slot)
            if step.thing == EVALUATION:
                made = _of_endpoints(study, made)
                for point in curve_points(slot):
                    context.log_event(point)
            result = asset_result(context, slot.artefacts, slot.address(step.thing), made)
        yield result

    return make


def step_checks(study: Study, generation: int, step: Step) -> dg.AssetChecksDefinition:
    """Define the checks on the asset of one step of a generation."""
    key = asset_key(study, step.thing, generation)
    partitions = lineage_partitions(study) if generation else None

    @dg.multi_asset_check(
        name=checks_op(study, step, generation),
        specs=[
            partitioned_check(
                name,
                asset=key,
                description=description,
                blocking=step.blocking,
                partitions_def=partitions,
                automation_condition=check_condition() if generation else None,
            )
            for name, description in step.checks.items()
        ],
    )
    def check(context: dg.AssetCheckExecutionContext, outcross_store: StoreResource) -> Iterator[dg.AssetCheckResult]:
        lineage = context.op_execution_context.partition_key if generation else SHARED
        with clear_failures():
            validated = run_checks(step, Slot(Artefacts(study, outcross_store.open()), generation, lineage))
        for name in step.checks:
            yield check_result(key, name, validated.filter(pl.col("check") == name), blocking=step.blocking)

    return check


def _of_endpoints(study: Study, made: Made) -> Made:
    """Leave the other numbers of an evaluation to the curves, where each is next to those of other generations."""
    return Made(numbers={name: value for name, value in made.numbers.items() if name in study.endpoints})


def _trace(study: Study, generation: int, step: Step) -> dict[str, dg.MetadataValue]:
    """Return the query that traces the first synthetic row of the first replicate, as an example to change."""
    if step.thing != SYNTHETIC:
        return {}
    return {"trace_of_a_row": dg.MetadataValue.text(trace_query(study.study, generation, f"g{generation}.r0.0"))}
