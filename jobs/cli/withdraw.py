"""``outcross withdraw``: take rows out of a corpus for good, or decide about what rested on them."""

import getpass
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.descendants import print_descendants
from outcross.jobs.cli.find_corpus import now, view_corpus
from outcross.jobs.cli.options import AsJson, CorpusName, Root
from outcross.jobs.cli.selecting import Batch, Consent, Generator, Licence, Rows, selector_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from outcross.assets.corpus.ledger.version import Version
    from outcross.assets.corpus.open_corpus import OpenCorpus
    from outcross.assets.corpus.withdrawal.withdraw import Plan

_HELP = """Take rows out of a corpus for good, and list what rests on them.

A new version of the ledger leaves the rows out, with the reason; rows in quarantine leave it. A digest of each is \
kept, so that the same content is refused when it comes again. What rests on the rows is marked in \
[bold]outcross corpus[/bold] and in the UI until somebody decides: --decided VERSION --reason.

With --erase their bytes are removed from the store as well: from its parts, quarantine and originals. That cannot be \
undone. A withdrawal that was interrupted is finished by the next command that writes to the corpus.

[bold]Examples[/bold]

  outcross withdraw college --batch 5f2c9a31d0b8e746 --dry-run

  outcross withdraw college --generator vendor --reason "contract ended"

  outcross withdraw college --rows erasure-request.csv --erase --reason "request of 3 May"

  outcross withdraw college --decided 12 --reason "the study was run again without them"
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("withdraw", help=_HELP)(withdraw)


def withdraw(
    corpus: CorpusName,
    batch: Batch = None,
    generator: Generator = None,
    licence: Licence = None,
    consent: Consent = None,
    rows: Rows = None,
    reason: Annotated[str | None, typer.Option(help="reason to record in the ledger")] = None,
    erase: Annotated[bool, typer.Option("--erase", help="remove the bytes of the rows from the store as well")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show what would happen and change nothing")] = False,
    decided: Annotated[
        int | None,
        typer.Option(metavar="VERSION", min=1, help="record a decision about what this version withdrew"),
    ] = None,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Show what a withdrawal does; do it unless it is a dry run."""
    from outcross.resources.errors import BadInput

    chosen = (batch, generator, licence, consent, rows)
    if reason is None and not dry_run:
        raise BadInput("state the --reason, which the ledger records, or look first with --dry-run")
    if decided is not None and (dry_run or erase or any(each is not None for each in chosen)):
        raise BadInput("--decided is about an earlier withdrawal; give it with --reason alone")
    anchored = view_corpus(corpus, root)
    if decided is not None:
        _decide(anchored, decided, reason or "", as_json=as_json)
        return

    from outcross.assets.corpus.withdrawal.descendants import find_descendants
    from outcross.assets.corpus.withdrawal.withdraw import plan_withdrawal
    from outcross.assets.corpus.withdrawal.withdraw import withdraw as withdraw_rows
    from outcross.jobs.cli.console import status_line
    from outcross.jobs.cli.terminal_text import clean_text
    from outcross.jobs.files.corpus_pages import remove_pages

    selector = selector_of(anchored, *chosen)
    with status_line(f"{anchored.name}: following rows", quiet=as_json):
        plan = plan_withdrawal(anchored, selector, erase=erase)
        found = find_descendants(anchored, selector)
    version = None
    if not dry_run:
        if erase:
            remove_pages(anchored.name)
        version = withdraw_rows(anchored, selector, reason=reason or "", by=getpass.getuser(), at=now(), erase=erase)
    if as_json:
        applied = None if version is None else version.number
        rest = [asdict(each) for each in found]
        say(json.dumps({**_plan_json(plan), "erase": erase, "descendants": rest, "applied": applied}))
        return
    for line in _describe_plan(plan, erase=erase):
        say(clean_text(line, 1_000))
    print_descendants(found)
    for line in _outcome(plan, version):
        say(clean_text(line, 1_000))


def _decide(corpus: "OpenCorpus", number: int, reason: str, *, as_json: bool) -> None:
    from outcross.assets.corpus.withdrawal.withdraw import decide

    version = decide(corpus, number, reason=reason, by=getpass.getuser(), at=now())
    if as_json:
        say(json.dumps({"corpus": corpus.name, "withdrawal": number, "decided": version.number, "reason": reason}))
    else:
        say(f"{corpus.name}, version {version.number}: what rests on the rows of version {number} is decided about.")


def _plan_json(plan: "Plan") -> dict[str, Any]:
    return {name: value for name, value in vars(plan).items() if name != "lines"}


def _describe_plan(plan: "Plan", *, erase: bool) -> "Iterator[str]":
    parts = {
        "of the corpus": plan.rows,
        "in quarantine": plan.quarantined,
        "left out before": plan.left_out,
        "released or rejected, as quarantine keeps them": plan.decided,
        "withdrawn before, and not erased": plan.withdrawn,
        "in quarantine with the same content": plan.copies,
    }
    told = ", ".join(f"{rows:,} {where}" for where, rows in parts.items() if rows)
    yield f"{plan.corpus}, version {plan.version}: {plan.what}: {told}"
    if plan.anchored:
        yield f"Meant too, and not withdrawn: {plan.anchored}."
    if erase and plan.in_anchors:
        yield (
            f"{plan.in_anchors:,} of them lie in a renewed anchor or its holdout: these lose them, and batches are "
            "compared with an anchor without them from then on."
        )
    if plan.unknown:
        are = "row of the file is" if plan.unknown == 1 else "rows of the file are"
        yield f"{plan.unknown:,} {are} nowhere in the corpus."
    for batch, rows in plan.lost_originals.items() if erase else ():
        yield (
            f"The original of batch {batch} is removed whole: its {rows:,} other rows keep what is modelled of "
            "them, and are derived again no more."
        )


def _outcome(plan: "Plan", version: "Version | None") -> "Iterator[str]":
    if version is None:
        yield "Nothing was changed. Leave out --dry-run, and state a --reason, to withdraw these rows."
        return
    yield f"{plan.corpus}, version {version.number}: {version.reason}"
    for result in version.guards:
        if not result.passed:
            yield f"warning: {result.why}"
    if version.withdrawals[-1].decided is not None:
        return  # an earlier withdrawal marks them
    yield (
        f"What rests on them is marked until you decide: outcross withdraw {plan.corpus} --decided {version.number} "
        "--reason …"
    )
