"""``outcross ui``: serve the graph."""

import os
import sys
from typing import Annotated

import typer

_HELP = """Serve the Dagster UI over every known study and corpus, with the daemon.

The daemon runs backfills, watches inboxes, keeps the schedules, and posts alerts.

It listens on this machine only.

[bold]Examples[/bold]

  outcross ui

  OUTCROSS_STUDIES=studies outcross ui --port 3333
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("ui", help=_HELP)(ui)


def ui(port: Annotated[int, typer.Option(help="port on 127.0.0.1", min=1, max=65535)] = 3000) -> None:
    """Replace this process with ``dagster dev``."""
    from outcross.jobs.files.corpus_files import CORPORA
    from outcross.jobs.files.study_files import STUDIES
    from outcross.jobs.running.instance import prepare
    from outcross.resources.child_process import use_safe_path

    home = prepare()
    for shelf in (STUDIES, CORPORA):
        for _ in shelf.load_all(home):
            pass  # a broken file is reported here, before a server starts
    use_safe_path()
    served = ["-m", "outcross.jobs.definitions", "-h", "127.0.0.1", "-p", str(port)]
    command = [sys.executable, "-P", "-m", "dagster", "dev", *served]
    os.execv(sys.executable, command)  # noqa: S606 - a fixed command, no shell
