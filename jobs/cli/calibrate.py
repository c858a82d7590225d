"""``outcross calibrate``: how often the limit of a verdict covers the true safe share, and how often it decides."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from outcross.jobs.cli import calibrate_arms
from outcross.jobs.cli.exit_codes import ExitCode
from outcross.jobs.cli.options import AsJson
from outcross.resources.errors import BadInput

_HELP = """Simulate studies whose true safe share is known, and count how often the verdict's limit lies at or below it.

A line is a family of damage, a tolerance, a ladder and a number of replicates. Beside it stands the limit of versions
before 0.2, a percentile bootstrap, on the same studies. A second table is of the interval of two compared arms, \
beside Student's.

The exit status is 1 if a limit or an interval covers in less than 93 %, or if equal arms are told apart too often.

[bold]Examples[/bold]

  outcross calibrate

  outcross calibrate --studies 4000 --family concave

  outcross calibrate --write docs/science.md
"""
COLUMNS = (
    *("family", "δ", "rungs", "R", "true"),
    *("covers before", "decides", "limit", "covers now", "decides", "limit", ""),
)
_WIDTH = 130
"""Columns of the terminal that the table needs: a line that is cut off says nothing."""
START, END = "<!-- calibration: written by outcross calibrate -->", "<!-- end of calibration -->"
Marks = tuple[str, str]


def calibrate(
    studies: Annotated[int, typer.Option(min=20, help="studies simulated for each line")] = 1000,
    compared: Annotated[int, typer.Option(min=20, help="how many of them the earlier limit judges too")] = 200,
    family: Annotated[str | None, typer.Option(help="one family alone, by a part of its name")] = None,
    seed: Annotated[int, typer.Option(min=0, help="seed of the simulation")] = 0,
    write: Annotated[Path | None, typer.Option(help="put the table into this page, between its marks")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the grid and print a table."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.progress import track
    from rich.table import Table

    from outcross.jobs.calibration.arms import arm_rows
    from outcross.jobs.calibration.grid import LOWEST_COVERAGE, cells, rows
    from outcross.jobs.calibration.grid import calibrate as run

    chosen = [cell for cell in cells() if family is None or family.lower() in cell.family.name.lower()]
    if not chosen:
        known = ", ".join(dict.fromkeys(cell.family.name for cell in cells()))
        raise BadInput(f"no family has {family!r} in its name; choose from {known}")
    if write is not None:
        for marks in ((START, END), calibrate_arms.MARKS):
            _read_page(write, marks)
    console = Console(stderr=True)
    steps = track(chosen, "calibrating", console=console, disable=as_json)
    found = [run(cell, studies=studies, compared=min(compared, studies), seed=seed) for cell in steps]
    arms = calibrate_arms.run_arms(family=family, studies=studies, seed=seed, console=console, quiet=as_json)
    tables = [
        ((START, END), COLUMNS, list(rows(found))),
        (calibrate_arms.MARKS, calibrate_arms.COLUMNS, list(arm_rows(arms))),
    ]
    if as_json:
        cells_as_json = {"cells": [_as_object(each) for each in found], "arms": calibrate_arms.arms_as_objects(arms)}
        typer.echo(json.dumps({"lowest_coverage": LOWEST_COVERAGE, **cells_as_json}))
    else:
        wide = Console()
        wide.width = max(wide.width, _WIDTH)
        for _, columns, lines in tables:
            table = Table(*columns, box=SIMPLE)
            for line in lines:
                table.add_row(*line)
            wide.print(table)
    if write is not None:
        for marks, columns, lines in tables:
            _write(write, marks, columns, lines, studies)
    _fail("limits cover in less than 93 %", {each.cell.name: each.covers for each in found})
    _fail("intervals of compared arms fail", {each.cell.name: each.covers for each in arms})


def _fail(fault: str, covers: dict[str, bool]) -> None:
    """Exit with 1 if anything fails."""
    failed = [name for name, holds in covers.items() if not holds]
    if failed:
        typer.echo(f"{len(failed)} of {len(covers)} {fault}: {failed[0]}", err=True)
        raise typer.Exit(ExitCode.PROBLEM)


def _as_object(found: object) -> dict[str, object]:
    from outcross.jobs.calibration.grid import Calibrated

    assert isinstance(found, Calibrated)
    return {
        "family": found.cell.family.name,
        "tolerance": found.cell.tolerance,
        "rungs": found.cell.rungs,
        "replicates": found.cell.replicates,
        "truth": found.truth,
        "now": asdict(found.now),
        "before": asdict(found.before),
        "studies": found.studies,
        "covers": found.covers,
    }


def _read_page(page: Path, marks: Marks) -> tuple[str, str]:
    """Return what stands before and after the marks of a page.

    Raises:
        BadInput: it has none.
    """
    start, end = marks
    text = page.read_text("utf-8") if page.is_file() else ""
    if start not in text or end not in text:
        raise BadInput(f"{page} has no marks for the table; add the lines '{start}' and '{end}'")
    return text.split(start)[0], text.split(end)[1]


def _write(page: Path, marks: Marks, columns: tuple[str, ...], lines: list[tuple[str, ...]], studies: int) -> None:
    """Replace what stands between the marks of a page."""
    head, tail = _read_page(page, marks)
    table = [columns, ("---",) * len(columns), *lines]
    body = "\n".join("| " + " | ".join(line) + " |" for line in table)
    page.write_text(f"{head}{marks[0]}\n\n{studies:,} simulated studies a line.\n\n{body}\n\n{marks[1]}{tail}", "utf-8")


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("calibrate", help=_HELP)(calibrate)
