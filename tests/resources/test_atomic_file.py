"""A file appears whole or not at all, and a new one never in place of another."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import fsspec
import pytest

from outcross.resources.atomic_file import (
    create_file,
    create_folder,
    make_folder,
    move_file,
    open_to_replace,
    replace_file,
    write_output,
)
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


def test_what_the_product_keeps_is_private_and_what_a_user_names_has_the_modes_of_the_users_files(
    tmp_path: Path,
) -> None:
    before = os.umask(0o027)
    try:
        replace_file(tmp_path / "kept" / "replaced", b"row")
        create_file(tmp_path / "kept" / "created", b"row")
        create_folder(tmp_path / "kept" / "mix", [("part", b"row")])
        write_output(tmp_path / "named", b"row")
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    folders, parts = {"kept": 0o700, "mix": 0o700}, {"replaced": 0o600, "created": 0o600, "part": 0o600}
    assert modes == folders | parts | {"named": 0o640}


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


def test_folders_are_made_down_to_the_last_and_one_that_is_there_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_folder(f"{tmp_path}/a/b/")
    make_folder(tmp_path / "a")
    make_folder("/")
    assert (tmp_path / "a" / "b").is_dir()
    monkeypatch.chdir(tmp_path)
    make_folder("here")
    assert (tmp_path / "here").is_dir()


def test_a_file_in_the_place_of_a_folder_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(FileExistsError):
            make_folder(path)


def test_a_folder_that_another_process_makes_meanwhile_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = os.mkdir

    def later(path: str, mode: int) -> None:
        make(path, mode)
        make(path, mode)

    monkeypatch.setattr(os, "mkdir", later)
    make_folder(tmp_path / "a")
    assert (tmp_path / "a").is_dir()


@pytest.mark.parametrize("folder", ["from", "to"])
def test_a_file_moves_in_place_of_another_and_the_folders_of_both_names_are_flushed(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "file").write_bytes(b"new")
    make_folder(tmp_path / folder)
    (tmp_path / folder / "other").write_bytes(b"old")
    flushed: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda number: flushed.append(Path(f"/proc/self/fd/{number}").readlink().name))
    move_file(tmp_path / "from" / "file", tmp_path / folder / "other")
    assert files(tmp_path) == {f"{folder}/other": b"new"}
    assert flushed == list(dict.fromkeys([folder, "from"]))


class Answering(type(fsspec.filesystem("memory"))):  # type: ignore[misc]
    """An object store whose answer is lost, after it has written the file or before."""

    cachable, writes, forgotten = False, True, 0

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite") -> None:
        if self.writes:
            super().pipe_file(path, value)
        raise OSError(110, "timed out")

    def invalidate_cache(self, path: str | None = None) -> None:
        self.forgotten += 1


@pytest.mark.parametrize(("writes", "raised"), [(True, FileExistsError), (False, TimeoutError)])
def test_a_request_whose_answer_was_lost_finds_the_file_or_fails_as_it_failed(
    writes: bool, raised: type[OSError], tmp_path: Path
) -> None:
    lossy = Answering()
    lossy.writes = writes
    with pytest.raises(raised):
        create_file(f"/{tmp_path.name}/file", b"content", lossy)
    assert lossy.forgotten == 1


@pytest.mark.parametrize(("number", "raised"), [(errno.EPERM, BadInput), (errno.EOPNOTSUPP, BadInput)])
def test_a_disk_without_hard_links_is_named_with_its_folder(
    number: int, raised: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: str, target: str) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(raised, match=rf"^{tmp_path} is on a file system without hard links \({os.strerror(number)}\)"):
        create_file(tmp_path / "file", b"content")
    assert files(tmp_path) == {}


def test_another_fault_of_the_disk_is_told_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: str, target: str) -> None:
        raise OSError(errno.ENOSPC, "No space left")

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(OSError, match="No space left"):
        create_file(tmp_path / "file", b"content")


def open_descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def test_descriptors_are_closed_after_every_write(tmp_path: Path) -> None:
    before = open_descriptors()
    for number in range(3):
        replace_file(tmp_path / "file", b"content")
        create_file(tmp_path / f"new-{number}", b"content")
    assert open_descriptors() == before
