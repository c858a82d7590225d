"""``outcross trim``: bring a corpus that is past its bound back to it."""

import getpass
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.find_corpus import now, view_corpus
from outcross.jobs.cli.options import AsJson, CorpusName, Root

if TYPE_CHECKING:
    from outcross.assets.corpus.ledger.version import Version
    from outcross.assets.corpus.trim.trim import Plan

_HELP = """Bring a corpus back to its bound by leaving synthetic rows out.

Run it when [bold]outcross corpus[/bold] reports that a corpus is past its bound. With --dry-run it only shows the \
corpus before and after, and how many real rows would help instead.

The deepest rows are left out first, then those nearest to other rows. A new version of the ledger lists them; they \
stay in the store.

[bold]Examples[/bold]

  outcross trim college --dry-run

  outcross trim college --reason "past the verdict of March"

  outcross trim college --share 0.05 --dry-run --json
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("trim", help=_HELP)(trim)


def trim(
    corpus: CorpusName,
    share: Annotated[float | None, typer.Option(help="the synthetic share to reach; default: the bound")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show the plan and change nothing")] = False,
    reason: Annotated[str, typer.Option(help="reason to record in the ledger")] = "back to the bound",
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Show the plan; apply it unless it is a dry run."""
    from outcross.jobs.cli.console import status_line

    anchored = view_corpus(corpus, root)

    from outcross.assets.corpus.trim.trim import apply
    from outcross.assets.corpus.trim.trim import plan as make_plan

    with status_line(f"{anchored.name}: choosing rows", quiet=as_json):
        plan = make_plan(anchored, share=share)
    if not as_json:
        _print_plan(plan)
    version = None
    if plan.leave_out and not dry_run:
        version = apply(anchored, plan, reason=reason, by=getpass.getuser(), at=now())
    if as_json:
        say(json.dumps({**_plan_json(plan), "applied": None if version is None else version.number}))
    else:
        say(_outcome(plan, version))


def _plan_json(plan: "Plan") -> dict[str, Any]:
    head = {name: getattr(plan, name) for name in ("corpus", "version", "bound", "bound_from", "real_rows")}
    sides = {"before": asdict(plan.before), "after": asdict(plan.after)}
    return {**head, "leave_out": plan.leave_out, "lacking": plan.lacking, "how": plan.how, **sides}


def _outcome(plan: "Plan", version: "Version | None") -> str:
    if not plan.leave_out and plan.lacking:
        needed = "no number of real rows does" if plan.real_rows is None else f"{plan.real_rows:,} more real rows do"
        return (
            f"{plan.corpus} is past the share of {plan.bound:.1%} by rows that are only estimated to be synthetic: "
            f"nothing can be left out that would bring it back; {needed}."
        )
    if not plan.leave_out:
        return f"{plan.corpus} is within the share of {plan.bound:.1%}: nothing to leave out."
    if version is None:
        return f"Nothing was changed. Without --dry-run, {plan.leave_out:,} rows are left out."
    return f"{plan.corpus}, version {version.number}: {plan.leave_out:,} rows were left out."


def _print_plan(plan: "Plan") -> None:
    from rich.table import Table

    from outcross.jobs.cli.console import SafeConsole
    from outcross.jobs.cli.terminal_text import clean_text

    console = SafeConsole()
    before, after = plan.before, plan.after
    table = Table(f"{plan.corpus}, version {plan.version}", "before", "after")
    table.add_row("rows", f"{before.rows:,}", f"{after.rows:,}")
    table.add_row("not known to be real", f"{before.not_real:,}", f"{after.not_real:,}")
    table.add_row("share not known to be real", f"{before.share:.2%}", f"{after.share:.2%}")
    table.add_row("share to reach", f"{plan.bound:.2%}", f"{plan.bound:.2%}")
    for origin, rows in before.by_origin.items():
        table.add_row(f"origin {origin}", f"{rows:,}", f"{after.by_origin.get(origin, 0):,}")
    for depth, rows in before.by_depth.items():
        named = "depth unknown" if depth is None else f"depth {depth}"
        table.add_row(named, f"{rows:,}", f"{after.by_depth.get(depth, 0):,}")
    table.add_row("share of rows that repeat another", f"{before.repeated:.2%}", f"{after.repeated:.2%}")
    if before.distance is not None and after.distance is not None:
        table.add_row("mean distance to the nearest other", f"{before.distance:.4f}", f"{after.distance:.4f}")
    console.print(table)
    if plan.lacking:
        console.print(f"Besides, {plan.lacking:,} rows would have to go that are only estimated to be synthetic.")
    if plan.leave_out:
        real = "no number of real rows does" if plan.real_rows is None else f"add {plan.real_rows:,} real rows"
        console.print(
            clean_text(
                f"To reach {plan.bound:.2%} ({plan.bound_from}): leave out {plan.leave_out:,} rows ({plan.how}), "
                f"or {real}."
            )
        )
