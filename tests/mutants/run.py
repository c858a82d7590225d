"""Slip faults into the product, one at a time, and see whether the nearest tests notice: ``make mutants``.

Each mutant is written into a copy of the checkout. A child of this process, which has imported what is heavy and
nothing of the product, runs the test files that are nearest to the mutated place until a test fails; see
:mod:`tests.mutants.judging`.
"""

import argparse
import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.mutants.asking import HEAVY
from tests.mutants.judging import Slot, judge
from tests.mutants.nearest import Nearest
from tests.mutants.report import Asked, write_report
from tests.mutants.rooms import ROOMS

LINKED = (".venv", ".git")
"""What a copy of the checkout shares with it; the rest that git tracks is copied."""
LEAST_NOTICED = 0.9
"""Share of the mutants that change behaviour."""


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

    def nearest(mutant: dict[str, Any]) -> list[str]:
        return imports.to(mutant["file"], mutant["definition"])[: options.nearest]

    told: set[int] = set()

    def tell(asked: Asked) -> None:
        told.add(id(asked.mutant))
        sys.stdout.write(f"[{len(told)}/{len(mutants)}] {asked}\n")
        sys.stdout.flush()

    for name in HEAVY:
        import_module(name)
    gc.freeze()  # no child looks through it for cycles
    with tempfile.TemporaryDirectory() as folder:
        slots = [Slot(copy_checkout(top, Path(folder) / f"{n}")) for n in range(options.workers)]
        found = judge(mutants, slots, nearest, imports.starts_commands, seconds=options.seconds, tell=tell)
    score = write_report(found, options.write, least=LEAST_NOTICED)
    sys.stdout.write(options.write.read_text(encoding="utf-8"))
    sys.exit(0 if score >= LEAST_NOTICED else 1)


if __name__ == "__main__":
    main()
