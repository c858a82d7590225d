"""The sensor of a study whose ladders add rungs: it requests the next rung, one round after the other.

It is off by default, as the sensor of the conditions is, and may be on with or without it. Once every planned lineage
is finished it requests the rung that decides, then the next one, then the verdict on all of them. Rungs that are not
chosen are never requested. A run that failed is not requested again until something that it reads is made again.
"""

import hashlib
from dataclasses import replace

import dagster as dg

from outcross.assets.artefacts import EVALUATION, Artefacts
from outcross.assets.study.study import Study
from outcross.assets.verdict.degradation import IncompleteStudy
from outcross.jobs.running.guard_docs import docs_key
from outcross.jobs.running.plan import Plan, Run
from outcross.jobs.running.rounds import next_round
from outcross.jobs.running.run_tags import lineage_tags, study_tags
from outcross.jobs.running.study_jobs import conclusion_keys, lineage_keys
from outcross.resources.identifier import identifier
from outcross.resources.store_resource import StoreResource

SECONDS = 30


def refinement_sensor(study: Study) -> dg.SensorDefinition:
    """Define the sensor that requests the rungs which a study's ladders add."""

    @dg.sensor(
        name=f"{identifier(study.study)}_refinement",
        target=dg.AssetSelection.assets(*lineage_keys(study), *conclusion_keys(study), docs_key(study)),
        description=f"Add rungs to the ladders of '{study.study}' where they decide, at most {study.most_added}, once "
        "every planned lineage is finished; then reach the verdict again. Off by default.",
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    def add(context: dg.SensorEvaluationContext, outcross_store: StoreResource) -> dg.SensorResult | dg.SkipReason:
        artefacts = Artefacts(study, outcross_store.open())
        seen = _evaluated(artefacts)
        if seen == context.cursor:
            return dg.SkipReason("nothing was evaluated since the last request")
        try:
            current = next_round(artefacts)
        except IncompleteStudy as error:
            return dg.SkipReason(str(error))
        plan = Plan(artefacts, context.instance)
        runs = plan.additions(current.reasons)
        if not runs and current.added and (conclusion := plan.conclusion()):
            runs = [replace(conclusion, keys=[*conclusion.keys, docs_key(study)])]
        return dg.SensorResult(run_requests=[_request(study, run, seen) for run in runs], cursor=seen)

    return add


def _request(study: Study, run: Run, seen: str) -> dg.RunRequest:
    about = lineage_tags(study, run.partition) if run.partition else {}
    reason = {"outcross/reason": run.reason} if run.reason else {}
    return dg.RunRequest(
        run_key=f"{run.label}/{seen}",
        asset_selection=run.keys,
        partition_key=run.partition,
        tags={**study_tags(study), **about, **reason},
    )


def _evaluated(artefacts: Artefacts) -> str:
    """Hash of every evaluation that there is."""
    found = [
        f"{address} {artefacts.store.digest(address)}"
        for slot in artefacts.slots
        if artefacts.store.exists(address := slot.address(EVALUATION))
    ]
    return hashlib.sha256("\n".join(found).encode()).hexdigest()[:16]
