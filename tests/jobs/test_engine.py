"""How runs go to workers, and what is told of each: one at a time, to its end, with the reason of every failure."""

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
import yaml

from outcross.assets.study.study import Study
from outcross.jobs.running import engine
from outcross.jobs.running.engine import (
    StudyFailed,
    StudyFile,
    StudyTerminated,
    _Stage,
    _Workers,
    choose_lineages,
    run_study,
)
from outcross.jobs.running.interruption import Interruption
from outcross.jobs.running.plan import Run
from outcross.jobs.running.worker_process import WorkerProcess
from outcross.resources.errors import BadInput
from tests.jobs.workplace import SMALL, own_instance

Answer = Callable[[dict[str, Any]], str | None]
"""A request → the error of its run, which is None if it succeeded; a worker that raises ends."""


@dg.asset
def thing() -> None: ...


JOB = dg.Definitions(assets=[thing], jobs=[dg.define_asset_job("all")]).resolve_job_def("all")
STARTED, CANCELED = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELED


class Ended(Exception):
    """What a worker raises that is to end."""


class ThreadWorker:
    """A worker in a thread of this process, which answers requests as it is told to, and ends with status 7."""

    def __init__(self, number: int, answer: Answer, log: Path):
        self.number, self._answer, self.waited = number, answer, 0
        theirs, ours = os.pipe()
        answered, says = os.pipe()
        log.write_text("x" * 3000 + "the end of the log")
        self._thread = threading.Thread(target=self._serve, args=(os.fdopen(theirs), os.fdopen(says, "w")), daemon=True)
        self._thread.start()
        self.process = WorkerProcess(self, os.fdopen(ours, "w"), os.fdopen(answered))

    def _serve(self, requests: Any, answers: Any) -> None:
        with requests, answers:
            for line in requests:
                try:
                    error = self._answer(json.loads(line))
                except Ended:
                    return
                print(json.dumps({"run_id": json.loads(line)["run_id"], "error": error}), file=answers, flush=True)

    def wait(self) -> int:
        self._thread.join()
        self.waited += 1
        return 7


