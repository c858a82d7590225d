"""Slip faults into the product, one at a time, and see whether the nearest tests notice: ``make mutants``.

Each mutant is written into a copy of the checkout. A child of this process, which has imported what is heavy and
nothing of the product, runs the test files that are nearest to the mutated file until one fails. A test that fails on
a mutant must pass without it, or the mutant is asked again without that test.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.mutants.asking import BROKEN, HEAVY, OUTPUT, Answer, ask, read_answer
from tests.mutants.nearest import Nearest
from tests.mutants.report import Asked, write_report
from tests.mutants.rooms import ROOMS

LINKED = (".venv", ".git")
"""What a copy of the checkout shares with it; the rest that git tracks is copied."""
LEAST_NOTICED = 0.9
"""Share of the mutants that change behaviour."""
LONGEST = 600.0
"""Seconds by the clock after which a child is killed: the mutant hangs."""


@dataclass
class Slot:
    """A copy of the checkout, and the child that asks its tests."""

    top: Path
    mutant: dict[str, Any] | None = None
    child: int = 0
    started: float = 0.0


def copy_checkout(top: Path, folder: Path) -> Path:
    """Copy what git tracks, so that no test misses a file; the links in ``src`` stay links."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=top, stdout=subprocess.PIPE, text=True, check=True).stdout
    for name in [each for each in tracked.split("\0") if each and os.path.lexists(top / each)]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(top / name, folder / name, follow_symlinks=False)
    for each in LINKED:
        if (top / each).exists():
            (folder / each).symlink_to((top / each).resolve())
    return folder


def start(slot: Slot, mutant: dict[str, Any], tests: list[str], *, without: Collection[str], seconds: float) -> None:
    """Write a mutant into a copy, and ask tests in a child."""
    path = slot.top / mutant["file"]
    path.rename(path.with_suffix(".kept"))
    path.write_text(mutant["text"], encoding="utf-8")
    slot.mutant, slot.started = mutant, time.monotonic()
    slot.child = os.fork()
    if not slot.child:
        ask(slot.top, tests, without=without, seconds=seconds)


def end(slot: Slot) -> Answer | None:
    """Return what the tests of a copy said, and put its file back; None while they run."""
    late = time.monotonic() - slot.started > LONGEST
    if late:
        os.killpg(slot.child, signal.SIGKILL)
    child, status = os.waitpid(slot.child, 0 if late else os.WNOHANG)
    if not child:
        return None
    with suppress(ProcessLookupError):
        os.killpg(slot.child, signal.SIGKILL)  # what tests left running
    assert slot.mutant is not None
    path = slot.top / slot.mutant["file"]
    path.with_suffix(".kept").replace(path)
    slot.child = 0
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == BROKEN:
        raise RuntimeError(f"pytest itself failed: {(slot.top / OUTPUT).read_text(encoding='utf-8')[-2000:]}")
    return Answer(noticed_by="(hangs)", seconds=LONGEST) if late else read_answer(slot.top)


def passes_without(top: Path, test: str) -> bool:
    """Whether a test passes on the checkout as it is."""
    child = os.fork()
    if not child:
        ask(top, [test], seconds=LONGEST)
    os.waitpid(child, 0)
    return read_answer(top).noticed_by is None


def judge(
    mutants: list[dict[str, Any]], slots: list[Slot], spare: Path, nearest: dict[str, list[str]], *, seconds: float
) -> Iterator[Asked]:
    """Yield what became of each mutant; ``nearest`` has the test files to ask of each file."""
    passes: dict[str, bool] = {}
    waiting = list(reversed(mutants))
    while waiting or any(slot.child for slot in slots):
        for slot in slots:
            if slot.child and (answer := end(slot)) is not None:
                assert slot.mutant is not None
                test = answer.noticed_by
                if test and "::" in test and test not in passes:
                    passes[test] = passes_without(spare, test)
                if test and not passes.get(test, True):
                    waiting.append(slot.mutant)  # asked again without the test that fails on the product as it is
                else:
                    yield Asked(slot.mutant, nearest[slot.mutant["file"]], answer)
            if not slot.child and waiting:
                mutant = waiting.pop()
                unsound = [test for test, sound in passes.items() if not sound]
                start(slot, mutant, nearest[mutant["file"]], without=unsound, seconds=seconds)
        time.sleep(0.05)


def main() -> None:
    """Ask a sample; exit with 1 if too few mutants are noticed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True, help="Python of the environment that has cosmic-ray")
    parser.add_argument("--count", type=int, default=300, help="mutants to draw")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sample")
    parser.add_argument("--room", choices=ROOMS, action="append", help="only this room; may be repeated")
    parser.add_argument("--nearest", type=int, default=8, help="test files to ask of each mutant")
    parser.add_argument("--seconds", type=float, default=30, help="processor seconds of tests to ask of each mutant")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", type=Path, default=Path("build/mutants.md"), help="the report")
    options = parser.parse_args()
    top = Path(__file__).resolve().parents[2]
    rooms = [word for room in options.room or () for word in ("--room", room)]
    drawing = [
        options.tool,
        "tests/mutants/sample.py",
        "--count",
        str(options.count),
        "--seed",
        str(options.seed),
        *rooms,
    ]
    mutants = json.loads(subprocess.run(drawing, cwd=top, stdout=subprocess.PIPE, text=True, check=True).stdout)
    imports = Nearest(top)
    nearest = {each["file"]: imports.to(each["file"])[: options.nearest] for each in mutants}
    found: list[Asked] = []
    for name in HEAVY:
        import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        copies = [copy_checkout(top, Path(folder) / f"{n}") for n in range(options.workers + 1)]
        slots, spare = [Slot(each) for each in copies[:-1]], copies[-1]
        for asked in judge(mutants, slots, spare, nearest, seconds=options.seconds):
            found.append(asked)
            sys.stdout.write(f"[{len(found)}/{len(mutants)}] {asked}\n")
            sys.stdout.flush()
    score = write_report(found, options.write, least=LEAST_NOTICED)
    sys.stdout.write(options.write.read_text(encoding="utf-8"))
    sys.exit(0 if score >= LEAST_NOTICED else 1)


if __name__ == "__main__":
    main()
