"""Where rows are measured: the data, the interpreters, and programs that take turns in fresh processes."""

import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from outcross.jobs.bench.child import Program, Ran, run_child
from outcross.jobs.bench.peer_environment import peer_python
from outcross.jobs.bench.tables import Tables

THREADS = 2
"""Threads of every program on either side, where the machine has as many cores."""

Watch = Callable[[str, Ran | None], None]
"""Told what is about to run (None), and then what it took."""


@dataclass(frozen=True)
class Bench:
    """What a row needs to run its programs.

    Attributes:
        folder: for files, which goes when the benchmark ends.
        threads: of every program.
        repeats: turns.
        wanted: the data to measure on.
        watch: told of every program.
    """

    folder: Path
    threads: int
    repeats: int
    wanted: Tables
    watch: Watch = lambda label, ran: None
    _counter: Iterator[int] = field(default_factory=itertools.count)

    def ours(self, module: str, side: str = "Outcross", **job: Any) -> Program:
        """Name a program of ours, run by this interpreter."""
        return Program(side, Path(sys.executable), f"outcross.jobs.bench.ours.{module}", job)

    def peer(self, module: str, side: str, **job: Any) -> Program:
        """Name a program that runs in the peers' environment."""
        return Program(side, peer_python(), f"outcross.jobs.bench.peers.{module}", job)

    def run(self, program: Program, told: str = "") -> Ran:
        """Run one program.

        Raises:
            outcross.jobs.bench.child.ChildFailed: it ended with an error.
        """
        label = f"{program.side}{told}"
        self.watch(label, None)
        ran = run_child(program, self.folder / f"{next(self._counter)}", threads=self.threads)
        self.watch(label, ran)
        return ran

    def alternate(self, *programs: Program, repeats: int | None = None) -> list[tuple[Ran, ...]]:
        """Run the programs one after the other, and again: a turn has what each of them took."""
        times = repeats or self.repeats
        return [tuple(self.run(program, f" {turn + 1}/{times}") for program in programs) for turn in range(times)]

    def watched(self, watch: Watch) -> "Bench":
        """The same, telling another of its programs."""
        return replace(self, watch=watch)

    def with_threads(self, threads: int) -> "Bench":
        """The same with another number of threads for its programs."""
        return replace(self, threads=threads)

    def tables(self) -> dict[str, Any]:
        """Return the job's part that names the tables, as Parquet files; they are made when first asked for."""
        return self.wanted.made(self)


@contextmanager
def open_bench(*, repeats: int, data: Path | None, label: str | None) -> Iterator[Bench]:
    """Make a folder, and hold this process and the programs to a fixed number of cores.

    Raises:
        BadInput: the data is not there.
    """
    before = os.sched_getaffinity(0)
    cores = sorted(before)[:THREADS]
    with tempfile.TemporaryDirectory(prefix="outcross-bench-") as folder:
        os.sched_setaffinity(0, cores)  # programs inherit it: libraries that count cores find as many on both sides
        try:
            yield Bench(Path(folder), len(cores), repeats, Tables.choose(data, label))
        finally:
            os.sched_setaffinity(0, before)
