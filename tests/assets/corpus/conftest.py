from collections.abc import Iterator
from pathlib import Path

import pytest

from outcross.resources.compute import bounded_threads
from tests.assets.corpus.drifting import move


@pytest.fixture(autouse=True, scope="session")
def threads_as_in_a_step() -> Iterator[None]:
    with bounded_threads():
        yield


@pytest.fixture(scope="session")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus whose world has moved; no test may change it."""
    folder = tmp_path_factory.mktemp("moved")
    move(folder)
    return folder
