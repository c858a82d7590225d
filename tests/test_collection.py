"""What the tests' own plugins do: long files first, skips for want of something counted, processor time metered."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
METERED = """
import subprocess, sys, time
import pytest

def use(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass

@pytest.fixture(scope="module")
def shared():
    use(0.2)

def test_first(shared):
    pass

def test_second(shared):
    pass

def test_child():
    code = "import time\\nwhile time.process_time() < 0.4: pass"
    subprocess.run([sys.executable, "-c", code], check=True)
"""
METERING = """
from tests import meter
pytest_addoption, pytest_configure = meter.add_options, meter.start
"""
WANTING = """
import pytest
from tests.shared_data import shared_data
from tests.wants import skip_for_want_of

@pytest.mark.parametrize("number", range(3))
def test_of_a_file(number):
    shared_data("adult.parquet")

def test_of_a_browser():
    skip_for_want_of("chromium", "install it")

def test_of_an_import():
    pytest.importorskip("no_such_module")

@pytest.mark.skip(reason="takes minutes")
def test_of_minutes():
    pass
"""


def run_pytest(folder: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("OUTCROSS", "PYTEST"))}
    plugins = [
        "-p",
        "tests.long_first",
        "-p",
        "tests.wants",
        "-p",
        "xdist.plugin",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:warnings",
    ]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(folder), *plugins, *words, str(folder)],
        env={**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_skips_are_counted_by_what_they_wanted(tmp_path: Path) -> None:
    (tmp_path / "test_wanting.py").write_text(WANTING)
    ran = run_pytest(tmp_path, OUTCROSS_TEST_DATA=str(tmp_path))
    assert ran.returncode == 0, ran.stdout
    assert "5 skipped for want of: adult.parquet (3), chromium (1), no_such_module (1)" in ran.stdout
    assert "6 skipped" in ran.stdout


def test_a_skip_for_want_of_something_can_be_a_failure_that_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "test_wanting.py").write_text(WANTING)
    ran = run_pytest(tmp_path, OUTCROSS_TEST_DATA=str(tmp_path), OUTCROSS_NO_SKIPS="1")
    assert ran.returncode == 1
    assert f"put it into a folder, and set OUTCROSS_TEST_DATA to that; it is not in {tmp_path}" in ran.stdout
    assert "5 failed, 1 skipped" in ran.stdout


def test_a_file_in_the_folder_of_test_data_is_found(tmp_path: Path) -> None:
    (tmp_path / "adult.parquet").write_bytes(b"")
    (tmp_path / "test_wanting.py").write_text(WANTING)
    ran = run_pytest(tmp_path, "-k", "test_of_a_file", OUTCROSS_TEST_DATA=str(tmp_path))
    assert "3 passed" in ran.stdout
    assert "for want of" not in ran.stdout


@pytest.mark.parametrize(
    ("workers", "order"),
    [
        ("1", ["longest", "longest", "long", "a", "b", "c"]),
        ("2", ["longest", "longest", "a", "long", "b", "c"]),  # a worker's stretch is three tests
    ],
)
def test_long_files_come_first_the_longest_foremost(tmp_path: Path, workers: str, order: list[str]) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"test_{name}.py").write_text("def test_it(): pass\n")
    for name, seconds, tests in (("long", 20, 1), ("longest", 90, 2)):
        mark = f"import pytest\npytestmark = pytest.mark.long(seconds={seconds})\n"
        (tmp_path / f"test_{name}.py").write_text(mark + "".join(f"def test_{n}(): pass\n" for n in range(tests)))
    ran = run_pytest(tmp_path, "--collect-only", "-q", PYTEST_XDIST_WORKER_COUNT=workers)
    found = [line.partition(".py")[0].rpartition("test_")[2] for line in ran.stdout.splitlines() if "::" in line]
    assert found == order


@pytest.mark.parametrize("workers", ["0", "2"])
def test_processor_time_is_metered_by_test_with_children_and_shared_fixtures(tmp_path: Path, workers: str) -> None:
    (tmp_path / "test_metered.py").write_text(METERED)
    (tmp_path / "conftest.py").write_text(METERING)
    path = tmp_path / "spent.txt"
    budget = {"0": [], "2": ["--budget", "10"]}[workers]
    ran = run_pytest(tmp_path, "-n", workers, "--meter", str(path), "--dist", "loadfile", *budget)
    assert ran.returncode == 0, ran.stdout
    assert f"within the budget of {'10' if budget else '25'} minutes" in ran.stdout
    lines = path.read_text().split("Every test")[1].splitlines()
    seconds = {line.rpartition("::")[2]: float(line.split()[0]) for line in lines if "::" in line}
    assert seconds["test_child"] > 0.35
    assert seconds["test_first"] > 0.15, "a shared fixture is charged to the first test"
    assert seconds["test_second"] < seconds["test_first"] / 2
    total = float(path.read_text().partition(" minutes")[0].rpartition(" ")[2]) * 60
    assert total > sum(seconds.values()) - 3, "the total is rounded to 6 s"
    assert "(imports, collection, waiting)" in path.read_text()


def test_a_budget_that_is_overrun_fails_the_run_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "test_metered.py").write_text("def test_it(): pass")
    (tmp_path / "conftest.py").write_text(METERING)
    over = run_pytest(tmp_path, "--budget", "0.0001")
    assert over.returncode == 1
    assert "OVER the budget of 0.0001 minutes" in over.stdout


def test_the_command_of_make_finds_the_tests_beside_the_report_of_an_earlier_run(tmp_path: Path) -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\ntest:")[2].partition("\n\n")[0]
    (words,) = re.findall(r"-m pytest ([^$\n]*)", recipe)
    (tmp_path / "tests").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    (tmp_path / "tests" / "conftest.py").write_text(METERING)
    (tmp_path / "tests" / "test_one.py").write_text("def test_one(): pass\n")
    command = [sys.executable, "-m", "pytest", *words.replace("-n auto", "-n 0").split()]
    for _ in range(2):  # pytest takes a word that is a path for a test file, unless it is joined to its option
        ran = subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert (tmp_path / ".processor-time.txt").exists()
