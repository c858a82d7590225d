"""A file appears whole or not at all, and a new one never in place of another."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import fsspec
import pytest

from outcross.resources.atomic_file import create_file, open_to_replace, replace_file
from outcross.resources.errors import BadInput


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=["disk", "disk through fsspec", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Any]:
    """A path and its file system."""
    if request.param == "memory":
        return f"/{tmp_path.name}/below/file", fsspec.filesystem("memory")
    return str(tmp_path / "below" / "file"), fsspec.filesystem("file") if "fsspec" in request.param else None


def content(place: tuple[str, Any]) -> bytes:
    path, filesystem = place
    return Path(path).read_bytes() if filesystem is None else filesystem.cat_file(path)


def test_a_file_is_replaced_whole(place: tuple[str, Any]) -> None:
    path, filesystem = place
    replace_file(path, b"first", filesystem)
    replace_file(path, b"second", filesystem)
    assert content(place) == b"second"


def test_a_file_written_piece_by_piece_is_there_once_the_block_ends(place: tuple[str, Any]) -> None:
    path, filesystem = place
    replace_file(path, b"earlier", filesystem)
    with open_to_replace(path, filesystem) as file:
        file.write(b"one ")
        assert content(place) == b"earlier"
        file.write(b"two")
    assert content(place) == b"one two"


def test_a_new_file_does_not_replace_another(place: tuple[str, Any]) -> None:
    path, filesystem = place
    create_file(path, b"first", filesystem)
    with pytest.raises(FileExistsError):
        create_file(path, b"second", filesystem)
    assert content(place) == b"first"


def test_a_name_alone_is_a_file_of_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    replace_file("file", b"content")
    create_file("other", b"content")
    assert files(tmp_path) == {"file": b"content", "other": b"content"}


def test_a_block_that_fails_leaves_the_earlier_file_and_no_remnant(tmp_path: Path) -> None:
    replace_file(tmp_path / "file", b"earlier")
    with pytest.raises(RuntimeError, match="stop"), open_to_replace(tmp_path / "file") as file:
        file.write(b"half")
        raise RuntimeError("stop")
    assert files(tmp_path) == {"file": b"earlier"}


def test_the_file_and_its_folder_are_brought_to_disk_before_the_call_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    flush = os.fsync

    def record(descriptor: int) -> None:
        flushed.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    for write in (replace_file, create_file):
        flushed.clear()
        write(tmp_path / write.__name__, b"content")
        file, folder = flushed
        assert file.endswith(".partial")
        assert folder == str(tmp_path)


def test_a_file_system_that_cannot_refuse_a_name_is_named(tmp_path: Path) -> None:
    class Overwriting(type(fsspec.filesystem("memory"))):  # type: ignore[misc]
        """A file system of fsspec from before ``mode``."""

        def pipe_file(self, path: str, value: bytes) -> None:
            super().pipe_file(path, value)

    with pytest.raises(BadInput, match=r"memory://.*cannot refuse a file that is there already.*local disk or on S3"):
        create_file(f"/{tmp_path.name}/file", b"content", Overwriting())


_WRITER = """
import sys
from outcross.resources.atomic_file import create_file, replace_file
content = b"x" * 4_000_000
print("ready", flush=True)
for number in range(10**9):
    create_file(f"{sys.argv[1]}/new-{sys.argv[2]}-{number}", content)
    replace_file(f"{sys.argv[1]}/same", content)
"""


def test_a_killed_writer_leaves_whole_files_and_at_most_a_hidden_remnant(tmp_path: Path) -> None:
    for turn in range(3):
        command = [sys.executable, "-P", "-c", _WRITER, str(tmp_path), str(turn)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        while not (tmp_path / f"new-{turn}-1").exists():
            os.sched_yield()
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    found = list(tmp_path.iterdir())
    remnants = [path for path in found if path.name.startswith(".") and path.name.endswith(".partial")]
    assert {path.stat().st_size for path in found if path not in remnants} == {4_000_000}
