"""The private names of Dagster that Outcross uses, each with its purpose; no other file imports or calls one.

Those of its SQLite storages lie in :mod:`outcross.resources.dagster_sqlite`, because importing them takes a third of a
second, and only workers need them; those of its tables of checks lie in :mod:`outcross.resources.dagster_checks`.

Dagster may change them in any release. ``tests/jobs/test_dagster_internals.py`` calls each one, so that an upgrade that
moves a name fails there first.
"""

import os
import sys
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import dagster as dg
import yaml
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData
from dagster._core.definitions.data_version import DATA_VERSION_TAG
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.instance.ref import InstanceRef
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.origin import RepositoryPythonOrigin
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

    AssetJob: TypeAlias = UnresolvedAssetJobDefinition
    """The return type of ``dagster.define_asset_job``: a job whose assets are resolved later."""

_STOCK_SQLITE = "DagsterSqliteStorage"
"""The class of the storage that ``dagster.yaml`` calls ``sqlite``."""
_REPOSITORY, _REPOSITORY_TAG = "__repository__", ".dagster/repository"
"""Dagster's name for what a module of ``Definitions`` defines, and the tag by which it finds the runs of a job."""


def location_name(context: dg.SensorEvaluationContext) -> str | None:
    """Return the name of the code location that evaluates a sensor; None in a test without one."""
    return None if context.code_location_origin is None else context.code_location_origin.location_name


def location_of_run(run: dg.DagsterRun) -> str | None:
    """Return the name of the code location that a run was launched from; None if it was executed in a process."""
    if run.remote_job_origin is not None:
        return run.remote_job_origin.location_name
    return run.tags[_REPOSITORY_TAG].rpartition("@")[2] if _REPOSITORY_TAG in run.tags else None


def add_run_tags(instance: dg.DagsterInstance, run_id: str, tags: Mapping[str, str]) -> None:
    """Add tags to a run that exists, which Dagster has no public call for."""
    instance.add_run_tags(run_id, tags)


def report_check(
    instance: dg.DagsterInstance,
    run: dg.DagsterRun,
    result: dg.AssetCheckResult,
    *,
    partition: str | None,
    blocking: bool,
) -> bool:
    """Store the outcome of a check on the latest materialisation of its asset, although no run planned the check.

    Dagster runs no check on one partition by itself. Its public call reports events that belong to no run; of those, it
    stores only the first for each check and partition, and fails at the second.

    Args:
        instance: the instance.
        run: the run that checked.
        result: the outcome, with ``asset_key`` and ``check_name``.
        partition: the partition that was checked.
        blocking: whether the check is blocking.

    Returns:
        False if the asset was never materialised, so that there is nothing to check.
    """
    assert result.asset_key is not None
    assert result.check_name is not None
    latest = instance.fetch_materializations(
        dg.AssetRecordsFilter(result.asset_key, asset_partitions=None if partition is None else [partition]), limit=1
    ).records
    if not latest:
        return False
    checked = AssetCheckEvaluationTargetMaterializationData(
        storage_id=latest[0].storage_id, run_id=latest[0].run_id, timestamp=latest[0].timestamp
    )
    evaluation = dg.AssetCheckEvaluation(
        asset_key=result.asset_key,
        check_name=result.check_name,
        passed=bool(result.passed),
        metadata=result.metadata,
        severity=result.severity,
        description=result.description,
        blocking=blocking,
        partition=partition,
        target_materialization_data=checked,
    )
    event = dg.DagsterEvent(
        event_type_value=dg.DagsterEventType.ASSET_CHECK_EVALUATION.value,
        job_name=run.job_name,
        event_specific_data=evaluation,
        message=f"Check '{result.check_name}' {'passed' if result.passed else 'failed'} on its asset as it is.",
    )
    instance.report_dagster_event(event, run_id=run.run_id)
    return True


def open_with_storage(folder: str, module: str, storage: str) -> dg.DagsterInstance:
    """Open the instance of a folder's ``dagster.yaml``, with another class for its storage if that is stock SQLite.

    Args:
        folder: the folder of ``dagster.yaml``.
        module: the module of the class.
        storage: the class, whose one setting is ``base_dir``.
    """
    stated = InstanceRef.from_dir(folder)
    data = stated.storage_data
    if data is None or data.class_name != _STOCK_SQLITE:
        return dg.DagsterInstance.from_ref(stated)
    settings = {"module": module, "class": storage, "config": yaml.safe_load(data.config_yaml)}
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(folder, overrides={"storage": {"custom": settings}}))


