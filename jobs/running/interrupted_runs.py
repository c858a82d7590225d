"""Runs whose process has ended without a word: a worker that was killed, a UI that was killed, a host that lost power.

Dagster would show them as running for ever, and what waits for them would wait for ever. Only runs of this host are
judged, because nobody can see the processes of another.
"""

import dagster as dg

from outcross.jobs.running.run_tags import STUDY_TAG, WORKER_TAG
from outcross.resources.dagster_internals import free_pool_slots, report_canceled, report_failed
from outcross.resources.executing_process import HOST_TAG, has_ended, process_tags

_EXECUTED = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_CREATED = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING]
_ENDED = "The process that executed this run has ended."


def is_of_worker(run: dg.DagsterRun) -> bool:
    """Return whether a worker of the command line executes a run; a run that repeats another copies its tags."""
    return WORKER_TAG in run.tags and run.parent_run_id is None


def is_interrupted(run: dg.DagsterRun) -> bool:
    """Return whether a run is unfinished although its process has ended; of another host's runs, this is not known."""
    if run.status in _CREATED and not is_of_worker(run):
        return False  # its tags may be those of the run that it repeats
    return run.status in [*_EXECUTED, *_CREATED] and has_ended(run.tags)


def close_interrupted(instance: dg.DagsterInstance, *, study: str | None = None) -> list[dg.DagsterRun]:
    """Report the interrupted runs of this host as ended, free their slots in pools, and return them.

    A run of the command line, or one that was to be terminated, is reported as cancelled. Any other is reported as
    failed, so that Dagster retries it.

    Args:
        instance: the instance.
        study: only the runs that workers of the command line executed for this study; by default, every run.
    """
    tags = {HOST_TAG: process_tags()[HOST_TAG], **({} if study is None else {STUDY_TAG: study})}
    unfinished = instance.get_runs(dg.RunsFilter(statuses=[*_EXECUTED, *_CREATED], tags=tags))
    interrupted = [run for run in unfinished if is_interrupted(run) and (study is None or is_of_worker(run))]
    for run in interrupted:
        close(instance, run)
    free_pool_slots(instance)
    return interrupted


def close(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Report a run whose process has ended: as cancelled if nobody retries it, or else as failed."""
    if is_of_worker(run) or run.status == dg.DagsterRunStatus.CANCELING:
        report_canceled(instance, run, _ENDED)
    else:
        report_failed(instance, run, _ENDED)
