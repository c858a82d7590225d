"""A team's command as a generator: its inputs, the rows that it may write, and the errors."""

import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import TypeAdapter, ValidationError

from outcross.resources.commands.command import UnusableRun, kill_commands
from outcross.resources.errors import BadInput
from outcross.resources.generators import AnyGenerator
from outcross.resources.generators.external.rows import read_rows
from outcross.resources.generators.external.settings import External, ExternalError
from outcross.resources.schema import Column, Role, Schema
from tests.resources.cohorts import cohort_of, seeds_of
from tests.resources.external_programs import ARGUMENTS, BOOTSTRAP, FAILURES, READ, settings_of

SCHEMA = Schema(
    (
        Column(name="size", role=Role.NUMERIC),
        Column(name="count", role=Role.NUMERIC, integer=True),
        Column(name="kind", role=Role.CATEGORICAL, nullable=True),
    )
)
ROWS = pl.DataFrame(
    {"size": [0.5, 1.5, 2.5, 3.5], "count": [1, 2, 3, 4], "kind": ["a", "b", None, "ü"]}, schema=SCHEMA.polars
)


def external(program: str, folder: Path, **changes: Any) -> External:
    settings = settings_of(program, folder, **changes)
    generator = TypeAdapter(AnyGenerator).validate_python(settings, context={"base": folder})
    assert isinstance(generator, External)
    return generator


def model_of(program: str, folder: Path, **changes: Any):
    return external(program, folder, **changes).fit(cohort_of(SCHEMA, {0: ROWS, 1: ROWS}))


def sampled(program: str, folder: Path, **changes: Any) -> pl.DataFrame:
    return model_of(program, folder, **changes).sample(rows=30, seeds=seeds_of([0, 1], "sample"))


def test_a_command_that_works_gives_its_rows_to_every_replicate(tmp_path):
    drawn = sampled(BOOTSTRAP, tmp_path)
    assert drawn.drop("replicate").join(ROWS, on=SCHEMA.names, nulls_equal=True, how="anti").is_empty()
    first, second = (drawn.filter(pl.col("replicate") == each).drop("replicate") for each in (0, 1))
    assert not first.equals(second), "each replicate has a seed of its own"


def test_a_command_gets_no_rows_of_weight_0_and_unequal_weights_raise(tmp_path):
    settings = external(READ + "assert table.height == 2, table\ndrawn.write_parquet(out)", tmp_path)
    model = settings.fit(cohort_of(SCHEMA, {0: ROWS}, {0: [2.0, 0.0, 2.0, 0.0]}))
    assert model.sample(rows=5, seeds=seeds_of([0])).height == 5
    assert model.budget.rows == [4], "the budget counts all rows of the dataset, whatever their weight"
    with pytest.raises(BadInput, match="unequal weights, as policy 'weighted'"):
        settings.fit(cohort_of(SCHEMA, {0: ROWS}, {0: [1.0, 1.5, 0.5, 1.0]}))
    with pytest.raises(BadInput, match="no rows of positive weight"):
        settings.fit(cohort_of(SCHEMA, {0: ROWS}, {0: [0.0] * 4}))


def test_it_runs_in_the_study_folder_with_closed_input_few_threads_and_a_small_seed(tmp_path):
    report = (
        "import os, json; json.dump({'folder': os.getcwd(), 'input': sys.stdin.read(), 'seed': seed, "
        "'threads': [os.environ['OMP_NUM_THREADS'], os.environ['OUTCROSS_THREADS']]}, open('report.json', 'w'))\n"
    )
    os.environ["OUTCROSS_THREADS"] = "2"
    model = external(READ + report + "drawn.write_parquet(out)", tmp_path).fit(cohort_of(SCHEMA, {0: ROWS}))
    model.sample(rows=5, seeds={0: 2**62 + 2**31 + 5})
    assert json.loads((tmp_path / "report.json").read_text()) == {
        "folder": str(tmp_path),
        "input": "",
        "seed": 5,
        "threads": ["2", "2"],
    }


def test_a_command_gets_the_schema_where_it_names_the_placeholder(tmp_path):
    program = "import sys, shutil; shutil.copy(sys.argv.pop(1), 'schema.json')\n" + BOOTSTRAP
    settings = settings_of(program, tmp_path)
    settings["command"].insert(2, "{schema}")
    External.model_validate(settings, context={"base": tmp_path}).fit(cohort_of(SCHEMA, {0: ROWS})).sample(
        rows=5, seeds=seeds_of([0])
    )
    assert Schema.from_json(json.loads((tmp_path / "schema.json").read_text())) == SCHEMA


def test_sorted_rows_are_shuffled_and_columns_are_cast_reordered_and_dropped(tmp_path):
    program = (
        READ
        + "pl.DataFrame({'more': range(rows), 'kind': [1] * rows, 'count': [float(i) for i in range(rows)], "
        + "'size': range(rows)}).write_parquet(out)"
    )
    model = model_of(program, tmp_path)
    drawn = model.sample(rows=30, seeds=seeds_of([0, 1]))
    assert drawn.schema == {"replicate": pl.Int32(), **SCHEMA.polars}
    assert drawn["kind"].unique().to_list() == ["1"]
    counts = drawn.filter(pl.col("replicate") == 0)["count"].to_list()
    assert counts != sorted(counts) and sorted(counts) == list(range(30))
    assert "'more'" in model.log[1]


