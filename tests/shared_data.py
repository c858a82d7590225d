"""Real data that is too large to ship: beside the checkout where there is any."""

from pathlib import Path

import pytest

_FOLDER = Path(__file__).parents[1] / "../shared/data"


def shared_data(name: str) -> Path:
    """Return the path of a file, or skip the test that asks for it."""
    path = (_FOLDER / name).resolve()
    if not path.is_file():
        pytest.skip(f"needs {name} in ../shared/data beside the checkout")
    return path
