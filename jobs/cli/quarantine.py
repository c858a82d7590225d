"""``outcross quarantine``: see what a corpus holds back, and release it or reject it."""

import getpass
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.find_corpus import now, open_corpus
from outcross.jobs.cli.options import AsJson, CorpusName, Root

if TYPE_CHECKING:
    import polars as pl

    from outcross.assets.corpus.ledger.ledger import Version
    from outcross.assets.corpus.open_corpus import OpenCorpus
    from outcross.assets.corpus.quarantine.quarantine import QuarantinedBatch, RefusedFile

_HELP = """See what a corpus holds back, and release it into the corpus or reject it."""
_LIST_HELP = """List batches with quarantined rows, which guards rejected them, and the files that were refused.

[bold]Examples[/bold]

  outcross quarantine list college

  outcross quarantine list college --json
"""
_SHOW_HELP = """Show the rows of a batch that wait, as they came, with every reason.

[bold]Examples[/bold]

  outcross quarantine show college 3f9a6c1e2b7d4a50

  outcross quarantine show college 3f9a6c1e2b7d4a50 --limit 500 --json
"""
_RELEASE_HELP = """Make rows that wait rows of the corpus: a new version, with the reason.

Rows of the holdout, and rows that cannot be read by the corpus's schema, cannot be released. All rows are, or none.

[bold]Examples[/bold]

  outcross quarantine release college 3f9a6c1e2b7d4a50 --reason "people may answer alike" --guard duplicates

  outcross quarantine release college 3f9a6c1e2b7d4a50 --reason "checked with the source" --row 17 --row 40
"""
_REJECT_HELP = """Decide that rows which wait stay out: a new version, with the reason. They are kept and wait no more.

[bold]Examples[/bold]

  outcross quarantine reject college 3f9a6c1e2b7d4a50 --reason "sent twice" --guard duplicates

  outcross quarantine reject college 3f9a6c1e2b7d4a50 --reason "another unit of wages"
"""
_Batch = Annotated[str, typer.Argument(help="id of the batch, as list prints it")]
_Reason = Annotated[str, typer.Option(help="why, for the ledger")]
_Rows = Annotated[list[int] | None, typer.Option("--row", min=0, help="a row, counted from 0; several times for more")]
_Guards = Annotated[
    list[str] | None, typer.Option("--guard", help="the rows that this guard holds back, and no other guard")
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    commands = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")
    commands.command("list", help=_LIST_HELP)(list_waiting)
    commands.command("show", help=_SHOW_HELP)(show)
    commands.command("release", help=_RELEASE_HELP)(release)
    commands.command("reject", help=_REJECT_HELP)(reject)
    app.add_typer(commands, name="quarantine", help=_HELP)


def list_waiting(corpus: CorpusName, root: Root = None, as_json: AsJson = False) -> None:
    """List what waits, and what was refused."""
    from outcross.assets.corpus.quarantine.quarantine import list_quarantine, list_refused_files

    anchored = open_corpus(corpus, root)
    held, files = list_quarantine(anchored), list_refused_files(anchored)
    if as_json:
        listing = {"waiting": [asdict(each) for each in held], "refused": [asdict(each) for each in files]}
        typer.echo(json.dumps({"corpus": anchored.name, **listing}))
    else:
        _print_waiting(anchored.name, held, files)


def show(
    corpus: CorpusName,
    batch: _Batch,
    limit: Annotated[int, typer.Option(min=1, help="rows to show, from the first on")] = 20,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Show rows that wait."""
    from outcross.assets.corpus.quarantine.quarantine import read_quarantine

    anchored = open_corpus(corpus, root)
    rows = read_quarantine(anchored, batch, limit=limit)
    if as_json:
        typer.echo(json.dumps({"corpus": anchored.name, "batch": batch, "rows": rows.to_dicts()}))
    else:
        _print_rows(rows)


def release(
    corpus: CorpusName,
    batch: _Batch,
    reason: _Reason,
    row: _Rows = None,
    guard: _Guards = None,
    past_bound: Annotated[
        bool, typer.Option("--past-bound", help="even where the synthetic share passes its bound by it")
    ] = False,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Release rows."""
    from outcross.assets.corpus.quarantine.quarantine import release as let_in

    anchored = open_corpus(corpus, root)
    positions = _choose_positions(anchored, batch, row, guard)
    by, at = getpass.getuser(), now()
    version = let_in(anchored, batch, positions=positions, reason=reason, by=by, at=at, past_bound=past_bound)
    _print_version(version, f"{version.rows_in:,} rows of batch {batch} released", as_json=as_json)


def reject(
    corpus: CorpusName,
    batch: _Batch,
    reason: _Reason,
    row: _Rows = None,
    guard: _Guards = None,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Reject rows."""
    from outcross.assets.corpus.quarantine.quarantine import reject as keep_out

    anchored = open_corpus(corpus, root)
    positions = _choose_positions(anchored, batch, row, guard)
    version = keep_out(anchored, batch, positions=positions, reason=reason, by=getpass.getuser(), at=now())
    _print_version(version, f"{version.rows_in:,} rows of batch {batch} rejected", as_json=as_json)


def _choose_positions(
    anchored: "OpenCorpus", batch: str, rows: list[int] | None, guards: list[str] | None
) -> list[int] | None:
    """The rows named, those that the guards hold back, or None for all that wait."""
    from outcross.assets.corpus.quarantine.quarantine import find_rows_of_guards

    if not rows and not guards:
        return None
    return [*(rows or []), *(find_rows_of_guards(anchored, batch, guards) if guards else [])]


def _print_version(version: "Version", done: str, *, as_json: bool) -> None:
    from rich.console import Console

    from outcross.jobs.cli.terminal_text import clean_text

    if as_json:
        kept = ("corpus", "number", "action", "batch", "reason", "by", "at", "rows_in", "rows_admitted")
        summary = {name: getattr(version, name) for name in (*kept, "rows_quarantined", "rows", "declared_share")}
        typer.echo(json.dumps(summary))
        return
    share = f"{version.rows:,} rows, {version.declared_share:.1%} synthetic"
    Console(soft_wrap=True).print(clean_text(f"{version.corpus}, version {version.number}: {done}; {share}"))


def _print_waiting(corpus: str, held: "list[QuarantinedBatch]", files: "list[RefusedFile]") -> None:
    from rich.console import Console
    from rich.table import Table

    from outcross.jobs.cli.terminal_text import clean_text

    console = Console()
    if not held and not files:
        console.print(clean_text(f"{corpus}: nothing waits."))
    if held:
        table = Table("batch", "file", "version", "at", "rows waiting", "held by")
        for each in held:
            guards = ", ".join(f"{guard} {rows:,}" for guard, rows in each.reasons.items())
            batch, file = clean_text(each.batch), clean_text(each.file, 60)
            table.add_row(batch, file, str(each.version), each.at, f"{each.rows:,}", clean_text(guards))
        console.print(table)
    if files:
        table = Table("refused file", "batch", "at", "bytes", "why")
        for refused in files:
            size = "–" if refused.bytes is None else f"{refused.bytes:,}"
            batch = clean_text(refused.batch or "–")
            table.add_row(clean_text(refused.file, 60), batch, clean_text(refused.at), size, clean_text(refused.reason))
        console.print(table)


def _print_rows(rows: "pl.DataFrame") -> None:
    from rich.console import Console
    from rich.table import Table

    from outcross.jobs.cli.terminal_text import clean_text

    table = Table("row", "held by", "as it came")
    for position, raw, reasons in rows.iter_rows():
        table.add_row(str(position), clean_text("; ".join(reasons)), clean_text(raw))
    Console().print(table)
