"""The private names of Dagster that Outcross builds on, each with what it is for; no other file imports one.

Dagster promises nothing about them: ``tests/jobs/test_dagster_internals.py`` calls each, so that an upgrade which
moves one fails there first. What :mod:`outcross.assets.gate` asks for needs no import; it is the one other place that
reaches behind Dagster's public face.
"""

from typing import TYPE_CHECKING, TypeAlias

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

    AssetJob: TypeAlias = UnresolvedAssetJobDefinition
    """What ``dagster.define_asset_job`` returns: a job whose assets are looked up later."""

EventLogStorage = SqliteEventLogStorage
"""Event logs in SQLite, a database for each run. Its ``_connect``, ``_db_lock``, ``_initialized_dbs`` and ``_initdb``
are what :mod:`outcross.jobs.running.event_log` overrides and uses."""
SqliteStorage = DagsterSqliteStorage
"""Runs, schedules and event logs in SQLite; its ``_event_log_storage`` is replaced by ours."""
StorageConfig = ConfigurableClassData
"""What ``dagster.yaml`` says of a storage, as Dagster passes it to the storage."""
BUSY_TIMEOUT_SECONDS: int = SQLITE_BUSY_TIMEOUT_SECONDS
"""How long a connection waits for a database that another process writes to."""
