"""Tags of runs: what a run is about, who executes it, and whether Dagster retries it."""

import os

from outcross.assets.graph.tags import GENERATOR_TAG, STUDY_TAG
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.resources.executing_process import process_tags

__all__ = ["ARM_TAG", "GENERATOR_TAG", "RETRIES", "STUDY_TAG", "WORKER_TAG"]

ARM_TAG = "outcross/arm"
"""Tag of a lineage's runs: its arm."""
RUNG_TAG, CANDIDATE = "outcross/rung", "candidate"
"""Tag of the runs of rungs that a ladder may add: a backfill leaves them until a ladder asks, and no verdict waits."""
WORKER_TAG = "outcross/worker"
"""Tag of the runs that a worker of the command line executes: its process id."""
PARTITION_TAG = "dagster/partition"

_MAX_RETRIES = "dagster/max_retries"
RETRIES = {_MAX_RETRIES: "2", "dagster/retry_on_asset_or_op_failure": "false"}
"""A run is retried if its process was killed; one that failed with an error would fail again."""


def study_tags(study: Study) -> dict[str, str]:
    """Return the tags of a study's jobs."""
    return {STUDY_TAG: study.study, GENERATOR_TAG: study.generator_of(SHARED).kind, **RETRIES}


def lineage_tags(study: Study, lineage: str) -> dict[str, str]:
    """Return the tags of the runs of one lineage, in addition to those of its job."""
    planned = {} if lineage in study.required_lineages else {RUNG_TAG: CANDIDATE}
    return {ARM_TAG: study.lineages[lineage].arm, GENERATOR_TAG: study.generator_of(lineage).kind, **planned}


def worker_tags(study: Study, lineage: str | None) -> dict[str, str]:
    """Return the tags of a run that this process executes for the command line.

    Dagster does not retry such a run: whoever started the command runs it again.
    """
    about = {} if lineage is None else {PARTITION_TAG: lineage, **lineage_tags(study, lineage)}
    return {**study_tags(study), **about, **process_tags(), WORKER_TAG: str(os.getpid()), _MAX_RETRIES: "0"}
