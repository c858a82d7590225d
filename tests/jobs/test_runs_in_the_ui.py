"""Every run is a real one: those of the command line, those of the UI beside them, and those that were killed."""

import os
import socket
from collections.abc import Iterator

import dagster as dg
import psutil
import pytest
import yaml

from outcross.assets.corpus.ledger.ledger import numbers
from outcross.jobs.running.forked_process import can_fork
from outcross.jobs.running.instance import open_instance
from outcross.jobs.running.interrupted_runs import close_interrupted
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store import Store
from tests.jobs.command_server import ForkedCommand
from tests.jobs.corpora import drop, new_rows, settings
from tests.jobs.live_ui import TERMINATE, LiveUi, make_held_study, tags_of
from tests.jobs.test_ui import PATIENCE, until
from tests.jobs.workplace import Workplace

pytestmark = pytest.mark.long(seconds=60)

KILLS = 5 if os.environ.get("OUTCROSS_FAULTS") == "all" else 0
"""`make faults` sets the variable to kill the UI, and to start it again, so many times."""


def environment_of(place: Workplace) -> dict[str, str]:
    return place.environment | {
        "OUTCROSS_CORPORA": str(place.folder / "corpora"),
        "OUTCROSS_STUDIES": str(place.study),
        "OUTCROSS_INBOX_SECONDS": "1",
    }


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveUi]:
    place = make_held_study(tmp_path_factory.mktemp("runs") / "held")
    (place.folder / "inbox").mkdir()
    (place.folder / "corpora").mkdir()
    (place.folder / "corpora" / "people.yaml").write_text(yaml.safe_dump(settings(place.folder)))
    served = LiveUi(place, environment_of(place))
    yield served
    served.stop()


@pytest.fixture(scope="module")
def study(ui: LiveUi) -> Iterator[ForkedCommand]:
    """A study of the command line on as many workers as there are lineages, each of which waits for a file."""
    process = ui.workplace.start("study", "small.yaml")
    until(lambda: len(started(ui)) == 2, seconds=PATIENCE)
    yield process
    (ui.workplace.folder / "go").touch()
    process.communicate(timeout=PATIENCE)


def started(ui: LiveUi) -> list[str]:
    return [run["runId"] for run in ui.runs_of_job("small_lineages") if run["status"] == "STARTED"]


def take_in(ui: LiveUi, name: str, first: int) -> None:
    """Drop a file into the inbox, and wait until it is a batch."""
    files = CorpusStore(Store(ui.workplace.data), "people")
    before = len(numbers(files))
    drop(ui.workplace.folder / "inbox", name, new_rows(first, first + 50))
    until(lambda: len(numbers(files)) > max(before, 1), seconds=PATIENCE)


def test_a_file_is_taken_in_and_audited_beside_a_study_on_every_core(ui: LiveUi, study: ForkedCommand) -> None:
    take_in(ui, "beside.parquet", 4_000)
    assert ui.until_ended(ui.launch("people_audit")) == "SUCCESS"
    assert len(started(ui)) == 2
    assert study.poll() is None


def test_a_run_of_the_command_line_is_listed_terminated_and_executed_again(ui: LiveUi, study: ForkedCommand) -> None:
    listed = {tags_of(run)["outcross/arm"]: run for run in ui.runs_of_job("small_lineages")}
    assert set(listed) == {"fixed-0", "replace"}
    tags = tags_of(listed["replace"])
    assert (tags["outcross/study"], tags["outcross/generator"]) == ("small", "external")
    assert tags["outcross/host"] == socket.gethostname()
    assert tags["outcross/process"].startswith(tags["outcross/worker"] + "-")

    terminated = listed["replace"]["runId"]
    assert ui.ask(TERMINATE, id=terminated)["terminateRun"]["__typename"] == "TerminateRunSuccess"
    assert ui.until_ended(terminated) == "CANCELED"
    assert ui.status(listed["fixed-0"]["runId"]) == "STARTED"
    (ui.workplace.folder / "go").touch()
    _, errors = study.communicate(timeout=PATIENCE)
    assert study.returncode == 1
    assert f"replace: run {terminated} was terminated in the UI" in " ".join(errors.split())
    assert ui.status(listed["fixed-0"]["runId"]) == "SUCCESS"

    again = ui.execute_again(terminated)
    assert ui.until_ended(again) == "SUCCESS"
    assert tags_of(ui.runs(runIds=[again])[0])["outcross/process"] != tags["outcross/process"]
    assert ui.workplace.run_json("study", "small.yaml")["runs"] == ["verdict"]


def test_a_ui_that_is_killed_takes_its_runs_along_and_they_are_to_be_run_again(
    ui: LiveUi, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = launch_and_hold(ui)
    executing = psutil.Process(int(tags_of(ui.runs(runIds=[run])[0])["outcross/process"].partition("-")[0]))
    if can_fork():
        (forker,) = executing.parents()[:1]
        assert "multiprocessing.forkserver" in " ".join(forker.cmdline()), "it imports nothing"
    ui.kill()
    for name, value in ui.workplace.environment.items():
        monkeypatch.setenv(name, value)
    with open_instance() as instance:
        assert [each.run_id for each in close_interrupted(instance)] == [run]
        stored = instance.get_run_by_id(run)
    assert stored is not None and stored.status == dg.DagsterRunStatus.FAILURE
    assert stored.tags["dagster/will_retry"] == "true"


@pytest.mark.skipif(KILLS == 0, reason="each kill takes half a processor-minute: run 'make faults'")
def test_a_run_whose_ui_was_killed_is_run_again_and_blocks_no_inbox(ui: LiveUi) -> None:
    place = ui.workplace
    served = LiveUi(place, environment_of(place))
    for kill in range(KILLS):
        run = launch_and_hold(served)
        served.kill()
        (place.folder / "go").touch()
        served = LiveUi(place, environment_of(place))
        try:
            assert served.status(run) == "FAILURE"
            take_in(served, f"after {kill}.parquet", 5_000 + 50 * kill)
            until(lambda: served.runs(tags=[{"key": "dagster/parent_run_id", "value": run}]), seconds=PATIENCE)  # noqa: B023
            (retry,) = served.runs(tags=[{"key": "dagster/parent_run_id", "value": run}])
            assert served.until_ended(retry["runId"]) == "SUCCESS"
        finally:
            if kill == KILLS - 1:
                served.stop()


def launch_and_hold(ui: LiveUi) -> str:
    """Launch a run that keeps the inbox waiting and waits itself for a file; return its id once it has a process."""
    (ui.workplace.folder / "go").unlink(missing_ok=True)
    run = ui.launch("small_start", **{"outcross/intake": "people"})
    until(lambda: "outcross/process" in tags_of(ui.runs(runIds=[run])[0]), seconds=PATIENCE)
    return run
