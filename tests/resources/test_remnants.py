"""What killed writers left is removed by a later one, whatever it writes, and what is being written never is."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from outcross.resources import atomic_file
from outcross.resources.atomic_file import create_folder, open_to_replace
from outcross.resources.remnants import temporary_folder

KILLED = """
import os, signal, sys
from outcross.resources.atomic_file import create_folder, open_to_replace
for write in (1, 2):
    if os.fork():
        os.wait()
    elif write == 1:
        with open_to_replace(sys.argv[1] + "/part") as file:
            file.write(b"row")
            file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    else:
        kill = {"a/b": 0, "c": signal.SIGKILL}
        create_folder(sys.argv[1] + "/mix", ((name, os.kill(os.getpid(), kill[name]) or b"row") for name in kill))
"""
"""A writer of a file and one of a folder, each killed half-way."""


@pytest.mark.parametrize("write", ["replace_file", "write_output", "create_folder"])
def test_a_later_writer_removes_what_killed_ones_left_and_nothing_that_is_being_written(
    tmp_path: Path, write: str
) -> None:
    def write_again(name: str) -> None:
        if write == "create_folder":
            create_folder(tmp_path / name, [("row", b"1")])
        else:
            getattr(atomic_file, write)(tmp_path / name, b"1")

    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=True)
    remnants = sorted(tmp_path.iterdir(), key=Path.is_dir)
    assert [each.is_dir() for each in remnants] == [False, True]
    assert remnants[0].read_bytes() == (remnants[1] / "a" / "b").read_bytes() == b"row"
    write_again("first")
    assert all(each.exists() for each in remnants), "they might be of writers that have not locked them yet"
    before = time.time() - 4000
    notes = tmp_path / ".notes.partial"
    notes.mkdir()
    for each in (*remnants, remnants[1] / "a", notes):
        os.utime(each, (before, before))

    def content() -> Iterator[tuple[str, bytes]]:
        yield "a", b"whole"
        lasting = set(tmp_path.glob(".*.partial")) - {notes}
        assert len(lasting) == 2 and not lasting & {*remnants}, "the slow writers have removed the remnants"
        for each in lasting:
            os.utime(each, (before, before))
        write_again("second")
        assert all(each.exists() for each in lasting)

    with open_to_replace(tmp_path / "slow") as file:
        create_folder(tmp_path / "slower", content())
        file.write(b"whole")
    assert {each.name for each in tmp_path.iterdir()} == {"first", "second", "slow", "slower", notes.name}


def test_a_temporary_folder_goes_with_its_block_and_one_of_a_killed_process_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed, other = tmp_path / "outcross-ui-abcd1234", tmp_path / "outcross-ui-of-mine"
    for folder in (killed, other):
        folder.mkdir()
        (folder / "code").touch()
        os.utime(folder, (0, 0))
    with temporary_folder("outcross-ui-") as mine:
        os.utime(mine, (0, 0))
        with temporary_folder("outcross-ui-"):
            assert mine.exists() and not killed.exists()
    assert list(tmp_path.iterdir()) == [other]
