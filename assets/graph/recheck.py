"""The checks of an asset, run again on what is there: the asset is not made anew.

A check fails for a reason outside its asset too: a bound that was too strict, a disk that was full. Dagster runs no
check on one partition by itself, so a job of the study does.
"""

from collections.abc import Sequence

import dagster as dg
import polars as pl
import yaml
from pydantic import Field

from outcross.assets.artefacts import Artefacts, Slot
from outcross.assets.checks import has_checks
from outcross.assets.graph.failures import clear_failures
from outcross.assets.graph.keys import asset_key, recheck_job_name
from outcross.assets.graph.results import check_result
from outcross.assets.steps import STEPS, Step, run_checks
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.resources.dagster_internals import report_check
from outcross.resources.errors import BadInput
from outcross.resources.identifier import identifier
from outcross.resources.store_resource import StoreResource


class Recheck(dg.Config):
    """The assets whose checks are run again."""

    thing: str = Field(description="dataset, model, synthetic or evaluation")
    generation: int = Field(description="0 is shared by all lineages")
    lineages: list[str] = Field(default=[], description="by default, every lineage that has made the thing")


def recheck_config(slot: Slot, thing: str) -> str:
    """Return the run configuration, as YAML, with which the job checks a thing of a lineage again."""
    lineages = [slot.lineage] if slot.generation else []
    wanted = Recheck(thing=thing, generation=slot.generation, lineages=lineages)
    return str(yaml.safe_dump({"ops": {_op_name(slot.study): {"config": wanted.model_dump()}}}, sort_keys=False))


def recheck_job(study: Study) -> dg.JobDefinition:
    """Define the job that runs the checks of existing assets again."""

    @dg.op(name=_op_name(study), description="Measure what is there, and record the outcome on it.")
    def check_again(context: dg.OpExecutionContext, config: Recheck, outcross_store: StoreResource) -> None:
        with clear_failures():
            step = _find_step(study, config)
            slots = _find_slots(Artefacts(study, outcross_store.open()), step, config)
            failed = [text for slot in slots for text in _recheck(context, slot, step)]
        context.add_output_metadata({"lineages": ", ".join(slot.lineage for slot in slots)})
        if failed:
            raise dg.Failure(
                f"checks failed again: {'; '.join(failed)}. Open the check, fix the cause, then rematerialize the "
                "asset together with its checks.",
                allow_retries=False,
            )

    @dg.job(
        name=recheck_job_name(study),
        description=f"Run the checks of an asset of '{study.study}' again, without making the asset anew.",
        executor_def=dg.in_process_executor,
    )
    def again() -> None:
        check_again()

    return again


def _recheck(context: dg.OpExecutionContext, slot: Slot, step: Step) -> list[str]:
    """Run the checks of one thing again, and record each outcome in the store and in Dagster's history.

    Returns:
        What failed, one text for each check.

    Raises:
        BadInput: the thing is in the store, but no run of this instance has materialised it.
        MissingArtefact: it has not been made.
        StaleArtefact: it was made under other settings.
    """
    slot.artefacts.provenance(slot.address(step.thing))
    key, partition = asset_key(slot.study, step.thing, slot.generation), slot.lineage if slot.generation else None
    validated, failed = run_checks(step, slot), []
    for name in step.checks:
        result = check_result(key, name, validated.filter(pl.col("check") == name), blocking=step.blocking)
        if not report_check(context.instance, context.run, result, partition=partition, blocking=step.blocking):
            raise BadInput(
                f"{key.to_user_string()} of lineage '{slot.lineage}' was never materialised by a run of this instance; "
                "materialize it together with its checks"
            )
        if not result.passed:
            failed.append(f"{key.to_user_string()} of '{slot.lineage}': {name}, {result.description}")
    return failed


def _find_step(study: Study, config: Recheck) -> Step:
    if not 0 <= config.generation < study.generations:
        raise BadInput(
            f"study '{study.study}' has no generation {config.generation}; choose one from 0 to {study.generations - 1}"
        )
    checked = {step.thing: step for step in STEPS if has_checks(step.thing, config.generation)}
    if config.thing not in checked:
        raise BadInput(
            f"generation {config.generation} of study '{study.study}' has no checks of '{config.thing}'; choose from "
            f"{', '.join(checked)}"
        )
    return checked[config.thing]


def _find_slots(artefacts: Artefacts, step: Step, config: Recheck) -> Sequence[Slot]:
    study = artefacts.study
    if not config.generation:
        return [Slot(artefacts, 0, SHARED)]
    unknown = [name for name in config.lineages if name not in study.lineages]
    if unknown:
        raise BadInput(f"study '{study.study}' has no lineage '{unknown[0]}'; choose from {', '.join(study.lineages)}")
    if config.lineages:
        return [Slot(artefacts, config.generation, name) for name in config.lineages]
    every = [Slot(artefacts, config.generation, name) for name in study.lineages]
    return [slot for slot in every if artefacts.store.exists(slot.address(step.thing))]


def _op_name(study: Study) -> str:
    return f"{identifier(study.study)}_check_again"
