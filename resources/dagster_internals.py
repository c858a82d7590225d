"""The private names of Dagster that Outcross uses, each with its purpose; no other file imports or calls one.

Dagster may change them in any release. ``tests/jobs/test_dagster_internals.py`` calls each one, so that an upgrade that
moves a name fails there first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.events import DagsterEventType
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus, AssetCheckPartitionInfo
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

    AssetJob: TypeAlias = UnresolvedAssetJobDefinition
    """The return type of ``dagster.define_asset_job``: a job whose assets are resolved later."""

EventLogStorage = SqliteEventLogStorage
"""Event logs in SQLite, one database per run. :mod:`outcross.jobs.running.event_log` overrides its ``_connect``, and
uses its ``_db_lock``, ``_initialized_dbs`` and ``_initdb``."""
SqliteStorage = DagsterSqliteStorage
"""Runs, schedules and event logs in SQLite; our subclass replaces its ``_event_log_storage``."""
StorageConfig = ConfigurableClassData
"""The settings of a storage in ``dagster.yaml``, as Dagster passes them to the storage."""
BUSY_TIMEOUT_SECONDS: int = SQLITE_BUSY_TIMEOUT_SECONDS
"""Seconds that a connection waits for a database while another process writes to it."""

_FINISHED = {AssetCheckExecutionRecordStatus.SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED}


@dataclass(frozen=True, kw_only=True)
class CheckRecord:
    """What Dagster has stored of a check on one partition of its asset.

    Attributes:
        passed: the outcome of its last execution that finished; None if none has.
        on_latest: whether that execution checked the asset's latest materialisation.
        begun_since: whether an execution was planned after it and has not finished.
    """

    passed: bool | None
    on_latest: bool
    begun_since: bool


def check_records(
    instance: dg.DagsterInstance, checks: Iterable[dg.AssetCheckKey], *, partition: str | None = None
) -> dict[tuple[dg.AssetCheckKey, str | None], CheckRecord]:
    """Return what is stored of each check and partition that was ever planned; only of ``partition``, if it is given.

    Dagster has no public call for a check on one partition. As soon as a run is created, its record of the check reads
    "planned", whatever it read before; the last finished execution is then looked up in the history.
    """
    infos = instance.event_log_storage.get_asset_check_partition_info(
        list(checks), partition_keys=None if partition is None else [partition]
    )
    return {(info.check_key, info.partition_key): _record(instance, info) for info in infos}


def _record(instance: dg.DagsterInstance, info: AssetCheckPartitionInfo) -> CheckRecord:
    if info.latest_execution_status in _FINISHED:
        passed = info.latest_execution_status == AssetCheckExecutionRecordStatus.SUCCEEDED
        return CheckRecord(passed=passed, on_latest=info.is_current, begun_since=False)
    history = instance.event_log_storage.get_asset_check_execution_history(
        info.check_key, limit=1, status=_FINISHED, partition_filter=PartitionKeyFilter(key=info.partition_key)
    )
    if not history:
        return CheckRecord(passed=None, on_latest=False, begun_since=True)
    evaluation = history[0].evaluation
    checked = evaluation.target_materialization_data if evaluation else None
    return CheckRecord(
        passed=history[0].status == AssetCheckExecutionRecordStatus.SUCCEEDED,
        on_latest=checked is not None and checked.storage_id == info.latest_materialization_storage_id,
        begun_since=True,
    )


def latest_observed(instance: dg.DagsterInstance, key: dg.AssetKey) -> dict[str, str]:
    """Return the data version that was observed last of each partition of an asset that Dagster does not make."""
    tags = instance.event_log_storage.get_latest_tags_by_partition(
        key, DagsterEventType.ASSET_OBSERVATION, [DATA_VERSION_TAG]
    )
    return {partition: each[DATA_VERSION_TAG] for partition, each in tags.items()}


def observation(key: dg.AssetKey, version: str, *, partition: str | None = None) -> dg.AssetObservation:
    """Return the event that an asset which Dagster does not make has a data version."""
    return dg.AssetObservation(key, partition=partition, tags={DATA_VERSION_TAG: version})


def look_up_again(context: dg.AssetExecutionContext, key: dg.AssetKey) -> None:
    """Let a step record the version that an input has now, instead of the one that it had when the step began."""
    context.get_step_execution_context().wipe_input_asset_version_info(key)
