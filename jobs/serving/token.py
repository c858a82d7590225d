"""The token of a store's UI: the same at every start, so that a bookmark and a cookie stay valid."""

import secrets
from pathlib import Path

from outcross.resources.atomic_file import create_file

_FILE = "ui_token"
_BYTES = 32


def token_of(home: Path) -> str:
    """Return the token of a home folder, which is made at the first call; only the folder's owner can read it."""
    path = home / "dagster" / _FILE
    for _ in range(2):
        try:
            if token := path.read_text(encoding="ascii").strip():
                return token
            path.unlink()  # emptied: make another
        except FileNotFoundError:
            pass
        try:
            create_file(path, secrets.token_urlsafe(_BYTES).encode())
        except FileExistsError:  # another process was first
            continue
    return path.read_text(encoding="ascii").strip()
