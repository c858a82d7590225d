"""A small calibration: the limit covers where the percentile bootstrap did not, and the command says so."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from outcross.jobs.calibration import grid
from outcross.jobs.calibration.grid import Cell, calibrate, cells
from outcross.jobs.cli.app import app
from outcross.jobs.cli.calibrate import END, START
from outcross.resources.errors import BadInput


def cell(family: str, rungs: int, replicates: int) -> Cell:
    return next(
        each for each in cells() if (each.family.name, each.rungs, each.replicates) == (family, rungs, replicates)
    )


@pytest.mark.parametrize(("family", "rungs"), [("concave", 4), ("S-shaped", 3), ("rare collapse", 6)])
def test_the_limit_covers_where_a_percentile_bootstrap_does_not(family: str, rungs: int) -> None:
    found = calibrate(cell(family, rungs, 10), studies=300, compared=40)
    assert found.now.coverage >= 0.93 and found.covers
    assert found.before.coverage < 0.85


def test_the_limit_says_as_much_as_before_where_that_was_right() -> None:
    found = calibrate(cell("Gaussian mean", 6, 10), studies=300, compared=60)
    assert found.now.coverage >= 0.93
    assert found.now.decided >= found.before.decided - 0.06
    assert found.now.limit >= 0.8 * found.before.limit


def test_the_grid_has_every_family_tolerance_ladder_and_number_of_replicates_once() -> None:
    names = [each.name for each in cells()]
    assert len(names) == len(set(names)) == 13 * 3 * 3


def test_the_command_prints_a_line_a_cell_and_puts_the_table_into_a_page(tmp_path: Path) -> None:
    page = tmp_path / "science.md"
    page.write_text(f"before\n{START}\nold\n{END}\nafter\n", "utf-8")
    few = ["calibrate", "--family", "linear", "--studies", "60", "--compared", "20"]
    done = CliRunner().invoke(app, [*few, "--json", "--write", str(page)])
    found = json.loads(done.stdout)
    assert done.exit_code == 0 and [(each["rungs"], each["replicates"]) for each in found] == [
        (rungs, replicates) for rungs in (3, 4, 6) for replicates in (5, 10, 20)
    ]
    text = page.read_text("utf-8")
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
    assert text.count("| linear | 0.1 |") == 9 and "60 simulated studies a line" in text


def test_a_limit_that_covers_too_seldom_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "LOWEST_COVERAGE", 1.01)
    few = ["calibrate", "--family", "linear", "--studies", "20", "--compared", "20"]
    done = CliRunner().invoke(app, few)
    assert done.exit_code == 1 and "9 of 9 limits cover in less than 93 %" in done.output


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--family", "cubic"], "choose from Gaussian mean"), (["--family", "linear", "--write", "none.md"], "no marks")],
)
def test_what_cannot_be_calibrated_or_written_is_refused(
    options: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["calibrate", "--studies", "20", "--compared", "20", *options])
    assert isinstance(done.exception, BadInput) and words in str(done.exception)
