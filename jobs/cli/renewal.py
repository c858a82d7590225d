"""What ``outcross corpus --renew-anchor`` does and prints."""

import getpass
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from outcross.jobs.cli.console import say
from outcross.jobs.cli.find_corpus import id_of, now, view_corpus
from outcross.jobs.cli.terminal_text import clean_text

if TYPE_CHECKING:
    from outcross.assets.corpus.ledger.version import Version
    from outcross.assets.corpus.renewal.bounds_beside import Ends
    from outcross.assets.corpus.renewal.renew import Renewal


def renew_anchor(
    corpus: str,
    *,
    last: int | None,
    batches: Sequence[str],
    alone: bool,
    dry_run: bool,
    reason: str | None,
    root: str | None,
    as_json: bool,
) -> None:
    """Plan a renewal, print what changes, and do it unless it is a dry run.

    Raises:
        BadInput: no reason is given, or the batches cannot join the anchor.
    """
    from outcross.jobs.cli.console import status_line
    from outcross.resources.errors import BadInput

    if not dry_run and not (reason or "").strip():
        raise BadInput("a renewal needs a reason, which the ledger records; give --reason, or --dry-run to plan alone")
    anchored = view_corpus(corpus, root)

    from outcross.assets.corpus.renewal.renew import plan_renewal, renew

    named = [id_of(anchored, each) for each in batches]
    with status_line(f"{anchored.name}: looking into the batches", quiet=as_json):
        plan = plan_renewal(anchored, last=last, batches=named, alone=alone)
    if not as_json:
        _print_plan(plan)
    version = None
    if not dry_run:
        version = renew(anchored, plan, reason=str(reason), by=getpass.getuser(), at=now())
    if as_json:
        say(json.dumps({**plan_json(plan), "renewed": None if version is None else version.number}))
    else:
        say(_outcome(plan, version))


def plan_json(plan: "Renewal") -> dict[str, Any]:
    """Convert a plan to values that JSON can hold."""
    names = (
        "corpus",
        "version",
        "batches",
        "skipped",
        "alone",
        "anchor_rows",
        "holdout_rows",
        "taken",
        "held",
        "leaving",
    )
    found = {name: getattr(plan, name) for name in names}
    return {**found, "undeclared": asdict(plan.shown), "bounds": [asdict(each) for each in plan.bounds]}


def _outcome(plan: "Renewal", version: "Version | None") -> str:
    if version is None:
        return "Nothing was changed. Without --dry-run, and with --reason, the anchor is renewed."
    return (
        f"{plan.corpus}, version {version.number}: the anchor was renewed. Batches are compared with it from now on, "
        "and a held batch that is sent again is judged by it."
    )


def _print_plan(plan: "Renewal") -> None:
    from rich.table import Table

    from outcross.jobs.cli.console import SafeConsole

    console, shown = SafeConsole(), plan.shown
    table = Table(f"{plan.corpus}, version {plan.version}", "now", "renewed")
    table.add_row("rows of the anchor", *(f"{rows:,}" for rows in plan.anchor_rows))
    table.add_row("rows of the holdout", *(f"{rows:,}" for rows in plan.holdout_rows))
    console.print(table)
    how = " alone, without the rows before them" if plan.alone else ""
    console.print(
        clean_text(
            f"{_count(len(plan.batches), 'batch joins', 'batches join')} the anchor{how}: {plan.taken:,} rows. "
            f"{plan.leaving:,} rows leave the corpus for the holdout; models that were trained on them have seen them."
        )
    )
    if plan.skipped:
        console.print(
            clean_text(f"left out, since not all their rows are declared real: {', '.join(plan.skipped)}", 500)
        )
    console.print(
        clean_text(
            f"undeclared synthetic share of the batches: {shown.share:.1%} ({shown.lower:.1%} to {shown.upper:.1%}) of "
            f"the known generators ({shown.generators}), below {shown.limit:.1%}; an unknown one would go unnoticed",
            500,
        )
    )
    bounds = Table("guard", "of", "bound", "now", "renewed", "")
    changed = [each for each in plan.bounds if each.changed]
    for each in changed:
        ends = (_ends(side) for side in (each.old, each.new))
        bounds.add_row(each.guard, clean_text(each.group), each.what, *ends, clean_text(each.more))
    console.print(bounds)
    if same := len(plan.bounds) - len(changed):
        console.print(f"{_count(same, 'bound stays as it is', 'bounds stay as they are')}.")


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _ends(ends: "Ends") -> str:
    low, high = (None if each is None else f"{each:.4g}" for each in ends)
    if low is None and high is None:
        return "–"
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at least {low}" if high is None else f"at most {high}"
