"""``outcross accept``: test whether the engine reproduces published and derived results."""

import json
import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.exit_codes import ExitCode
from outcross.jobs.cli.options import AsJson

if TYPE_CHECKING:
    from outcross.jobs.acceptance.comparison import Comparison
    from outcross.jobs.acceptance.result import Outcome
    from outcross.jobs.acceptance.running import Watch
    from outcross.jobs.acceptance.setting import Setting

_HELP = """Reproduce published and derived results with the engine that runs your studies.

Each result consists of one or two studies, which run through the same loop. Their measurements are compared with the
exact values for the setting. A result passes if every measured value is within four standard errors of the exact one
(or within the tolerance that the claim states), and if its negative control, a wrong formula or setting, fails the same
test. Before a run, theory tells what |z| the control will have: where it cannot fail, a line says so and how many
replicates it takes, and the result passes without it. The exit status is 1 if any result fails.

[bold]Examples[/bold]

  outcross accept

  outcross accept A1 A5 --json

  outcross accept A3 --rows 17 --generations 25 --replicates 4000 --seed 9

  outcross accept A8 A15 --text wiki.txt --text more.txt
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("accept", help=_HELP)(accept)


def accept(
    results: Annotated[list[str] | None, typer.Argument(help="ids such as A1; all results if none is given")] = None,
    rows: Annotated[int | None, typer.Option(min=2, help="rows per generation (for text: tokens per row)")] = None,
    generations: Annotated[int | None, typer.Option(min=2, help="models in a lineage, the first included")] = None,
    replicates: Annotated[int | None, typer.Option(min=1, help="independent repeats")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="seed of the studies")] = None,
    text: Annotated[list[str] | None, typer.Option(help="a text file for A8 and A15; may be repeated")] = None,
    root: Annotated[str | None, typer.Option(help="keep the studies' stores here: a path or URL")] = None,
    processes: Annotated[int | None, typer.Option(min=1, help="results run in parallel; default: one per core")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the results and print a table of exact and measured values."""
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # worker processes inherit it: one thread per core is enough
    from outcross.jobs.acceptance.running import run_results
    from outcross.jobs.files.home import prepare

    prepare()
    changes = {
        "rows": rows,
        "generations": generations,
        "replicates": replicates,
        "seed": seed,
        "text": tuple(text) if text else None,
    }
    settings = _settings(results, changes)
    workers = min(processes or len(os.sched_getaffinity(0)), len(settings))
    with _progress(settings, quiet=as_json) as watch:
        outcomes = list(run_results(settings, processes=workers, root=root, watch=watch))
    outcomes.sort(key=lambda outcome: list(settings).index(outcome.id))
    if as_json:
        summary = {"passed": sum(each.passed for each in outcomes), "results": [_to_json(each) for each in outcomes]}
        say(json.dumps(summary))
    else:
        _print(outcomes)
    raise typer.Exit(ExitCode.SUCCESS if all(each.passed for each in outcomes) else ExitCode.PROBLEM)


def _settings(results: Iterable[str] | None, changes: dict[str, Any]) -> "dict[str, Setting]":
    from outcross.jobs.acceptance.results import RESULTS
    from outcross.resources.errors import BadInput

    names = [name.upper() for name in results or RESULTS]
    if unknown := [name for name in names if name not in RESULTS]:
        raise BadInput(f"no result '{unknown[0]}'; choose from {', '.join(RESULTS)}")
    return {name: RESULTS[name].setting.with_changes(**changes) for name in names}


@contextmanager
def _progress(settings: "dict[str, Setting]", *, quiet: bool) -> "Iterator[Watch | None]":
    """Show the progress of each result on standard error, or nothing if ``quiet``."""
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    from outcross.jobs.cli.console import SafeConsole

    if quiet:
        yield None
        return
    console = SafeConsole(stderr=True)
    columns = (
        TextColumn("{task.description:>8}"),
        BarColumn(bar_width=32),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        whole, tasks = progress.add_task("[bold]results", total=len(settings)), dict[str, TaskID]()

        def watch(result: str, done: int, total: int) -> None:
            if result not in tasks:
                tasks[result] = progress.add_task(result, total=total)
            progress.update(tasks[result], completed=done, visible=done < total)
            if done == total:
                progress.advance(whole)
                if not console.is_terminal:
                    console.print(f"{result}: {total} generations made")

        yield watch


def _print(outcomes: "list[Outcome]") -> None:
    from rich.table import Table
    from rich.text import Text

    from outcross.jobs.cli.console import SafeConsole

    table = Table("", "claim, setting and quantities")
    for heading in ("exact", "measured", "standard error", "|z|"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for outcome in outcomes:
        about = Text(f"{outcome.claim}\n", "bold") + Text(f"{outcome.source}; {outcome.setting}", "dim")
        verdict = Text("pass", "green") if outcome.passed else Text("FAIL", "bold red")
        table.add_section()
        table.add_row(Text(outcome.id, "bold"), about, "", "", "", "", verdict)
        for each in outcome.comparisons:
            table.add_row("", *_cells(each), "" if each.holds else Text("off", "red"))
        if power := _power(outcome):
            table.add_row("", Text(power, "dim"))
        for each in outcome.control:
            table.add_row("", *_cells(each, "control: "), Text("not rejected", "red") if each.holds else "")
    console = SafeConsole() if SafeConsole().is_terminal else SafeConsole(width=150)
    console.print(table)
    passed = sum(outcome.passed for outcome in outcomes)
    console.print(
        f"{passed} of {len(outcomes)} pass; a result passes only if its negative control fails, where it has power."
    )


def _power(outcome: "Outcome") -> str:
    """Say what the comparisons and the control can notice."""
    parts = [] if outcome.off_by_one_z is None else [f"generations off by one: expected |z| {_z(outcome.off_by_one_z)}"]
    if outcome.note is not None:
        parts.append(outcome.note)
    elif outcome.expected_control_z is not None:
        parts.append(f"control: expected |z| {_z(outcome.expected_control_z)}")
    return "; ".join(parts)


def _z(value: float) -> str:
    return "∞" if math.isinf(value) else f"{value:.2f}"


def _cells(each: "Comparison", prefix: str = "") -> list[str]:
    error = f"± {each.within:.3g}" if each.within is not None else f"{each.standard_error:.2g}"
    return [prefix + each.quantity, f"{each.exact:.5g}", f"{each.measured:.5g}", error, _z(each.z)]


def _to_json(outcome: "Outcome") -> dict[str, Any]:
    def lines(comparisons: "list[Comparison]") -> list[dict[str, Any]]:
        return [{**asdict(each), "z": _finite(each.z), "holds": each.holds} for each in comparisons]

    return {
        **asdict(outcome),
        "comparisons": lines(outcome.comparisons),
        "control": lines(outcome.control),
        "control_z": _finite(outcome.control_z),
        "expected_control_z": _finite(outcome.expected_control_z),
        "off_by_one_z": _finite(outcome.off_by_one_z),
        "passed": outcome.passed,
    }


def _finite(value: float | None) -> float | None:
    """Return the number, or None where it is infinite: JSON has no infinity."""
    return value if value is not None and math.isfinite(value) else None
