"""Rows where a study file is asked for."""

import shlex
from pathlib import Path

import yaml

from outcross.jobs.files.home import home
from outcross.jobs.files.yaml_text import load_yaml
from outcross.resources.errors import BadInput

_SETTINGS = (".yaml", ".yml")


def refuse_rows(given: str) -> None:
    """Refuse a file or folder of rows that is given in place of a study file.

    Raises:
        BadInput: it is there and holds no settings; the message names the command that writes a study of it.
    """
    path = Path(given)
    if not given or not path.exists() or path.suffix in _SETTINGS or (path.is_file() and _holds_settings(path)):
        return
    if path.resolve() == home().resolve():
        raise BadInput(f"{given} is where Outcross keeps what it made; give the name of a study, or its file")
    raise BadInput(
        f"{given} is no study file but {'a folder' if path.is_dir() else 'a file of rows'}; write a study of it with "
        f"'outcross init {shlex.quote(given)}', and run that"
    )


def _holds_settings(path: Path) -> bool:
    """Whether a file without the extension of YAML is a mapping with the name of a study all the same."""
    try:
        content = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, BadInput):
        return False
    return isinstance(content, dict) and ("study" in content or "extends" in content)
