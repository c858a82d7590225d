"""A run whose process was killed is reported as ended; a run that may still be alive is left alone."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from outcross.jobs.files.home import PACKAGE
from outcross.jobs.running.event_log import open_pooled
from outcross.jobs.running.interrupted_runs import close_interrupted, is_interrupted
from outcross.jobs.running.launcher import LocalRunLauncher
from outcross.jobs.running.run_tags import RETRIES, STUDY_TAG, WORKER_TAG
from outcross.resources.executing_process import BOOT_TAG, HOST_TAG, PROCESS_TAG, process_tags
from tests.jobs.workplace import write_empty_tables

STARTED, CANCELING, CANCELED, FAILURE = (
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
    dg.DagsterRunStatus.CANCELED,
    dg.DagsterRunStatus.FAILURE,
)


@dg.asset
def thing() -> None: ...


JOB = dg.Definitions(assets=[thing], jobs=[dg.define_asset_job("all")]).resolve_job_def("all")


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("OUTCROSS_INSTANCE", str(tmp_path))
    write_empty_tables(tmp_path)
    with open_pooled(str(PACKAGE)) as opened:
        yield opened


@pytest.fixture(scope="module")
def ended() -> dict[str, str]:
    """The tags of a process that has ended."""
    say = "from outcross.resources.executing_process import process_tags; print(process_tags()['outcross/process'])"
    ran = subprocess.run([sys.executable, "-P", "-c", say], capture_output=True, text=True, check=True)
    return {**process_tags(), PROCESS_TAG: ran.stdout.strip()}


def start(
    instance: dg.DagsterInstance, tags: dict[str, str], *, worker: bool = False, study: str = "small", **options: str
) -> str:
    """Enter a run as started by the process that tags name; return its id."""
    about = {STUDY_TAG: study, **RETRIES, **({WORKER_TAG: "1"} if worker else {})}
    return instance.create_run_for_job(JOB, status=STARTED, tags={**about, **tags}, **options).run_id  # type: ignore[arg-type]


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_a_launched_run_is_reported_as_failed_so_that_dagster_retries_it(
    instance: dg.DagsterInstance, ended: dict[str, str]
) -> None:
    run = start(instance, ended)
    earlier = start(instance, {**process_tags(), BOOT_TAG: "an earlier one"})
    assert {each.run_id for each in close_interrupted(instance)} == {run, earlier}
    for each in (run, earlier):
        assert status(instance, each) == FAILURE
        stored = instance.get_run_by_id(each)
        assert stored is not None
        assert stored.tags["dagster/will_retry"] == "true"


def test_a_run_of_the_command_line_is_reported_as_cancelled(
    instance: dg.DagsterInstance, ended: dict[str, str]
) -> None:
    run = start(instance, ended, worker=True)
    close_interrupted(instance, study="small")
    assert status(instance, run) == CANCELED


def test_a_study_closes_no_run_of_another_study_and_none_that_the_ui_launched(
    instance: dg.DagsterInstance, ended: dict[str, str]
) -> None:
    runs = [start(instance, ended, worker=True, study="other"), start(instance, ended)]
    assert close_interrupted(instance, study="small") == []
    assert {status(instance, run) for run in runs} == {STARTED}


def test_runs_of_another_host_of_a_live_process_and_of_an_unknown_one_are_left_alone(
    instance: dg.DagsterInstance, ended: dict[str, str]
) -> None:
    runs = [
        start(instance, {**ended, HOST_TAG: "another"}, worker=True),
        start(instance, process_tags(), worker=True),
        start(instance, {}, worker=True),
    ]
    assert close_interrupted(instance) == []
    assert {status(instance, run) for run in runs} == {STARTED}


def test_a_live_process_that_has_the_id_of_an_ended_worker_is_not_taken_for_it(instance: dg.DagsterInstance) -> None:
    recycled = process_tags()[PROCESS_TAG].partition("-")[0] + "-1"
    run = start(instance, {**process_tags(), PROCESS_TAG: recycled}, worker=True)
    close_interrupted(instance, study="small")
    assert status(instance, run) == CANCELED


def test_a_run_that_was_being_terminated_is_cancelled_and_not_retried(
    instance: dg.DagsterInstance, ended: dict[str, str]
) -> None:
    run = start(instance, ended)
    stored = instance.get_run_by_id(run)
    assert stored is not None
    instance.report_run_canceling(stored)
    close_interrupted(instance)
    assert status(instance, run) == CANCELED


def test_a_run_that_repeats_one_of_the_command_line_is_not_judged_by_the_tags_that_it_copied(
    instance: dg.DagsterInstance, ended: dict[str, str]
) -> None:
    first = start(instance, ended, worker=True)
    copy = instance.create_run_for_job(
        JOB,
        status=dg.DagsterRunStatus.STARTING,
        tags={WORKER_TAG: "1", **ended},
        root_run_id=first,
        parent_run_id=first,
    )
    assert not is_interrupted(copy)
    close_interrupted(instance, study="small")
    assert status(instance, copy.run_id) == dg.DagsterRunStatus.STARTING


def test_the_slot_of_a_killed_run_is_free_for_the_next(instance: dg.DagsterInstance, ended: dict[str, str]) -> None:
    storage = instance.event_log_storage
    storage.set_concurrency_slots("fits", 1)
    killed, forced = start(instance, ended, worker=True), start(instance, process_tags())
    for run in (killed, forced):
        assert storage.claim_concurrency_slot("fits", run, "thing").is_claimed
        assert not storage.claim_concurrency_slot("fits", "another", "thing").is_claimed
        if run == forced:
            stored = instance.get_run_by_id(run)
            assert stored is not None
            instance.report_run_canceled(stored)
        close_interrupted(instance)
        storage.free_concurrency_slots_for_run("another")
        assert storage.get_concurrency_info("fits").active_slot_count == 0


def test_run_monitoring_learns_of_a_killed_process_and_of_no_other(
    instance: dg.DagsterInstance, ended: dict[str, str]
) -> None:
    launcher = instance.run_launcher
    assert isinstance(launcher, LocalRunLauncher)
    assert launcher.supports_check_run_worker_health
    health = {}
    for name, tags in {"ended": ended, "alive": process_tags(), "elsewhere": {**ended, HOST_TAG: "another"}}.items():
        run = instance.get_run_by_id(start(instance, tags))
        assert run is not None
        health[name] = launcher.check_run_worker_health(run).status.value
    assert health == {"ended": "FAILED", "alive": "RUNNING", "elsewhere": "RUNNING"}
