"""What several tests only read, made once for all the processes that run them."""

import os
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

_SESSION = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)


def made_once(temporary: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that ``make`` has filled, in this process or in another; no test may change it."""
    folder = temporary.getbasetemp().parent / f"{name}-{_SESSION}"
    made = folder.with_suffix(".made")
    with FileLock(folder.with_suffix(".lock")):
        if not made.exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            made.touch()
    return folder
