"""The exit codes of every command; the help of a command says when it exits with 1."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command ended with, for the script that ran it."""

    SUCCESS = 0
    PROBLEM = 1
    MISUSE = 2
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.SUCCESS: "the command succeeded and found no problem.",
    ExitCode.PROBLEM: (
        "a run failed or was terminated, a required result is missing, a stored file is damaged (it is named, with the "
        "way back), or the command found quarantined rows or a missed target."
    ),
    ExitCode.MISUSE: "wrong usage or unusable input; the message states the remedy.",
    ExitCode.INTERRUPTED: "interrupted by Ctrl-C.",
}
"""Each code's meaning, as ``outcross --help`` prints it."""


def list_codes() -> str:
    """Return the codes and their meanings, for the help."""
    return "\n\n".join(["[bold]Exit codes[/bold]", *(f"{code}: {meaning}" for code, meaning in MEANINGS.items())])
