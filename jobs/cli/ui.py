"""``outcross ui``: serve the Dagster UI."""

import os
from pathlib import Path
from typing import Annotated

import typer

from outcross.jobs.cli.console import say

_HELP = """Serve the Dagster UI and its daemon, with your studies and corpora.

Those that come with the package appear once you have used them; [bold]--shipped[/bold] shows all of them. Where there \
is nothing of yours yet, the default study [bold]digits[/bold] is there to start with.

Use the UI to see results and start runs. The daemon runs backfills and schedules, watches inboxes and posts alerts; \
all of this stops when the command stops. A run that was interrupted by the end of the machine or of an earlier \
[bold]outcross ui[/bold] is reported at start, and run again. The UI is reachable from this machine only, at the \
address that is printed: its token keeps other users of the machine out. It refuses requests of other pages. A \
file that cannot be used is printed here and shown in the group [bold]broken[/bold]; the others work.

The exit status is 1 if one of its processes ends by itself, or may open too few files.

[bold]Examples[/bold]

  outcross ui

  OUTCROSS_STUDIES=studies outcross ui --port 3333
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("ui", help=_HELP)(ui)


def ui(
    port: Annotated[int, typer.Option(help="port on 127.0.0.1", min=1, max=65535)] = 3000,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="show every shipped study and corpus, used or not")
    ] = False,
    token: Annotated[bool, typer.Option("--token/--no-token", help="ask for the token of the printed address")] = True,
) -> None:
    """Serve the UI until a signal ends it; whatever would keep it from running is found before anything loads."""
    from outcross.jobs.files.home import prepare
    from outcross.jobs.serving.supervise import HOST, Stopped, listen, only_one, raise_open_files, supervise

    raise_open_files()
    home = prepare()
    with only_one(home), listen(port) as listener:
        _tell_files(home, all_shipped=shipped)

        from outcross.jobs.serving.token import token_of
        from outcross.resources.child_process import use_safe_path

        use_safe_path()
        _close_interrupted()
        asked = f"/?token={token_of(home)}" if token else ""
        say(f"Open http://{HOST}:{port}{asked}\nIt answers in a few seconds. Ctrl-C stops it.")
        try:
            supervise(listener, token=token)
        except KeyboardInterrupt:
            raise Stopped(
                f"the UI has stopped; what was made is kept in {home}, and a run that was interrupted is listed there: "
                "launch it again after the next start"
            ) from None


def _tell_files(home: Path, *, all_shipped: bool) -> None:
    """Say which files are broken and which are left out; what is started afterwards shows all where that is asked."""
    from outcross.jobs.files.known_files import load_known
    from outcross.jobs.files.shown_files import SHIPPED_VARIABLE, left_out, shown
    from outcross.resources.store import Store, default_root

    if all_shipped:
        os.environ[SHIPPED_VARIABLE] = "all"
    known = load_known(home)
    for each in known.broken:
        say(f"outcross: shown as broken: {each.message}", err=True)
    if unused := left_out(known, shown(known, Store(default_root()))):
        say(f"Not shown, since not used yet: {', '.join(unused)}; 'outcross ui --shipped' shows them too.")


def _close_interrupted() -> None:
    from outcross.jobs.running.instance import open_instance
    from outcross.jobs.running.interrupted_runs import close_interrupted

    with open_instance() as instance:
        for run in close_interrupted(instance):
            say(f"Run {run.run_id} of {run.job_name} was interrupted: its process has ended.")
