"""Dagster's event log in SQLite, with pooled connections.

Dagster opens a connection and compiles every statement again for each event that it stores. Measured on the default
study, this is two thirds of the time that Dagster adds to a run. Workers therefore use the storage below, which keeps
an engine open for each database. The files do not differ: ``dagster.yaml`` names Dagster's own storage, which reads
them.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import dagster as dg
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.event import listen
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from outcross.resources.dagster_internals import open_with_storage
from outcross.resources.dagster_sqlite import (
    BUSY_TIMEOUT_SECONDS,
    EVENT_TABLES,
    EventLogStorage,
    SqliteStorage,
    StorageConfig,
    migrations,
)

_OPEN = 8
"""Number of databases kept open: each run has one, and all runs share one more."""


class PooledSqliteEventLogStorage(EventLogStorage):
    """Event logs in SQLite, one database per run; the most recently used stay open."""

    def __init__(self, base_dir: str, inst_data: StorageConfig | None = None):
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    def has_table(self, table_name: str) -> bool:
        """Return whether the events of all runs have a table; Dagster asks at every event, and no table ever goes."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """Begin a transaction on a database; the lock of the base class admits one thread at a time."""
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _initdb(self, engine: Engine, for_index_shard: bool = False) -> None:
        """Make the tables of a new database as Dagster does, without reading its ninety migrations again."""
        with engine.connect() as connection:
            stated = MigrationContext.configure(connection)
            if stated.get_current_revision() is not None:
                return
            with suppress(DatabaseError):  # another process makes them: Dagster waits for it
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                EVENT_TABLES.create_all(connection)
                stated.stamp(migrations(), "head")
                connection.commit()
                return
        super()._initdb(engine, for_index_shard)

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            self._engines[shard] = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,
                connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            listen(self._engines[shard], "connect", _commit_without_sync)
        self._engines.move_to_end(shard)
        while len(self._engines) > _OPEN:
            _, oldest = self._engines.popitem(last=False)
            oldest.dispose()
        return self._engines[shard]

    def dispose(self) -> None:
        """Close every open database."""
        super().dispose()
        with self._db_lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()


class PooledSqliteStorage(SqliteStorage):
    """Runs, schedules and event logs in SQLite below one folder, in the layout of Dagster's own storage."""

    def __init__(self, base_dir: str, inst_data: StorageConfig | None = None):
        super().__init__(base_dir, inst_data)
        self._event_log_storage = PooledSqliteEventLogStorage(str(Path(base_dir) / "history" / "runs"))

    @classmethod
    def from_config_value(cls, inst_data: StorageConfig, config_value: Any) -> Self:
        """Open the storage that the settings of an instance describe."""
        return cls.from_local(inst_data=inst_data, **config_value)


def _commit_without_sync(connection: Any, _: Any) -> None:
    """Let a commit return before the disk has it: a cut of power loses the last events, and never the database.

    With Dagster's write-ahead log, SQLite then syncs at checkpoints alone. What a lost event told is not lost with it:
    the gate asks the store as well, which syncs every part and every outcome of a check.
    """
    connection.execute("PRAGMA synchronous = NORMAL")


def open_pooled(folder: str) -> dg.DagsterInstance:
    """Open the instance of a folder's ``dagster.yaml``; if its history is in SQLite, with the storage of this file."""
    return open_with_storage(folder, __name__, PooledSqliteStorage.__name__)
