"""Safe module path of child processes: they import installed modules, never a namesake in the user's folder.

``python -m`` puts the current folder first on the path, so that a user's ``queue.py`` or ``dagster/`` would be imported
instead of the library's. Our child processes start with ``python -P``; an environment variable has the same effect on
processes that a library starts. A user's own command runs without it, since its script may import modules next to it.
"""

import os

_SAFE, _OURS = "PYTHONSAFEPATH", "OUTCROSS_SET_SAFE_PATH"


def use_safe_path() -> None:
    """Remove the current folder from the module path of every Python process that descends from this one."""
    if not os.environ.get(_SAFE):
        os.environ[_SAFE] = os.environ[_OURS] = "1"


def users_environment() -> dict[str, str]:
    """Return the user's original environment, for a command of the user."""
    ours = {_SAFE, _OURS} if _OURS in os.environ else set()
    return {name: value for name, value in os.environ.items() if name not in ours}
