"""What the benchmark is running, and how long it has taken."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from outcross.jobs.bench.bench import Watch
from outcross.jobs.bench.child import Ran
from outcross.jobs.bench.row import Row


@dataclass
class ShownRows:
    """Shows rows on standard error, a line for each program that has run; nothing where ``quiet``.

    Attributes:
        rows: how many there are.
        quiet: whether to show nothing.
    """

    rows: int
    quiet: bool
    _console: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))
    _done: int = 0

    @contextmanager
    def row(self, row: Row) -> Iterator[Watch]:
        """Show one row, while it runs."""
        self._done += 1
        if self.quiet:
            yield lambda label, ran: None
            return
        self._console.print(f"[bold]{row.name}[/bold] ({self._done} of {self.rows}): {row.work}")
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task("starting", total=None)

            def watch(label: str, ran: Ran | None) -> None:
                if ran is None:
                    progress.reset(task, description=label)
                    return
                self._console.print(f"  {label}: {ran.seconds:.2f} s (process {ran.wall:.1f} s, {ran.peak_mb:,.0f} MB)")

            yield watch
