"""What ``accept`` and ``bench`` print, from values: every column, every number, every word."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from outcross.jobs.acceptance.comparison import Comparison
from outcross.jobs.acceptance.result import Outcome, Setting
from outcross.jobs.bench.child import Run
from outcross.jobs.bench.row import Criterion, Finding
from outcross.jobs.cli import accept, bench, calibrate
from outcross.jobs.cli.bench_progress import RowProgress
from outcross.resources.errors import BadInput
from tests.jobs.cli.lines import Show, shown_by


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    return shown_by(capsys)


def comparison(**changes: Any) -> Comparison:
    return replace(Comparison(quantity="mean", exact=1.0, measured=1.5, standard_error=0.25), **changes)


def accepted(*comparisons: Comparison, control: Comparison) -> Outcome:
    return Outcome(
        id="A1",
        claim="the variance halves",
        source="derived",
        setting=Setting(rows=1000, generations=3, replicates=20),
        comparisons=list(comparisons),
        control=[control],
        seconds=1.0,
    )


WRONG = comparison(measured=9.0)
NEVER_EQUAL = comparison(standard_error=0.0)


def test_results_are_a_table_of_values_errors_and_verdicts(show: Show) -> None:
    passed = accepted(comparison(), comparison(within=2.0), control=WRONG)
    failed = accepted(comparison(), WRONG, control=comparison(quantity="spread", within=0.5))
    assert show(accept._print, [passed, replace(failed, id="A2")]) == [
        " | claim, setting and quantities | exact | measured | standard error | |z| | ",
        "A1 | the variance halves |  |  |  |  | pass",
        " | derived; 1,000 rows, 3 generations, 20 replicates, seed 0 |  |  |  |  | ",
        " | mean | 1 | 1.5 | 0.25 | 2.00 | ",
        " | mean | 1 | 1.5 | ± 2 | 1.00 | ",
        " | control: mean | 1 | 9 | 0.25 | 32.00 | ",
        "A2 | the variance halves |  |  |  |  | FAIL",
        " | derived; 1,000 rows, 3 generations, 20 replicates, seed 0 |  |  |  |  | ",
        " | mean | 1 | 1.5 | 0.25 | 2.00 | ",
        " | mean | 1 | 9 | 0.25 | 32.00 | off",
        " | control: spread | 1 | 1.5 | ± 0.5 | 4.00 | not rejected",
        "1 of 2 pass; a result passes only if its negative control fails, where it has power.",
    ]


def test_values_that_can_never_agree_are_infinitely_many_errors_apart_and_no_number_in_json() -> None:
    assert accept._cells(NEVER_EQUAL) == ["mean", "1", "1.5", "0", "∞"]
    told = accept._to_json(accepted(comparison(), NEVER_EQUAL, control=NEVER_EQUAL))
    assert [(each["z"], each["holds"]) for each in told["comparisons"]] == [(2.0, True), (None, False)]
    assert (told["control"][0]["z"], told["control_z"], told["passed"]) == (None, None, False)
    finite = accept._to_json(accepted(comparison(), control=WRONG))
    assert (finite["control"][0]["z"], finite["control_z"], finite["passed"]) == (32.0, 32.0, True)
    assert json.loads(json.dumps(told, allow_nan=False))["setting"]["rows"] == 1000


def report(*findings: Finding) -> Any:
    """What the bench found for rows a, b, …"""
    rows = [SimpleNamespace(name=name) for name in "abcd"]
    return SimpleNamespace(
        outcomes=[SimpleNamespace(row=row, finding=found) for row, found in zip(rows, findings, strict=False)]
    )


def test_rows_of_the_bench_are_met_missed_or_without_a_target(show: Show) -> None:
    good = Finding([Criterion("times faster", "≥ 10", 12.5, True), Criterion("CPU", "", 100.4, None)], [])
    bad = Finding([Criterion("times less memory", "≥ 2", 1.5, False)], [])
    died = Finding([], [], failure="it ended")
    assert show(bench._print, report(good, bad, died), None) == [
        "row | measured | target | value | ",
        "a | times faster | ≥ 10 | 12.5 | met",
        " | CPU |  | 100 | ",
        "b | times less memory | ≥ 2 | 1.5 | missed",
        "c | it ended |  |  | missed",
        "missed: b, c",
    ]
    assert show(bench._print, report(good), "page.md")[-2:] == ["every target is met", "page: page.md"]


LONG = "x" * 300


@pytest.mark.parametrize(
    ("print_table", "values", "width"),
    [
        (accept._print, ([replace(accepted(comparison(), control=WRONG), claim=LONG)],), 150),
        (bench._print, (report(Finding([Criterion(LONG, "≥ 1", 2.0, True)], [])), None), 120),
    ],
)
@pytest.mark.parametrize("columns", ["20", "1000"])
def test_a_table_that_is_piped_is_as_wide_as_the_page_whatever_the_terminal(
    print_table: Callable[..., None],
    values: tuple[Any, ...],
    width: int,
    columns: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    print_table(*values)
    assert max(map(len, capsys.readouterr().out.splitlines())) == width


@pytest.mark.parametrize("quiet", [False, True])
def test_programs_of_the_bench_are_told_as_they_end_unless_quiet(
    quiet: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    display: Any = RowProgress(2, quiet=quiet)
    for name in ("first", "second"):
        with display.row(SimpleNamespace(name=name, work=f"work of {name}")) as watch:
            watch("Outcross", None)
            watch("Outcross", Run({"work": 1.234}, {}, 2.345, 1.0, 1234.5))
    captured = capsys.readouterr()
    assert captured.out == ""
    told = [line.rstrip() for line in captured.err.splitlines() if " s " in line or " of 2)" in line]
    ended = "  Outcross: 1.23 s (process 2.3 s, 1,234 MB)"
    expected = ["first (1 of 2): work of first", ended, "second (2 of 2): work of second", ended]
    assert told == ([] if quiet else expected)


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({}, ""),
        ({"repeats": 3, "as_json": False, "data": None, "label": None, "write": None}, ""),
        ({"repeats": 2}, "--repeats is before the row's name; write: outcross bench shapes --repeats …"),
        ({"repeats": 3, "as_json": True}, "--json is before the row's name; write: outcross bench shapes --json …"),
        ({"repeats": 3, "label": "y"}, "--label is before the row's name; write: outcross bench shapes --label …"),
    ],
)
def test_options_before_the_name_of_a_row_are_refused_and_defaults_are_none(
    given: dict[str, Any], refused: str
) -> None:
    context: Any = SimpleNamespace(params=given, invoked_subcommand="shapes")
    if not refused:
        bench._reject_group_options(context)
        return
    with pytest.raises(BadInput) as raised:
        bench._reject_group_options(context)
    assert str(raised.value) == f"bench: {refused}"


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("", "'<a>', '<b>', '<c>', '<d>'"),
        ("before <a> after <c> <d>", "'<b>'"),
        ("<a> <b> before <d> after", "'<c>'"),
        (None, "'<a>', '<b>', '<c>', '<d>'"),
    ],
)
def test_a_page_is_refused_with_all_the_marks_that_it_lacks_before_anything_is_simulated(
    text: str | None, lacking: str, tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    if text is not None:
        page.write_text(text)
    with pytest.raises(BadInput, match=f"has no marks for the tables; add the lines {lacking}$"):
        calibrate._check_page(page, [("<a>", "<b>"), ("<c>", "<d>")])


def test_a_page_that_lost_a_mark_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before <a> after")
    with pytest.raises(BadInput, match=r"add the lines '<b>'$"):
        calibrate._write(page, ("<a>", "<b>"), ("x", "y"), [("1", "2")], 1_000)
    assert page.read_text() == "before <a> after"


def test_a_page_keeps_what_stands_before_and_after_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before <a> old <b> after")
    calibrate._write(page, ("<a>", "<b>"), ("x", "y"), [("1", "2")], 1_000)
    assert page.read_text() == (
        "before <a>\n\n1,000 simulated studies a line.\n\n| x | y |\n| --- | --- |\n| 1 | 2 |\n\n<b> after"
    )
