"""The environment of a user's command: what a program needs to run here, and what the study file names."""

import os
import re
from collections.abc import Iterable, Mapping

_PASSED = {
    "CONDA_PREFIX",
    "CUDA_VISIBLE_DEVICES",
    "HOME",
    "LANG",
    "LANGUAGE",
    "LD_LIBRARY_PATH",
    "LOGNAME",
    "PATH",
    "PYTHONPATH",
    "SHELL",
    "TERM",
    "TMPDIR",
    "TZ",
    "USER",
    "VIRTUAL_ENV",
}
"""Variables that a command gets: docs/external.md lists them. None of them holds a secret."""
_PREFIXES = ("LC_",)
_SHORTEST = 4
"""Characters of a name that may be looked for in a command's output."""


def command_environment(environment: Mapping[str, str], named: Iterable[str], *, threads: int) -> dict[str, str]:
    """Return the variables that a command gets.

    Args:
        environment: this process's, as the user set it.
        named: names that the study file asks for besides.
        threads: how many threads the command may use.
    """
    chosen = {*_PASSED, *named}
    passed = {name: value for name, value in environment.items() if name in chosen or name.startswith(_PREFIXES)}
    return {**passed, "OUTCROSS_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}


def withheld_names(output: str, named: Iterable[str]) -> list[str]:
    """Return the variables that are set here, that a command does not get, and that its output names."""
    given = command_environment(os.environ, named, threads=1)
    words = set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", output))
    return sorted(name for name in words if len(name) >= _SHORTEST and name in os.environ and name not in given)
