"""A process of the UI: ``python -m outcross.jobs.serving.child PARENT KIND …``.

It ends with the process that started it, even where that is killed, and takes what it has started along.
"""

import runpy
import sys
from contextlib import suppress

from outcross.resources.parent_process import end_with_parent

CODE_SERVER, DAEMON, WEBSERVER = "code-server", "daemon", "webserver"
_PROGRAMS = {CODE_SERVER: "dagster", DAEMON: "dagster._daemon"}
"""Kind → the module of Dagster that is run with the words that follow."""


def main() -> None:
    """Run what the arguments name."""
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


if __name__ == "__main__":
    main()
