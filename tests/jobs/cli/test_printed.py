"""What commands print of plans and of progress, from values: which lines, in which case."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
import pytest
import rich.progress
from rich.progress import Progress, TaskID
from rich.table import Table
from rich.text import Text

from outcross.assets.corpus.trim.composition import Composition
from outcross.assets.corpus.trim.trim import Plan
from outcross.assets.study.study import Study
from outcross.jobs.cli import progress
from outcross.jobs.cli.accept import _progress
from outcross.jobs.cli.console import SafeConsole, say, status_line, unbroken
from outcross.jobs.cli.progress import study_progress
from outcross.jobs.cli.trim import _outcome, _print_plan
from outcross.jobs.files.home import PACKAGE
from outcross.jobs.running.plan import Run
from tests.jobs.cli.in_process import outcross
from tests.jobs.workplace import SMALL

HOSTILE = "\x1b]0;pwn\x07\x1b[31mred\x9b2J\u202etxet\u2066 \N{SOFT HYPHEN}\r"


def test_no_control_character_of_data_reaches_a_terminal_and_colours_of_our_own_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    console = SafeConsole(force_terminal=True, color_system="standard", width=200)
    console.print(Text(HOSTILE, style="bold"), Table(HOSTILE), HOSTILE)
    printed = capsys.readouterr().out
    assert "\x1b[1m" in printed and "[U+001B]" in printed
    assert not set("\x07\x9b\u202e\u2066\u00ad\r") & set(printed)
    assert "\x1b]" not in printed and "\x1b[31m" not in printed
    say(HOSTILE, err=True)
    assert not set("\x1b\x07\x9b\u202e\u2066\u00ad\r") & set(capsys.readouterr().err)
    cells = outcross(tmp_path, "sql", "select chr(27) || '[31m' || chr(155) || chr(8238) as a")
    failed = outcross(tmp_path, "sql", "select error(chr(27) || '[31m' || chr(155))")
    for ran in (cells, failed):
        assert "[U+001B][31m[U+009B]" in ran.said and not set("\x1b\x9b\u202e") & set(ran.said)


def test_every_command_writes_by_the_one_console() -> None:
    for path in (PACKAGE / "jobs" / "cli").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert path.name == "console.py" or not re.search(r"typer\.echo|[^e]Console\(|[^.\w]print\(", text), path.name
        assert path.name == "console.py" or not re.search(r"Console\([^)]*soft_wrap|Console\(.*\.status\(", text), (
            path.name
        )


@pytest.mark.parametrize("quiet", [True, False])
def test_what_a_command_does_is_shown_at_a_terminal_on_standard_error_alone(
    quiet: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with status_line("counting rows", quiet=quiet):
        pass
    printed = capsys.readouterr()
    assert printed.out == "" and ("counting rows" in printed.err) != quiet


@pytest.mark.parametrize("err", [True, False])
def test_a_line_that_is_to_be_copied_is_not_broken_at_a_narrow_terminal(
    err: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    command = "outcross quarantine release people 0123456789abcdef --guard duplicates"
    unbroken(err=err).print(command)
    printed = capsys.readouterr()
    assert (printed.err if err else printed.out) == f"{command}\n"


BEFORE = Composition(
    rows=1000,
    not_real=600,
    share=0.6,
    by_origin={"real": 400, "synthetic": 590, "unknown": 10},
    by_depth={0: 400, 2: 590, None: 10},
    repeated=0.125,
    distance=0.25,
)
AFTER = replace(
    BEFORE,
    rows=500,
    not_real=100,
    share=0.2,
    by_origin={"real": 400, "synthetic": 100},
    by_depth={0: 400, 2: 100},
    distance=0.5,
)
PLAN = Plan(
    corpus="people",
    version=3,
    bound=0.2,
    bound_from="the corpus file",
    real_rows=2000,
    leave_out=500,
    lacking=0,
    how="the deepest first",
    before=BEFORE,
    after=AFTER,
    counts=(),
    chosen=pl.DataFrame(),
)


def table_of(plan: Plan, capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    """Name of a line → what it says before and after."""
    _print_plan(plan)
    out = capsys.readouterr().out
    lines = [[cell.strip() for cell in line.strip("│┃ ").replace("┃", "│").split("│")] for line in out.splitlines()]
    return {name: values for name, *values in lines if len(values) == 2}


def test_a_plan_is_shown_before_and_after_with_nought_for_what_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    assert table_of(PLAN, capsys) == {
        "people, version 3": ["before", "after"],
        "rows": ["1,000", "500"],
        "not known to be real": ["600", "100"],
        "share not known to be real": ["60.00%", "20.00%"],
        "share to reach": ["20.00%", "20.00%"],
        "origin real": ["400", "400"],
        "origin synthetic": ["590", "100"],
        "origin unknown": ["10", "0"],
        "depth 0": ["400", "400"],
        "depth 2": ["590", "100"],
        "depth unknown": ["10", "0"],
        "share of rows that repeat another": ["12.50%", "12.50%"],
        "mean distance to the nearest other": ["0.2500", "0.5000"],
    }


@pytest.mark.parametrize(("before", "after"), [(None, None), (None, 0.5), (0.5, None)])
def test_a_distance_is_shown_only_where_both_sides_have_one(
    before: float | None, after: float | None, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = replace(PLAN, before=replace(BEFORE, distance=before), after=replace(AFTER, distance=after))
    shown = table_of(plan, capsys)
    assert "rows" in shown and "mean distance to the nearest other" not in shown


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "leave out 500 rows (the deepest first), or add 2,000 real rows."),
        ({"real_rows": None}, "leave out 500 rows (the deepest first), or no number of real rows does."),
        ({"real_rows": 0, "leave_out": 0}, ""),
        ({"lacking": 1_200}, "Besides, 1,200 rows would have to go that are only estimated to be synthetic. To reach"),
    ],
)
def test_both_ways_to_the_bound_are_named_where_one_is_needed(
    changes: dict[str, int | None], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _print_plan(replace(PLAN, **changes))  # type: ignore[arg-type]
    out = " ".join(capsys.readouterr().out.split())
    assert says in out
    assert ("To reach 20.00% (the corpus file)" in out) is bool(says)


def test_an_outcome_tells_a_plan_from_a_change_and_from_nothing_to_do() -> None:
    assert _outcome(replace(PLAN, leave_out=0), None) == "people is within the share of 20.0%: nothing to leave out."
    bare = replace(PLAN, leave_out=0, lacking=40)
    past = "people is past the share of 20.0% by rows that are only estimated to be synthetic: nothing can be left out "
    assert _outcome(bare, None) == f"{past}that would bring it back; 2,000 more real rows do."
    assert (
        _outcome(replace(bare, real_rows=None), None) == f"{past}that would bring it back; no number of real rows does."
    )
    assert _outcome(PLAN, None) == "Nothing was changed. Without --dry-run, 500 rows are left out."


def test_progress_of_a_study_names_each_run_once_when_all_its_assets_are_made(
    capsys: pytest.CaptureFixture[str],
) -> None:
    study = Study.model_validate(SMALL)
    first, second = (Run(job="small", partition=name, keys=[], label=name) for name in ("replace", "accumulate"))
    with study_progress(study, quiet=False) as watch:
        assert watch is not None
        for run, made in ((first, 1), (second, 2), (first, 3), (first, 3), (second, 2)):
            watch(run, made, 3)
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = " ".join(captured.err.split())
    assert f"small: {len(study.lineages)} lineages × {study.generations} generations × {study.replicates}" in lines
    assert lines.count(f"{first.label}: 3 of 3 assets") == 1
    assert f"{second.label}: " not in lines


def test_progress_of_acceptance_names_each_result_that_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    with _progress({"A1": None, "A2": None}, quiet=False) as watch:  # type: ignore[dict-item]
        assert watch is not None
        for result, done in (("A1", 1), ("A2", 1), ("A1", 2)):
            watch(result, done, 2)
    said = capsys.readouterr().err
    assert "A1: 2 generations made" in said and "A2: " not in said


def test_quiet_commands_print_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with study_progress(Study.model_validate(SMALL), quiet=True) as watch:
        assert watch is None
    with _progress({}, quiet=True) as other:
        assert other is None
    assert capsys.readouterr() == ("", "")


class Recorded(Progress):
    """Bars that remember what they were told."""

    told: ClassVar[list[tuple[str, float, bool]]] = []

    def update(self, task_id: TaskID, **fields: Any) -> None:
        super().update(task_id, **fields)
        task = self.tasks[task_id]
        self.told.append((task.description, task.completed, task.visible))


def bar_of(line: str) -> int:
    """The width of the bar that a line shows."""
    return sum(line.count(mark) for mark in "━╸╺")


def test_a_bar_for_each_run_and_one_for_the_study_count_assets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "Progress", Recorded)
    monkeypatch.setenv("COLUMNS", "120")
    Recorded.told.clear()
    first, second = (Run(job="small", partition=name, keys=[], label=name) for name in ("replace", "accumulate"))
    with study_progress(Study.model_validate(SMALL), quiet=False) as watch:
        assert watch is not None
        for run, made in ((first, 1), (second, 2), (first, 8), (first, 8)):
            watch(run, made, 8)
    study = "[bold]study"
    assert Recorded.told == [
        ("replace", 1, True),
        (study, 1, True),
        ("accumulate", 2, True),
        (study, 3, True),
        ("replace", 8, False),
        (study, 10, True),
        ("replace", 8, False),
        (study, 10, True),
        (study, 40, True),
    ]
    err = capsys.readouterr().err
    assert err.count("replace: 8 of 8 assets") == 1
    bars = [line for line in err.splitlines() if bar_of(line)]
    assert sorted(bar_of(line) for line in bars) == [8, 32], "a pipe shows of a bar of 32 what is done"
    assert any("study" in line and "40/40 assets" in line for line in bars)
    assert any("accumulate" in line and "2/8 assets" in line for line in bars)
    assert not any("replace" in line for line in bars)


def test_a_bar_for_each_result_and_one_for_all_count_what_is_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rich.progress, "Progress", Recorded)
    monkeypatch.setenv("COLUMNS", "120")
    Recorded.told.clear()
    with _progress({"A1": None, "A2": None, "A3": None}, quiet=False) as watch:  # type: ignore[dict-item]
        assert watch is not None
        for result, done in (("A1", 1), ("A2", 1), ("A1", 2)):
            watch(result, done, 2)
    assert Recorded.told == [("A1", 1, True), ("A2", 1, True), ("A1", 2, False)]
    bars = [line for line in capsys.readouterr().err.splitlines() if bar_of(line)]
    assert sorted(bar_of(line) for line in bars) == [11, 16], "of a bar of 32"
    assert any("results" in line and "1/3" in line for line in bars)
    assert any("A2" in line and "1/2" in line for line in bars)
    assert not any("A1" in line for line in bars)
