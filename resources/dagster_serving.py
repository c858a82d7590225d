"""The private names of Dagster that serving its UI needs, as in ``dagster_internals``."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import GrpcServerTarget
from dagster._grpc.client import DagsterGrpcClient
from dagster._utils.log import configure_loggers

_AGAIN = 0.2
"""Seconds after which a server that is not there yet is asked again."""


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
