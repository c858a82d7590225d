"""``outcross bench``: what things cost and how good they are, beside peers, in the same run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.options import AsJson, StudyName

if TYPE_CHECKING:
    from outcross.jobs.bench.row import Row
    from outcross.jobs.bench.running import Report

_HELP = """Measure every row, each beside a peer, in fresh processes that take turns; without a name, all of them.

The peers are installed apart from Outcross, by [bold]make peers[/bold]. A missed target makes the exit status 1.

[bold]Examples[/bold]

  outcross bench

  outcross bench shapes --repeats 5

  outcross bench neural --data census.parquet --label income --json

  outcross bench --write docs/benchmarks.md
"""
_OVERHEAD = """Measure what Dagster adds to a study, beside calling the same functions in a plain loop.

[bold]Examples[/bold]

  outcross bench overhead

  outcross bench overhead census.yaml --arm accumulate
"""
MET, MISSED = 0, 1

Repeats = Annotated[int, typer.Option(min=1, help="times each, in turn")]
Write = Annotated[Path | None, typer.Option(help="write the page here, as Markdown")]
Data = Annotated[
    Path | None,
    typer.Option(help="a table to measure on, in place of the one in OUTCROSS_TEST_DATA"),
]
Label = Annotated[str | None, typer.Option(help="the column of --data that a classifier predicts")]


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    group = typer.Typer(help=_HELP, invoke_without_command=True, rich_markup_mode="rich")
    group.callback()(every_row)
    for name, about in _ROWS.items():
        group.command(name, help=f"{about}\n\n[bold]Example[/bold]\n\n  outcross bench {name} --repeats 1")(_one(name))
    group.command("overhead", help=_OVERHEAD)(overhead)
    app.add_typer(group, name="bench")


_ROWS = {
    "shapes": "Column shapes and pair trends, beside SDMetrics.",
    "records": "Distance to the closest record, beside SDMetrics.",
    "neighbours": "Precision, recall, density and coverage, beside prdc.",
    "near_duplicates": "Near-duplicates among documents, beside datasketch.",
    "frontier": "The area under the divergence frontier, beside mauve-text.",
    "copula": "The Gaussian copula, beside SDV's.",
    "cohort": "Replicates fitted together, beside one after another.",
    "study_cost": "How a study's time and memory grow with its size.",
    "guard": "The batch-level guards over ten million rows, beside Great Expectations' pandas engine.",
    "ingest": "A hundred thousand to ten million rows taken into a corpus.",
    "neural": "The autoregressive generator, beside CTGAN: its default epochs take many minutes, and run once.",
    "transformer_training": "A language model's training, beside Hugging Face transformers.",
    "transformer_sampling": "Rows drawn from a language model, beside Hugging Face's generate.",
    "diffusion": "A diffusion model of images, trained and sampled, beside diffusers.",
}
"""Row → what it measures: said here, so that the command line starts without loading them."""


def every_row(
    context: typer.Context,
    repeats: Repeats = 3,
    data: Data = None,
    label: Label = None,
    write: Write = None,
    as_json: AsJson = False,
) -> None:
    """Run all rows, unless one is named."""
    _require_checkout()
    if context.invoked_subcommand is not None:
        _refuse_lost_options(context)
        return
    from outcross.jobs.bench.rows import ROWS

    _run(list(ROWS), repeats=repeats, data=data, label=label, write=write, as_json=as_json)


def _require_checkout() -> None:
    """Refuse where Outcross was installed from a wheel, which leaves the benchmark out.

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


def _refuse_lost_options(context: typer.Context) -> None:
    """Options before the name of a row would be lost without a word."""
    from outcross.resources.errors import BadInput

    defaults = {"repeats": 3, "as_json": False}
    if given := [name for name, value in context.params.items() if value != defaults.get(name)]:
        option = "json" if given[0] == "as_json" else given[0]
        raise BadInput(
            f"bench: --{option} stands before the row; write: outcross bench {context.invoked_subcommand} --{option} …"
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
    """Print the seconds of both, and their ratio."""
    from outcross.jobs.bench.overhead import measure_overhead
    from outcross.jobs.files.study_files import find_study
    from outcross.jobs.running.instance import prepare

    result = measure_overhead(find_study(study, prepare()), arm=arm, repeats=repeats)
    if as_json:
        typer.echo(json.dumps(result))
        return
    typer.echo(f"plain loop {result['plain']:.2f} s, Dagster {result['dagster']:.2f} s, ratio {result['ratio']:.3f}")


def _run(
    names: list[str], *, repeats: int, data: Path | None, label: str | None, write: Path | None, as_json: bool
) -> None:
    from outcross.jobs.bench.page import write_page
    from outcross.jobs.bench.rows import ROWS
    from outcross.jobs.bench.running import run_rows
    from outcross.jobs.cli.bench_progress import ShownRows

    rows: list[Row] = [ROWS[name] for name in names]
    report = run_rows(rows, repeats=repeats, data=data, label=label, showing=ShownRows(len(rows), quiet=as_json))
    if write is not None:
        write_page(report, write)
    if as_json:
        typer.echo(json.dumps(report.to_json()))
    else:
        _print(report, write)
    raise typer.Exit(MET if report.met else MISSED)


def _print(report: "Report", written: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from outcross.jobs.bench.page import told

    table = Table("row", "measured")
    for heading in ("target", "found"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for outcome in report.outcomes:
        table.add_section()
        first = Text(outcome.row.name, "bold")
        if outcome.finding.failure:
            table.add_row(first, Text(outcome.finding.failure), "", "", Text("missed", "bold red"))
        for each in outcome.finding.criteria:
            verdict = Text("") if each.met is None else Text("met", "green") if each.met else Text("missed", "bold red")
            table.add_row(first, each.what, each.target, told(each.measured), verdict)
            first = Text("")
    console = Console() if Console().is_terminal else Console(width=120)
    console.print(table)
    missed = [outcome.row.name for outcome in report.outcomes if not outcome.finding.met]
    console.print(f"missed: {', '.join(missed)}" if missed else "every target is met")
    if written is not None:
        console.print(f"page: {written}")
