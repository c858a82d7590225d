"""A canary: every private name of Dagster that Outcross uses exists and does what it is used for."""

import ast
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage import sql

from outcross.assets.graph.keys import FIT_POOL
from outcross.jobs.files.home import PACKAGE
from outcross.jobs.running import instance as running
from outcross.jobs.running.event_log import PooledSqliteEventLogStorage, PooledSqliteStorage
from outcross.resources.dagster_checks import CheckRecord, check_records
from outcross.resources.dagster_internals import (
    add_run_tags,
    create_run,
    execute,
    executes_in,
    free_pool_slots,
    latest_observed,
    location_name,
    location_of_run,
    look_up_again,
    observation,
    open_with_storage,
    report_canceled,
    report_check,
    report_failed,
    run_health,
    sleep_while_waiting_for_a_pool,
    state_pool_limit,
)
from outcross.resources.dagster_sqlite import (
    BUSY_TIMEOUT_SECONDS,
    EVENT_TABLES,
    EventLogStorage,
    SqliteStorage,
    StorageConfig,
    migrations,
    read_migrations_once,
)
from tests.jobs.workplace import write_empty_tables

PARTITIONS = dg.StaticPartitionsDefinition(["passes", "fails"])
CHECK = dg.AssetCheckKey(dg.AssetKey("thing"), "sound")


@dg.asset(partitions_def=PARTITIONS, check_specs=[dg.AssetCheckSpec("sound", asset="thing", partitions_def=PARTITIONS)])
def thing(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    passed = context.partition_key == "passes"
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="sound", passed=passed)])


@dg.asset
def other() -> None:
    """An asset of another run."""


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("OUTCROSS_INSTANCE", str(tmp_path))
    write_empty_tables(tmp_path)
    with dg.DagsterInstance.from_config(str(PACKAGE)) as opened:
        yield opened


