"""The command line: ``outcross``."""

import sys
from importlib import import_module

import typer

from outcross.resources.errors import OutcrossError

COMMANDS = (
    "study",
    "look",
    "ingest",
    "estimate",
    "quarantine",
    "audit",
    "trim",
    "guards",
    "export",
    "ui",
    "accept",
    "bench",
)
"""Modules beside this one, in the order of the help; each has an ``add_to(app)`` that adds its commands.

None of them may load Dagster, Polars or pydantic before a command runs: ``outcross --help`` answers at once.
"""
INTERRUPTED = 130
_EXIT_CODES = """[bold]Exit codes[/bold]

0: it ran, and found nothing wrong.

1: a run failed, something it needs is missing, or it found rows to hold back, damage or a missed target.

2: wrong use, or input that has to be changed first; the message says how.

130: stopped by Ctrl-C."""

app = typer.Typer(
    name="outcross",
    help="How much synthetic data is too much? Measure the safe share for your data and your generator.",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
for _name in COMMANDS:
    import_module(f"outcross.jobs.cli.{_name}").add_to(app)


def main() -> None:
    """Run the command line and exit with the codes that ``outcross --help`` lists."""
    try:
        app()
    except OutcrossError as error:
        _print_error(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _print_error("stopped; the same command resumes where it left off")
        sys.exit(INTERRUPTED)


def _print_error(message: str) -> None:
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, soft_wrap=True).print(Text("outcross: ", style="bold red") + Text(message))
