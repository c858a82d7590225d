"""``outcross ui`` over a workplace: its webserver and daemon, asked through GraphQL, and killed as by a power cut."""

import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil

from tests.jobs.command_server import RUN, ForkedCommand
from tests.jobs.corpora import free_port
from tests.jobs.test_ui import LAUNCH, PATIENCE, Served, answers, until
from tests.jobs.workplace import Workplace, make_workplace
from tests.resources.external_programs import READ, settings_of

LOCATION = "outcross.jobs.definitions"
SELECTOR = {"repositoryLocationName": LOCATION, "repositoryName": "__repository__"}
RUNS = """query($filter: RunsFilter!) { runsOrError(filter: $filter) { ... on Runs { results {
  runId status parentRunId tags { key value } } } } }"""
TERMINATE = """mutation($id: String!) { terminateRun(runId: $id) { __typename } }"""
REEXECUTE = """mutation($parameters: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $parameters) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}

HELD = (
    READ
    + """
import os, time
def is_first():
    for call in ("call-0", "call-1"):
        try:
            open(call, "x").close()
            return True
        except FileExistsError:
            pass
    return False
if not is_first():
    while not os.path.exists("go"):
        time.sleep(0.1)
drawn.write_parquet(out)
"""
)
"""A generator of which two commands go through, those of generation 0, and the others wait for the file ``go``."""


def make_held_study(folder: Path) -> Workplace:
    """Write a study of two lineages, which wait in generation 1 for the file ``go`` in the folder."""
    folder.mkdir(parents=True)
    return make_workplace(
        folder,
        generator=settings_of(HELD, folder),
        generations=2,
        replicates=2,
        rows=50,
        arms={},
        ladders={"substitution": {"policy": "fixed", "shares": [0, 1]}},
        metrics=["neighbours"],
        endpoints={"coverage": {"tolerance": 0.2}},
    )


class LiveUi(Served):
    """A running UI with its runs."""

    def __init__(self, workplace: Workplace, environment: dict[str, str]) -> None:
        super().__init__(workplace, free_port())
        words = ["ui", "--port", self.url.rpartition(":")[2]]
        self.process = ForkedCommand(RUN, words, folder=workplace.folder, environment=environment)
        try:
            until(lambda: answers(self), seconds=PATIENCE)
        except BaseException:
            self.stop()
            raise

    def runs(self, **chosen: Any) -> list[dict[str, Any]]:
        """The runs of a filter, the newest first."""
        found: list[dict[str, Any]] = self.ask(RUNS, filter=chosen)["runsOrError"]["results"]
        return found

    def runs_of_job(self, job: str) -> list[dict[str, Any]]:
        """What the page of a job lists: its runs, in the repository that the UI serves."""
        tag = {"key": ".dagster/repository", "value": f"__repository__@{LOCATION}"}
        return self.runs(pipelineName=job, tags=[tag])

    def status(self, run_id: str) -> str:
        return str(self.runs(runIds=[run_id])[0]["status"])

    def launch(self, job: str, **tags: str) -> str:
        """Launch a job, and return the id of its run."""
        metadata = {"tags": [{"key": key, "value": value} for key, value in tags.items()]}
        parameters = {"selector": {**SELECTOR, "jobName": job}, "runConfigData": {}, "executionMetadata": metadata}
        launched = self.ask(LAUNCH, parameters=parameters)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def execute_again(self, run_id: str) -> str:
        """Execute a run again, and return the id of the new one."""
        parameters = {"parentRunId": run_id, "strategy": "ALL_STEPS"}
        launched = self.ask(REEXECUTE, parameters=parameters)["launchRunReexecution"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def until_ended(self, run_id: str) -> str:
        until(lambda: self.status(run_id) in ENDED, seconds=PATIENCE)
        return self.status(run_id)

    def kill(self) -> None:
        """Kill the UI; everything that it has started ends with it."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        self.process.communicate()
        assert not psutil.wait_procs(children, timeout=60)[1], "nothing outlives a UI that was killed"

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(30)
        except subprocess.TimeoutExpired:
            self.kill()


def tags_of(run: dict[str, Any]) -> dict[str, str]:
    return {each["key"]: each["value"] for each in run["tags"]}
