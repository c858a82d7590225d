"""What every test gets."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("outcross", deadline=None)  # no test asserts time
settings.load_profile("outcross")


@pytest.fixture(autouse=True)
def _environment_of_its_own() -> Iterator[None]:
    """Commands run in this process set where Dagster keeps its things: no later test may inherit that."""
    kept = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(kept)
