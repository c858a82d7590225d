"""``outcross --help``: fast, without the libraries that only a running command needs, and with the exit codes."""

import ast
import builtins
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from outcross.jobs.cli.app import app
from outcross.jobs.files.home import PACKAGE

HEAVY = {"dagster", "polars", "torch", "numpy", "duckdb", "sklearn", "great_expectations", "fsspec"}
"""No pydantic: typer itself loads it for the help of a command with options."""
OUTSIDE = {
    "UnusableRun": "the family of external generators catches it and raises ExternalFailed",
    "_Killed": "stands for a kill in a law of the conformance suite, so no handler of errors may catch it",
    "LawBroken": "an AssertionError, so that a plug-in's own tests report it as a failed assertion",
}
"""Errors outside the tree: name → why none of them reaches the command line."""

MISUSED = (
    ("dance",),
    ("study", "--bogus"),
    ("study", "nowhere"),
    ("study", "nowhere.yaml"),
    ("verdict", "nowhere"),
    ("ingest", "x.csv", "--corpus", "nowhere"),
    ("estimate", "x.csv", "--corpus", "nowhere"),
    ("corpus", "nowhere"),
    ("audit", "nowhere"),
    ("guards", "nowhere"),
    ("mix", "x.csv", "y.csv", "--learner", ""),
    ("columns", "nowhere"),
    ("trim", "nowhere"),
    ("quarantine", "list", "nowhere"),
    ("export", "nowhere", "--format", "card"),
    ("take", "nowhere", "--to", "x"),
    ("take", "nowhere", "--share", "best", "--to", "x"),
)
READING = {("studies",): {"polars", "numpy"}, ("sql", "select 1"): {"polars", "numpy", "duckdb", "fsspec"}}
"""Command that only reads → the heavy libraries that it may load, with those of the commands before it."""

_LOADED_BY = """
import sys
from outcross.jobs.cli.app import main
for words, expected, allowed in {calls}:
    sys.argv = ["outcross", *words]
    try:
        code = main() or 0
    except SystemExit as left:
        code = left.code or 0
    assert code == expected, (words, code)
    loaded = sorted({heavy} & set(sys.modules) - set(allowed))
    assert not loaded, (words, loaded)
"""


def commands(group: typer.core.TyperGroup, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the words of every command, those in groups included."""
    found = [before]
    for name, command in group.commands.items():
        words = (*before, name)
        found += commands(command, words) if isinstance(command, typer.core.TyperGroup) else [words]
    return found


def test_a_command_loads_no_library_that_it_does_not_need(tmp_path: Path) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    every = commands(group)
    assert {("study",), ("quarantine", "list"), ("bench", "shapes"), ()} <= set(every)
    helps = [((*words, "--help"), 0, ()) for words in every]
    calls = [*helps, *((words, 2, ()) for words in MISUSED), *((words, 0, free) for words, free in READING.items())]
    code = _LOADED_BY.format(calls=calls, heavy=HEAVY)
    environment = {**os.environ, "OUTCROSS_HOME": str(tmp_path), "COLUMNS": "200"}
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "Run a study to its verdict" in ran.stdout and "gaussian-mean" in ran.stdout


def test_every_error_class_derives_from_the_one_that_the_command_line_catches() -> None:
    """A class that derives only from an exception of Python would end the command with a traceback."""
    outside = []
    rooms = [PACKAGE, *(PACKAGE / room for room in ("assets", "resources", "jobs"))]  # no link is followed by itself
    for path in {file for room in rooms for file in room.rglob("*.py")}:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                of_python = {name for name in bases if _is_exception(getattr(builtins, name, None))}
                if of_python and "OutcrossError" not in bases:
                    outside.append(node.name)
    assert set(outside) == {"OutcrossError", *OUTSIDE}


def _is_exception(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, BaseException)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as a wheel holds it: without the benchmark."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(PACKAGE, folder / "outcross", ignore=shutil.ignore_patterns("bench", "__pycache__"))
    return folder


@pytest.mark.parametrize("words", [["bench"], ["bench", "shapes", "--repeats", "1"], ["bench", "overhead"]])
def test_an_installed_package_says_that_the_benchmark_comes_with_a_checkout(site: Path, words: list[str]) -> None:
    ran = _run_from(site, *words)
    assert ran.returncode == 2
    assert "comes with a checkout" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_installed_package_without_the_benchmark_has_its_help(site: Path) -> None:
    ran = _run_from(site, "--help")
    assert ran.returncode == 0, ran.stderr
    assert "bench" in ran.stdout


@pytest.mark.parametrize("words", commands(typer.main.get_command(app)), ids=" ".join)  # type: ignore[arg-type]
def test_every_help_shows_examples_that_fit_one_line_of_100_columns(words: tuple[str, ...]) -> None:
    command: Any = typer.main.get_command(app)
    for word in words:
        command = command.commands[word]
    lines = (command.help or "").splitlines()
    assert any("[bold]Example" in line for line in lines)
    assert all(len(line) <= 98 for line in lines if line.startswith("  "))


def _run_from(site: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "outcross.jobs.cli", *words],
        env={**os.environ, "PYTHONPATH": str(site), "OUTCROSS_HOME": str(site / "home")},
        cwd=site,
        capture_output=True,
        text=True,
        check=False,
    )
