"""Commands on a corpus, killed at random moments: each is done whole or not at all, and the same command carries on."""

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from outcross.jobs.files.home import PACKAGE
from tests.jobs.cli.corpus_place import ids_of
from tests.jobs.cli.in_process import outcross
from tests.jobs.cli.row import contents
from tests.jobs.command_server import RUN, ForkedCommand, run_forked

ALL = os.environ.get("OUTCROSS_FAULTS") == "all"
KILLS = 15 if ALL else 1
"""Kills of each command; `make faults` sets the variable. `make test` tries two commands, and a kill at each of a
release's, a trim's and a withdrawal's writes in the tests of these.
"""
WRITE = {
    "ingest": "ingest new.parquet --corpus people.yaml --origin real --licence CC0-1.0 --consent survey",
    "release": "quarantine release people.yaml {part} --reason late",
    "reject": "quarantine reject people.yaml {over} --reason late",
    "trim": "trim people.yaml --share 0.05",
    "withdraw": "withdraw people.yaml --batch {clean} --reason late --erase",
    "declare": "declare people.yaml --batch {made} --generator gaussian --reason late",
}
"""Commands that write one version."""
LOOK = {
    "audit": ("audit people.yaml --rederive", None),
    "export": ("export people.yaml --format card -o card.md", "card.md"),
    "take": ("take people.yaml --to taken", "taken"),
}
"""Commands that change nothing of the store, and what they write elsewhere."""


class Place:
    """A copy of a corpus, in which commands are started and killed."""

    def __init__(self, of: Path, folder: Path) -> None:
        self.folder = shutil.copytree(of, folder)
        self._ids = dict(ids_of(of))

    def start(self, command: str) -> ForkedCommand:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("OUTCROSS", "DAGSTER"))}
        home = {"OUTCROSS_HOME": str(self.folder / "home"), "DAGSTER_HOME": str(PACKAGE), "COLUMNS": "200"}
        words = [each.format(**self._ids) for each in command.split()]
        return ForkedCommand(RUN, words, folder=self.folder, environment=kept | home)

    def run(self, command: str) -> float:
        """Run a command to its end, and return its seconds."""
        began, process = time.monotonic(), self.start(command)
        _, errors = process.communicate(300)
        assert process.returncode == 0, errors
        return time.monotonic() - began

    def kill(self, command: str, after: float) -> bool:
        """Kill a command after so many seconds; return whether it was still running."""
        process = self.start(command)
        try:
            process.communicate(after)
        except subprocess.TimeoutExpired:
            started = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            assert not psutil.wait_procs(started, timeout=30)[1], "what it started ends with it"
        assert process.returncode in {0, -signal.SIGKILL}
        return process.returncode != 0

    def told(self) -> dict[str, Any]:
        """What an audit finds, but for the digest of a ledger that has times in it.

        Of files that no version names, only those under a name of their own count: a killed writer leaves its
        temporary file at worst.
        """
        ran = outcross(self.folder, "audit", "people.yaml", "--json")
        assert ran.code == 0, ran.said
        unnamed = [path for path in ran.json["unnamed"] if not path.endswith(".partial")]
        told = {key: value for key, value in ran.json.items() if key not in {"head", "unnamed_files"}}
        return told | {"unnamed": unnamed}


@pytest.fixture(autouse=True)
def _server_that_runs() -> None:
    """Start what forks commands: to wait for it is no part of the time that a command takes."""
    run_forked(["--version"], folder=PACKAGE, environment=os.environ)


@pytest.mark.parametrize("command", [each for name, each in WRITE.items() if ALL or name == "reject"])
def test_a_command_that_writes_is_done_whole_or_not_at_all_and_carries_on(
    people_place: Path, tmp_path: Path, command: str
) -> None:
    whole, moments, killed = Place(people_place, tmp_path / "whole"), random.Random(command), 0
    before, lasts = whole.told(), whole.run(command)
    after = whole.told()
    assert after["version"] == before["version"] + 1
    place = Place(people_place, tmp_path / "0")
    for turn in range(KILLS):
        killed += place.kill(command, moments.uniform(0.1, 1) * lasts)
        found = place.told()
        if found["version"] == before["version"]:
            assert {**found, "unnamed": []} == before, "a file without its version is reported"
        else:
            assert found == after
            place = Place(people_place, tmp_path / f"{turn + 1}")
    assert killed or KILLS == 1, "no process was killed before it finished"
    if place.told()["version"] == before["version"]:
        place.run(command)
    assert place.told() == after


@pytest.mark.parametrize(("command", "made"), [each for name, each in LOOK.items() if ALL or name == "export"])
def test_a_command_that_looks_changes_nothing_and_writes_its_output_whole_or_not_at_all(
    people_place: Path, tmp_path: Path, command: str, made: str | None
) -> None:
    whole, moments, killed = Place(people_place, tmp_path / "whole"), random.Random(command), 0
    lasts, place = whole.run(command), Place(people_place, tmp_path / "killed")
    wanted = set() if made is None else set(_files(whole.folder / made))
    before = contents(place.folder / "home/data")
    for _ in range(KILLS):
        killed += place.kill(command, moments.uniform(0.1, 1) * lasts)
        assert contents(place.folder / "home/data") == before
        if made is not None and (output := place.folder / made).exists():
            assert set(_files(output)) == wanted
            shutil.rmtree(output) if output.is_dir() else output.unlink()
    assert killed or KILLS == 1, "no process was killed before it finished"
    place.run(command)
    assert made is None or set(_files(place.folder / made)) == wanted


def _files(path: Path) -> list[tuple[str, int]]:
    """The name and the size of each file below a path."""
    below = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    return [(str(each.relative_to(path.parent)), each.stat().st_size) for each in below]
