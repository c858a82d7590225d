"""The private names of Dagster's SQLite storages, which :mod:`outcross.jobs.running.event_log` builds on."""

from functools import cache

from alembic.script import ScriptDirectory
from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sql import get_alembic_config
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

EventLogStorage = SqliteEventLogStorage
"""Event logs in SQLite, one database per run. :mod:`outcross.jobs.running.event_log` overrides its ``_connect``, and
uses its ``_db_lock``, ``_initialized_dbs`` and ``_initdb``."""
SqliteStorage = DagsterSqliteStorage
"""Runs, schedules and event logs in SQLite; our subclass replaces its ``_event_log_storage``."""
StorageConfig = ConfigurableClassData
"""The settings of a storage in ``dagster.yaml``, as Dagster passes them to the storage."""
BUSY_TIMEOUT_SECONDS: int = SQLITE_BUSY_TIMEOUT_SECONDS
"""Seconds that a connection waits for a database while another process writes to it."""
EVENT_TABLES = SqlEventLogStorageMetadata
"""The tables of an event log, which ``_initdb`` makes in a new database."""


@cache
def event_migrations() -> ScriptDirectory:
    """Return Dagster's migrations of event logs; ``_initdb`` reads all of them again for each database."""
    return ScriptDirectory.from_config(get_alembic_config(sqlite_event_log.__file__))
