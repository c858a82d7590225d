"""What the command line offers, read from its parser: every command with its arguments and options."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import typer

from outcross.jobs.cli.app import app


@cache
def commands() -> dict[str, Any]:
    """Return the commands by their words; a group that runs without a command of it is one."""
    return dict(_walk(typer.main.get_command(app), ()))


def _walk(group: Any, before: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        words = (*before, name)
        if isinstance(command, typer.core.TyperGroup):
            yield from _walk(command, words)
        if getattr(command, "invoke_without_command", True):
            yield " ".join(words), command
