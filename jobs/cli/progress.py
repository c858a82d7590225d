"""Progress bars: one per run and one for the whole study, with the time elapsed and remaining."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from outcross.assets.study.study import Study
from outcross.jobs.cli.console import SafeConsole
from outcross.jobs.running.engine import Watch
from outcross.jobs.running.plan import Run
from outcross.jobs.running.study_jobs import conclusion_keys, lineage_keys, start_keys


@contextmanager
def study_progress(study: Study, *, quiet: bool) -> Iterator[Watch | None]:
    """Show the progress of a study on standard error; show nothing if ``quiet``."""
    if quiet:
        yield None
        return
    console = SafeConsole(stderr=True)
    planned, more, sizes = len(study.required_lineages), study.most_added, len(study.sizes)
    whole = len(start_keys(study)) + (planned + more) * len(lineage_keys(study)) + len(conclusion_keys(study))
    lineages = f"{planned} lineages" + (f", and at most {more} more where they decide," if more else "")
    console.print(
        f"[bold]{study.study}[/bold]: {lineages} × {study.generations} generations × {study.replicates} replicates"
        f"{f' × {sizes} sizes' if sizes > 1 else ''}"
    )
    columns = (
        TextColumn("{task.description:>16}"),
        BarColumn(bar_width=32),
        TextColumn("{task.completed:.0f}/{task.total:.0f} assets"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, TaskID] = {"": progress.add_task("[bold]study", total=whole * sizes)}
        done: dict[str, int] = {}

        def watch(run: Run, made: int, total: int) -> None:
            if run.label not in tasks:
                if run.reason:
                    console.print(f"Added: {run.reason}", highlight=False)
                tasks[run.label] = progress.add_task(run.label, total=total)
            progress.update(tasks[run.label], completed=made, visible=made < total)
            if made == total and not console.is_terminal and done.get(run.label) != total:
                console.print(f"{run.label}: {total} of {total} assets")
            done[run.label] = made
            progress.update(tasks[""], completed=sum(done.values()))

        yield watch
        progress.update(tasks[""], completed=whole * sizes)
