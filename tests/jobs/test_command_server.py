"""A command in a forked process says, does and returns what one does that Python starts."""

import subprocess
from pathlib import Path

import pytest

from tests.jobs.command_server import run_forked
from tests.jobs.workplace import make_workplace

pytestmark = pytest.mark.long(seconds=30)


def visible(ran: "subprocess.CompletedProcess[str]") -> tuple[int, str, list[str]]:
    """What a command returned and said; of a traceback, the frames of the product.

    What follows is DuckDB's: after an exception that nobody caught, it lists objects that Python has not taken apart.
    """
    lines: list[str] = ran.stderr.partition("nanobind:")[0].splitlines()
    kept: list[bool] = []
    for line in lines:
        if line.startswith("  File"):
            kept.append("outcross/jobs/cli/" in line and "__main__" not in line)
        elif not line.startswith("  "):
            kept.append(True)
        else:
            kept.append(kept[-1])
    return ran.returncode, ran.stdout, [line for line, keep in zip(lines, kept, strict=True) if keep]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["sql", "select 'é' as word"], 0),  # success
        (["study"], 2),  # misuse, with the name of the program
        (["export", "nowhere", "--format", "card"], 2),  # a refusal
        (["verdict", "small.yaml"], 1),  # an error that is no refusal
    ],
)
def test_output_and_exit_code_are_those_of_a_process_of_its_own(tmp_path: Path, words: list[str], code: int) -> None:
    place = make_workplace(tmp_path)
    forked, anew = place.run(*words), place.run_anew(*words)
    assert forked.returncode == code, forked.stderr
    assert visible(forked) == visible(anew)


def test_a_crash_shows_the_same_traceback(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text("storage: nonsense\n")
    place = make_workplace(tmp_path)
    environment = {**place.environment, "DAGSTER_HOME": str(tmp_path)}
    words = ["study", "small.yaml", "--json"]
    forked = run_forked(words, folder=tmp_path, environment=environment)
    anew = subprocess.run(
        place.command(*words), env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert forked.returncode == 1 and "DagsterInvalidConfigError" in forked.stderr
    assert visible(forked) == visible(anew)
