"""A command leaves at once, and everything that others see of it is as if Python had ended."""

import subprocess
import sys

import pytest

COMMAND = """
import atexit, sys, threading, time
from outcross.jobs.cli.leaving import run_and_leave

def command():
    atexit.register(print, "at exit")
    print("said")
    print("complained", file=sys.stderr)
    {does}

class Slow:
    def __del__(self):
        print("taken apart", file=sys.stderr)

slow = Slow()
{start}
"""
SLOW = "threading.Thread(target=lambda: (time.sleep(0.1), print('from a thread'))).start()"


def run(does: str, start: str) -> tuple[int, str, str]:
    code = COMMAND.format(does=does, start=start)
    ran = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout, ran.stderr.replace("run_and_leave(command)", "command()")


@pytest.mark.parametrize(
    ("does", "code", "at_once"),
    [
        ("pass", 0, True),
        ("sys.exit(3)", 3, True),
        ("sys.exit(-1)", 255, True),
        ("sys.exit('a text')", 1, False),
        (SLOW, 0, False),
        (f"{SLOW}; sys.exit(2)", 2, False),
        ("sys.stdout.close()", 0, False),
        ("1 / 0", 1, False),
    ],
)
def test_output_and_exit_code_are_those_of_python(does: str, code: int, at_once: bool) -> None:
    ours, pythons = run(does, "run_and_leave(command)"), run(does, "command()")
    assert ours[0] == pythons[0] == code
    assert ours[1] == pythons[1]
    assert ("taken apart" in ours[2]) is not at_once
    said = [line for line in ours[2].splitlines() if not line.startswith("  File")]
    expected = [line for line in pythons[2].splitlines() if not (at_once and line == "taken apart")]
    assert set(expected) - {line for line in expected if line.startswith("  File")} <= {*said, "    command()"}


def test_a_reader_that_went_away_is_reported_as_python_does() -> None:
    code = COMMAND.format(does="sys.stdout.flush(); input(); print('x' * 100_000)", start="run_and_leave(command)")
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    process.stdout.close()
    process.stdin.write("go on\n")
    process.stdin.close()
    assert "BrokenPipeError" in process.stderr.read()
    assert process.wait() != 0
