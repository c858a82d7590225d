"""A disk without space or inodes, a store that may not be written, few open files: one sentence, and nothing half-done.

The disks are small file systems in memory; where the kernel lets nobody mount one, these tests skip.
"""

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from outcross.jobs.cli.exit_codes import ExitCode
from tests.jobs.cli.corpus_place import ids_of
from tests.jobs.cli.in_process import Ran, outcross
from tests.jobs.cli.row import contents

ALL = os.environ.get("OUTCROSS_FAULTS") == "all"
"""`make faults` sets the variable to try each command at many levels."""
COMMANDS = {
    "ingest": "ingest new.parquet --corpus people.yaml --origin real --licence CC0-1.0 --consent survey",
    "release": "quarantine release people.yaml {part} --reason late",
    "reject": "quarantine reject people.yaml {over} --reason late",
    "trim": "trim people.yaml --share 0.05",
    "withdraw": "withdraw people.yaml --batch {clean} --reason late --erase",
    "export": "export people.yaml --format card -o card.md",
    "take": "take people.yaml --to taken",
    "report": "corpus people.yaml --report -o people.html",
    "estimate": "estimate new.parquet --corpus people.yaml",
    "sql": "sql 'select count(*) as n from corpus_people.rows'",
    "audit": "audit people.yaml",
    "corpus": "corpus people.yaml",
}
LOOKING = ("sql", "audit", "corpus")
"""Commands that write nothing anywhere."""
SPACE = dict.fromkeys(COMMANDS, (0, 8, 24, 40, 120)) if ALL else {"ingest": (8,), "take": (4,), "export": (0,)}
"""Command → the KiB that the disk has left."""
INODES = dict.fromkeys(COMMANDS, (0, 1, 3, 6, 12)) if ALL else {"release": (1,)}
"""Command → the inodes that it has left."""
FILES = range(1, 26, 3) if ALL else (1,)
"""How many more files the process may open."""


class Disk:
    """A small disk with a copy of a place."""

    def __init__(self, path: Path, place: Path) -> None:
        self._path, self.folder = path, path / "place"
        shutil.copytree(place, self.folder)
        self._ids = dict(ids_of(place))
        self.limit("nr_inodes=10000")

    def run(self, name: str) -> Ran:
        import shlex

        return outcross(self.folder, *shlex.split(COMMANDS[name].format(**self._ids)))

    def limit(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", str(self._path)], check=True)

    def fill(self, left: int) -> Callable[[], None]:
        """Leave so many bytes, and return what frees the others."""
        state = os.statvfs(self._path)
        filling = self._path / "filling"
        filling.write_bytes(bytes(max(0, state.f_bavail * state.f_frsize - left)))
        return filling.unlink

    def take_inodes(self, left: int) -> Callable[[], None]:
        """Leave so many inodes, and return what frees the others."""
        state = os.statvfs(self._path)
        self.limit(f"nr_inodes={state.f_files - state.f_favail + left}")
        return lambda: self.limit("nr_inodes=10000")


@pytest.fixture
def disk(people_place: Path, tmp_path: Path) -> Iterator[Disk]:
    (tmp_path / "disk").mkdir()
    made = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(tmp_path / "disk")]
    try:
        mounted = subprocess.run(made, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no file system can be mounted here ({error})")
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here ({mounted.stderr.strip()})")
    try:
        yield Disk(tmp_path / "disk", people_place)
    finally:
        subprocess.run(["umount", str(tmp_path / "disk")], check=True)


def expect_told_and_carried_on(disk: Disk, name: str, free: Callable[[], None]) -> None:
    """Run a command on a disk that is full, free it, and run the command again where it gave up."""
    before = {path for path in disk.folder.rglob("*") if path.is_file()}
    ran = disk.run(name)
    free()
    assert ALL or ran.code != ExitCode.SUCCESS
    new = {path for path in disk.folder.rglob("*") if path.is_file()} - before
    assert not [path for path in new if path.name.endswith(".partial") or path.stat().st_size == 0]
    if name in LOOKING:
        assert ran.code == ExitCode.SUCCESS, ran.said
    if ran.code != ExitCode.SUCCESS:
        assert ran.code == ExitCode.PROBLEM and "no space is left on the disk" in ran.err, ran.said
        assert ran.err.count("\n") == 1 and "Traceback" not in ran.err
        assert not [path for path in new if disk.folder in (path.parent, path.parent.parent)], "no output is left"
    assert disk.run("audit").code == ExitCode.SUCCESS
    if ran.code != ExitCode.SUCCESS:
        assert disk.run(name).code == ExitCode.SUCCESS


@pytest.mark.parametrize(("name", "left"), [(name, left) for name, levels in SPACE.items() for left in levels])
def test_a_full_disk_is_told_leaves_nothing_half_written_and_the_command_carries_on(
    disk: Disk, name: str, left: int
) -> None:
    expect_told_and_carried_on(disk, name, disk.fill(left * 1024))


@pytest.mark.parametrize(("name", "left"), [(name, left) for name, levels in INODES.items() for left in levels])
def test_so_is_a_disk_without_inodes(disk: Disk, name: str, left: int) -> None:
    expect_told_and_carried_on(disk, name, disk.take_inodes(left))


@pytest.mark.parametrize("name", COMMANDS if ALL else ["sql", "ingest", "export"])
def test_a_store_that_may_not_be_written_is_looked_at_and_whatever_writes_says_so(disk: Disk, name: str) -> None:
    disk.limit("ro")
    ran = disk.run(name)
    if name in LOOKING:
        assert ran.code == ExitCode.SUCCESS, ran.said
    else:
        assert ran.code in {ExitCode.PROBLEM, ExitCode.MISUSE} and "cannot be written" in ran.err, ran.said
        assert ran.err.count("\n") == 1 and "Traceback" not in ran.err
    disk.limit("rw")
    assert disk.run(name).code == ExitCode.SUCCESS


@contextmanager
def few_files(more: int) -> Iterator[None]:
    """Let this process open so many more files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    filling = [os.open(os.devnull, os.O_RDONLY)]
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))  # noqa: PTH208 - of a process
    while filling[-1] < highest:  # numbers that are free below the highest would be given first
        filling.append(os.open(os.devnull, os.O_RDONLY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (filling[-1] + 1 + more, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for each in filling:
            os.close(each)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not list the open files of a process")
@pytest.mark.parametrize("name", COMMANDS if ALL else ["ingest"])
@pytest.mark.parametrize("more", FILES)
def test_too_few_open_files_are_told_and_the_store_stays_whole(
    people_place: Path, tmp_path: Path, name: str, more: int
) -> None:
    import shlex

    place = shutil.copytree(people_place, tmp_path / "place")
    words = shlex.split(COMMANDS[name].format(**ids_of(place)))
    before = contents(place / "home/data")
    with few_files(more):
        ran = outcross(place, *words)
    assert ALL or ran.code != ExitCode.SUCCESS
    if ran.code != ExitCode.SUCCESS:
        assert ran.code == ExitCode.PROBLEM and "raise the limit" in ran.err and "ulimit -n" in ran.err, ran.said
        assert "Traceback" not in ran.err
        assert name == "withdraw" or contents(place / "home/data").items() >= before.items()
        assert outcross(place, "audit", "people.yaml").code == ExitCode.SUCCESS
        assert outcross(place, *words).code == ExitCode.SUCCESS
