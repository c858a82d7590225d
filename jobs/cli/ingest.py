"""``outcross ingest`` and ``corpus``: take files into a corpus, and look at what it has become."""

import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.find_corpus import now, open_corpus
from outcross.jobs.cli.options import AsJson, CorpusName, CorpusOption, Root
from outcross.jobs.cli.terminal_text import clean_text
from outcross.jobs.cli.trim import past_bound

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.status import Status

    from outcross.assets.corpus.intake.ingest import Outcome
    from outcross.assets.corpus.ledger.ledger import Version

_INGEST_HELP = """Take files into a corpus: every row is admitted, or quarantined with its reasons.

NAME.provenance.json next to a file is its provenance; options go before it. The exit status is 1 where a
row was held back or a file refused.

[bold]Examples[/bold]

  outcross ingest march.parquet --corpus college --origin real --licence CC0-1.0 --consent "survey terms"

  outcross ingest new/*.csv --corpus my-corpus.yaml --origin synthetic --generator tabular-gan --json
"""
_CORPUS_HELP = """Show a corpus as its ledger has it: rows, synthetic share and bound, and what each version did.

[bold]Examples[/bold]

  outcross corpus college

  outcross corpus college --version 3 --json
"""
ADMITTED, HELD_BACK = 0, 1
LONGEST_REASON = 1_000


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("ingest", help=_INGEST_HELP)(ingest)
    app.command("corpus", help=_CORPUS_HELP)(show)


def ingest(
    files: Annotated[list[Path], typer.Argument(help="Parquet, CSV or JSON Lines")],
    corpus: CorpusOption,
    origin: Annotated[str | None, typer.Option(help="real, synthetic, mixed or unknown")] = None,
    generator: Annotated[str | None, typer.Option(help="what made synthetic rows")] = None,
    licence: Annotated[str | None, typer.Option(help="as SPDX names it")] = None,
    consent: Annotated[str | None, typer.Option(help="of the people, or the terms of the source")] = None,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Take in each file in turn."""
    from rich.console import Console

    from outcross.assets.corpus.intake.ingest import Request
    from outcross.assets.corpus.intake.ingest import ingest as take_in

    anchored = open_corpus(corpus, root)
    claims = {"origin": origin, "generator": generator, "licence": licence, "consent": consent}
    found = []
    with Console(stderr=True, quiet=as_json).status("") as status:
        for path in files:
            request = Request(claims=claims, by=getpass.getuser(), at=now())
            found.append(take_in(anchored, path, request, report=_show_progress(status, path.name)))
    if as_json:
        typer.echo(json.dumps({"corpus": anchored.name, "files": [vars(each) for each in found]}))
    else:
        _print_outcomes(found)
    unhurt = all(each.status in ("admitted", "known") for each in found)
    raise typer.Exit(ADMITTED if unhurt else HELD_BACK)


def show(
    corpus: CorpusName,
    version: Annotated[int | None, typer.Option(help="an earlier version; the last by default")] = None,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Print one version, and the line of those before it."""
    from outcross.assets.corpus.ledger.ledger import numbers, read_version

    anchored = open_corpus(corpus, root)
    wanted = read_version(anchored.files, version)
    if as_json:
        typer.echo(json.dumps(wanted.to_json()))
        return
    history = [read_version(anchored.files, number) for number in numbers(anchored.files) if number <= wanted.number]
    _print_version(wanted, history)
    if (advice := past_bound(wanted)) is not None:
        typer.echo(advice)


def _show_progress(status: "Status", name: str) -> "Callable[[str], None]":
    """Say on the terminal what is being done to a file."""
    return lambda doing: status.update(clean_text(f"{name}: {doing}"))


def _print_outcomes(found: "list[Outcome]") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("file", "batch", "outcome", "version", "rows in", "admitted", "quarantined")
    for each in found:
        version = "–" if each.version is None else str(each.version)
        counts = (f"{count:,}" for count in (each.rows_in, each.rows_admitted, each.rows_quarantined))
        table.add_row(clean_text(each.file), each.batch, each.status, version, *counts)
    console.print(table)
    for each in found:
        for reason in each.reasons:
            console.print(clean_text(f"• {each.file}: {reason}", LONGEST_REASON))


def _print_version(wanted: "Version", history: "list[Version]") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    bound = "no bound" if wanted.bound is None else f"at most {wanted.bound:.1%} ({wanted.bound_from})"
    share = f"{wanted.rows:,} rows, {wanted.declared_share:.1%} synthetic, {bound}"
    console.print(clean_text(f"{wanted.corpus}, version {wanted.number}: {share}"))
    if (found := wanted.estimated) is not None:
        opening = "an estimated" if found.decided else "cannot tell how much is synthetic; so far"
        share = f"{found.share:.1%} synthetic ({found.lower:.1%} to {found.upper:.1%})"
        console.print(clean_text(f"{opening} {share}: {found.how}"))
    counts = Table("origin", "depth", "generator", "licence", "rows")
    for each in wanted.counts:
        depth = "–" if each.depth is None else str(each.depth)
        names = (clean_text(name or "–") for name in (each.generator, each.licence))
        counts.add_row(each.origin, depth, *names, f"{each.rows:,}")
    console.print(counts)
    line = Table("version", "at", "by", "what", "in", "admitted", "quarantined", "synthetic")
    for version in history:
        rows = (f"{count:,}" for count in (version.rows_in, version.rows_admitted, version.rows_quarantined))
        by, what = clean_text(version.by), clean_text(f"{version.action}: {version.reason}")
        line.add_row(str(version.number), version.at, by, what, *rows, f"{version.declared_share:.1%}")
    console.print(line)
