"""Which modules a child process imports: ours and the installed ones, never a namesake in the user's folder.

``python -m`` puts the current folder first on the path, where a user's ``queue.py`` or ``dagster/`` would be imported
in place of the library's. Our children are started with ``python -P``. Where a library starts children in turn, the
environment says the same. A user's own command runs without it, since its script may import its neighbours.
"""

import os

_SAFE, _OURS = "PYTHONSAFEPATH", "OUTCROSS_SET_SAFE_PATH"


def use_safe_path() -> None:
    """Let every Python process that descends from this one leave the current folder out of its path."""
    if not os.environ.get(_SAFE):
        os.environ[_SAFE] = os.environ[_OURS] = "1"


def users_environment() -> dict[str, str]:
    """The environment as the user had it, for a command that the user names."""
    ours = {_SAFE, _OURS} if _OURS in os.environ else set()
    return {name: value for name, value in os.environ.items() if name not in ours}
