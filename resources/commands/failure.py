"""A command of a user that gave nothing usable: the error, what is kept of the run, and its repetition."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from outcross.resources.commands.command import CommandResult, UnusableRun, is_regular
from outcross.resources.commands.environment import withheld_names
from outcross.resources.errors import BadInput

Result = TypeVar("Result")

MAX_KEPT_BYTES = 16 * 1024 * 1024
"""Largest size of a rejected file that is kept."""
_QUOTED_CHARACTERS = 400
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before the first retry, which double with each further one, and the most."""


class ExternalError(BadInput):
    """A command gave nothing usable.

    Attributes:
        files: file name → content, for debugging the command: ``reason.txt``, ``stderr.txt``, ``stdout.txt``, and the
            rejected file where there is one of at most ``MAX_KEPT_BYTES``.
        replicate: replicate of the run.
    """

    def __init__(self, message: str, *, files: dict[str, bytes], replicate: int) -> None:
        super().__init__(message)
        self.files, self.replicate = files, replicate

    def append_message(self, more: str) -> None:
        """Append a clause to the message."""
        self.args = (f"{self.args[0]}; {more}",)


def command_error(
    unusable: UnusableRun,
    result: CommandResult,
    *,
    name: str,
    replicate: int,
    rejected: Mapping[str, Path],
    environment: Sequence[str] = (),
) -> ExternalError:
    """Return the error of a run: the reason, the remedy and the end of its output.

    Args:
        unusable: the reason and the remedy.
        result: how the command ended.
        name: of what ran the command.
        replicate: for which it ran.
        rejected: name → file that it wrote and that could not be used, if it is there.
        environment: names of the variables that it got besides.
    """
    output = (result.stderr.strip() or result.stdout.strip()).decode("utf-8", errors="replace")
    quote = f"; the end of its output: {output[-_QUOTED_CHARACTERS:]}" if output else ""
    hint = "".join(
        f"; {each} is set here, and a command gets it only where 'environment' lists it"
        for each in withheld_names(output, environment)[:1]
    )
    message = f"{name}, replicate {replicate}: {unusable.reason}; {unusable.remedy}{hint}{quote}"
    files = {"reason.txt": f"{message}\n".encode(), "stderr.txt": result.stderr}
    if result.stdout:
        files["stdout.txt"] = result.stdout
    for kept, path in rejected.items():
        if is_regular(path) and path.stat().st_size <= MAX_KEPT_BYTES:
            files[kept] = path.read_bytes()
    return ExternalError(message, files=files, replicate=replicate)


def run_again(run: Callable[[], Result], retries: int) -> Result:
    """Run a command until it gives what can be used, or its retries are spent.

    Raises:
        ExternalError: the last run gave nothing usable.
    """
    for turn in range(retries):
        try:
            return run()
        except ExternalError:
            time.sleep(min(FIRST_PAUSE * 2**turn, LONGEST_PAUSE))
    return run()
