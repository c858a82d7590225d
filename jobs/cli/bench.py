"""``outcross bench``: what a thing costs, beside what it is compared with, in the same run."""

import json
from typing import Annotated

import typer

_HELP = """Measure what Dagster adds to a study, beside calling the same functions in a plain loop.

[bold]Example[/bold]

  outcross bench overhead
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    group = typer.Typer(help="Measure costs, each beside a peer in the same run.", no_args_is_help=True)
    group.command("overhead", help=_HELP)(overhead)
    app.add_typer(group, name="bench")


def overhead(
    study: Annotated[str, typer.Argument(help="name of a study, or path to its file")] = "digits",
    arm: Annotated[str, typer.Option(help="the arm to run")] = "replace",
    repeats: Annotated[int, typer.Option(min=1, help="times each, in turn")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object and nothing else")] = False,
) -> None:
    """Print the seconds of both, and their ratio."""
    from jobs.instance import prepare
    from jobs.overhead import measure_overhead
    from jobs.study_files import find_study

    result = measure_overhead(find_study(study, prepare()), arm=arm, repeats=repeats)
    if as_json:
        typer.echo(json.dumps(result))
        return
    typer.echo(f"plain loop {result['plain']:.2f} s, Dagster {result['dagster']:.2f} s, ratio {result['ratio']:.3f}")
