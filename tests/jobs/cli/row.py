"""A row of the tables of the command line: the words, and what becomes of them."""

import hashlib
import json
import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from outcross.jobs.cli.exit_codes import ExitCode
from tests.jobs.cli.in_process import Ran, outcross
from tests.jobs.cli.printed import hold


@dataclass(frozen=True, kw_only=True)
class Row:
    """One way to run a command.

    Attributes:
        words: the words after ``outcross``; ``{name}`` stands for the id of a batch.
        code: the exit code.
        says: what it prints, on standard error if it is a misuse, of which nothing changes.
        keys: the keys of the one JSON object that it prints, if it prints one.
        changes: whether any file is another afterwards.
        environment: variables besides the home.
    """

    words: str
    code: int
    says: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()
    changes: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{' '.join(f'{key}={value}' for key, value in self.environment.items())} {self.words}".strip()


def ok(words: str, *says: str, keys: str = "", changes: bool = False, **environment: str) -> Row:
    """The command succeeds."""
    return _row(ExitCode.SUCCESS, words, says, keys, changes, environment)


def problem(words: str, *says: str, keys: str = "", changes: bool = False, **environment: str) -> Row:
    """The command ends with what it found wrong."""
    return _row(ExitCode.PROBLEM, words, says, keys, changes, environment)


def misuse(words: str, *says: str, **environment: str) -> Row:
    """The command refuses, says why, and changes nothing."""
    assert says, "a refusal has its reason"
    return _row(ExitCode.MISUSE, words, says, "", False, environment)


def _row(
    code: ExitCode, words: str, says: tuple[str, ...], keys: str, changes: bool, environment: Mapping[str, str]
) -> Row:
    return Row(
        words=words,
        code=code,
        says=says,
        keys=frozenset(keys.split()),
        changes=changes,
        environment=environment,
    )


def check(
    row: Row, place: Path, ids: Mapping[str, str] | None = None, *, copy: Path | None = None, where: str = ""
) -> Ran:
    """Run a row's command, and hold it to the row; if it changes anything, in a copy of the place.

    Args:
        row: the command, and what becomes of it.
        place: the folder it runs in.
        ids: name → id of a batch.
        copy: the place is copied to, if anything changes.
        where: what is another way in this place, by which the record knows a command that stands in several tables.
    """
    folder = place
    if row.changes:
        assert copy is not None
        folder = shutil.copytree(place, copy)
    before = contents(folder)
    ran = outcross(folder, *shlex.split(with_ids(row.words, ids or {})), **row.environment)
    assert ran.code == row.code, ran.said
    assert "Traceback" not in ran.err and "\x1b" not in ran.out + ran.err
    shown = " ".join(ran.err.translate(_NO_FRAME).split()) if row.code == ExitCode.MISUSE else ran.said
    for each in row.says:
        assert with_ids(each, ids or {}) in shown, shown
    if row.keys:
        assert frozenset(json.loads(ran.out)) == row.keys
    changed = sorted({path for path, _ in contents(folder).items() ^ before.items()})
    assert bool(changed) == row.changes, changed
    hold(f"{row} {where}".strip(), ran.code, ran.said, folder, ids or {})
    return ran


def with_ids(text: str, ids: Mapping[str, str]) -> str:
    for name, batch in ids.items():
        text = text.replace(f"{{{name}}}", batch)
    return text


_NO_FRAME = str.maketrans("│╭╮╰╯─", "      ")


def contents(folder: Path) -> dict[str, str]:
    """The sha256 of every file, but for those of Dagster's instance and the views of the warehouse.

    Tests that run in another process may look at the same place; what these stage is left out as well.
    """
    found = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if each != "dagster" and not _is_staged_elsewhere(each)]
        for path in (Path(parent, name) for name in names if not name.startswith("warehouse.duckdb")):
            if path.is_file():
                state = path.stat()
                found[str(path.relative_to(folder))] = _digest(path, state.st_ino, state.st_size, state.st_ctime_ns)
    return found


def _is_staged_elsewhere(folder: str) -> bool:
    return folder.startswith("outcross~") and f"~{os.getpid()}-" not in folder


@cache
def _digest(path: Path, *_state: int) -> str:
    """The sha256 of a file in a state: whatever writes to a file changes the time of its change."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
