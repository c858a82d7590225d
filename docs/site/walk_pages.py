"""Walk the how-to pages of custody: write their files, run every command, every query and every block of the UI.

``python -m docs.site.walk_pages``, with names of pages for these alone, fails at the first command that is misused or
fails, and at the first run of the UI that does. Lines that a page shows have to be printed, but for tables, and for
what stands in their place as "…".
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from docs.site.survey import begin_survey, move_survey
from docs.site.walk import environment

PAGES = {name: Path(__file__).parents[1] / f"how-to-{name}.md" for name in ("withdraw", "marks", "renew", "state")}
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$|^## ([^\n]*)$", re.MULTILINE | re.DOTALL)
_RUN_OF_UI = re.compile(r"^ops:\n {2}(\w+?)__(\w+):", re.MULTILINE)
_MAY_END_WITH = (0, 1)
"""Exit codes of commands that these pages show: done, or rows were held or found."""
_PREPARED: dict[str, Callable[[Path], None]] = {
    "renew/One change: a level, a unit, a range, a column that is gone": begin_survey,
    "renew/The whole population: another anchor": move_survey,
}
"""What lies there before a section of a page is walked; the state's page goes on with the corpus of the renewal."""


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """Yield language and content of each block of a page, and ``heading`` with the text of each heading."""
    for language, block, heading in _BLOCK.findall(page):
        yield ("heading", heading) if heading else (language, block)


def queries(page: str) -> Iterator[str]:
    """Yield the queries that a page asks by ``outcross sql``."""
    for language, block in blocks(page):
        if language in ("bash", "console"):
            for found in re.finditer(r'outcross sql "((?:[^"\\]|\\.)*)"', block):
                yield found[1].replace('\\"', '"')


def runs_of_ui(page: str) -> Iterator[tuple[str, str, str]]:
    """Yield corpus, asset and configuration of each block for the launchpad."""
    for language, block in blocks(page):
        if language == "yaml" and (found := _RUN_OF_UI.search(block)):
            yield found[1], found[2], block


def walk(folder: Path, chosen: Sequence[str] = ()) -> int:
    """Do what pages say in a folder, all of them if none is chosen; return how many commands and runs there were.

    Raises:
        SystemExit: one ended or printed otherwise than its page says.
    """
    done = 0
    for name, path in PAGES.items():
        if chosen and name not in chosen:
            continue
        own = folder / ("renew" if name == "state" else name)
        own.mkdir(exist_ok=True)
        said = ""
        for language, block in blocks(path.read_text(encoding="utf-8")):
            if language == "heading":
                _PREPARED.get(f"{name}/{block}", lambda _: None)(own)
            elif found := re.match(r"# (\S+)\n", block):
                (own / found[1]).write_text(block, encoding="utf-8")
            elif language == "yaml" and re.match(r"corpus: (\w+)\n", block):
                (own / f"{block.split()[1]}.yaml").write_text(block, encoding="utf-8")
            elif language == "yaml" and (ui := _RUN_OF_UI.search(block)):
                said = _run(own, path.name, f"the run of {ui[1]}/{ui[2]}", _in_the_ui(ui[1], block))
                done += 1
            elif language in ("bash", "console"):
                lines = block.splitlines()
                commands = [line.removeprefix("$ ") for line in lines if language == "bash" or line.startswith("$ ")]
                commands = commands or [line for line in lines if line.startswith("outcross ")]
                said = "".join(_run(own, path.name, each, ["bash", "-c", each]) for each in commands if each)
                shown = [line for line in lines if line not in (*commands, *(f"$ {each}" for each in commands))]
                _check_shown(path.name, shown if name != "renew" else [], said)
                done += len(commands)
            elif not language:
                _check_shown(path.name, block.splitlines(), said)
    return done


def _in_the_ui(corpus: str, block: str) -> list[str]:
    return [sys.executable, "-W", "ignore", "-m", "docs.site.run_in_ui", corpus, block]


def _run(folder: Path, page: str, called: str, command: list[str]) -> str:
    print(f"$ {called}", flush=True)  # noqa: T201 - this is a program
    ran = subprocess.run(  # noqa: S603 - the commands of our own pages
        command, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    if ran.returncode not in _MAY_END_WITH or "Traceback" in ran.stderr:
        sys.exit(f"{page}: '{called}' ended with {ran.returncode} and printed:\n{ran.stdout}{ran.stderr}")
    return ran.stdout + ran.stderr


def _check_shown(page: str, shown: list[str], said: str) -> None:
    """Look for what a page shows in what was printed, piece by piece."""
    printed = " ".join(said.split())
    for line in shown:
        if not line.strip() or line.lstrip()[0] in "┃┏┡│└":
            continue
        for piece in re.split(r"…|\.\.\.", " ".join(line.split())):
            if piece.strip(" ()") not in printed:
                sys.exit(f"{page}: it was not printed: {piece}\nit was:\n{said}")


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        print(f"{walk(Path(place), sys.argv[1:])} commands and runs of the how-to pages did what they say")  # noqa: T201
