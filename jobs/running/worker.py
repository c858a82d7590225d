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
from pathlib import Path
from typing import Any, TextIO

import dagster as dg

from outcross.jobs.files.study_files import load_study
from outcross.jobs.running.failures import describe
from outcross.jobs.running.instance import open_instance
from outcross.jobs.running.study_definitions import study_definitions
from outcross.jobs.running.study_jobs import WORKER_TAG
from outcross.resources.generators.external.command import kill_commands


def main() -> None:
    """Serve the study given by the arguments: its file, and the store's root."""
    path, root = sys.argv[1:3]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints goes to the log, not into the answers
    study = load_study(Path(path))
    definitions, instance = study_definitions([study], root=root), open_instance()
    requests: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(sys.stdin, requests), daemon=True).start()
    _warm_up()
    while True:
        request = requests.get()
        error = _execute(definitions, instance, request)
        print(json.dumps({"run_id": request["run_id"], "error": error}), file=answers, flush=True)


def _listen(source: TextIO, requests: "queue.Queue[dict[str, Any]]") -> None:
    for line in source:
        requests.put(json.loads(line))
    kill_commands()
    os._exit(0)


def _warm_up() -> None:
    """Import the libraries that every run needs while the engine still plans."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations  # noqa: F401
    import sklearn.linear_model  # noqa: F401
    import torch  # noqa: F401


def _execute(definitions: dg.Definitions, instance: dg.DagsterInstance, request: dict[str, Any]) -> str | None:
    """Execute one run; return its error, or None."""
    result = definitions.resolve_job_def(request["job"]).execute_in_process(
        instance=instance,
        partition_key=request["partition"],
        asset_selection=[dg.AssetKey(key) for key in request["keys"]],
        run_id=request["run_id"],
        tags={WORKER_TAG: str(os.getpid())},
        raise_on_error=False,
    )
    if result.success:
        return None
    failures = [event for event in result.all_events if event.is_step_failure]
    return "\n".join(describe(event) for event in failures) or "the run failed before its first step"


if __name__ == "__main__":
    main()