class Crew:
    """Workers in threads, an instance, and what was watched."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch):
        self.folder, self.instance, self.started, self.closed = folder, instance, list[ThreadWorker](), 0
        self.seen, self.logs = list[tuple[str, int, int]](), list[Path]()
        self.asked = list[dict[str, Any]]()
        self.answer: Answer = lambda request: None
        monkeypatch.setattr(engine, "WorkerStarter", self._starter)
        monkeypatch.setattr(engine, "_POLL_SECONDS", 0.01)
        monkeypatch.setenv("OUTCROSS_HOME", str(folder))

    def _starter(self, count: int) -> Any:
        self.count = count
        return self

    def start(self, arguments: list[str], log: Path) -> WorkerProcess:
        assert arguments == [str(self.folder / "small.yaml"), "root"]
        worker = ThreadWorker(len(self.started), self._ask, log)
        self.started.append(worker)
        self.logs.append(log)
        return worker.process

    def close(self) -> None:
        assert all(worker.waited for worker in self.started), "the server ends after the workers"
        self.closed += 1

    def _ask(self, request: dict[str, Any]) -> str | None:
        self.asked.append(request)
        return self.answer(request)

    def workers(self, count: int) -> _Workers:
        file = StudyFile(path=self.folder / "small.yaml", root="root")
        return _Workers(file, self.instance, count, lambda run, *made: self.seen.append((run.label, *made)), STAYS)

    def run(self, *labels: str, count: int = 1) -> list[Run]:
        with self.workers(count) as workers:
            return workers.run([run_of(label) for label in labels])

    def create(self, request: dict[str, Any], status: dg.DagsterRunStatus = STARTED) -> dg.DagsterRun:
        """Enter the run of a request into the instance, as a worker does."""
        return self.instance.create_run_for_job(JOB, run_id=request["run_id"], status=status)


STAYS = Interruption()


def run_of(label: str, *, points: int = 0) -> Run:
    keys = [dg.AssetKey(["small", label, str(place)]) for place in range(4)]
    return Run(job=f"job_{label}", partition=label, keys=keys, label=label, points=points)


@pytest.fixture
def crew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crew]:
    with own_instance(tmp_path) as instance:
        yield Crew(tmp_path, instance, monkeypatch)


def test_each_run_is_asked_of_a_worker_once_and_watched_to_its_end(crew: Crew) -> None:
    done = crew.run("a", "b", "c", count=2)
    assert [run.label for run in done] == ["a", "b", "c"]
    asked = sorted(crew.asked, key=lambda request: str(request["job"]))
    assert [(each["job"], each["partition"]) for each in asked] == [("job_a", "a"), ("job_b", "b"), ("job_c", "c")]
    assert asked[0]["keys"] == [["small", "a", str(place)] for place in range(4)]
    assert len({each["run_id"] for each in asked}) == 3
    assert {label for label, made, total in crew.seen if made == total == 4} == {"a", "b", "c"}


def test_workers_start_with_the_first_run_and_their_logs_go_with_them(crew: Crew) -> None:
    with crew.workers(2) as workers:
        assert workers.run([]) == [] and not crew.started
        workers.run([run_of("a")])
        workers.run([run_of("b")])
        assert crew.count == len(crew.started) == 2, "the second stage has the workers of the first"
        assert [log.exists() for log in crew.logs] == [True, True]
        assert {log.parent for log in crew.logs} == {crew.folder / "logs"}
    assert crew.closed == 1
    assert not any(log.exists() for log in crew.logs)


@pytest.mark.parametrize("count", [0, 1])
def test_there_is_one_worker_at_least(crew: Crew, count: int) -> None:
    crew.run("a", count=count)
    assert len(crew.started) == 1


def test_two_workers_work_at_once_and_one_does_one_after_the_other(crew: Crew) -> None:
    together = threading.Barrier(2)
    crew.answer = lambda request: str(together.wait(20))[:0] or None
    crew.run("a", "b", count=2)
    busy = threading.Lock()

    def alone(request: dict[str, Any]) -> None:
        assert busy.acquire(blocking=False)
        busy.release()

    crew.answer = alone
    assert len(crew.run("c", "d", count=1)) == 2


def test_a_run_that_failed_is_told_with_its_error_after_the_others_have_run(crew: Crew) -> None:
    crew.answer = lambda request: f"{request['partition']} is wrong" if request["partition"] in "ac" else None
    with pytest.raises(StudyFailed) as raised:
        crew.run("c", "a", "b")
    assert str(raised.value) == "a: a is wrong\nc: c is wrong"
    assert not isinstance(raised.value, StudyTerminated)
    assert len(crew.asked) == 3
    assert [label for label, made, total in crew.seen if made == total] == ["b"]


def test_a_worker_that_ends_is_told_with_its_status_and_the_end_of_its_log(crew: Crew) -> None:
    def end(request: dict[str, Any]) -> None:
        crew.create(request)
        raise Ended

    crew.answer = end
    with pytest.raises(StudyFailed) as raised:
        crew.run("a", "b")
    first, second = str(raised.value).split("\nb: ")
    opening, log = first.split("\n")
    assert opening == "a: its worker process ended with status 7:"
    assert log == ("x" * 3000 + "the end of the log")[-2000:]
    assert second == "not run, because every worker process has ended; run the same command again to resume"
    (stored,) = crew.instance.get_runs()
    assert stored.status == dg.DagsterRunStatus.FAILURE


def test_a_fault_of_the_machine_is_told_once_and_no_thread_prints_a_traceback(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    unhandled: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", unhandled.append)

    def end(request: dict[str, Any]) -> None:
        raise Ended

    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    crew.answer = end
    monkeypatch.setattr(engine, "free_pool_slots", full)
    with pytest.raises(sqlite3.OperationalError):
        crew.run("a")
    assert not unhandled
    monkeypatch.setattr(engine, "free_pool_slots", lambda instance: None)
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "Traceback\nOSError: [Errno 28] No space left on device")
    with pytest.raises(StudyFailed, match=r"^a: its worker process ended with status 7: no space is left .*finished$"):
        crew.run("a")


def test_what_one_worker_leaves_another_runs(crew: Crew) -> None:
    ended = threading.Event()

    def answer(request: dict[str, Any]) -> None:
        if request["partition"] == "a":
            ended.set()
            raise Ended
        assert ended.wait(20)

    crew.answer = answer
    with pytest.raises(StudyFailed, match=r"^a: its worker process ended with status 7:\n[^\n]*$"):
        crew.run("a", "b", "c", "d", count=2)
    assert {request["partition"] for request in crew.asked} == {"a", "b", "c", "d"}


def test_a_run_that_somebody_terminates_ends_its_worker_and_no_other_is_started(crew: Crew) -> None:
    def terminate(request: dict[str, Any]) -> None:
        crew.instance.report_run_canceling(crew.create(request))
        until_its_input_ends = crew.started[0].process.requests
        while not until_its_input_ends.closed:
            threading.Event().wait(0.01)
        raise Ended

    crew.answer = terminate
    with pytest.raises(StudyTerminated) as raised:
        crew.run("a", "b")
    (stored,) = crew.instance.get_runs()
    assert str(raised.value) == (
        f"a: run {stored.run_id} was terminated in the UI\n"
        "what was finished is stored; run the same command again to resume"
    )
    assert stored.status == CANCELED
    assert len(crew.asked) == 1


def test_a_worker_whose_run_was_cancelled_before_it_ended_is_no_failure(crew: Crew) -> None:
    def end(request: dict[str, Any]) -> None:
        crew.instance.report_run_canceled(crew.create(request))
        raise Ended

    crew.answer = end
    with pytest.raises(StudyTerminated):
        crew.run("a")
    (stored,) = crew.instance.get_runs()
    assert stored.status == CANCELED


def test_progress_counts_assets_and_not_the_points_of_curves(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    with crew.workers(1) as workers:
        run, stage = run_of("a", points=4), _Stage([])
        stored = crew.create({"run_id": "00000000-0000-0000-0000-000000000001"})
        workers._follow(stored.run_id, stage)
        assert crew.seen == [], "it is not in progress"
        stage.active[stored.run_id] = run, None  # type: ignore[assignment]
        workers._follow(stored.run_id, stage)
        assert crew.seen == []
        worker = ThreadWorker(0, crew.answer, crew.folder / "log")
        stage.active[stored.run_id] = run, worker.process
        for made in range(10):
            monkeypatch.setattr(crew.instance, "get_run_stats", lambda _, n=made: SimpleNamespace(materializations=n))
            workers._follow(stored.run_id, stage)
            assert crew.seen[-1] == ("a", min(made // 2, 4), 4)
        workers._follow("00000000-0000-0000-0000-000000000002", stage)
        assert len(crew.seen) == 10
        engine._end(worker.process)
        assert worker.waited == 1


def test_ctrl_c_ends_a_stage_and_every_worker(crew: Crew) -> None:
    pressed = Interruption()

    def press(request: dict[str, Any]) -> None:
        pressed._wanted = True

    crew.answer = press
    with pytest.raises(KeyboardInterrupt), crew.workers(2) as workers:
        workers._interruption = pressed
        workers.run([run_of("a"), *(run_of(str(n)) for n in range(2000))])
    assert all(worker.waited for worker in crew.started) and crew.closed == 1
    assert len(crew.asked) < 2000


STUDY = Study.model_validate(SMALL)


@pytest.mark.parametrize(
    ("arms", "chosen"),
    [
        (None, ["accumulate", "fixed-0", "fixed-0.5", "replace"]),
        (["fixed-0.5"], ["fixed-0.5"]),
        (["replace", "accumulate"], ["accumulate", "replace"]),
        ([], []),
    ],
)
def test_lineages_are_those_of_the_arms_in_the_order_of_the_study(arms: list[str] | None, chosen: list[str]) -> None:
    assert sorted(choose_lineages(STUDY, arms)) == chosen
    assert choose_lineages(STUDY, arms) == [name for name in STUDY.lineages if name in chosen]


def test_the_first_unknown_arm_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(BadInput, match=r"^study 'small' has no arm 'a'; choose from accumulate, "):
        choose_lineages(STUDY, ["z", "replace", "a"])


class Progress:
    """What is missing of the study, and what was asked of the workers, stage by stage."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, missing: set[str]):
        self.missing, self.stages, self.fails = missing, list[list[str]](), set[str]()
        self.count, self.reread, self.closed_for = 0, list[bool](), list[str | None]()
        self.file = StudyFile(path=folder / "small.yaml", root=str(folder / "data"))
        self.file.path.write_text(yaml.safe_dump(SMALL))
        monkeypatch.setattr(engine, "open_instance", lambda: None)
        monkeypatch.setattr(engine, "close_interrupted", lambda instance, *, study: self.closed_for.append(study))
        monkeypatch.setattr(engine, "Plan", lambda artefacts, instance: self)
        monkeypatch.setattr(engine, "_Workers", self._crew)

    def start(self, *, reread_source: bool) -> Run | None:
        self.reread.append(reread_source)
        return run_of("start") if reread_source or "start" in self.missing else None

    def lineage(self, name: str) -> Run | None:
        assert "start" not in self.missing, "a lineage is planned once generation 0 is made"
        return run_of(name) if name in self.missing else None

    def conclusion(self) -> Run | None:
        return run_of("verdict") if "verdict" in self.missing else None

    def _crew(self, file: StudyFile, instance: None, count: int, watch: Any, interruption: Interruption) -> "Progress":
        self.count, self.watch = count, watch
        return self

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None: ...

    def run(self, runs: list[Run]) -> list[Run]:
        self.stages.append([run.label for run in runs])
        self.missing -= {run.label for run in runs}
        if any(run.label in self.fails for run in runs):
            raise StudyFailed("a run failed")
        return runs


