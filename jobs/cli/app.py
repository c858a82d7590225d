"""The command line: ``outcross``."""

import sys

import typer

from outcross.jobs.cli import accept, audit, bench, estimate, export, guards, ingest, look, quarantine, study, trim, ui
from outcross.resources.errors import BadInput

app = typer.Typer(
    name="outcross",
    help="How much synthetic data is too much? Measure the safe share for your data and your generator.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
study.add_to(app)
look.add_to(app)
ingest.add_to(app)
estimate.add_to(app)
quarantine.add_to(app)
audit.add_to(app)
trim.add_to(app)
guards.add_to(app)
export.add_to(app)
ui.add_to(app)
accept.add_to(app)
bench.add_to(app)

RAN, FAILED, WRONG_USE = 0, 1, 2


def main() -> None:
    """Run the command line; exit with 0 where it ran, 1 where it failed, 2 on wrong use or bad input."""
    from outcross.assets.artefacts import StaleArtefact
    from outcross.assets.verdict.budgets import BudgetMismatch
    from outcross.assets.verdict.degradation import IncompleteStudy
    from outcross.jobs.running.engine import StudyFailed
    from outcross.resources.store import MissingArtefact

    try:
        app()
    except BadInput as error:
        _say(str(error))
        sys.exit(WRONG_USE)
    except (StudyFailed, MissingArtefact, StaleArtefact, IncompleteStudy, BudgetMismatch) as error:
        _say(str(error))
        sys.exit(FAILED)
    except KeyboardInterrupt:
        _say("stopped; the same command carries on where it left off")
        sys.exit(130)


def _say(message: str) -> None:
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, soft_wrap=True).print(Text("outcross: ", style="bold red") + Text(message))
