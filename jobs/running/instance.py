"""The Dagster instance that every process of this machine shares."""

import os

import dagster as dg
from filelock import FileLock

from outcross.assets.graph.keys import FIT_POOL
from outcross.jobs.files.home import prepare
from outcross.jobs.running.event_log_damage import named_event_log_damage
from outcross.resources.dagster_internals import state_pool_limit
from outcross.resources.dagster_sqlite import read_migrations_once


def open_instance() -> dg.DagsterInstance:
    """Open the instance that the UI shows; one process at a time, because the first one makes its tables."""
    read_migrations_once()
    with FileLock(prepare() / "dagster" / ".opening"), named_event_log_damage():
        instance = dg.DagsterInstance.get()
        state_pool_limit(instance, FIT_POOL, os.cpu_count() or 1)
        return instance


def open_worker_instance() -> dg.DagsterInstance:
    """Open the same instance for a process that stores many events: if it is in SQLite, with pooled connections."""
    from outcross.jobs.running.event_log import open_pooled  # workers alone need it, and it takes a while

    read_migrations_once()
    with FileLock(prepare() / "dagster" / ".opening"), named_event_log_damage():
        return open_pooled(os.environ["DAGSTER_HOME"])