ALL = ["accumulate", *(name for name in STUDY.lineages if name != "accumulate")]


@pytest.mark.parametrize(
    ("missing", "arms", "stages"),
    [
        ({"start", *ALL, "verdict"}, None, [["start"], ALL, ["verdict"]]),
        ({*ALL, "verdict"}, None, [ALL, ["verdict"]]),
        ({"replace", "verdict"}, None, [["replace"], ["verdict"]]),
        ({"verdict"}, None, [[], ["verdict"]]),
        (set(), None, [[]]),
        ({"start", *ALL, "verdict"}, ["replace"], [["start"], ["replace"]]),
        ({"replace", "verdict"}, ["replace"], [["replace"], ["verdict"]]),
        ({"replace", "verdict"}, ["accumulate"], [[]]),
    ],
)
def test_a_study_runs_what_is_missing_in_three_stages_and_its_verdict_once_every_lineage_is_there(
    missing: set[str],
    arms: list[str] | None,
    stages: list[list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    progress = Progress(tmp_path, monkeypatch, set(missing))
    order = list(STUDY.lineages)
    expected = [sorted(stage, key=order.index) if len(stage) > 1 else stage for stage in stages]
    done = run_study(progress.file, arms=arms)
    assert progress.stages == expected
    assert [run.label for run in done] == [label for stage in expected for label in stage]
    assert (progress.reread, progress.closed_for) == ([False], ["small"])


def test_a_source_that_is_read_again_has_generation_0_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = Progress(tmp_path, monkeypatch, set())
    assert [run.label for run in run_study(progress.file, reread_source=True)] == ["start"]
    assert progress.reread == [True]


@pytest.mark.parametrize("failed", ["start", "replace"])
def test_nothing_is_run_after_a_stage_that_failed(failed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    progress = Progress(tmp_path, monkeypatch, {"start", "replace", "verdict"})
    progress.fails = {failed}
    with pytest.raises(StudyFailed):
        run_study(progress.file)
    assert progress.stages[-1] == [failed]


@pytest.mark.parametrize(
    ("workers", "cores", "arms", "count"),
    [(None, 2, None, 2), (None, 99, None, 4), (3, 99, None, 3), (9, 1, ["replace"], 1), (None, None, None, 1)],
)
def test_there_are_as_many_workers_as_asked_for_or_cores_and_never_more_than_lineages(
    workers: int | None,
    cores: int | None,
    arms: list[str] | None,
    count: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    progress = Progress(tmp_path, monkeypatch, set())
    run_study(progress.file, workers=workers, arms=arms)
    assert progress.count == count
    assert progress.watch(run_of("a"), 1, 4) is None


def test_progress_goes_to_who_watches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    progress, seen = Progress(tmp_path, monkeypatch, set()), list[int]()
    run_study(progress.file, watch=lambda run, made, total: seen.append(made))
    progress.watch(run_of("a"), 3, 4)
    assert seen == [3]
