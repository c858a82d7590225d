"""A command that a study names: its placeholders, and running it with bounded time, output and side effects."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import IO

from outcross.resources.child_process import users_environment
from outcross.resources.compute import thread_count

REQUIRED = ("train", "out", "rows", "seed")
OPTIONAL = ("schema",)
TAIL_BYTES = 64 * 1024
"""What is kept of each stream that a command writes: its end."""
_RUNNING: set["subprocess.Popen[bytes]"] = set()
"""Commands in progress; they have sessions of their own, so nothing else would end them with this process."""
_DRAIN_SECONDS = 5.0
"""How long a process that left its group may hold a stream open after the command has ended."""


@dataclass
class Refused(Exception):
    """A run that gave no usable rows: why, and what to do about it.

    It never leaves the family: ``External`` puts the command's words to it and raises ``ExternalFailed``.
    """

    reason: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended: its exit code, None where its time was up, and the end of what it wrote."""

    code: int | None
    stdout: bytes
    stderr: bytes


def check_command(command: Sequence[str]) -> None:
    """Raise ``ValueError`` where a command is empty, lacks a placeholder that it needs, or has one nobody fills."""
    if not command or not command[0].strip():
        raise ValueError("is empty; name a program and its arguments, as a list of words")
    found: set[str] = set()
    for word in command:
        try:
            fields = [part for part in Formatter().parse(word) if part[1] is not None]
        except ValueError as error:
            raise ValueError(f"{word!r}: {error}; double the braces that stand for themselves") from None
        for _, name, form, conversion in fields:
            if name not in (*REQUIRED, *OPTIONAL) or form or conversion:
                known = ", ".join(f"{{{each}}}" for each in (*REQUIRED, *OPTIONAL))
                raise ValueError(
                    f"{word!r} has a placeholder that is none of {known}; correct it, or double the braces where they "
                    "stand for themselves"
                )
            found.add(name)
    if missing := [f"{{{name}}}" for name in REQUIRED if name not in found]:
        raise ValueError(f"lacks the placeholder {' and '.join(missing)}; a generator cannot do without, so pass it on")


def fill(command: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """Put values in the place of placeholders."""
    return [word.format_map(values) for word in command]


def run_command(words: Sequence[str], *, folder: Path, time_limit: float) -> Ended:
    """Run a command without a shell, its input closed; whatever it started ends with it.

    Args:
        words: the program and its arguments.
        folder: where it runs; the program may be a path from there.
        time_limit: seconds after which it is killed, with all processes of its group.

    Raises:
        Refused: it cannot be started.
    """
    threads = str(thread_count())
    try:
        process = subprocess.Popen(  # noqa: S603 - the study's owner names the program, and no shell reads it
            list(words),
            cwd=folder,
            env={**users_environment(), "OUTCROSS_THREADS": threads, "OMP_NUM_THREADS": threads},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise Refused(f"cannot be started ({error})", f"correct the command; paths in it start at '{folder}'") from None
    assert process.stdout is not None and process.stderr is not None
    _RUNNING.add(process)
    stdout, stderr = _Tail(process.stdout), _Tail(process.stderr)
    try:
        code = process.wait(time_limit)
    except subprocess.TimeoutExpired:
        code = None
    finally:
        _end(process)
        _RUNNING.discard(process)
    return Ended(code=code, stdout=stdout.content(), stderr=stderr.content())


def end_commands() -> None:
    """Kill every command that this process runs: called by one that is about to leave without unwinding."""
    for process in list(_RUNNING):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill what is left of a process and of those it started."""
    with suppress(ProcessLookupError, PermissionError):  # none is left, or only ones that have ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class _Tail:
    """The end of a stream, read by a thread of its own so that no command waits for a reader."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._kept = stream, b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def content(self) -> bytes:
        """What was kept, once the command has ended."""
        self._thread.join(_DRAIN_SECONDS)
        return self._kept

    def _read(self) -> None:
        with self._stream:
            while chunk := os.read(self._stream.fileno(), TAIL_BYTES):
                self._kept = (self._kept + chunk)[-TAIL_BYTES:]
