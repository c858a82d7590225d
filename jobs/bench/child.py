"""One program in a fresh process, with its time, its processor time and its peak memory."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from outcross.resources.errors import OutcrossError

_SOURCES = str(Path(__file__).parents[3])
"""The folder that `outcross` is imported from; the peers' environment does not have it installed."""
LAST_WORDS = 2_000
"""Characters of a failed program's messages that are shown."""


class ChildFailed(OutcrossError):
    """A program of the benchmark ended with an error; its last messages are in the text."""


@dataclass(frozen=True)
class Program:
    """A module to run.

    Attributes:
        side: what the page calls it.
        python: the interpreter.
        module: such as ``outcross.jobs.bench.ours.shapes``.
        job: what it gets, JSON-able.
    """

    side: str
    python: Path
    module: str
    job: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ran:
    """What one process took and told.

    Attributes:
        stretches: name → seconds of the work, imports and reading of files left out.
        values: what it computed.
        wall: seconds of the whole process.
        cpu: processor seconds of the whole process, user and system.
        peak_mb: the most memory it held (resident), 10⁶ bytes.
    """

    stretches: dict[str, float]
    values: dict[str, Any]
    wall: float
    cpu: float
    peak_mb: float

    @property
    def seconds(self) -> float:
        """Of the work."""
        return sum(self.stretches.values())


def run_child(program: Program, folder: Path, *, threads: int) -> Ran:
    """Run a program, wait for it, and read what it told.

    Raises:
        ChildFailed: it ended with an error.
    """
    folder.mkdir(parents=True)
    told, messages = folder / "told.json", folder / "messages.txt"
    job = folder / "job.json"
    job.write_text(json.dumps({**program.job, "threads": threads, "told": str(told), "folder": str(folder)}))
    started = time.perf_counter()
    with messages.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - our own modules, by the interpreters the caller chose
            [program.python, "-P", "-m", program.module, job],
            env=_environment(threads),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.send_signal(signal.SIGTERM)
            process.wait()
            raise
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or not told.exists():
        raise ChildFailed(f"{program.module} ({program.side}) {_ending(process.returncode)}\n{_last_words(messages)}")
    found = json.loads(told.read_text())
    return Ran(
        stretches=found["stretches"],
        values=found["values"],
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        peak_mb=found["peak_mb"],
    )


def _environment(threads: int) -> dict[str, str]:
    """The environment of a program: a fixed number of threads for whatever library it uses."""
    counts = (
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "POLARS_MAX_THREADS",
        "LOKY_MAX_CPU_COUNT",
        "OUTCROSS_THREADS",
    )
    return {
        **os.environ,
        **dict.fromkeys(counts, str(threads)),
        "PYTHONPATH": os.pathsep.join(filter(None, [_SOURCES, os.environ.get("PYTHONPATH")])),
        "PYTHONWARNINGS": "ignore",
        "DAGSTER_DISABLE_TELEMETRY": "yes",
    }


def _ending(returncode: int) -> str:
    if returncode == -signal.SIGKILL:
        return "was killed, as happens where memory runs out; free some, and run it again"
    return f"ended with status {returncode}"


def _last_words(messages: Path) -> str:
    return messages.read_text(errors="replace")[-LAST_WORDS:].strip()
