"""The private names of Dagster that Outcross uses, each with its purpose; no other file imports one.

Dagster may change them in any release. ``tests/jobs/test_dagster_internals.py`` calls each one, so that an upgrade that
moves a name fails there first. The only other use of a private API is a method call in :mod:`outcross.assets.gate`,
which needs no import.
"""

from typing import TYPE_CHECKING, TypeAlias

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
