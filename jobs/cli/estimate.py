"""``outcross estimate``: estimate what share of a file is synthetic, without ingesting it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.find_corpus import find_corpus, open_corpus, view_corpus
from outcross.jobs.cli.options import AsJson, CorpusOption, Root
from outcross.jobs.cli.terminal_text import clean_text

if TYPE_CHECKING:
    from outcross.assets.corpus.intake.estimate_file import FileShare

_HELP = """Estimate what share of a file's rows is synthetic, declared or not; nothing is ingested.

A classifier compares the rows with the corpus's holdout, which is real, and with rows that are known to be synthetic.
The share is of the rows that can be told to be synthetic: rows of unknown generators, and of known ones that are hardly
told from real rows, count as real.

Known synthetic rows come from the studies under 'known' and 'bound' in the corpus file, and from earlier batches.

If the comparison is inconclusive, the answer is "cannot tell", with the reason. The exit status is 0 in both cases.

[bold]Examples[/bold]

  outcross estimate march.parquet --corpus college

  outcross estimate unlabelled.csv --corpus people.yaml --json
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("estimate", help=_HELP)(estimate)


def estimate(
    file: Annotated[
        Path, typer.Argument(help="a Parquet, Arrow, CSV or JSON file, also compressed; of pictures, also a folder")
    ],
    corpus: CorpusOption,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Print the rows that are certainly synthetic, and the estimate with its interval."""
    from outcross.jobs.cli.console import status_line

    known = find_corpus(corpus, root).is_started  # an estimate compares with the anchor, which a new corpus has to read
    anchored = view_corpus(corpus, root) if known else open_corpus(corpus, root)

    from outcross.assets.corpus.intake.estimate_file import estimate_file

    with status_line(quiet=as_json) as status:
        found = estimate_file(anchored, file, report=lambda doing: status.update(f"{file.name}: {doing}"))
    if as_json:
        say(json.dumps({"corpus": anchored.name, "file": file.name, **found.to_json()}))
    else:
        _print(file.name, found)


def _print(name: str, found: "FileShare") -> None:
    from rich.table import Table
    from rich.text import Text

    from outcross.assets.corpus.intake.estimate_file import NO_KNOWN
    from outcross.jobs.cli.console import SafeConsole

    console, batch = SafeConsole(), found.found
    share, lower, upper = found.interval
    limits = f"{lower:.1%} to {upper:.1%}" if upper < 1 or lower == 1 else f"at least {lower:.1%}"
    if not batch.decided:
        answer = f"cannot tell what share is synthetic: anything from {lower:.1%} to {upper:.1%}"
    elif not lower:
        answer = f"no row can be told to be synthetic: anything from {lower:.1%} to {upper:.1%}"
    else:
        answer = f"{share:.1%} of the rows can be told to be synthetic (95 % interval: {limits})"
    console.print(Text(f"{name}: {answer}", style="bold"))
    console.print(Text(batch.reason))
    if found.cause is not None:
        console.print(clean_text(found.cause))
    table = Table("rows", "number", "")
    table.add_row("in the file", f"{found.rows:,}", "")
    table.add_row("that do not fit the corpus's columns", f"{found.rows - batch.rows:,}", "")
    table.add_row("declared synthetic", f"{batch.declared:,}", "certain")
    of = f"certain; {batch.looked_at:,} rows were compared"
    table.add_row("equal to a known synthetic row", f"{batch.certain['equal']:,}", of)
    if batch.certain["marked"]:
        table.add_row("marked by others as a model's", f"{batch.certain['marked']:,}", of)
    if batch.looked_for_copies:
        table.add_row("nearly equal to a known synthetic row", f"{batch.certain['near copy']:,}", of)
    console.print(table)
    known = ", ".join(f"{generator} ({rows:,} rows)" for generator, rows in batch.known.items())
    if batch.auc is not None:
        console.print(Text(f"compared with {known}: the classifier's AUC is {batch.auc:.2f}"))
    if not batch.looked_for_copies and batch.undeclared:
        console.print(Text(f"• not looked into: near copies of known synthetic rows: {NO_KNOWN}"))
    for mark in found.marks:
        console.print(clean_text(f"• marked: {mark}"))
    for doubt in found.doubts:
        console.print(clean_text(f"• not looked into: {doubt}"))
    for why in batch.unused:
        console.print(Text(f"• not compared with: {why}"))