def test_dagster_yaml_opens_stock_storage_and_the_classes_that_it_names(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    assert type(instance.event_log_storage) is EventLogStorage
    assert type(instance.run_launcher).__name__ == "LocalRunLauncher"
    assert type(instance.compute_log_manager).__name__ == "FileLogs"
    assert Path(instance.storage_directory()).is_relative_to(tmp_path)


def test_a_storage_is_made_from_what_dagster_yaml_says_of_it(tmp_path: Path) -> None:
    config = StorageConfig("outcross.jobs.running.event_log", "PooledSqliteStorage", f"base_dir: {tmp_path}")
    made = config.rehydrate(as_type=SqliteStorage)
    assert isinstance(made, PooledSqliteStorage)
    assert isinstance(made.event_log_storage, PooledSqliteEventLogStorage)


def test_the_event_log_has_what_ours_overrides_and_uses(tmp_path: Path) -> None:
    storage = EventLogStorage(str(tmp_path))
    assert "one" not in storage._initialized_dbs
    with storage._db_lock:
        pass  # not within a connection: each takes the lock itself
    with storage._connect("one") as connection:
        assert connection.exec_driver_sql("select count(*) from event_logs").scalar() == 0
    assert "one" in storage._initialized_dbs
    assert callable(storage._initdb)
    assert 0 < BUSY_TIMEOUT_SECONDS < 3600
    assert "event_logs" in EVENT_TABLES.tables
    assert migrations() is migrations()
    read_migrations_once()
    assert sql.ScriptDirectory.from_config(sql.get_alembic_config(sql.__file__)) is migrations()
    assert migrations().get_current_head()


def test_the_record_of_a_check_is_known_for_each_partition(instance: dg.DagsterInstance) -> None:
    assert check_records(instance, [CHECK]) == {}
    for partition in ("passes", "fails"):
        dg.materialize([thing], instance=instance, partition_key=partition)
    passed, failed = (CheckRecord(passed=outcome, on_latest=True, begun_since=False) for outcome in (True, False))
    assert check_records(instance, [CHECK]) == {(CHECK, "passes"): passed, (CHECK, "fails"): failed}
    assert check_records(instance, [CHECK], partition="fails") == {(CHECK, "fails"): failed}


def test_the_record_of_a_check_outlives_a_run_that_was_only_planned(instance: dg.DagsterInstance) -> None:
    dg.materialize([thing], instance=instance, partition_key="fails")
    job = dg.Definitions(assets=[thing], jobs=[dg.define_asset_job("all")]).resolve_job_def("all")
    for partition in ("fails", "passes"):
        instance.create_run_for_job(job, tags={"dagster/partition": partition})
    known = check_records(instance, [CHECK])
    assert known[CHECK, "fails"] == CheckRecord(passed=False, on_latest=True, begun_since=True)
    assert known[CHECK, "passes"] == CheckRecord(passed=None, on_latest=False, begun_since=True)
    instance.report_runless_asset_event(dg.AssetMaterialization(thing.key, partition="fails"))
    assert not check_records(instance, [CHECK])[CHECK, "fails"].on_latest


def test_a_run_says_which_code_location_launched_it_and_takes_further_tags(instance: dg.DagsterInstance) -> None:
    job = dg.Definitions(assets=[thing], jobs=[dg.define_asset_job("all")]).resolve_job_def("all")
    for tags, location in (({".dagster/repository": "__repository__@shop"}, "shop"), ({}, None)):
        run = instance.create_run_for_job(job, tags=tags)
        assert location_of_run(run) == location
        add_run_tags(instance, run.run_id, {"outcross/alerted": "yes"})
        assert instance.get_run_by_id(run.run_id).tags["outcross/alerted"] == "yes"
    assert location_name(dg.build_sensor_context(instance)) is None


def test_a_check_that_is_reported_counts_for_the_latest_materialisation(instance: dg.DagsterInstance) -> None:
    def report(run: dg.DagsterRun) -> bool:
        result = dg.AssetCheckResult(asset_key=CHECK.asset_key, check_name=CHECK.name, passed=True)
        return report_check(instance, run, result, partition="fails", blocking=True)

    def record() -> CheckRecord:
        return check_records(instance, [CHECK])[CHECK, "fails"]

    first, second = (dg.materialize([other], instance=instance).dagster_run for _ in range(2))
    assert not report(first), "there is nothing that it could check"
    dg.materialize([thing], instance=instance, partition_key="fails")
    assert report(first)
    assert record() == CheckRecord(passed=True, on_latest=True, begun_since=False)
    instance.report_runless_asset_event(dg.AssetMaterialization(thing.key, partition="fails"))
    assert not record().on_latest
    for run in (first, second, second):
        assert report(run)
        assert record() == CheckRecord(passed=True, on_latest=True, begun_since=False)


def test_another_storage_takes_the_place_of_stock_sqlite_alone(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pooled = ("outcross.jobs.running.event_log", "PooledSqliteStorage")
    dg.materialize([thing], instance=instance, partition_key="passes")
    with open_with_storage(str(PACKAGE), *pooled) as opened:
        assert isinstance(opened.event_log_storage, PooledSqliteEventLogStorage)
        assert opened.get_materialized_partitions(thing.key) == {"passes"}
    (tmp_path / "team").mkdir()
    stated = f"storage: {{custom: {{module: {pooled[0]}, class: {pooled[1]}, config: {{base_dir: {tmp_path}}}}}}}\n"
    (tmp_path / "team" / "dagster.yaml").write_text(stated)
    with open_with_storage(str(tmp_path / "team"), "no.such.module", "Storage") as opened:
        assert isinstance(opened.event_log_storage, PooledSqliteEventLogStorage)


@pytest.fixture
def job() -> dg.JobDefinition:
    return job_of(thing)


def job_of(asset: dg.AssetsDefinition) -> dg.JobDefinition:
    job = dg.define_asset_job("all", tags={"a": "1"}, executor_def=dg.in_process_executor)
    return dg.Definitions(assets=[asset], jobs=[job]).resolve_job_def("all")


def make_run(instance: dg.DagsterInstance, job: dg.JobDefinition, partition: str) -> dg.DagsterRun:
    tags = {"dagster/partition": partition, "b": "2"}
    return create_run(instance, job, location="some.module", run_id=str(uuid.uuid4()), keys=[thing.key], tags=tags)


def test_a_created_run_has_the_origin_of_its_job_and_can_be_executed(
    instance: dg.DagsterInstance, job: dg.JobDefinition
) -> None:
    run = make_run(instance, job, "passes")
    assert run.remote_job_origin is not None
    assert run.remote_job_origin.repository_origin.get_label() == "__repository__@some.module"
    assert run.job_code_origin is not None
    assert run.tags[".dagster/repository"] == "__repository__@some.module"
    assert (run.tags["a"], run.tags["b"]) == ("1", "2")
    assert execute(instance, job, run) is None
    assert instance.get_materialized_partitions(thing.key) == {"passes"}
    assert executes_in(instance, run.run_id, os.getpid())
    assert not executes_in(instance, run.run_id, os.getppid())


def test_an_executed_run_returns_its_failed_steps(instance: dg.DagsterInstance) -> None:
    @dg.asset(key="thing", partitions_def=PARTITIONS)
    def broken() -> None:
        raise dg.Failure("broken")

    job = job_of(broken)
    failed = execute(instance, job, make_run(instance, job, "passes"))
    assert failed is not None
    assert [event.step_key for event in failed] == ["thing"]


def test_a_limit_of_a_pool_is_stated_once_and_reports_free_what_their_run_holds(
    instance: dg.DagsterInstance, job: dg.JobDefinition
) -> None:
    state_pool_limit(instance, "fits", 2)
    state_pool_limit(instance, "fits", 7)
    storage = instance.event_log_storage
    assert {pool.name: pool.limit for pool in storage.get_pool_limits()} == {"fits": 2}
    canceled, failed = make_run(instance, job, "passes"), make_run(instance, job, "fails")
    for run in (canceled, failed):
        assert storage.claim_concurrency_slot("fits", run.run_id, "thing").is_claimed
    free_pool_slots(instance)
    assert storage.get_concurrency_info("fits").active_slot_count == 2, "their runs are not finished"
    report_canceled(instance, canceled, "because")
    report_failed(instance, failed, "because")
    assert storage.get_concurrency_info("fits").active_slot_count == 0
    reported = {run.run_id: run.status for run in instance.get_runs()}
    assert reported == {canceled.run_id: dg.DagsterRunStatus.CANCELED, failed.run_id: dg.DagsterRunStatus.FAILURE}


@pytest.mark.parametrize(("cores", "limit"), [(3, 3), (1, 1), (None, 1)])
def test_as_many_fits_run_at_once_as_the_machine_has_cores(
    cores: int | None, limit: int, instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dagster").mkdir(exist_ok=True)
    monkeypatch.setattr(running, "prepare", lambda: tmp_path)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(dg.DagsterInstance, "get", lambda: instance)
    pools = running.open_instance().event_log_storage.get_pool_limits()
    assert {pool.name: pool.limit for pool in pools} == {FIT_POOL: limit}


def test_a_step_that_waits_for_a_pool_sleeps_until_it_asks_again(
    instance: dg.DagsterInstance, job: dg.JobDefinition
) -> None:
    from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext

    sleep_while_waiting_for_a_pool()
    state_pool_limit(instance, "fits", 1)
    holds, waits = make_run(instance, job, "passes"), make_run(instance, job, "fails")
    with InstanceConcurrencyContext(instance, holds) as held, InstanceConcurrencyContext(instance, waits) as waiting:
        assert held.claim("fits", "thing")
        assert held.interval_to_next_pending_claim_check() == 0
        assert not waiting.claim("fits", "thing")
        assert waiting.interval_to_next_pending_claim_check() > 0.5
        held.free_step("thing")


def test_the_health_of_a_run_is_in_dagsters_words() -> None:
    assert run_health(ended=True).status.value == "FAILED"
    assert run_health(ended=False).status.value == "RUNNING"


def test_a_job_of_assets_is_what_its_type_says() -> None:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

    assert isinstance(dg.define_asset_job("all"), UnresolvedAssetJobDefinition)


def test_what_was_observed_last_is_known_for_each_partition(instance: dg.DagsterInstance) -> None:
    key = dg.AssetKey("observed")
    assert latest_observed(instance, key) == {}
    for partition, version in (("a", "1"), ("b", "1"), ("a", "2")):
        instance.report_runless_asset_event(observation(key, version, partition=partition))
    assert latest_observed(instance, key) == {"a": "2", "b": "1"}
    assert observation(key, "3").data_version == "3"


@pytest.mark.parametrize("looks", [True, False])
def test_a_step_that_looks_up_an_input_again_records_its_version_now(
    instance: dg.DagsterInstance, *, looks: bool
) -> None:
    key = dg.AssetKey("observed")
    instance.report_runless_asset_event(observation(key, "before"))

    @dg.asset(deps=[key])
    def reader(context: dg.AssetExecutionContext) -> None:
        context.instance.report_runless_asset_event(observation(key, "now"))
        if looks:
            look_up_again(context, key)

    (made,) = dg.materialize([reader], instance=instance).asset_materializations_for_node("reader")
    assert made.tags is not None
    assert made.tags["dagster/input_data_version/observed"] == ("now" if looks else "before")


def test_no_other_file_imports_a_private_name_of_dagster() -> None:
    rooms = [PACKAGE / room for room in ("assets", "resources", "jobs")]
    importing = {
        path.name
        for path in (file for room in (*rooms, Path(__file__).parents[1]) for file in room.rglob("*.py"))
        if any(_is_private(name) for name in _imports(path))
    }
    unsets_what_dagster_leaves = "conftest.py"
    assert importing == {
        "dagster_internals.py",
        "dagster_checks.py",
        "dagster_logs.py",
        "dagster_serving.py",
        "dagster_sqlite.py",
        Path(__file__).name,
        unsets_what_dagster_leaves,
    }


def _imports(path: Path) -> Iterator[str]:
    """Every module and name that a file imports, with dots; of a file that does not name Dagster, none."""
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)) if "dagster" in source else ():
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _is_private(name: str) -> bool:
    first, *steps = name.split(".")
    return first.startswith("dagster") and any(step.startswith("_") for step in steps)
