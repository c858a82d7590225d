"""A study killed at any moment resumes to the verdict it would have reached; two at once leave one whole result."""

import hashlib
import os
import random
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from outcross.jobs.running.instance import open_instance
from tests.jobs.command_server import ForkedCommand
from tests.jobs.workplace import TWO, Workplace, make_workplace

pytestmark = pytest.mark.long(seconds=60)

KILLS = 20 if os.environ.get("OUTCROSS_FAULTS") == "all" else 1
"""`make faults` sets the variable to run more kills."""
ONE = ("study", "small.yaml", "--workers", "1")


def verdict_bytes(workplace: Workplace) -> bytes:
    return (workplace.data / "small" / "verdict" / "part.parquet").read_bytes()


def parts(workplace: Workplace) -> dict[str, str]:
    """Return every part by digest, except the checks of evaluations, which use the previous verdict, if any.

    Of two runs at once, one may check its last evaluation after the other's verdict; the report lists the checks.
    """
    return {
        str(path.relative_to(workplace.data)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(workplace.data.rglob("part.parquet"))
        if not {"evaluation_checks", "report"} & set(path.parts)
    }


def kill_whole_tree(process: ForkedCommand) -> None:
    """Kill only the command, as the kernel would; its workers must notice by themselves."""
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert not alive, "workers outlived the command that was killed"


def unfinished_runs(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the runs that the UI shows as unfinished."""
    for name, value in workplace.environment.items():
        monkeypatch.setenv(name, value)
    with open_instance() as instance:
        return [f"{run.job_name} {run.status}" for run in instance.get_runs() if not run.is_finished]


def test_a_study_killed_at_random_moments_reaches_the_same_verdict_byte_for_byte(
    tmp_path: Path, whole: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = float((whole.folder / "seconds").read_text())
    workplace = make_workplace(tmp_path / "killed", **TWO)
    moments = random.Random(5)
    for _ in range(KILLS):
        process = workplace.start("study", "small.yaml")
        try:
            process.communicate(timeout=moments.uniform(0.2, 0.9) * seconds)
        except subprocess.TimeoutExpired:
            kill_whole_tree(process)
        assert not any(path.stat().st_size == 0 for path in workplace.data.rglob("part.parquet"))
    ran = workplace.run("study", "small.yaml")
    assert ran.returncode == 0, ran.stderr
    assert unfinished_runs(workplace, monkeypatch) == []
    assert verdict_bytes(workplace) == verdict_bytes(whole)
    assert parts(workplace) == parts(whole)


def test_two_runs_of_a_study_at_once_leave_one_whole_result(tmp_path: Path, whole: Workplace) -> None:
    workplace = make_workplace(tmp_path / "twice", **TWO)
    processes = [workplace.start(*ONE) for _ in range(2)]
    for process in processes:
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
    assert parts(workplace) == parts(whole)
    assert not list(workplace.data.rglob("*.partial"))


def test_a_finished_study_runs_nothing_and_an_extended_one_runs_the_missing_part(
    tmp_path: Path, whole: Workplace
) -> None:
    workplace = whole.copy_to(tmp_path / "grown")
    assert workplace.run_json(*ONE)["runs"] == []
    grown = workplace.run_json(*ONE, "--generations", "3")
    assert set(grown["runs"]) == {"fixed-0", "replace", "verdict"}
    assert all(verdict["generations"] == 3 for verdict in grown["verdicts"])
    shown = workplace.run_json("verdict", "small")["verdicts"]
    assert all(verdict["generations"] == 3 for verdict in shown), "later commands read the options that it was run with"
    assert workplace.run_json(*ONE, "--generations", "3")["runs"] == []
    assert set(workplace.run_json(*ONE)["runs"]) == {"verdict"}, "its own settings are in force again"
    assert not list((workplace.folder / "home" / "studies").iterdir())
