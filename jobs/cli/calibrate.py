"""``outcross calibrate``: how often what a verdict says is true, in simulated studies whose truth is known."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.exit_codes import ExitCode
from outcross.jobs.cli.options import AsJson
from outcross.resources.errors import BadInput

_HELP = """Simulate studies whose truth is known, and count how often what the verdict says of them is true.

There are four tables:

- limits: how often the limit lies at or below the true safe share, and how often it decides; a line is a family of \
damage, a tolerance, a ladder and a number of replicates. Beside it stands the limit of versions before 0.2, a \
percentile bootstrap, on the same studies.

- ladders that add rungs where they decide, next to the ladder alone and to a fixed one of as many lineages.

- the interval of two compared arms, next to Student's.

- pools of synthetic rows: how often the limit of the gain lies below the true gain of the share that was chosen, how \
often "helps" is said, and how often the interval holds what a row is worth.

The exit status is 1 if a limit or an interval covers in less than 93 %, the interval of a worth in less than 90 %, or \
if what is equal is told apart too often.

[bold]Examples[/bold]

  outcross calibrate

  outcross calibrate --studies 4000 --family concave

  outcross calibrate --write docs/science.md
"""
_WIDTH = 140
"""Columns of the terminal that a table needs: a line that is cut off says nothing."""


def calibrate(
    studies: Annotated[
        int, typer.Option(min=20, help="studies simulated for each line, four times as many of compared arms")
    ] = 1000,
    compared: Annotated[int, typer.Option(min=20, help="how many of them the earlier limit judges too")] = 200,
    family: Annotated[str | None, typer.Option(help="families or pools alone that have this in their name")] = None,
    seed: Annotated[int, typer.Option(min=0, help="seed of the simulation")] = 0,
    write: Annotated[Path | None, typer.Option(help="put the tables into this page, between their marks")] = None,
    as_json: AsJson = False,
) -> None:
    """Run every calibration and print its table."""
    from rich.progress import track

    from outcross.jobs.calibration.calibration import Size
    from outcross.jobs.calibration.grid import LOWEST_COVERAGE
    from outcross.jobs.calibration.tables import CALIBRATIONS
    from outcross.jobs.cli.console import SafeConsole

    chosen = [(each, each.of_family(family)) for each in CALIBRATIONS]
    if not any(cells for _, cells in chosen):
        known = dict.fromkeys(cell.family.name for each in CALIBRATIONS for cell in each.cells())
        raise BadInput(f"no family has {family!r} in its name; choose from {', '.join(known)}")
    if write is not None:
        _check_page(write, [each.marks for each in CALIBRATIONS])
    console, size = SafeConsole(stderr=True), Size(studies=studies, compared=min(compared, studies), seed=seed)
    results = [
        (each, [each.find(cell, size) for cell in track(cells, each.doing, console=console, disable=as_json)])
        for each, cells in chosen
        if cells
    ]
    if as_json:
        tables = {each.key: [one.to_json() for one in found] for each, found in results}
        say(json.dumps({"lowest_coverage": LOWEST_COVERAGE, **tables}))
    else:
        for each, found in results:
            _print(each.columns, list(each.rows(found)))
    if write is not None:
        for each, found in results:
            _write(write, each.marks, each.columns, list(each.rows(found)), each.times * studies)
    failed = [(each, found) for each, found in results if not all(one.holds for one in found)]
    for each, found in failed:
        names = [one.cell.name for one in found if not one.holds]
        say(f"{len(names)} of {len(found)} {each.fault}: {names[0]}", err=True)
    if failed:
        raise typer.Exit(ExitCode.PROBLEM)


def _print(columns: Sequence[str], lines: list[tuple[str, ...]]) -> None:
    from rich.box import SIMPLE
    from rich.table import Table

    from outcross.jobs.cli.console import SafeConsole

    table = Table(*columns, box=SIMPLE)
    for line in lines:
        table.add_row(*line)
    wide = SafeConsole()
    wide.width = max(wide.width, _WIDTH)
    wide.print(table)


def _check_page(page: Path, every: Sequence[tuple[str, str]]) -> None:
    """Check that a page has the marks of each table.

    Raises:
        BadInput: it lacks some; the message has all that it lacks.
    """
    text = page.read_text("utf-8") if page.is_file() else ""
    lacking = [f"'{mark}'" for marks in every for mark in marks if mark not in text]
    if lacking:
        raise BadInput(f"{page} has no marks for the tables; add the lines {', '.join(lacking)}")


def _write(
    page: Path, marks: tuple[str, str], columns: tuple[str, ...], lines: list[tuple[str, ...]], studies: int
) -> None:
    """Replace what stands between the marks of a page, which may have changed since it was checked."""
    _check_page(page, [marks])
    text = page.read_text("utf-8")
    head, tail = text.split(marks[0])[0], text.split(marks[1])[1]
    table = [columns, ("---",) * len(columns), *lines]
    body = "\n".join("| " + " | ".join(line) + " |" for line in table)
    page.write_text(f"{head}{marks[0]}\n\n{studies:,} simulated studies a line.\n\n{body}\n\n{marks[1]}{tail}", "utf-8")


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("calibrate", help=_HELP)(calibrate)
