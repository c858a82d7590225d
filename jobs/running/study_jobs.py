"""The jobs of a study: its start (source and generation 0), its lineages, and its conclusion."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg

from outcross.assets.artefacts import ANCHOR, HOLDOUT, REPORT, VERDICT
from outcross.assets.graph.keys import asset_key, given_things, lineage_partitions
from outcross.assets.steps import steps_of
from outcross.assets.study.study import Study
from outcross.jobs.running.guard_docs import docs_key
from outcross.jobs.running.run_tags import lineage_tags, study_tags

if TYPE_CHECKING:
    from outcross.resources.dagster_internals import AssetJob


@dataclass(frozen=True)
class JobNames:
    """Names of a study's jobs and of its sensor.

    The lineages' job excludes generation 0, which every lineage would otherwise remake.
    """

    start: str
    lineages: str
    conclusion: str
    sensor: str


def job_names(study: Study) -> JobNames:
    """Return the names of a study's three jobs and of its sensor."""
    stem = study.study.replace("-", "_")
    return JobNames(f"{stem}_start", f"{stem}_lineages", f"{stem}_conclusion", f"{stem}_automation")


def start_keys(study: Study) -> list[dg.AssetKey]:
    """Return the asset keys of the source and of generation 0."""
    first = [asset_key(study, step.thing, 0) for step in steps_of(study)]
    return [asset_key(study, thing) for thing in (ANCHOR, HOLDOUT, *given_things(study))] + first


def lineage_keys(study: Study, *, since: int = 1) -> list[dg.AssetKey]:
    """Return the keys of the partitioned assets, from generation ``since`` on."""
    return [asset_key(study, step.thing, g) for g in range(since, study.generations) for step in steps_of(study)]


def conclusion_keys(study: Study) -> list[dg.AssetKey]:
    """Return the asset keys of the verdict and the report."""
    return [asset_key(study, VERDICT), asset_key(study, REPORT)]


def study_jobs(study: Study) -> list["AssetJob"]:
    """Define a study's jobs; their steps run in one process, because a process per step costs seconds."""
    names, tags = job_names(study), study_tags(study)
    return [
        dg.define_asset_job(
            names.start,
            dg.AssetSelection.assets(*start_keys(study)),
            description=f"Read the source of '{study.study}', split it, and make generation 0, which all arms share.",
            executor_def=dg.in_process_executor,
            tags=tags,
        ),
        dg.define_asset_job(
            names.lineages,
            dg.AssetSelection.assets(*lineage_keys(study)),
            description=f"Make every generation of one lineage of '{study.study}'; backfill it over the lineages.",
            config=_tag_by_lineage(study),
            executor_def=dg.in_process_executor,
            tags=tags,
        ),
        dg.define_asset_job(
            names.conclusion,
            dg.AssetSelection.assets(*conclusion_keys(study), docs_key(study)),
            description=f"Make the verdict, the report and the Data Docs of '{study.study}'.",
            executor_def=dg.in_process_executor,
            tags=tags,
        ),
    ]


def _tag_by_lineage(study: Study) -> "dg.PartitionedConfig[dg.StaticPartitionsDefinition]":
    """Return settings of a run that are none but the tags of its lineage."""
    return dg.PartitionedConfig(
        partitions_def=lineage_partitions(study),
        run_config_for_partition_key_fn=lambda _: {},
        tags_for_partition_key_fn=lambda lineage: lineage_tags(study, lineage),
    )
