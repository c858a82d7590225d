"""What Dagster has stored of checks, read from its tables.

Dagster has no public call for a check on one partition, and its private one asks three queries for each check. A step
asks for every check of every earlier generation, so here two queries read them all.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import dagster as dg
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

_LOOK_BACK = 20
"""Executions of a check that are looked through: more than runs over one partition at the same time."""
_SUCCEEDED = AssetCheckExecutionRecordStatus.SUCCEEDED
_FINISHED = {_SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED}


@dataclass(frozen=True, kw_only=True)
class CheckRecord:
    """What Dagster has stored of a check on one partition of its asset.

    Attributes:
        passed: the outcome of the last execution that finished on the asset's latest materialisation; if there is none,
            of the last that finished at all, or None.
        on_latest: whether that execution was on the asset's latest materialisation.
        begun_since: whether an execution is planned that has not finished.
    """

    passed: bool | None
    on_latest: bool
    begun_since: bool


CheckRecords = dict[tuple[dg.AssetCheckKey, str | None], CheckRecord]
"""(check, partition) → what is stored of it."""


def check_records(
    instance: dg.DagsterInstance, checks: Iterable[dg.AssetCheckKey], *, partition: str | None = None
) -> CheckRecords:
    """Return what is stored of each check and partition that was ever planned; only of ``partition``, if it is given.

    As soon as a run is created, Dagster's record of the check reads "planned", whatever it read before. Of two runs at
    once, Dagster's record is that of the run which was created last. In both cases the history tells which executions
    finished, and on what.
    """
    wanted = set(checks)
    materialised = _latest_materialisations(instance, {check.asset_key for check in wanted})
    records = {}
    for last in _last_executions(instance, wanted, partition):
        latest = materialised.of(last.check.asset_key, last.partition)
        records[last.check, last.partition] = _record(instance, last, latest)
    return records


class _Execution(NamedTuple):
    """The execution of a check that was planned last."""

    check: dg.AssetCheckKey
    partition: str | None
    status: AssetCheckExecutionRecordStatus
    materialisation: int | None


class _Materialisations(dict[tuple[dg.AssetKey, str | None], int]):
    """(asset, partition) → the id of its latest materialisation; one without a partition counts for all of them."""

    def of(self, asset: dg.AssetKey, partition: str | None) -> int | None:
        ids = [self[key] for key in ((asset, partition), (asset, None)) if key in self]
        return max(ids, default=None)


def _last_executions(
    instance: dg.DagsterInstance, checks: Collection[dg.AssetCheckKey], partition: str | None
) -> list[_Execution]:
    from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
    from sqlalchemy import func, select

    table = AssetCheckExecutionsTable.c
    last = select(func.max(table.id)).where(
        table.asset_key.in_(sorted({check.asset_key.to_string() for check in checks})),
        table.evaluation_event_storage_id.is_not(None),  # events of an early Dagster were planned without one
    )
    if partition is not None:
        last = last.where(table.partition == partition)
    last = last.group_by(table.asset_key, table.check_name, table.partition)
    columns = (
        table.asset_key,
        table.check_name,
        table.partition,
        table.execution_status,
        table.materialization_event_storage_id,
    )
    executions = [
        _Execution(_check(asset, name), partition, AssetCheckExecutionRecordStatus(status), materialisation)
        for asset, name, partition, status, materialisation in _rows(
            instance, select(*columns).where(table.id.in_(last))
        )
    ]
    return [each for each in executions if each.check in checks]


def _check(asset: str, name: str) -> dg.AssetCheckKey:
    key = dg.AssetKey.from_db_string(asset)
    assert key is not None
    return dg.AssetCheckKey(key, name)


def _latest_materialisations(instance: dg.DagsterInstance, assets: Collection[dg.AssetKey]) -> _Materialisations:
    from dagster._core.storage.event_log.schema import AssetKeyTable, SqlEventLogStorageTable
    from sqlalchemy import func, or_, select

    events, keys = SqlEventLogStorageTable.c, AssetKeyTable.c
    latest = (
        select(events.asset_key, events.partition, func.max(events.id))
        .join(AssetKeyTable, keys.asset_key == events.asset_key)
        .where(
            events.asset_key.in_(sorted(asset.to_string() for asset in assets)),
            events.dagster_event_type == dg.DagsterEventType.ASSET_MATERIALIZATION.value,
            or_(keys.wipe_timestamp.is_(None), events.timestamp > keys.wipe_timestamp),
        )
        .group_by(events.asset_key, events.partition)
    )
    by_text = {asset.to_string(): asset for asset in assets}
    return _Materialisations({(by_text[key], partition): id_ for key, partition, id_ in _rows(instance, latest)})


def _rows(instance: dg.DagsterInstance, query: Any) -> list[Any]:
    storage: Any = instance.event_log_storage  # of runs in SQL; all that Dagster has are
    with storage.index_connection() as connection:
        return list(connection.execute(query).fetchall())


def _record(instance: dg.DagsterInstance, last: _Execution, latest: int | None) -> CheckRecord:
    if last.status in _FINISHED and latest in {None, last.materialisation}:
        return CheckRecord(passed=last.status == _SUCCEEDED, on_latest=True, begun_since=False)
    begun = last.status not in _FINISHED
    finished = instance.event_log_storage.get_asset_check_execution_history(
        last.check, limit=_LOOK_BACK, status=_FINISHED, partition_filter=PartitionKeyFilter(key=last.partition)
    )
    on_latest = [each for each in finished if _materialisation(each) == latest]
    if not finished:
        return CheckRecord(passed=None, on_latest=False, begun_since=begun)
    newest = max(on_latest or finished, key=lambda each: each.event.timestamp if each.event else 0.0)
    return CheckRecord(passed=newest.status == _SUCCEEDED, on_latest=bool(on_latest), begun_since=begun)


def _materialisation(record: AssetCheckExecutionRecord) -> int | None:
    """Return the materialisation that an execution of a check was on."""
    checked = record.evaluation.target_materialization_data if record.evaluation else None
    return checked.storage_id if checked else None
