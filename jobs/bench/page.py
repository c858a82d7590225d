"""The page that tells what a benchmark found."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

from outcross.jobs.bench.row import Criterion, Finding, Side
from outcross.jobs.bench.running import Outcome, Report

MET, MISSED, NO_TARGET = "met", "**missed**", ""

_HOW = """Every program runs in a fresh process; the programs of a row take turns, and a ratio is the median of the
turns' ratios. Times are those *of the work*, which each program takes itself once its libraries are imported and its
input is read from the same Parquet files; the whole process stands beside it. All programs are held to the same
cores and number of threads. The peers live in an environment of their own (`make peers`)."""


def write_page(report: Report, path: Path) -> None:
    """Write the page as a whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text("\n".join(_lines(report)) + "\n", encoding="utf-8")
    partial.replace(path)


def told(number: float) -> str:
    """A number with as many digits as matter."""
    if math.isnan(number):
        return "–"
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.2g}" if 0 < abs(number) < 0.01 else f"{number:.3g}" if abs(number) >= 1 else f"{number:.3f}"


def verdict(criterion: Criterion) -> str:
    """Whether the target is met, in a word."""
    return NO_TARGET if criterion.met is None else MET if criterion.met else MISSED


def _lines(report: Report) -> Iterator[str]:
    yield "# Benchmarks\n"
    yield "Written by `make bench`.\n"
    yield f"{_HOW}\n"
    yield from _circumstances(report)
    yield "\n| row | work | peer | | target | measured | |"
    yield "|---|---|---|---|---:|---:|---|"
    for outcome in report.outcomes:
        yield from _table_rows(outcome)
    missed = [each.row.name for each in report.outcomes if not each.finding.met]
    yield f"\n{'Every target is met.' if not missed else 'Targets are missed in: ' + ', '.join(missed) + '.'}"
    for outcome in report.outcomes:
        yield from _section(outcome)


def _circumstances(report: Report) -> Iterator[str]:
    machine = dict(report.machine)
    yield (
        f"- Machine: {machine.pop('processor')}, {machine.pop('cores')} cores, {machine.pop('memory')} of memory, "
        f"{machine.pop('system')}."
    )
    threads = f"{report.threads} threads" if report.threads > 1 else "one thread"
    yield f"- Where a row does not say otherwise: {threads} for every program, turns: {report.repeats}."
    yield f"- Outcross: {_versions(machine)}."
    if report.peers:
        yield f"- Peers: {_versions(report.peers)}."
    if report.data.get("rows"):
        data = report.data
        yield (
            f"- Data: {data['name']}, {data['rows']:,} rows, {data['numerical']} numerical and {data['categorical']} "
            f"categorical columns, label `{data['label']}`. Tables with more rows are drawn with replacement."
        )


def _versions(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _table_rows(outcome: Outcome) -> Iterator[str]:
    row, finding = outcome.row, outcome.finding
    head = [f"[`{row.name}`](#{row.name})", row.work, row.peer]
    if finding.failure:
        yield f"| {' | '.join(head)} | could not be measured | | | {MISSED} |"
    for criterion in finding.criteria:
        cells = [*head, criterion.what, criterion.target, told(criterion.measured), verdict(criterion)]
        yield f"| {' | '.join(cells)} |"
        head = ["", "", ""]


def _section(outcome: Outcome) -> Iterator[str]:
    row, finding = outcome.row, outcome.finding
    yield f"\n## {row.name}\n"
    yield f"{row.about}\n"
    if finding.failure:
        yield f"It could not be measured:\n\n```text\n{finding.failure}\n```"
        return
    names = _value_names(finding)
    yield f"| | work, s | process, s | processor, s | peak, MB |{''.join(f' {name} |' for name in names)}"
    yield "|---|" + "---:|" * (4 + len(names))
    for side in finding.sides:
        yield _side(side, names)
    for note in finding.notes:
        yield f"\n{note}"


def _value_names(finding: Finding) -> list[str]:
    return list(dict.fromkeys(name for side in finding.sides for name in side.values))


def _side(side: Side, names: list[str]) -> str:
    costs = [told(each) for each in (side.seconds, side.wall, side.cpu, side.peak_mb)]
    values = [_value(side.values[name]) if name in side.values else "" for name in names]
    return f"| {' | '.join([side.name, *costs, *values])} |"


def _value(number: float) -> str:
    return f"{number:,.0f}" if isinstance(number, int) or abs(number) >= 100 else f"{number:.4f}"
