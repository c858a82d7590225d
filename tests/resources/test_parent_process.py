"""A process of ours ends with the one that started it."""

import select
import subprocess
import sys

from outcross.resources.parent_process import STATUS

CHILD = """
import os, sys
from outcross.resources.parent_process import end_with_parent
end_with_parent(int(sys.argv[1]))
print("watching", flush=True)
sys.stdin.read()
"""
PARENT = f"import os, subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}, str(os.getpid())])"


def test_a_process_ends_once_its_parent_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdin is not None and parent.stdout is not None
        assert parent.stdout.readline() == "watching\n"
        parent.kill()
        assert select.select([parent.stdout], [], [], 30)[0], "the child goes on"
        assert parent.stdout.read() == "", "the child still holds the other end, so the end comes with its own"


def test_a_parent_that_has_ended_already_is_noticed() -> None:
    with subprocess.Popen([sys.executable, "-c", CHILD, "1"], stdin=subprocess.PIPE) as child:
        assert child.wait(60) == STATUS
