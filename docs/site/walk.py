"""Walk the tutorial as a newcomer would: write its files, run its commands in an empty folder, compare what they print.

``python -m docs.site.walk`` fails at the first command that ends otherwise than the page says, or does not print a line
that the page shows. A line ``exit N`` after a command is its exit code, if that is not 0.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

PAGES = [Path(__file__).parents[1] / "tutorial" / f"{name}.md" for name in ("first-study", "first-guard")]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"exit (\d+)")


@dataclass
class Step:
    """A command of a page, what the page shows of its output, and its exit code."""

    command: str
    shown: list[str] = field(default_factory=list)
    code: int = 0


def steps(page: str) -> Iterator[Step | tuple[str, str]]:
    """Return what a page has the reader do, in order: commands, and files with their names and contents."""
    for language, block in _BLOCK.findall(page):
        if language == "console":
            yield from _commands(block)
        elif found := re.match(r"# (\S+)\n", block):
            yield found[1], block


def _commands(block: str) -> Iterator[Step]:
    step: Step | None = None
    for line in block.splitlines():
        if line.startswith("$ "):
            if step is not None:
                yield step
            step = Step(line.removeprefix("$ "))
        elif step is not None and (code := _EXIT.fullmatch(line)):
            step.code = int(code[1])
        elif step is not None and line.strip():
            step.shown.append(line)
    if step is not None:
        yield step


def environment() -> dict[str, str]:
    """Return the environment of a newcomer's commands: those of this environment come first, and the screen is wide."""
    own = Path(sys.executable).parent
    known = os.environ | {"PATH": f"{own}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "200", "NO_COLOR": "1"}
    known.pop("OUTCROSS_HOME", None)
    return known


def walk(folder: Path) -> int:
    """Do what the pages say in a folder; return how many commands ran.

    Raises:
        SystemExit: a command ended or printed otherwise than its page says.
    """
    done = 0
    for page in PAGES:
        for step in steps(page.read_text(encoding="utf-8")):
            if isinstance(step, tuple):
                (folder / step[0]).write_text(step[1], encoding="utf-8")
                continue
            print(f"$ {step.command}", flush=True)  # noqa: T201 - this is a program
            ran = subprocess.run(  # noqa: S603 - the commands of our own pages
                shlex.split(step.command), cwd=folder, env=environment(), capture_output=True, text=True, check=False
            )
            said = " ".join((ran.stdout + ran.stderr).split())
            missing = [line for line in step.shown if " ".join(line.split()) not in said]
            if ran.returncode != step.code or missing:
                sys.exit(
                    f"{page.name}: '{step.command}' ended with {ran.returncode}, where the page says {step.code}"
                    + "".join(f"\nit did not print: {line}" for line in missing)
                    + f"\nit printed:\n{ran.stdout}{ran.stderr}"
                )
            done += 1
    return done


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        print(f"{walk(Path(place))} commands of the tutorial did what it says")  # noqa: T201
