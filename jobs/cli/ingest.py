"""``outcross ingest``: ingest files into a corpus."""

import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.exit_codes import ExitCode
from outcross.jobs.cli.find_corpus import now, open_corpus
from outcross.jobs.cli.options import AsJson, CorpusOption, Root
from outcross.jobs.cli.terminal_text import clean_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.status import Status

    from outcross.assets.corpus.intake.outcome import Outcome

_INGEST_HELP = """Ingest files into a corpus: every row is admitted, or quarantined with its reasons.

State where the rows come from in NAME.provenance.json next to the file, or with options, which take precedence.

The exit status is 1 if a row was quarantined or a file was refused.

[bold]Examples[/bold]

  outcross ingest march.parquet --corpus college --origin real --licence CC0-1.0 --consent survey

  outcross ingest new/*.csv --corpus people.yaml --origin synthetic --generator gan --json
"""
LONGEST_REASON = 1_000


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("ingest", help=_INGEST_HELP)(ingest)


def ingest(
    files: Annotated[
        list[Path], typer.Argument(help="Parquet, Arrow, CSV or JSON, also compressed; of pictures, also folders")
    ],
    corpus: CorpusOption,
    origin: Annotated[str | None, typer.Option(help="origin of the rows: real, synthetic, mixed or unknown")] = None,
    generator: Annotated[str | None, typer.Option(help="generator that made the synthetic rows")] = None,
    licence: Annotated[str | None, typer.Option(help="licence of the rows: an SPDX identifier")] = None,
    consent: Annotated[str | None, typer.Option(help="consent of the people, or terms of the source")] = None,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Ingest each file in turn."""
    from outcross.jobs.cli.console import status_line

    anchored = open_corpus(corpus, root, quiet=as_json)

    from outcross.assets.corpus.intake.ingest import ingest as ingest_file
    from outcross.assets.corpus.intake.outcome import Request
    from outcross.assets.corpus.provenance import parse_claims
    from outcross.resources.sources.column_record import told

    stated = {"origin": origin, "generator": generator, "licence": licence, "consent": consent}
    claims = {name: value for name, value in stated.items() if value is not None}
    parse_claims(claims, given="on the command line")
    found = []
    with status_line(quiet=as_json) as status:
        for path in files:
            request = Request(claims=claims, by=getpass.getuser(), at=now())
            found.append(ingest_file(anchored, path, request, report=_show_progress(status, path.name)))
    if as_json:
        columns = [record.to_json() for record in told(anchored.columns)]
        say(json.dumps({"corpus": anchored.name, "files": [vars(each) for each in found], "columns": columns}))
    else:
        _print_outcomes(found, anchored.name)
    whole = all(each.status in ("admitted", "known") for each in found)
    raise typer.Exit(ExitCode.SUCCESS if whole else ExitCode.PROBLEM)


def _show_progress(status: "Status", name: str) -> "Callable[[str], None]":
    """Return a callback that shows on the terminal what is done with a file."""
    return lambda doing: status.update(clean_text(f"{name}: {doing}"))


def _tell_too_few(guards: "Sequence[str]") -> str:
    """Tell in one line which guards a batch is too small for, and the smallest change that each could see."""
    seen = [(text.split(":")[0], text.rsplit("could see is ", 1)[-1]) for text in guards]
    return "too few rows for some guards to fail; the smallest changes that they could see: " + "; ".join(
        f"{guard}: {change}" for guard, change in seen
    )


def _print_outcomes(found: "list[Outcome]", corpus: str) -> None:
    from rich.table import Column, Table

    from outcross.jobs.cli.console import SafeConsole, unbroken

    console = SafeConsole()
    table = Table("file", Column("batch", no_wrap=True), "outcome", "version", "rows", "admitted", "held")
    for each in found:
        version = "–" if each.version is None else str(each.version)
        counts = (f"{count:,}" for count in (each.rows_in, each.rows_admitted, each.rows_quarantined))
        table.add_row(clean_text(each.file), each.batch, each.status, version, *counts)
    console.print(table)
    for each in found:
        for reason in (*each.reasons, *([each.cause] if each.cause is not None else [])):
            console.print(clean_text(f"• {each.file}: {reason}", LONGEST_REASON))
        for mark in each.marks:
            console.print(clean_text(f"• {each.file}: marked: {mark}", LONGEST_REASON))
        for cause in each.explained:
            console.print(clean_text(f"• {each.file}: cause: {cause}", LONGEST_REASON))
        for reason in each.held_rows:
            console.print(clean_text(f"• {each.file}: held: {reason}", LONGEST_REASON))
        for reason in each.observed:
            console.print(clean_text(f"• {each.file}: would have been held: {reason}", LONGEST_REASON))
        for warning in each.warnings:
            console.print(clean_text(f"• {each.file}: warning: {warning}", LONGEST_REASON))
        if each.too_few_rows:
            console.print(clean_text(f"• {each.file}: {_tell_too_few(each.too_few_rows)}", LONGEST_REASON))
        for what in each.not_looked_into:
            console.print(clean_text(f"• {each.file}: not looked into: {what}", LONGEST_REASON))
    commands = unbroken()
    for each in found:
        for guards, command in _next_steps(each, corpus).items():
            commands.print(clean_text(f"→ {each.file}: {guards}: {command}"))


def _next_steps(outcome: "Outcome", corpus: str) -> dict[str, str]:
    """Map guards that hold a batch or rows of it to the command that deals with them, those of one together."""
    from outcross.assets.corpus.quarantine.next_step import guard_of, next_step

    if not outcome.rows_quarantined:
        return {}
    guards: dict[str, list[str]] = {}
    for reason in dict.fromkeys(map(guard_of, (*outcome.reasons, *outcome.held_rows))):
        if reason:
            guards.setdefault(next_step(reason, corpus, outcome.batch), []).append(reason)
    return {", ".join(names): command for command, names in guards.items()}
