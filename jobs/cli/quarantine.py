"""``outcross quarantine``: list and show quarantined rows, release them or reject them."""

import getpass
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.find_corpus import id_of, now, view_corpus
from outcross.jobs.cli.likeliest import announce_plan, show_likeliest
from outcross.jobs.cli.options import AsJson, CorpusName, Root

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from outcross.assets.corpus.ledger.version import Version
    from outcross.assets.corpus.open_corpus import OpenCorpus
    from outcross.assets.corpus.quarantine.quarantine import QuarantinedBatch, RefusedFile

_HELP = """Review the quarantined rows of a corpus: list, show, release or reject them.

A row is quarantined if a guard rejects it, or its batch, during an ingest.

[bold]Examples[/bold]

  outcross quarantine list college

  outcross quarantine show college 3f9a6c1e2b7d4a50
"""
_LIST_HELP = """List batches with quarantined rows, and which guards rejected them; list refused files.

Run it after an ingest that quarantined rows. It prints the batch ids that the other commands take.

[bold]Examples[/bold]

  outcross quarantine list college

  outcross quarantine list college --json
"""
_SHOW_HELP = """Show the quarantined rows of a batch, as they came, with every reason.

Read the reasons here before you release or reject the rows.

With --likeliest, rows that are held with their batch come first where they are likeliest to be synthetic. Their \
probability is that of the estimate for the batch, with the estimated share as prior.

[bold]Examples[/bold]

  outcross quarantine show college 3f9a6c1e2b7d4a50

  outcross quarantine show college march.parquet --limit 500 --json

  outcross quarantine show college 3f9a6c1e2b7d4a50 --likeliest
"""
_RELEASE_HELP = """Release quarantined rows into the corpus: a new version of the ledger, with the reason.

Choose rows by --row or by --guard, or by both, or by --below; without any, every quarantined row of the batch is \
released.

With --below, the rows are released that are less likely to be synthetic, and count by their probability in the \
corpus's estimated share. --dry-run says how many these are, and what share of them is expected to be synthetic.

Either all chosen rows are released, or none. Some rows cannot be released: those of the holdout, of a protected set \
and of a denied generator, those that do not fit the corpus's schema, and those with impossible provenance.

[bold]Examples[/bold]

  outcross quarantine release college 3f9a6c1e2b7d4a50 --reason "same answers" --guard duplicates

  outcross quarantine release college 3f9a6c1e2b7d4a50 --reason checked --row 17 --row 40

  outcross quarantine release college 3f9a6c1e2b7d4a50 --reason likely --below 0.1 --dry-run
"""
_REJECT_HELP = """Reject quarantined rows: a new version of the ledger, with the reason.

Choose rows by --row or by --guard, or by both; without either, every quarantined row of the batch is rejected.

Rejected rows stay in the store and are no longer listed.

[bold]Examples[/bold]

  outcross quarantine reject college 3f9a6c1e2b7d4a50 --reason "sent twice" --guard duplicates

  outcross quarantine reject college 3f9a6c1e2b7d4a50 --reason "wages in another unit"
"""
_Batch = Annotated[str, typer.Argument(help="id of the batch or its first characters, or the name of its file")]
_ID, _DATE = 16, 10
"""Characters of an id, and of a time's date."""
_Reason = Annotated[str, typer.Option(help="reason to record in the ledger")]
_Rows = Annotated[list[int] | None, typer.Option("--row", min=0, help="row number, counted from 0; may be repeated")]
_Guards = Annotated[
    list[str] | None, typer.Option("--guard", help="rows that only this guard rejected; may be repeated")
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    commands = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")
    commands.command("list", help=_LIST_HELP)(list_quarantine)
    commands.command("show", help=_SHOW_HELP)(show)
    commands.command("release", help=_RELEASE_HELP)(release)
    commands.command("reject", help=_REJECT_HELP)(reject)
    app.add_typer(commands, name="quarantine", help=_HELP)


def list_quarantine(corpus: CorpusName, root: Root = None, as_json: AsJson = False) -> None:
    """List batches with quarantined rows, and refused files."""
    anchored = view_corpus(corpus, root)

    from outcross.assets.corpus.quarantine.quarantine import list_quarantine as list_batches
    from outcross.assets.corpus.quarantine.quarantine import list_refused_files

    held, files = list_batches(anchored), list_refused_files(anchored)
    if as_json:
        listing = {"waiting": [asdict(each) for each in held], "refused": [asdict(each) for each in files]}
        say(json.dumps({"corpus": anchored.name, **listing}))
    else:
        _print_quarantine(anchored.name, held, files)


def show(
    corpus: CorpusName,
    batch: _Batch,
    limit: Annotated[int, typer.Option(min=1, help="number of rows to show")] = 20,
    likeliest: Annotated[
        bool, typer.Option("--likeliest", help="those first that are likeliest to be synthetic, with the probability")
    ] = False,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Show quarantined rows."""
    anchored, batch = _find(corpus, batch, root)
    if likeliest:
        show_likeliest(anchored, batch, limit=limit, as_json=as_json)
        return

    from outcross.assets.corpus.quarantine.quarantine import read_quarantine

    rows = read_quarantine(anchored, batch, limit=limit)
    if as_json:
        say(json.dumps({"corpus": anchored.name, "batch": batch, "rows": rows.to_dicts()}))
    else:
        _print_rows(rows)


def release(
    corpus: CorpusName,
    batch: _Batch,
    reason: _Reason,
    row: _Rows = None,
    guard: _Guards = None,
    past_bound: Annotated[
        bool, typer.Option("--past-bound", help="release even if the synthetic share then exceeds the bound")
    ] = False,
    below: Annotated[
        float | None, typer.Option(help="rows whose probability of being synthetic is below this number")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="with --below: print the plan, and change nothing")
    ] = False,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Release rows."""
    from outcross.resources.errors import BadInput

    if dry_run and below is None:
        raise BadInput("--dry-run is for --below; give a probability, such as --below 0.1")
    anchored, batch = _find(corpus, batch, root)

    from outcross.assets.corpus.quarantine.quarantine import release as release_rows

    plan = (
        None
        if below is None
        else announce_plan(anchored, batch, below=below, alone=not (row or guard), dry_run=dry_run, as_json=as_json)
    )
    if dry_run:
        return
    positions = _choose_positions(anchored, batch, row, guard) if plan is None else plan.positions
    version = release_rows(
        anchored,
        batch,
        positions=positions,
        reason=reason,
        by=getpass.getuser(),
        at=now(),
        past_bound=past_bound,
        expected=None if plan is None else plan.expected,
    )
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
    anchored, batch = _find(corpus, batch, root)

    from outcross.assets.corpus.quarantine.quarantine import reject as reject_rows

    positions = _choose_positions(anchored, batch, row, guard)
    version = reject_rows(anchored, batch, positions=positions, reason=reason, by=getpass.getuser(), at=now())
    _print_version(version, f"{version.rows_in:,} rows of batch {batch} rejected", as_json=as_json)


def _find(corpus: str, batch: str, root: str | None) -> "tuple[OpenCorpus, str]":
    """Open a corpus, and find the id of the batch that is meant."""
    anchored = view_corpus(corpus, root)
    return anchored, id_of(anchored, batch)


def _choose_positions(
    anchored: "OpenCorpus", batch: str, rows: list[int] | None, guards: list[str] | None
) -> "Sequence[int] | None":
    """Return the rows that are named and those that the guards rejected; None for every quarantined row."""
    from outcross.assets.corpus.quarantine.quarantine import find_rows_of_guards

    if not rows and not guards:
        return None
    return [*(rows or []), *(find_rows_of_guards(anchored, batch, guards) if guards else [])]


def _print_version(version: "Version", done: str, *, as_json: bool) -> None:
    from outcross.jobs.cli.console import unbroken
    from outcross.jobs.cli.terminal_text import clean_text

    if as_json:
        kept = ("corpus", "number", "action", "batch", "reason", "by", "at", "rows_in", "rows_admitted")
        summary = {name: getattr(version, name) for name in (*kept, "rows_quarantined", "rows", "declared_share")}
        if version.expected is not None:
            summary["expected"] = asdict(version.expected)
        say(json.dumps(summary))
        return
    share = f"{version.rows:,} rows, {version.declared_share:.1%} synthetic"
    unbroken().print(clean_text(f"{version.corpus}, version {version.number}: {done}; {share}"))


def _print_quarantine(corpus: str, held: "list[QuarantinedBatch]", files: "list[RefusedFile]") -> None:
    from rich.table import Column, Table
    from rich.text import Text

    from outcross.assets.corpus.quarantine.next_step import next_step
    from outcross.jobs.cli.console import SafeConsole, unbroken
    from outcross.jobs.cli.terminal_text import clean_text

    console = SafeConsole()
    if not held and not files:
        console.print(clean_text(f"{corpus}: no rows in quarantine, no refused files"))
    if held:
        table = Table(Column("batch", no_wrap=True, min_width=_ID), "file", "waiting", "rejected by")
        for each in held:
            guards = Text("\n").join(clean_text(f"{guard} {rows:,}") for guard, rows in each.reasons.items())
            came = Text.assemble(clean_text(each.file, 60), f"\nversion {each.version}\n", clean_text(each.at[:_DATE]))
            table.add_row(clean_text(each.batch), came, f"{each.rows:,}", guards)
        console.print(table)
        for each in held:
            command = next_step(next(iter(each.reasons), ""), corpus, each.batch)
            unbroken().print(clean_text(f"→ {each.batch}: {command}"))
    if files:
        table = Table("refused file", Column("batch", no_wrap=True), "bytes", Column("reason", ratio=1))
        for refused in files:
            size = "–" if refused.bytes is None else f"{refused.bytes:,}"
            batch = clean_text(refused.batch or "–")
            came = Text.assemble(clean_text(refused.file, 60), "\n", clean_text(refused.at[:_DATE]))
            table.add_row(came, batch, size, clean_text(refused.reason))
        console.print(table)


def _print_rows(rows: "pl.DataFrame") -> None:
    from rich.table import Table

    from outcross.jobs.cli.console import SafeConsole
    from outcross.jobs.cli.terminal_text import clean_text

    table = Table("row", "reasons", "as it came")
    for position, raw, reasons in rows.iter_rows():
        table.add_row(str(position), clean_text("; ".join(reasons)), clean_text(raw))
    SafeConsole().print(table)
