"""The real webserver and daemon: what the UI shows for a study, and what is stale."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from outcross.jobs.cli.exit_codes import ExitCode
from outcross.jobs.serving.token import token_of
from tests.jobs.cli.in_process import outcross
from tests.jobs.serving.hostile_page import hostile_page
from tests.jobs.workplace import Workplace
from tests.wants import need_chromium

pytestmark = pytest.mark.long(seconds=60)

PATIENCE = 600
"""Seconds after which what is waited for counts as missing, on the slowest machine."""

STALE = """query($keys: [AssetKeyInput!]!, $partition: String) {
  assetNodes(assetKeys: $keys) { staleStatus(partition: $partition) staleCauses(partition: $partition) { reason } } }"""
BACKFILL = """mutation($parameters: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $parameters) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
LAUNCH = """mutation($parameters: ExecutionParams!) { launchRun(executionParams: $parameters) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
RUN = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
RELOAD = """mutation { reloadRepositoryLocation(repositoryLocationName: "outcross.jobs.definitions") { __typename } }"""
STATUS = "query($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"
CHECKS = """query($key: AssetKeyInput!) { assetNodes(assetKeys: [$key]) {
  groupName owners { ... on TeamAssetOwner { team } } kinds description
  assetMaterializations(limit: 1) { metadataEntries { label __typename } }
  assetChecksOrError { ... on AssetChecks { checks { name blocking } } } } }"""

CURVES = """query($key: AssetKeyInput!, $partition: String) { assetNodes(assetKeys: [$key]) {
  isMaterializable staleStatus(partition: $partition) tags { key value }
  assetPartitionStatuses { __typename ... on MultiPartitionStatuses { primaryDimensionName ranges {
    primaryDimStartKey primaryDimEndKey
    secondaryDim { ... on DefaultPartitionStatuses { materializedPartitions unmaterializedPartitions } } } } }
  assetMaterializations(limit: 1) { metadataEntries { label __typename } } } }"""
EXECUTIONS = """query($key: AssetKeyInput!, $check: String!, $partition: String) {
  assetCheckExecutions(assetKey: $key, checkName: $check, partition: $partition, limit: 1) {
    runId status evaluation { success description metadataEntries { label __typename
      ... on FloatMetadataEntry { floatValue }
      ... on TableMetadataEntry { table { records schema { columns { name } } } } } } } }"""


class Served:
    """A running UI, asked through GraphQL."""

    def __init__(self, workplace: Workplace, port: int) -> None:
        self.workplace, self.url = workplace, f"http://127.0.0.1:{port}"

    @property
    def token(self) -> str:
        return token_of(self.workplace.folder / "home")

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(f"{self.url}/graphql", body, headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer
        return answer["data"]

    def stale(self, *path: str, partition: str | None = None) -> str:
        node = self.ask(STALE, keys=[{"path": ["small", *path]}], partition=partition)["assetNodes"][0]
        return str(node["staleStatus"])

    def last_check(self, *path: str, name: str, partition: str) -> Any:
        key = {"path": ["small", *path]}
        return self.ask(EXECUTIONS, key=key, check=name, partition=partition)["assetCheckExecutions"][0]

    def run_job(self, name: str, config: dict[str, Any] | None = None) -> str:
        selector = {
            "repositoryLocationName": "outcross.jobs.definitions",
            "repositoryName": "__repository__",
            "jobName": name,
        }
        launched = self.ask(LAUNCH, parameters={"selector": selector, "runConfigData": config or {}})["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched

        def status() -> str:
            return str(self.ask(RUN, id=launched["run"]["runId"])["runOrError"]["status"])

        until(lambda: status() in {"SUCCESS", "FAILURE", "CANCELED"}, seconds=PATIENCE)
        assert status() == "SUCCESS"
        return str(launched["run"]["runId"])

    def backfill(self, paths: list[list[str]], partitions: list[str]) -> None:
        selection = [{"path": ["small", *path]} for path in paths]
        parameters = {"assetSelection": selection, "partitionNames": partitions}
        launched = self.ask(BACKFILL, parameters=parameters)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        finished = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED"}

        def status() -> str:
            return str(self.ask(STATUS, id=launched["backfillId"])["partitionBackfillOrError"]["status"])

        until(lambda: status() in finished, seconds=PATIENCE)
        assert status() == "COMPLETED_SUCCESS"


def until(holds: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.5)


def answers(served: Served) -> bool:
    try:
        daemons = served.ask(
            "{ version instance { daemonHealth { allDaemonStatuses { daemonType healthy required } } } }"
        )
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    statuses = daemons["instance"]["daemonHealth"]["allDaemonStatuses"]
    return any(each["daemonType"] == "BACKFILL" and each["healthy"] for each in statuses)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, done: Workplace) -> Iterator[Served]:
    workplace = done.copy_to(tmp_path_factory.mktemp("ui") / "served")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (workplace.folder / "ui.log").open("w")
    process = subprocess.Popen(
        workplace.command("ui", "--port", str(port), "--shipped"),
        env=workplace.environment,
        cwd=workplace.folder,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        server = Served(workplace, port)
        until(lambda: answers(server), seconds=PATIENCE)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        log.close()


def test_the_ui_shows_what_the_command_line_made(served: Served) -> None:
    node = served.ask(CHECKS, key={"path": ["small", "gen_01", "synthetic"]})["assetNodes"][0]
    assert node["groupName"] == "small_gen_01"
    assert node["owners"] == [{"team": "data"}]
    assert "polars" in node["kinds"]
    labels = {entry["label"] for entry in node["assetMaterializations"][0]["metadataEntries"]}
    assert {"depth", "picture", "path", "query", "dagster/partition_row_count"} <= labels
    checks = {check["name"]: check["blocking"] for check in node["assetChecksOrError"]["checks"]}
    assert checks == {"schema": True, "provenance": True, "counts": True}


def test_the_curves_are_a_matrix_of_arms_and_generations_with_numbers_that_plot(served: Served) -> None:
    asked = {"key": {"path": ["small", "curves"]}, "partition": "replace|02"}
    node = served.ask(CURVES, **asked)["assetNodes"][0]
    assert (node["isMaterializable"], node["staleStatus"]) == (False, "FRESH")
    assert {"key": "outcross/thing", "value": "curves"} in node["tags"]
    statuses = node["assetPartitionStatuses"]
    assert (statuses["__typename"], statuses["primaryDimensionName"]) == ("MultiPartitionStatuses", "arm")
    (all_arms,) = statuses["ranges"]
    assert (all_arms["primaryDimStartKey"], all_arms["primaryDimEndKey"]) == ("accumulate", "replace")
    assert all_arms["secondaryDim"] == {"materializedPartitions": ["00", "01", "02"], "unmaterializedPartitions": []}
    numbers = node["assetMaterializations"][0]["metadataEntries"]
    assert {"loss", "recall", "coverage"} <= {each["label"] for each in numbers}
    assert {each["__typename"] for each in numbers} == {"FloatMetadataEntry"}


def test_a_check_shows_numbers_that_plot_and_is_run_again_by_a_job(served: Served) -> None:
    before = served.last_check("gen_01", "synthetic", name="schema", partition="replace")
    numbers = before["evaluation"]["metadataEntries"]
    assert {each["label"]: each["floatValue"] for each in numbers} == {"wrong_type": 0, "nulls": 0, "not_finite": 0}
    config = {"thing": "synthetic", "generation": 1, "lineages": ["replace"]}
    run = served.run_job("small_recheck", {"ops": {"small_check_again": {"config": config}}})
    after = served.last_check("gen_01", "synthetic", name="schema", partition="replace")
    assert (after["runId"], after["status"]) == (run, "SUCCEEDED") and before["runId"] != run
    assert served.stale("gen_01", "evaluation", partition="replace") == "FRESH", "nothing was made anew"


def test_a_backfill_that_makes_the_same_bytes_again_leaves_everything_fresh(served: Served) -> None:
    served.backfill([["gen_01", "dataset"]], ["replace"])
    assert served.stale("gen_01", "model", partition="replace") == "FRESH"
    assert served.stale("gen_02", "dataset", partition="replace") == "FRESH"
    assert served.stale("verdict") == served.stale("report") == "FRESH"


def test_an_arm_that_was_changed_in_the_study_file_is_stale_soon_after_a_reload(served: Served) -> None:
    file = served.workplace.study
    content = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**content, "arms": {"accumulate": {"policy": "subsample"}}}))
    assert served.ask(RELOAD)["reloadRepositoryLocation"]["__typename"] == "WorkspaceLocationEntry"
    until(lambda: served.stale("gen_01", "dataset", partition="accumulate") == "STALE", seconds=PATIENCE)
    assert served.stale("gen_01", "dataset", partition="replace") == "FRESH"


@pytest.mark.browser
def test_a_browser_shows_the_lineage_and_the_automation(served: Served) -> None:
    chromium = need_chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1400, "height": 3000})  # lists have only what is in view
        page.goto(f"{served.url}/assets/small/gen_01/synthetic?view=checks&token={served.token}")
        page.get_by_text("provenance").first.wait_for(timeout=60_000)
        page.goto(f"{served.url}/assets/small/curves")
        page.get_by_role("button", name="Plots").click(timeout=60_000)
        page.locator("canvas").first.wait_for(timeout=60_000)
        page.goto(f"{served.url}/jobs")
        page.get_by_text("small_lineages").first.wait_for(timeout=60_000)
        page.goto(f"{served.url}/automation")
        for name in ("small_automation", "college_nightly_audit", "alerts_noted", "alerts_posted"):
            page.get_by_text(name).first.wait_for(timeout=60_000)
        page.goto(f"{served.url}/assets/college/batch")
        page.get_by_text("admitted, or quarantined with its reasons").first.wait_for(timeout=60_000)
        browser.close()


MOVED = {"resources": {"outcross_store": {"config": {"root": "elsewhere"}}}}
REFUSED = """mutation($parameters: ExecutionParams!) { launchRun(executionParams: $parameters) {
  __typename ... on RunConfigValidationInvalid { errors { message } } } }"""


def test_a_run_that_is_to_write_to_another_root_is_refused_at_launch(served: Served) -> None:
    selector = {"repositoryLocationName": "outcross.jobs.definitions", "repositoryName": "__repository__"}
    parameters = {"selector": {**selector, "jobName": "small_start"}, "runConfigData": MOVED}
    refused = served.ask(REFUSED, parameters=parameters)["launchRun"]
    assert refused["__typename"] == "RunConfigValidationInvalid"
    assert 'unexpected config entry "root"' in refused["errors"][0]["message"]


def test_a_second_ui_of_a_store_and_a_taken_port_are_refused_before_anything_loads(
    served: Served, tmp_path: Path
) -> None:
    port = served.url.rpartition(":")[2]
    second = outcross(tmp_path, "ui", "--port", "1", OUTCROSS_HOME=str(served.workplace.folder / "home"))
    assert second.code == ExitCode.MISUSE and "another 'outcross ui' serves" in second.said
    taken = outcross(tmp_path, "ui", "--port", port)
    assert taken.code == ExitCode.MISUSE and f"port {port} of 127.0.0.1 cannot be used" in taken.said
    assert not list((tmp_path / "home").rglob("*.db")), "nothing was loaded"


@pytest.mark.skipif(
    os.environ.get("OUTCROSS_FAULTS") != "all",
    reason="a browser takes a processor-minute: run 'make faults'; test_guard asks the same by HTTP",
)
@pytest.mark.browser
def test_a_page_of_another_origin_reads_and_changes_nothing_in_the_browser_of_the_user(served: Served) -> None:
    """The browser has the user's cookie; the page is served by another port of this machine, which is the same site."""
    chromium = need_chromium()
    from playwright.sync_api import sync_playwright

    runs = "{ runsOrError { ... on Runs { results { runId } } } }"
    before = served.ask(runs)
    with sync_playwright() as playwright, hostile_page(served.url, LAUNCH) as (address, name):
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                f"--host-resolver-rules=MAP {name} 127.0.0.1",
            ],
        )
        page = browser.new_page()
        page.goto(f"{served.url}/?token={served.token}")
        assert "token" not in page.url
        for origin in (address, f"http://{name}:{served.url.rpartition(':')[2]}"):
            page.goto(origin)
            if origin != address:
                assert "names none of" in page.content(), "a name that was pointed at this machine reaches nothing"
                continue
            page.wait_for_function("window.found !== undefined", timeout=60_000)
            assert page.evaluate("window.found") == dict.fromkeys(page.evaluate("window.tried"), "nothing")
        browser.close()
    assert served.ask(runs) == before
