"""What becomes of mutants: each is written into a copy of the checkout, and a child of this process asks its tests.

A test that fails on a mutant must pass without it, or the mutant is asked again without that test. The tests that
failed are tried together once all mutants are asked, so that what they import and share is made once.
"""

import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from tests.mutants.asking import BROKEN, OUTPUT, Answer, ask, read_answer
from tests.mutants.report import Asked

LONGEST = 600.0
"""Seconds by the clock after which a child is killed: the mutant hangs."""
UNKNOWN = 1.0
"""Processor seconds that a test file is thought to take until it has been run."""
TOGETHER = 12
"""Test files that a child asks about the product as it is."""


@dataclass(kw_only=True)
class Task:
    """Test files to ask about a mutant, or about the product as it is; ``ask`` has the arguments."""

    files: list[str]
    seconds: float
    mutant: dict[str, Any] | None = None
    without: Collection[str] = ()
    only: Collection[str] = ()
    commands: bool


@dataclass
class Slot:
    """A copy of the checkout, and the child that asks its tests."""

    top: Path
    task: Task | None = None
    child: int = 0
    started: float = 0.0

    def start(self, task: Task) -> None:
        """Write the mutant into the copy, and ask tests in a child."""
        if task.mutant is not None:
            path = self.top / task.mutant["file"]
            path.rename(path.with_suffix(".kept"))
            path.write_text(task.mutant["text"], encoding="utf-8")
        self.task, self.started = task, time.monotonic()
        self.child = os.fork()
        if not self.child:
            try:
                chosen = {"without": task.without, "only": task.only, "commands": task.commands}
                ask(self.top, task.files, **chosen, seconds=task.seconds)
            finally:  # neither it nor what it forks comes back into the code of this process
                os._exit(BROKEN)

    def end(self) -> Answer | None:
        """Return what the tests said, and put the file back; None while they run."""
        late = time.monotonic() - self.started > LONGEST
        if late:
            os.killpg(self.child, signal.SIGKILL)
        child, status = os.waitpid(self.child, 0 if late else os.WNOHANG)
        if not child:
            return None
        with suppress(ProcessLookupError):
            os.killpg(self.child, signal.SIGKILL)  # what tests left running
        assert self.task is not None
        if self.task.mutant is not None:
            self._put_back(self.top / self.task.mutant["file"])
        self.child = 0
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == BROKEN:
            raise RuntimeError(f"pytest itself failed: {(self.top / OUTPUT).read_text(encoding='utf-8')[-2000:]}")
        return Answer(failed=["(hangs)"], seconds=LONGEST) if late else read_answer(self.top)

    @staticmethod
    def _put_back(path: Path) -> None:
        """Remove the mutant, and its bytecode: the next one may be as long and as old to the second."""
        path.with_suffix(".kept").replace(path)
        Path(cache_from_source(str(path))).unlink(missing_ok=True)


def run_tasks(slots: Sequence[Slot], tasks: Iterator[Task]) -> Iterator[tuple[Task, Answer]]:
    """Yield each task and its answer as they end; a task is taken when a copy is free for it."""
    more = True
    while more or any(slot.child for slot in slots):
        for slot in slots:
            if slot.child and (answer := slot.end()) is not None:
                assert slot.task is not None
                yield slot.task, answer
            if not slot.child and more and (task := next(tasks, None)) is not None:
                slot.start(task)
            elif not slot.child:
                more = False
        time.sleep(0.02)


def judge(
    mutants: Sequence[dict[str, Any]],
    slots: Sequence[Slot],
    nearest: Callable[[dict[str, Any]], list[str]],
    starts_commands: Callable[[str], bool],
    *,
    seconds: float,
    tell: Callable[[Asked], None],
) -> list[Asked]:
    """Return what became of mutants.

    Args:
        mutants: to ask about.
        slots: copies of the checkout.
        nearest: mutant → the test files to ask, the nearest first.
        starts_commands: test file → whether its tests may start commands.
        seconds: processor time after which no further test begins.
        tell: is told of each answer as it comes; one that is asked again is told again.
    """
    takes: dict[str, float] = {}
    sound, unsound = set[str](), set[str]()
    found: list[Asked] = []
    waiting = list(mutants)

    def tasks() -> Iterator[Task]:
        for mutant in waiting:
            files = cheapest_first(nearest(mutant), takes)
            commands = any(map(starts_commands, files))
            yield Task(files=files, mutant=mutant, without=unsound, commands=commands, seconds=seconds)

    while waiting:
        for task, answer in run_tasks(slots, tasks()):
            assert task.mutant is not None
            takes |= {file: max(spent, takes.get(file, 0.0)) for file, spent in answer.takes.items()}
            found.append(Asked(task.mutant, task.files, answer))
            tell(found[-1])
        new = {test for each in found for test in each.answer.failed if "::" in test} - sound
        failing = fail_without(slots, new, starts_commands)
        sound, unsound = sound | (new - failing), unsound | failing
        again = [each for each in found if failing.intersection(each.answer.failed)]
        waiting = [each.mutant for each in again]
        found = [each for each in found if each not in again]
    return found


def cheapest_first(nearest: Sequence[str], takes: dict[str, float]) -> list[str]:
    """Order test files by what they take, the nearer ones counting less.

    Args:
        nearest: test files, the nearest first.
        takes: test file → processor seconds, where they are known.
    """
    places = {file: place for place, file in enumerate(nearest, 1)}
    return sorted(nearest, key=lambda file: places[file] * takes.get(file, UNKNOWN))


def fail_without(slots: Sequence[Slot], tests: Collection[str], starts_commands: Callable[[str], bool]) -> set[str]:
    """Return the tests that fail, or end the process, on the product as it is."""
    by_file = defaultdict[str, set[str]](set)
    for test in tests:
        by_file[test.partition("::")[0]].add(test)
    files = sorted(by_file)
    parts = [files[start : start + TOGETHER] for start in range(0, len(files), TOGETHER)]
    tasks = (
        Task(
            files=part,
            only=set().union(*(by_file[file] for file in part)),
            commands=any(map(starts_commands, part)),
            seconds=LONGEST,
        )
        for part in parts
    )
    failing: set[str] = set()
    for task, answer in run_tasks(slots, tasks):
        own = set(task.only)
        failing |= own if set(answer.failed) - own else set(answer.failed)
    return failing
