"""Run a study in worker processes, with the same jobs on the same instance as the UI; a second call resumes it."""

import json
import os
import queue
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from outcross.assets.artefacts import Artefacts
from outcross.assets.study.study import Study
from outcross.jobs.files.home import home
from outcross.jobs.files.study_files import load_study
from outcross.jobs.running.instance import open_instance
from outcross.jobs.running.plan import Plan, Run
from outcross.jobs.running.study_jobs import WORKER_TAG
from outcross.resources.errors import BadInput, OutcrossError
from outcross.resources.store import Store

_POLL_SECONDS = 0.3

Watch = Callable[[Run, int, int], None]
"""Called as ``watch(run, steps done, steps of that run)`` while a run is in progress, and once when it ends."""


class StudyFailed(OutcrossError):
    """A run of the study failed; the message names the run and the reason."""


@dataclass(frozen=True, kw_only=True)
class StudyFile:
    """A study's file and the store's root."""

    path: Path
    root: str

    def load(self) -> Study:
        """Read and validate the study."""
        return load_study(self.path)


def run_study(
    file: StudyFile,
    *,
    arms: Iterable[str] | None = None,
    workers: int | None = None,
    watch: Watch | None = None,
    reread_source: bool = False,
) -> list[Run]:
    """Run the missing parts of a study, and return the runs that this took.

    Args:
        file: the study.
        arms: only these arms; the verdict is then left out unless the lineages of the other arms are finished.
        workers: number of worker processes; one per core by default.
        watch: called with progress.
        reread_source: whether to read the source again because it has changed; everything made from it is then remade.

    Raises:
        BadInput: an arm is not known.
        StudyFailed: a run failed. Runs of other lineages are finished first, and their results are stored.
    """
    study = file.load()
    wanted = choose_lineages(study, arms)
    instance = open_instance()
    _cancel_interrupted(instance)

    def plan() -> Plan:
        """Plan what is missing now: each stage reads the store and the instance after the stage before it."""
        return Plan(Artefacts(study, Store(file.root)), instance)

    start = plan().start(reread_source=reread_source)
    count = min(workers or os.cpu_count() or 1, len(wanted))
    done: list[Run] = []
    with _Workers(file, instance, count, watch or _watch_nothing) as crew:
        if start:
            done += crew.run([start])
        before = plan()
        done += crew.run([run for name in wanted if (run := before.lineage(name))])
        after = plan()
        conclusion = None if any(after.lineage(name) for name in study.lineages) else after.conclusion()
        if conclusion:
            done += crew.run([conclusion])
    return done


def choose_lineages(study: Study, arms: Iterable[str] | None) -> list[str]:
    """Return the lineages of these arms, or all of them; raises ``BadInput`` if an arm is not known."""
    chosen = set(study.all_arms if arms is None else arms)
    unknown = sorted(chosen - set(study.all_arms))
    if unknown:
        raise BadInput(f"study '{study.study}' has no arm '{unknown[0]}'; choose from {', '.join(study.all_arms)}")
    return [name for name, lineage in study.lineages.items() if lineage.arm in chosen]


def _cancel_interrupted(instance: dg.DagsterInstance) -> None:
    """Mark the runs of dead workers as cancelled, so that the UI does not show them as running forever."""
    open_statuses = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.NOT_STARTED]
    for run in instance.get_runs(dg.RunsFilter(statuses=open_statuses)):
        worker = run.tags.get(WORKER_TAG)
        if worker is not None and not _is_alive(int(worker)):
            instance.report_run_canceled(run, message="The process that executed this run was killed.")


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _watch_nothing(run: Run, done: int, total: int) -> None:
    """Ignore progress."""


class _Workers:
    """Worker processes, each of which executes one run at a time."""

    def __init__(self, file: StudyFile, instance: dg.DagsterInstance, count: int, watch: Watch) -> None:
        self._file, self._instance, self._watch = file, instance, watch
        logs = home() / "logs"
        self._log_paths = [logs / f"worker-{os.getpid()}-{number}.log" for number in range(max(1, count))]
        self._processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> "_Workers":
        return self

    def _start(self) -> None:
        """Start the processes, unless they run already."""
        if self._processes:
            return
        self._log_paths[0].parent.mkdir(parents=True, exist_ok=True)
        worker = [sys.executable, "-P", "-m", "outcross.jobs.running.worker"]
        command = [*worker, str(self._file.path), self._file.root]
        for path in self._log_paths:
            with path.open("w") as log:
                self._processes.append(
                    subprocess.Popen(  # noqa: S603 - our own module, arguments as a list
                        command,
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=log,
                        text=True,
                    )
                )

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()
        for path in self._log_paths:
            path.unlink(missing_ok=True)

    def run(self, runs: list[Run]) -> list[Run]:
        """Execute runs, at most one per worker at a time, and return them.

        Raises:
            StudyFailed: one of the runs failed.
        """
        if not runs:
            return []
        self._start()
        waiting: queue.SimpleQueue[Run] = queue.SimpleQueue()
        for run in runs:
            waiting.put(run)
        active: dict[str, Run] = {}
        failed: dict[str, str] = {}
        threads = [
            threading.Thread(target=self._serve, args=(process, path, waiting, active, failed), daemon=True)
            for process, path in zip(self._processes, self._log_paths, strict=True)
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            for run_id, run in list(active.items()):
                self._report(run_id, run)
            for thread in threads:
                thread.join(_POLL_SECONDS)
        while not waiting.empty():
            failed[waiting.get().label] = (
                "not run, because every worker process has ended; run the same command again to resume"
            )
        if failed:
            raise StudyFailed("\n".join(f"{label}: {error}" for label, error in sorted(failed.items())))
        return runs

    def _serve(
        self,
        process: subprocess.Popen[str],
        log: Path,
        waiting: "queue.SimpleQueue[Run]",
        active: dict[str, Run],
        failed: dict[str, str],
    ) -> None:
        """Send runs to one worker until the queue is empty."""
        assert process.stdin is not None
        assert process.stdout is not None
        while True:
            try:
                run = waiting.get_nowait()
            except queue.Empty:
                return
            run_id = str(uuid.uuid4())
            active[run_id] = run
            request = {"job": run.job, "partition": run.partition, "keys": [k.path for k in run.keys], "run_id": run_id}
            try:
                process.stdin.write(json.dumps(request) + "\n")
                process.stdin.flush()
                answer = process.stdout.readline()
            except BrokenPipeError:
                answer = ""
            del active[run_id]
            if not answer:
                tail = log.read_text(errors="replace")[-2000:]
                failed[run.label] = f"its worker process ended with status {process.wait()}:\n{tail}"
                return
            error = json.loads(answer)["error"]
            if error:
                failed[run.label] = error
            else:
                self._watch(run, len(run.keys), len(run.keys))

    def _report(self, run_id: str, run: Run) -> None:
        if self._instance.has_run(run_id):
            made = self._instance.get_run_stats(run_id).materializations
            self._watch(run, min(made, len(run.keys)), len(run.keys))