def create_run(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    *,
    location: str,
    run_id: str,
    keys: Iterable[dg.AssetKey],
    tags: Mapping[str, str],
    config: Mapping[str, Any] | None = None,
) -> dg.DagsterRun:
    """Create a run that the UI takes for one of its own: it lists it under its job, and can execute it again.

    Args:
        instance: the instance.
        job: the job.
        location: the module of the code location that the UI serves, by which it knows the job.
        run_id: the id of the run, a UUID.
        keys: the assets to make.
        tags: the tags of the run, in addition to those of the job.
        config: the settings of the run; by default, none.
    """
    target = LoadableTargetOrigin(executable_path=sys.executable, module_name=location)
    served = RemoteRepositoryOrigin(ManagedGrpcPythonEnvCodeLocationOrigin(target), _REPOSITORY)
    code = RepositoryPythonOrigin(sys.executable, ModuleCodePointer(location, "defs", os.getcwd()))  # noqa: PTH109
    return instance.create_run_for_job(
        job,
        run_id=run_id,
        run_config=dict(config or {}),
        asset_selection=frozenset(keys),
        tags={**job.run_tags, **tags, _REPOSITORY_TAG: served.get_label()},
        remote_job_origin=served.get_job_origin(job.name),
        job_code_origin=code.get_job_origin(job.name),
    )


def execute(instance: dg.DagsterInstance, job: dg.JobDefinition, run: dg.DagsterRun) -> list[dg.DagsterEvent] | None:
    """Execute a created run in this process; return None if it succeeded, or else the events of its failed steps."""
    result = execute_run(InMemoryJob(job), run, instance)
    return None if result.success else [event for event in result.all_events if event.is_step_failure]


def report_canceled(instance: dg.DagsterInstance, run: dg.DagsterRun, message: str) -> None:
    """Report that a run was cancelled, and free its slots in pools."""
    instance.report_run_canceled(run, message=message)
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def report_failed(instance: dg.DagsterInstance, run: dg.DagsterRun, message: str) -> None:
    """Report that a run failed, and free its slots in pools; Dagster retries it if its tags say so."""
    instance.report_run_failed(run, message=message)
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def free_pool_slots(instance: dg.DagsterInstance) -> None:
    """Free the slots in pools that finished or deleted runs still hold."""
    storage = instance.event_log_storage
    for run_id in storage.get_concurrency_run_ids():
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            storage.free_concurrency_slots_for_run(run_id)


def state_pool_limit(instance: dg.DagsterInstance, pool: str, limit: int) -> None:
    """Limit a pool to a number of steps at once, unless the instance has a limit for it already."""
    storage = instance.event_log_storage
    if not storage.supports_global_concurrency_limits or pool in {each.name for each in storage.get_pool_limits()}:
        return
    storage.set_concurrency_slots(pool, limit)


def sleep_while_waiting_for_a_pool() -> None:
    """Let a step that waits for a slot in a pool sleep until it asks again.

    Dagster 1.13.27 takes the least of 0 and the seconds until then, so that a run that waits keeps a core busy.
    """

    def seconds(self: InstanceConcurrencyContext) -> float:
        times = self._pending_timeouts.values()
        return max(0.0, min(times) - time.time()) if times and self.has_pending_claims() else 0.0

    InstanceConcurrencyContext.interval_to_next_pending_claim_check = seconds  # type: ignore[method-assign]


def executes_in(instance: dg.DagsterInstance, run_id: str, process: int) -> bool:
    """Return whether a process executes a whole run, by Dagster's own events; not only one of its steps."""
    events = instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    return any(_process_of(entry.dagster_event) == str(process) for entry in events)


def _process_of(event: dg.DagsterEvent | None) -> str | None:
    if event is None or event.event_type != dg.DagsterEventType.ENGINE_EVENT:
        return None
    value: Any = event.engine_event_data.metadata.get("pid")
    return None if value is None else str(value.value)


RunHealth = CheckRunHealthResult
"""What a launcher knows of the process that executes a run."""


def run_health(*, ended: bool) -> RunHealth:
    """Return the health of a run: its process has ended, or nothing speaks against it."""
    if ended:
        return CheckRunHealthResult(WorkerStatus.FAILED, "the process that executed it has ended")
    return CheckRunHealthResult(WorkerStatus.RUNNING)


def latest_observed(instance: dg.DagsterInstance, key: dg.AssetKey) -> dict[str, str]:
    """Return the data version that was observed last of each partition of an asset that Dagster does not make."""
    tags = instance.event_log_storage.get_latest_tags_by_partition(
        key, dg.DagsterEventType.ASSET_OBSERVATION, [DATA_VERSION_TAG]
    )
    return {partition: each[DATA_VERSION_TAG] for partition, each in tags.items()}


def observation(key: dg.AssetKey, version: str, *, partition: str | None = None) -> dg.AssetObservation:
    """Return the event that an asset which Dagster does not make has a data version."""
    return dg.AssetObservation(key, partition=partition, tags={DATA_VERSION_TAG: version})


def look_up_again(context: dg.AssetExecutionContext, key: dg.AssetKey) -> None:
    """Let a step record the version that an input has now, instead of the one that it had when the step began."""
    context.get_step_execution_context().wipe_input_asset_version_info(key)
