"""Run a study in worker processes, with the same jobs on the same instance as the UI; a second call resumes it."""

import json
import os
import queue
import threading
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import dagster as dg

from outcross.assets.artefacts import Artefacts
from outcross.assets.study.study import Study
from outcross.jobs.files.home import home
from outcross.jobs.files.study_files import load_study
from outcross.jobs.running.event_log_damage import named_event_log_damage
from outcross.jobs.running.instance import open_instance
from outcross.jobs.running.interrupted_runs import close, close_interrupted
from outcross.jobs.running.interruption import Interruption
from outcross.jobs.running.plan import Plan, Run
from outcross.jobs.running.rounds import next_round
from outcross.jobs.running.worker_process import WorkerProcess, WorkerStarter
from outcross.resources.dagster_internals import free_pool_slots
from outcross.resources.did_you_mean import did_you_mean
from outcross.resources.errors import BadInput, OutcrossError
from outcross.resources.store import Store
from outcross.resources.system_faults import fault_of_message

_POLL_SECONDS = 0.3
_TERMINATED = {dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED}

Watch = Callable[[Run, int, int], None]
"""Called as ``watch(run, steps done, steps of that run)`` while a run is in progress, and once when it ends."""


class StudyFailed(OutcrossError):
    """A run of the study failed; the message names the run and the reason."""


class StudyTerminated(StudyFailed):
    """Somebody terminated a run of the study in the UI; the message names the run."""


@dataclass(frozen=True, kw_only=True)
class StudyFile:
    """A study's file and the store's root; ``rows`` names a smaller size of its ladder of rows."""

    path: Path
    root: str
    rows: int | None = None

    def load(self) -> Study:
        """Read and validate the study."""
        study = load_study(self.path)
        return study if self.rows is None else study.at_rows(self.rows)

    @property
    def arguments(self) -> list[str]:
        """What a worker is told of it."""
        return [str(self.path), self.root, *([] if self.rows is None else [str(self.rows)])]


def run_study(
    file: StudyFile,
    *,
    arms: Iterable[str] | None = None,
    workers: int | None = None,
    watch: Watch | None = None,
    reread_source: bool = False,
) -> list[Run]:
    """Run the missing parts of a study, and return the runs that this took; smaller sizes of it go first.

    Args:
        file: the study.
        arms: only these arms; the verdict is then left out unless the lineages of the other arms are finished, and no
            ladder adds rungs.
        workers: number of worker processes; one per core by default.
        watch: called with progress.
        reread_source: whether to read the source again because it has changed; everything made from it is then remade.

    Raises:
        BadInput: an arm is not known.
        StudyFailed: a run failed. Runs of other lineages are finished first, and their results are stored.
        StudyTerminated: a run was terminated in the UI. Runs in progress are finished first; no other run is started.
        Damaged: a database of Dagster's history is.
    """
    arms = None if arms is None else tuple(arms)
    smaller = [replace(file, rows=each) for each in file.load().smaller_rows]
    with named_event_log_damage():
        return [
            run
            for each in [*smaller, file]
            for run in _run_size(each, arms=arms, workers=workers, watch=watch, reread_source=reread_source)
        ]


def _run_size(
    file: StudyFile, *, arms: Iterable[str] | None, workers: int | None, watch: Watch | None, reread_source: bool
) -> list[Run]:
    study = file.load()
    wanted = choose_lineages(study, arms)
    instance = open_instance()
    close_interrupted(instance, study=study.study)

    def plan() -> Plan:
        """Plan what is missing now: each stage reads the store and the instance after the stage before it."""
        return Plan(Artefacts(study, Store(file.root)), instance)

    start = plan().start(reread_source=reread_source)
    count = min(workers or os.cpu_count() or 1, len(wanted))
    done: list[Run] = []
    with (
        Interruption() as interruption,
        _Workers(file, instance, count, watch or _watch_nothing, interruption) as crew,
    ):
        if start:
            done += crew.run([start])
        before = plan()
        done += crew.run([run for name in wanted if (run := before.lineage(name))])
        after = plan()
        if any(after.lineage(name) for name in study.required_lineages):
            return done
        while arms is None and study.most_added:
            reasons = next_round(after.artefacts).reasons
            if not (added := after.additions(reasons)):
                break
            done += crew.run(added)
            after = plan()
        if conclusion := after.conclusion():
            done += crew.run([conclusion])
    return done


def choose_lineages(study: Study, arms: Iterable[str] | None) -> list[str]:
    """Return the lineages of these arms, or all but those that ladders may add; ``BadInput`` if an arm is unknown."""
    if arms is None:
        return list(study.required_lineages)
    chosen = set(arms)
    unknown = sorted(chosen - set(study.all_arms))
    if unknown:
        raise BadInput(
            f"study '{study.study}' has no arm '{unknown[0]}'{did_you_mean(unknown[0], study.all_arms)}; choose from "
            f"{', '.join(study.all_arms)}"
        )
    return [name for name, lineage in study.lineages.items() if lineage.arm in chosen]


def _watch_nothing(run: Run, done: int, total: int) -> None:
    """Ignore progress."""


