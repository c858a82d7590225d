"""The real daemon over a workplace, and a way to wait for its effects."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.jobs.workplace import Workplace

SECONDS = 600


@contextmanager
def daemon(place: Workplace) -> Iterator[None]:
    """Run the daemon while the block lasts, with this process's environment."""
    command = [sys.executable, "-P", "-m", "dagster._daemon", "run", "-m", "outcross.jobs.definitions"]
    with (place.folder / "daemon.log").open("w") as log:
        process = subprocess.Popen(
            command, env=os.environ, cwd=place.folder, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def until(holds: Callable[[], object], what: str, *, meanwhile: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait until ``holds`` is true; call ``meanwhile`` repeatedly."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        meanwhile()
        time.sleep(0.25)
