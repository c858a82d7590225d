"""Run one program in a fresh process, and measure its time, CPU time and peak memory."""

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
"""The folder from which `outcross` is imported; it is not installed in the peers' environment."""
OUTPUT_TAIL = 2_000
"""Number of characters of a failed program's output that the error contains."""


class ChildFailed(OutcrossError):
    """A program of the benchmark ended with an error; the text contains the end of its output."""


@dataclass(frozen=True)
class Program:
    """A module to run.

    Attributes:
        side: name of the program on the page.
        python: path of the interpreter.
        module: name of the module, such as ``outcross.jobs.bench.ours.shapes``.
        job: input of the program, JSON-serialisable.
    """

    side: str
    python: Path
    module: str
    job: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """Cost and result of one process.

    Attributes:
        stretches: name of a part of the work → its seconds, without imports and reading of input files.
        values: the values that the program computed.
        wall: seconds of the whole process.
        cpu: CPU seconds of the whole process, user and system.
        peak_mb: peak resident memory, 10⁶ bytes.
    """

    stretches: dict[str, float]
    values: dict[str, Any]
    wall: float
    cpu: float
    peak_mb: float

    @property
    def seconds(self) -> float:
        """Seconds of the work: the sum of its parts."""
        return sum(self.stretches.values())


def run_child(program: Program, folder: Path, *, threads: int) -> Run:
    """Run a program in a process of its own, and read its result.

    Raises:
        ChildFailed: the program ended with an error.
    """
    folder.mkdir(parents=True)
    result, messages = folder / "result.json", folder / "messages.txt"
    job = folder / "job.json"
    about = {"threads": threads, "result": str(result), "folder": str(folder), "parent": os.getpid()}
    job.write_text(json.dumps({**program.job, **about}))
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
    if process.returncode or not result.exists():
        raise ChildFailed(f"{program.module} ({program.side}) {_ending(process.returncode)}\n{_output_tail(messages)}")
    measured = json.loads(result.read_text())
    return Run(
        stretches=measured["stretches"],
        values=measured["values"],
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        peak_mb=measured["peak_mb"],
    )


def _environment(threads: int) -> dict[str, str]:
    """Return the environment variables of a program: they fix the number of threads of every library."""
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
        return "was killed, probably because memory ran out; free memory and run it again"
    return f"ended with status {returncode}"


def _output_tail(messages: Path) -> str:
    return messages.read_text(errors="replace")[-OUTPUT_TAIL:].strip()
