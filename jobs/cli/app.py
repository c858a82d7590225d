"""The command line: ``outcross``."""

import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.exit_codes import ExitCode, list_codes
from outcross.jobs.cli.leaving import run_and_leave
from outcross.resources.errors import OutcrossError

COMMANDS = (
    "study",
    "init",
    "mix",
    "columns",
    "results",
    "compare",
    "delete",
    "ingest",
    "corpus",
    "estimate",
    "quarantine",
    "audit",
    "trim",
    "accept_change",
    "withdraw",
    "descendants",
    "declare",
    "take",
    "guards",
    "export",
    "ui",
    "accept",
    "calibrate",
    "bench",
)
"""Modules of this folder, in the order of the help; each has an ``add_to(app)`` that adds its commands.

None of them may load Dagster, Polars or pydantic before a command runs, so that ``outcross --help`` stays fast. A
command finds what it names before it imports what it works with, so that a misspelt name is refused as fast.
"""
_HELP = """Measure how much synthetic data a dataset tolerates, and keep the dataset within that limit.

A [bold]study[/bold] measures the limit: it refits a generator to its own output for several generations.

A [bold]corpus[/bold] enforces the limit: it is a dataset that grows by batches, each checked by guards.

[bold]Examples[/bold]

  outcross study digits

  outcross init people.parquet --label income

  outcross mix people.parquet bought.parquet --label income

  outcross ui
"""

app = typer.Typer(
    name="outcross",
    help=_HELP,
    epilog=list_codes(),
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        say(f"outcross {version('outcross')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="print the version and exit")
    ] = False,
) -> None:
    pass


for _name in COMMANDS:
    import_module(f"outcross.jobs.cli.{_name}").add_to(app)


def run() -> None:
    """Run the command line as the process that it is: :func:`main`, then an end without delay."""
    run_and_leave(main)


def main() -> None:
    """Run the command line and exit with the codes that ``outcross --help`` lists."""
    try:
        _command()()
    except OutcrossError as error:
        _print_error(str(error))
        sys.exit(error.exit_code)
    except SystemExit as left:  # typer turns a KeyboardInterrupt into this code, and says nothing
        if left.code == ExitCode.INTERRUPTED:
            _print_error("interrupted; run the same command again to resume")
        raise
    except Exception as error:
        from outcross.resources.remote_faults import remote_fault
        from outcross.resources.system_faults import system_fault

        fault = remote_fault(error) or system_fault(error)
        if fault is None:
            raise
        _print_error(fault)
        sys.exit(ExitCode.PROBLEM)


@cache
def _command() -> Callable[[], Any]:
    """Build the commands once, however often this process runs one."""
    return typer.main.get_command(app)


def _print_error(message: str) -> None:
    from rich.text import Text

    from outcross.jobs.cli.console import unbroken

    unbroken(err=True).print(Text("outcross: ", style="bold red") + Text(message))
