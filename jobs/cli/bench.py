"""``outcross bench``: measure cost and quality of Outcross and its peers in the same run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.exit_codes import ExitCode
from outcross.jobs.cli.options import AsJson, StudyName

if TYPE_CHECKING:
    from outcross.jobs.bench.row import Row
    from outcross.jobs.bench.running import Report

_HELP = """Run every benchmark against its peer, alternating fresh processes; name a row to run it alone.

[bold]make peers[/bold] installs the peers in an environment of their own. The exit status is 1 if a target is missed.

[bold]Examples[/bold]

  outcross bench

  outcross bench shapes --repeats 5

  outcross bench neural --data census.parquet --label income --json

  outcross bench --write docs/benchmarks.md
"""
_MISSED = "The exit status is 1 if a target is missed."
_OVERHEAD = """Measure the time that Dagster adds to a study, compared with the same steps in a plain loop.

[bold]Examples[/bold]

  outcross bench overhead

  outcross bench overhead census.yaml --arm accumulate
"""

Repeats = Annotated[int, typer.Option(min=1, help="number of alternating turns")]
Write = Annotated[Path | None, typer.Option(help="write the results to this Markdown page")]
Data = Annotated[
    Path | None,
    typer.Option(help="the table to measure on, instead of the one in OUTCROSS_TEST_DATA or the bundled one"),
]
Label = Annotated[str | None, typer.Option(help="the column of --data that a classifier predicts")]


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    group = typer.Typer(help=_HELP, invoke_without_command=True, rich_markup_mode="rich")
    group.callback()(every_row)
    for name, about in _ROWS.items():
        help_text = f"{about}\n\n{_MISSED}\n\n[bold]Example[/bold]\n\n  outcross bench {name} --repeats 1"
        group.command(name, help=help_text)(_one(name))
    group.command("overhead", help=_OVERHEAD)(overhead)
    app.add_typer(group, name="bench")


_ROWS = {
    "shapes": "Column shapes and pair trends, compared with SDMetrics.",
    "records": "Distance to the closest record (DCR), compared with SDMetrics.",
    "neighbours": "Precision, recall, density and coverage, compared with prdc.",
    "near_duplicates": "Near-duplicates among documents (MinHash LSH), compared with datasketch.",
    "frontier": "Area under the divergence frontier, compared with mauve-text.",
    "copula": "Gaussian copula, compared with SDV.",
    "cohort": "Replicates fitted together, compared with one after another.",
    "study_cost": "Growth of a study's time and memory with its size.",
    "guard": "Batch-level guards over ten million rows, compared with Great Expectations' pandas engine.",
    "ingest": "Ingestion of a hundred thousand to ten million rows into a corpus.",
    "neural": "Autoregressive generator, compared with CTGAN, whose default epochs run once and take many minutes.",
    "transformer_training": "Training of a language model, compared with Hugging Face transformers.",
    "transformer_sampling": "Sampling from a language model, compared with Hugging Face's generate.",
    "diffusion": "Training and sampling of an image diffusion model, compared with diffusers.",
}
"""Row → its help text; written here so that the command line starts without importing the rows."""


def every_row(
    context: typer.Context,
    repeats: Repeats = 3,
    data: Data = None,
    label: Label = None,
    write: Write = None,
    as_json: AsJson = False,
) -> None:
    """Run all rows if no row is named."""
    _require_checkout()
    if context.invoked_subcommand is not None:
        _reject_group_options(context)
        return
    from outcross.jobs.bench.rows import ROWS

    _run(list(ROWS), repeats=repeats, data=data, label=label, write=write, as_json=as_json)


def _require_checkout() -> None:
    """Refuse where Outcross was installed from a wheel, which does not contain the benchmark.

    Raises:
        BadInput: the benchmark is not there.
    """
    from importlib.util import find_spec

    from outcross.resources.errors import BadInput

    if find_spec("outcross.jobs.bench") is None:
        raise BadInput(
            "bench: the benchmark comes with a checkout and not with the installed package, since its peers need an "
            "environment of their own; clone the repository and run 'make bench' there"
        )


def _reject_group_options(context: typer.Context) -> None:
    """Reject options before the name of a row: they would be ignored silently."""
    from outcross.resources.errors import BadInput

    defaults = {"repeats": 3, "as_json": False}
    if given := [name for name, value in context.params.items() if value != defaults.get(name)]:
        option = "json" if given[0] == "as_json" else given[0]
        raise BadInput(
            f"bench: --{option} is before the row's name; write: outcross bench {context.invoked_subcommand} "
            f"--{option} …"
        )


def _one(name: str) -> Callable[..., None]:
    def command(
        repeats: Repeats = 3, data: Data = None, label: Label = None, write: Write = None, as_json: AsJson = False
    ) -> None:
        _run([name], repeats=repeats, data=data, label=label, write=write, as_json=as_json)

    return command


def overhead(
    study: StudyName = "digits",
    arm: Annotated[str, typer.Option(help="the arm to run")] = "replace",
    repeats: Repeats = 3,
    as_json: AsJson = False,
) -> None:
    """Print the median seconds of the plain loop and of Dagster, and the median ratio of a turn."""
    from outcross.jobs.bench.overhead import measure_overhead
    from outcross.jobs.files.home import prepare
    from outcross.jobs.files.study_files import find_study

    result = measure_overhead(find_study(study, prepare()), arm=arm, repeats=repeats)
    if as_json:
        say(json.dumps(result))
        return
    say(
        f"medians: plain loop {result['plain']:.2f} s, Dagster {result['dagster']:.2f} s; "
        f"median ratio of a turn: {result['ratio']:.3f}"
    )


def _run(
    names: list[str], *, repeats: int, data: Path | None, label: str | None, write: Path | None, as_json: bool
) -> None:
    from outcross.jobs.bench.page import check_page, write_page
    from outcross.jobs.bench.rows import ROWS
    from outcross.jobs.bench.running import run_rows
    from outcross.jobs.cli.bench_progress import RowProgress

    if write is not None:
        check_page(write)
    rows: list[Row] = [ROWS[name] for name in names]
    report = run_rows(rows, repeats=repeats, data=data, label=label, display=RowProgress(len(rows), quiet=as_json))
    if write is not None:
        write_page(report, write)
    if as_json:
        say(json.dumps(report.to_json()))
    else:
        _print(report, write)
    raise typer.Exit(ExitCode.SUCCESS if report.met else ExitCode.PROBLEM)


def _print(report: "Report", page: Path | None) -> None:
    from rich.table import Table
    from rich.text import Text

    from outcross.jobs.bench.page import format_number
    from outcross.jobs.cli.console import SafeConsole

    table = Table("row", "measured")
    for heading in ("target", "value"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for outcome in report.outcomes:
        table.add_section()
        first = Text(outcome.row.name, "bold")
        if outcome.finding.failure:
            table.add_row(first, Text(outcome.finding.failure), "", "", Text("missed", "bold red"))
        for each in outcome.finding.criteria:
            verdict = Text("") if each.met is None else Text("met", "green") if each.met else Text("missed", "bold red")
            table.add_row(first, each.what, each.target, format_number(each.measured), verdict)
            first = Text("")
    console = SafeConsole() if SafeConsole().is_terminal else SafeConsole(width=120)
    console.print(table)
    missed = [outcome.row.name for outcome in report.outcomes if not outcome.finding.met]
    console.print(f"missed: {', '.join(missed)}" if missed else "every target is met")
    if page is not None:
        console.print(f"page: {page}")
