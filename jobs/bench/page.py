"""Write the results of a benchmark as a Markdown page."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

from outcross.jobs.bench.row import Criterion, Finding, Side
from outcross.jobs.bench.running import Outcome, Report
from outcross.resources.errors import BadInput
from outcross.resources.system_faults import unwritable

MET, MISSED, NO_TARGET = "met", "**missed**", ""

_HOW = """Every program runs in a fresh process. The programs of a row alternate; a ratio is the median of the ratios of
the turns. The column *work* is the time that a program measures itself, after its libraries are imported and its
input is read from the same Parquet files; the column *process* is the time of the whole process. All programs are
pinned to the same cores and use the same number of threads. The peers are installed in an environment of their own
(`make peers`)."""


def check_page(path: Path) -> None:
    """Refuse a page that could not be written, before minutes of measuring are lost with it.

    Raises:
        BadInput: it is a folder, or lies in one that cannot be made or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from None
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise BadInput(f"{path} is a folder or lies in one that cannot be written; choose another file")


def write_page(report: Report, path: Path) -> None:
    """Write the page atomically: a reader sees the old page or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text("\n".join(_lines(report)) + "\n", encoding="utf-8")
    partial.replace(path)


def format_number(number: float) -> str:
    """Format a number for the page: no decimals from 100 on, otherwise two or three digits; NaN is a dash."""
    if math.isnan(number):
        return "–"
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.2g}" if 0 < abs(number) < 0.01 else f"{number:.3g}" if abs(number) >= 1 else f"{number:.3f}"


def format_verdict(criterion: Criterion) -> str:
    """Return the word for a criterion: whether its target is met, or nothing if it has none."""
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
    yield f"- Unless a row states otherwise: {threads} for every program, turns: {report.repeats}."
    yield f"- Outcross: {_versions(machine)}."
    if report.peers:
        yield f"- Peers: {_versions(report.peers)}."
    if report.data.get("rows"):
        data = report.data
        yield (
            f"- Data: {data['name']}, {data['rows']:,} rows, {data['numerical']} numerical and {data['categorical']} "
            f"categorical columns, label `{data['label']}`. Tables with more rows are drawn with replacement."
        )


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _table_rows(outcome: Outcome) -> Iterator[str]:
    row, finding = outcome.row, outcome.finding
    head = [f"[`{row.name}`](#{row.name})", row.work, row.peer]
    if finding.failure:
        yield f"| {' | '.join(head)} | measurement failed | | | {MISSED} |"
    for criterion in finding.criteria:
        cells = [*head, criterion.what, criterion.target, format_number(criterion.measured), format_verdict(criterion)]
        yield f"| {' | '.join(cells)} |"
        head = ["", "", ""]


def _section(outcome: Outcome) -> Iterator[str]:
    row, finding = outcome.row, outcome.finding
    yield f"\n## {row.name}\n"
    yield f"{row.about}\n"
    if finding.failure:
        yield f"The measurement failed:\n\n```text\n{finding.failure}\n```"
        return
    names = _value_names(finding)
    yield f"| | work, s | process, s | CPU, s | peak, MB |{''.join(f' {name} |' for name in names)}"
    yield "|---|" + "---:|" * (4 + len(names))
    for side in finding.sides:
        yield _side(side, names)
    for note in finding.notes:
        yield f"\n{note}"


def _value_names(finding: Finding) -> list[str]:
    return list(dict.fromkeys(name for side in finding.sides for name in side.values))


def _side(side: Side, names: list[str]) -> str:
    costs = [format_number(each) for each in (side.seconds, side.wall, side.cpu, side.peak_mb)]
    values = [_value(side.values[name]) if name in side.values else "" for name in names]
    return f"| {' | '.join([side.name, *costs, *values])} |"


def _value(number: float) -> str:
    return f"{number:,.0f}" if isinstance(number, int) or abs(number) >= 100 else f"{number:.4f}"