def test_the_log_is_the_stderr_of_the_command(tmp_path):
    model = model_of(BOOTSTRAP, tmp_path)
    assert model.log == {}
    model.sample(rows=30, seeds=seeds_of([0, 1]))
    assert model.log[0].strip() == "drew 30 of 4"


def test_text_and_pictures_pass_through(tmp_path):
    schema = Schema(
        (Column(name="text", role=Role.TEXT), Column(name="picture", role=Role.IMAGE, shape=(2, 2), levels=16))
    )
    rows = pl.DataFrame({"text": ["one two", "three"], "picture": [[0, 1, 2, 3], [16, 0, 0, 0]]}, schema=schema.polars)
    model = external(BOOTSTRAP, tmp_path).fit(cohort_of(schema, {0: rows}))
    drawn = model.sample(rows=9, seeds=seeds_of([0])).drop("replicate")
    assert drawn.schema == schema.polars
    assert drawn.join(rows, on="text", how="anti").is_empty()
    assert model.budget.tokens == [3]


def test_pictures_of_another_size_or_of_decimals_raise(tmp_path):
    schema = Schema((Column(name="picture", role=Role.IMAGE, shape=(2, 2), levels=16),))
    rows = pl.DataFrame({"picture": [[0, 1, 2, 3], [16, 0, 0, 0]]}, schema=schema.polars)
    for wrong, reason in {
        "pl.Series('picture', [[1, 2]] * rows)": "an image has 2 pixels",
        "pl.Series('picture', [[1, 2, 3, 17]] * rows)": "the brightest pixel is 17",
        "pl.Series('picture', [[1, 2, 3, 4]] * rows).cast(pl.List(pl.Decimal(9, 2)))": "lists of Decimal",
    }.items():
        model = external(READ + f"{wrong}.to_frame().write_parquet(out)", tmp_path).fit(cohort_of(schema, {0: rows}))
        with pytest.raises(ExternalError, match=reason):
            model.sample(rows=3, seeds=seeds_of([0]))


@pytest.mark.parametrize("failure", list(FAILURES))
def test_a_failure_is_an_error_with_its_reason_and_files(tmp_path, failure):
    program, reason = FAILURES[failure]
    with pytest.raises(ExternalError, match=reason.replace("{out}", re.escape("{out}"))) as caught:
        sampled(program, tmp_path)
    error = caught.value
    assert "program.py" in str(error) and "replicate 0" in str(error)
    assert error.files["reason.txt"].decode() == f"{error}\n"
    assert ("out.parquet" in error.files) == (program.startswith(READ))
    assert (b"no luck" in error.files["stderr.txt"]) == (failure == "nonzero exit")


def test_a_run_beyond_its_time_limit_is_killed_with_its_children(tmp_path):
    program = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('child', 'w').write(str(child.pid)); print('waiting', flush=True); time.sleep(600)"
    )
    with pytest.raises(ExternalError, match=r"killed after 3 seconds, its 'time_limit'.*waiting"):
        sampled(program, tmp_path, time_limit=3)
    assert _ends(int((tmp_path / "child").read_text()))


def test_a_child_process_ends_with_the_command(tmp_path):
    program = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('child', 'w').write(str(child.pid))\n" + BOOTSTRAP
    )
    started = time.monotonic()
    assert sampled(program, tmp_path).height == 60
    assert time.monotonic() - started < 300, "the command does not wait for its child"
    assert _ends(int((tmp_path / "child").read_text()))


def test_a_worker_that_exits_early_kills_its_command(tmp_path):
    program = "open('started', 'w').close(); import time; time.sleep(600)"
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(sampled, program, tmp_path)
        while not (tmp_path / "started").exists() and not running.done():
            time.sleep(0.05)
        kill_commands()
        with pytest.raises(ExternalError, match="ended by signal 9"):
            running.result()


def test_a_command_gets_what_a_program_needs_and_what_the_study_names_and_no_other_variable(tmp_path, monkeypatch):
    for name in ("SECRET_KEY", "OTHER_KEY", "OUTCROSS_HOME"):
        monkeypatch.setenv(name, "canary")
    program = "import json, os; json.dump(dict(os.environ), open('seen.json', 'w'))\n" + BOOTSTRAP
    sampled(program, tmp_path, environment=["OTHER_KEY"])
    seen = json.loads((tmp_path / "seen.json").read_text())
    assert {name for name, value in seen.items() if value == "canary"} == {"OTHER_KEY"}
    assert seen["PATH"] == os.environ["PATH"]
    with pytest.raises(ExternalError, match="SECRET_KEY is set here, and a command gets it only where 'environment'"):
        sampled("import os; os.environ['SECRET_KEY']", tmp_path)
    plain = External(command=["mine", *ARGUMENTS])
    named = External(command=["mine", *ARGUMENTS], environment=["OTHER_KEY"])
    assert "environment" in plain.without_effect and named.environment == ("OTHER_KEY",)


DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for each in (0, 1, 2):
            os.dup2(os.open(os.devnull, os.O_RDWR), each)
        open('daemon', 'w').write(str(os.getpid()))
        time.sleep(600)
    os._exit(0)
while not os.path.exists('daemon') or not open('daemon').read():
    time.sleep(0.01)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt those that leave their session")
def test_a_process_that_left_its_session_ends_with_the_command_and_with_the_worker(tmp_path):
    assert sampled(DAEMON + BOOTSTRAP, tmp_path).height == 60
    assert _ends(int((tmp_path / "daemon").read_text()))
    (tmp_path / "daemon").unlink()
    run = (
        "import sys, pathlib; from outcross.resources.commands.command import run_command\n"
        "run_command([sys.executable, '-c', sys.argv[1]], folder=pathlib.Path(sys.argv[2]), time_limit=600)"
    )
    worker = subprocess.Popen([sys.executable, "-c", run, DAEMON + "time.sleep(600)", str(tmp_path)])
    while not (tmp_path / "daemon").exists() or not (tmp_path / "daemon").read_text():
        time.sleep(0.05)
    worker.kill()
    worker.wait()
    assert _ends(int((tmp_path / "daemon").read_text())), "the keeper notices that its worker was killed"


@pytest.mark.parametrize("way", ["os.symlink(train, out)", "os.mkfifo(out)", "os.symlink('/etc/passwd', out)"])
def test_a_link_or_a_pipe_in_place_of_the_file_is_refused_and_nothing_behind_it_is_kept(tmp_path, way):
    with pytest.raises(ExternalError, match=r"wrote no file to {out}.*and no link") as caught:
        sampled(f"import os, sys; train, out = sys.argv[1:3]; {way}", tmp_path)
    assert "out.parquet" not in caught.value.files


def test_only_the_tail_of_long_output_is_kept(tmp_path):
    program = "import sys; sys.stderr.write('x' * 3_000_000 + 'the end'); sys.exit(2)"
    with pytest.raises(ExternalError, match="the end") as caught:
        sampled(program, tmp_path)
    assert len(caught.value.files["stderr.txt"]) == 64 * 1024


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ([], "is empty"),
        ([" ", *ARGUMENTS], "is empty"),
        (["mine", "{train}", "{out}", "{rows}"], "lacks the placeholder {seed}"),
        (["mine", "{seed}"], "lacks the placeholder {train} and {out} and {rows}"),
        (["mine", *ARGUMENTS, "{model}"], "'{model}' has a placeholder that is none of {train}, {out}"),
        (["mine", *ARGUMENTS, "{rows:>9}"], "has a placeholder that is none of"),
        (["mine", *ARGUMENTS, "{"], "write literal braces twice"),
        ("mine {train} {out}", "must be a list of arguments, not one string"),
    ],
)
def test_invalid_commands_raise_before_anything_runs(command, wrong):
    with pytest.raises(ValidationError, match=re.escape(wrong)):
        External(command=command)


def test_double_braces_are_literal(tmp_path):
    settings = settings_of(READ + "assert sys.argv[5] == '{a: 30}', sys.argv\ndrawn.write_parquet(out)", tmp_path)
    settings["command"].append("{{a: {rows}}}")
    model = External.model_validate(settings, context={"base": tmp_path}).fit(cohort_of(SCHEMA, {0: ROWS}))
    assert model.sample(rows=30, seeds=seeds_of([0])).height == 30


def test_the_error_names_a_missing_program_and_where_it_was_searched(tmp_path):
    for program, where in {"./gone": str(tmp_path), "no-such-program": "PATH"}.items():
        settings = External.model_validate(
            {"kind": "external", "command": [program, *ARGUMENTS]}, context={"base": tmp_path}
        )
        with pytest.raises(BadInput, match=rf"no program '{program}' in .*{where}"):
            settings.check(SCHEMA)
        with pytest.raises(ExternalError, match="cannot be started"):
            settings.fit(cohort_of(SCHEMA, {0: ROWS})).sample(rows=5, seeds=seeds_of([0]))


def _ends(process: int) -> bool:
    """Return whether a killed process ends; its new parent may take a while to reap it."""
    for _ in range(200):
        try:
            if "\nState:\tZ" in Path(f"/proc/{process}/status").read_text():
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def test_rows_without_a_word_are_counted_and_refused_where_all_are(tmp_path):
    text, path = Schema((Column(name="text", role=Role.TEXT),)), tmp_path / "out.parquet"
    pl.DataFrame({"text": ["a", "\u200b", " \n"]}).write_parquet(path)
    rows, notes = read_rows(path, text, rows=3)
    assert rows["text"].to_list() == ["a", "\u200b", " \n"]
    assert notes == ["2 of 3 rows have no word in column 'text'"]
    pl.DataFrame({"text": ["", "\u200b", " \n"]}).write_parquet(path)
    with pytest.raises(UnusableRun) as refused:
        read_rows(path, text, rows=3)
    assert refused.value.reason == "wrote no word in any row of column 'text'"
