"""What the command line offers, by the words and names that tests ask for."""

from outcross.jobs.cli.offered import commands


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
