"""What every test gets."""

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import meter
from tests.jobs.command_server import close_server, fork_server
from tests.long_first import pytest_collection_modifyitems
from tests.wants import pytest_runtest_makereport, pytest_terminal_summary

__all__ = ["pytest_collection_modifyitems", "pytest_runtest_makereport", "pytest_terminal_summary"]

settings.register_profile("outcross", deadline=None, derandomize=True)  # no test asserts time, or fails by chance
settings.register_profile("fresh", deadline=None)  # examples never tried before: `make fuzz`
settings.load_profile(os.environ.get("OUTCROSS_EXAMPLES", "outcross"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the meter."""
    meter.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Start the meter, where an option asks for it; in a worker of xdist, import once for its tests and commands."""
    meter.start(config)
    if hasattr(config, "workerinput"):
        fork_server()


def pytest_collection_finish() -> None:
    """Let no collection of cycles look through what was imported: each would take a second in a worker."""
    gc.freeze()


def pytest_unconfigure() -> None:
    """End the server of commands, so that whoever waits for this process sees what it has spent."""
    close_server()
    gc.unfreeze()  # libraries that look for leaks at the end find none


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: those that wait for a daemon or a browser leave theirs to the others."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def _environment_of_its_own() -> Iterator[None]:
    """Commands run in this process set where Dagster keeps its things: no later test may inherit that."""
    kept = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(kept)
