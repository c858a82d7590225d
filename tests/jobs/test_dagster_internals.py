"""A canary: every private name of Dagster that Outcross uses exists and does what it is used for."""

import ast
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from outcross.jobs.running.event_log import PooledSqliteEventLogStorage, PooledSqliteStorage
from outcross.jobs.running.instance import PACKAGE
from outcross.resources.dagster_internals import (
    BUSY_TIMEOUT_SECONDS,
    CheckRecord,
    EventLogStorage,
    SqliteStorage,
    StorageConfig,
    check_records,
    latest_observed,
    look_up_again,
    observation,
)

PARTITIONS = dg.StaticPartitionsDefinition(["passes", "fails"])
CHECK = dg.AssetCheckKey(dg.AssetKey("thing"), "sound")


@dg.asset(partitions_def=PARTITIONS, check_specs=[dg.AssetCheckSpec("sound", asset="thing", partitions_def=PARTITIONS)])
def thing(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    passed = context.partition_key == "passes"
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="sound", passed=passed)])


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("OUTCROSS_INSTANCE", str(tmp_path))
    with dg.DagsterInstance.from_config(str(PACKAGE)) as opened:
        yield opened


def test_dagster_yaml_opens_our_storage_and_the_classes_that_it_names(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    assert isinstance(instance.event_log_storage, PooledSqliteEventLogStorage)
    assert type(instance.compute_log_manager).__name__ == "LocalComputeLogManager"
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
    assert importing == {"dagster_internals.py", Path(__file__).name, unsets_what_dagster_leaves}


def _imports(path: Path) -> Iterator[str]:
    """Every module and name that a file imports, with dots."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _is_private(name: str) -> bool:
    first, *steps = name.split(".")
    return first.startswith("dagster") and any(step.startswith("_") for step in steps)
