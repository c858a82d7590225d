"""``outcross ui``: serve the Dagster UI."""

import os
import sys
from typing import Annotated

import typer

_HELP = """Serve the Dagster UI and its daemon, with every known study and corpus.

Use the UI to see results and start runs. The daemon runs backfills and schedules, watches inboxes and posts alerts; \
all of this stops when the command stops. A run that was interrupted by the end of the machine or of an earlier \
[bold]outcross ui[/bold] is reported at start, and run again. The UI is reachable from this machine only. A file that \
cannot be used is printed here and shown in the group [bold]broken[/bold]; the others work.

[bold]Examples[/bold]

  outcross ui

  OUTCROSS_STUDIES=studies outcross ui --port 3333
"""
_SUPERSEDED = "ignore:Function `dev_command` is superseded"
"""Dagster's advice to install its ``dg``, which nobody who starts the UI by this command needs."""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("ui", help=_HELP)(ui)


def ui(port: Annotated[int, typer.Option(help="port on 127.0.0.1", min=1, max=65535)] = 3000) -> None:
    """Replace this process with ``dagster dev``."""
    from outcross.jobs.files.home import prepare
    from outcross.jobs.files.known_files import load_known
    from outcross.jobs.running.instance import open_instance
    from outcross.jobs.running.interrupted_runs import close_interrupted
    from outcross.resources.child_process import use_safe_path

    for each in load_known(prepare()).broken:
        typer.echo(f"outcross: shown as broken: {each.message}", err=True)
    with open_instance() as instance:
        for run in close_interrupted(instance):
            typer.echo(f"Run {run.run_id} of {run.job_name} was interrupted: its process has ended.")
    use_safe_path()
    arguments = ["-m", "outcross.jobs.definitions", "-h", "127.0.0.1", "-p", str(port)]
    command = [sys.executable, "-P", "-W", _SUPERSEDED, "-m", "dagster", "dev", *arguments]
    os.execv(sys.executable, command)  # noqa: S606 - a fixed command, no shell
