"""A command that a user names: its placeholders, and its run with bounded time, output and side effects."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import IO, Any

from outcross.resources.child_process import users_environment
from outcross.resources.commands.environment import command_environment
from outcross.resources.compute import thread_count
from outcross.resources.errors import BadInput

TAIL_BYTES = 64 * 1024
"""Length of the tail that is kept of each output stream of a command."""
_RUNNING: set["subprocess.Popen[bytes]"] = set()
"""The keepers of the commands in progress."""
_KEEPER = Path(__file__).with_name("keeper.py")
_DRAIN_SECONDS = 5.0
"""Longest wait for a stream that a process outside the group holds open after the command has ended."""


@dataclass
class UnusableRun(Exception):
    """A run that gave nothing usable: the reason and the remedy.

    Who runs the command adds its output and raises :class:`outcross.resources.commands.failure.ExternalError`.
    """

    reason: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class CommandResult:
    """How a command ended: its exit code (None after a time-out) and the end of each stream."""

    code: int | None
    stdout: bytes
    stderr: bytes


def as_words(value: Any) -> Any:
    """Return a setting as it is, unless it is one string; raises ``ValueError`` then, since there is no shell."""
    if isinstance(value, str):
        raise ValueError("must be a list of arguments, not one string (no shell is used): [python, mine.py, …]")
    return value


def check_command(command: Sequence[str], *, required: Sequence[str], optional: Sequence[str]) -> set[str]:
    """Return the placeholders of a command.

    Args:
        command: the program and its arguments.
        required: names of placeholders that it must have.
        optional: names of those that it may have besides.

    Raises:
        ValueError: it is empty, lacks a required placeholder, or has an unknown one.
    """
    if not command or not command[0].strip():
        raise ValueError("is empty; write a list: a program and its arguments")
    found: set[str] = set()
    for word in command:
        try:
            fields = [part for part in Formatter().parse(word) if part[1] is not None]
        except ValueError as error:
            raise ValueError(f"{word!r}: {error}; write literal braces twice") from None
        for _, name, form, conversion in fields:
            if name not in (*required, *optional) or form or conversion:
                known = ", ".join(f"{{{each}}}" for each in (*required, *optional))
                raise ValueError(
                    f"{word!r} has a placeholder that is none of {known}; correct it, or write literal braces twice"
                )
            found.add(name)
    if missing := [f"{{{name}}}" for name in required if name not in found]:
        raise ValueError(f"lacks the placeholder {' and '.join(missing)}; add it to the arguments")
    return found


def refuse_missing_program(program: str, folder: Path, *, name: str, setting: str) -> None:
    """Raise ``BadInput`` where there is no such program.

    Args:
        program: the first word of a command; with a slash, a path relative to the folder.
        folder: in which the command runs.
        name: of what runs it, in messages.
        setting: the setting that names the command.
    """
    if "{" in program or shutil.which(folder / program if "/" in program else program):
        return
    where = f"'{folder}'" if "/" in program else "any folder of PATH"
    raise BadInput(
        f"{name}: there is no program '{program}' in {where}; install it, or correct '{setting}' "
        "(paths are relative to the study file)"
    )


def fill_placeholders(command: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """Replace the placeholders of a command by values."""
    return [word.format_map(values) for word in command]


def run_command(
    words: Sequence[str], *, folder: Path, time_limit: float, environment: Sequence[str] = ()
) -> CommandResult:
    """Run a command without a shell and with closed input; whatever it starts ends with it.

    Args:
        words: the program and its arguments.
        folder: working directory; the program may be a path relative to it.
        time_limit: seconds until it is killed, with all its descendants.
        environment: names of variables that it gets beside those of :mod:`.environment`.

    Raises:
        UnusableRun: it cannot be started.
    """
    reading, writing = os.pipe()
    keeper = [sys.executable, "-I", "-S", str(_KEEPER), str(os.getpid()), str(writing), *words]
    try:
        process = subprocess.Popen(  # noqa: S603 - the study's owner chooses the program, and there is no shell
            keeper,
            cwd=folder,
            env=command_environment(users_environment(), environment, threads=thread_count()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=(writing,),
        )
    except (OSError, ValueError) as error:
        os.close(reading)
        raise _cannot_start(str(error), folder) from None
    finally:
        os.close(writing)
    assert process.stdout is not None and process.stderr is not None
    _RUNNING.add(process)
    stdout, stderr = _Tail(process.stdout), _Tail(process.stderr)
    in_time = True
    with os.fdopen(reading, encoding="utf-8", errors="replace") as status:
        try:
            process.wait(time_limit)
        except subprocess.TimeoutExpired:
            in_time = False
        finally:
            _end(process)
            _RUNNING.discard(process)
        told = status.read()
    if told.startswith("!"):
        raise _cannot_start(told.removeprefix("! "), folder)
    code = int(told) if told else -signal.SIGKILL
    return CommandResult(code=code if in_time else None, stdout=stdout.content(), stderr=stderr.content())


def _cannot_start(reason: str, folder: Path) -> UnusableRun:
    return UnusableRun(f"cannot be started ({reason})", f"correct the command; its paths are relative to '{folder}'")


def check_result(result: CommandResult, time_limit: float, *, fewer: str = "") -> None:
    """Raise ``UnusableRun`` unless a command ended well within its time limit; ``fewer`` is a further remedy."""
    if result.code is None:
        raise UnusableRun(
            f"was killed after {time_limit:g} seconds, its 'time_limit'",
            f"raise 'time_limit', {'' if fewer else 'or '}make the command faster{fewer}",
        )
    if result.code < 0:
        raise UnusableRun(f"was ended by signal {-result.code}", "read its output, and check whether memory ran out")
    if result.code > 0:
        raise UnusableRun(f"ended with exit code {result.code}", "fix the error that it reports")


def is_regular(path: Path) -> bool:
    """Return whether a command wrote a file: a link would have us read what it points to, a FIFO wait for ever."""
    return path.is_file() and not path.is_symlink()


def kill_commands() -> None:
    """End every running command of this process, before an exit without unwinding."""
    for process in list(_RUNNING):
        process.terminate()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Have the keeper end its command with all descendants; kill it where it does not."""
    process.terminate()
    try:
        process.wait(_DRAIN_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class _Tail:
    """The tail of a stream; a thread of its own reads it, so that no command blocks on a full pipe."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._kept = stream, b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def content(self) -> bytes:
        """Return the tail, after the command has ended."""
        self._thread.join(_DRAIN_SECONDS)
        return self._kept

    def _read(self) -> None:
        with self._stream:
            while chunk := os.read(self._stream.fileno(), TAIL_BYTES):
                self._kept = (self._kept + chunk)[-TAIL_BYTES:]
