"""What the commands share that write a study file: its name, its head, and its values in YAML."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from outcross.assets.study.sizes import LONGEST_NAME
from outcross.jobs.files.study_files import STUDIES
from outcross.resources.errors import BadInput
from outcross.resources.safe_text import without_secrets

HEAD = "# Written by: "
"""How such a file begins; the command that wrote it follows."""
_ALLOWED = set("abcdefghijklmnopqrstuvwxyz0123456789_-")


def head(command: str) -> str:
    """Return the first lines of a study file: the command that wrote it, and what to do with it."""
    return f"{HEAD}{command}\n# Run it with 'outcross study', and change it as you like: docs/studies.md has every key."


def name_of(asked: str | None, path: str, *, prefix: str = "") -> str:
    """Return the name of a study: the one asked for, or one made of the name of the file of real rows.

    Args:
        asked: the name; None makes one.
        path: of the real rows.
        prefix: what the made name begins with.

    Raises:
        BadInput: the name that was asked for cannot be one of a study.
    """
    if asked is None:
        stem = without_secrets(path).rstrip("/").rsplit("/", 1)[-1].split(".")[0].lower()
        clean = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in stem).strip("_")
        return f"{prefix}{clean or 'rows'}"[:LONGEST_NAME].rstrip("_-")
    if not set(asked) <= _ALLOWED or asked[:1] in ("_", "-", "") or len(asked) > LONGEST_NAME:
        raise BadInput(
            f"--name: '{asked}' is no name of a study; use lower-case letters, digits, '_' and '-', at most "
            f"{LONGEST_NAME}, and begin with a letter or digit"
        )
    return asked


def is_of(text: str, command: str) -> bool:
    """Return whether a study file was written by this very command."""
    return text.partition("\n")[0] == f"{HEAD}{command}"


def refuse_existing(path: Path, why: str) -> BadInput:
    """Return the refusal of a file that has the name of the study to be written.

    Args:
        path: of the file.
        why: it is not used, as a clause.
    """
    ways = f"choose another --name, run it as it is with 'outcross study {path.name}', or remove it"
    try:
        STUDIES.load(path)
    except BadInput:
        ways = "it is no study that can be run; choose another --name, or remove it"
    return BadInput(f"{path.name} exists, {why}; {ways}")


def below(settings: Mapping[str, Any]) -> str:
    """Write settings as further lines of a block; nothing where there are none."""
    return f"\n{indented(settings)}" if settings else ""


def indented(settings: Mapping[str, Any]) -> str:
    """Write settings as the lines of a block, a key a line."""
    return "\n".join(f"  {name}: {flow(value)}" for name, value in settings.items())


def flow(value: Any) -> str:
    """Write a value in one line of YAML."""
    text = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=10**9, sort_keys=False)
    return text.strip()[1:-1]
