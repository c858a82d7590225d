"""Common part of every program of the benchmark, ours and the peers': read a job, time its work, write its result.

It runs in both environments, so it and what it imports use only the standard library.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from outcross.resources.parent_process import end_with_parent

Job = dict[str, Any]
"""Input of a program: paths of files, settings, ``threads``; ``result`` is the path of the file to write."""


class Clock:
    """Adds up the seconds of each part of the work; imports and reading of files are excluded.

    ``with clock("fit"): …``
    """

    def __init__(self) -> None:
        self.stretches: dict[str, float] = {}

    @contextmanager
    def __call__(self, stretch: str = "work") -> Iterator[None]:
        """Add the time of the ``with`` block to a part of the work."""
        started = time.perf_counter()
        yield
        self.stretches[stretch] = self.stretches.get(stretch, 0.0) + time.perf_counter() - started


def run(work: Callable[[Job, Clock], dict[str, Any]]) -> None:
    """Do the job whose file the command line names, and write its times and values to the job's result file."""
    job, clock = json.loads(Path(sys.argv[1]).read_text()), Clock()
    if "parent" in job:
        end_with_parent(job["parent"])
    values = work(job, clock)
    result = {"stretches": clock.stretches, "values": values, "peak_mb": peak_mb()}
    Path(job["result"]).write_text(json.dumps(result))


def peak_mb() -> float:
    """Return the peak resident memory of this process, 10⁶ bytes.

    Linux resets ``VmHWM`` for each program; ``getrusage`` includes the peak of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.open() if line.startswith("VmHWM:")) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
