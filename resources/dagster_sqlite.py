"""The private names of Dagster's SQLite storages, which :mod:`outcross.jobs.running.event_log` builds on."""

from functools import cache
from types import SimpleNamespace

from alembic.script import ScriptDirectory
from dagster._core.storage import sql
from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
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
def migrations() -> ScriptDirectory:
    """Return Dagster's migrations, which are the same for runs, event logs and schedules, and have been read."""
    read = ScriptDirectory.from_config(sql.get_alembic_config(sqlite_event_log.__file__))
    read.get_current_head()
    return read


def read_migrations_once() -> None:
    """Read the ninety migrations now; Dagster reads them anew for each storage that it opens, and here no more."""
    known = migrations()
    sql.ScriptDirectory = SimpleNamespace(from_config=lambda _: known)  # type: ignore[assignment,attr-defined]
