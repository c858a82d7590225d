"""How far a study has come, on standard error: a bar in a terminal or notebook, a line per lineage elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from outcross.assets.study.study import Study
from outcross.jobs.running.plain_loop import Watch

if TYPE_CHECKING:
    from outcross.jobs.cli.console import SafeConsole


@dataclass(frozen=True)
class Shown:
    """Where progress goes: ``watch`` counts a generation, ``tell`` writes a line, such as why a rung is added."""

    watch: Watch
    tell: Callable[[str], None]


@contextmanager
def generation_progress(study: Study, *, quiet: bool) -> Iterator[Shown | None]:
    """Count the generations of a study while they are made; nothing where ``quiet``."""
    if quiet:
        yield None
        return
    from outcross.jobs.cli.console import SafeConsole

    # Without ipywidgets a notebook has no bar that moves, and rich would warn in its place.
    console = SafeConsole(stderr=True, force_jupyter=None if find_spec("ipywidgets") else False)
    bar = _bar if console.is_terminal or console.is_jupyter else _lines
    if study.most_added:
        console.print(
            f"{study.study}: {len(study.required_lineages)} lineages, and at most {study.most_added} more where they "
            "decide",
            highlight=False,
        )
    with bar(study, console) as watch:
        yield Shown(watch, lambda line: console.print(f"{study.study}: {line}", highlight=False))


@contextmanager
def _bar(study: Study, console: "SafeConsole") -> Iterator[Watch]:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TextColumn("generations"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(study.study, total=_count(study))

        def watch(lineage: str, generation: int) -> None:
            progress.update(task, advance=1, description=f"{study.study}: {lineage}")

        yield watch


@contextmanager
def _lines(study: Study, console: "SafeConsole") -> Iterator[Watch]:
    made = 0

    def watch(lineage: str, generation: int) -> None:
        nonlocal made
        made += 1
        if generation in (0, study.generations - 1):
            console.print(f"{study.study}: {lineage}, {made} of {_count(study)} generations", highlight=False)

    yield watch


def _count(study: Study) -> int:
    """The most generations that are made."""
    return 1 + (len(study.required_lineages) + study.most_added) * (study.generations - 1)
