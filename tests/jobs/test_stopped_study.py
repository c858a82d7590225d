"""A study whose runs are stopped from outside closes each of them, and says who stopped it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import pytest

from outcross.jobs.running.instance import open_instance
from outcross.jobs.running.run_tags import ARM_TAG, WORKER_TAG
from tests.jobs.command_server import ForkedCommand
from tests.jobs.live_ui import make_held_study
from tests.jobs.test_ui import PATIENCE, until
from tests.jobs.workplace import Workplace

pytestmark = pytest.mark.long(seconds=20)

STARTED = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    made = make_held_study(tmp_path_factory.mktemp("stopped") / "held")
    yield made
    (made.folder / "go").touch()  # the command of a killed worker still waits for it


@pytest.fixture
def instance(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    with open_instance() as opened:
        yield opened


WORDS = ("study", "small.yaml", "--workers", "2")


@contextmanager
def in_progress(process: ForkedCommand, instance: dg.DagsterInstance) -> Iterator[None]:
    """Wait until each of the two lineages has a run in progress, in the pool; the study ends with this block."""
    pool = instance.event_log_storage
    try:
        until(lambda: len(lineages(instance)) == 2 and len(pool.get_concurrency_run_ids()) == 2, seconds=PATIENCE)
        yield
    finally:
        process.kill()
        process.communicate()


def lineages(instance: dg.DagsterInstance) -> dict[str, dg.DagsterRun]:
    return {run.tags[ARM_TAG]: run for run in instance.get_runs(STARTED) if ARM_TAG in run.tags}


def assert_closed(instance: dg.DagsterInstance, runs: dict[str, dg.DagsterRun]) -> None:
    """The runs are cancelled, and no slot of a pool is held for them."""
    for run in runs.values():
        stored = instance.get_run_by_id(run.run_id)
        assert stored is not None
        assert stored.status == dg.DagsterRunStatus.CANCELED
    assert instance.event_log_storage.get_concurrency_run_ids() == set()


def test_a_run_marked_as_cancelled_and_a_killed_worker_end_the_study(
    place: Workplace, instance: dg.DagsterInstance
) -> None:
    study = place.start(*WORDS)
    with in_progress(study, instance):
        runs = lineages(instance)
        os.kill(int(runs["fixed-0"].tags[WORKER_TAG]), signal.SIGKILL)
        instance.report_run_canceled(runs["replace"])
        _, errors = study.communicate(timeout=PATIENCE)
    said = " ".join(errors.split())
    assert study.returncode == 1
    assert "fixed-0: its worker process ended with status -9" in said
    assert f"replace: run {runs['replace'].run_id} was terminated in the UI" in said
    assert "run the same command again to resume" in said
    assert_closed(instance, runs)


def test_ctrl_c_cancels_the_runs_in_progress(place: Workplace, instance: dg.DagsterInstance) -> None:
    study = place.start(*WORDS)
    with in_progress(study, instance):
        runs = lineages(instance)
        study.send_signal(signal.SIGINT)
        study.communicate(timeout=PATIENCE)
    assert study.returncode == 130
    assert_closed(instance, runs)
