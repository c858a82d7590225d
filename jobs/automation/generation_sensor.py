"""The sensor of a study's generations: it starts generation g + 1 of a lineage once generation g passes its checks.

A study normally runs whole: ``outcross study``, or a run of the lineages' job, makes all generations of a lineage in
one run, which is faster. The sensor is for generations that take hours each: every generation is then a run of its
own, and the machine may stop between two of them. The sensor is therefore off by default. While it is on, do not run
the study by other means.

It needs no history of its own. A generation is due if its predecessor is materialised, all blocking checks on the
predecessor passed for this lineage, and the generation itself is missing or older than the predecessor. A run key
names the materialisation of the predecessor. A failed generation is therefore not started again, but it is once its
predecessor is materialised again. The cursor stores the last key of each lineage, so that a lineage that is stopped
requests nothing twice.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import dagster as dg

from outcross.assets.artefacts import EVALUATION
from outcross.assets.checks import Standing
from outcross.assets.graph.gate import check_standings
from outcross.assets.graph.keys import asset_key, check_keys
from outcross.assets.steps import STEPS
from outcross.assets.study.study import Study
from outcross.jobs.running.study_jobs import job_names

if TYPE_CHECKING:
    from outcross.resources.dagster_internals import AssetJob

SECONDS = 30
_FINISHED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
_PARTITION = "dagster/partition"


def generation_sensor(study: Study, job: "AssetJob | dg.JobDefinition") -> dg.SensorDefinition:
    """Define the sensor of one study, which requests runs of its lineages' job."""

    @dg.sensor(
        name=f"{study.study.replace('-', '_')}_generations",
        job=job,
        description=f"Start generation g + 1 of a lineage of '{study.study}' once generation g has passed its checks. "
        "Off by default: a study normally runs whole.",
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    def follow(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        requested: dict[str, str] = json.loads(context.cursor or "{}")
        running = _busy_lineages(context.instance, study)
        requests = []
        for lineage, (generation, built_on) in find_due(context.instance, study).items():
            key = f"{study.study}/{lineage}/gen_{generation:02d}/{built_on}"
            if lineage in running or requested.get(lineage) == key:
                continue
            requested[lineage] = key
            keys = [asset_key(study, step.thing, generation) for step in STEPS]
            requests.append(dg.RunRequest(run_key=key, partition_key=lineage, asset_selection=keys))
        reason = None if requests else f"no generation is due; lineages running: {len(running)}"
        return dg.SensorResult(run_requests=requests, skip_reason=reason, cursor=json.dumps(requested))

    return follow


def find_due(instance: dg.DagsterInstance, study: Study) -> dict[str, tuple[int, int]]:
    """Return lineage → the generation that is due, and the materialisation that it builds on."""
    due: dict[str, tuple[int, int]] = {}
    made = _evaluation_events(instance, study, 0)
    for generation in range(study.generations - 1):
        passed = _lineages_that_passed(instance, study, generation)
        after = _evaluation_events(instance, study, generation + 1)
        for lineage in set(made) & passed:
            if after.get(lineage, -1) < made[lineage]:
                due[lineage] = (generation + 1, made[lineage])
        made = {lineage: event for lineage, event in after.items() if lineage in made and lineage not in due}
    return dict(sorted(due.items()))


def _evaluation_events(instance: dg.DagsterInstance, study: Study, generation: int) -> Mapping[str, int]:
    """Return lineage → the event of its evaluation, the last asset of a generation. All lineages share generation 0."""
    key = asset_key(study, EVALUATION, generation)
    if generation:
        return instance.get_latest_storage_id_by_partition(key, dg.DagsterEventType.ASSET_MATERIALIZATION)
    records = instance.fetch_materializations(key, limit=1).records
    return {lineage: record.storage_id for record in records for lineage in study.lineages}


def _lineages_that_passed(instance: dg.DagsterInstance, study: Study, generation: int) -> set[str]:
    """Return the lineages for which every blocking check on a generation passed."""
    keys = [key for step in STEPS if step.blocking for key in check_keys(study, step, generation)]
    standings = check_standings(instance, keys)
    return {
        lineage
        for lineage in study.lineages
        if all(standings.get((key, lineage if generation else None)) == Standing.PASSED for key in keys)
    }


def _busy_lineages(instance: dg.DagsterInstance, study: Study) -> set[str]:
    """Return the lineages that have an unfinished run; all of them if the run makes what they share."""
    names = job_names(study)
    running: set[str] = set()
    unfinished = [status for status in dg.DagsterRunStatus if status not in _FINISHED]
    for run in instance.get_runs(dg.RunsFilter(statuses=unfinished)):
        selected = {key.path[0] for key in run.asset_selection or ()}
        if run.job_name in {names.start, names.lineages} or study.study in selected:
            lineage = run.tags.get(_PARTITION)
            running |= set(study.lineages) if lineage is None else {lineage}
    return running
