"""Every command, every option and every exit code has a row in the tables; a new one without a row fails here."""

import re
import shlex
from pathlib import Path

import pytest

from outcross.jobs.cli.exit_codes import ExitCode
from outcross.jobs.cli.offered import commands
from tests.jobs.cli import (
    test_corpus_commands,
    test_init_commands,
    test_mix_commands,
    test_program_commands,
    test_study_commands,
)
from tests.jobs.cli.parser import command_of, names_of, options_of
from tests.jobs.cli.row import Row

TESTS = Path(__file__).parents[2]
ROWS: list[Row] = [
    *test_corpus_commands.ROWS,
    *test_study_commands.ROWS,
    *test_mix_commands.MIX,
    *test_init_commands.INIT,
    *test_program_commands.ROWS,
    *test_program_commands.MISSED,
]
ELSEWHERE = {
    ("study", ExitCode.PROBLEM): "jobs/test_command_line.py::test_a_run_that_fails_exits_with_one_and_the_reason",
    ("study", ExitCode.INTERRUPTED): "jobs/test_stopped_study.py::test_ctrl_c_cancels_the_runs_in_progress",
    (
        "sql",
        ExitCode.PROBLEM,
    ): "jobs/cli/test_damage.py::test_sql_leaves_a_damaged_part_out_of_the_views_names_it_and_exits_with_one",
    (
        "sql",
        ExitCode.INTERRUPTED,
    ): "jobs/cli/test_program_commands.py::test_ctrl_c_ends_a_query_with_130_and_says_how_to_go_on",
    (
        "study",
        "--generations",
    ): "jobs/test_restart.py::test_a_finished_study_runs_nothing_and_an_extended_one_runs_the_missing_part",
    (
        "study",
        "--replicates",
    ): "jobs/test_study_files.py::test_replaced_keys_are_a_study_file_of_the_same_name_in_the_home",
    (
        "bench overhead",
        ExitCode.SUCCESS,
    ): "jobs/test_overhead.py::test_the_command_runs_both_once_before_it_times_them_in_turn_and_prints_a_summary",
    (
        "bench overhead",
        "--arm",
    ): "jobs/test_overhead.py::test_the_command_runs_both_once_before_it_times_them_in_turn_and_prints_a_summary",
    (
        "bench overhead",
        "--json",
    ): "jobs/test_overhead.py::test_the_command_runs_both_once_before_it_times_them_in_turn_and_prints_a_summary",
    (
        "bench overhead",
        "--repeats",
    ): "jobs/test_overhead.py::test_the_command_runs_both_once_before_it_times_them_in_turn_and_prints_a_summary",
    ("compare", ExitCode.SUCCESS): (
        "jobs/test_delete_and_compare.py::"
        "test_verdicts_stand_side_by_side_with_the_settings_in_which_the_studies_differ"
    ),
    ("compare", "--json"): (
        "jobs/test_delete_and_compare.py::"
        "test_verdicts_stand_side_by_side_with_the_settings_in_which_the_studies_differ"
    ),
    ("mix", ExitCode.PROBLEM): (
        "jobs/cli/test_mix_commands.py::"
        "test_a_program_that_fails_on_more_rows_than_its_trial_had_exits_with_one_and_is_resumed"
    ),
    (
        "take",
        "--endpoint",
    ): "assets/take/test_take.py::test_the_best_share_and_the_largest_safe_one_are_those_of_the_verdict",
    **{
        ("corpus", option): (
            "jobs/test_renewal_commands.py::test_a_renewal_is_planned_and_done_on_the_terminal_and_in_the_ui"
        )
        for option in ("--renew-anchor", "--dry-run", "--reason", "--alone", "--batch")
    },
    (
        "quarantine release",
        "--below",
    ): "jobs/test_release_by_probability.py::test_rows_below_a_probability_are_released_and_count_by_it",
    (
        "quarantine release",
        "--dry-run",
    ): "jobs/test_release_by_probability.py::test_rows_below_a_probability_are_released_and_count_by_it",
    (
        "withdraw",
        "--decided",
    ): "jobs/test_custody_in_the_ui.py::test_the_asset_marks_what_rests_on_withdrawn_rows_until_a_command_decides",
    (
        "descendants",
        "--withdrawal",
    ): "jobs/test_custody_in_the_ui.py::test_the_asset_marks_what_rests_on_withdrawn_rows_until_a_command_decides",
    (
        "corpus",
        "--recheck",
    ): "jobs/test_protected_commands.py::"
    "test_rows_of_a_set_that_is_named_later_are_listed_with_the_command_that_takes_them_out",
    ("mix", "--label"): "jobs/cli/test_mix_commands.py::test_each_file_is_decoded_once_before_a_mix_runs",
    ("report", "--pdf"): "jobs/test_command_line.py::test_a_report_is_printed_by_the_browser_at_hand",
    (
        "report",
        "--docs",
    ): "jobs/test_command_line.py::test_data_docs_have_a_page_a_guard_and_the_failed_first",
    ("ui", "--port"): "jobs/test_ui.py::test_the_ui_shows_what_the_command_line_made",
    ("ui", "--shipped"): "jobs/cli/test_ui_command.py::test_on_request_the_ui_shows_all_that_is_shipped",
    (
        "ui",
        "--token",
    ): "jobs/cli/test_ui_command.py::test_the_address_is_that_of_this_machine_and_its_token_is_the_homes",
    (
        "ui",
        "--no-token",
    ): "jobs/cli/test_ui_command.py::test_the_address_is_that_of_this_machine_and_its_token_is_the_homes",
    (
        "ui",
        ExitCode.PROBLEM,
    ): "jobs/cli/test_ui_command.py::test_a_process_of_the_ui_that_ends_by_itself_ends_the_others_with_one",
    (
        "ui",
        ExitCode.INTERRUPTED,
    ): "jobs/cli/test_ui_command.py::test_the_address_is_that_of_this_machine_and_its_token_is_the_homes",
}
"""What a test shows that drives the command for longer than a row may: (command, option or code) → the test."""
NEVER_ENDS = {"ui"}
"""A command that only a signal ends has no success to exit with."""
_OF_THE_ROOT = {name for name, options in options_of().items() if "--root" in options}
"""``test_precedence`` has a row for each."""


