"""A worker process: it executes the runs that the engine requests for one study, one after another.

It reads one JSON object per line, ``{"job", "partition", "keys", "run_id"}``, and answers each with one,
``{"run_id", "error"}``. It exits when its input ends, even in the middle of a run, so that a killed engine leaves no
orphaned process that still writes.
"""

import json
import os
import queue
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

import dagster as dg

from outcross.assets.study.study import Study
from outcross.jobs.files.study_files import load_study
from outcross.jobs.running.failures import describe_all
from outcross.jobs.running.instance import open_worker_instance
from outcross.jobs.running.run_tags import worker_tags
from outcross.jobs.running.study_definitions import study_definitions
from outcross.resources.commands.command import kill_commands
from outcross.resources.dagster_internals import create_run, execute
from outcross.resources.dagster_sqlite import read_migrations_once
from outcross.resources.import_time import without_collection

LOCATION = "outcross.jobs.definitions"
"""The code location that ``outcross ui`` serves."""


def main() -> None:
    """Serve the study given by the arguments: its file, the store's root, and the size if it is a smaller one."""
    path, root, *rows = sys.argv[1:4]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints goes to the log, not into the answers
    study = load_study(Path(path))
    study = study.at_rows(int(rows[0])) if rows else study
    definitions, instance = study_definitions([study], root=root), open_worker_instance()
    requests: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(sys.stdin, requests), daemon=True).start()
    import_libraries()
    while True:
        request = requests.get()
        error = _execute(study, definitions, instance, request)
        print(json.dumps({"run_id": request["run_id"], "error": error}), file=answers, flush=True)


def _listen(source: TextIO, requests: "queue.Queue[dict[str, Any]]") -> None:
    for line in source:
        requests.put(json.loads(line))
    kill_commands()
    os._exit(0)


def import_libraries() -> None:
    """Import the libraries that every run needs; nothing is computed, so that a process may fork afterwards."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with without_collection():
        import great_expectations  # noqa: F401
        import sklearn.linear_model  # noqa: F401
        import torch  # noqa: F401

        import outcross.jobs.running.event_log  # noqa: F401
    read_migrations_once()


def _execute(
    study: Study, definitions: dg.Definitions, instance: dg.DagsterInstance, request: dict[str, Any]
) -> str | None:
    """Execute one run; return its error, or None."""
    job, keys = definitions.resolve_job_def(request["job"]), [dg.AssetKey(key) for key in request["keys"]]
    about = {"lineage": request["partition"], "keys": keys, "run_id": request["run_id"]}
    failures = execute_as_worker(instance, job, study, **about)
    if failures is None:
        return None
    return "\n".join(describe_all(instance, request["run_id"], failures)) or "the run failed before its first step"


def execute_as_worker(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    study: Study,
    *,
    lineage: str | None,
    keys: Iterable[dg.AssetKey],
    run_id: str,
    config: Mapping[str, Any] | None = None,
) -> list[dg.DagsterEvent] | None:
    """Create a run of a study's job and execute it in this process.

    Args:
        instance: the instance.
        job: the job.
        study: the study.
        lineage: the partition of the run, if its job has partitions.
        keys: the assets to make.
        run_id: the id of the run, a UUID.
        config: the settings of the run; by default, none.

    Returns:
        The events of the steps that failed; None if the run succeeded.
    """
    run = create_run(
        instance,
        job,
        location=LOCATION,
        run_id=run_id,
        keys=keys,
        tags=worker_tags(study, lineage),
        config=config,
    )
    return execute(instance, job, run)


if __name__ == "__main__":
    main()
