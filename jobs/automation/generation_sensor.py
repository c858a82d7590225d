"""The sensor of a study's generations: once one has passed its checks, the next of that lineage is started.

A study normally runs whole: ``outcross study``, or a run of the lineages' job, makes all generations of a lineage in
one go, which is faster. The sensor is for generations that take hours each, so that a machine may be taken away in
between and every generation is a run of its own. It is therefore off until somebody turns it on; while it is on, the
study should not be run by other means.

It reads what is there, and needs no history of its own. A generation is due where the one before it is made, where
all blocking checks on that one passed for this lineage, and where it is not made itself, or was made before the one
that it is built on. A run's key names the materialisation that it is built on: a generation that failed is not
started again by itself, and one whose predecessor is made anew is. The cursor remembers the last key of each
lineage, so that a lineage that is stopped asks for nothing twice.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import dagster as dg

from outcross.assets.artefacts import EVALUATION
from outcross.assets.gate import CheckStatus, check_statuses
from outcross.assets.generations import asset_key, check_keys
from outcross.assets.steps import STEPS
from outcross.assets.study.study import Study
from outcross.jobs.running.study_jobs import job_names

if TYPE_CHECKING:
    from outcross.jobs.running.dagster_internals import AssetJob

SECONDS = 30
_FINISHED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
_PARTITION = "dagster/partition"


def generation_sensor(study: Study, job: "AssetJob | dg.JobDefinition") -> dg.SensorDefinition:
    """The sensor of one study, which asks for runs of its lineages' job."""

    @dg.sensor(
        name=f"{study.study.replace('-', '_')}_generations",
        job=job,
        description=f"Start generation g + 1 of a lineage of '{study.study}' once generation g has passed its checks. "
        "Off by default: a study normally runs whole.",
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    def follow(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        asked: dict[str, str] = json.loads(context.cursor or "{}")
        running = _busy_lineages(context.instance, study)
        requests = []
        for lineage, (generation, built_on) in due(context.instance, study).items():
            key = f"{study.study}/{lineage}/gen_{generation:02d}/{built_on}"
            if lineage in running or asked.get(lineage) == key:
                continue
            asked[lineage] = key
            keys = [asset_key(study, step.thing, generation) for step in STEPS]
            requests.append(dg.RunRequest(run_key=key, partition_key=lineage, asset_selection=keys))
        reason = None if requests else f"no generation is due; {len(running)} lineages are running"
        return dg.SensorResult(run_requests=requests, skip_reason=reason, cursor=json.dumps(asked))

    return follow


def due(instance: dg.DagsterInstance, study: Study) -> dict[str, tuple[int, int]]:
    """Lineage → the generation that it is to make next, and the materialisation that this one is built on."""
    wanted: dict[str, tuple[int, int]] = {}
    made = _evaluation_events(instance, study, 0)
    for generation in range(study.generations - 1):
        passed = _lineages_that_passed(instance, study, generation)
        after = _evaluation_events(instance, study, generation + 1)
        for lineage in set(made) & passed:
            if after.get(lineage, -1) < made[lineage]:
                wanted[lineage] = (generation + 1, made[lineage])
        made = {lineage: event for lineage, event in after.items() if lineage in made and lineage not in wanted}
    return dict(sorted(wanted.items()))


def _evaluation_events(instance: dg.DagsterInstance, study: Study, generation: int) -> Mapping[str, int]:
    """Lineage → the event that made its evaluation, the last thing of a generation. All share generation 0."""
    key = asset_key(study, EVALUATION, generation)
    if generation:
        return instance.get_latest_storage_id_by_partition(key, dg.DagsterEventType.ASSET_MATERIALIZATION)
    records = instance.fetch_materializations(key, limit=1).records
    return {lineage: record.storage_id for record in records for lineage in study.lineages}


def _lineages_that_passed(instance: dg.DagsterInstance, study: Study, generation: int) -> set[str]:
    """The lineages of which no blocking check on a generation is open or failed."""
    keys = [key for step in STEPS if step.blocking for key in check_keys(study, step, generation)]
    statuses = check_statuses(instance, keys)
    return {
        lineage
        for lineage in study.lineages
        if all(statuses.get((key, lineage if generation else None)) == CheckStatus.SUCCEEDED for key in keys)
    }


def _busy_lineages(instance: dg.DagsterInstance, study: Study) -> set[str]:
    """The lineages that some run is making; all of them where a run is about what they share."""
    names = job_names(study)
    running: set[str] = set()
    unfinished = [status for status in dg.DagsterRunStatus if status not in _FINISHED]
    for run in instance.get_runs(dg.RunsFilter(statuses=unfinished)):
        selected = {key.path[0] for key in run.asset_selection or ()}
        if run.job_name in {names.start, names.lineages} or study.study in selected:
            lineage = run.tags.get(_PARTITION)
            running |= set(study.lineages) if lineage is None else {lineage}
    return running
