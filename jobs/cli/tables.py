"""Print verdicts as a table and as sentences, or convert them to JSON."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import polars as pl
import polars.selectors as cs
from rich.table import Table

from outcross.assets.artefacts import Artefacts
from outcross.assets.stored_comparisons import load_comparisons
from outcross.assets.stored_verdicts import load_verdicts
from outcross.assets.take.choice import SAFE, choose
from outcross.assets.verdict.figures import exact_percent, percent
from outcross.assets.verdict.references import HOLDOUT
from outcross.jobs.cli.console import SafeConsole
from outcross.resources.errors import BadInput


def verdicts_json(artefacts: Artefacts) -> list[dict[str, Any]]:
    """Return the verdicts as objects that JSON can hold."""
    return load_verdicts(artefacts).to_dicts()


def comparisons_json(artefacts: Artefacts) -> list[dict[str, Any]]:
    """Return the comparisons of arms as objects that JSON can hold."""
    finite = cs.float().is_finite()
    return load_comparisons(artefacts).with_columns(pl.when(finite).then(cs.float())).to_dicts()


def print_verdicts(artefacts: Artefacts) -> None:
    """Print a table of the verdicts, each in a sentence with its details, and the arms on the primary endpoint."""
    console = SafeConsole()
    verdicts = load_verdicts(artefacts).to_dicts()
    sizes = ["rows"] if len({verdict["rows"] for verdict in verdicts}) > 1 else []
    table = Table("ladder", "endpoint", *sizes, "tolerance", "safe up to", "harmful from", "found")
    for verdict in verdicts:
        table.add_row(
            verdict["ladder"],
            verdict["endpoint"] + ("" if verdict["reference"] == HOLDOUT else f" on {verdict['reference']}"),
            *("–" if verdict[name] is None else f"{verdict[name]:,}" for name in sizes),
            tolerance_of(verdict),
            _share(verdict["lower_95"] if verdict["decided"] else None, percent),
            _share(verdict["upper_95"], exact_percent),
            verdict["outcome"],
        )
    console.print(table)
    for verdict in verdicts:
        console.print(f"• {verdict['sentence']}", highlight=False)
        for detail in verdict["details"]:
            console.print(f"  {detail}", highlight=False)
    for sentence in load_comparisons(artefacts).filter("primary")["sentence"]:
        console.print(f"• {sentence}", highlight=False)


def next_steps(artefacts: Artefacts) -> str:
    """Return what to do with a verdict, a line a step; to take a safe mix, where one was run."""
    study = artefacts.study.study
    steps = [(f"outcross report {study} -o {study}.html", "one file to open or to mail")]
    for ladder in artefacts.study.ladders:
        with suppress(BadInput):
            choose(artefacts, SAFE, ladder=ladder)
            named = f" --ladder {ladder}" if len(artefacts.study.ladders) > 1 else ""
            steps.append((f"outcross take {study} --share safe{named} --to mix", "the rows of the safest mix"))
    width = max(len(command) for command, _ in steps)
    lines = [f"{command:{width}}   {what}" for command, what in steps]
    lines.append(f"a corpus with 'study: {study}' holds your dataset to the limit (docs/corpora.md)")
    return "Next: " + "\n      ".join(lines)


def share_of(verdict: dict[str, Any]) -> str:
    """Say in a few words what a verdict found."""
    if not verdict["decided"]:
        return "not decided"
    upper = verdict["upper_95"]
    harmful = "" if upper is None else f", harmful from {exact_percent(upper)}"
    return f"safe up to {_share(verdict['lower_95'], percent)}{harmful}"


def tolerance_of(verdict: dict[str, Any]) -> str:
    """Say how much damage a verdict accepts."""
    size = verdict["tolerance"]
    if verdict["tolerance_of"] == "absolute":
        return f"{size:g}"
    return f"{100 * size:g} %" + (" of the gain" if verdict["tolerance_of"] == "gain" else "")


def _share(value: float | None, written: Callable[[float], str]) -> str:
    return "–" if value is None else written(value)