class _Workers:
    """Worker processes, each of which executes one run at a time."""

    def __init__(
        self, file: StudyFile, instance: dg.DagsterInstance, count: int, watch: Watch, interruption: Interruption
    ) -> None:
        self._file, self._instance, self._watch, self._interruption = file, instance, watch, interruption
        logs = home() / "logs"
        self._log_paths = [logs / f"worker-{os.getpid()}-{number}.log" for number in range(max(1, count))]
        self._processes: list[WorkerProcess] = []
        self._starter: WorkerStarter | None = None
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()

    def __enter__(self) -> "_Workers":
        return self

    def _start(self) -> None:
        """Start the processes, unless they run already."""
        if self._processes:
            return
        self._log_paths[0].parent.mkdir(parents=True, exist_ok=True)
        self._starter = WorkerStarter(len(self._log_paths))
        for path in self._log_paths:
            self._processes.append(self._starter.start(self._file.arguments, path))

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for process in self._processes:
            _end(process)
        for thread in self._threads:
            thread.join()
        if self._starter is not None:
            self._starter.close()
        for path in self._log_paths:
            path.unlink(missing_ok=True)

    def run(self, runs: list[Run]) -> list[Run]:
        """Execute runs, at most one per worker at a time, and return them.

        Raises:
            StudyFailed: one of the runs failed.
            StudyTerminated: one of the runs was terminated in the UI.
        """
        if not runs:
            return []
        self._start()
        stage = _Stage(runs)
        self._threads = [
            threading.Thread(target=self._serve, args=(process, path, stage), daemon=True)
            for process, path in zip(self._processes, self._log_paths, strict=True)
        ]
        for thread in self._threads:
            thread.start()
        serving = len(self._threads)
        while serving:
            self._interruption.raise_if_wanted()
            for run_id in list(stage.active):
                self._follow(run_id, stage)
            with suppress(queue.Empty):
                fault = stage.ended.get(timeout=_POLL_SECONDS)
                serving -= 1
                if fault is not None:
                    raise fault
        stage.raise_if_unfinished()
        return runs

    def _serve(self, process: WorkerProcess, log: Path, stage: "_Stage") -> None:
        """Send runs to one worker until none is left, or one is terminated; the main thread raises what goes wrong."""
        fault: Exception | None = None
        try:
            self._send_runs(process, log, stage)
        except Exception as error:
            fault = error
        finally:
            stage.ended.put(fault)

    def _send_runs(self, process: WorkerProcess, log: Path, stage: "_Stage") -> None:
        while not (self._stopped.is_set() or stage.terminated):
            try:
                run = stage.waiting.get_nowait()
            except queue.Empty:
                return
            run_id = str(uuid.uuid4())
            stage.active[run_id] = run, process
            request = {"job": run.job, "partition": run.partition, "keys": [k.path for k in run.keys], "run_id": run_id}
            try:
                process.requests.write(json.dumps(request) + "\n")
                process.requests.flush()
                answer = process.answers.readline()
            except (BrokenPipeError, ValueError):  # the worker has ended, or is being ended
                answer = ""
            if not answer:
                self._end_run(run_id, stage, status=process.wait(), tail=log.read_text(errors="replace")[-2000:])
                return
            del stage.active[run_id]
            error = json.loads(answer)["error"]
            if error:
                stage.failed[run.label] = error
            else:
                self._watch(run, len(run.keys), len(run.keys))

    def _follow(self, run_id: str, stage: "_Stage") -> None:
        """Report the progress of a run; end its worker if somebody has terminated the run."""
        stored = self._instance.get_run_by_id(run_id)
        run, process = stage.active.get(run_id, (None, None))
        if stored is None or run is None or process is None:
            return
        if stored.status in _TERMINATED:
            stage.terminated[run.label] = run_id
            _end(process)
            return
        made = self._instance.get_run_stats(run_id).materializations
        done = made * len(run.keys) // (len(run.keys) + run.points)
        self._watch(run, min(done, len(run.keys)), len(run.keys))

    def _end_run(self, run_id: str, stage: "_Stage", *, status: int, tail: str) -> None:
        """Close a run whose worker has ended."""
        run, _ = stage.active.pop(run_id)
        stored = self._instance.get_run_by_id(run_id)
        if stored is not None and stored.status in _TERMINATED:
            stage.terminated[run.label] = run_id
        if stored is not None and not stored.is_finished:
            close(self._instance, stored)
        free_pool_slots(self._instance)
        if run.label not in stage.terminated:
            fault = fault_of_message(tail)  # its traceback says no more
            stage.failed[run.label] = f"its worker process ended with status {status}:" + (
                f" {fault}" if fault else f"\n{tail}"
            )


class _Stage:
    """Runs that may be executed side by side: those that wait, those in progress, and those that did not succeed."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self.waiting: queue.SimpleQueue[Run] = queue.SimpleQueue()
        for run in runs:
            self.waiting.put(run)
        self.ended: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()
        self.active: dict[str, tuple[Run, WorkerProcess]] = {}
        self.failed: dict[str, str] = {}
        self.terminated: dict[str, str] = {}

    def raise_if_unfinished(self) -> None:
        """Raise an error that names each run that did not succeed, and why."""
        while not (self.waiting.empty() or self.terminated):
            self.failed[self.waiting.get().label] = (
                "not run, because every worker process has ended; run the same command again to resume"
            )
        lines = [f"{label}: {error}" for label, error in sorted(self.failed.items())]
        if self.terminated:
            lines += [f"{label}: run {run_id} was terminated in the UI" for label, run_id in self.terminated.items()]
            lines.append("what was finished is stored; run the same command again to resume")
            raise StudyTerminated("\n".join(lines))
        if lines:
            raise StudyFailed("\n".join(lines))


def _end(process: WorkerProcess) -> None:
    """End a worker, which exits once its input is closed."""
    with suppress(BrokenPipeError):
        process.requests.close()
    process.wait()
