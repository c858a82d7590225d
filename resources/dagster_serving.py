"""The private names of Dagster that serving its UI needs, as in ``dagster_internals``."""

import logging
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import GrpcServerTarget
from dagster._grpc.client import DagsterGrpcClient
from dagster._utils.log import configure_loggers

from outcross.resources.dagster_sqlite import read_migrations_once

_AGAIN = 0.2
"""Seconds after which a server that is not there yet is asked again."""


def import_servers() -> None:
    """Import Dagster's code server, daemon and webserver, and start nothing."""
    import dagster._cli
    import dagster._daemon.cli
    import dagster._grpc.proxy_server  # noqa: F401
    import dagster_webserver.app  # noqa: F401
    import uvicorn  # noqa: F401

    read_migrations_once()


def wait_for_code_server(socket: str) -> None:
    """Wait until the code server at a socket answers; whoever started it notices if it never does."""
    client = DagsterGrpcClient(socket=socket)
    while True:
        try:
            client.ping("")
        except Exception:  # grpc's errors are Dagster's own, and it is asked again whatever they are
            time.sleep(_AGAIN)
        else:
            return


@contextmanager
def webserver_app(instance: dg.DagsterInstance, socket: str, location: str) -> Iterator[Any]:
    """Return Dagster's webserver as an ASGI application.

    Args:
        instance: the instance that it shows.
        socket: path of the socket of the code server.
        location: name of the code location.
    """
    from dagster_webserver.app import create_app_from_workspace_process_context
    from dagster_webserver.version import __version__

    configure_loggers(formatter="colored", log_level="INFO")
    logging.getLogger("dagster-webserver").setLevel(logging.WARNING)
    instance.optimize_for_webserver(statement_timeout=15000, pool_recycle=3600, max_overflow=20)
    target = GrpcServerTarget(host="localhost", port=None, socket=socket, location_name=location)
    with WorkspaceProcessContext(instance, target, version=__version__) as workspace:
        yield create_app_from_workspace_process_context(workspace)


def start_code_servers(start: Callable[[list[str]], Any]) -> None:
    """Let the code server of this process start the servers that load definitions by a function.

    Args:
        start: words of the command ``dagster`` → the process, used as that of :mod:`subprocess`.
    """
    from dagster._grpc import server

    def open_process(command: list[str], **_: object) -> Any:
        return start(command[command.index("dagster") + 1 :])

    server.open_ipc_subprocess = open_process  # type: ignore[assignment,attr-defined]


def fork_runs(preload: str) -> None:
    """Let the code server of this process fork each run from a process that has imported a module.

    Dagster starts a new Python for each run, which imports everything: ten seconds of a processor.
    """
    from dagster._grpc.server import DagsterApiServer

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([preload])
    DagsterApiServer._mp_ctx = property(lambda _: context, lambda _, stock: None)  # type: ignore[assignment]
