"""A process of the UI: forked from the command, or ``python -m outcross.jobs.serving.child PARENT KIND …``.

It ends with the process that started it, even where that is killed, and takes what it has started along.
"""

import os
import runpy
import sys
from contextlib import suppress
from pathlib import Path

from outcross.jobs.running.forked_process import ForkedProcess, OwnForkServer, can_fork
from outcross.resources.import_time import without_collection
from outcross.resources.parent_process import end_with_parent

CODE_SERVER, DAEMON, WEBSERVER = "code-server", "daemon", "webserver"
_PROGRAMS = {CODE_SERVER: "dagster", DAEMON: "dagster._daemon"}
"""Kind → the module of Dagster that is run with the words that follow."""
_RUN_LIBRARIES = "outcross.jobs.serving.run_libraries"


def import_libraries() -> None:
    """Import what the processes of the UI need; nothing is computed, so that they may be forked afterwards."""
    with without_collection():
        from outcross.resources.dagster_serving import import_servers

        import_servers()
        import outcross.jobs.definitions
        import outcross.jobs.serving.webserver  # noqa: F401


def main() -> None:
    """Run what the arguments name; the webserver listens on the standard input."""
    parent, kind, *words = sys.argv[1:]
    end_with_parent(int(parent), whole_group=True)
    with suppress(KeyboardInterrupt):  # that is how it is ended, and the command says so
        if kind == WEBSERVER:
            from outcross.jobs.serving.webserver import serve

            serve(*words)
            return
        if kind == DAEMON:
            from outcross.resources.dagster_serving import wait_for_code_server

            socket, *words = words
            wait_for_code_server(socket)
        sys.argv = [_PROGRAMS[kind], *words]
        runpy.run_module(_PROGRAMS[kind], run_name="__main__", alter_sys=True)


def main_of_fork() -> None:
    """Do the same in a fork, which has the libraries."""
    if sys.argv[2] == CODE_SERVER:
        _fork_code_servers()  # before there are threads
    main()


def _fork_code_servers() -> None:
    """Let Dagster's code server, which starts another one at each reload, fork it in place of a new Python."""
    from outcross.resources.dagster_serving import start_code_servers

    server = OwnForkServer(sessions=False)

    def start(words: list[str]) -> ForkedProcess:
        return server.start(
            f"{__name__}:serve_code",
            ["dagster", *words],
            streams=(0, 1, 2),
            folder=Path.cwd(),
            environment=os.environ,
        )

    start_code_servers(start)


def serve_code() -> None:
    """Serve the definitions; the first run imports its libraries, and every run is forked from what has them."""
    if can_fork():
        from outcross.resources.dagster_serving import fork_runs

        fork_runs(_RUN_LIBRARIES)
    with suppress(KeyboardInterrupt):
        runpy.run_module("dagster", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
