"""Bench: the tables, the interpreters, and programs that alternate in fresh processes."""

import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from outcross.jobs.bench.child import Program, Run, run_child
from outcross.jobs.bench.peer_environment import peer_python
from outcross.jobs.bench.tables import Tables

THREADS = 2
"""Number of cores and threads of every program, ours or a peer's; fewer where the machine has fewer cores."""

Watch = Callable[[str, Run | None], None]
"""Called with a program's label and None when it starts, and with its label and run when it has ended."""


@dataclass(frozen=True)
class Bench:
    """Everything that a row needs to run its programs.

    Attributes:
        folder: temporary folder for files; deleted when the benchmark ends.
        threads: number of threads of every program.
        repeats: number of turns.
        data: the tables to measure on.
        watch: called when a program starts and when it ends.
    """

    folder: Path
    threads: int
    repeats: int
    data: Tables
    watch: Watch = lambda label, run: None
    _counter: Iterator[int] = field(default_factory=itertools.count)

    def ours(self, module: str, side: str = "Outcross", **job: Any) -> Program:
        """Return one of our programs, to be run by this interpreter."""
        return Program(side, Path(sys.executable), f"outcross.jobs.bench.ours.{module}", job)

    def peer(self, module: str, side: str, **job: Any) -> Program:
        """Return a program that runs in the peers' environment."""
        return Program(side, peer_python(), f"outcross.jobs.bench.peers.{module}", job)

    def run(self, program: Program, suffix: str = "") -> Run:
        """Run one program; ``suffix`` is appended to its label.

        Raises:
            outcross.jobs.bench.child.ChildFailed: the program ended with an error.
        """
        label = f"{program.side}{suffix}"
        self.watch(label, None)
        run = run_child(program, self.folder / f"{next(self._counter)}", threads=self.threads)
        self.watch(label, run)
        return run

    def alternate(self, *programs: Program, repeats: int | None = None) -> list[tuple[Run, ...]]:
        """Run all programs one after the other, ``repeats`` times: the runs of each turn, in the programs' order."""
        times = repeats or self.repeats
        return [tuple(self.run(program, f" {turn + 1}/{times}") for program in programs) for turn in range(times)]

    def with_watch(self, watch: Watch) -> "Bench":
        """Return a copy that calls another ``watch``."""
        return replace(self, watch=watch)

    def with_threads(self, threads: int) -> "Bench":
        """Return a copy with another number of threads."""
        return replace(self, threads=threads)

    def tables(self) -> dict[str, Any]:
        """Return the part of a job that names the tables' Parquet files; the first call creates the files."""
        return self.data.create(self)


@contextmanager
def open_bench(*, repeats: int, data: Path | None, label: str | None) -> Iterator[Bench]:
    """Create a temporary folder, and pin this process and its programs to a fixed number of cores.

    Raises:
        BadInput: the data does not exist.
    """
    before = os.sched_getaffinity(0)
    cores = sorted(before)[:THREADS]
    with tempfile.TemporaryDirectory(prefix="outcross-bench-") as folder:
        os.sched_setaffinity(
            0, cores
        )  # programs inherit it: libraries that count cores find the same number on both sides
        try:
            yield Bench(Path(folder), len(cores), repeats, Tables.choose(data, label))
        finally:
            os.sched_setaffinity(0, before)
