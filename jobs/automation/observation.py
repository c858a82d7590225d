"""Observe what a study reads but does not make: the settings of their lineages, and the files of their sources.

A run records what it reads by itself. These two find what changed since: the sensor compares fingerprints, which takes
no run; the schedule starts a run, because a source may be large. Both skip a study that was never run.
"""

from zlib import crc32

import dagster as dg

from outcross.assets.artefacts import ANCHOR
from outcross.assets.graph.keys import asset_key, pool_files_key, source_key
from outcross.assets.graph.settings import changed_settings
from outcross.assets.pool.read import pool_of
from outcross.assets.study.study import Study
from outcross.resources.identifier import identifier
from outcross.resources.sources.file_source import FileSource

SECONDS = 30


def observation(study: Study) -> dg.Definitions:
    """Define the observation of a study."""
    settings = dg.Definitions(sensors=[settings_sensor(study)])
    files = isinstance(study.source, FileSource) or pool_of(study) is not None
    return dg.Definitions.merge(settings, observe_source(study)) if files else settings


def settings_sensor(study: Study) -> dg.SensorDefinition:
    """Define the sensor that records changed settings of lineages, once the study file has been loaded again."""

    @dg.sensor(
        name=f"{identifier(study.study)}_settings",
        description=f"Record which lineages of '{study.study}' have new settings, so that their assets show as stale.",
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def compare(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        changed = list(changed_settings(context.instance, study))
        return dg.SensorResult(asset_events=changed) if changed else dg.SkipReason("no lineage has other settings")

    return compare


def observe_source(study: Study) -> dg.Definitions:
    """Define the nightly observation of a study's files, between 01:00 and 02:00 UTC, once its anchor was made.

    They are those of its source and of its pool, where it has one.
    """
    name = f"{identifier(study.study)}_source"
    job = dg.define_asset_job(
        name,
        dg.AssetSelection.assets(source_key(study), *([] if pool_of(study) is None else [pool_files_key(study)])),
        description=f"Observe whether the files of '{study.study}' have changed.",
        executor_def=dg.in_process_executor,
    )

    @dg.schedule(
        name=f"{name}_nightly",
        job=job,
        cron_schedule=f"{crc32(study.study.encode()) % 60} 1 * * *",
        execution_timezone="UTC",
        description=f"Observe every night whether the files of '{study.study}' have changed since its anchor was made.",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if context.instance.get_latest_materialization_event(asset_key(study, ANCHOR)) is None:
            return dg.SkipReason(f"study '{study.study}' has not been run: there is nothing to compare its source with")
        return dg.RunRequest()

    return dg.Definitions(jobs=[job], schedules=[nightly])
