"""What the command line offers, read from its parser: every command and its options."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import typer

from outcross.jobs.cli.app import app


@cache
def commands() -> dict[str, Any]:
    """Return the commands by their words; a group that runs without a command of it is one."""
    return dict(_walk(typer.main.get_command(app), ()))


def options_of() -> dict[str, set[str]]:
    """Return the longest name of each option of each command."""
    return {
        name: {max(each.opts, key=len) for each in command.params if each.param_type_name == "option"}
        for name, command in commands().items()
    }


def names_of(command: str) -> dict[str, str]:
    """Return each name of an option → its longest."""
    return {opt: max(each.opts, key=len) for each in commands()[command].params for opt in each.opts}


def command_of(words: list[str]) -> str:
    """Return the command that words run; an empty text if there is none."""
    known = commands()
    for length in (2, 1):
        if (name := " ".join(words[:length])) in known:
            return name
    return ""


def _walk(group: Any, before: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        words = (*before, name)
        if isinstance(command, typer.core.TyperGroup):
            yield from _walk(command, words)
        if getattr(command, "invoke_without_command", True):
            yield " ".join(words), command
