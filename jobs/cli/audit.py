"""``outcross audit``: verify from the stored bytes that rows in = admitted + quarantined."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.exit_codes import ExitCode
from outcross.jobs.cli.find_corpus import find_corpus
from outcross.jobs.cli.options import AsJson, CorpusName, Root

if TYPE_CHECKING:
    from outcross.assets.corpus.audit.audit import Audit

_HELP = """Verify a corpus against its stored bytes: rows in = admitted + quarantined, for every batch and version.

Run it after a restore or a copy, or when you suspect a disk; the daemon of [bold]outcross ui[/bold] runs it every \
night.

It checks every version of the ledger against the one before it, every part against its sha256, and every batch \
against its original file, row by row. Nothing is changed. The exit status is 1 if anything is wrong.

[bold]Examples[/bold]

  outcross audit college

  outcross audit college --json
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("audit", help=_HELP)(audit)


def audit(
    corpus: CorpusName,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Audit a corpus."""
    from outcross.jobs.cli.console import SafeConsole

    stored = find_corpus(corpus, root)

    from outcross.assets.corpus.audit.audit import audit as audit_corpus

    with SafeConsole(stderr=True, quiet=as_json).status("") as status:
        found = audit_corpus(stored, report=lambda reading: status.update(f"{stored.name}: reading {reading}"))
    if as_json:
        say(json.dumps({**asdict(found), "proven": not found.problems}))
    else:
        _print(found)
    raise typer.Exit(ExitCode.PROBLEM if found.problems else ExitCode.SUCCESS)


def _print(found: "Audit") -> None:
    from outcross.jobs.cli.console import SafeConsole
    from outcross.jobs.cli.terminal_text import clean_text

    console = SafeConsole(soft_wrap=True)
    counted = "1 batch" if found.batches == 1 else f"{found.batches:,} batches"
    console.print(
        clean_text(
            f"{found.corpus}, version {found.version}: {found.rows_in:,} rows in {counted} = "
            f"{found.rows_admitted:,} admitted + {found.rows_quarantined:,} quarantined (since then "
            f"{found.rows_released:,} released, {found.rows_rejected:,} rejected)"
        )
    )
    if found.problems:
        console.print(clean_text(f"{len(found.problems):,} problems:"))
        for problem in found.problems:
            console.print(clean_text(f"• {problem}", 1_000))
    else:
        console.print(clean_text(f"Verified: {found.versions:,} versions; every stored part matches the ledger."))