def accepted_options() -> set[tuple[str, str]]:
    """Return each (command, option) of a row that was not refused."""
    found = set()
    for row in ROWS:
        if row.code != ExitCode.MISUSE:
            words = shlex.split(row.words)
            command = command_of(words)
            names = names_of(command)
            found |= {(command, names[word]) for word in words if word in names}
    return found


def test_every_option_of_every_command_is_accepted_in_a_row() -> None:
    offered = {(name, option) for name, options in options_of().items() for option in options if option != "--help"}
    covered = accepted_options() | {(name, "--root") for name in _OF_THE_ROOT} | set(ELSEWHERE)
    assert offered - covered == set()


def test_every_command_has_a_row_that_succeeds_and_one_that_is_refused() -> None:
    codes = {(command_of(shlex.split(row.words)), row.code) for row in ROWS}
    for name in commands():
        assert (name, ExitCode.MISUSE) in codes, name
        assert name in NEVER_ENDS or {(name, ExitCode.SUCCESS)} & (codes | set(ELSEWHERE)), name


@pytest.mark.parametrize("name", commands())
def test_a_command_exits_with_one_where_its_help_says_so_and_nowhere_else(name: str) -> None:
    help_text = " ".join((commands()[name].help or "").split())
    rows = [row for row in ROWS if row.code == ExitCode.PROBLEM]
    found = any(command_of(shlex.split(row.words)) == name for row in rows) or (name, ExitCode.PROBLEM) in ELSEWHERE
    assert found == bool(re.search(r"exit status is 1 if", help_text))


def test_every_exit_code_has_a_row() -> None:
    codes = {row.code for row in ROWS} | {key for _, key in ELSEWHERE if isinstance(key, ExitCode)}
    assert codes == set(ExitCode)


def test_a_command_with_json_has_a_row_that_names_the_keys_of_its_object() -> None:
    named = {command_of(shlex.split(row.words)) for row in ROWS if row.keys}
    offered = {name for name, options in options_of().items() if "--json" in options}
    assert {name for name in offered - named if (name, "--json") not in ELSEWHERE} == set()


def test_a_test_elsewhere_is_there() -> None:
    for (command, _), place in ELSEWHERE.items():
        path, name = place.split("::")
        assert f"def {name}(" in (TESTS / path).read_text(encoding="utf-8"), place
        assert command in {*commands()}
