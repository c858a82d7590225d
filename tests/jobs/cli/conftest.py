"""Places that the tables of the command line share."""

from pathlib import Path

import pytest

from tests.jobs.cli import corpus_place, mix_place
from tests.jobs.made_once import made_once


@pytest.fixture(scope="session")
def people_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with batches of every outcome, which no test may change."""
    return made_once(tmp_path_factory, "people-place", corpus_place.make)


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with a finished mix, which no test may change."""
    return made_once(tmp_path_factory, "mixed", mix_place.make)
