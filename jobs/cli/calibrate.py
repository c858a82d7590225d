"""``outcross calibrate``: how often the limit of a verdict covers the true safe share, and how often it decides."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from outcross.jobs.cli.exit_codes import ExitCode
from outcross.jobs.cli.options import AsJson
from outcross.resources.errors import BadInput

_HELP = """Simulate studies whose true safe share is known, and count how often the verdict's limit lies at or below it.

A line is a family of damage, a tolerance, a ladder and a number of replicates. Beside it stands the limit of versions
before 0.2, a percentile bootstrap, on the same studies. A second table is of ladders that add rungs where they decide,
next to the ladder alone and to a fixed one of as many lineages. The exit status is 1 if a limit covers in less than
93 %.

[bold]Examples[/bold]

  outcross calibrate

  outcross calibrate --studies 4000 --family concave

  outcross calibrate --write docs/science.md
"""
COLUMNS = (
    *("family", "δ", "rungs", "R", "true"),
    *("covers before", "decides", "limit", "covers now", "decides", "limit", ""),
)
REFINED_COLUMNS = (
    *("family", "δ", "R", "true"),
    *("covers alone", "decides", "limit", "rungs", "covers refined", "decides", "limit"),
    *("covers fixed", "decides", "limit", ""),
)
_WIDTH = 140
"""Columns of the terminal that the table needs: a line that is cut off says nothing."""
START, END = "<!-- calibration: written by outcross calibrate -->", "<!-- end of calibration -->"
REFINED_START = "<!-- calibration of refinement: written by outcross calibrate -->"
REFINED_END = "<!-- end of calibration of refinement -->"


def calibrate(
    studies: Annotated[int, typer.Option(min=20, help="studies simulated for each line")] = 1000,
    compared: Annotated[int, typer.Option(min=20, help="how many of them the earlier limit judges too")] = 200,
    family: Annotated[str | None, typer.Option(help="one family alone, by a part of its name")] = None,
    seed: Annotated[int, typer.Option(min=0, help="seed of the simulation")] = 0,
    write: Annotated[Path | None, typer.Option(help="put the table into this page, between its marks")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the grid and print a table."""
    from rich.console import Console
    from rich.progress import track

    from outcross.jobs.calibration.grid import LOWEST_COVERAGE, cells, rows
    from outcross.jobs.calibration.grid import calibrate as run
    from outcross.jobs.calibration.refined import calibrate_refined, refined_cells, refined_rows

    chosen = [cell for cell in cells() if family is None or family.lower() in cell.family.name.lower()]
    if not chosen:
        known = ", ".join(dict.fromkeys(cell.family.name for cell in cells()))
        raise BadInput(f"no family has {family!r} in its name; choose from {known}")
    if write is not None:
        for marks in ((START, END), (REFINED_START, REFINED_END)):
            _read_page(write, *marks)
    console = Console(stderr=True)
    steps = track(chosen, "calibrating", console=console, disable=as_json)
    found = [run(cell, studies=studies, compared=min(compared, studies), seed=seed) for cell in steps]
    again = [cell for cell in refined_cells() if any(cell.family is each.family for each in chosen)]
    steps_again = track(again, "calibrating refinement", console=console, disable=as_json)
    refined = [calibrate_refined(cell, studies=studies, seed=seed) for cell in steps_again]
    failed = [each.cell.name for each in found if not each.covers]
    failed += [each.cell.name for each in refined if not each.covers]
    if as_json:
        tables = {"cells": [_as_object(each) for each in found], "refined": [_refined_object(each) for each in refined]}
        typer.echo(json.dumps({"lowest_coverage": LOWEST_COVERAGE, **tables}))
    else:
        _print(COLUMNS, list(rows(found)))
        _print(REFINED_COLUMNS, list(refined_rows(refined)))
    if write is not None:
        _write(write, (START, END), COLUMNS, list(rows(found)), studies)
        _write(write, (REFINED_START, REFINED_END), REFINED_COLUMNS, list(refined_rows(refined)), studies)
    if failed:
        of = len(found) + len(refined)
        typer.echo(f"{len(failed)} of {of} limits cover in less than 93 %: {failed[0]}", err=True)
        raise typer.Exit(ExitCode.PROBLEM)


def _print(columns: tuple[str, ...], lines: list[tuple[str, ...]]) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, box=SIMPLE)
    for line in lines:
        table.add_row(*line)
    wide = Console()
    wide.width = max(wide.width, _WIDTH)
    wide.print(table)


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


def _refined_object(found: object) -> dict[str, object]:
    from outcross.jobs.calibration.refined import RefinedCalibration

    assert isinstance(found, RefinedCalibration)
    return {
        "family": found.cell.family.name,
        "tolerance": found.cell.tolerance,
        "replicates": found.cell.replicates,
        "truth": found.truth,
        "planned": asdict(found.planned),
        "refined": asdict(found.refined),
        "fixed": asdict(found.fixed),
        "rungs": found.rungs,
        "studies": found.studies,
        "covers": found.covers,
    }


def _read_page(page: Path, start: str, end: str) -> tuple[str, str]:
    """Return what stands before and after the marks of a page.

    Raises:
        BadInput: it has none.
    """
    text = page.read_text("utf-8") if page.is_file() else ""
    if start not in text or end not in text:
        raise BadInput(f"{page} has no marks for the table; add the lines '{start}' and '{end}'")
    return text.split(start)[0], text.split(end)[1]


def _write(
    page: Path, marks: tuple[str, str], columns: tuple[str, ...], lines: list[tuple[str, ...]], studies: int
) -> None:
    """Replace what stands between the marks of a page."""
    head, tail = _read_page(page, *marks)
    table = [columns, ("---",) * len(columns), *lines]
    body = "\n".join("| " + " | ".join(line) + " |" for line in table)
    start, end = marks
    page.write_text(f"{head}{start}\n\n{studies:,} simulated studies a line.\n\n{body}\n\n{end}{tail}", "utf-8")


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("calibrate", help=_HELP)(calibrate)
