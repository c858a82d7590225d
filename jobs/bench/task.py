"""What every program of the benchmark does, ours and the peers': read a job, time its work, tell what came out.

It runs in both environments, so it imports the standard library alone.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Job = dict[str, Any]
"""What to work on: paths of files, settings, ``threads``; ``told`` is the path to write to."""


class Clock:
    """Adds up the seconds of the work, by name of the stretch: imports and the reading of files stay outside.

    ``with clock("fit"): …``
    """

    def __init__(self) -> None:
        self.stretches: dict[str, float] = {}

    @contextmanager
    def __call__(self, stretch: str = "work") -> Iterator[None]:
        """Time what is done within."""
        started = time.perf_counter()
        yield
        self.stretches[stretch] = self.stretches.get(stretch, 0.0) + time.perf_counter() - started


def run(work: Callable[[Job, Clock], dict[str, Any]]) -> None:
    """Do the job whose file the command line names, and write its stretches and values beside it."""
    job, clock = json.loads(Path(sys.argv[1]).read_text()), Clock()
    values = work(job, clock)
    told = {"stretches": clock.stretches, "values": values, "peak_mb": peak_mb()}
    Path(job["told"]).write_text(json.dumps(told))


def peak_mb() -> float:
    """The most memory that this process has held (resident), 10⁶ bytes.

    Linux counts it anew for each program; ``getrusage`` begins with the peak of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.open() if line.startswith("VmHWM:")) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
