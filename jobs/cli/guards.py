"""``outcross guards``: list the guards of an ingest, their bounds and the reasons for these."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.options import AsJson

if TYPE_CHECKING:
    from outcross.assets.corpus.corpus import Corpus

_HELP = """List the guards that check every batch: bounds, mode, reason and remedy.

Read the remedy here when a guard has rejected rows or a batch.

Name a corpus to see its own bounds and modes; change them under 'guards' in the corpus file.

[bold]Examples[/bold]

  outcross guards

  outcross guards college --json
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("guards", help=_HELP)(guards)


def guards(
    corpus: Annotated[str | None, typer.Argument(help="name of a corpus, or path of its file")] = None,
    as_json: AsJson = False,
) -> None:
    """Print every guard."""
    settings = None if corpus is None else _settings(corpus)
    listed = _describe_guards(settings)
    if as_json:
        say(json.dumps({"corpus": settings and settings.corpus, "guards": listed}))
    else:
        _print(listed)


def _settings(corpus: str) -> "Corpus":
    from outcross.jobs.files.corpus_files import CORPORA
    from outcross.jobs.files.home import prepare

    return CORPORA.load(CORPORA.find(corpus, prepare()))


def _describe_guards(corpus: "Corpus | None") -> list[dict[str, Any]]:
    from outcross.assets.corpus.guards.bounds import blocks, bounds
    from outcross.assets.corpus.guards.guards import GUARDS

    settings = corpus.guard_settings() if corpus else {}
    found = []
    for name, guard in GUARDS.items():
        lower, upper = bounds(name, settings)
        mode = "enforce" if blocks(name, settings) else "observe"
        about = {"level": guard.level.value, "unit": guard.unit, "reason": guard.reason, "remedy": guard.remedy}
        found.append({"guard": name, "lower": lower, "upper": upper, "mode": mode, **about})
    return found


def _print(listed: list[dict[str, Any]]) -> None:
    from rich.table import Table

    from outcross.jobs.cli.console import SafeConsole

    table = Table("guard", "stops", "at least", "at most", "mode", "reason and remedy", show_lines=True)
    for each in listed:
        ends = ("–" if each[end] is None else f"{each[end]:g}" for end in ("lower", "upper"))
        why = f"{each['reason']}.\n[dim]{each['remedy']}[/dim]"
        table.add_row(each["guard"], each["level"], *ends, each["mode"], why)
    SafeConsole().print(table)
