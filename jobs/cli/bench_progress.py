"""Display the running program of a benchmark, and the time of each program that has ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from outcross.jobs.bench.bench import Watch
from outcross.jobs.bench.child import Run
from outcross.jobs.bench.row import Row
from outcross.jobs.cli.console import SafeConsole


@dataclass
class RowProgress:
    """Displays rows on standard error, one line for each program that has ended; nothing if ``quiet``.

    Attributes:
        rows: number of rows.
        quiet: whether to display nothing.
    """

    rows: int
    quiet: bool
    _console: SafeConsole = field(default_factory=lambda: SafeConsole(stderr=True, highlight=False))
    _done: int = 0

    @contextmanager
    def row(self, row: Row) -> Iterator[Watch]:
        """Display one row while it runs."""
        self._done += 1
        if self.quiet:
            yield lambda label, run: None
            return
        self._console.print(f"[bold]{row.name}[/bold] ({self._done} of {self.rows}): {row.work}")
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task("starting", total=None)

            def watch(label: str, run: Run | None) -> None:
                if run is None:
                    progress.reset(task, description=label)
                    return
                self._console.print(f"  {label}: {run.seconds:.2f} s (process {run.wall:.1f} s, {run.peak_mb:,.0f} MB)")

            yield watch
