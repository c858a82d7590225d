"""What each command of the tables prints, in full, for a file that a release is held against.

Paths, batches, digests, times and durations are left out of it. ``make snapshot`` writes ``printed.txt`` again after an
intended change: it runs the tables with ``OUTCROSS_PRINTED`` naming a folder, and joins what they leave there.
"""

import os
import re
import sys
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.recorded_numbers import moved
from tests.recorded_pages import of_text

RECORDED = Path(__file__).with_name("printed.txt")
RECORDING = "OUTCROSS_PRINTED"
"""Environment variable: the folder in which what is printed is left, rather than held against the record."""
_COMMAND = "$ outcross "
_UNITS = "processor second|second|minute|hour|day|s|ms|min|[kMG]?B|byte|[kMG]iB"
_PASSING = [
    (re.compile(r"\bpython -m pytest[.]outcross\b"), "outcross"),
    (re.compile(r'"processor": "[^}]*\}'), "MACHINE}"),
    (re.compile(rf"\b{datetime.now(UTC):%Y-%m-%d}\b(?![T ]\d)"), "TODAY"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00| UTC)?"), "WHEN"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "ID"),
    (re.compile(r"(?<![\d.])\b(?=[0-9a-f]*\d)[0-9a-f]{8,64}\b(?!\.\d)"), "DIGEST"),
    (re.compile(r"\b\d+:\d\d:\d\d\b"), "AMOUNT"),
    (re.compile(r'(?<=seconds": )[\d.]+'), "AMOUNT"),
    (re.compile(rf"\b((about|less than) )?(an?|one|[\d.,]+) ({_UNITS})s?( \d+ ({_UNITS})s?)?\b"), "AMOUNT"),
]
_FRAME = re.compile("[\u2500-\u257f]")
"""Lines that boxes and tables are drawn with."""
_WIDTH = 160


def hold(command: str, code: int, printed: str, folder: Path, ids: Mapping[str, str]) -> None:
    """Hold what a command printed against the record; where one is being made, leave it there.

    Args:
        command: its row.
        code: its exit code; the record knows a row by both.
        printed: standard output and standard error.
        folder: in which it ran.
        ids: name → id of a batch.
    """
    row, said = f"{known_as(command)} → {code}", _without_passing(printed, folder, ids)
    if to := os.environ.get(RECORDING):
        _leave(Path(to, sha256(row.encode()).hexdigest()), row, said)
        return
    before = recorded().get(row)
    assert before is not None, f"what 'outcross {command}' prints is not recorded: run 'make snapshot'"
    changed = moved(of_text([said]), of_text([before]))
    assert not changed, f"printed:\n{said}\nrecorded:\n{before}\nif this is intended, run 'make snapshot'"


def known_as(command: str) -> str:
    """Return what the record knows a row by, on whatever machine it was made."""
    return command.replace(sys.executable, "PYTHON")


def _leave(path: Path, row: str, said: str) -> None:
    filled = textwrap.fill(said, _WIDTH, break_long_words=False, break_on_hyphens=False)
    section = f"{_COMMAND}{row}\n{filled}\n\n"
    assert not path.exists() or path.read_text(encoding="utf-8") == section, f"two rows are '{row}'"
    path.write_text(section, encoding="utf-8")


def _without_passing(printed: str, folder: Path, ids: Mapping[str, str]) -> str:
    text = " ".join(_FRAME.sub(" ", printed).split())
    for place, word in ((folder, "HERE"), (folder.parents[1], "BASE"), (sys.executable, "PYTHON")):
        text = text.replace(str(place), word)
    for name, batch in ids.items():
        text = text.replace(batch, f"{{{name}}}")
    for pattern, word in _PASSING:
        text = pattern.sub(word, text)
    return text


@cache
def recorded() -> dict[str, str]:
    """Return row and exit code, as :func:`hold` writes them → what was printed."""
    sections = RECORDED.read_text(encoding="utf-8").split(_COMMAND)[1:]
    return {command: " ".join(said.split()) for command, _, said in (each.partition("\n") for each in sections)}


def record() -> int:
    """Run the tables and write what they print; return the status of pytest, and write nothing where it is not 0."""
    import pytest

    tables = sorted(
        str(path) for path in RECORDED.parent.glob("test_*.py") if "import Row, check" in path.read_text("utf-8")
    )
    with TemporaryDirectory() as folder:
        os.environ[RECORDING] = folder
        status = int(pytest.main(["-q", "-n", "auto", *tables]))
        if not status:
            found = sorted(path.read_text(encoding="utf-8") for path in Path(folder).iterdir())
            RECORDED.write_text("".join(found), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(record())
