"""A full disk, a locked folder, too many open files: one sentence with the remedy, and nothing half-written."""

import errno
import os
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from outcross.jobs.cli.exit_codes import ExitCode
from outcross.resources.atomic_file import write_output
from outcross.resources.system_faults import fault_of_message, system_fault
from tests.jobs.cli.in_process import outcross


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "x", "/data/a"), "/data/a: no space is left"),
        (OSError(errno.EDQUOT, "x"), "no space is left"),
        (OSError(errno.EROFS, "x"), "cannot be written"),
        (OSError(errno.EMFILE, "x"), "too many files are open; raise the limit (ulimit -n)"),
        (sqlite3.OperationalError("database or disk is full"), "no space is left"),
        (sqlite3.OperationalError("disk I/O error"), "the disk refuses to be written"),
        (OSError(errno.ENOENT, "x"), None),
        (ValueError("database or disk is full"), None),
    ],
)
def test_a_fault_of_the_machine_is_told_with_its_remedy_and_no_other_is(error: Exception, said: str | None) -> None:
    wrapped = RuntimeError("a library gave up")
    wrapped.__cause__ = error
    found = system_fault(wrapped)
    assert found is None if said is None else found is not None and said in found and "same command again" in found


def test_what_a_process_of_a_library_says_is_told_alike() -> None:
    assert "make its folder writable" in str(fault_of_message("sqlite3.OperationalError: unable to open database file"))
    assert fault_of_message("no such table") is None


def test_a_command_meets_it_in_one_sentence_leaves_nothing_and_carries_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/part")

    with monkeypatch.context() as patch:
        patch.setattr("outcross.resources.warehouse.query", full)
        ran = outcross(tmp_path, "sql", "select 1")
    assert (ran.code, ran.out) == (ExitCode.PROBLEM, "")
    assert ran.said.startswith("outcross: /data/part: no space is left on the disk; free some")
    assert outcross(tmp_path, "sql", "select 1").code == ExitCode.SUCCESS


def test_an_output_that_does_not_fit_is_not_there_and_an_earlier_one_stays(tmp_path: Path) -> None:
    write = (
        "import sys; from outcross.resources.atomic_file import write_output; write_output(sys.argv[1], b'x' * 9999)"
    )
    for path, before in ((tmp_path / "new", None), (tmp_path / "old", b"earlier")):
        if before is not None:
            path.write_bytes(before)
        ran = subprocess.run(
            [sys.executable, "-c", write, str(path)],
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 1 and "File too large" in ran.stderr
        assert (path.read_bytes() if path.exists() else None) == before
    assert [each.name for each in tmp_path.iterdir()] == ["old"]
    with pytest.raises(FileNotFoundError):
        write_output(tmp_path / "nowhere" / "out", b"x")
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_output(tmp_path / "pipe", b"through")
    assert os.read(reader, 20) == b"through" and (tmp_path / "pipe").is_fifo()
