"""The home folder of Outcross on this machine, and the Dagster instance that every process shares."""

import os
from pathlib import Path

import dagster as dg
from filelock import FileLock

from outcross.assets.graph.keys import FIT_POOL
from outcross.jobs.files.home import home
from outcross.resources.atomic_file import make_folder
from outcross.resources.dagster_internals import state_pool_limit
from outcross.resources.errors import BadInput

PACKAGE = Path(__file__).parents[2]
"""The folder of the package, which contains ``dagster.yaml``."""


def prepare() -> Path:
    """Make the home folder, set the environment variables that Dagster reads, and return the home.

    Raises:
        BadInput: the home cannot be made, or there is no ``dagster.yaml``.
    """
    folder = home()
    try:
        make_folder(folder / "dagster")
    except OSError as error:
        raise BadInput(f"{folder} cannot be made ({error.strerror}); set OUTCROSS_HOME to a folder you own") from None
    os.environ["OUTCROSS_HOME"] = str(folder)
    os.environ["OUTCROSS_INSTANCE"] = str(folder / "dagster")
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    os.environ.setdefault("DAGSTER_HOME", str(PACKAGE))
    if not (Path(os.environ["DAGSTER_HOME"]) / "dagster.yaml").is_file():
        raise BadInput(
            f"DAGSTER_HOME is {os.environ['DAGSTER_HOME']}, which has no dagster.yaml; "
            "unset DAGSTER_HOME, or set it to a folder that has one"
        )
    return folder


def open_instance() -> dg.DagsterInstance:
    """Open the instance that the UI shows; one process at a time, because the first one makes its tables."""
    with FileLock(prepare() / "dagster" / ".opening"):
        instance = dg.DagsterInstance.get()
        state_pool_limit(instance, FIT_POOL, os.cpu_count() or 1)
        return instance


def open_worker_instance() -> dg.DagsterInstance:
    """Open the same instance for a process that stores many events: if it is in SQLite, with pooled connections."""
    from outcross.jobs.running.event_log import open_pooled  # workers alone need it, and it takes a while

    with FileLock(prepare() / "dagster" / ".opening"):
        return open_pooled(os.environ["DAGSTER_HOME"])
