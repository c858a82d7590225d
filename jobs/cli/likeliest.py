"""Rows in quarantine by their probability of being synthetic: what the terminal shows, and says before a release."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from outcross.jobs.cli.console import say
from outcross.jobs.cli.terminal_text import clean_text

if TYPE_CHECKING:
    from outcross.assets.corpus.open_corpus import OpenCorpus
    from outcross.assets.corpus.quarantine.by_probability import ReleasePlan

USUAL = 0.1
"""The probability that the terminal proposes for a release."""


def show_likeliest(anchored: "OpenCorpus", batch: str, *, limit: int, as_json: bool) -> None:
    """Print rows of a batch, the likeliest to be synthetic first, and how many rows are how likely."""
    from rich.table import Table

    from outcross.assets.corpus.quarantine.by_probability import PROBABILITY, count_bands, read_likeliest
    from outcross.jobs.cli.console import SafeConsole, unbroken

    rows = read_likeliest(anchored, batch, limit=limit)
    bands = count_bands(anchored, batch)
    if as_json:
        told = {"probabilities": [asdict(each) for each in bands], "rows": rows.to_dicts()}
        say(json.dumps({"corpus": anchored.name, "batch": batch, **told}))
        return
    console, table = SafeConsole(), Table("row", "probability", "as it came")
    for position, probability, raw in rows.select("position", PROBABILITY, "raw").iter_rows():
        table.add_row(str(position), f"{probability:.3f}", clean_text(raw))
    console.print(table)
    counted = Table("probability of being synthetic", "rows", "of these expected to be synthetic")
    for each in bands:
        counted.add_row(f"{each.lower:g} to {each.upper:g}", f"{each.rows:,}", f"{each.synthetic:.1f}")
    console.print(counted)
    command = f"outcross quarantine release {anchored.name} {batch} --below {USUAL:g} --reason … --dry-run"
    unbroken().print(clean_text(f"Release those that are likely real: {command}"))


def announce_plan(
    anchored: "OpenCorpus", batch: str, *, below: float, alone: bool, dry_run: bool, as_json: bool
) -> "ReleasePlan":
    """Print what a release by probability would take, before it takes it."""
    from outcross.assets.corpus.quarantine.by_probability import plan_release
    from outcross.jobs.cli.console import unbroken

    plan = plan_release(anchored, batch, below=below, alone=alone)
    if as_json:
        if dry_run:
            counts = {"rows": plan.expected.rows, "stay": plan.stay, "without_probability": plan.unknown}
            told = {"corpus": anchored.name, "batch": batch, **counts, "expected": asdict(plan.expected)}
            say(json.dumps(told))
        return plan
    end = ". Nothing was changed" if dry_run else ""
    unbroken().print(clean_text(f"batch {batch}: {plan.describe()}{end}"))
    return plan
