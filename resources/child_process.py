"""Keep the current folder off the import path of child processes (Python's safe path).

``python -m`` puts the current folder first on the path, so that a user's ``queue.py`` or ``dagster/`` would be imported
in place of the library's. Our own child processes are started with ``python -P``. Those that a library starts get the
same through the environment variable ``PYTHONSAFEPATH``. A command that the user names runs without it, because its
script may import modules next to it.
"""

import os

_SAFE, _OURS = "PYTHONSAFEPATH", "OUTCROSS_SET_SAFE_PATH"


def use_safe_path() -> None:
    """Make every Python process that descends from this one leave the current folder out of its path."""
    if not os.environ.get(_SAFE):
        os.environ[_SAFE] = os.environ[_OURS] = "1"


def users_environment() -> dict[str, str]:
    """Return the environment as the user set it, for a command that the user names."""
    ours = {_SAFE, _OURS} if _OURS in os.environ else set()
    return {name: value for name, value in os.environ.items() if name not in ours}
