"""``outcross delete``: remove what a study has stored."""

from typing import Annotated

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.options import Root, StudyName

_HELP = """Remove what a study has stored: every generation, the verdict, the report, and its assets in the UI.

The study file, the rows that it reads, and the history of its runs stay. It asks before it removes anything; \
--yes answers, as a script has to.

[bold]Examples[/bold]

  outcross delete digits

  outcross delete my.yaml --yes
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("delete", help=_HELP)(delete)


def delete(
    study: StudyName,
    yes: Annotated[bool, typer.Option("--yes", help="remove without asking")] = False,
    root: Root = None,
) -> None:
    """Remove what a study has stored."""
    import sys

    from outcross.jobs.files.home import prepare
    from outcross.jobs.files.study_files import STUDIES
    from outcross.resources.errors import BadInput

    home = prepare()
    path = STUDIES.find(study, home)
    loaded = STUDIES.load(STUDIES.as_run(path, home))

    from outcross.jobs.files.study_pages import remove_pages
    from outcross.jobs.running.delete_study import delete_study, stored_of
    from outcross.jobs.running.instance import open_instance
    from outcross.jobs.trial.duration import bytes_in_words
    from outcross.resources.store import Store, default_root

    store = Store(root or default_root())
    stored = stored_of(loaded, store)
    if not stored.files:
        raise BadInput(f"study '{loaded.study}' has nothing in the store at {store.url}; correct the name or --root")
    about = f"{stored.files:,} files, {bytes_in_words(stored.size)}, of study '{loaded.study}' in {store.url}"
    if not yes:
        if not sys.stdin.isatty():
            raise BadInput(f"this would remove {about}; confirm with --yes")
        typer.confirm(f"Remove {about}?", abort=True)
    with open_instance() as instance:
        delete_study(loaded, stored, store, instance, STUDIES.extending(path, home))
    for size in loaded.sizes:
        remove_pages(size.study)
    say(f"Removed: {about}. Its file {path} stays.")
